// @ts-check
// The log of expenses: what was spent on which day, added to and corrected by entries of the opposite amount. What is looked at
// is part of the address.
import "../modules/nav.js";
import { ask as question } from "../components/dialog/dialog.js";
import { table } from "../components/table/table.js";
import { toast } from "../components/toast/toast.js";
import { callApi } from "../modules/api.js";
import { announce, append, el, find } from "../modules/dom.js";
import { explain } from "../modules/errors.js";
import { showFailure } from "../modules/failure.js";
import { expenseCategories } from "../modules/finance-words.js";
import { enhanceForm, showBusy, textOf, whileBusy } from "../modules/form.js";
import { calendarDay, dollars, monthNames, plural } from "../modules/format.js";
import { rowButton } from "../modules/row-button.js";
import { mayChange, requireSession } from "../modules/session.js";
import { forStaff, isRefused, readOnlyNotice } from "../modules/staff.js";
import { putReceipt, receiptLink } from "../modules/storage.js";
import { labelOf } from "../modules/words.js";

/** @typedef {{id: string, spent_on: string, cents: number, category: string, vendor: string, description: string | null, service_name: string | null, corrects: string | null, corrected_by: string | null, receipt_path: string | null, imported: boolean, made_by: string | null}} Expense */

/** @type {HTMLFormElement} */
const entry = find("#entry");
/** @type {HTMLSelectElement} */
const year = find("#year");
/** @type {HTMLSelectElement} */
const month = find("#month");
/** @type {HTMLSelectElement} */
const category = find("#category");
/** @type {HTMLInputElement} */
const spentOn = find("#spent-on");
/** @type {HTMLButtonElement} */
const more = find("#show-more");
const list = find("#list");
const pageSize = 20;

const now = new Date();
const today = `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-${String(now.getDate()).padStart(2, "0")}`;
append(year, ...[0, 1, 2, 3].map((back) => el("option", { value: now.getFullYear() - back }, String(now.getFullYear() - back))));
append(month, ...monthNames.map((name, at) => el("option", { value: at + 1 }, name)));
for (const choices of [category, find("#entry-category")]) append(choices, ...expenseCategories.map(({ value, label }) => el("option", { value }, label)));
spentOn.value = today;
spentOn.max = today;

/** @type {Expense[]} */
let shown = [];
/** @type {string | null} */
let cursor = null;
/** Counts up, so that a slow answer to an earlier question does not replace a later one. */
let turn = 0;

const asked = () => ({ year: year.value, month: month.value, category: category.value, limit: pageSize });

async function showFirstPage() {
  const mine = ++turn;
  const wanted = new URLSearchParams(location.search);
  const known = /^2[01]\d\d$/.test(wanted.get("year") ?? "") ? (wanted.get("year") ?? "") : String(now.getFullYear());
  if (![...year.options].some(({ value }) => value === known)) append(year, el("option", { value: known }, known));
  year.value = known;
  for (const [name, select] of /** @type {[string, HTMLSelectElement][]} */ ([["month", month], ["category", category]])) {
    select.value = wanted.get(name) ?? "";
    if (select.selectedIndex < 0) select.value = "";
  }
  const page = await callApi("finance/expenses", { query: asked() });
  if (mine !== turn) return;
  find("#list-failure").hidden = true;
  shown = page.expenses;
  cursor = page.next_cursor;
  show();
}

function show() {
  const none = shown.length === 0;
  find("#empty").hidden = !none;
  list.hidden = none;
  more.hidden = cursor === null;
  find("#shown").textContent = none ? "" : cursor === null ? "That is all of it." : `${shown.length} shown`;
  if (none) return list.replaceChildren();
  list.replaceChildren(
    table({
      caption: "The latest day comes first",
      columns: [{ label: "Paid to" }, { label: "Day" }, { label: "Category" }, { label: "Amount", number: true }, { label: "Logged by" }, { label: "To do" }],
      rows: shown.map(row),
    }),
  );
}

