import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, raw, service, signedIn, stack } from './support.mjs';

const legacy = (role) => stack[role === 'anon' ? 'legacy_anon_key' : 'legacy_service_role_key'];

test('no key and a wrong key are refused', async () => {
  for (const path of ['/rest/v1/clients', '/auth/v1/settings']) {
    const missing = await raw(path, { key: null });
    assert.equal(missing.status, 401);
    assert.equal((await missing.json()).message, 'No API key found in request');
    const wrong = await raw(path, { key: 'sb_publishable_wrong' });
    assert.equal(wrong.status, 401);
    assert.equal((await wrong.json()).message, 'Invalid API key');
  }
});

test('the key may stand in the query', async () => {
  const { session, id } = await signedIn();
  const path = `/rest/v1/clients?select=id&apikey=${stack.anon_key}`;
  const response = await raw(path, { key: null, token: session.access_token });
  assert.deepEqual(await response.json(), [{ id }]);
});

test('the secret key passes row level security, the publishable key does not', async () => {
  const { id } = await signedIn();
  const all = await service.from('clients').select('id').eq('id', id);
  assert.deepEqual(all.data, [{ id }]);
  const none = await client().from('clients').select('id').eq('id', id);
  assert.notDeepEqual(none.data, [{ id }]);
});

test('a key as Bearer stands for its role only when it is the API key too', async () => {
  const same = await raw('/rest/v1/clients?select=id&limit=1', { key: stack.service_role_key, token: stack.service_role_key });
  assert.equal(same.status, 200);
  const other = await raw('/rest/v1/clients?select=id&limit=1', { key: stack.anon_key, token: stack.service_role_key });
  assert.equal(other.status, 401);
});

test('a user stays a user, even beside the secret key', async () => {
  const { session, id } = await signedIn();
  await signedIn();
  const response = await raw('/rest/v1/clients?select=id', {
    key: stack.service_role_key,
    token: session.access_token,
  });
  assert.deepEqual(await response.json(), [{ id }]);
});

test('legacy keys work like the new ones', { skip: !legacy('anon') && 'dev.json names no legacy keys' }, async () => {
  const { id, session } = await signedIn();
  const asService = await client(legacy('service_role')).from('clients').select('id').eq('id', id);
  assert.deepEqual(asService.data, [{ id }]);
  const mixed = await raw('/rest/v1/clients?select=id', { key: legacy('anon'), token: session.access_token });
  assert.deepEqual(await mixed.json(), [{ id }]);
  const listed = await client(legacy('service_role')).auth.admin.listUsers({ page: 1, perPage: 1 });
  assert.equal(listed.error, null);
  const refused = await client(legacy('anon')).auth.admin.listUsers();
  assert.equal(refused.error.status, 403);
});

test('any origin may ask', async () => {
  const preflight = await fetch(new URL('/rest/v1/clients', stack.supabase), {
    method: 'OPTIONS',
    headers: {
      origin: 'https://example.com',
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'apikey,authorization,x-client-info',
    },
  });
  assert.ok(preflight.ok);
  assert.equal(preflight.headers.get('access-control-allow-origin'), '*');
  assert.match(preflight.headers.get('access-control-allow-methods'), /PATCH/);
  assert.match(preflight.headers.get('access-control-allow-headers'), /authorization/);
  for (const path of ['/rest/v1/clients', '/auth/v1/user', '/storage/v1/object/nowhere/x', '/nothing']) {
    const answer = await raw(path, { key: null, headers: { origin: 'https://example.com' } });
    assert.equal(answer.headers.get('access-control-allow-origin'), '*', path);
  }
});
