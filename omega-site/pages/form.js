// @ts-check
// One form: what it is for, its questions a screen at a time, what was answered to be checked and signed, and the receipt of a
// signature. The form, its questions and its rules come from the API; the answers save themselves.
import "../modules/nav.js";
import { ask } from "../components/dialog/dialog.js";
import { formField } from "../components/form-field/form-field.js";
import { downloadSigned, evidence, evidenceAddress } from "../components/signed-form/signed-form.js";
import { table } from "../components/table/table.js";
import { callApi } from "../modules/api.js";
import { el, find, icon, setTitle } from "../modules/dom.js";
import { Problem, Unreachable } from "../modules/errors.js";
import { showFailure } from "../modules/failure.js";
import { answerWords, filledRows, isAsked, isSecret, pagesOf, placeOf, refusalWords, rowsOf, textOf as answerOf, totalWords } from "../modules/form-definition.js";
import { createFormDraft } from "../modules/form-draft.js";
import { downloadBlank } from "../modules/form-file.js";
import { formCategories } from "../modules/form-words.js";
import { clearErrors, enhanceForm, FormErrors, textOf, whileBusy } from "../modules/form.js";
import { isStaff, requireSession } from "../modules/session.js";
import { forStaff, isRefused } from "../modules/staff.js";
import { labelOf } from "../modules/words.js";

/** @typedef {import("../modules/form-definition.js").Form} Form */
/** @typedef {import("../modules/form-definition.js").Field} Field */
/** @typedef {import("../modules/form-definition.js").Section} Section */
/** @typedef {import("../modules/form-definition.js").Refusal} Refusal */
/** @typedef {import("../modules/form-draft.js").OpenForm} OpenForm */
/** @typedef {import("../components/signed-form/signed-form.js").SignedForm} SignedForm */

const staff = isStaff();
const query = () => new URLSearchParams(location.search);
/** @type {OpenForm} */
let open;
/** @type {ReturnType<typeof createFormDraft>} */
let draft;
/** @type {ReturnType<typeof pagesOf>} */
let pages = [];
/** One for as long as the same is signed, so that a press after a lost line signs once. */
let signature = crypto.randomUUID();

/** @type {HTMLFormElement} */
const answers = find("#answers");
/** @type {HTMLFormElement} */
const sign = find("#sign");
const save = find("#save");

async function load() {
  find("#failure").hidden = true;
  try {
    const { user } = await requireSession();
    const signed = query().get("signed");
    if (signed !== null) await showSigned(signed);
    else if (query().get("id")) await openForm(user.id);
    else nothing("No form is chosen", "Choose one in the library.");
  } catch (error) {
    if (isRefused(error)) return;
    if (error instanceof Problem && (error.status === 404 || error.status === 400)) nothing("There is no such form", "It may have been replaced. Look for it in the library.");
    else {
      showFailure(find("#failure"), error, load);
      if (error instanceof Unreachable) addEventListener("online", () => !find("#failure").hidden && void load(), { once: true });
    }
  } finally {
    find("#loading").hidden = true;
  }
}

/** @param {string} title @param {string} hint */
function nothing(title, hint) {
  find("#nothing-title").textContent = title;
  find("#nothing-hint").textContent = hint;
  find("#nothing").hidden = false;
}

/** @param {string} user */
async function openForm(user) {
  open = await callApi("forms/draft", { query: { form: query().get("id") } });
  pages = pagesOf(open.form);
  draft = createFormDraft({ open, user, status: find("#save-state"), redraw: redrawFields });
  find("#consent-text").textContent = open.consent.text;
  find("#content").hidden = false;
  // Where a link does not know how far one is.
  if (query().get("step") === "next") history.replaceState(null, "", address(nextStep()));
  show();
}

/** The first screen on which something is left to do. */
function nextStep() {
  const first = pages.findIndex(({ sections }) => remainingOf(sections).length > 0);
  return !draft.isBegun() ? "1" : first < 0 ? "review" : String(first + 1);
}

/** Which screen the address names: the number of a group of questions, from 1, `review`, or none for what the form is. */
function currentStep() {
  const step = query().get("step") ?? "";
  if (staff) return "";
  if (step === "review") return step;
  return /^[1-9]\d?$/.test(step) && Number(step) <= pages.length ? step : "";
}

