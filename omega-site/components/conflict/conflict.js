// @ts-check
// Two versions of one answer, side by side: nothing is chosen beforehand, and nothing is saved until one is.
import { el } from "../../modules/dom.js";

/**
 * @typedef {object} Version
 * @property {string} field
 * @property {string} label
 * @property {string} mine
 * @property {string} theirs
 */

/**
 * @param {Version[]} versions
 * @param {(theirs: Set<string>) => void} decide is given the fields where the saved answer stays
 * @returns {HTMLElement}
 */
export function conflictPanel(versions, decide) {
  const id = `conflict-${versions.map(({ field }) => field).join("-")}`;
  // There from the start and empty: a live region must stand in the page before it speaks.
  const error = el("div", { role: "alert" });
  const panel = el(
    "section",
    { class: "conflict", "aria-labelledby": id, tabindex: "-1" },
    el("h2", { id }, versions.length === 1 ? "This answer was changed somewhere else" : "These answers were changed somewhere else"),
    el("p", {}, `${versions.length === 1 ? "It was" : "They were"} changed in another window or on another device while this page was open. Choose what is right. The other answer is not kept.`),
    ...versions.map(({ field, label, mine, theirs }) =>
      el(
        "fieldset",
        { class: "field" },
        el("legend", {}, label),
        el("div", { class: "choices" }, choice(field, "mine", mine, "what you entered here"), choice(field, "theirs", theirs, "what is saved now")),
      ),
    ),
    error,
    el("p", { class: "actions" }, el("button", { type: "button", class: "button", onclick: submit }, "Keep what I chose")),
  );
  return panel;

  function submit() {
    const chosen = versions.map(({ field }) => ({ field, choice: panel.querySelector(`input[name="conflict-${field}"]:checked`) }));
    const open = chosen.find(({ choice }) => !choice);
    error.replaceChildren(open ? el("p", { class: "field-error" }, el("span", { class: "visually-hidden" }, "Error: "), "Choose one of the two answers.") : "");
    if (open) return void (/** @type {HTMLElement | null} */ (panel.querySelector(`input[name="conflict-${open.field}"]`))?.focus());
    decide(new Set(chosen.filter(({ choice }) => /** @type {HTMLInputElement} */ (choice).value === "theirs").map(({ field }) => field)));
  }
}

/**
 * @param {string} field
 * @param {"mine" | "theirs"} value
 * @param {string} answer
 * @param {string} hint
 */
const choice = (field, value, answer, hint) =>
  el(
    "label",
    { for: `conflict-${field}-${value}` },
    // No name of an answer: the form around it does not take it for one.
    el("input", { type: "radio", id: `conflict-${field}-${value}`, name: `conflict-${field}`, value }),
    el("span", {}, el("strong", {}, answer), el("span", { class: "hint" }, hint)),
  );
