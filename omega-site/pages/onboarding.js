// @ts-check
// Six steps. The server says what is done and what is missing; this page shows it, one step at a time, and saves each.
import "../modules/nav.js";
import { callApi } from "../modules/api.js";
import { createAutosave } from "../modules/autosave.js";
import { el, find, setTitle } from "../modules/dom.js";
import { changedElsewhere, Unreachable } from "../modules/errors.js";
import { showFailure } from "../modules/failure.js";
import { clearErrors, enhanceForm } from "../modules/form.js";
import { time } from "../modules/format.js";
import { prepareForms, readForm } from "../modules/onboarding-forms.js";
import { answerList, missingList, overview, stepOfField } from "../modules/onboarding-summary.js";
import { requireSession } from "../modules/session.js";
import { createUploader, requiredList } from "../components/upload/upload.js";

/** @typedef {import("../modules/onboarding-forms.js").Profile} Profile */
/** @typedef {{id: string, title: string, required: boolean, completed: boolean, skippable: boolean, requirements: string[]}} Step */
/** @typedef {{profile: Profile, onboarding: {status: Profile["onboarding_status"], completed_steps: number, total_steps: number, steps: Step[]}}} State */

const formSteps = ["account", "business", "services", "timeline"];

/** @type {State} */
let state;
/** @type {import("../components/upload/upload.js").Required[]} */
let required = [];
/** @type {Record<string, ReturnType<typeof createAutosave>>} */
const savers = {};

async function load() {
  find("#failure").hidden = true;
  try {
    const { user } = await requireSession();
    const [progress, documents] = await Promise.all([callApi("onboarding/profile"), callApi("onboarding/documents", { query: { limit: 1 } })]);
    state = progress;
    required = documents.required;
    for (const id of formSteps) savers[id] ??= saverOf(id, user.id);
    find("#loading").hidden = true;
    show();
  } catch (error) {
    find("#loading").hidden = true;
    showFailure(find("#failure"), error, load);
    if (error instanceof Unreachable) addEventListener("online", () => !find("#failure").hidden && void load(), { once: true });
  }
}

/**
 * @param {string} id of the step
 * @param {string} user
 */
function saverOf(id, user) {
  /** @type {HTMLFormElement} */
  const form = find(`#${id}`);
  return createAutosave({
    form,
    key: `${user}:${id}`,
    status: find(".save-state", form),
    state: () => state,
    take,
    locked() {
      find("#saved").textContent = "Your onboarding was submitted in another window, so this could not be changed any more.";
      void load();
    },
  });
}

/**
 * What the server says now, whichever form it answered.
 * @param {State} answer
 */
function take(answer) {
  const before = state.profile.entity_type;
  state = answer;
  for (const saver of Object.values(savers)) saver.follow(state.profile);
  const step = state.onboarding.steps.findIndex(({ id }) => id === currentView());
  if (step >= 0) showPosition(step);
  // What is required follows from the kind of business.
  if (before !== state.profile.entity_type) refreshRequired().catch(() => {});
}

async function refreshRequired() {
  required = (await callApi("onboarding/documents", { query: { limit: 1 } })).required;
  if (currentView() === "review") showReview();
}

const query = () => new URLSearchParams(location.search);
const submitted = () => state.profile.onboarding_status !== "pending" && state.profile.onboarding_status !== "in_progress";

/** The step the address names, or the overview, which after submitting also shows the answers that are locked. */
function currentView() {
  const step = query().get("step") ?? "";
  if (submitted() && ["business", "review"].includes(step)) return "overview";
  return state.onboarding.steps.some(({ id }) => id === step) ? step : "overview";
}

function show() {
  const view = currentView();
  for (const section of document.querySelectorAll("[data-view]")) /** @type {HTMLElement} */ (section).hidden = section.getAttribute("data-view") !== view;
  const index = state.onboarding.steps.findIndex(({ id }) => id === view);
  const step = state.onboarding.steps[index];

  showPosition(index);
  if (step) {
    title(step.title);
    if (formSteps.includes(view)) showForm(view);
    else if (view === "documents") showDocuments();
    else showReview();
  } else {
    const content = overview(state);
    title(content.title);
    find("#overview").replaceChildren(...content.elements);
  }
}

/** @param {string} words */
function title(words) {
  find("#title").textContent = words;
  setTitle(words);
}

