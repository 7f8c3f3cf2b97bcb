// Measures each page: Lighthouse as on a phone, axe in both themes at three widths, what the console says, what a first
// load weighs and whom it asks. Reads a job from standard input, writes a row for each page to standard output.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import lighthouse from "lighthouse";
import { computeMedianRun } from "lighthouse/core/lib/median-run.js";
import puppeteer from "puppeteer-core";

/** @type {{site: string, supabase: string, chromium: string, axe: string, only: string[], pages: {path: string, indexed: boolean, needs: string | null}[], sessions: Record<string, object>}} */
const job = JSON.parse(readFileSync(0, "utf8"));
const axe = readFileSync(job.axe, "utf8");
// One run tells little of speed: "Lighthouse Variability" (docs/variability.md of Lighthouse) asks for the median of several.
const runs = 3;
const widths = [320, 768, 1280];
const themes = ["light", "dark"];

const browser = await puppeteer.launch({
  executablePath: job.chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run"],
});
const port = Number(new URL(browser.wsEndpoint()).port);

for (const { path, indexed, needs } of job.pages) {
  if (job.only.length > 0 && !job.only.includes(path)) continue;
  await become(needs);
  const row = { path, indexed, needs, ...(await load(path)), ...(await score(path)), axe: await violations(path) };
  process.stdout.write(`${JSON.stringify(row)}\n`);
}
await browser.close();

/** @param {string | null} who */
async function become(who) {
  const page = await browser.newPage();
  await page.goto(`${job.site}/404`);
  await page.evaluate((session) => (session ? localStorage.setItem("omega-session", session) : localStorage.clear()), who ? JSON.stringify(job.sessions[who]) : null);
  await page.close();
}

/** @param {string} path */
async function load(path) {
  const page = await browser.newPage();
  await page.setCacheEnabled(false);
  /** @type {string[]} */
  const complaints = [];
  /** @type {Set<string>} */
  const strangers = new Set();
  let bytes = 0;
  /** @type {Promise<void>[]} */
  const reading = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && ![job.site, job.supabase].includes(origin)) strangers.add(origin);
  });
  page.on("response", (response) => {
    const url = new URL(response.url());
    const isData = url.pathname.startsWith("/functions/") || url.pathname === "/config.json";
    if (url.origin !== job.site || isData || response.request().resourceType() === "font") return;
    reading.push(response.buffer().then((body) => void (bytes += gzipSync(body, { level: 9 }).length), () => {}));
  });
  await page.goto(job.site + path, { waitUntil: "networkidle0" });
  await Promise.all(reading);
  await page.close();
  // The browser's own word for the status a missing page is right to have.
  const wrong = complaints.filter((text) => !(path === "/404" && text.includes("404")));
  return { kilobytes: bytes / 1024, complaints: wrong, strangers: [...strangers] };
}

/** @param {string} path */
async function score(path) {
  const options = { port, output: /** @type {const} */ ("json"), logLevel: /** @type {const} */ ("error"), disableStorageReset: true };
  const reports = [];
  for (let run = 0; run < runs; run++) {
    const result = await lighthouse(job.site + path, run === 0 ? options : { ...options, onlyCategories: ["performance"] });
    if (!result) throw new Error(`Lighthouse gave nothing for ${path}`);
    reports.push(result.lhr);
  }
  const first = /** @type {(typeof reports)[0]} */ (reports[0]);
  const median = computeMedianRun(reports);
  const reportOf = (/** @type {string} */ id) => (id === "performance" ? median : first);
  const points = (/** @type {string} */ id) => (first.categories[id]?.score == null ? null : Math.round((reportOf(id).categories[id]?.score ?? 0) * 100));
  const failed = Object.entries(first.categories).flatMap(([id, { auditRefs }]) => {
    const { audits } = reportOf(id);
    return auditRefs.filter((audit) => audit.weight > 0 && (audits[audit.id]?.score ?? 1) < 0.9).map((audit) => audit.id);
  });
  const worst = (/** @type {string} */ id) => Math.max(...reports.map(({ audits }) => audits[id]?.numericValue ?? 0));
  return {
    performance: points("performance"),
    accessibility: points("accessibility"),
    practices: points("best-practices"),
    seo: points("seo"),
    shift: worst("cumulative-layout-shift"),
    paint: median.audits["largest-contentful-paint"]?.numericValue ?? null,
    failed: [...new Set(failed)],
  };
}

/** @param {string} path */
async function violations(path) {
  const page = await browser.newPage();
  /** @type {string[]} */
  const found = [];
  for (const theme of themes) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
    for (const width of widths) {
      await page.setViewport({ width, height: 900, isMobile: width < 600 });
      await page.goto(job.site + path, { waitUntil: "networkidle0" });
      await page.evaluate(axe);
      const names = await page.evaluate(async () => {
        // @ts-ignore axe is what was just put in
        const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
        return violations.map(({ id, nodes }) => `${id} (${nodes.map(({ target }) => target.join(" ")).join(", ")})`);
      });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > width) names.push(`wider than the screen: ${wide} px`);
      found.push(...names.map((name) => `${theme}, ${width} px: ${name}`));
    }
  }
  await page.close();
  return found;
}
