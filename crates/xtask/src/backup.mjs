// @ts-check
// What `cargo xtask backup` and `restore` run: the rows of the database by COPY from one snapshot, and the objects of
// Storage through its API. The schema is not part of it: that is the migrations. Node has TLS and the pinned
// postgres.js has COPY; no pg_dump of this Postgres comes from a package registry.
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile, readdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import postgres from "postgres";

/** @typedef {{name: string, columns: string[], rows: number, sha256: string}} Table */
/** @typedef {{bucket: string, name: string, size: number, sha256: string, type: string, cache: string}} StoredObject */
/** @typedef {{made_at: string, migrations: string[], tables: Table[], objects: StoredObject[], missing: string[]}} Manifest */

const [mode, folder] = process.argv.slice(2);
const supabase = setting("SUPABASE_URL").replace(/\/$/, "");
const key = setting("SUPABASE_SERVICE_ROLE_KEY");
const database = new URL(setting("SUPABASE_DB_URL"));

/** Objects that are on their way at once. */
const atOnce = 4;

const isHere = ["127.0.0.1", "localhost", "[::1]"].includes(database.hostname);
const sql = postgres(database.href, {
  // Nothing of a client goes over a line that is not checked. The certificate of Supabase's own authority is given
  // as NODE_EXTRA_CA_CERTS.
  ssl: isHere ? false : "verify-full",
  max: 1,
  onnotice: () => {},
  connection: { application_name: "omegaos-backup", statement_timeout: 0 },
});

async function backup() {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0) throw new Error(`${folder} is not empty`);
  await mkdir(join(folder, "tables"), { mode: 0o700 });
  await mkdir(join(folder, "objects"), { mode: 0o700 });

  // One snapshot for all tables: what belongs together was written in one transaction and is seen so.
  const { tables, migrations, listed } = await sql.begin("isolation level repeatable read read only", async (tx) => {
    /** @type {Table[]} */
    const tables = [];
    for (const { name, columns } of await tablesOf(tx)) {
      const rows = Number((await tx.unsafe(`select count(*) as n from ${name}`))[0].n);
      const lines = await tx.unsafe(`copy ${name} (${columns.join(", ")}) to stdout`).readable();
      tables.push({ name, columns, rows, sha256: await write(lines, tableFile(name)) });
    }
    const migrations = (await tx`select version from supabase_migrations.schema_migrations order by version`).map(({ version }) => version);
    const listed = await tx`
      select bucket_id as bucket, name, coalesce(metadata->>'mimetype', 'application/octet-stream') as type,
             coalesce(metadata->>'cacheControl', 'no-cache') as cache
      from storage.objects order by created_at`;
    return { tables, migrations, listed };
  });

  /** @type {StoredObject[]} */
  const objects = [];
  /** @type {string[]} */
  const missing = [];
  await each(listed, async ({ bucket, name, type, cache }) => {
    const answer = await storage("GET", `object/authenticated/${bucket}/${path(name)}`);
    if (answer.status === 400 || answer.status === 404) {
      // Removed by its owner since the snapshot.
      missing.push(`${bucket}/${name}`);
      return;
    }
    if (!answer.ok) throw new Error(`Storage answered ${answer.status} to reading an object`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    // By content, since a name is a client's and may be anything.
    await writeFile(join(folder, "objects", sha256), bytes, { mode: 0o600 });
    objects.push({ bucket, name, size: bytes.length, sha256, type, cache });
  });
  objects.sort((a, b) => (a.bucket + a.name < b.bucket + b.name ? -1 : 1));
  /** @type {Manifest} */
  const manifest = { made_at: new Date().toISOString(), migrations, tables, objects, missing };
  // Last, under its name at once: a folder without it is no backup.
  await writeFile(join(folder, "backup.new"), JSON.stringify(manifest, null, 1), { mode: 0o600 });
  await rename(join(folder, "backup.new"), join(folder, "backup.json"));
  report(manifest);
  for (const name of missing) console.log(`not there any more: ${name}`);
}

