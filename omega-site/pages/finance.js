// @ts-check
// A year's expenses against the budget, by month and category, what the year will come to, and who changed what. The year and
// the month are part of the address.
import "../modules/nav.js";
import { monthBars } from "../components/month-bars/month-bars.js";
import { table } from "../components/table/table.js";
import { toast } from "../components/toast/toast.js";
import { callApi } from "../modules/api.js";
import { announce, append, el, find } from "../modules/dom.js";
import { showFailure } from "../modules/failure.js";
import { expenseCategories, serviceStatuses } from "../modules/finance-words.js";
import { enhanceForm, showBusy, textOf } from "../modules/form.js";
import { calendarDay, dollars, moment, monthNames, plural } from "../modules/format.js";
import { mayChange } from "../modules/session.js";
import { forStaff, isRefused, readOnlyNotice } from "../modules/staff.js";
import { labelOf } from "../modules/words.js";

/** @typedef {{spent_cents: number, budget_cents: number | null}} Totals */
/** @typedef {Totals & {category: string, title: string}} Category */
/** @typedef {Totals & {month: number, forecast_cents: number, categories: Category[]}} Month */
/** @typedef {Totals & {year: number, today: string, forecast_cents: number, services_monthly_cents: number, other_monthly_cents: number, months: Month[], categories: Category[]}} Year */
/** @typedef {{id: string, at: string, by: string | null, subject: string, title: string, fields: {name: string, before: string | null, after: string | null}[]}} Change */

/** @type {HTMLSelectElement} */
const year = find("#year");
/** @type {HTMLSelectElement} */
const month = find("#month");
/** @type {HTMLFormElement} */
const budget = find("#budget");
/** @type {HTMLButtonElement} */
const more = find("#show-more");
const pageSize = 10;

const thisYear = new Date().getFullYear();
append(year, ...[thisYear + 1, thisYear, thisYear - 1, thisYear - 2, thisYear - 3].map((value) => el("option", { value }, String(value))));
for (const list of [month, find("#budget-month")]) append(list, ...monthNames.map((name, at) => el("option", { value: at + 1 }, name)));
append(find("#budget-category"), ...expenseCategories.map(({ value, label }) => el("option", { value }, label)));

/** @type {Year | undefined} */
let shown;
/** @type {Change[]} */
let changes = [];
/** @type {string | null} */
let cursor = null;

/** What is left of a budget, in words where it is overspent. @param {Totals} totals */
function left({ spent_cents, budget_cents }) {
  if (budget_cents === null) return "–";
  return spent_cents > budget_cents ? el("span", { class: "tag tag-warn" }, `${dollars(spent_cents - budget_cents)} over`) : dollars(budget_cents - spent_cents);
}

const planned = (/** @type {number | null} */ cents) => (cents === null ? "–" : dollars(cents));

/** @param {Year} view */
function show(view) {
  shown = view;
  const at = Number(month.value);
  const period = at ? view.months[at - 1] : undefined;
  const totals = period ?? view;
  const name = period ? `${monthNames[at - 1]} ${view.year}` : String(view.year);
  find("#period-title").textContent = name;
  find("#totals").replaceChildren(
    el(
      "dl",
      { class: "pairs" },
      el("div", {}, el("dt", {}, "Spent"), el("dd", {}, dollars(totals.spent_cents))),
      el("div", {}, el("dt", {}, "Budget"), el("dd", {}, totals.budget_cents === null ? "None is set." : dollars(totals.budget_cents))),
      el("div", {}, el("dt", {}, "Forecast"), el("dd", {}, dollars(totals.forecast_cents))),
    ),
  );
  find("#categories").replaceChildren(
    totals.categories.length === 0
      ? el("p", { class: "hint" }, "Nothing was spent or planned.")
      : table({
          caption: `By category, ${name}`,
          columns: [{ label: "Category" }, { label: "Spent", number: true }, { label: "Budget", number: true }, { label: "Left", number: true }],
          rows: totals.categories.map((one) => [
            el("a", { href: `/expenses?year=${view.year}${at ? `&month=${at}` : ""}&category=${one.category}` }, one.title),
            dollars(one.spent_cents),
            planned(one.budget_cents),
            left(one),
          ]),
        }),
  );
  find("#forecast-rule").textContent = `A month that is not over is forecast from ${calendarDay(view.today)} on as what the active services cost (${dollars(view.services_monthly_cents)}) and the mean of what was spent beside them in the last three whole months (${dollars(view.other_monthly_cents)}).`;
  find("#months").replaceChildren(
    monthBars(view.months, "Full bars were spent, light ones are expected; the line is the budget."),
    table({
      caption: `Each month of ${view.year}`,
      columns: [{ label: "Month" }, { label: "Spent", number: true }, { label: "Budget", number: true }, { label: "Left", number: true }, { label: "Forecast", number: true }],
      rows: view.months.map((one) => [
        el("a", { href: `/expenses?year=${view.year}&month=${one.month}` }, monthNames[one.month - 1] ?? ""),
        dollars(one.spent_cents),
        planned(one.budget_cents),
        left(one),
        dollars(one.forecast_cents),
      ]),
    }),
  );
}

