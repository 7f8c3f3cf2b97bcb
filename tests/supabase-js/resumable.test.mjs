// Resumable uploads, judged by the unmodified tus-js-client.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { test } from 'node:test';
import { Upload } from 'tus-js-client';
import { ok, raw, service, signedIn, stack, unique } from './support.mjs';

const bucketName = 'client-documents';
const chunkSize = 6 * 1024 * 1024;
const endpoint = new URL('/storage/v1/upload/resumable', stack.supabase).href;
const pdf = (length) => Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(length - 9)]);
const token = async ({ supabase }) => (await supabase.auth.getSession()).data.session.access_token;

/** Options as the documentation of Supabase gives them, for a client that is signed in. */
async function options(account, objectName, more = {}) {
  return {
    endpoint,
    chunkSize,
    retryDelays: null,
    uploadDataDuringCreation: true,
    removeFingerprintOnSuccess: true,
    headers: { authorization: `Bearer ${await token(account)}`, 'x-upsert': 'false' },
    metadata: { bucketName, objectName, contentType: 'application/pdf', cacheControl: '3600' },
    ...more,
  };
}

/** Uploads to the end; gives the upload, or throws what the server refused. */
function whole(bytes, given) {
  return new Promise((resolve, reject) => {
    const upload = new Upload(bytes, { ...given, onSuccess: () => resolve(upload), onError: reject });
    upload.start();
  });
}

/** Uploads until a part has arrived, and leaves it there. */
function half(bytes, given) {
  return new Promise((resolve, reject) => {
    const upload = new Upload(bytes, {
      ...given,
      onChunkComplete: () => upload.abort().then(() => resolve(upload), reject),
      onError: reject,
    });
    upload.start();
  });
}

const refused = (status) => (error) => {
  assert.equal(error.originalResponse?.getStatus(), status, error.message);
  return true;
};

/** A request of the protocol itself, without a library. */
async function tus(method, url, account, headers = {}, body = undefined) {
  return fetch(url, {
    method,
    body,
    headers: { 'tus-resumable': '1.0.0', authorization: `Bearer ${await token(account)}`, ...headers },
  });
}

const encode = (pairs) =>
  Object.entries(pairs)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');

async function created(account, objectName, length, metadata = {}, headers = {}) {
  return tus('POST', endpoint, account, {
    'upload-length': String(length),
    'upload-metadata': encode({ bucketName, objectName, contentType: 'application/pdf', ...metadata }),
    ...headers,
  });
}

const part = (url, account, offset, body, headers = {}) =>
  tus('PATCH', url, account, {
    'upload-offset': String(offset),
    'content-type': 'application/offset+octet-stream',
    ...headers,
  }, body);

test('a large file arrives in parts and becomes an object like any other', async () => {
  const account = await signedIn();
  const name = `${account.id}/${unique('large')}.pdf`;
  const bytes = pdf(2 * chunkSize + 12_345);
  const parts = [];
  await whole(bytes, await options(account, name, {
    onChunkComplete: (size, accepted, total) => parts.push([size, accepted, total]),
  }));
  assert.deepEqual(parts, [
    [chunkSize, chunkSize, bytes.length],
    [chunkSize, 2 * chunkSize, bytes.length],
    [12_345, bytes.length, bytes.length],
  ]);

  const file = ok(await account.supabase.storage.from(bucketName).download(name));
  assert.equal(file.type, 'application/pdf');
  assert.ok(Buffer.from(await file.arrayBuffer()).equals(bytes));
  const info = ok(await account.supabase.storage.from(bucketName).info(name));
  assert.equal(info.size, bytes.length);
  assert.equal(info.contentType, 'application/pdf');
  assert.equal(info.cacheControl, 'max-age=3600');

  const usual = `${account.id}/${unique('usual')}.pdf`;
  ok(await account.supabase.storage.from(bucketName).upload(usual, bytes, { contentType: 'application/pdf' }));
  const twin = ok(await account.supabase.storage.from(bucketName).info(usual));
  assert.equal(info.etag, twin.etag);
  assert.equal(info.cacheControl, twin.cacheControl);
  const listed = ok(await account.supabase.storage.from(bucketName).list(account.id));
  const keys = listed.map((row) => Object.keys(row.metadata).sort());
  assert.deepEqual(keys[0], keys[1]);
});

test('an upload that broke off goes on from where it was, in another client', async () => {
  const account = await signedIn();
  const name = `${account.id}/${unique('resumed')}.pdf`;
  const bytes = pdf(chunkSize + 1_000_000);
  const given = await options(account, name);
  const first = await half(bytes, given);
  const list = async () => ok(await account.supabase.storage.from(bucketName).list(account.id));
  assert.deepEqual(await list(), [], 'nothing is there before all of it is');

  const state = await tus('HEAD', first.url, account);
  assert.equal(state.status, 200);
  assert.equal(state.headers.get('upload-offset'), String(chunkSize));
  assert.equal(state.headers.get('upload-length'), String(bytes.length));
  assert.equal(state.headers.get('cache-control'), 'no-store');

  const offsets = [];
  await whole(bytes, {
    ...given,
    uploadUrl: first.url,
    onBeforeRequest: (request) => offsets.push(`${request.getMethod()} ${request.getHeader('Upload-Offset') ?? ''}`),
  });
  assert.deepEqual(offsets, ['HEAD ', `PATCH ${chunkSize}`]);
  const file = ok(await account.supabase.storage.from(bucketName).download(name));
  assert.ok(Buffer.from(await file.arrayBuffer()).equals(bytes));
});

