// @ts-check
// What `cargo xtask chaos` runs: clients who go from sign-up to a message, each trying again until they are told that it
// worked, and afterwards the look whether all of it is there, once.
import { createHash, randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";

const [mode, file, count] = process.argv.slice(2);
const { site, supabase, inbox, anon_key: anonKey, service_role_key: serviceKey } = JSON.parse(await readFile(String(process.env.OMEGA_DEV_JSON), "utf8"));
const password = "correct horse battery";

/**
 * @typedef {{email: string, id: string | null, saved: boolean, path: string, sha256: string, document: string | null, message: string, answered: boolean}} Journey
 */

let retries = 0;

/**
 * Sends a request until it gets one of the answers, as a page does with its user.
 * @param {() => Promise<Response>} send
 * @param {number[]} statuses
 * @returns {Promise<{status: number, body: any}>}
 */
async function until(send, statuses) {
  for (let attempt = 0; attempt < 150; attempt += 1) {
    try {
      const answer = await send();
      const text = await answer.text();
      if (statuses.includes(answer.status)) return { status: answer.status, body: text === "" ? null : JSON.parse(text) };
      if (answer.status < 429 && answer.status !== 401) throw new Fatal(`${answer.url}: ${answer.status} ${text}`);
    } catch (error) {
      if (error instanceof Fatal) throw error;
    }
    retries += 1;
    await new Promise((resolve) => setTimeout(resolve, 1000 + Math.random() * 1500));
  }
  throw new Fatal("it never worked");
}

class Fatal extends Error {}

/** Of the documentation's network, so that limits that count addresses count each client for itself. */
const address = () => `2001:db8::${randomUUID().slice(0, 4)}:${randomUUID().slice(0, 4)}:${randomUUID().slice(0, 4)}`;

/**
 * @param {string} method
 * @param {string} url
 * @param {{token?: string, apikey?: string, json?: unknown, body?: Buffer, type?: string}} [what]
 */
function call(method, url, { token, apikey, json, body, type } = {}) {
  /** @type {Record<string, string>} */
  const headers = { "cf-connecting-ip": address() };
  if (token) headers.authorization = `Bearer ${token}`;
  if (apikey) headers.apikey = apikey;
  if (json !== undefined) headers["content-type"] = "application/json";
  if (type) headers["content-type"] = type;
  return fetch(url, { method, headers, body: json === undefined ? body : JSON.stringify(json), signal: AbortSignal.timeout(30_000) });
}

/** @param {string} endpoint */
const worker = (endpoint) => `${site}/functions/v1/${endpoint}`;

/** @param {string} email */
const signIn = (email) => until(() => call("POST", `${supabase}/auth/v1/token?grant_type=password`, { apikey: anonKey, json: { email, password } }), [200]);

/** @param {string} text */
const pdf = (text) => Buffer.from(`%PDF-1.7\n% ${text}\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n`);

/** @type {(() => void)[]} */
const waiting = [];
let hashing = 0;

/**
 * Passwords are hashed one after the other on few processors; who comes all at once would only wait beyond the deadline.
 * @template T
 * @param {() => Promise<T>} work
 */
async function inTurn(work) {
  if (hashing >= 8) await new Promise((resolve) => waiting.push(() => resolve(undefined)));
  hashing += 1;
  try {
    return await work();
  } finally {
    hashing -= 1;
    waiting.shift()?.();
  }
}

/**
 * @param {Journey} journey
 */
async function travel(journey) {
  const { email } = journey;
  const signedUp = await inTurn(() => until(() => call("POST", worker("onboarding/signup"), { json: { email, password, full_name: "Maria Reyes" } }), [201, 409]));
  const session = signedUp.status === 201 ? signedUp.body.session : (await signIn(email)).body;
  const token = session.access_token;
  journey.id = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString()).sub;

  await until(() => call("POST", worker("onboarding/submit-profile"), { token, json: { business_name: `Bakery ${email}`, entity_type: "llc" } }), [200]);
  journey.saved = true;

  const path = `${journey.id}/${randomUUID()}.pdf`;
  const bytes = pdf(path);
  await until(() => call("POST", `${supabase}/storage/v1/object/client-documents/${path}`, { token, apikey: anonKey, body: bytes, type: "application/pdf" }), [200, 400, 409]);
  const registered = await until(() => call("POST", worker("onboarding/register-document"), { token, json: { document_name: "Letter.pdf", document_category: "ein-letter", storage_path: path } }), [200, 201]);
  Object.assign(journey, { path, sha256: createHash("sha256").update(bytes).digest("hex"), document: registered.body.id });

  await until(() => call("POST", worker("onboarding/chat"), { token, json: { id: journey.message, message: "What is a W-9?" } }), [200]);
  journey.answered = true;
}

