// PostgREST behind the gateway, on a table of the test's own: a note belongs to whoever wrote it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { client, database, ok, raw, service, signedIn, stack, unique } from './support.mjs';

const table = unique('notes').replaceAll('-', '_');
const rpc = `${table}_of`;
const sql = database();
let ada;
let bob;

before(async () => {
  await sql.unsafe(`
    create table public.${table} (
      id bigint generated always as identity primary key,
      owner uuid not null default auth.uid(),
      title text not null unique check (char_length(title) between 1 and 40));
    alter table public.${table} enable row level security;
    create policy "Writers work on their own notes" on public.${table}
      to authenticated using (owner = (select auth.uid())) with check (owner = (select auth.uid()));
    grant select, insert, update, delete on public.${table} to authenticated, service_role;
    create function public.${rpc}(pattern text) returns setof public.${table}
      language sql stable set search_path = ''
      as $$ select * from public.${table} where title like pattern $$;
    revoke execute on function public.${rpc} from public;
    grant execute on function public.${rpc} to authenticated;
    notify pgrst, 'reload schema'`);
  [ada, bob] = await Promise.all([signedIn(), signedIn()]);
  for (let attempt = 0; ; attempt += 1) {
    const { error } = await service.from(table).select('id').limit(1);
    if (!error) break;
    if (attempt > 100) throw error;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

after(async () => {
  await sql.unsafe(`drop function public.${rpc}; drop table public.${table}; notify pgrst, 'reload schema'`);
  await sql.end();
});

const title = () => unique('n').slice(0, 30);

test('insert, select, update and delete of one’s own rows', async () => {
  const name = title();
  const [made] = ok(await ada.supabase.from(table).insert({ title: name }).select());
  assert.equal(made.owner, ada.id);
  const found = ok(await ada.supabase.from(table).select('title').eq('id', made.id).single());
  assert.deepEqual(found, { title: name });
  const next = title();
  const [changed] = ok(await ada.supabase.from(table).update({ title: next }).eq('id', made.id).select());
  assert.equal(changed.title, next);
  ok(await ada.supabase.from(table).delete().eq('id', made.id));
  const gone = await ada.supabase.from(table).select('title').eq('id', made.id).single();
  assert.equal(gone.error.code, 'PGRST116');
});

test('upsert merges on the conflict', async () => {
  const name = title();
  const [first] = ok(await ada.supabase.from(table).insert({ title: name }).select());
  const [again] = ok(
    await ada.supabase.from(table).upsert({ title: name }, { onConflict: 'title' }).select(),
  );
  assert.equal(again.id, first.id);
});

test('rows of others are neither seen nor touched', async () => {
  const [made] = ok(await ada.supabase.from(table).insert({ title: title() }).select());
  assert.deepEqual(ok(await bob.supabase.from(table).select().eq('id', made.id)), []);
  assert.deepEqual(ok(await bob.supabase.from(table).update({ title: title() }).eq('id', made.id).select()), []);
  assert.deepEqual(ok(await bob.supabase.from(table).delete().eq('id', made.id).select()), []);
  const stolen = await bob.supabase.from(table).insert({ title: title(), owner: ada.id });
  assert.equal(stolen.error.code, '42501');
  const [kept] = ok(await service.from(table).select().eq('id', made.id));
  assert.deepEqual(kept, made);
});

test('a table that is not granted is closed, before any policy', async () => {
  const { error, status } = await client().from(table).select();
  assert.equal(status, 401);
  assert.equal(error.code, '42501');
});

test('errors are those of PostgREST', async () => {
  const name = title();
  ok(await ada.supabase.from(table).insert({ title: name }));
  const cases = [
    [ada.supabase.from(table).insert({ title: name }), 409, '23505'],
    [ada.supabase.from(table).insert({ title: '' }), 400, '23514'],
    [ada.supabase.from(table).insert({ title: null }), 400, '23502'],
    [ada.supabase.from(table).select('nothing'), 400, '42703'],
    [ada.supabase.from('no_such_table').select(), 404, '42P01'],
  ];
  for (const [request, status, code] of cases) {
    const answer = await request;
    assert.equal(answer.status, status);
    assert.equal(answer.error.code, code);
  }
});

test('range and count', async () => {
  const prefix = unique('r').slice(0, 30);
  ok(await bob.supabase.from(table).insert(['a', 'b', 'c', 'd'].map((end) => ({ title: `${prefix}-${end}` }))));
  const page = await bob.supabase
    .from(table)
    .select('title', { count: 'exact' })
    .like('title', `${prefix}%`)
    .order('title')
    .range(1, 2);
  assert.equal(page.count, 4);
  assert.deepEqual(
    page.data.map((row) => row.title),
    [`${prefix}-b`, `${prefix}-c`],
  );
  const head = await bob.supabase
    .from(table)
    .select('*', { count: 'exact', head: true })
    .like('title', `${prefix}%`);
  assert.equal(head.count, 4);
});

test('a function is called as its caller', async () => {
  const name = title();
  ok(await ada.supabase.from(table).insert({ title: name }));
  assert.equal(ok(await ada.supabase.rpc(rpc, { pattern: name })).length, 1);
  assert.equal(ok(await bob.supabase.rpc(rpc, { pattern: name })).length, 0);
  assert.equal((await client().rpc(rpc, { pattern: name })).error.code, '42501');
});

test('a read ends at 1,000 rows', async () => {
  const prefix = unique('m').slice(0, 24);
  await sql.unsafe(
    `insert into public.${table} (owner, title) select $1, $2 || n from generate_series(1, 1100) as n`,
    [bob.id, prefix],
  );
  const { data } = await bob.supabase.from(table).select('id').like('title', `${prefix}%`);
  assert.equal(data.length, 1000);
});

test('a broken-off request is broken off', async () => {
  const abort = new AbortController();
  const request = raw('/rest/v1/clients', { signal: abort.signal, token: ada.session.access_token });
  abort.abort();
  await assert.rejects(request, { name: 'AbortError' });
  assert.equal((await raw('/rest/v1/', { key: stack.service_role_key })).status, 200);
});