test('a connection that breaks in the middle of a part keeps what has arrived', async () => {
  const account = await signedIn();
  const name = `${account.id}/${unique('cut')}.pdf`;
  const bytes = pdf(3_000_000);
  const url = (await created(account, name, bytes.length)).headers.get('location');
  const cut = request(url, {
    method: 'PATCH',
    headers: {
      'tus-resumable': '1.0.0',
      authorization: `Bearer ${await token(account)}`,
      'upload-offset': '0',
      'content-type': 'application/offset+octet-stream',
      'content-length': String(bytes.length),
    },
  });
  cut.write(bytes.subarray(0, 1_000_000));
  await new Promise((resolve) => setTimeout(resolve, 300));
  cut.on('error', () => {});
  cut.destroy();
  const state = await tus('HEAD', url, account);
  const offset = Number(state.headers.get('upload-offset'));
  assert.ok(offset > 0 && offset <= 1_000_000, `${offset} bytes have arrived`);
  const rest = await part(url, account, offset, bytes.subarray(offset));
  assert.equal(rest.status, 204);
  const file = ok(await account.supabase.storage.from(bucketName).download(name));
  assert.ok(Buffer.from(await file.arrayBuffer()).equals(bytes));
});

test('who lost the last answer learns that the upload is whole', async () => {
  const account = await signedIn();
  const name = `${account.id}/${unique('whole')}.pdf`;
  const bytes = pdf(1000);
  const url = (await created(account, name, bytes.length)).headers.get('location');
  const last = await part(url, account, 0, bytes);
  assert.equal(last.status, 204);
  assert.equal(last.headers.get('tus-complete'), '1');
  assert.equal((await tus('HEAD', url, account)).headers.get('upload-offset'), '1000');
  assert.equal((await tus('DELETE', url, account)).status, 409);
  ok(await service.storage.from(bucketName).remove([name]));
  assert.equal((await tus('HEAD', url, account)).status, 404);
});

test('policies decide, for each part', async () => {
  const [account, other] = [await signedIn(), await signedIn()];
  const name = `${account.id}/${unique('policy')}.pdf`;
  const bytes = pdf(1000);
  await assert.rejects(whole(bytes, await options(other, name)), refused(403));
  const response = await created(other, name, 1000);
  assert.match(await response.text(), /row-level security policy/);

  const url = (await created(account, name, bytes.length)).headers.get('location');
  assert.equal((await part(url, other, 0, bytes)).status, 403);
  assert.equal((await tus('DELETE', url, other)).status, 403);
  const anonymous = await fetch(url, {
    method: 'PATCH',
    body: bytes,
    headers: {
      apikey: stack.anon_key,
      'tus-resumable': '1.0.0',
      'upload-offset': '0',
      'content-type': 'application/offset+octet-stream',
    },
  });
  assert.equal(anonymous.status, 403);
  const nobody = await fetch(endpoint, { method: 'POST', headers: { 'tus-resumable': '1.0.0', 'upload-length': '1' } });
  assert.equal(nobody.status, 400);
  assert.equal((await part(url, account, 0, bytes)).status, 204);
});

test('size and type are those of the bucket, told before any byte is sent', async () => {
  const account = await signedIn();
  const name = `${account.id}/${unique('limits')}`;
  const { file_size_limit: limit } = ok(await service.storage.getBucket(bucketName));
  const large = await created(account, `${name}.pdf`, limit + 1);
  assert.equal(large.status, 413);
  assert.equal(await large.text(), 'Maximum size exceeded\n');
  assert.equal((await created(account, `${name}.pdf`, limit)).status, 201);
  await assert.rejects(
    whole(pdf(100), await options(account, `${name}.exe`, {
      metadata: { bucketName, objectName: `${name}.exe`, contentType: 'application/x-msdownload' },
    })),
    refused(415),
  );
  assert.equal((await created(account, `${name}.pdf`, 10, { bucketName: 'no-such-bucket' })).status, 404);
  assert.equal((await created(account, 'ü.pdf', 10)).status, 400);
});

