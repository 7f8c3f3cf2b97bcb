import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address, claims, client, ok, password, raw, service, signedIn, stack } from './support.mjs';

test('a user is made, read, changed and deleted', async () => {
  const email = address();
  const { user } = ok(
    await service.auth.admin.createUser({
      email,
      password,
      email_confirm: true,
      user_metadata: { full_name: 'Katherine Johnson' },
      app_metadata: { role: 'staff' },
    }),
  );
  assert.equal(user.email, email);
  assert.ok(user.email_confirmed_at);
  assert.equal(user.identities.length, 1);
  assert.deepEqual(user.app_metadata, { provider: 'email', providers: ['email'], role: 'staff' });
  assert.equal(user.user_metadata.full_name, 'Katherine Johnson');

  const supabase = client();
  const { session } = ok(await supabase.auth.signInWithPassword({ email, password }));
  assert.equal(claims(session.access_token).app_metadata.role, 'staff');

  const read = ok(await service.auth.admin.getUserById(user.id)).user;
  assert.equal(read.id, user.id);
  assert.ok(read.last_sign_in_at);

  const renamed = address();
  const changed = ok(
    await service.auth.admin.updateUserById(user.id, {
      email: renamed,
      password: 'set by an administrator',
      app_metadata: { role: null, plan: 'gold' },
      user_metadata: { city: 'Hampton' },
    }),
  ).user;
  assert.deepEqual(changed.app_metadata, { plan: 'gold', provider: 'email', providers: ['email'] });
  assert.equal(changed.user_metadata.full_name, 'Katherine Johnson');
  assert.equal(changed.user_metadata.city, 'Hampton');
  assert.equal(changed.identities[0].identity_data.email, renamed);
  ok(await client().auth.signInWithPassword({ email: renamed, password: 'set by an administrator' }));

  ok(await service.auth.admin.deleteUser(user.id));
  assert.equal((await service.auth.admin.getUserById(user.id)).error.status, 404);
  assert.ok((await supabase.auth.getUser()).error);
  assert.ok((await supabase.auth.refreshSession()).error);
  const rows = ok(await service.from('clients').select('id').eq('id', user.id));
  assert.deepEqual(rows, []);
});

test('users are listed page by page', async () => {
  await Promise.all([signedIn(), signedIn(), signedIn()]);
  const first = ok(await service.auth.admin.listUsers({ page: 1, perPage: 2 }));
  assert.equal(first.users.length, 2);
  assert.ok(first.total >= 3);
  assert.equal(first.nextPage, 2);
  assert.ok(first.lastPage >= 2);
});

test('bad requests are told apart', async () => {
  const { email } = await signedIn();
  const taken = await service.auth.admin.createUser({ email, password });
  assert.equal(taken.error.status, 422);
  assert.equal(taken.error.code, 'email_exists');
  const weak = await service.auth.admin.createUser({ email: address(), password: 'short' });
  assert.equal(weak.error.code, 'weak_password');
  const invalid = await service.auth.admin.createUser({ email: 'nobody', password });
  assert.equal(invalid.error.status, 400);
  const missing = await service.auth.admin.deleteUser('00000000-0000-4000-8000-000000000000');
  assert.equal(missing.error.status, 404);
  assert.equal(missing.error.code, 'user_not_found');
});

test('only the secret key may administer', async () => {
  const { id, supabase, session } = await signedIn();
  assert.equal((await client().auth.admin.deleteUser(id)).error.status, 403);
  assert.equal((await supabase.auth.admin.getUserById(id)).error.status, 403);
  for (const [method, body] of [['GET'], ['PUT', '{"app_metadata":{"role":"staff"}}'], ['DELETE', '{}']]) {
    const path = `/auth/v1/admin/users/${id}`;
    assert.equal((await raw(path, { method, body })).status, 403);
    assert.equal((await raw(path, { method, body, token: session.access_token })).status, 403);
    assert.equal((await raw(path, { method, body, key: null })).status, 401);
    assert.equal((await raw(path, { method, body, token: stack.service_role_key })).status, 403);
  }
  assert.equal((await supabase.auth.getUser()).error, null);
});
