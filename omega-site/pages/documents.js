// @ts-check
import "../modules/nav.js";
import { documentRow } from "../components/document-row/document-row.js";
import { evidenceAddress } from "../components/signed-form/signed-form.js";
import { categoryOptions, createUploader, requiredList } from "../components/upload/upload.js";
import { callApi } from "../modules/api.js";
import { announce, append, find } from "../modules/dom.js";
import { showFailure } from "../modules/failure.js";
import { showBusy } from "../modules/form.js";
import { plural } from "../modules/format.js";
import { requireSession } from "../modules/session.js";
import { categories, labelOf } from "../modules/words.js";

/** @typedef {import("../components/upload/upload.js").StoredDocument} StoredDocument */

const pageSize = 20;
const list = find("#documents");
const empty = find("#empty");
/** @type {HTMLButtonElement} */
const more = find("#show-more");
/** @type {HTMLSelectElement} */
const filter = find("#category-filter");
/** @type {string | null} */
let cursor = null;

append(filter, ...categoryOptions());

const uploader = createUploader({
  received(document) {
    // The page of the list that is shown stays as it is; only what is new goes on top.
    if (isShown(document)) list.prepend(row(document));
    showEmpty();
    refreshRequired();
  },
  changed(document) {
    const shown = rowOf(document.id);
    if (shown && isShown(document)) shown.replaceWith(row(document));
    else shown?.remove();
    showEmpty();
    refreshRequired();
  },
  removed(id) {
    rowOf(id)?.remove();
    showEmpty();
    refreshRequired();
  },
});
find("#upload").append(uploader.element);

/** @param {string} id of a document */
const rowOf = (id) => list.querySelector(`[data-id="${CSS.escape(id)}"]`);

/** @param {StoredDocument} document */
const isShown = ({ document_category }) => filter.value === "" || filter.value === document_category;

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

/** Where the evidence of a signed form is, by the id of its document. @type {Map<string, string>} */
const signed = new Map();
/** @type {Promise<void> | undefined} */
let knownSigned;

async function readSigned() {
  /** @type {string | null} */
  let next = null;
  do {
    /** @type {{signed_forms: import("../components/signed-form/signed-form.js").SignedForm[], next_cursor: string | null}} */
    const page = await callApi("forms/signed", { query: { limit: 100, cursor: next } });
    for (const form of page.signed_forms) if (form.document_id) signed.set(form.document_id, evidenceAddress(form));
    next = page.next_cursor;
  } while (next);
}

/** Counts up, so that a slow answer for an earlier filter does not replace a later one. */
let turn = 0;

async function showFirstPage() {
  const mine = ++turn;
  filter.value = chosen();
  list.setAttribute("aria-busy", "true");
  let answer;
  try {
    // Without the signatures the documents are there all the same.
    knownSigned ??= readSigned().catch(() => {});
    [answer] = await Promise.all([callApi("onboarding/documents", { query: { category: filter.value, limit: pageSize } }), knownSigned]);
  } finally {
    if (mine === turn) list.removeAttribute("aria-busy");
  }
  if (mine !== turn) return;
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
  const all = filter.value === "";
  find("#empty-title").textContent = all ? "No documents yet" : `No documents of the kind “${labelOf(categories, filter.value)}”`;
  find("#empty-hint").textContent = all ? "What you upload appears here." : "Choose another kind above to see the others.";
}

/** @param {import("../components/upload/upload.js").Required[]} required */
function showRequired(required) {
  find("#required").replaceChildren(requiredList(required, uploader.choose));
}

function refreshRequired() {
  callApi("onboarding/documents", { query: { limit: 1 } })
    .then(({ required }) => showRequired(required))
    // The checklist is then a moment behind; the next change or visit draws it again.
    .catch(() => {});
}

/** @param {StoredDocument} document */
function row(document) {
  const on = {
    changed(/** @type {StoredDocument} */ now) {
      refreshRequired();
      // It no longer is what the filter asks for; it stays until the filter is used again, so nothing jumps away.
      if (isShown(now)) showEmpty();
    },
    removed(/** @type {string} */ id) {
      const gone = rowOf(id);
      const next = gone?.nextElementSibling ?? gone?.previousElementSibling;
      announce("The document was removed.");
      queueMicrotask(() => {
        showEmpty();
        // The keyboard goes on beside what is gone.
        /** @type {HTMLElement} */ (next?.querySelector("button") ?? filter).focus();
      });
      refreshRequired();
    },
  };
  return documentRow(document, on, signed.get(document.id) ?? null);
}

/** The filter is part of the address: it can be gone back from, kept and sent. */
async function applyFilter() {
  try {
    await showFirstPage();
    announce(list.hidden ? (find("#empty-title").textContent ?? "") : `${plural(list.children.length, "document")} shown.`);
  } catch (error) {
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
