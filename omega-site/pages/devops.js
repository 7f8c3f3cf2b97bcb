// @ts-check
import "../modules/nav.js";
import { chartFrame } from "../components/chart-frame/chart-frame.js";
import { table } from "../components/table/table.js";
import { toast } from "../components/toast/toast.js";
import { callApi } from "../modules/api.js";
import { render } from "../modules/blocks.js";
import { announce, el, find } from "../modules/dom.js";
import { showFailure } from "../modules/failure.js";
import { enhanceForm, textOf } from "../modules/form.js";
import { day, dollars, moment, plural, time } from "../modules/format.js";
import { costOf, statusTags } from "../modules/service-words.js";
import { forStaff, isRefused } from "../modules/staff.js";
import { inOneSentence, stateTag, whileVisible } from "../modules/system-status.js";

/** @typedef {import("../modules/blocks.js").Block} Block */
/** @typedef {import("../modules/system-status.js").Status} Status */

/**
 * @typedef {{name: string, type: string, options: string[]}} Column
 * @typedef {{name: string, command: string, roles: string[], restrictive: boolean, using: string | null, check: string | null}} Policy
 * @typedef {{name: string, comment: string, columns: Column[], constraints: string[], row_level_security: boolean, policies: Policy[], grants: string[]}} Table
 * @typedef {object} Center
 * @property {{title: string, detail: string, state: "done" | "current" | "upcoming"}[]} timeline
 * @property {{method: string, path: string, access: string, summary: string, worker: string}[]} endpoints
 * @property {Table[]} tables
 * @property {Block[]} deployment
 * @property {{id: string, title: string, blocks: Block[]}[]} runbooks
 */

/**
 * @typedef {{name: string, purpose: string, made_at: string, places: string[], rotation: string, state: string, last_rotated_at: string | null, last_rotated_by: string | null, due_at: string | null}} Secret
 * @typedef {{id: string, name: string, rotated_at: string, rotated_by: string, note: string | null}} Rotation
 * @typedef {{secrets: Secret[], log: Rotation[]}} Secrets
 * @typedef {{type: string, name: string, purpose: string, expected: string, priority: number | null, live: string[] | null, state: string, detail: string}} DnsRecord
 * @typedef {{checked_at: string, domain: string, state: string, records: DnsRecord[]}} MailDomain
 */

const content = (/** @type {string} */ id) => find(`#${id}-content`);
/** Long names may break after the signs that part their words. */
const code = (/** @type {string} */ text) => el("code", {}, ...text.split(/(?<=[/_.-])/).flatMap((word, at) => (at === 0 ? [word] : [el("wbr"), word])));
/** Words with code between backticks. */
const withCode = (/** @type {string} */ text) => text.split("`").map((part, at) => (at % 2 === 1 ? code(part) : part));
const meta = (/** @type {string} */ text) => el("span", { class: "meta" }, text);
const tag = (/** @type {string} */ words, /** @type {string} */ kind = "") => el("span", { class: `tag ${kind}`.trim() }, words);

/**
 * Fills a section by itself: one that fails leaves the others as they are.
 * @param {string[]} ids sections that one answer fills
 * @param {() => Promise<void>} fill
 */
async function section(ids, fill) {
  const box = find(`#${ids[0]}-failure`);
  try {
    await fill();
    box.hidden = true;
  } catch (error) {
    if (isRefused(error)) return;
    for (const id of ids) content(id).querySelector(".skeleton")?.remove();
    showFailure(box, error, () => section(ids, fill));
  }
}

// System status

/** @type {{label: string, values: (number | null)[]}[]} */
const series = [];
const chart = chartFrame({ title: "How fast each part has answered since you opened this page", unit: "ms" });
/** As many looks as a line has room for. */
const longest = 60;
let lastLook = "";
let said = "";