/** @param {string} step */
const address = (step) => `/form?id=${encodeURIComponent(open.form.id)}${step === "" ? "" : `&step=${step}`}`;

function show() {
  const step = currentStep();
  const page = pages[Number(step) - 1];
  view(step === "" ? "about" : step === "review" ? "review" : "answers");
  showPosition(step);
  clearErrors(answers);
  clearErrors(sign);
  if (page) {
    title(page.title);
    showPage(page.sections);
  } else if (step === "review") {
    title("Check and sign");
    showReview();
  } else {
    title(open.form.title);
    showAbout();
  }
}

/** @param {string} name */
function view(name) {
  for (const section of document.querySelectorAll("[data-view]")) /** @type {HTMLElement} */ (section).hidden = section.getAttribute("data-view") !== name;
}

/** @param {string} words */
function title(words) {
  find("#title").textContent = words;
  setTitle(words === open.form.title ? words : `${words} · ${open.form.title}`);
}

/** @param {Section[]} sections */
const placesOf = (sections) => sections.flatMap(({ fields }) => fields.map(({ name }) => name));

/**
 * What of these sections still keeps one from signing: as the server says, and numbers that only this page has.
 * @param {Section[]} sections
 * @returns {Refusal[]}
 */
function remainingOf(sections) {
  const names = placesOf(sections);
  return [
    ...draft.remaining().filter((refusal) => names.includes(placeOf(refusal).split(".")[0] ?? "")),
    ...sections
      .flatMap(({ fields }) => fields)
      .filter((field) => isSecret(field) && field.required && isAsked(open.form, field, draft.answers) && answerOf(draft.answers[field.name]) === "" && !(field.kind === "ein" && open.ein !== null))
      .map(({ name }) => ({ field: `answers.${name}`, detail: "Enter an answer." })),
  ];
}

/** @param {string} step */
function showPosition(step) {
  const inStep = step !== "";
  find("#steps").hidden = find("#step-position").hidden = !inStep;
  find("#back").hidden = inStep;
  if (!inStep) return;
  const here = step === "review" ? pages.length : Number(step) - 1;
  const done = pages.map(({ sections }) => draft.isBegun() && remainingOf(sections).length === 0);
  find("#step-count").textContent = `${open.form.title} · Step ${here + 1} of ${pages.length + 1}`;
  find("#all-steps").setAttribute("href", address(""));
  find("#step-bar").replaceChildren(...[...done, false].map((done, at) => el("span", { class: at === here ? "here" : done ? "done" : null })));
  const steps = [...pages.map(({ title }, at) => ({ title, step: String(at + 1), words: done[at] ? "Done" : "To do" })), { title: "Check and sign", step: "review", words: "To do" }];
  find("#steps").replaceChildren(
    el("ol", {}, ...steps.map(({ title, step, words }, at) => el("li", {}, el("a", { href: address(step), "aria-current": at === here && "step" }, title, el("span", { class: "meta" }, words))))),
    el("p", {}, el("a", { href: address("") }, "About this form")),
  );
}

function showAbout() {
  const { form } = open;
  const problem = el("p", { class: "field-error", role: "alert" });
  const blank = el("button", { type: "button", class: "button button-quiet" }, icon("download"), "Blank PDF");
  blank.addEventListener("click", () => {
    problem.textContent = "";
    if (!blank.getAttribute("aria-disabled")) void whileBusy(blank, "Preparing…", problem, () => downloadBlank(form));
  });
  const begun = draft.isBegun();
  find("#about").replaceChildren(
    el("div", { class: "stack" }, el("p", { class: "lead narrow" }, form.purpose), el("p", { class: "meta" }, `${labelOf(formCategories, form.category)} · Filled in by: ${form.filled_by} · Version ${form.version}`)),
    el(
      "div",
      { class: "stack" },
      el("p", { class: "actions" }, !staff && el("a", { class: "button", href: address(nextStep()) }, begun ? "Go on where you stopped" : "Fill it in"), " ", blank, " ", !staff && begun && removeButton(problem)),
      problem,
      staff
        ? el("p", { class: "hint" }, "Clients fill in and sign forms in their own account. What one signed is at the client.")
        : el("p", { class: "hint" }, "Your answers save themselves. You can stop at any time, and sign when all is answered."),
    ),
    ...(staff
      ? sectionsAsText(form, null)
      : [el("section", { class: "stack" }, el("h2", {}, "What it asks"), el("ol", { class: "rows numbered narrow" }, ...pages.map(({ title, sections }) => el("li", {}, el("div", {}, el("h3", {}, title), el("p", { class: "meta" }, askedWords(sections)))))))]),
  );
}

