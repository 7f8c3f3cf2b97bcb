import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claims, client, database, enrolled, link, mail, ok, password, raw, service, signedIn, totp } from './support.mjs';

const enroll = (supabase, friendlyName) => supabase.auth.mfa.enroll({ factorType: 'totp', friendlyName });
const wrong = (secret) => String((Number(totp(secret)) + 1) % 1_000_000).padStart(6, '0');

test('a factor is enrolled, challenged and verified, and raises the session', async () => {
  const { supabase, email, session } = await signedIn();
  const before = ok(await supabase.auth.mfa.getAuthenticatorAssuranceLevel());
  assert.equal(before.currentLevel, 'aal1');
  assert.equal(before.nextLevel, 'aal1');

  const factor = ok(
    await supabase.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'My phone', issuer: 'OmegaOS' }),
  );
  assert.equal(factor.type, 'totp');
  assert.equal(factor.friendly_name, 'My phone');
  assert.match(factor.totp.secret, /^[A-Z2-7]{32}$/);
  const uri = new URL(factor.totp.uri);
  assert.equal(uri.protocol, 'otpauth:');
  assert.equal(decodeURIComponent(uri.pathname), `/OmegaOS:${email}`);
  assert.equal(uri.searchParams.get('issuer'), 'OmegaOS');
  assert.equal(uri.searchParams.get('secret'), factor.totp.secret);
  assert.match(factor.totp.qr_code, /^data:image\/svg\+xml;utf-8,<\?xml.*<svg .*<\/svg>$/s);
  assert.ok(!factor.totp.qr_code.includes('#'), 'a # would end the data URL');

  const unverified = ok(await supabase.auth.mfa.listFactors());
  assert.deepEqual(unverified.totp, []);
  assert.equal(unverified.all[0].status, 'unverified');

  const challenge = ok(await supabase.auth.mfa.challenge({ factorId: factor.id }));
  assert.equal(challenge.type, 'totp');
  assert.ok(Math.abs(challenge.expires_at - Date.now() / 1000 - 300) < 10);
  const verified = ok(
    await supabase.auth.mfa.verify({
      factorId: factor.id,
      challengeId: challenge.id,
      code: totp(factor.totp.secret),
    }),
  );
  assert.equal(verified.token_type, 'bearer');
  assert.equal(verified.expires_in, 3600);
  assert.equal(verified.user.factors[0].status, 'verified');
  const token = claims(verified.access_token);
  assert.equal(token.aal, 'aal2');
  assert.deepEqual(token.amr.map((one) => one.method).sort(), ['password', 'totp']);
  assert.equal(token.session_id, claims(session.access_token).session_id);

  const after = ok(await supabase.auth.mfa.getAuthenticatorAssuranceLevel());
  assert.equal(after.currentLevel, 'aal2');
  assert.equal(after.nextLevel, 'aal2');
  const listed = ok(await supabase.auth.mfa.listFactors());
  assert.equal(listed.totp[0].id, factor.id);
  assert.equal(listed.totp[0].friendly_name, 'My phone');
  assert.equal(listed.totp[0].secret, undefined);
  const { user } = ok(await supabase.auth.getUser());
  assert.equal(user.factors.length, 1);
});

test('a refresh keeps the level of its session, and no other has it', async () => {
  const account = await signedIn();
  const before = account.session.refresh_token;
  await enrolled(account);
  const { session } = ok(await account.supabase.auth.refreshSession());
  assert.equal(claims(session.access_token).aal, 'aal2');
  assert.deepEqual(claims(session.access_token).amr.map((one) => one.method).sort(), ['password', 'totp']);

  const other = client();
  const signed = ok(await other.auth.signInWithPassword({ email: account.email, password }));
  assert.equal(claims(signed.session.access_token).aal, 'aal1');
  const levels = ok(await other.auth.mfa.getAuthenticatorAssuranceLevel());
  assert.equal(levels.currentLevel, 'aal1');
  assert.equal(levels.nextLevel, 'aal2');

  const old = await client().auth.refreshSession({ refresh_token: before });
  assert.ok(old.error, 'the refresh token of before the second factor is used up');
});