/** @param {Status} status */
function showStatus({ checked_at, parts }) {
  const { text, kind } = inOneSentence(parts);
  const summary = el("p", { class: kind }, text);
  const overview = table({
    caption: `Checked at ${time(new Date(checked_at))}`,
    columns: [{ label: "Part" }, { label: "State" }, { label: "Time", number: true }, { label: "What was found" }],
    rows: parts.map((part) => [part.title, stateTag(part.state), part.latency_ms === null ? "–" : `${part.latency_ms} ms`, part.detail]),
  });
  if (checked_at !== lastLook) {
    lastLook = checked_at;
    for (const { title, latency_ms } of parts) {
      let line = series.find(({ label }) => label === title);
      if (!line) series.push((line = { label: title, values: [] }));
      line.values.push(latency_ms);
      if (line.values.length > longest) line.values.shift();
    }
    chart.draw(series);
  }
  // The chart stays: what is open in it must not close at each look.
  const box = content("status");
  if (chart.figure.parentElement === box) {
    box.children[0]?.replaceWith(summary);
    box.children[1]?.replaceWith(overview);
  } else {
    box.replaceChildren(summary, overview, chart.figure);
  }
  if (said !== "" && said !== text) announce(text);
  said = text;
}

const askStatus = () => section(["status"], async () => showStatus(await callApi("ops/status")));

// What the repository tells

/** @type {Record<string, string>} */
const accesses = { public: "Everybody", "signed-in": "Signed in", staff: "Staff" };

/** @param {Center} center */
function showCenter({ timeline, endpoints, tables, deployment, runbooks }) {
  content("endpoints").replaceChildren(
    table({
      caption: plural(endpoints.length, "operation"),
      columns: [{ label: "Operation" }, { label: "For" }, { label: "Does" }],
      rows: endpoints.map(({ path, method, access, summary }) => [code(`${method} ${path}`), accesses[access] ?? access, withCode(summary)]),
    }),
  );
  content("schema").replaceChildren(el("div", {}, ...tables.map(tableDetails)));
  content("deployment").replaceChildren(el("div", { class: "stack prose" }, ...render(deployment, "Deployment")));
  const states = { done: "(done)", current: "(now)", upcoming: "(still to come)" };
  content("timeline").replaceChildren(
    el(
      "ol",
      { class: "timeline" },
      ...timeline.map(({ title, detail, state }) =>
        el("li", { "data-state": state }, el("h3", {}, title, " ", el("span", { class: "visually-hidden" }, states[state])), el("p", { class: "meta" }, detail)),
      ),
    ),
  );
  content("runbooks").replaceChildren(
    el("div", {}, ...runbooks.map(({ id, title, blocks }) => el("details", { id: `runbook-${id}` }, el("summary", {}, el("h3", {}, title)), el("div", { class: "stack prose" }, ...render(blocks, title))))),
  );
  openTarget();
}

/** @param {Table} table_ */
function tableDetails({ name, comment, columns, constraints, row_level_security, policies, grants }) {
  /** @type {HTMLElement[]} */
  const parts = [el("p", {}, comment)];
  if (columns.length > 0) {
    parts.push(
      table({
        caption: `Columns of ${name}`,
        columns: [{ label: "Column" }, { label: "Type" }, { label: "Rules" }],
        rows: columns.map((column) => [code(column.name), column.type, column.options.length > 0 ? code(column.options.join(", ")) : "–"]),
      }),
    );
  }
  if (constraints.length > 0) parts.push(el("h4", {}, "Keys and checks"), lines(constraints));
  if (policies.length > 0) {
    parts.push(
      table({
        caption: `Policies of ${name}`,
        columns: [{ label: "Policy" }, { label: "For" }, { label: "Rows that are seen" }, { label: "Rows that may be written" }],
        rows: policies.map((policy) => [policy.restrictive ? [policy.name, meta("Always, beside the others")] : policy.name, `${policy.command}, ${policy.roles.join(", ")}`, policy.using ? code(policy.using) : "–", policy.check ? code(policy.check) : "–"]),
      }),
    );
  }
  if (grants.length > 0) parts.push(el("h4", {}, "Grants"), lines(grants));
  const guarded = row_level_security ? tag("Row level security", "tag-good") : tag("No row level security", "tag-bad");
  return el("details", {}, el("summary", {}, el("h3", {}, code(name)), guarded, el("span", { class: "meta" }, policies.length > 0 ? plural(policies.length, "policy", "policies") : "closed to all clients")), el("div", { class: "stack" }, ...parts));
}

