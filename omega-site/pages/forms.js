// @ts-check
// The forms library: every form of the firm, what was signed, and whether a file is a signed form. View, search and filter are
// part of the address.
import "../modules/nav.js";
import { ask } from "../components/dialog/dialog.js";
import { signedForms, verdict } from "../components/signed-form/signed-form.js";
import { toast } from "../components/toast/toast.js";
import { callApi } from "../modules/api.js";
import { announce, append, el, find, icon, setTitle } from "../modules/dom.js";
import { sha256 } from "../modules/digest.js";
import { explain } from "../modules/errors.js";
import { showFailure } from "../modules/failure.js";
import { downloadBlank } from "../modules/form-file.js";
import { formCategories } from "../modules/form-words.js";
import { whileBusy } from "../modules/form.js";
import { moment, plural } from "../modules/format.js";
import { rowButton } from "../modules/row-button.js";
import { isStaff, requireSession } from "../modules/session.js";
import { forStaff, isRefused } from "../modules/staff.js";
import { labelOf } from "../modules/words.js";

/** @typedef {{id: string, version: number, title: string, category: string, purpose: string, filled_by: string, draft_saved_at: string | null}} ListedForm */

const staff = isStaff();
const wanted = new URLSearchParams(location.search).get("view") ?? "";
// Our team signs nothing for itself: what a client signed is at the client.
const view = ["check", ...(staff ? [] : ["signed"])].includes(wanted) ? wanted : "library";
const list = find("#forms");
/** @type {HTMLFormElement} */
const form = find("#search");
/** @type {HTMLInputElement} */
const search = find("#search-text");
/** @type {HTMLSelectElement} */
const category = find("#category-filter");
append(category, ...formCategories.map(({ value, label }) => el("option", { value }, label)));

if (staff) find('#views a[href="/forms?view=signed"]').closest("li")?.remove();
const here = find(`#views a[href="${view === "library" ? "/forms" : `/forms?view=${view}`}"]`);
here.setAttribute("aria-current", "page");
setTitle(view === "library" ? "Forms" : `${here.textContent} · Forms`);
find(`[data-view="${view}"]`).hidden = false;

/** Counts up, so that a slow answer to an earlier question does not replace a later one. */
let turn = 0;

async function showLibrary() {
  const mine = ++turn;
  const asked = new URLSearchParams(location.search);
  search.value = asked.get("search") ?? "";
  category.value = asked.get("category") ?? "";
  if (category.selectedIndex < 0) category.value = "";
  list.setAttribute("aria-busy", "true");
  /** @type {{forms: ListedForm[]}} */
  let answer;
  try {
    answer = await callApi("forms/library", { query: { search: search.value.trim(), category: category.value } });
  } finally {
    if (mine === turn) list.removeAttribute("aria-busy");
  }
  if (mine !== turn) return;
  find("#list-failure").hidden = true;
  const filtered = search.value.trim() !== "" || category.value !== "";
  const { forms } = answer;
  list.replaceChildren(...forms.map(row));
  list.hidden = forms.length === 0;
  find("#empty").hidden = forms.length > 0;
  find("#shown").textContent = forms.length === 0 ? "" : `${plural(forms.length, "form")}${filtered ? " found" : ""}`;
  const begun = filtered ? [] : forms.filter(({ draft_saved_at }) => draft_saved_at !== null);
  find("#begun").hidden = begun.length === 0;
  find("#begun-list").replaceChildren(...begun.map(begunRow));
}

/** @param {ListedForm} form */
function row({ id, title, category: kind, purpose, filled_by, draft_saved_at }) {
  const problem = el("p", { class: "field-error", role: "alert" });
  return el(
    "li",
    { class: "document-row" },
    el(
      "div",
      { class: "row" },
      el(
        "div",
        {},
        el("p", { class: "row-title" }, el("a", { href: `/form?id=${id}` }, title)),
        el("p", {}, purpose),
        el("p", { class: "meta" }, `${labelOf(formCategories, kind)} · Filled in by: ${filled_by}`),
      ),
      draft_saved_at !== null && el("span", { class: "tag" }, "Begun"),
      el("p", { class: "row-actions" }, rowButton("Blank PDF", title, problem, (pressed) => void whileBusy(pressed, "Preparing…", problem, () => downloadBlank({ id, title })))),
    ),
    problem,
  );
}

