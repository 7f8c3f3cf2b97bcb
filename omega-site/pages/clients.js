// @ts-check
// Every client, who waits since the latest first. What is searched and filtered is part of the address. To several that are
// chosen one thing can be done at once.
import "../modules/nav.js";
import { table } from "../components/table/table.js";
import { callApi } from "../modules/api.js";
import { announce, append, el, find } from "../modules/dom.js";
import { showFailure } from "../modules/failure.js";
import { enhanceForm, showBusy, textOf } from "../modules/form.js";
import { day, plural } from "../modules/format.js";
import { templates } from "../modules/request-templates.js";
import { mayChange } from "../modules/session.js";
import { forStaff, isRefused, readOnlyNotice } from "../modules/staff.js";
import { labelOf, statuses } from "../modules/words.js";

/**
 * @typedef {object} ListedClient
 * @property {string} id
 * @property {string | null} full_name
 * @property {string | null} business_name
 * @property {string | null} email
 * @property {string | null} ein
 * @property {string} onboarding_status
 * @property {string} waiting_since
 * @property {{id: string, title: string}[]} missing
 * @property {number} unreviewed_documents
 * @property {number} answered_requests
 * @property {{id: string, name: string} | null} owner
 */
/** @typedef {{id: string, name: string, email: string | null, role: string, can_own: boolean}} Member */
/** @typedef {{id: string, name: string | null, outcome: "done" | "unchanged" | "missing" | "refused", detail: string | null}} Outcome */

const pageSize = 20;
const list = find("#list");
/** @type {HTMLFormElement} */
const form = find("#search");
/** @type {HTMLInputElement} */
const search = find("#search-text");
/** @type {HTMLSelectElement} */
const status = find("#status-filter");
/** @type {HTMLSelectElement} */
const owner = find("#owner-filter");
const bulk = find("#bulk");
/** @type {HTMLButtonElement} */
const more = find("#show-more");
/** @type {ListedClient[]} */
let shown = [];
/** @type {string | null} */
let cursor = null;

append(status, ...statuses.map(({ value, label }) => el("option", { value }, label)));

/** @type {Member[]} */
let team = [];
/** Clients that are chosen, by id. */
const chosen = new Set();

/** Counts up, so that a slow answer to an earlier question does not replace a later one. */
let turn = 0;

const asked = () => ({ search: search.value.trim(), status: status.value, owner: owner.value });

async function showFirstPage() {
  const mine = ++turn;
  const wanted = new URLSearchParams(location.search);
  search.value = wanted.get("search") ?? "";
  const known = statuses.some(({ value }) => value === wanted.get("status"));
  status.value = known ? (wanted.get("status") ?? "") : "";
  const whose = wanted.get("owner") ?? "";
  // Somebody who has left the team since the address was kept.
  if (whose !== "" && ![...owner.options].some(({ value }) => value === whose)) append(owner, el("option", { value: whose }, "Somebody else"));
  owner.value = whose;
  list.setAttribute("aria-busy", "true");
  let page;
  try {
    page = await callApi("clients/list", { query: { ...asked(), limit: pageSize } });
  } finally {
    if (mine === turn) list.removeAttribute("aria-busy");
  }
  if (mine !== turn) return;
  find("#list-failure").hidden = true;
  shown = page.clients;
  cursor = page.next_cursor;
  for (const id of chosen) if (!shown.some((client) => client.id === id)) chosen.delete(id);
  show();
  showBulk();
}

function show() {
  const none = shown.length === 0;
  const filtered = search.value !== "" || status.value !== "" || owner.value !== "";
  find("#empty").hidden = !none;
  list.hidden = none;
  more.hidden = cursor === null;
  find("#empty-title").textContent = filtered ? "No client fits" : "No clients yet";
  find("#empty-hint").textContent = filtered ? "Look for less, or choose another status or another of our team." : "Who signs up appears here.";
  find("#shown").textContent = none ? "" : cursor === null ? "That is all of them." : `${shown.length} shown`;
  if (none) return list.replaceChildren();
  list.replaceChildren(
    table({
      caption: "Who did something last comes first",
      columns: [{ label: "Client" }, { label: "Status" }, { label: "Missing" }, { label: "To review", number: true }, { label: "Looked after by" }, { label: "Waiting" }],
      rows: shown.map(row),
    }),
  );
}