/** @param {Expense} expense */
function row(expense) {
  const { spent_on, cents, category: kind, vendor, description, service_name, corrects, corrected_by, receipt_path, imported, made_by } = expense;
  const problem = el("p", { class: "field-error", role: "alert" });
  const others = [service_name, description].filter((part) => part !== null);
  const correct =
    mayChange() && corrects === null && corrected_by === null
      ? rowButton("Correct", `${vendor}, ${dollars(cents)}, ${calendarDay(spent_on)}`, problem, (pressed) => void undo(expense, pressed, problem))
      : null;
  const name = `${vendor}, ${dollars(cents)}, ${calendarDay(spent_on)}`;
  const receipt =
    receipt_path !== null
      ? rowButton("Open the receipt", name, problem, (pressed) => void whileBusy(pressed, "Opening…", problem, async () => {
          location.assign(`${await receiptLink(receipt_path)}&download=${encodeURIComponent(`Receipt ${vendor}.${receipt_path.split(".").pop()}`)}`);
        }))
      : mayChange() && corrects === null
        ? rowButton("Add a receipt", name, problem, (pressed) => chooseReceipt(expense, pressed, problem))
        : null;
  return [
    [vendor, others.length > 0 ? el("span", { class: "meta" }, others.join(" · ")) : null],
    calendarDay(spent_on),
    labelOf(expenseCategories, kind),
    [dollars(cents), corrects !== null ? el("span", { class: "tag" }, "Correction") : corrected_by !== null ? el("span", { class: "tag tag-warn" }, "Corrected") : null],
    [made_by ?? "OmegaOS", imported ? el("span", { class: "meta" }, "from a file") : null],
    receipt || correct ? [receipt, " ", correct, problem] : "–",
  ];
}

/**
 * @param {Expense} expense
 * @param {HTMLElement} pressed
 * @param {HTMLElement} problem
 */
function chooseReceipt(expense, pressed, problem) {
  const input = el("input", { type: "file", accept: ".pdf,.png,.jpg,.jpeg,.heic" });
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (!file) return;
    void whileBusy(pressed, "Sending…", problem, async () => {
      const { user } = await requireSession();
      const extension = file.name.split(".").pop()?.toLowerCase() ?? "";
      const storage_path = `${user.id}/${crypto.randomUUID()}.${extension}`;
      await putReceipt(storage_path, file);
      await callApi("finance/receipt", { method: "POST", body: { expense_id: expense.id, storage_path } });
      toast("The receipt is kept with its entry.");
      await showFirstPage();
    });
  });
  input.click();
}

/**
 * @param {Expense} expense
 * @param {HTMLElement} pressed
 * @param {HTMLElement} problem
 */
async function undo(expense, pressed, problem) {
  const yes = await question({
    title: "Correct this entry?",
    body: [`An entry of ${dollars(-expense.cents)} is added on the same day. Both stay in the log. Then log the right amount as a new entry.`],
    confirm: "Correct it",
  });
  if (!yes) return;
  const id = crypto.randomUUID();
  await whileBusy(pressed, "Correcting…", problem, async () => {
    await callApi("finance/expenses", { method: "POST", body: { id, corrects: expense.id } });
    toast("The entry is corrected.");
    await showFirstPage();
  });
}

// One id for as long as the same is logged, so that a press after a lost line logs nothing twice.
let next = crypto.randomUUID();
entry.addEventListener("input", () => (next = crypto.randomUUID()));

enhanceForm(entry, {
  send: async () => {
    const body = {
      id: next,
      vendor: textOf(entry, "vendor"),
      amount: textOf(entry, "amount"),
      spent_on: textOf(entry, "spent_on"),
      category: textOf(entry, "category"),
      service_id: textOf(entry, "service_id") || null,
      description: textOf(entry, "description") || null,
    };
    const logged = await callApi("finance/expenses", { method: "POST", body });
    next = crypto.randomUUID();
    entry.reset();
    spentOn.value = today;
    toast(`${dollars(logged.cents)} to ${logged.vendor} is in the log.`);
    await showFirstPage();
  },
  busy: "Logging…",
});

async function ask() {
  list.setAttribute("aria-busy", "true");
  try {
    await showFirstPage();
    announce(shown.length === 0 ? "Nothing is logged here." : `${plural(shown.length, "entry", "entries")} shown.`);
  } catch (error) {
    if (!isRefused(error)) showFailure(find("#list-failure"), error, ask);
  } finally {
    list.removeAttribute("aria-busy");
  }
}

