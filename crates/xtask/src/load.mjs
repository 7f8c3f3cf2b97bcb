// @ts-check
// What `cargo xtask load` runs: signs clients up, finds how many requests a second the system takes, then sends 70 % of
// that, at times that do not wait for answers, and tells what came back.
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";

const [minutes, ...runtimes] = process.argv.slice(2).map(Number);
const { site } = JSON.parse(await readFile(String(process.env.OMEGA_DEV_JSON), "utf8"));
const clientCount = 40;
const share = 0.7;

/** A client's day in shares of a hundred: mostly looks, some saves, few questions. */
const mix = [
  { name: "GET onboarding/home", weight: 30 },
  { name: "GET onboarding/profile", weight: 20 },
  { name: "GET onboarding/documents", weight: 15 },
  { name: "GET onboarding/chat", weight: 10 },
  { name: "POST onboarding/submit-profile", weight: 12, body: () => ({ business_name: `Bakery ${Math.floor(Math.random() * 1e6)}` }) },
  { name: "GET account/activity", weight: 6 },
  { name: "GET account/closure", weight: 4 },
  { name: "POST onboarding/chat", weight: 1, body: () => ({ id: randomUUID(), message: "Which documents do you need?" }) },
  { name: "GET ops/status", weight: 2, anonymous: true },
];

/** Of the documentation's network, so that limits that count addresses count each caller for itself. */
const address = () => `2001:db8::${randomUUID().slice(0, 4)}:${randomUUID().slice(0, 4)}:${randomUUID().slice(0, 4)}`;

/** @param {string} endpoint @param {string} method @param {string | null} token @param {unknown} [body] */
const call = (endpoint, method, token, body) =>
  fetch(`${site}/functions/v1/${endpoint}`, {
    method,
    headers: { "cf-connecting-ip": address(), ...(token ? { authorization: `Bearer ${token}` } : {}), ...(body ? { "content-type": "application/json" } : {}) },
    body: body ? JSON.stringify(body) : undefined,
    signal: AbortSignal.timeout(60_000),
  });

/** @type {string[]} */
const tokens = [];
for (let n = 0; n < clientCount; n += 1) {
  const answer = await call("onboarding/signup", "POST", null, { email: `client-${randomUUID()}@example.com`, password: "correct horse battery", full_name: "Maria Reyes" });
  if (answer.status !== 201) throw new Error(`sign-up: ${answer.status}`);
  tokens.push((await answer.json()).session.access_token);
}

/** @type {Map<string, {times: number[], failed: number}>} */
let figures = new Map();
const total = mix.reduce((sum, { weight }) => sum + weight, 0);

async function one() {
  let at = Math.random() * total;
  const kind = mix.find(({ weight }) => (at -= weight) < 0) ?? mix[0];
  const [method, endpoint] = kind.name.split(" ");
  const started = performance.now();
  let worked = false;
  try {
    const answer = await call(endpoint, method, kind.anonymous ? null : tokens[Math.floor(Math.random() * tokens.length)], kind.body?.());
    await answer.arrayBuffer();
    worked = answer.ok;
    if (!worked) statuses.set(`${kind.name} ${answer.status}`, (statuses.get(`${kind.name} ${answer.status}`) ?? 0) + 1);
  } catch (error) {
    statuses.set(`${kind.name} ${error}`, (statuses.get(`${kind.name} ${error}`) ?? 0) + 1);
  }
  const figure = figures.get(kind.name) ?? { times: [], failed: 0 };
  figure.times.push(performance.now() - started);
  if (!worked) figure.failed += 1;
  figures.set(kind.name, figure);
}
/** @type {Map<string, number>} */
const statuses = new Map();

/** Kilobytes that the runtime holds. */
const memory = () => execFileSync("ps", ["-o", "rss=", "-p", runtimes.join(",")], { encoding: "utf8" }).trim().split("\n").reduce((sum, line) => sum + Number(line), 0);

/** @param {number} seconds @returns {Promise<number>} requests a second with 32 on their way all the time */
async function saturate(seconds) {
  const end = performance.now() + seconds * 1000;
  let count = 0;
  await Promise.all(Array.from({ length: 32 }, async () => {
    while (performance.now() < end) {
      await one();
      count += 1;
    }
  }));
  return count / seconds;
}

await saturate(5);
const most = await saturate(20);
const rate = most * share;
figures = new Map();
statuses.clear();
console.log(`at most ${most.toFixed(0)} requests/s; ${minutes} minutes at ${rate.toFixed(0)}/s`);

const first = memory();
let highest = first;
const started = performance.now();
const end = started + minutes * 60_000;
/** @type {Set<Promise<void>>} */
const under = new Set();
let sent = 0;
let minute = 1;
while (performance.now() < end) {
  const due = Math.floor(((performance.now() - started) / 1000) * rate);
  for (; sent < due; sent += 1) {
    const request = one().finally(() => under.delete(request));
    under.add(request);
  }
  if (performance.now() - started > minute * 60_000) {
    highest = Math.max(highest, memory());
    console.log(`minute ${minute}: ${sent} sent, ${under.size} under way, workerd ${(memory() / 1024).toFixed(0)} MB`);
    minute += 1;
  }
  await new Promise((resolve) => setTimeout(resolve, 5));
}
await Promise.all(under);
const last = memory();
highest = Math.max(highest, last);

/** @param {number[]} sorted @param {number} part */
const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))].toFixed(1).padStart(9);
console.log(`\n${"".padEnd(34)}${"requests".padStart(9)}${"failed".padStart(8)}${"p50 ms".padStart(9)}${"p99 ms".padStart(9)}`);
let failed = 0;
for (const [name, { times, failed: bad }] of [...figures].sort()) {
  times.sort((a, b) => a - b);
  failed += bad;
  console.log(`${name.padEnd(34)}${String(times.length).padStart(9)}${String(bad).padStart(8)}${at(times, 0.5)}${at(times, 0.99)}`);
}
console.log(`\n${sent} requests, ${failed} failed (${((failed / sent) * 100).toFixed(3)} %)`);
for (const [what, count] of statuses) console.log(`  ${count} × ${what}`);
console.log(`workerd ${(first / 1024).toFixed(0)} MB at the start, ${(last / 1024).toFixed(0)} MB at the end, ${(highest / 1024).toFixed(0)} MB at most`);
process.exitCode = failed > 0 ? 1 : 0;