/** @param {string[]} list */
const lines = (list) => el("ul", { class: "plain-list" }, ...list.map((text) => el("li", {}, code(text))));

/** What a link leads to is of no use closed. */
function openTarget() {
  if (!/^#runbook-[a-z-]+$/.test(location.hash)) return;
  const target = document.querySelector(location.hash);
  if (!(target instanceof HTMLDetailsElement)) return;
  target.open = true;
  target.scrollIntoView();
}
addEventListener("hashchange", openTarget);

// Secrets

/** @type {Record<string, [words: string, kind: string]>} */
const secretStates = {
  due: ["Due now", "tag-bad"],
  "due-soon": ["Due soon", "tag-warn"],
  "not-logged": ["No rotation logged", "tag-warn"],
  good: ["Not due", "tag-good"],
  static: ["Not rotated", ""],
};

/** @param {Secrets} secrets */
function showSecrets({ secrets, log }) {
  const urgent = secrets.filter(({ state }) => state === "due" || state === "due-soon" || state === "not-logged");
  const warning = urgent.map(({ name, state, due_at }) =>
    el("li", {}, code(name), state === "not-logged" ? ": no rotation is logged. Rotate it, or log when it was rotated." : ` ${state === "due" ? "was" : "is"} due ${due_at ? day(due_at) : ""}.`),
  );
  const rotated = secrets.filter(({ rotation }) => rotation === "quarterly");
  const parts = [
    warning.length > 0 && el("div", { class: urgent.some(({ state }) => state === "due") ? "notice notice-bad" : "notice notice-warn" }, el("ul", { class: "plain-list" }, ...warning), el("p", {}, el("a", { href: "#runbook-rotate-a-secret" }, "How to rotate a secret"))),
    table({
      caption: "Secrets and settings by name",
      columns: [{ label: "Name" }, { label: "State" }, { label: "Last rotated" }, { label: "Due" }, { label: "Where it is" }],
      rows: secrets.map((secret) => [
        [code(secret.name), meta(secret.purpose)],
        tag(...(secretStates[secret.state] ?? [secret.state, ""])),
        secret.last_rotated_at ? [day(secret.last_rotated_at), meta(`by ${secret.last_rotated_by}`)] : "–",
        secret.due_at ? day(secret.due_at) : "–",
        secret.places.join(", "),
      ]),
    }),
    logForm(rotated.map(({ name }) => name)),
    log.length > 0 &&
      el(
        "details",
        {},
        el("summary", {}, el("h3", {}, "The last rotations")),
        table({
          caption: "Newest first",
          columns: [{ label: "Secret" }, { label: "Rotated" }, { label: "By" }, { label: "Note" }],
          rows: log.map(({ name, rotated_at, rotated_by, note }) => [code(name), moment(rotated_at), rotated_by, note ?? "–"]),
        }),
      ),
  ];
  content("secrets").replaceChildren(...parts.filter((part) => part !== false));
}

/** @param {string[]} names */
function logForm(names) {
  const today = new Date().toLocaleDateString("en-CA");
  const form = el(
    "form",
    { class: "form", method: "post" },
    el("h3", {}, "Log a rotation"),
    el("div", { class: "field" }, el("label", { for: "secret-name" }, "Secret"), el("select", { id: "secret-name", name: "name" }, ...names.map((name) => el("option", { value: name }, name)))),
    el("div", { class: "field" }, el("label", { for: "secret-date" }, "Day on which the new value was put in"), el("input", { class: "short", id: "secret-date", name: "rotated_at", type: "date", max: today, value: today })),
    el(
      "div",
      { class: "field" },
      el("label", { for: "secret-note" }, "Note ", el("span", { class: "optional" }, "(optional)")),
      el("p", { class: "hint", id: "secret-note-hint" }, "What was done. Never the secret itself."),
      el("input", { id: "secret-note", name: "note", maxlength: 200, autocomplete: "off", "aria-describedby": "secret-note-hint" }),
    ),
    el("p", { class: "actions" }, el("button", { class: "button button-quiet", type: "submit" }, "Log the rotation")),
  );
  // The same until it is logged: a try whose answer was lost must not be logged twice.
  const id = crypto.randomUUID();
  enhanceForm(form, {
    check: () => (textOf(form, "rotated_at") === "" ? [{ field: "rotated_at", message: "Enter the day." }] : []),
    send: async () => {
      const chosen = textOf(form, "rotated_at");
      // Of today it is now; of another day, noon, so that it is that day wherever it is read.
      const rotated_at = chosen === today ? null : `${chosen}T12:00:00Z`;
      const name = textOf(form, "name");
      await callApi("ops/secrets", { method: "POST", body: { id, name, rotated_at, note: textOf(form, "note") } });
      await askSecrets();
      toast(`Logged: ${name} was rotated.`);
      content("secrets").querySelector("button")?.focus();
    },
  });
  return form;
}

const askSecrets = () => section(["secrets"], async () => showSecrets(await callApi("ops/secrets")));

// Email domain

/** @type {Record<string, [words: string, kind: string]>} */
const dnsStates = { verified: ["Verified", "tag-good"], pending: ["Not there yet", "tag-warn"], wrong: ["Wrong value", "tag-bad"], unknown: ["Could not be looked up", ""] };

/** @type {Record<string, [words: string, kind: string]>} */
const domainStates = {
  verified: ["The world sees all records as they should be.", "notice notice-good"],
  pending: ["The domain is not verified yet: records are missing. Until then mail leaves from Resend’s own address.", "notice notice-warn"],
  wrong: ["A record is wrong, so mail from our own address may be refused.", "notice notice-bad"],
  unknown: ["The records could not be looked up right now, so nothing can be said. Try again in a minute.", "notice"],
};

/** @param {MailDomain} domain */
function showDomain({ checked_at, domain, state, records }) {
  const [text, kind] = domainStates[state] ?? [state, "notice"];
  content("domain").replaceChildren(
    el("div", { class: kind }, el("p", {}, text), state === "verified" ? null : el("p", {}, el("a", { href: "#runbook-verify-email-domain" }, "How to verify the email domain"))),
    table({
      caption: `${domain}, checked at ${time(new Date(checked_at))}`,
      columns: [{ label: "Record" }, { label: "State" }, { label: "Should be" }, { label: "Is" }],
      rows: records.map((record) => [
        [code(`${record.type} ${record.name}`), meta(record.purpose)],
        [tag(...(dnsStates[record.state] ?? [record.state, ""])), meta(record.detail)],
        code(record.priority === null ? record.expected : `${record.priority} ${record.expected}`),
        record.live === null ? "–" : record.live.length === 0 ? "Nothing" : record.live.map((value) => code(value)),
      ]),
    }),
  );
}

// The inventory, from the tables of the finances

/** @param {{services: import("../modules/service-words.js").Service[], next_cursor: string | null, active_cents: number, waiting: number}} inventory */
function showInventory({ services, next_cursor, active_cents, waiting }) {
  const waits = waiting === 0 ? "" : ` ${plural(waiting, "service waits", "services wait")} for the owner.`;
  content("inventory").replaceChildren(
    el("p", {}, `What is active costs ${dollars(active_cents)} a month.${waits} `, el("a", { href: "/inventory" }, next_cursor === null ? "Change the inventory" : "See all of the inventory")),
    table({
      caption: plural(services.length, "service"),
      columns: [{ label: "Service" }, { label: "Provider" }, { label: "Tier" }, { label: "Cost a month" }, { label: "Status" }],
      rows: services.map((service) => [service.name, service.provider, service.tier, costOf(service), statusTags(service)]),
    }),
  );
}

const askInventory = () => section(["inventory"], async () => showInventory(await callApi("finance/services", { query: { limit: 100 } })));

const askDomain = () => section(["domain"], async () => showDomain(await callApi("ops/domain")));
const askCenter = () => section(["endpoints", "schema", "deployment", "timeline", "runbooks"], async () => showCenter(await callApi("ops/center")));

await forStaff(async () => {
  find("#loading").hidden = true;
  find("#content").hidden = false;
  await Promise.all([askStatus(), askInventory(), askCenter(), askSecrets(), askDomain()]);
  whileVisible(askStatus, 20_000);
});
