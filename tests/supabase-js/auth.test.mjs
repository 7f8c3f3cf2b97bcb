import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address, claims, client, database, link, mail, ok, password, raw, service, signedIn, stack } from './support.mjs';

test('sign-up gives a session where addresses need no confirmation', async () => {
  const email = address();
  const supabase = client();
  const { user, session } = ok(
    await supabase.auth.signUp({ email, password, options: { data: { full_name: 'Grace Hopper' } } }),
  );
  assert.equal(user.email, email);
  assert.equal(user.user_metadata.full_name, 'Grace Hopper');
  assert.deepEqual(user.app_metadata, { provider: 'email', providers: ['email'] });
  assert.equal(user.identities.length, 1);
  assert.equal(user.identities[0].provider, 'email');
  assert.equal(user.is_anonymous, false);
  assert.equal(session.token_type, 'bearer');
  assert.equal(session.expires_in, 3600);
  assert.equal(claims(session.access_token).sub, user.id);
  const { error } = await supabase.auth.getUser();
  assert.equal(error, null);
});

test('a taken address is refused', async () => {
  const { email } = await signedIn();
  const { data, error } = await client().auth.signUp({ email: email.toUpperCase(), password });
  assert.equal(data.user, null);
  assert.equal(error.status, 422);
  assert.equal(error.code, 'user_already_exists');
});

test('twenty sign-ups of one address at once make one account', async () => {
  const email = address();
  const results = await Promise.all(
    Array.from({ length: 20 }, () => client().auth.signUp({ email, password })),
  );
  const made = results.filter(({ error }) => !error);
  const refused = results.filter(({ error }) => error?.code === 'user_already_exists');
  assert.equal(made.length, 1);
  assert.equal(refused.length, 19);
  const { users } = ok(await service.auth.admin.listUsers({ page: 1, perPage: 1000 }));
  assert.equal(users.filter((user) => user.email === email).length, 1);
});

test('a short password is refused with its reason', async () => {
  const { error } = await client().auth.signUp({ email: address(), password: 'eleven char' });
  assert.equal(error.status, 422);
  assert.equal(error.code, 'weak_password');
  assert.deepEqual(error.reasons, ['length']);
});

test('a wrong password and an unknown address get the same answer', async () => {
  const { email } = await signedIn();
  const wrong = await client().auth.signInWithPassword({ email, password: 'not the passphrase' });
  const unknown = await client().auth.signInWithPassword({ email: address(), password });
  for (const { data, error } of [wrong, unknown]) {
    assert.equal(data.session, null);
    assert.equal(error.status, 400);
    assert.equal(error.code, 'invalid_credentials');
    assert.equal(error.message, 'Invalid login credentials');
  }
});

test('a refresh gives a new token of the same session, and uses up the old one', async () => {
  const { supabase, session } = await signedIn();
  const refreshed = ok(await supabase.auth.refreshSession()).session;
  assert.notEqual(refreshed.refresh_token, session.refresh_token);
  assert.equal(claims(refreshed.access_token).session_id, claims(session.access_token).session_id);
  assert.deepEqual(claims(refreshed.access_token).amr, claims(session.access_token).amr);
  const { error } = await client().auth.refreshSession({ refresh_token: 'never-issued' });
  assert.equal(error.status, 400);
});

test('sign-out ends the session', async () => {
  const { supabase, session } = await signedIn();
  const other = client();
  assert.equal((await supabase.auth.signOut()).error, null);
  const { error } = await other.auth.getUser(session.access_token);
  assert.equal(error.name, 'AuthSessionMissingError');
  const answer = await raw('/auth/v1/user', { token: session.access_token });
  assert.equal(answer.status, 403);
  assert.equal((await answer.json()).error_code, 'session_not_found');
  const refresh = await other.auth.refreshSession({ refresh_token: session.refresh_token });
  assert.ok(refresh.error);
});

test('sign-out ends this session, the others, or all', async () => {
  const { supabase, email } = await signedIn();
  const again = async () => {
    const other = client();
    ok(await other.auth.signInWithPassword({ email, password }));
    return other;
  };
  const isOpen = async (one) => !(await one.auth.getUser()).error && !(await one.auth.refreshSession()).error;
  const [second, third] = [await again(), await again()];
  assert.equal((await third.auth.signOut({ scope: 'local' })).error, null);
  assert.ok((await isOpen(supabase)) && (await isOpen(second)));
  assert.equal((await second.auth.signOut({ scope: 'others' })).error, null);
  assert.ok(await isOpen(second));
  assert.ok(!(await isOpen(supabase)));
  const fourth = await again();
  assert.equal((await fourth.auth.signOut({ scope: 'global' })).error, null);
  assert.ok(!(await isOpen(second)));
});