function remember() {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries({ year: year.value, month: month.value, category: category.value })) {
    if (value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  history.pushState(null, "", url);
  void ask();
}
for (const select of [year, month, category]) select.addEventListener("change", remember);
find("#filter").addEventListener("submit", (event) => event.preventDefault());
addEventListener("popstate", () => void ask());

more.addEventListener("click", async () => {
  if (more.getAttribute("aria-disabled")) return;
  const rest = showBusy(more, "Loading…");
  const mine = turn;
  try {
    const page = await callApi("finance/expenses", { query: { ...asked(), cursor } });
    if (mine !== turn) return;
    rest();
    shown = [...shown, ...page.expenses];
    cursor = page.next_cursor;
    show();
    announce(`${plural(page.expenses.length, "more entry", "more entries")} shown.`);
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

// --- Files

/** @type {HTMLButtonElement} */
const exportButton = find("#export");
exportButton.addEventListener("click", async () => {
  if (exportButton.getAttribute("aria-disabled")) return;
  const rest = showBusy(exportButton, "Preparing…");
  try {
    const { file_name, csv } = await callApi("finance/csv", { query: { year: year.value } });
    const href = URL.createObjectURL(new Blob([csv], { type: "text/csv" }));
    el("a", { href, download: file_name }).click();
    URL.revokeObjectURL(href);
  } catch (error) {
    if (!isRefused(error)) showFailure(find("#list-failure"), error, async () => exportButton.click());
  } finally {
    rest();
  }
});

/** @typedef {{entries: {line: number, spent_on: string, cents: number, category: string, vendor: string, description: string | null}[], total_cents: number, errors: {line: number, column: string, detail: string}[], imported: number, already: boolean}} Report */

/** @type {HTMLFormElement} */
const importForm = find("#import");
const report = find("#report");

enhanceForm(importForm, {
  busy: "Reading…",
  send: async () => {
    const file = new FormData(importForm).get("csv");
    const csv = file instanceof File ? await file.text() : "";
    showReport(csv, await callApi("finance/csv", { method: "POST", body: { csv } }));
  },
});

/**
 * @param {string} csv
 * @param {Report} found
 */
function showReport(csv, { entries, total_cents, errors }) {
  const title = el("h3", { tabindex: "-1" }, errors.length > 0 ? `${plural(errors.length, "thing has", "things have")} to be put right first` : `${plural(entries.length, "entry", "entries")}, ${dollars(total_cents)} together`);
  const problem = el("p", { class: "field-error", role: "alert" });
  const button = el("button", { class: "button", type: "button" }, `Add ${plural(entries.length, "entry", "entries")}`);
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled")) return;
    problem.textContent = "";
    void whileBusy(button, "Adding…", problem, async () => {
      const { imported, already } = /** @type {Report} */ (await callApi("finance/csv", { method: "POST", body: { csv, import: true } }));
      toast(already ? "These entries were imported before. Nothing was added." : `${plural(imported, "entry is", "entries are")} in the log.`);
      report.replaceChildren();
      importForm.reset();
      await showFirstPage();
    });
  });
  report.replaceChildren(
    title,
    errors.length > 0
      ? table({ caption: "Nothing was added", columns: [{ label: "Line", number: true }, { label: "Column" }, { label: "What is wrong" }], rows: errors.map(({ line, column, detail }) => [String(line), column, detail]) })
      : table({
          caption: "Nothing is added yet",
          columns: [{ label: "Paid to" }, { label: "Day" }, { label: "Category" }, { label: "Amount", number: true }],
          rows: entries.slice(0, pageSize).map(({ vendor, spent_on, category: kind, cents }) => [vendor, calendarDay(spent_on), labelOf(expenseCategories, kind), dollars(cents)]),
        }),
    ...(errors.length > 0 ? [] : [el("p", { class: "hint" }, entries.length > pageSize ? `and ${entries.length - pageSize} more` : ""), el("p", { class: "actions" }, button), problem]),
  );
  title.focus();
}

/** What an expense may be for; without the list it is for none. */
async function offerServices() {
  try {
    const { services } = await callApi("finance/services", { query: { status: "active", limit: 100 } });
    append(find("#service"), ...services.map((/** @type {{id: string, name: string, provider: string}} */ { id, name, provider }) => el("option", { value: id }, `${name} (${provider})`)));
  } catch (error) {
    if (!isRefused(error)) find("#service").after(el("p", { class: "hint" }, explain(error)));
  }
}

async function load() {
  try {
    await showFirstPage();
    const notice = readOnlyNotice();
    if (notice) find("#content").prepend(notice);
    find("#add").hidden = !mayChange();
    find("#from-file").hidden = !mayChange();
    find("#content").hidden = false;
    if (mayChange()) await offerServices();
  } catch (error) {
    if (!isRefused(error)) showFailure(find("#failure"), error, load);
  }
  find("#loading").hidden = true;
}

await forStaff(load);
