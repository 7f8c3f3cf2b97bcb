// @ts-check
// What is to be filed and paid, and when: for a client their own, for our team of one client or of all. Month, view and filter
// are part of the address.
import "../modules/nav.js";
import { calendarDay, deadlineRow } from "../components/deadline/deadline.js";
import { month as monthTable } from "../components/month/month.js";
import { callApi } from "../modules/api.js";
import { announce, el, find, setTitle } from "../modules/dom.js";
import { showFailure } from "../modules/failure.js";
import { showBusy } from "../modules/form.js";
import { plural } from "../modules/format.js";
import { isStaff, mayChange, requireSession } from "../modules/session.js";
import { forStaff, isRefused, readOnlyNotice } from "../modules/staff.js";
import { showAddress } from "./deadlines/address.js";
import { showFacts } from "./deadlines/facts.js";

/** @typedef {import("../components/deadline/deadline.js").Deadline} Deadline */
/**
 * @typedef {object} Business
 * @property {string} client_id
 * @property {string | null} client_name
 * @property {string | null} entity_type
 * @property {import("./deadlines/facts.js").Facts | null} facts
 * @property {string[]} missing
 * @property {string[]} states_not_computed
 * @property {{title: string, why: string, source: {document: string, law: string, url: string}}[]} not_owed
 * @property {string | null} calendar_since
 * @property {{id: string, name: string}[]} documents
 * @property {string[]} staff
 */

const staff = isStaff();
const changes = !staff || mayChange();
const now = new Date();
const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
const today = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
const monthWords = new Intl.DateTimeFormat("en-US", { month: "long", year: "numeric" });

/** @type {HTMLInputElement} */
const openOnly = find("#open-only");
/** @type {HTMLButtonElement} */
const more = find("#show-more");
/** @type {Deadline[]} */
let shown = [];
/** @type {string | null} */
let cursor = null;
/** @type {Business | null} */
let business = null;
/** The day that is chosen in the calendar. @type {string | null} */
let chosen = null;
/** Counts up, so that a slow answer to an earlier question does not replace a later one. */
let turn = 0;

/** What the address asks for. */
function wanted() {
  const given = new URLSearchParams(location.search);
  const month = given.get("month") ?? "";
  return {
    month: /^20\d\d-(0[1-9]|1[0-2])$/.test(month) ? month : today.slice(0, 7),
    list: given.get("view") === "list",
    open: given.get("status") === "open",
    client: staff ? given.get("client") : null,
  };
}

