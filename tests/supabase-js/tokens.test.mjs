import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify, SignJWT, generateKeyPair } from 'jose';
import { claims, client, raw, signedIn, stack } from './support.mjs';

const keySet = createRemoteJWKSet(new URL('/auth/v1/.well-known/jwks.json', stack.supabase));
const issuer = `${stack.supabase}/auth/v1`;

test('an access token looks like a hosted one and verifies by the key set', async () => {
  const { session, id, email } = await signedIn({ full_name: 'Ada' });
  const { payload, protectedHeader } = await jwtVerify(session.access_token, keySet, {
    issuer,
    audience: 'authenticated',
    algorithms: ['ES256'],
  });
  assert.deepEqual(Object.keys(protectedHeader).sort(), ['alg', 'kid', 'typ']);
  assert.equal(payload.sub, id);
  assert.equal(payload.email, email);
  assert.equal(payload.phone, '');
  assert.equal(payload.role, 'authenticated');
  assert.equal(payload.aal, 'aal1');
  assert.equal(payload.is_anonymous, false);
  assert.equal(payload.exp - payload.iat, 3600);
  assert.match(payload.session_id, /^[0-9a-f-]{36}$/);
  assert.deepEqual(payload.app_metadata, { provider: 'email', providers: ['email'] });
  assert.equal(payload.user_metadata.full_name, 'Ada');
  assert.equal(payload.amr.length, 1);
  assert.equal(payload.amr[0].method, 'password');
  assert.ok(Math.abs(payload.amr[0].timestamp - payload.iat) < 30);
});

test('the key set holds one public key, by the kid of the tokens', async () => {
  const { session } = await signedIn();
  const response = await raw('/auth/v1/.well-known/jwks.json', { key: null });
  assert.equal(response.status, 200);
  assert.match(response.headers.get('cache-control'), /max-age=600/);
  const { keys } = await response.json();
  assert.equal(keys.length, 1);
  assert.equal(keys[0].kid, decodeProtectedHeader(session.access_token).kid);
  assert.equal(keys[0].kty, 'EC');
  assert.equal(keys[0].crv, 'P-256');
  assert.equal(keys[0].d, undefined);
});

test('a token signed by anyone else opens nothing', async () => {
  const { session } = await signedIn();
  const body = claims(session.access_token);
  const { kid } = decodeProtectedHeader(session.access_token);
  const { privateKey } = await generateKeyPair('ES256');
  const forged = await new SignJWT(body).setProtectedHeader({ alg: 'ES256', kid, typ: 'JWT' }).sign(privateKey);
  const symmetric = await new SignJWT(body)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(new TextEncoder().encode('super-secret-jwt-token-with-at-least-32-characters-long'));
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const unsigned = `${encode({ alg: 'none', typ: 'JWT' })}.${encode(body)}.`;
  for (const token of [forged, symmetric, unsigned, 'nonsense']) {
    assert.equal((await raw('/rest/v1/clients', { token })).status, 401);
    assert.equal((await raw('/auth/v1/user', { token })).status, 403);
    const file = await raw('/storage/v1/object/list/client-documents', {
      method: 'POST',
      body: '{"prefix":""}',
      token,
    });
    assert.equal(file.status, 400);
    assert.equal((await file.json()).statusCode, '403');
  }
});

test('a token of the project is read by PostgREST as its user', async () => {
  const { session, id } = await signedIn();
  const response = await raw('/rest/v1/clients?select=id', { token: session.access_token });
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), [{ id }]);
});

test('a refreshed client keeps working', async () => {
  const { session } = await signedIn();
  const supabase = client();
  const { data, error } = await supabase.auth.setSession(session);
  assert.equal(error, null);
  assert.equal(data.session.user.id, session.user.id);
});
