// @ts-check
// What a part of a page shows when it could not be loaded: why, and a button to try again.
import { el } from "./dom.js";
import { explain } from "./errors.js";
import { showBusy } from "./form.js";

/**
 * @param {HTMLElement} box
 * @param {unknown} error
 * @param {() => Promise<unknown>} retry
 */
export function showFailure(box, error, retry) {
  const button = el("button", { type: "button", class: "button button-quiet" }, "Try again");
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled")) return;
    const rest = showBusy(button, "Trying again…");
    await retry();
    rest();
  });
  box.replaceChildren(el("p", {}, explain(error)), el("p", {}, button));
  box.hidden = false;
}