test('more bytes than told are refused', async () => {
  const account = await signedIn();
  const url = (await created(account, `${account.id}/${unique('more')}.pdf`, 10)).headers.get('location');
  assert.equal((await part(url, account, 0, pdf(11))).status, 413);
  const body = new Blob([pdf(11)]).stream();
  const streamed = await fetch(url, {
    method: 'PATCH',
    body,
    duplex: 'half',
    headers: {
      'tus-resumable': '1.0.0',
      authorization: `Bearer ${await token(account)}`,
      'upload-offset': '0',
      'content-type': 'application/offset+octet-stream',
    },
  });
  assert.equal(streamed.status, 413);
  assert.equal((await tus('HEAD', url, account)).headers.get('upload-offset'), '0');
});

test('a part at another place than the next is a conflict, also when two come at once', async () => {
  const account = await signedIn();
  const name = `${account.id}/${unique('twice')}.pdf`;
  const bytes = pdf(2_000_000);
  const url = (await created(account, name, bytes.length)).headers.get('location');
  const wrong = await part(url, account, 5, bytes.subarray(5));
  assert.equal(wrong.status, 409);
  assert.equal(await wrong.text(), 'Upload-Offset conflict\n');
  const first = bytes.subarray(0, 1_000_000);
  const answers = await Promise.all(Array.from({ length: 4 }, () => part(url, account, 0, first)));
  assert.deepEqual(answers.map((answer) => answer.status).sort(), [204, 409, 409, 409]);
  assert.equal((await part(url, account, 1_000_000, bytes.subarray(1_000_000))).status, 204);
  const file = ok(await account.supabase.storage.from(bucketName).download(name));
  assert.ok(Buffer.from(await file.arrayBuffer()).equals(bytes));
});

test('a taken name is refused but for whoever may replace it', async () => {
  const account = await signedIn();
  const made = unique('bucket');
  ok(await service.storage.createBucket(made, { public: false }));
  const given = (upsert) => ({
    endpoint,
    chunkSize,
    retryDelays: null,
    headers: { authorization: `Bearer ${stack.legacy_service_role_key}`, 'x-upsert': String(upsert) },
    metadata: { bucketName: made, objectName: 'a.txt', contentType: 'text/plain', metadata: '{"note":"x"}' },
  });
  await whole(Buffer.from('one'), given(false));
  await assert.rejects(whole(Buffer.from('two'), given(false)), refused(409));
  await whole(Buffer.from('three'), given(true));
  const file = ok(await service.storage.from(made).download('a.txt'));
  assert.equal(await file.text(), 'three');
  assert.deepEqual(ok(await service.storage.from(made).info('a.txt')).metadata, { note: 'x' });
  await whole(Buffer.alloc(0), { ...given(true), metadata: { bucketName: made, objectName: 'empty.txt', contentType: 'text/plain' } });
  assert.equal(ok(await service.storage.from(made).info('empty.txt')).size, 0);
  assert.equal((await account.supabase.storage.from(made).info('a.txt')).data, null);
});

test('an upload given up is gone, and an unknown one is not found', async () => {
  const account = await signedIn();
  const name = `${account.id}/${unique('gone')}.pdf`;
  const response = await created(account, name, 1000);
  assert.equal(response.status, 201);
  const expires = new Date(response.headers.get('upload-expires')) - Date.now();
  assert.ok(Math.abs(expires - 24 * 3600 * 1000) < 60_000);
  const url = response.headers.get('location');
  assert.ok(url.startsWith(`${endpoint}/`));
  assert.equal((await tus('DELETE', url, account)).status, 204);
  for (const target of [url, `${endpoint}/nonsense`, `${url}x`]) {
    assert.equal((await tus('HEAD', target, account)).status, 404);
    assert.equal((await part(target, account, 0, pdf(1000))).status, 404);
  }
});

test('browsers may send and read what the protocol needs', async () => {
  const preflight = await raw('/storage/v1/upload/resumable/x', {
    method: 'OPTIONS',
    key: null,
    headers: {
      origin: stack.site,
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization,tus-resumable,upload-offset,x-upsert',
    },
  });
  assert.ok(preflight.ok);
  assert.match(preflight.headers.get('access-control-allow-methods'), /PATCH/);
  assert.match(preflight.headers.get('access-control-allow-headers'), /upload-offset/);
  const about = await raw('/storage/v1/upload/resumable', { method: 'OPTIONS', key: null });
  assert.equal(about.status, 204);
  assert.equal(about.headers.get('tus-version'), '1.0.0');
  assert.equal(about.headers.get('tus-resumable'), '1.0.0');
  assert.match(about.headers.get('tus-extension'), /creation,creation-with-upload/);
  assert.match(about.headers.get('tus-max-size'), /^\d+$/);
  const exposed = about.headers.get('access-control-expose-headers').toLowerCase();
  for (const name of ['location', 'upload-offset', 'upload-length', 'upload-metadata', 'tus-resumable', 'tus-version', 'tus-extension', 'tus-max-size']) {
    assert.ok(exposed.split(/,\s*/).includes(name), name);
  }
  const account = await signedIn();
  const old = await fetch(endpoint, { method: 'POST', headers: { authorization: `Bearer ${await token(account)}` } });
  assert.equal(old.status, 412);
});