/** @param {Section[]} sections */
function askedWords(sections) {
  const labels = sections.flatMap(({ fields }) => fields).filter(({ only_if }) => only_if === null).map(({ label }) => label.replace(/[?.]$/, ""));
  return labels.slice(0, 4).join(", ") + (labels.length > 4 ? " and more" : "");
}

/** @param {HTMLElement} problem */
function removeButton(problem) {
  const remove = el("button", { type: "button", class: "link-button" }, "Remove my answers");
  remove.addEventListener("click", async () => {
    if (remove.getAttribute("aria-disabled")) return;
    const sure = await ask({ title: "Remove your answers?", body: ["What you have answered so far is gone then. Forms that you signed stay."], confirm: "Remove", danger: true });
    if (!sure) return;
    await whileBusy(remove, "Removing…", problem, async () => {
      await callApi("forms/draft", { method: "POST", body: { form: open.form.id, remove: true } });
      draft.end();
      location.assign("/forms");
    });
  });
  return remove;
}

// --- The questions

/** @type {Section[]} */
let shown = [];

/** @param {Section[]} sections */
function showPage(sections) {
  shown = sections;
  const asking = sections.findIndex(({ fields }) => fields.length > 0);
  find("#section-text").replaceChildren(...sections.slice(0, asking + 1).flatMap(({ title, text }, at) => [...(at < asking ? [el("h2", {}, title)] : []), ...text.map((paragraph) => el("p", {}, paragraph))]));
  find("#fields").replaceChildren(...(sections[asking]?.fields ?? []).map(drawField), ...sections.slice(asking + 1).map(sectionText));
  find("p.actions", answers).before(save);
  showAsked();
}

/** @param {Section} section */
const sectionText = ({ title, text }) => el("section", { class: "stack form-text" }, el("h2", {}, title), ...text.map((paragraph) => el("p", {}, paragraph)));

/** @param {Field} field */
function drawField(field) {
  return formField(field, {
    value: draft.answers[field.name],
    ein: open.ein,
    typed(value) {
      draft.set(field.name, value);
      signature = crypto.randomUUID();
      showAsked();
    },
  });
}

/** Shows the questions that are asked as things are answered, and hides the others. */
function showAsked() {
  for (const field of shown.flatMap(({ fields }) => fields)) {
    const drawn = find(`[data-field="${field.name}"]`, answers);
    drawn.hidden = !isAsked(open.form, field, draft.answers);
  }
}

/** @param {string[]} names */
function redrawFields(names) {
  if (currentStep() === "review") return showReview();
  if (answers.hidden) return;
  for (const field of shown.flatMap(({ fields }) => fields)) {
    if (names.includes(field.name)) find(`[data-field="${field.name}"]`, answers).replaceWith(drawField(field));
  }
  showAsked();
}

answers.addEventListener("change", () => draft.left());
answers.addEventListener("focusout", () => draft.left());

enhanceForm(answers, {
  async send(submitter) {
    if (!(await draft.finish())) return;
    if (submitter instanceof HTMLButtonElement && submitter.value === "later") return location.assign("/forms");
    const wrong = remainingOf(shown);
    if (wrong.length > 0) throw new FormErrors(wrong.map(atField));
    const next = query().has("from") ? "review" : String(Number(currentStep()) + 1);
    go(address(Number(next) > pages.length ? "review" : next));
  },
  explain: ({ errors }) => (errors.length > 0 ? errors.map(atField) : null),
});

/** @param {Refusal} refusal */
const atField = (refusal) => ({ field: placeOf(refusal), message: refusalWords(open.form, refusal) });

// --- Check and sign