/** @param {ListedForm} form */
function begunRow({ id, title, draft_saved_at }) {
  const problem = el("p", { class: "field-error", role: "alert" });
  const remove = rowButton("Remove", title, problem, (pressed) =>
    void (async () => {
      const sure = await ask({ title: `Remove your answers to “${title}”?`, body: ["What you have answered so far is gone then. Forms that you signed stay."], confirm: "Remove", danger: true });
      if (!sure) return;
      await whileBusy(pressed, "Removing…", problem, async () => {
        await callApi("forms/draft", { method: "POST", body: { form: id, remove: true } });
        await showLibrary();
        toast("Your answers are removed.");
        (find("#begun").hidden ? search : find("#begun-title")).focus();
      });
    })(),
  );
  return el(
    "li",
    { class: "document-row" },
    el(
      "div",
      { class: "row" },
      el("div", {}, el("p", { class: "row-title" }, title), el("p", { class: "meta" }, "Saved ", draft_saved_at && el("time", { datetime: draft_saved_at }, moment(draft_saved_at)))),
      el("p", { class: "row-actions" }, el("a", { class: "button button-small", href: `/form?id=${id}&step=next` }, "Go on", el("span", { class: "visually-hidden" }, ` with ${title}`)), remove),
    ),
    problem,
  );
}

async function again() {
  try {
    await showLibrary();
    announce(list.hidden ? "No form fits." : `${plural(list.children.length, "form")} shown.`);
  } catch (error) {
    if (!isRefused(error)) showFailure(find("#list-failure"), error, again);
  }
}

function narrow() {
  const url = new URL(location.href);
  for (const [name, value] of [["search", search.value.trim()], ["category", category.value]]) {
    if (value) url.searchParams.set(String(name), value);
    else url.searchParams.delete(String(name));
  }
  history.pushState(null, "", url);
  void again();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  narrow();
});
category.addEventListener("change", narrow);
addEventListener("popstate", () => view === "library" && void again());
// A form that was begun or signed meanwhile is not to stand here as it was.
addEventListener("pageshow", (event) => event.persisted && location.reload());

async function showSigned() {
  const empty = () =>
    el(
      "div",
      { class: "empty-state" },
      icon("file-text"),
      el("h3", {}, "You have signed no form yet"),
      el("p", { class: "hint" }, "What you sign stands here, with its PDF and what was kept with the signature."),
      el("p", { class: "actions" }, el("a", { class: "button", href: "/forms" }, "See all forms")),
    );
  find("#signed-list").replaceChildren(await signedForms({ client: null, empty }));
}

/** @type {HTMLInputElement} */
const file = find("#check-file");
file.addEventListener("change", async () => {
  const [chosen] = file.files ?? [];
  if (!chosen) return;
  const checked = find("#checked");
  const mine = ++turn;
  checked.replaceChildren(el("p", { class: "meta" }, "Looking at the file…"));
  /** @type {HTMLElement} */
  let result;
  try {
    const digest = await sha256(chosen).catch(() => null);
    if (digest === null) {
      result = el("p", { class: "notice notice-bad" }, "This file can’t be read here. Choose it again, or try another browser.");
    } else {
      const { signed_forms } = await callApi("forms/signed", { query: { sha256: digest, limit: 1 } });
      result = verdict(digest, signed_forms[0], chosen.name);
    }
  } catch (error) {
    if (isRefused(error)) return;
    result = el("p", { class: "notice notice-bad" }, `${explain(error)} Choose the file again.`);
  }
  // So that the same file can be chosen again.
  file.value = "";
  if (mine === turn) checked.replaceChildren(result);
});

async function load() {
  find("#failure").hidden = true;
  try {
    if (!staff) await requireSession();
    if (view === "library") await showLibrary();
    if (view === "signed") await showSigned();
    find("#content").hidden = false;
  } catch (error) {
    if (!staff || !isRefused(error)) showFailure(find("#failure"), error, load);
  }
  find("#loading").hidden = true;
}

await (staff ? forStaff(load) : load());