test('verifying ends the sessions that one factor alone had opened', async () => {
  const account = await signedIn();
  const other = client();
  ok(await other.auth.signInWithPassword({ email: account.email, password }));
  await enrolled(account);
  assert.equal((await account.supabase.auth.getUser()).error, null);
  assert.ok((await other.auth.getUser()).error);
  assert.ok((await other.auth.refreshSession()).error);
});

test('a second sign-in gives its code by a challenge of its own', async () => {
  const account = await signedIn();
  const { id, secret } = await enrolled(account);
  const other = client();
  ok(await other.auth.signInWithPassword({ email: account.email, password }));
  ok(await other.auth.mfa.challengeAndVerify({ factorId: id, code: totp(secret) }));
  assert.equal((await account.supabase.auth.getUser()).error, null, 'the first session stays');
  assert.equal((await other.auth.getUser()).error, null);
});

test('a wrong code, a used challenge and an unknown one are refused', async () => {
  const { supabase } = await signedIn();
  const factor = ok(await enroll(supabase, 'Phone'));
  const factorId = factor.id;
  const challengeId = ok(await supabase.auth.mfa.challenge({ factorId })).id;
  const { secret } = factor.totp;
  const missed = await supabase.auth.mfa.verify({ factorId, challengeId, code: wrong(secret) });
  assert.equal(missed.error.status, 422);
  assert.equal(missed.error.code, 'mfa_verification_failed');
  assert.equal(claims((await supabase.auth.getSession()).data.session.access_token).aal, 'aal1');
  const empty = await supabase.auth.mfa.verify({ factorId, challengeId, code: '' });
  assert.equal(empty.error.status, 400);
  const unknown = await supabase.auth.mfa.verify({
    factorId,
    challengeId: '00000000-0000-4000-8000-000000000000',
    code: totp(secret),
  });
  assert.equal(unknown.error.status, 422);
  assert.equal(unknown.error.code, 'mfa_factor_not_found');
  ok(await supabase.auth.mfa.verify({ factorId, challengeId, code: totp(secret) }));
  const again = await supabase.auth.mfa.verify({ factorId, challengeId, code: totp(secret) });
  assert.equal(again.error.code, 'mfa_ip_address_mismatch');
});

test('a challenge expires after five minutes, and an unverified factor too', async () => {
  const { supabase } = await signedIn();
  const factor = ok(await enroll(supabase, 'Phone'));
  const { id: challengeId } = ok(await supabase.auth.mfa.challenge({ factorId: factor.id }));
  const sql = database();
  await sql`update auth.mfa_challenges set created_at = now() - interval '301 seconds' where id = ${challengeId}`;
  await sql`update auth.mfa_factors set created_at = now() - interval '301 seconds' where id = ${factor.id}`;
  await sql.end();
  const late = await supabase.auth.mfa.verify({
    factorId: factor.id,
    challengeId,
    code: totp(factor.totp.secret),
  });
  assert.equal(late.error.status, 422);
  assert.equal(late.error.code, 'mfa_challenge_expired');
  ok(await enroll(supabase, 'Phone'));
  assert.equal(ok(await supabase.auth.mfa.listFactors()).all.length, 1);
});

test('names are unique and ten factors are the most', async () => {
  const { supabase } = await signedIn();
  ok(await enroll(supabase, 'Phone'));
  const same = await enroll(supabase, 'Phone');
  assert.equal(same.error.status, 422);
  assert.equal(same.error.code, 'mfa_factor_name_conflict');
  for (let number = 2; number <= 10; number += 1) ok(await enroll(supabase, `Phone ${number}`));
  const eleventh = await enroll(supabase, 'Phone 11');
  assert.equal(eleventh.error.status, 422);
  assert.equal(eleventh.error.code, 'too_many_enrolled_mfa_factors');
  const phone = await supabase.auth.mfa.enroll({ factorType: 'phone', phone: '+15555550100' });
  assert.equal(phone.error.code, 'mfa_phone_enroll_not_enabled');
});

test('verifying one factor removes those nobody verified', async () => {
  const account = await signedIn();
  ok(await enroll(account.supabase, 'Given up'));
  await enrolled(account, 'Phone');
  const { all } = ok(await account.supabase.auth.mfa.listFactors());
  assert.deepEqual(all.map((factor) => factor.friendly_name), ['Phone']);
});