/** Counts up, so that a slow answer to an earlier question does not replace a later one. */
let turn = 0;

async function ask() {
  const mine = ++turn;
  const wanted = new URLSearchParams(location.search);
  const known = /^2[01]\d\d$/.test(wanted.get("year") ?? "") ? (wanted.get("year") ?? "") : String(thisYear);
  if (![...year.options].some(({ value }) => value === known)) append(year, el("option", { value: known }, known));
  year.value = known;
  month.value = wanted.get("month") ?? "";
  if (month.selectedIndex < 0) month.value = "";
  try {
    const view = shown?.year === Number(known) ? shown : await callApi("finance/budget", { query: { year: known } });
    if (mine !== turn) return;
    find("#view-failure").hidden = true;
    show(view);
  } catch (error) {
    if (!isRefused(error)) showFailure(find("#view-failure"), error, ask);
  }
}

function remember() {
  const url = new URL(location.href);
  url.searchParams.set("year", year.value);
  if (month.value === "") url.searchParams.delete("month");
  else url.searchParams.set("month", month.value);
  history.pushState(null, "", url);
  void ask();
}
year.addEventListener("change", remember);
month.addEventListener("change", remember);
find("#period").addEventListener("submit", (event) => event.preventDefault());
addEventListener("popstate", () => void ask());

enhanceForm(budget, {
  send: async () => {
    const amount = textOf(budget, "amount");
    const body = { year: year.value, month: textOf(budget, "month") || null, category: textOf(budget, "category"), amount: amount || null };
    show(await callApi("finance/budget", { method: "POST", body }));
    toast(amount === "" ? "The budget was taken back." : "The budget is saved.");
    budget.reset();
    await showTrail();
  },
});

// --- Who changed what

/** @type {Record<string, string>} */
const subjects = { service: "Service", expense: "Expense", budget: "Budget" };

/** Columns whose names are not what one says. @type {Record<string, string>} */
const columns = { cents: "Amount", spent_on: "Day", vendor: "Paid to", asked_cost_cents: "Asked for", asked_usage_price: "Asked for, by use" };

/** @param {string} name */
function label(name) {
  const words = name.replace(/_cents$/, "").replaceAll("_", " ");
  return columns[name] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * @param {string} name
 * @param {string | null} text
 */
function value(name, text) {
  if (text === null) return "nothing";
  if (name.endsWith("cents")) return dollars(Number(text));
  if (name === "category") return labelOf(expenseCategories, text);
  if (name === "status") return labelOf(serviceStatuses, text);
  if (name === "month") return `${monthNames[Number(text.slice(5, 7)) - 1]} ${text.slice(0, 4)}`;
  return /^\d{4}-\d\d-\d\d$/.test(text) ? calendarDay(text) : text;
}

/** @param {{name: string, before: string | null, after: string | null}} field */
const inWords = ({ name, before, after }) =>
  `${label(name)}: ${before === null ? value(name, after) : `${value(name, before)} → ${value(name, after)}`}`;

function drawTrail() {
  more.hidden = cursor === null;
  find("#shown").textContent = cursor === null ? "That is all of it." : `${changes.length} shown`;
  find("#trail").replaceChildren(
    table({
      caption: "Newest first",
      columns: [{ label: "What" }, { label: "By" }, { label: "Changed" }],
      rows: changes.map(({ at, by, subject, title, fields }) => [
        [`${subjects[subject] ?? subject}: ${subject === "budget" ? labelOf(expenseCategories, title) : title}`, el("span", { class: "meta" }, moment(at))],
        by ?? "OmegaOS",
        el("ul", { class: "plain-list" }, ...fields.map((field) => el("li", {}, inWords(field)))),
      ]),
    }),
  );
}

async function showTrail() {
  const page = await callApi("finance/changes", { query: { limit: pageSize } });
  changes = page.changes;
  cursor = page.next_cursor;
  drawTrail();
}

more.addEventListener("click", async () => {
  if (more.getAttribute("aria-disabled")) return;
  const rest = showBusy(more, "Loading…");
  try {
    const page = await callApi("finance/changes", { query: { limit: pageSize, cursor } });
    rest();
    changes = [...changes, ...page.changes];
    cursor = page.next_cursor;
    drawTrail();
    announce(`${plural(page.changes.length, "more change")} shown.`);
  } catch (error) {
    if (!isRefused(error)) showFailure(find("#trail-failure"), error, async () => {
      find("#trail-failure").hidden = true;
      more.click();
    });
  } finally {
    rest();
  }
});

async function load() {
  try {
    await showTrail();
    await ask();
    const notice = readOnlyNotice();
    if (notice) find("#content").prepend(notice);
    find("#set-budget").hidden = !mayChange();
    find("#content").hidden = document.querySelector("#refused") !== null;
  } catch (error) {
    if (!isRefused(error)) showFailure(find("#failure"), error, load);
  }
  find("#loading").hidden = true;
}

await forStaff(load);
