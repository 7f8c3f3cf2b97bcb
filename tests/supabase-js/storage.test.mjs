// Storage by supabase-js: the product's private bucket for its policies, buckets of the test's own
// for the rest.
import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { get } from 'node:http';
import { after, before, test } from 'node:test';
import { client, database, ok, raw, service, signedIn, stack, unique } from './support.mjs';

const documents = 'client-documents';
const pdf = (text = randomUUID()) => new Blob([`%PDF-1.7\n${text}\n%%EOF\n`], { type: 'application/pdf' });
const bytes = async (blob) => Buffer.from(await blob.arrayBuffer());
const box = unique('box');
const open = unique('open');
const sql = database();
let ada;
let bob;

/** A path in a user's own folder. */
const path = (user, name = `${randomUUID()}.pdf`) => `${user.id}/${name}`;

before(async () => {
  [ada, bob] = await Promise.all([signedIn(), signedIn()]);
  ok(await service.storage.createBucket(box, { public: false, fileSizeLimit: 100_000 }));
  ok(await service.storage.createBucket(open, { public: true }));
  // Users of `box` may do everything in their own folder.
  await sql.unsafe(`create policy "${box}" on storage.objects to authenticated
    using (bucket_id = '${box}' and (storage.foldername(name))[1] = (select auth.uid())::text)
    with check (bucket_id = '${box}' and (storage.foldername(name))[1] = (select auth.uid())::text)`);
});

after(async () => {
  for (const id of [box, open]) {
    ok(await service.storage.emptyBucket(id));
    ok(await service.storage.deleteBucket(id));
  }
  await sql.unsafe(`drop policy "${box}" on storage.objects`);
  await sql.end();
});

test('a Blob and a File go up and come back the same', async () => {
  const blob = pdf();
  const file = new File([await blob.arrayBuffer()], 'letter.pdf', { type: 'application/pdf' });
  for (const body of [blob, file]) {
    const target = path(ada);
    const made = ok(await ada.supabase.storage.from(documents).upload(target, body));
    assert.equal(made.path, target);
    assert.equal(made.fullPath, `${documents}/${target}`);
    assert.match(made.id, /^[0-9a-f-]{36}$/);
    const back = ok(await ada.supabase.storage.from(documents).download(target));
    assert.equal(back.type, 'application/pdf');
    assert.deepEqual(await bytes(back), await bytes(blob));
  }
});

test('raw bytes go up with their own type and metadata', async () => {
  const target = path(ada, 'raw.csv');
  const content = Buffer.from('a,b\n1,2\n');
  ok(
    await ada.supabase.storage.from(box).upload(target, content, {
      contentType: 'text/csv',
      cacheControl: '60',
      metadata: { origin: 'test' },
    }),
  );
  const info = ok(await ada.supabase.storage.from(box).info(target));
  assert.equal(info.name, target);
  assert.equal(info.size, content.length);
  assert.equal(info.contentType, 'text/csv');
  assert.equal(info.cacheControl, 'max-age=60');
  assert.equal(info.etag, `"${createHash('md5').update(content).digest('hex')}"`);
  assert.deepEqual(info.metadata, { origin: 'test' });
  assert.equal(ok(await ada.supabase.storage.from(box).exists(target)), true);
  const row = (await sql`select * from storage.objects where bucket_id = ${box} and name = ${target}`)[0];
  assert.equal(row.owner_id, ada.id);
  assert.equal(row.metadata.mimetype, 'text/csv');
  assert.deepEqual(row.path_tokens, [ada.id, 'raw.csv']);
});

test('nobody gets at the files of another', async () => {
  const target = path(ada);
  ok(await ada.supabase.storage.from(documents).upload(target, pdf()));
  for (const [who, stranger] of [
    ['another user', bob.supabase],
    ['anonymous', client()],
  ]) {
    const bucket = stranger.storage.from(documents);
    assert.ok((await bucket.download(target)).error, `${who} downloads`);
    assert.ok((await bucket.createSignedUrl(target, 60)).error, `${who} signs`);
    assert.ok((await bucket.info(target)).error, `${who} asks`);
    assert.deepEqual(ok(await bucket.list(ada.id)), [], `${who} lists`);
    assert.deepEqual(ok(await bucket.remove([target])), [], `${who} removes`);
    const [many] = ok(await bucket.createSignedUrls([target], 60));
    assert.ok(many.error && !many.signedUrl, `${who} signs many`);
    const planted = await bucket.upload(path(ada), pdf());
    assert.equal(planted.error.statusCode, '403', `${who} uploads`);
    assert.equal(planted.error.message, 'new row violates row-level security policy');
    assert.ok((await bucket.createSignedUploadUrl(path(ada))).error, `${who} reserves`);
    assert.ok((await bucket.move(target, path(bob))).error, `${who} moves`);
    assert.ok((await bucket.copy(target, path(bob))).error, `${who} copies`);
    assert.ok((await bucket.update(target, pdf())).error, `${who} replaces`);
  }
  ok(await ada.supabase.storage.from(documents).download(target));
});