function showReview() {
  const missing = pages.flatMap(({ title, sections }, at) => {
    const left = remainingOf(sections);
    return left.length === 0 ? [] : [{ title, step: at + 1, left }];
  });
  find("#missing").replaceChildren(
    ...(missing.length === 0
      ? []
      : [
          el(
            "div",
            { class: "notice notice-warn" },
            el("p", {}, el("strong", {}, "Before you can sign:")),
            el(
              "ul",
              { class: "stack" },
              ...missing.map(({ title, step, left }) => el("li", {}, el("a", { href: `${address(String(step))}&from=review` }, title), el("ul", {}, ...left.map((refusal) => el("li", {}, refusalWords(open.form, refusal)))))),
            ),
          ),
        ]),
  );
  find("#read").replaceChildren(...sectionsAsText(open.form, (section) => pages.findIndex(({ sections }) => sections.includes(section)) + 1));
  sign.before(save);
  sign.hidden = missing.length > 0;
}

/**
 * The form as it is printed: what it says, and what was answered; without answers, what it asks.
 * @param {Form} form
 * @param {((section: Section) => number) | null} stepOf where a section is changed
 */
function sectionsAsText(form, stepOf) {
  return form.sections.map((section) => {
    const { title, text, fields } = section;
    const asked = fields.filter((field) => stepOf === null || isAsked(form, field, draft.answers));
    return el(
      "section",
      { class: "stack form-text" },
      el(
        "div",
        { class: "section-head" },
        el("h2", {}, title),
        stepOf !== null && fields.length > 0 && el("a", { href: `${address(String(stepOf(section)))}&from=review` }, "Change", el("span", { class: "visually-hidden" }, `: ${title}`)),
      ),
      ...text.map((paragraph) => el("p", {}, paragraph)),
      asked.length > 0 && el("dl", { class: "summary" }, ...asked.filter(({ kind }) => kind !== "rows").map((field) => el("div", {}, el("dt", {}, field.label), el("dd", { class: "long-text" }, stepOf === null ? askedOf(field) : answered(field))))),
      ...asked.filter(({ kind }) => kind === "rows").map((field) => (stepOf === null ? el("p", { class: "meta" }, `${field.label}: ${(field.columns ?? []).map(({ label }) => label).join(", ")}`) : answeredRows(field))),
    );
  });
}

/** What a question wants, for those who only read it. @param {Field} field */
function askedOf({ kind, options, required, only_if, hint }) {
  const words = options ? options.map(({ label }) => label).join(" / ") : kind === "yes-no" ? "Yes / No" : (hint ?? "");
  return el("span", { class: "meta" }, [words, required ? "" : "optional", only_if ? "asked where it fits" : ""].filter((part) => part !== "").join(" · ") || "–");
}

/** @param {Field} field */
function answered(field) {
  const words = answerWords(field, draft.answers[field.name]);
  if (words !== "") return words;
  if (field.kind === "ein" && open.ein !== null) return open.ein;
  return field.required ? el("span", { class: "tag tag-warn" }, "Not answered") : el("span", { class: "meta" }, "Left empty");
}

/** @param {Field} field */
function answeredRows(field) {
  const rows = filledRows(rowsOf(draft.answers[field.name]));
  if (rows.length === 0) return el("p", {}, `${field.label}: `, el("span", { class: field.required ? "tag tag-warn" : "meta" }, field.required ? "No row yet" : "Left empty"));
  const columns = field.columns ?? [];
  return el(
    "div",
    {},
    table({
      caption: field.label,
      columns: columns.map(({ label, kind }) => (kind === "money" || kind === "whole" ? { label, number: true } : { label })),
      rows: rows.map((row) => columns.map((column) => answerWords(column, row[column.name]) || "–")),
    }),
    el("p", { class: "meta number" }, totalWords(field, rows).join(" · ")),
  );
}

sign.addEventListener("input", () => (signature = crypto.randomUUID()));

