// @ts-check
// Every client, who waits since the latest first. What is searched and filtered is part of the address.
import "../modules/nav.js";
import { table } from "../components/table/table.js";
import { callApi } from "../modules/api.js";
import { announce, append, el, find } from "../modules/dom.js";
import { showFailure } from "../modules/failure.js";
import { showBusy } from "../modules/form.js";
import { day, plural } from "../modules/format.js";
import { forStaff, isRefused } from "../modules/staff.js";
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
 */

const pageSize = 20;
const list = find("#list");
/** @type {HTMLFormElement} */
const form = find("#search");
/** @type {HTMLInputElement} */
const search = find("#search-text");
/** @type {HTMLSelectElement} */
const status = find("#status-filter");
/** @type {HTMLButtonElement} */
const more = find("#show-more");
/** @type {ListedClient[]} */
let shown = [];
/** @type {string | null} */
let cursor = null;

append(status, ...statuses.map(({ value, label }) => el("option", { value }, label)));

/** Counts up, so that a slow answer to an earlier question does not replace a later one. */
let turn = 0;

const asked = () => ({ search: search.value.trim(), status: status.value });

async function showFirstPage() {
  const mine = ++turn;
  const wanted = new URLSearchParams(location.search);
  search.value = wanted.get("search") ?? "";
  const known = statuses.some(({ value }) => value === wanted.get("status"));
  status.value = known ? (wanted.get("status") ?? "") : "";
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
  show();
}

function show() {
  const none = shown.length === 0;
  const filtered = search.value !== "" || status.value !== "";
  find("#empty").hidden = !none;
  list.hidden = none;
  more.hidden = cursor === null;
  find("#empty-title").textContent = filtered ? "No client fits" : "No clients yet";
  find("#empty-hint").textContent = filtered ? "Look for less, or choose another status." : "Who signs up appears here.";
  find("#shown").textContent = none ? "" : cursor === null ? "That is all of them." : `${shown.length} shown`;
  if (none) return list.replaceChildren();
  list.replaceChildren(
    table({
      caption: "Who did something last comes first",
      columns: [{ label: "Client" }, { label: "Status" }, { label: "Missing" }, { label: "To review", number: true }, { label: "Waiting" }],
      rows: shown.map(row),
    }),
  );
}

/** @param {ListedClient} client */
function row({ id, full_name, business_name, email, ein, onboarding_status, waiting_since, missing, unreviewed_documents }) {
  const name = business_name ?? full_name ?? email ?? "Without a name";
  const others = [business_name === null ? null : full_name, name === email ? null : email, ein].filter((part) => part !== null);
  return [
    [el("a", { href: `/client?id=${encodeURIComponent(id)}` }, name), el("span", { class: "meta" }, others.join(" · "))],
    el("span", { class: statusKind(onboarding_status) }, labelOf(statuses, onboarding_status)),
    missing.length === 0 ? "Nothing" : missing.map(({ title }) => title).join(", "),
    unreviewed_documents === 0 ? "–" : String(unreviewed_documents),
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

async function load() {
  try {
    await showFirstPage();
    find("#content").hidden = false;
    find("#failure").hidden = true;
  } catch (error) {
    if (!isRefused(error)) showFailure(find("#failure"), error, load);
  }
  find("#loading").hidden = true;
}

await forStaff(load);