test('a file is not written over unless asked', async () => {
  const target = path(ada, 'once.pdf');
  const first = pdf('first');
  ok(await ada.supabase.storage.from(box).upload(target, first));
  const again = await ada.supabase.storage.from(box).upload(target, pdf('second'));
  assert.equal(again.error.statusCode, '409');
  assert.equal(again.error.message, 'The resource already exists');
  assert.deepEqual(await bytes(ok(await ada.supabase.storage.from(box).download(target))), await bytes(first));
  ok(await ada.supabase.storage.from(box).upload(target, pdf('third'), { upsert: true }));
  ok(await ada.supabase.storage.from(box).update(target, pdf('fourth')));
  assert.match(await ok(await ada.supabase.storage.from(box).download(target)).text(), /fourth/);
});

test('ten uploads to one place at once leave one file', async () => {
  const target = path(ada, 'race.pdf');
  const results = await Promise.all(
    Array.from({ length: 10 }, (_, n) => ada.supabase.storage.from(box).upload(target, pdf(`race ${n}`))),
  );
  const won = results.filter(({ error }) => !error);
  assert.equal(won.length, 1);
  assert.equal(results.filter(({ error }) => error?.statusCode === '409').length, 9);
  assert.match(await ok(await ada.supabase.storage.from(box).download(target)).text(), /race \d/);
});

test('the limits of the bucket hold', async () => {
  const bucket = ada.supabase.storage.from(documents);
  const kind = await bucket.upload(path(ada, 'a.html'), new Blob(['<p>'], { type: 'text/html' }));
  assert.equal(kind.error.statusCode, '415');
  assert.equal(kind.error.message, 'mime type text/html is not supported');
  const large = new Blob([randomBytes(100_001)], { type: 'application/pdf' });
  for (const body of [large, Buffer.from(await large.arrayBuffer())]) {
    const refused = await ada.supabase.storage.from(box).upload(path(ada), body);
    assert.equal(refused.error.status, 400);
    assert.equal(refused.error.statusCode, '413');
    assert.equal(refused.error.message, 'The object exceeded the maximum allowed size');
  }
  const huge = await bucket.upload(path(ada), new Blob([Buffer.alloc(26_214_401)], { type: 'application/pdf' }));
  assert.equal(huge.error.statusCode, '413');
  const whole = new Blob([Buffer.alloc(26_214_400, 7)], { type: 'application/pdf' });
  ok(await bucket.upload(path(ada, 'whole.pdf'), whole));
  assert.equal(ok(await bucket.download(path(ada, 'whole.pdf'))).size, 26_214_400);
});

test('keys hold no odd characters, and never lead out of the store', async () => {
  const bucket = ada.supabase.storage.from(box);
  const odd = await bucket.upload(path(ada, 'ü.pdf'), pdf());
  assert.equal(odd.error.statusCode, '400');
  assert.match(odd.error.message, /^Invalid key: /);
  // fetch would resolve the dots itself.
  const climb = (dots) =>
    new Promise((resolve, reject) => {
      const steps = Array(6).fill(dots).join('/');
      const options = {
        path: `/storage/v1/object/${box}/${ada.id}/${steps}/etc/passwd`,
        headers: { apikey: stack.anon_key, authorization: `Bearer ${ada.session.access_token}` },
      };
      get(stack.supabase, options, (answer) => resolve(answer.resume().statusCode)).on('error', reject);
    });
  assert.equal(await climb('..'), 400);
  assert.equal(await climb('%2e%2e'), 400);
});

