// @ts-check
import "../modules/nav.js";
import { callApi } from "../modules/api.js";
import { announce, append, el, find } from "../modules/dom.js";
import { explain } from "../modules/errors.js";
import { showFailure } from "../modules/failure.js";
import { showBusy } from "../modules/form.js";
import { bytes, moment, plural } from "../modules/format.js";
import { requireSession } from "../modules/session.js";
import { downloadLink } from "../modules/upload.js";
import { createUploader, requiredList } from "../modules/uploader.js";
import { categories, labelOf } from "../modules/words.js";

/** @typedef {import("../modules/uploader.js").StoredDocument} StoredDocument */

const pageSize = 20;
const list = find("#documents");
const empty = find("#empty");
/** @type {HTMLButtonElement} */
const more = find("#show-more");
/** @type {HTMLSelectElement} */
const filter = find("#category-filter");
/** @type {string | null} */
let cursor = null;

append(filter, ...categories.map(({ value, label }) => el("option", { value }, label)));

const uploader = createUploader((document) => {
  // The page of the list that is shown stays as it is; only what is new goes on top.
  if (filter.value === "" || filter.value === document.document_category) {
    list.prepend(row(document));
    showEmpty();
  }
  refreshRequired().catch(() => {});
});
find("#upload").append(uploader.element);

const chosen = () => new URLSearchParams(location.search).get("category") ?? "";

async function load() {
  find("#failure").hidden = true;
  try {
    await requireSession();
    await showFirstPage();
    find("#content").hidden = false;
  } catch (error) {
    showFailure(find("#failure"), error, load);
  }
  find("#loading").hidden = true;
}

/** Counts up, so that a slow answer for an earlier filter does not replace a later one. */
let turn = 0;

async function showFirstPage() {
  const mine = ++turn;
  filter.value = chosen();
  list.setAttribute("aria-busy", "true");
  const answer = await callApi("onboarding/documents", { query: { category: filter.value, limit: pageSize } });
  if (mine !== turn) return;
  list.removeAttribute("aria-busy");
  find("#list-failure").hidden = true;
  showRequired(answer.required);
  list.replaceChildren();
  addPage(answer);
}

/** @param {{documents: StoredDocument[], next_cursor: string | null}} page */
function addPage({ documents, next_cursor }) {
  append(list, ...documents.map(row));
  cursor = next_cursor;
  more.hidden = cursor === null;
  showEmpty();
}

function showEmpty() {
  empty.hidden = list.children.length > 0;
  list.hidden = !empty.hidden;
  empty.textContent =
    filter.value === "" ? "Nothing yet. What you upload appears here." : `You have no documents of the kind “${labelOf(categories, filter.value)}”.`;
}

/** @param {import("../modules/uploader.js").Required[]} required */
function showRequired(required) {
  find("#required").replaceChildren(requiredList(required, uploader.choose));
}

async function refreshRequired() {
  const { required } = await callApi("onboarding/documents", { query: { limit: 1 } });
  showRequired(required);
}

/** @param {StoredDocument} document */
function row(document) {
  const problem = el("p", { class: "field-error", role: "alert" });
  const button = el("button", { type: "button", class: "button button-quiet button-small" }, "Download");
  button.setAttribute("aria-label", `Download ${document.document_name}`);
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled")) return;
    problem.textContent = "";
    const rest = showBusy(button, "Preparing…");
    try {
      location.assign(await downloadLink(document));
    } catch (error) {
      problem.textContent = explain(error);
    } finally {
      rest();
    }
  });
  return el(
    "li",
    { class: "row" },
    el(
      "div",
      {},
      el("p", { class: "row-title" }, document.document_name),
      el("p", { class: "meta" }, `${labelOf(categories, document.document_category)} · ${bytes(document.byte_size)} · ${moment(document.uploaded_at)}`),
      problem,
    ),
    button,
  );
}

/** The filter is part of the address: it can be gone back from, kept and sent. */
async function applyFilter() {
  try {
    await showFirstPage();
    announce(list.hidden ? (empty.textContent ?? "") : `${plural(list.children.length, "document")} shown.`);
  } catch (error) {
    list.removeAttribute("aria-busy");
    showFailure(find("#list-failure"), error, applyFilter);
  }
}

filter.addEventListener("change", () => {
  const url = new URL(location.href);
  if (filter.value === "") url.searchParams.delete("category");
  else url.searchParams.set("category", filter.value);
  history.pushState(null, "", url);
  void applyFilter();
});
addEventListener("popstate", () => void applyFilter());

more.addEventListener("click", async () => {
  if (more.getAttribute("aria-disabled")) return;
  const rest = showBusy(more, "Loading…");
  const before = list.children.length;
  const mine = turn;
  try {
    const page = await callApi("onboarding/documents", { query: { category: filter.value, limit: pageSize, cursor } });
    if (mine !== turn) return;
    rest();
    addPage(page);
    announce(`${plural(list.children.length - before, "more document")} shown.`);
    // The button may be gone now; the keyboard goes on at the first new row.
    list.children[before]?.querySelector("button")?.focus();
  } catch (error) {
    showFailure(find("#list-failure"), error, async () => {
      find("#list-failure").hidden = true;
      more.click();
    });
  } finally {
    rest();
  }
});

void load();
