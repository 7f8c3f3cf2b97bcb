// @ts-check
import "../modules/nav.js";
import { callApi } from "../modules/api.js";
import { announce, el, find } from "../modules/dom.js";
import { showFailure } from "../modules/failure.js";
import { showBusy } from "../modules/form.js";
import { time } from "../modules/format.js";
import { inOneSentence, stateTag, whileVisible } from "../modules/system-status.js";

/** @typedef {import("../modules/system-status.js").Status} Status */

const summary = find("#summary");
let said = "";

async function ask() {
  try {
    show(await callApi("ops/status", { anonymous: true }));
    find("#failure").hidden = true;
  } catch (error) {
    showFailure(find("#failure"), error, ask);
  }
  find("#loading").hidden = true;
}

/** @param {Status} status */
function show({ checked_at, parts }) {
  const { text, kind } = inOneSentence(parts);
  summary.textContent = text;
  summary.className = kind;
  find("#parts").replaceChildren(...parts.map(({ title, state }) => el("li", { class: "row" }, el("p", { class: "row-title" }, title), stateTag(state))));
  find("#checked").textContent = `Checked at ${time(new Date(checked_at))}.`;
  find("#content").hidden = false;
  // Said once at first and then when something changed, not each minute.
  if (said !== text) announce(text);
  said = text;
}

const again = find("#again");
again.addEventListener("click", async () => {
  if (again.getAttribute("aria-disabled")) return;
  const rest = showBusy(again, "Checking…");
  await ask();
  rest();
  announce(summary.textContent);
});

await ask();
whileVisible(ask, 60_000);