test('a folder is listed level by level', async () => {
  const user = await signedIn();
  const bucket = user.supabase.storage.from(box);
  for (const name of ['b.pdf', 'A.pdf', 'c.pdf', 'deep/er/x.pdf', 'deep/y.pdf']) {
    ok(await bucket.upload(path(user, name), pdf()));
  }
  const all = ok(await bucket.list(user.id));
  assert.deepEqual(
    all.map((row) => row.name),
    ['A.pdf', 'b.pdf', 'c.pdf', 'deep'],
  );
  const folder = all.at(-1);
  assert.equal(folder.id, null);
  assert.equal(folder.metadata, null);
  assert.ok(all[0].id);
  assert.equal(all[0].metadata.mimetype, 'application/pdf');
  assert.ok(Date.parse(all[0].created_at));
  const page = ok(
    await bucket.list(user.id, { limit: 2, offset: 1, sortBy: { column: 'name', order: 'desc' } }),
  );
  assert.deepEqual(
    page.map((row) => row.name),
    ['c.pdf', 'b.pdf'],
  );
  const deep = ok(await bucket.list(`${user.id}/deep`));
  assert.deepEqual(
    deep.map((row) => row.name),
    ['er', 'y.pdf'],
  );
  const found = ok(await bucket.list(user.id, { search: 'b' }));
  assert.deepEqual(
    found.map((row) => row.name),
    ['b.pdf'],
  );
  const newest = ok(await bucket.list(user.id, { sortBy: { column: 'created_at', order: 'desc' } }));
  assert.deepEqual(
    newest.map((row) => row.name),
    ['deep', 'c.pdf', 'A.pdf', 'b.pdf'],
  );
  assert.deepEqual(ok(await bucket.list('nowhere')), []);
});

test('a signed URL opens one file for a while, to anyone', async () => {
  const target = path(ada);
  const blob = pdf();
  const bucket = ada.supabase.storage.from(documents);
  ok(await bucket.upload(target, blob));
  const { signedUrl } = ok(await bucket.createSignedUrl(target, 60, { download: 'tax return.pdf' }));
  const response = await fetch(signedUrl);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'application/pdf');
  assert.equal(response.headers.get('accept-ranges'), 'bytes');
  assert.match(response.headers.get('content-disposition'), /^attachment; filename=tax%20return\.pdf/);
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), await bytes(blob));

  const other = path(ada);
  ok(await bucket.upload(other, pdf()));
  const swapped = await fetch(signedUrl.replace(target, other));
  assert.equal(swapped.status, 400);
  assert.equal((await swapped.json()).error, 'InvalidSignature');
  const broken = await fetch(signedUrl.replace(/token=[^&]*/, 'token=a.b.c'));
  assert.equal((await broken.json()).error, 'InvalidJWT');
  const short = ok(await bucket.createSignedUrl(target, 1)).signedUrl;
  await new Promise((resolve) => setTimeout(resolve, 2100));
  const late = await fetch(short);
  assert.equal(late.status, 400);
  assert.equal((await late.json()).message, '"exp" claim timestamp check failed');

  const many = ok(await bucket.createSignedUrls([target, `${ada.id}/missing.pdf`], 60));
  assert.equal((await fetch(many[0].signedUrl)).status, 200);
  assert.ok(many[1].error);
});

test('parts of a file, and only when it changed', async () => {
  const target = path(ada, 'parts.txt');
  const bucket = ada.supabase.storage.from(box);
  ok(await bucket.upload(target, Buffer.from('0123456789'), { contentType: 'text/plain' }));
  const ask = (headers, method = 'GET') =>
    raw(`/storage/v1/object/authenticated/${box}/${target}`, { method, headers, token: ada.session.access_token });
  const part = await ask({ range: 'bytes=2-4' });
  assert.equal(part.status, 206);
  assert.equal(part.headers.get('content-range'), 'bytes 2-4/10');
  assert.equal(part.headers.get('content-length'), '3');
  assert.equal(await part.text(), '234');
  assert.equal(await (await ask({ range: 'bytes=-3' })).text(), '789');
  const beyond = await ask({ range: 'bytes=10-' });
  assert.equal(beyond.status, 416);
  await beyond.body.cancel();
  const whole = await ask({});
  assert.equal(whole.headers.get('content-length'), '10');
  const etag = whole.headers.get('etag');
  await whole.body.cancel();
  const same = await ask({ 'if-none-match': etag });
  assert.equal(same.status, 304);
  const head = await ask({}, 'HEAD');
  assert.equal(head.status, 200);
  assert.equal(head.headers.get('content-length'), '10');
  assert.equal(head.headers.get('etag'), etag);
});