test('a verified factor is removed, and another added, only by a session of two factors', async () => {
  const account = await signedIn();
  const { id, secret } = await enrolled(account);
  const other = client();
  ok(await other.auth.signInWithPassword({ email: account.email, password }));
  const refused = await other.auth.mfa.unenroll({ factorId: id });
  assert.equal(refused.error.status, 422);
  assert.equal(refused.error.code, 'insufficient_aal');
  const added = await enroll(other, 'Thief');
  assert.equal(added.error.status, 403);
  assert.equal(added.error.code, 'insufficient_aal');

  ok(await other.auth.mfa.challengeAndVerify({ factorId: id, code: totp(secret) }));
  const gone = ok(await other.auth.mfa.unenroll({ factorId: id }));
  assert.equal(gone.id, id);
  for (const supabase of [other, account.supabase]) {
    const { session } = ok(await supabase.auth.refreshSession());
    assert.equal(claims(session.access_token).aal, 'aal1');
    assert.deepEqual(claims(session.access_token).amr.map((one) => one.method), ['password']);
    assert.equal(session.user.factors, undefined);
  }
  assert.deepEqual(ok(await account.supabase.auth.mfa.listFactors()).all, []);
});

test('password and address change only in a session of two factors', async () => {
  const account = await signedIn();
  const { id, secret } = await enrolled(account);
  ok(await client().auth.resetPasswordForEmail(account.email));
  const target = new URL(link(await mail(account.email, /reset/i)));
  const supabase = client();
  ok(await supabase.auth.verifyOtp({ token_hash: target.searchParams.get('token'), type: 'recovery' }));
  for (const change of [{ password: 'the passphrase of a thief' }, { email: 'thief@example.com' }]) {
    const { error } = await supabase.auth.updateUser(change);
    assert.equal(error.status, 401);
    assert.equal(error.code, 'insufficient_aal');
  }
  ok(await supabase.auth.updateUser({ data: { city: 'London' } }));
  ok(await supabase.auth.mfa.challengeAndVerify({ factorId: id, code: totp(secret) }));
  ok(await supabase.auth.updateUser({ password: 'the passphrase after that' }));
});

test('a factor is nobody else’s', async () => {
  const account = await signedIn();
  const { id } = await enrolled(account);
  const { supabase } = await signedIn();
  for (const call of ['challenge', 'unenroll']) {
    const { error } = await supabase.auth.mfa[call]({ factorId: id });
    assert.equal(error.status, 404);
    assert.equal(error.code, 'mfa_factor_not_found');
  }
  assert.equal((await raw(`/auth/v1/factors/${id}`, { method: 'DELETE' })).status, 403);
  assert.equal((await raw('/auth/v1/factors/nonsense', { method: 'DELETE', token: account.session.access_token })).status, 404);
  const anonymous = await raw('/auth/v1/factors', { method: 'POST', key: null });
  assert.equal(anonymous.status, 401);
});

test('an administrator sees and removes the factors of a user', async () => {
  const account = await signedIn();
  const { id } = await enrolled(account);
  const { factors } = ok(await service.auth.admin.mfa.listFactors({ userId: account.id }));
  assert.deepEqual(factors.map((factor) => factor.id), [id]);
  assert.equal(ok(await service.auth.admin.getUserById(account.id)).user.factors[0].id, id);
  assert.equal((await account.supabase.auth.admin.mfa.listFactors({ userId: account.id })).error.status, 403);
  ok(await service.auth.admin.mfa.deleteFactor({ id, userId: account.id }));
  const { session } = ok(await account.supabase.auth.refreshSession());
  assert.equal(claims(session.access_token).aal, 'aal1');
  const gone = await service.auth.admin.mfa.deleteFactor({ id, userId: account.id });
  assert.equal(gone.error.status, 404);
});

test('the database sees the level of a session in its claims', async () => {
  const account = await signedIn();
  await enrolled(account);
  const { session } = (await account.supabase.auth.getSession()).data;
  const response = await raw('/rest/v1/clients?select=id', { token: session.access_token });
  assert.equal(response.status, 200);
  const sql = database();
  const [row] = await sql`select aal::text, factor_id is not null as raised from auth.sessions
    where id = ${claims(session.access_token).session_id}`;
  await sql.end();
  assert.deepEqual({ ...row }, { aal: 'aal2', raised: true });
});