async function journeys() {
  /** @type {Journey[]} */
  const all = Array.from({ length: Number(count) }, () => ({ email: `client-${randomUUID()}@example.com`, id: null, saved: false, path: "", sha256: "", document: null, message: randomUUID(), answered: false }));
  const failed = (await Promise.allSettled(all.map(travel))).filter(({ status }) => status === "rejected");
  for (const { reason } of /** @type {PromiseRejectedResult[]} */ (failed).slice(0, 5)) console.error(reason.message);
  await writeFile(`${file}.new`, JSON.stringify({ retries, journeys: all }));
  await rename(`${file}.new`, file);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

/**
 * @param {string} path with a query
 * @returns {Promise<any[]>}
 */
async function rows(path) {
  const answer = await call("GET", `${supabase}/rest/v1/${path}`, { apikey: serviceKey });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

async function verify() {
  /** @type {{retries: number, journeys: Journey[]}} */
  const told = JSON.parse(await readFile(file, "utf8"));
  const found = { accounts: 0, saves: 0, documents: 0, messages: 0, mails: 0, retries: told.retries, lost: /** @type {string[]} */ ([]) };
  await settleMails(told.journeys);
  const mails = await sentMails();
  for (const journey of told.journeys) {
    const { email, id } = journey;
    /** @param {string} what */
    const lost = (what) => found.lost.push(`${email}: ${what}`);
    if (!id) continue;
    const token = (await signIn(email)).body.access_token;
    found.accounts += 1;
    const clients = await rows(`clients?id=eq.${id}&select=business_name,entity_type`);
    if (clients.length !== 1) lost(`${clients.length} rows of the client`);
    if (journey.saved) {
      if (clients[0]?.business_name === `Bakery ${email}` && clients[0].entity_type === "llc") found.saves += 1;
      else lost("what was saved");
    }
    const documents = await rows(`client_documents?client_id=eq.${id}&select=id,storage_path`);
    if (journey.document) {
      const bytes = await call("GET", `${supabase}/storage/v1/object/authenticated/client-documents/${journey.path}`, { token, apikey: anonKey });
      const digest = createHash("sha256").update(Buffer.from(await bytes.arrayBuffer())).digest("hex");
      if (documents.length === 1 && documents[0].id === journey.document && digest === journey.sha256) found.documents += 1;
      else lost(`the document: ${documents.length} rows, its file is ${digest === journey.sha256 ? "right" : "wrong"}`);
    }
    const messages = await rows(`messages?client_id=eq.${id}&select=id,author,reply_to`);
    if (journey.answered) {
      if (messages.length === 2 && messages.some((message) => message.id === journey.message) && messages.some(({ reply_to }) => reply_to === journey.message)) found.messages += 1;
      else lost(`the message and its answer: ${messages.length} rows`);
    }
    const got = mails.get(email) ?? new Map();
    if (got.size === 1) found.mails += 1;
    else lost(`the welcome mail was sent ${got.size} times`);
  }
  // Files that no document points at, of these clients.
  const orphans = await call("POST", `${supabase}/rest/v1/rpc/orphan_files`, { apikey: serviceKey, json: { batch_size: 1000 } }).then((answer) => answer.json());
  if (orphans.length > 0) found.lost.push(`${orphans.length} files older than the sweep without a document`);
  console.log(JSON.stringify(found));
}

/**
 * Lets the time pass until which a mail is held by a sender that is no more, and has what is due sent.
 * @param {Journey[]} travelled
 */
async function settleMails(travelled) {
  const ours = new Set(travelled.map(({ email }) => email));
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const open = (await rows("email_outbox?status=in.(queued,sending)&select=id,recipient&limit=1000")).filter(({ recipient }) => ours.has(recipient));
    if (open.length === 0) return;
    await call("PATCH", `${supabase}/rest/v1/email_outbox?status=in.(queued,sending)`, { apikey: serviceKey, json: { next_attempt_at: new Date(Date.now() - 1000).toISOString() } });
    await fetch(`${site}/cdn-cgi/handler/scheduled`, { signal: AbortSignal.timeout(120_000) }).catch(() => {});
  }
}

/**
 * The mails to each address in the stand-in's own inbox; and in the outbox, what was sent with which message, for an inbox
 * that was killed and forgot.
 * @returns {Promise<Map<string, Map<string, string>>>}
 */
async function sentMails() {
  const list = await (await fetch(`${inbox}/emails`, { headers: { authorization: "Bearer re_local" } })).json();
  /** @type {Map<string, Map<string, string>>} */
  const mails = new Map();
  /** @param {string} to @param {string} id */
  const add = (to, id) => mails.set(to, (mails.get(to) ?? new Map()).set(id, to));
  for (const { id, to } of list.data) for (const recipient of to) add(recipient, id);
  for (let offset = 0; ; offset += 1000) {
    const sent = await rows(`email_outbox?status=eq.sent&select=recipient,provider_message_id&order=id&limit=1000&offset=${offset}`);
    for (const { recipient, provider_message_id: id } of sent) add(recipient, id);
    if (sent.length < 1000) return mails;
  }
}

if (mode === "journeys") await journeys();
else await verify();