async function restore() {
  /** @type {Manifest} */
  const manifest = JSON.parse(await readFile(join(folder, "backup.json"), "utf8").catch(() => {
    throw new Error(`${folder} holds no backup.json, so it is no whole backup`);
  }));
  for (const { name, sha256 } of manifest.tables) await check(tableFile(name), sha256);
  for (const { sha256 } of manifest.objects) await check(join(folder, "objects", sha256), sha256);

  const here = (await sql`select version from supabase_migrations.schema_migrations order by version`).map(({ version }) => version);
  if (here.join() !== manifest.migrations.join()) {
    throw new Error(`the project has other migrations than the backup: apply those of its commit, the last is ${manifest.migrations.at(-1)}`);
  }
  const [{ users }] = await sql`select count(*)::int as users from auth.users`;
  if (users > 0) throw new Error(`the project has ${users} users: a backup is restored into an empty one`);

  // Objects first, and the rows in one transaction: a restore that broke off is run again.
  await each(manifest.objects, async ({ bucket, name, sha256, type, cache }) => {
    const body = await readFile(join(folder, "objects", sha256));
    const answer = await storage("POST", `object/${bucket}/${path(name)}`, { "content-type": type, "cache-control": cache, "x-upsert": "true" }, body);
    if (!answer.ok) throw new Error(`Storage answered ${answer.status} to ${bucket}/${name}: ${await answer.text()}`);
  });
  await sql.begin(async (tx) => {
    // No trigger runs and no foreign key is checked: the rows are as they were, and nothing happens anew.
    await tx`set local session_replication_role = replica`;
    for (const { name, columns, rows } of manifest.tables) {
      const list = columns.join(", ");
      const target = name === "storage.objects" ? "restored_objects" : name;
      if (target === name) await tx.unsafe(`delete from ${name}`);
      else await tx.unsafe(`create temp table ${target} on commit drop as select ${list} from ${name} with no data`);
      await pipeline(createReadStream(tableFile(name)), await tx.unsafe(`copy ${target} (${list}) from stdin`).writable());
      const [{ n }] = await tx.unsafe(`select count(*)::int as n from ${target}`);
      if (n !== rows) throw new Error(`${name} has ${n} rows instead of ${rows}`);
    }
    // Where the bytes are is Storage's to say; whose they are and since when, the backup's.
    await tx`
      update storage.objects as object
      set id = restored.id, owner = restored.owner, owner_id = restored.owner_id, created_at = restored.created_at,
          updated_at = restored.updated_at, last_accessed_at = restored.last_accessed_at, user_metadata = restored.user_metadata
      from restored_objects as restored
      where object.bucket_id = restored.bucket_id and object.name = restored.name`;
    const counters = await tx`
      select pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname) as counter,
             format('%I.%I', n.nspname, c.relname) as name, quote_ident(a.attname) as column
      from pg_class as c join pg_namespace as n on n.oid = c.relnamespace join pg_attribute as a on a.attrelid = c.oid
      where c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
        and format('%I.%I', n.nspname, c.relname) = any(${manifest.tables.map(({ name }) => name)})
        and pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname) is not null`;
    for (const { counter, name, column } of counters) {
      await tx.unsafe(`select setval('${counter}', greatest(coalesce((select max(${column}) from ${name}), 0), 1))`);
    }
  });
  report(manifest);
}

/**
 * Every table with data of ours. Buckets and requirements are the migrations' too, and come along as they are; what a
 * service keeps of its own migrations, and buckets, which Storage made, do not.
 * @param {import("postgres").TransactionSql} tx
 * @returns {Promise<{name: string, columns: string[]}[]>}
 */
async function tablesOf(tx) {
  const rows = await tx`
    select format('%I.%I', n.nspname, c.relname) as name,
           array_agg(quote_ident(a.attname) order by a.attnum) filter (where a.attgenerated = '') as columns
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace join pg_attribute as a on a.attrelid = c.oid
    where c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
      and (n.nspname in ('public', 'private', 'auth') or (n.nspname = 'storage' and c.relname = 'objects'))
      and not (n.nspname = 'auth' and c.relname = 'schema_migrations')
    group by n.nspname, c.relname order by 1`;
  return rows.map(({ name, columns }) => ({ name, columns }));
}

/** @param {string} name */
const tableFile = (name) => join(folder, "tables", `${name.replaceAll('"', "")}.tsv`);

/**
 * @param {import("node:stream").Readable} lines
 * @param {string} file
 */
async function write(lines, file) {
  const hash = createHash("sha256");
  lines.on("data", (chunk) => hash.update(chunk));
  await pipeline(lines, createWriteStream(file, { mode: 0o600 }));
  // postgres.js stops its socket while the stream is full and goes on when more is read of it. Of a stream that ended
  // full nothing is, and the next query would wait for ever.
  lines._read(0);
  return hash.digest("hex");
}

/**
 * @param {string} file
 * @param {string} sha256
 */
async function check(file, sha256) {
  const hash = createHash("sha256");
  await stat(file).catch(() => {
    throw new Error(`${file} is missing`);
  });
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  if (hash.digest("hex") !== sha256) throw new Error(`${file} is not as it was written`);
}

/**
 * @template T
 * @param {readonly T[]} items
 * @param {(item: T) => Promise<void>} work
 */
async function each(items, work) {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/**
 * @param {string} method
 * @param {string} where
 * @param {Record<string, string>} [headers]
 * @param {Buffer} [body]
 */
async function storage(method, where, headers = {}, body) {
  // A new-style key is no JWT, and goes into `apikey` alone.
  const bearer = key.startsWith("eyJ") ? { authorization: `Bearer ${key}` } : {};
  for (let attempt = 1; ; attempt += 1) {
    const answer = await fetch(`${supabase}/storage/v1/${where}`, { method, headers: { apikey: key, ...bearer, ...headers }, body, signal: AbortSignal.timeout(120_000) }).catch((error) => error);
    const worked = answer instanceof Response && answer.status < 500 && answer.status !== 429;
    if (worked) return answer;
    if (attempt === 5) throw answer instanceof Response ? new Error(`Storage answered ${answer.status}`) : answer;
    await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
  }
}

/** @param {string} name */
const path = (name) => name.split("/").map(encodeURIComponent).join("/");

/** @param {Manifest} manifest */
function report({ tables, objects }) {
  for (const { name, rows } of tables) if (rows > 0) console.log(`${name.padEnd(34)} ${String(rows).padStart(9)} rows`);
  const bytes = objects.reduce((sum, { size }) => sum + size, 0);
  console.log(`${"objects".padEnd(34)} ${String(objects.length).padStart(9)}, ${(bytes / 1024 / 1024).toFixed(1)} MB`);
}

/** @param {string} name */
function setting(name) {
  const value = process.env[name];
  if (!value) {
    console.error(`error: ${name} is not set`);
    process.exit(1);
  }
  return value;
}

try {
  if (mode === "backup") await backup();
  else if (mode === "restore") await restore();
  else throw new Error("it is `backup` or `restore`");
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  await sql.end({ timeout: 5 });
}