/** @param {number} index of the step shown, -1 on the overview */
function showPosition(index) {
  const { steps } = state.onboarding;
  const inStep = index >= 0;
  find("#back").hidden = !inStep || !submitted();
  find("#steps").hidden = find("#step-position").hidden = !inStep || submitted();
  if (!inStep || submitted()) return;
  find("#step-count").textContent = `Step ${index + 1} of ${steps.length}`;
  find("#step-bar").replaceChildren(...steps.map(({ completed }, place) => el("span", { class: place === index ? "here" : completed ? "done" : null })));
  find("#steps").replaceChildren(
    el(
      "ol",
      {},
      ...steps.map(({ id, title, completed }, place) =>
        el("li", {}, el("a", { href: `/onboarding?step=${id}`, "aria-current": place === index && "step" }, title, el("span", { class: "meta" }, completed ? "Done" : "To do"))),
      ),
    ),
    el("p", {}, el("a", { href: "/onboarding" }, "All steps")),
  );
}

/** @param {string} id */
function showForm(id) {
  /** @type {HTMLFormElement} */
  const form = find(`#${id}`);
  clearErrors(form);
  savers[id]?.open();
  find("#email-address").textContent = state.profile.email;
}

for (const id of formSteps) {
  /** @type {HTMLFormElement} */
  const form = find(`#${id}`);
  prepareForms(form);
  enhanceForm(form, {
    check(submitter) {
      // Who comes back later may leave a question open; an answer that can't be right is told in any case.
      return readForm(form).errors.filter(({ open }) => !open || !isLater(submitter));
    },
    async send(submitter) {
      // Where an answer was changed elsewhere too, it waits for the choice between both.
      if (!(await savers[id]?.finish())) return;
      const saved = `Saved ${time()}`;
      if (isLater(submitter)) go("/onboarding", `${saved}. You can close this page and go on whenever you like.`);
      else if (query().get("from") === "review") go("/onboarding?step=review", saved);
      else go(submitted() ? "/onboarding" : `/onboarding?step=${stepAfter(id)}`, saved);
    },
  });
}

/** @param {HTMLElement | null} submitter */
const isLater = (submitter) => submitter instanceof HTMLButtonElement && submitter.value === "later";

/** @param {string} id */
function stepAfter(id) {
  const { steps } = state.onboarding;
  return steps[steps.findIndex((step) => step.id === id) + 1]?.id ?? "review";
}

const refresh = () => void refreshDocuments().catch(() => {});
const uploader = createUploader({ received: refresh, changed: refresh, removed: refresh });
find("#upload").append(uploader.element);

async function refreshDocuments() {
  const [progress, documents] = await Promise.all([callApi("onboarding/profile"), callApi("onboarding/documents", { query: { limit: 1 } })]);
  state = progress;
  required = documents.required;
  if (currentView() !== "documents") return;
  showPosition(state.onboarding.steps.findIndex(({ id }) => id === "documents"));
  showDocuments();
}

function showDocuments() {
  find("#required").replaceChildren(requiredList(required, uploader.choose));
}

function showReview() {
  /** @type {HTMLFormElement} */
  const form = find("#submit-onboarding");
  clearErrors(form);
  find("#missing").replaceChildren(...missingList(state, required));
  find("#answers").replaceChildren(...answerList(state, required, (id) => `/onboarding?step=${id}&from=review`));
}

enhanceForm(find("#submit-onboarding"), {
  busy: "Submitting…",
  async send() {
    for (const id of formSteps) if (!(await savers[id]?.finish())) return go(`/onboarding?step=${id}&from=review`);
    await callApi("onboarding/submit-profile", { method: "POST", body: { complete: true, updated_at: state.profile.updated_at } });
    location.assign("/receipt?submitted");
    // The button stays busy until the next page is there.
    await new Promise(() => {});
  },
  explain({ status, type, errors, current }) {
    if (type === changedElsewhere) {
      take(current);
      showReview();
      return [{ message: "Your answers were changed in another window or on another device. Check them once more, then submit." }];
    }
    if (status !== 409 || errors.length === 0) return null;
    return errors.map(({ field, detail }) => ({ message: detail, links: [{ href: `/onboarding?step=${stepOfField(state, field)}&from=review`, text: "Answer this" }] }));
  },
});

/**
 * To another state of this page: an address of its own, so that back, reload and bookmarks work.
 * @param {string} href
 * @param {string} [saved]
 */
function go(href, saved = "") {
  history.pushState(null, "", href);
  arrive(saved);
}

/** @param {string} saved */
function arrive(saved) {
  find("#saved").textContent = saved;
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
  if (Object.values(savers).some((saver) => saver.unsaved())) event.preventDefault();
});

addEventListener("popstate", () => state && arrive(""));

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || !state || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || url.pathname !== "/onboarding" || url.hash !== "") return;
  event.preventDefault();
  go(url.pathname + url.search);
});

void load();