test('a reserved place takes one upload, from anyone who holds its token', async () => {
  const target = path(ada);
  const { token, path: reserved } = ok(
    await ada.supabase.storage.from(documents).createSignedUploadUrl(target),
  );
  assert.equal(reserved, target);
  const blob = pdf();
  const anyone = client().storage.from(documents);
  // Refused before its bytes are read; large enough that they are still on their way then.
  const large = new Blob([new Uint8Array(24 * 1024 * 1024)], { type: 'application/pdf' });
  const wrong = await anyone.uploadToSignedUrl(path(ada), token, large);
  assert.equal(wrong.error.statusCode, '400');
  ok(await anyone.uploadToSignedUrl(target, token, blob, { contentType: 'application/pdf' }));
  const again = await anyone.uploadToSignedUrl(target, token, pdf());
  assert.equal(again.error.statusCode, '409');
  const back = ok(await ada.supabase.storage.from(documents).download(target));
  assert.deepEqual(await bytes(back), await bytes(blob));
  const row = (await sql`select owner_id from storage.objects where name = ${target}`)[0];
  assert.equal(row.owner_id, ada.id);
});

test('removing takes what one may remove', async () => {
  const bucket = ada.supabase.storage.from(documents);
  const mine = path(ada);
  ok(await bucket.upload(mine, pdf()));
  const theirs = path(bob);
  ok(await bob.supabase.storage.from(documents).upload(theirs, pdf()));
  const removed = ok(await bucket.remove([mine, theirs, path(ada)]));
  assert.deepEqual(
    removed.map((row) => row.name),
    [mine],
  );
  const gone = await bucket.download(mine);
  assert.ok(gone.error);
  ok(await bob.supabase.storage.from(documents).download(theirs));
});

test('moving and copying keep the bytes', async () => {
  const bucket = ada.supabase.storage.from(box);
  const [from, to, twin] = [path(ada), path(ada), path(ada)];
  const blob = pdf();
  ok(await bucket.upload(from, blob));
  ok(await bucket.move(from, to));
  assert.ok((await bucket.download(from)).error);
  const copied = ok(await bucket.copy(to, twin));
  assert.equal(copied.path, `${box}/${twin}`);
  ok(await bucket.remove([to]));
  assert.deepEqual(await bytes(ok(await bucket.download(twin))), await bytes(blob));
  assert.ok((await bucket.copy(twin, path(bob))).error);
  assert.ok((await bucket.move(twin, path(bob))).error);
  ok(await bucket.upload(from, pdf()));
  assert.equal((await bucket.move(twin, from)).error.statusCode, '409');
});

test('a public bucket is read without a key', async () => {
  const name = `${randomUUID()}.html`;
  ok(await service.storage.from(open).upload(name, Buffer.from('<h1>hi</h1>'), { contentType: 'text/html' }));
  const { publicUrl } = client().storage.from(open).getPublicUrl(name).data;
  const response = await fetch(publicUrl);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/plain');
  assert.equal(await response.text(), '<h1>hi</h1>');
  const hidden = await fetch(new URL(`/storage/v1/object/public/${documents}/${ada.id}/x.pdf`, stack.supabase));
  assert.equal(hidden.status, 400);
  assert.equal((await hidden.json()).error, 'Bucket not found');
});

test('buckets belong to the service', async () => {
  const id = unique('bucket');
  for (const supabase of [client(), ada.supabase]) {
    assert.equal((await supabase.storage.createBucket(id)).error.statusCode, '403');
    assert.deepEqual(ok(await supabase.storage.listBuckets()), []);
    assert.ok((await supabase.storage.getBucket(documents)).error);
    assert.ok((await supabase.storage.updateBucket(documents, { public: true })).error);
    assert.ok((await supabase.storage.emptyBucket(documents)).error);
    assert.ok((await supabase.storage.deleteBucket(documents)).error);
  }
  ok(await service.storage.createBucket(id, { public: false, allowedMimeTypes: ['image/*'] }));
  assert.equal((await service.storage.createBucket(id)).error.statusCode, '409');
  ok(await service.storage.updateBucket(id, { public: true, fileSizeLimit: '1MB' }));
  const bucket = ok(await service.storage.getBucket(id));
  assert.equal(bucket.public, true);
  assert.equal(bucket.file_size_limit, 1_000_000);
  ok(await service.storage.from(id).upload('a.png', new Blob(['x'], { type: 'image/png' })));
  assert.equal((await service.storage.deleteBucket(id)).error.statusCode, '409');
  ok(await service.storage.emptyBucket(id));
  ok(await service.storage.deleteBucket(id));
  assert.equal((await service.storage.getBucket(id)).error.statusCode, '404');
});

test('rows of files are not deleted behind Storage’s back', async () => {
  await assert.rejects(sql`delete from storage.objects where bucket_id = ${box}`, { code: '42501' });
});
