// @ts-check
// A button in a row of a list. It tells by itself which row it is of.
import { el } from "./dom.js";

/**
 * @param {string} words
 * @param {string} name of the row, for those who do not see where the button stands
 * @param {HTMLElement} problem emptied at a press
 * @param {(button: HTMLButtonElement) => void} act
 */
export function rowButton(words, name, problem, act) {
  const made = el("button", { type: "button", class: "button button-quiet button-small" }, words, el("span", { class: "visually-hidden" }, ` ${name}`));
  made.addEventListener("click", () => {
    if (made.getAttribute("aria-disabled")) return;
    problem.textContent = "";
    act(made);
  });
  return made;
}
