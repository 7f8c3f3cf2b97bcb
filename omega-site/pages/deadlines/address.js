// @ts-check
// The secret address under which a client's own calendar finds the due dates.
import { ask } from "../../components/dialog/dialog.js";
import { callApi } from "../../modules/api.js";
import { announce, el } from "../../modules/dom.js";
import { whileBusy } from "../../modules/form.js";
import { day } from "../../modules/format.js";

/**
 * @param {HTMLElement} box
 * @param {string | null} since when the address was made; null where there is none
 * @param {string} [url] told once, when it was just made
 */
export function showAddress(box, since, url) {
  const problem = el("p", { class: "field-error", role: "alert", hidden: true });
  box.replaceChildren(
    el("p", {}, "Your due dates can show in the calendar of your phone or computer, and stay up to date there. The calendar reads them at a secret address: whoever has it can read your due dates, and nothing else of your account."),
    ...(url ? [given(url)] : []),
    ...(since && !url ? [el("p", {}, `There is an address since ${day(since)}. It is shown only once; if you have lost it, make a new one.`)] : []),
    el("p", { class: "actions" }, ...buttons()),
    problem,
  );

  function buttons() {
    const made = [button(since ? "Make a new address" : "Make the address", make)];
    if (since) made.push(button("Remove the address", remove));
    return made;
  }

  /**
   * @param {string} words
   * @param {() => Promise<void>} act
   */
  function button(words, act) {
    const made = el("button", { type: "button", class: since ? "button button-quiet" : "button" }, words);
    made.addEventListener("click", () => {
      if (made.getAttribute("aria-disabled")) return;
      problem.hidden = true;
      void whileBusy(made, "Saving…", problem, act);
    });
    return made;
  }

  async function make() {
    if (since && !(await ask({ title: "Make a new address?", body: ["Calendars that use the old address find nothing there any more."], confirm: "Make a new address" }))) return;
    const made = await callApi("compliance/calendar", { method: "POST", body: { action: "make" } });
    showAddress(box, new Date().toISOString(), made.url);
    announce("The address is made.");
    box.querySelector("input")?.focus();
  }

  async function remove() {
    if (!(await ask({ title: "Remove the address?", body: ["Calendars that use it find nothing there any more."], confirm: "Remove the address", danger: true }))) return;
    await callApi("compliance/calendar", { method: "POST", body: { action: "remove" } });
    showAddress(box, null);
    announce("The address is removed.");
  }
}

/** @param {string} url */
function given(url) {
  const input = el("input", { id: "calendar-address", readonly: true, value: url, "aria-describedby": "calendar-address-hint", onfocus: (/** @type {FocusEvent} */ event) => event.target instanceof HTMLInputElement && event.target.select() });
  const copy = el("button", { type: "button", class: "button button-quiet" }, "Copy");
  copy.addEventListener("click", async () => {
    input.select();
    const copied = await navigator.clipboard.writeText(url).then(
      () => true,
      () => false,
    );
    announce(copied ? "Copied." : "It could not be copied. It is selected: copy it with your keyboard.");
    if (copied) copy.textContent = "Copied";
  });
  return el(
    "div",
    { class: "stack" },
    el(
      "div",
      { class: "field" },
      el("label", { for: "calendar-address" }, "The secret address"),
      el("p", { class: "hint", id: "calendar-address-hint" }, "Shown this once. In Google Calendar choose “From URL”, in Outlook “Subscribe from web”, on an iPhone or Mac open it with the button below."),
      el("div", { class: "input-row" }, input, copy),
    ),
    el("p", {}, el("a", { href: url.replace(/^https?:/, "webcal:") }, "Open it in the calendar of this device")),
  );
}