test('a session notes the browser and the address it is used from', async () => {
  const { email } = await signedIn();
  const options = { global: { headers: { 'User-Agent': 'Firefox on a phone', 'X-Forwarded-For': '203.0.113.7' } } };
  const { session } = ok(await client(undefined, options).auth.signInWithPassword({ email, password }));
  const sql = database();
  const [row] = await sql`select user_agent, host(ip) as ip from auth.sessions
    where id = ${claims(session.access_token).session_id}`;
  await sql.end();
  assert.deepEqual({ ...row }, { user_agent: 'Firefox on a phone', ip: '203.0.113.7' });
});

test('getUser verifies the token', async () => {
  const { session, id } = await signedIn();
  const { user } = ok(await client().auth.getUser(session.access_token));
  assert.equal(user.id, id);
  const [head, body, signature] = session.access_token.split('.');
  const other = JSON.parse(Buffer.from(body, 'base64url'));
  other.sub = '00000000-0000-4000-8000-000000000000';
  const forged = [head, Buffer.from(JSON.stringify(other)).toString('base64url'), signature].join('.');
  const { error } = await client().auth.getUser(forged);
  assert.equal(error.status, 403);
  assert.equal(error.code, 'bad_jwt');
  assert.equal((await raw('/auth/v1/user')).status, 403);
});

test('getClaims verifies by the published key set alone', async () => {
  const { supabase, id } = await signedIn();
  const { claims: verified, header } = ok(await supabase.auth.getClaims());
  assert.equal(header.alg, 'ES256');
  assert.equal(verified.sub, id);
});

test('updateUser changes metadata, which the next token carries', async () => {
  const { supabase } = await signedIn({ full_name: 'Before', city: 'London' });
  const { user } = ok(await supabase.auth.updateUser({ data: { full_name: 'After' } }));
  assert.equal(user.user_metadata.full_name, 'After');
  assert.equal(user.user_metadata.city, 'London');
  const { session } = ok(await supabase.auth.refreshSession());
  assert.equal(claims(session.access_token).user_metadata.full_name, 'After');
});

test('a new password ends the other sessions', async () => {
  const { supabase, email } = await signedIn();
  const other = client();
  ok(await other.auth.signInWithPassword({ email, password }));
  ok(await supabase.auth.updateUser({ password: 'another long passphrase' }));
  assert.equal((await supabase.auth.getUser()).error, null);
  assert.ok((await other.auth.getUser()).error);
  assert.ok((await client().auth.signInWithPassword({ email, password })).error);
  ok(await client().auth.signInWithPassword({ email, password: 'another long passphrase' }));
});

test('a new password must be another one, and a long one', async () => {
  const { supabase } = await signedIn();
  const same = await supabase.auth.updateUser({ password });
  assert.equal(same.error.status, 422);
  assert.equal(same.error.code, 'same_password');
  const weak = await supabase.auth.updateUser({ password: 'eleven char' });
  assert.equal(weak.error.code, 'weak_password');
  ok(await supabase.auth.reauthenticate());
});

test('a new address holds once both mailboxes have confirmed it', async () => {
  const { supabase, email, id } = await signedIn();
  const renamed = address('renamed');
  const emailRedirectTo = new URL('/confirm', stack.site).href;
  const { user } = ok(await supabase.auth.updateUser({ email: renamed }, { emailRedirectTo }));
  assert.equal(user.email, email);
  assert.equal(user.new_email, renamed);

  const toOld = await mail(email, /confirm the change/i);
  assert.ok(toOld.html.includes(renamed), 'the old mailbox reads what is to change');
  const first = await fetch(link(toOld), { redirect: 'manual' });
  assert.equal(first.status, 303);
  const [page, fragment] = first.headers.get('location').split('#');
  assert.equal(page, emailRedirectTo);
  assert.match(new URLSearchParams(fragment).get('message'), /confirm link sent to the other email/);
  assert.equal(new URLSearchParams(fragment).get('access_token'), null);
  assert.equal(ok(await supabase.auth.getUser()).user.email, email);
  const twice = await fetch(link(toOld), { redirect: 'manual' });
  assert.match(twice.headers.get('location'), /error_code=otp_expired/);

  const second = await fetch(link(await mail(renamed, /confirm the change/i)), { redirect: 'manual' });
  const session = Object.fromEntries(new URLSearchParams(second.headers.get('location').split('#')[1]));
  assert.equal(session.type, 'email_change');
  assert.equal(claims(session.access_token).sub, id);
  assert.equal(claims(session.access_token).email, renamed);
  const changed = ok(await supabase.auth.getUser()).user;
  assert.equal(changed.email, renamed);
  assert.equal(changed.new_email, undefined);
  assert.equal(changed.identities[0].identity_data.email, renamed);
  ok(await client().auth.signInWithPassword({ email: renamed, password }));
  assert.ok((await client().auth.signInWithPassword({ email, password })).error);
});

