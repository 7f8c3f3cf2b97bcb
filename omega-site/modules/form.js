// @ts-check
// Forms that everybody can finish: an error summary that takes the focus and links to the fields, the same words at
// each field, "Error: " before the page's title, progress on the button, no second submit while the first is under way.
import { announce, el } from "./dom.js";
import { explain, Problem, Unreachable } from "./errors.js";

/**
 * @typedef {object} FormError
 * @property {string} message
 * @property {string} [field] name of the field it is about
 * @property {{href: string, text: string}[]} [links] where to go on, when it is not a field of this form
 */

/** Thrown by `send` to show errors that are not a problem from the API. */
export class FormErrors extends Error {
  /** @param {FormError[]} errors */
  constructor(errors) {
    super("The form has errors.");
    this.errors = errors;
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {object} behaviour
 * @param {(submitter: HTMLElement | null) => FormError[]} [behaviour.check] runs before anything is sent
 * @param {(submitter: HTMLElement | null) => Promise<void>} behaviour.send
 * @param {string} [behaviour.busy] words on the button meanwhile
 * @param {(problem: Problem) => FormError[] | null} [behaviour.explain] own words for some problems
 */
export function enhanceForm(form, { check = () => [], send, busy = "Saving…", explain: own = () => null }) {
  form.noValidate = true;
  let running = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (running) return;
    const submitter = event.submitter;
    clearErrors(form);
    const errors = check(submitter);
    if (errors.length > 0) return showErrors(form, errors);
    running = true;
    const rest = showBusy(submitter, busy);
    try {
      await send(submitter);
    } catch (error) {
      showErrors(form, errorsOf(form, error, own));
    } finally {
      rest();
      running = false;
    }
  });
  // Until here a press would have sent the form the browser's way, which no page of ours answers.
  for (const button of form.querySelectorAll("button")) button.disabled = false;
}

/**
 * Shows on a button that its work is under way. The button stays focusable, so the keyboard loses nothing.
 * @param {HTMLElement | null} button
 * @param {string} words
 * @returns {() => void} back to rest
 */
export function showBusy(button, words) {
  if (!button) return () => {};
  const parts = [...button.childNodes];
  button.setAttribute("aria-disabled", "true");
  button.setAttribute("aria-busy", "true");
  button.textContent = words;
  announce(words);
  return () => {
    button.removeAttribute("aria-disabled");
    button.removeAttribute("aria-busy");
    button.replaceChildren(...parts);
  };
}

/**
 * Runs the work of a button that is no form's; what goes wrong is told in `problem`.
 * @param {HTMLElement} pressed
 * @param {string} words
 * @param {HTMLElement} problem
 * @param {() => Promise<void>} work
 */
