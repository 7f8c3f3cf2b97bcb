// @ts-check
// What was submitted and when, to read, print or keep.
import "../modules/nav.js";
import { callApi } from "../modules/api.js";
import { el, find, icon, setTitle } from "../modules/dom.js";
import { Unreachable } from "../modules/errors.js";
import { showFailure } from "../modules/failure.js";
import { moment } from "../modules/format.js";
import { answerList } from "../modules/onboarding-summary.js";
import { requireSession } from "../modules/session.js";
import { categories, labelOf } from "../modules/words.js";

/** @typedef {import("./onboarding.js").State} State */
/** @typedef {import("../components/upload/upload.js").StoredDocument} StoredDocument */

async function load() {
  find("#failure").hidden = true;
  try {
    await requireSession();
    const [state, documents] = await Promise.all([callApi("onboarding/profile"), allDocuments()]);
    find("#receipt").replaceChildren(...(state.profile.receipt_number ? receipt(state, documents) : nothingYet()));
    find("#loading").hidden = true;
    find("#receipt").hidden = false;
    // The receipt is one to come back to: the address it is kept under says nothing of how one came here.
    history.replaceState(null, "", "/receipt");
  } catch (error) {
    find("#loading").hidden = true;
    showFailure(find("#failure"), error, load);
    if (error instanceof Unreachable) addEventListener("online", () => !find("#failure").hidden && void load(), { once: true });
  }
}

/** @returns {Promise<StoredDocument[]>} */
async function allDocuments() {
  /** @type {StoredDocument[]} */
  const all = [];
  let cursor = null;
  do {
    const page = await callApi("onboarding/documents", { query: { limit: 100, cursor } });
    all.push(...page.documents);
    cursor = page.next_cursor;
  } while (cursor);
  return all;
}

/**
 * @param {State} state
 * @param {StoredDocument[]} documents
 */
function receipt(state, documents) {
  const { profile } = state;
  const justNow = new URLSearchParams(location.search).has("submitted");
  const words = justNow ? "Thank you. We have your onboarding" : "Your receipt";
  find("#title").textContent = words;
  setTitle(words);
  return [
    el(
      "div",
      { class: "stack" },
      justNow && el("p", { class: "notice notice-good" }, "This is your receipt. We have sent it to ", el("strong", {}, profile.email), " too."),
      el(
        "dl",
        { class: "summary" },
        line("Reference number", el("strong", {}, profile.receipt_number)),
        line("Submitted", profile.submitted_at && el("time", { datetime: profile.submitted_at }, moment(profile.submitted_at))),
        line("Status", statusWords[profile.onboarding_status]),
      ),
      el(
        "p",
        { class: "actions" },
        el("button", { type: "button", class: "button", onclick: () => print() }, icon("printer"), "Print or save as PDF"),
        el("a", { href: "/home" }, "Go to your home page"),
      ),
    ),
    section("What happens next", el("ol", { class: "rows numbered" }, ...steps.map(([title, detail]) => el("li", {}, el("div", {}, el("h3", {}, title), el("p", {}, detail)))))),
    section("What you told us", el("div", { class: "stack-loose" }, ...answerList(state, null, null, "h3"))),
    section(
      "Documents we have",
      documents.length === 0
        ? el("p", { class: "hint" }, "None.")
        : el(
            "ul",
            { class: "rows" },
            ...documents.map(({ document_name, document_category, uploaded_at }) =>
              el("li", {}, el("p", { class: "row-title" }, document_name), el("p", { class: "meta" }, `${labelOf(categories, document_category)} · received ${moment(uploaded_at)}`)),
            ),
          ),
    ),
  ];
}

const statusWords = { pending: "Open again", in_progress: "Open again", "in-review": "In review", active: "Active", archived: "Closed" };

/** @type {[string, string][]} */
const steps = [
  ["We read your answers and documents", "Our team checks that everything fits together."],
  ["If something is missing or unclear, we write to you", "You see it on your home page. We may open your answers again so that you can change them."],
  ["Your account becomes active", "You see it on your home page. We can’t promise a day. If a date presses, write to us and name it."],
];

/**
 * @param {string} title
 * @param {HTMLElement} content
 */
const section = (title, content) => el("section", { class: "section stack" }, el("h2", {}, title), content);

/**
 * @param {string} term
 * @param {import("../modules/dom.js").Child} value
 */
const line = (term, value) => el("div", {}, el("dt", {}, term), el("dd", {}, value));

function nothingYet() {
  return [
    el(
      "div",
      { class: "empty-state" },
      icon("file-text"),
      el("h2", {}, "There is no receipt yet"),
      el("p", { class: "hint" }, "You get one as soon as you submit your onboarding."),
      el("p", { class: "actions" }, el("a", { class: "button", href: "/onboarding" }, "Go to your onboarding")),
    ),
  ];
}

void load();