test('the codes of both mails change an address as well, in any order', async () => {
  const { supabase, email } = await signedIn();
  const renamed = address('renamed');
  ok(await supabase.auth.updateUser({ email: renamed }));
  const codeOf = async (to) => (await mail(to, /confirm the change/i)).text.match(/\b\d{6}\b/)[0];
  const first = await client().auth.verifyOtp({ email: renamed, token: await codeOf(renamed), type: 'email_change' });
  assert.equal(first.error, null);
  assert.equal(first.data.session, null);
  const last = ok(await client().auth.verifyOtp({ email, token: await codeOf(email), type: 'email_change' }));
  assert.equal(last.user.email, renamed);
});

test('a change of address is refused where it cannot be', async () => {
  const [{ supabase, email }, taken] = [await signedIn(), await signedIn()];
  const duplicate = await supabase.auth.updateUser({ email: taken.email });
  assert.equal(duplicate.error.status, 422);
  assert.equal(duplicate.error.code, 'email_exists');
  assert.equal((await supabase.auth.updateUser({ email: 'nobody' })).error.status, 400);
  assert.equal(ok(await supabase.auth.updateUser({ email })).user.new_email, undefined);
  const renamed = address();
  ok(await supabase.auth.updateUser({ email: renamed }));
  const soon = await supabase.auth.updateUser({ email: address() });
  assert.equal(soon.error.status, 429);
  assert.equal(soon.error.code, 'over_email_send_rate_limit');
});

test('the mails about a change of address are sent again, the earlier no longer count', async () => {
  const { supabase, email, id } = await signedIn();
  const renamed = address();
  ok(await supabase.auth.updateUser({ email: renamed }));
  const old = link(await mail(renamed, /confirm the change/i));
  const soon = await client().auth.resend({ type: 'email_change', email });
  assert.equal(soon.error.status, 429);
  const sql = database();
  await sql`update auth.users set email_change_sent_at = now() - interval '61 seconds' where id = ${id}`;
  await sql.end();
  ok(await client().auth.resend({ type: 'email_change', email }));
  const answer = await fetch(old, { redirect: 'manual' });
  assert.match(answer.headers.get('location'), /error_code=otp_expired/);
  ok(await client().auth.resend({ type: 'email_change', email: address() }));
});

test('a forgotten password is reset through the link of the mail', async () => {
  const { email, id } = await signedIn();
  const redirectTo = new URL('/reset.html', stack.site).href;
  ok(await client().auth.resetPasswordForEmail(email, { redirectTo }));
  const target = link(await mail(email, /reset/i));
  assert.ok(target.startsWith(stack.supabase), 'the link leads through the API');

  const answer = await fetch(target, { redirect: 'manual' });
  assert.equal(answer.status, 303);
  const [page, fragment] = answer.headers.get('location').split('#');
  assert.equal(page, redirectTo);
  const session = Object.fromEntries(new URLSearchParams(fragment));
  assert.equal(session.type, 'recovery');
  assert.equal(session.token_type, 'bearer');
  const token = claims(session.access_token);
  assert.equal(token.sub, id);
  assert.equal(token.amr[0].method, 'otp');

  const supabase = client();
  ok(await supabase.auth.setSession(session));
  ok(await supabase.auth.updateUser({ password: 'the passphrase after that' }));
  ok(await client().auth.signInWithPassword({ email, password: 'the passphrase after that' }));

  const again = await fetch(target, { redirect: 'manual' });
  const refused = new URLSearchParams(again.headers.get('location').split('#')[1]);
  assert.equal(refused.get('error'), 'access_denied');
  assert.equal(refused.get('error_code'), 'otp_expired');
});

test('the code and the hash of a mail sign in as well', async () => {
  const { email } = await signedIn();
  ok(await client().auth.resetPasswordForEmail(email));
  const hash = new URL(link(await mail(email, /reset/i))).searchParams.get('token');
  const byHash = ok(await client().auth.verifyOtp({ token_hash: hash, type: 'recovery' }));
  assert.equal(byHash.user.email, email);

  ok(await client().auth.signInWithOtp({ email, options: { shouldCreateUser: false } }));
  const code = (await mail(email, /magic|log ?in|sign ?in/i)).text.match(/\b\d{6}\b/)[0];
  const byCode = ok(await client().auth.verifyOtp({ email, token: code, type: 'email' }));
  assert.equal(byCode.user.email, email);
  assert.equal(claims(byCode.session.access_token).amr[0].method, 'otp');
});

test('a link leads nowhere but to allowed addresses', async () => {
  const { email } = await signedIn();
  ok(await client().auth.resetPasswordForEmail(email, { redirectTo: 'https://evil.example/steal' }));
  const answer = await fetch(link(await mail(email, /reset/i)), { redirect: 'manual' });
  const target = new URL(answer.headers.get('location'));
  assert.equal(target.origin, new URL(stack.site).origin);
});

test('asking to reset an unknown address tells nothing', async () => {
  const { error } = await client().auth.resetPasswordForEmail(address());
  assert.equal(error, null);
});