/** @param {ListedClient} client */
function row({ id, full_name, business_name, email, ein, onboarding_status, waiting_since, missing, unreviewed_documents, answered_requests, owner: looksAfter }) {
  const name = business_name ?? full_name ?? email ?? "Without a name";
  const others = [business_name === null ? null : full_name, name === email ? null : email, ein].filter((part) => part !== null);
  const toReview = unreviewed_documents + answered_requests;
  const box = mayChange() && el("input", { type: "checkbox", class: "chosen", checked: chosen.has(id) });
  if (box) {
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(id);
      else chosen.delete(id);
      showBulk();
    });
  }
  return [
    [box && el("label", {}, box, el("span", { class: "visually-hidden" }, `Choose ${name}`)), el("a", { href: `/client?id=${encodeURIComponent(id)}` }, name), el("span", { class: "meta" }, others.join(" · "))],
    el("span", { class: statusKind(onboarding_status) }, labelOf(statuses, onboarding_status)),
    missing.length === 0 ? "Nothing" : missing.map(({ title }) => title).join(", "),
    toReview === 0 ? "–" : String(toReview),
    looksAfter?.name ?? "Nobody yet",
    [waitingWords(waiting_since), el("span", { class: "meta" }, `since ${day(waiting_since)}`)],
  ];
}

/** @param {string} value */
const statusKind = (value) => (value === "in-review" ? "tag tag-warn" : value === "active" ? "tag tag-good" : "tag");

/** @param {string} since */
function waitingWords(since) {
  const days = Math.floor((Date.now() - Date.parse(since)) / 86_400_000);
  return days < 1 ? "Less than a day" : plural(days, "day");
}

async function ask() {
  try {
    await showFirstPage();
    announce(shown.length === 0 ? (find("#empty-title").textContent ?? "") : `${plural(shown.length, "client")} shown.`);
  } catch (error) {
    if (!isRefused(error)) showFailure(find("#list-failure"), error, ask);
  }
}

function remember() {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(asked())) {
    if (value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  history.pushState(null, "", url);
  void ask();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  remember();
});
status.addEventListener("change", remember);
owner.addEventListener("change", remember);
addEventListener("popstate", () => void ask());

more.addEventListener("click", async () => {
  if (more.getAttribute("aria-disabled")) return;
  const rest = showBusy(more, "Loading…");
  const mine = turn;
  const before = shown.length;
  try {
    const page = await callApi("clients/list", { query: { ...asked(), limit: pageSize, cursor } });
    if (mine !== turn) return;
    rest();
    shown = [...shown, ...page.clients];
    cursor = page.next_cursor;
    show();
    announce(`${plural(page.clients.length, "more client")} shown.`);
    // The keyboard goes on at the first new row.
    list.querySelectorAll("a")[before]?.focus();
  } catch (error) {
    if (isRefused(error)) return;
    showFailure(find("#list-failure"), error, async () => {
      find("#list-failure").hidden = true;
      more.click();
    });
  } finally {
    rest();
  }
});

// --- What is done to several at once

/** Names what is chosen and offers what can be done to it; what is half filled in stays. */
function showBulk() {
  bulk.hidden = chosen.size === 0;
  if (chosen.size === 0) return bulk.replaceChildren();
  const words = `${plural(chosen.size, "client is", "clients are")} chosen`;
  if (bulk.hasChildNodes()) {
    find("#bulk-title").textContent = words;
    find("#bulk-do").textContent = `Do it for ${plural(chosen.size, "client")}`;
  } else bulk.append(el("h2", { id: "bulk-title" }, words), bulkForm());
}