/** @param {string} month @param {number} by */
function monthsFrom(month, by) {
  const [year = 0, number = 1] = month.split("-").map(Number);
  const date = new Date(year, number - 1 + by, 1);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}`;
}

/** @param {string} month */
function lastDay(month) {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return `${month}-${two(new Date(year, number, 0).getDate())}`;
}

const overAll = () => staff && wanted().client === null;

/** The list of one client shows a quarter, all else a month. */
function query() {
  const { month, list, open, client } = wanted();
  const last = list && !overAll() ? monthsFrom(month, 2) : month;
  return { client, from: `${month}-01`, to: lastDay(last), status: open ? "open" : null, limit: overAll() ? 100 : null };
}

async function showFirstPage() {
  const mine = ++turn;
  find("#dates").setAttribute("aria-busy", "true");
  let page;
  try {
    page = await callApi("compliance/deadlines", { query: query() });
  } finally {
    if (mine === turn) find("#dates").removeAttribute("aria-busy");
  }
  if (mine !== turn) return;
  find("#list-failure").hidden = true;
  shown = page.deadlines;
  cursor = page.next_cursor;
  business = page.business;
  if (!shown.some(({ due }) => due === chosen)) chosen = null;
  showAround();
  show();
}

function showAround() {
  const { month, list, open } = wanted();
  const asList = list && !overAll();
  const [year = 0, number = 1] = month.split("-").map(Number);
  const from = monthWords.format(new Date(year, number - 1, 1));
  find("#dates-title").textContent = asList ? `${from} and the two months after` : from;
  openOnly.checked = open;
  for (const [id, current] of [["#as-calendar", !list], ["#as-list", list]]) {
    const link = find(`${id}`);
    if (current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    link.setAttribute("href", address({ view: id === "#as-list" ? "list" : null }));
  }
  find("#all-clients").hidden = !staff || overAll();
  const title = staff && business ? `Due dates of ${business.client_name ?? "a client"}` : "Due dates";
  find("#title").textContent = title;
  setTitle(title);
  const notice = staff && readOnlyNotice();
  find("#notices").replaceChildren(...(notice ? [notice] : []), ...notices());
  find("#business").hidden = business === null;
  find("#feed").hidden = staff || business === null || business.facts === null;
  if (business === null) return;
  const whole = business;
  showFacts(find("#facts"), whole, staff ? whole.client_id : null, changes, async () => {
    await ask();
    find("#dates-title").focus();
  });
  find("#not-owed").replaceChildren(
    ...whole.not_owed.map(({ title, why, source }) => el("p", { class: "meta" }, `${title}: ${why} Source: `, el("a", { href: source.url, rel: "noreferrer" }, source.document), `; ${source.law}.`)),
  );
  if (!staff && whole.facts !== null) showAddress(find("#address"), whole.calendar_since);
}

function notices() {
  if (business === null) return [];
  const { facts, missing, states_not_computed, entity_type } = business;
  const made = [];
  if (facts === null) {
    const whose = staff ? "the business" : "your business";
    made.push(el("div", { class: "notice" }, el("p", {}, `Nothing is computed yet: we need to know a few things about ${whose} first. `, changes && el("a", { href: "#business" }, "Answer the questions"))));
  } else if (entity_type === null) {
    made.push(el("div", { class: "notice" }, el("p", {}, "The legal form is not known yet. It is a question of the onboarding; due dates that depend on it come after.")));
  } else if (missing.length > 0) {
    made.push(el("div", { class: "notice" }, el("p", {}, `Some due dates are not listed, because of what is not known yet: ${missing.map((name) => missingWords[name] ?? name).join(", ")}. `, changes && el("a", { href: "#business" }, "Add it"))));
  }
  if (states_not_computed.length > 0) {
    made.push(el("div", { class: "notice" }, el("p", {}, `Due dates of ${states_not_computed.join(", ")} are not computed here. Our team looks after them.`)));
  }
  return made;
}

/** @type {Record<string, string>} */
const missingWords = {
  entity_type: "the legal form",
  llc_taxed_as: "how the LLC is taxed",
  deposit_schedule: "how often payroll taxes are deposited",
  formed_in: "where the business was formed",
  formed_on: "when it was formed",
};

function show() {
  const { month, list, open } = wanted();
  const visible = chosen === null ? shown : shown.filter(({ due }) => due === chosen);
  const none = shown.length === 0;
  const known = overAll() || business?.facts !== null;
  find("#empty").hidden = !none || !known;
  find("#empty-title").textContent = open ? "Nothing is open" : "Nothing is due";
  find("#empty-hint").textContent = overAll() ? "No client has a due date then. Clients whose facts are not told yet have none." : "Look at another month.";
  more.hidden = cursor === null;
  find("#bar").hidden = !known;
  find("#dates-title").hidden = !known;
  const counts = new Map();
  for (const { due } of shown) counts.set(due, (counts.get(due) ?? 0) + 1);
  find("#month").replaceChildren(...(list || !known ? [] : [monthTable({ month, today, counts, chosen, choose })]));
  find("#list").replaceChildren(
    ...(chosen === null ? [] : [el("h3", {}, calendarDay(chosen))]),
    ...(visible.length === 0
      ? []
      : [
          el(
            "ul",
            { class: "rows" },
            ...visible.map((one) =>
              deadlineRow(one, {
                today,
                staff,
                changes,
                documents: business?.documents ?? [],
                team: business?.staff ?? [],
                client: staff ? (business?.client_id ?? null) : null,
                changed: async ({ rule, period }) => {
                  const name = `${rule} ${period} ${business?.client_id ?? one.client?.id ?? ""}`;
                  await ask();
                  // The list is a new one; the keyboard goes on where it was.
                  const row = [...document.querySelectorAll("[data-deadline]")].find((row) => row.getAttribute("data-deadline") === (staff ? name : `${rule} ${period} `));
                  /** @type {HTMLElement} */
                  const next = row?.querySelector("button") ?? find("#dates-title");
                  next.focus();
                },
              }),
            ),
          ),
        ]),
  );
}

/** @param {string | null} day */
function choose(day) {
  const pressed = day ?? chosen;
  chosen = day;
  show();
  // The table is a new one; the keyboard stays where it was.
  const button = pressed ? document.querySelector(`[data-day="${pressed}"]`) : null;
  if (button instanceof HTMLElement) button.focus();
  announce(day === null ? "All of the month is shown." : `${plural(shown.filter(({ due }) => due === day).length, "due date")} shown.`);
}

/** @param {Record<string, string | null>} change */
function address(change) {
  const url = new URL(location.href);
  url.hash = "";
  for (const [name, value] of Object.entries(change)) {
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return `${url.pathname}${url.search}`;
}

async function ask() {
  try {
    await showFirstPage();
    announce(`${find("#dates-title").textContent ?? ""}: ${plural(shown.length, "due date")}.`);
  } catch (error) {
    if (!isRefused(error)) showFailure(find("#list-failure"), error, ask);
  }
}

/** @param {Record<string, string | null>} change */
function go(change) {
  history.pushState(null, "", address(change));
  void ask();
}

find("#earlier").addEventListener("click", () => go({ month: monthsFrom(wanted().month, -1) }));
find("#later").addEventListener("click", () => go({ month: monthsFrom(wanted().month, 1) }));
find("#now").addEventListener("click", () => go({ month: null }));
for (const id of ["#as-calendar", "#as-list"]) {
  find(id).addEventListener("click", (event) => {
    event.preventDefault();
    go({ view: id === "#as-list" ? "list" : null });
  });
}
openOnly.addEventListener("change", () => go({ status: openOnly.checked ? "open" : null }));
addEventListener("popstate", () => void ask());

more.addEventListener("click", async () => {
  if (more.getAttribute("aria-disabled")) return;
  const rest = showBusy(more, "Loading…");
  const mine = turn;
  try {
    const page = await callApi("compliance/deadlines", { query: { ...query(), cursor } });
    if (mine !== turn) return;
    rest();
    shown = [...shown, ...page.deadlines];
    cursor = page.next_cursor;
    show();
    announce(`${plural(page.deadlines.length, "more due date")} shown.`);
  } catch (error) {
    if (!isRefused(error)) showFailure(find("#list-failure"), error, ask);
  } finally {
    rest();
  }
});

async function load() {
  find("#failure").hidden = true;
  try {
    if (!staff) await requireSession();
    await showFirstPage();
    find("#content").hidden = false;
  } catch (error) {
    if (!staff || !isRefused(error)) showFailure(find("#failure"), error, load);
  }
  find("#loading").hidden = true;
}

await (staff ? forStaff(load) : load());
