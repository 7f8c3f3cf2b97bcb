// @ts-check
// A short word on what was just done, with a way to take it back. Whatever must not be missed is told on the page instead.
import { announce, el } from "../../modules/dom.js";

/** Long enough to read a sentence twice and to reach the button by keyboard. */
const stays = 8000;

/** @type {HTMLElement | undefined} */
let box;

/**
 * @param {string} words
 * @param {{label: string, act: () => void}} [undo]
 */
export function toast(words, undo) {
  if (!box) document.body.append((box = el("section", { class: "toasts", "aria-label": "What was just done" })));
  const note = el("div", { class: "toast" }, el("p", {}, words));
  if (undo) {
    note.append(
      el("button", { type: "button", class: "link-button", onclick: () => (note.remove(), undo.act()) }, undo.label),
    );
  }
  box.append(note);
  announce(words);
  const leave = () => {
    // Not while it is used.
    if (note.matches(":hover, :focus-within")) setTimeout(leave, 1000);
    else note.remove();
  };
  setTimeout(leave, stays);
}