export async function whileBusy(pressed, words, problem, work) {
  const rest = showBusy(pressed, words);
  try {
    await work();
  } catch (error) {
    problem.textContent = explain(error);
    problem.hidden = false;
  } finally {
    rest();
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {unknown} error
 * @param {(problem: Problem) => FormError[] | null} own
 * @returns {FormError[]}
 */
function errorsOf(form, error, own) {
  if (error instanceof FormErrors) return error.errors;
  if (error instanceof Problem) {
    const words = own(error);
    if (words) return words;
    if (error.errors.length > 0) {
      return error.errors.map(({ field, detail }) => (form.elements.namedItem(field) ? { field, message: detail } : { message: detail }));
    }
  }
  return [{ message: explain(error, "What you entered is still here.") }];
}

/**
 * @param {HTMLFormElement} form
 * @param {FormError[]} errors
 */
function showErrors(form, errors) {
  const list = el("ul");
  for (const error of errors) {
    const input = error.field ? firstInput(form, error.field) : null;
    if (input) markField(input, error);
    list.append(
      el(
        "li",
        {},
        input ? el("a", { href: `#${input.id}`, onclick: (/** @type {Event} */ event) => jumpTo(event, input) }, error.message) : error.message,
        ...(error.links ?? []).flatMap(({ href, text }) => [" · ", el("a", { href }, text)]),
      ),
    );
  }
  const summary = el("div", { class: "error-summary", role: "alert", tabindex: "-1" }, el("h2", {}, "There is a problem"), list);
  form.prepend(summary);
  if (!document.title.startsWith("Error: ")) document.title = `Error: ${document.title}`;
  summary.focus();
}

/** @param {HTMLFormElement} form */
export function clearErrors(form) {
  document.title = document.title.replace(/^Error: /, "");
  for (const shown of form.querySelectorAll(".error-summary, .field-error")) shown.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    describe(field, null);
  }
}

/**
 * @param {HTMLElement} input
 * @param {FormError} error
 */
function markField(input, error) {
  const field = input.closest(".field");
  if (!field) return;
  const group = field.matches("fieldset");
  const id = `${error.field}-error`;
  field
    .querySelector(".input-row, .choices, :scope > input, :scope > select, :scope > textarea")
    ?.before(el("p", { class: "field-error", id }, el("span", { class: "visually-hidden" }, "Error: "), error.message));
  const described = group ? field : input;
  if (!group) input.setAttribute("aria-invalid", "true");
  else for (const choice of field.querySelectorAll("input")) choice.setAttribute("aria-invalid", "true");
  describe(described, id);
}

/**
 * Adds the error to what describes a field, or takes it out again.
 * @param {Element} element
 * @param {string | null} errorId
 */
function describe(element, errorId) {
  for (const target of [element, element.closest("fieldset.field")]) {
    if (!target) continue;
    const ids = (target.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && !id.endsWith("-error"));
    if (errorId && target === element) ids.push(errorId);
    if (ids.length > 0) target.setAttribute("aria-describedby", ids.join(" "));
    else target.removeAttribute("aria-describedby");
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @returns {HTMLElement | null}
 */
function firstInput(form, name) {
  const found = form.elements.namedItem(name);
  const input = found instanceof RadioNodeList ? found[0] : found;
  return input instanceof HTMLElement ? input : null;
}

/**
 * A plain jump to the input would leave its label above the edge of the screen.
 * @param {Event} event
 * @param {HTMLElement} input
 */
function jumpTo(event, input) {
  event.preventDefault();
  (input.closest(".field") ?? input).scrollIntoView({ block: "start" });
  input.focus({ preventScroll: true });
}

/**
 * The text of a field, trimmed.
 * @param {HTMLFormElement} form
 * @param {string} name
 */
export function textOf(form, name) {
  return String(new FormData(form).get(name) ?? "").trim();
}

/**
 * The button beside a password that shows what is typed.
 * @param {HTMLInputElement} input
 * @param {HTMLButtonElement} button
 */
export function passwordToggle(input, button) {
  button.addEventListener("click", () => {
    const show = input.type === "password";
    input.type = show ? "text" : "password";
    button.textContent = show ? "Hide" : "Show";
    button.setAttribute("aria-label", show ? "Hide password" : "Show password");
    announce(show ? "Your password is visible." : "Your password is hidden.");
  });
  // A password that was shown must not end up in the browser's memory of typed texts.
  input.form?.addEventListener("submit", () => {
    input.type = "password";
    button.textContent = "Show";
    button.setAttribute("aria-label", "Show password");
  });
}

/** What looks like an address; whether it is one, only a mail to it can tell. */
export const looksLikeEmail = (/** @type {string} */ text) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text);

/** Auth counts characters, so do we. */
const passwordLength = 12;

/**
 * What Auth says of a new password, in words.
 * @param {import("@supabase/supabase-js").AuthError} error
 * @returns {Error} for `send` to throw
 */
export function passwordRefusal({ name, code, status }) {
  if (name === "AuthRetryableFetchError" && !status) return new Unreachable("network");
  const at = (/** @type {string} */ message) => new FormErrors([{ field: "password", message }]);
  if (code === "same_password") return at("This is the password you have now. Choose another one.");
  if (code === "weak_password") return at("This password is too easy to guess. Choose another one.");
  return new Problem({ status: status ?? 500 });
}

/**
 * @param {string} password
 * @returns {FormError[]}
 */
export function checkNewPassword(password) {
  if (password === "") return [{ field: "password", message: "Choose a password." }];
  if ([...password].length < passwordLength) return [{ field: "password", message: `Use at least ${passwordLength} characters for the password.` }];
  return [];
}