enhanceForm(sign, {
  busy: "Signing…",
  check: () => [
    ...(new FormData(sign).has("consent") ? [] : [{ field: "consent", message: "Tick the box: without your agreement the form can’t be signed." }]),
    ...(textOf(sign, "typed_name") === "" ? [{ field: "typed_name", message: "Type your full name." }] : []),
  ],
  async send() {
    if (!(await draft.finish())) return;
    const { form } = open;
    /** @type {SignedForm} */
    const signed = await callApi("forms/document", {
      method: "POST",
      body: { id: signature, form: form.id, form_version: form.version, answers: draft.answers, typed_name: textOf(sign, "typed_name"), consent: true },
      timeout: 40_000,
    });
    draft.end();
    history.replaceState(null, "", evidenceAddress(signed));
    showReceipt(signed, true);
    scrollTo(0, 0);
    find("#title").focus({ preventScroll: true });
  },
  explain: ({ errors }) =>
    errors.length > 0
      ? errors.map((refusal) => {
          if (!refusal.field.startsWith("answers.")) return { field: refusal.field, message: refusal.detail };
          const name = placeOf(refusal).split(".")[0] ?? "";
          const step = pages.findIndex(({ sections }) => placesOf(sections).includes(name)) + 1;
          return { message: refusalWords(open.form, refusal), links: [{ href: `${address(String(step))}&from=review`, text: "Answer this" }] };
        })
      : null,
});

// --- The receipt

/** @param {string} sha256 of the file */
async function showSigned(sha256) {
  const { signed_forms } = await callApi("forms/signed", { query: { sha256, limit: 1 } });
  if (signed_forms.length === 0) return nothing("There is no such signature", "The link may be incomplete, or it is of another account.");
  find("#content").hidden = false;
  showReceipt(signed_forms[0], false);
}

/**
 * @param {SignedForm} signed
 * @param {boolean} justNow
 */
function showReceipt(signed, justNow) {
  const problem = el("p", { class: "field-error", role: "alert" });
  const download = el("button", { type: "button", class: "button" }, icon("download"), "Download the PDF");
  download.addEventListener("click", () => {
    problem.textContent = "";
    if (!download.getAttribute("aria-disabled")) void whileBusy(download, "Preparing…", problem, () => downloadSigned(signed));
  });
  const words = justNow ? `Signed: ${signed.form_title}` : signed.form_title;
  find("#title").textContent = words;
  setTitle(`${signed.form_title} · Signed form`);
  find("#steps").hidden = find("#step-position").hidden = true;
  find("#back").hidden = false;
  const link = find("#back a");
  if (!staff) {
    link.setAttribute("href", "/forms?view=signed");
    link.textContent = "Signed forms";
  } else {
    link.setAttribute("href", `/client?id=${encodeURIComponent(signed.client_id)}`);
    link.textContent = "The client who signed";
  }
  view("receipt");
  find("#receipt").replaceChildren(
    ...[
      justNow && el("p", { class: "notice notice-good" }, "Thank you. The form is signed, and our team has it. It is one of your documents now, too."),
      signed.document_id === null
        ? el("p", { class: "notice" }, staff ? "The client has taken the document back. What was kept with the signature stays." : "You have taken the document back, so there is no file to download. What was kept with the signature stays.")
        : el("div", { class: "stack" }, el("p", { class: "actions" }, download, " ", el("a", { href: "/forms?view=check" }, "Check a copy of it")), problem),
      el(
        "section",
        { class: "section stack" },
        el("h2", {}, "What was kept with the signature"),
        el("p", {}, "This stands on the last page of the PDF as well. The SHA-256 of a file changes with every letter of it: a copy that has the same one is the form as it was signed."),
        evidence(signed),
      ),
    ].filter((part) => part instanceof HTMLElement),
  );
}

// --- Ways inside the page

/**
 * To another state of this page: an address of its own, so that back, reload and bookmarks work.
 * @param {string} href
 */
function go(href) {
  history.pushState(null, "", href);
  arrive();
}

function arrive() {
  show();
  scrollTo(0, 0);
  find("#title").focus({ preventScroll: true });
}

for (const change of ["online", "offline"]) addEventListener(change, showConnection);
showConnection();

function showConnection() {
  find("#offline").hidden = navigator.onLine;
}

addEventListener("beforeunload", (event) => {
  if (draft?.unsaved()) event.preventDefault();
});

addEventListener("popstate", () => {
  // Out of the receipt one comes back to a form whose answers are no draft any more.
  if (!draft || query().has("signed") || !find("#receipt").hidden) location.reload();
  else arrive();
});

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || !draft || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || url.pathname !== "/form" || url.hash !== "" || url.searchParams.get("id") !== open.form.id) return;
  event.preventDefault();
  // Numbers that are in no draft would not live through a page load.
  draft.left();
  go(url.pathname + url.search);
});

await (staff ? forStaff(load) : load());