function bulkForm() {
  const action = el(
    "select",
    { id: "bulk-action", name: "action" },
    el("option", { value: "assign" }, "Give them to somebody of our team"),
    el("option", { value: "ask" }, "Ask for what is in a template"),
    el("option", { value: "move" }, "Move to another status"),
  );
  const what = el("div", { class: "field" }, el("label", { for: action.id }, "What to do"), action);
  const parts = el("div", { class: "list-search" }, what);
  const form = el(
    "form",
    { class: "form", method: "post" },
    parts,
    el("p", { class: "actions" }, el("button", { class: "button", id: "bulk-do" }, `Do it for ${plural(chosen.size, "client")}`), el("button", { type: "button", class: "button button-quiet", onclick: chooseNone }, "Choose none")),
  );
  // One id for as long as the same is asked, so that a press after a lost line asks nobody twice.
  let request = crypto.randomUUID();
  form.addEventListener("input", () => (request = crypto.randomUUID()));
  /**
   * @param {string} name
   * @param {string} label
   * @param {HTMLElement[]} options
   */
  const choice = (name, label, options) => el("div", { class: "field" }, el("label", { for: `bulk-${name}` }, label), el("select", { id: `bulk-${name}`, name }, ...options));
  const showParts = () =>
    parts.replaceChildren(
      what,
      ...(action.value === "assign"
        ? [choice("owner_id", "To whom", [...team.filter(({ can_own }) => can_own).map(({ id, name }) => el("option", { value: id }, name)), el("option", { value: "" }, "Nobody")])]
        : action.value === "ask"
          ? [choice("template", "Which template", templates.map(({ id, title }) => el("option", { value: id }, title)))]
          : [
              choice("status", "Where to", statuses.filter(({ value }) => value !== "pending").map(({ value, label }) => el("option", { value }, label))),
              el("div", { class: "field" }, el("label", { for: "bulk-reason" }, "Why (the clients read it)"), el("input", { id: "bulk-reason", name: "reason", maxlength: 200, autocomplete: "off" })),
            ]),
    );
  action.addEventListener("change", () => {
    showParts();
    action.focus();
  });
  showParts();
  enhanceForm(form, {
    send: async () => {
      const ids = [...chosen];
      const body =
        action.value === "assign"
          ? { ids, action: "assign", owner_id: textOf(form, "owner_id") || null }
          : action.value === "ask"
            ? { ids, action: "ask", template: textOf(form, "template"), request_id: request }
            : { ids, action: "move", status: textOf(form, "status"), reason: textOf(form, "reason") || null };
      const { outcomes } = await callApi("clients/bulk", { method: "POST", body, timeout: 60_000 });
      chooseNone();
      // What was done is told, whether or not the list can be drawn anew.
      await showFirstPage().catch((error) => showFailure(find("#list-failure"), error, ask));
      showOutcomes(outcomes);
    },
  });
  return form;
}

function chooseNone() {
  chosen.clear();
  for (const box of list.querySelectorAll("input.chosen")) if (box instanceof HTMLInputElement) box.checked = false;
  showBulk();
}

/** @type {Record<Outcome["outcome"], string>} */
const outcomeWords = { done: "Done.", unchanged: "Was so already.", missing: "Not there any more.", refused: "Not possible." };

/** @param {Outcome[]} outcomes */
function showOutcomes(outcomes) {
  const done = outcomes.filter(({ outcome }) => outcome === "done").length;
  const rest = outcomes.filter(({ outcome }) => outcome !== "done");
  const box = el(
    "div",
    { class: rest.length > 0 ? "notice notice-warn stack" : "notice notice-good", role: "status", tabindex: "-1" },
    el("p", {}, `Done for ${done} of ${plural(outcomes.length, "client")}.`),
    rest.length > 0 && el("ul", {}, ...rest.map(({ name, outcome, detail }) => el("li", { class: "long-word" }, `${name ?? "A client"}: ${detail ?? outcomeWords[outcome]}`))),
  );
  find("#outcomes").replaceChildren(box);
  box.focus();
}

async function load() {
  try {
    ({ team } = await callApi("clients/team"));
    owner.replaceChildren(...[...owner.options].slice(0, 2), ...team.map(({ id, name }) => el("option", { value: id }, name)));
    await showFirstPage();
    const notice = readOnlyNotice();
    if (notice && find("#content").hidden) find("#content").before(notice);
    find("#content").hidden = false;
    find("#failure").hidden = true;
  } catch (error) {
    if (!isRefused(error)) showFailure(find("#failure"), error, load);
  }
  find("#loading").hidden = true;
}

await forStaff(load);
