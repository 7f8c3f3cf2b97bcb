// @ts-check
// How onboardings go: who is where, how long a status takes, which ways clients go. A box leads to the clients in it.
import "../modules/nav.js";
import { table } from "../components/table/table.js";
import { workflowMap } from "../components/workflow/workflow.js";
import { callApi } from "../modules/api.js";
import { announce, el, find } from "../modules/dom.js";
import { showFailure } from "../modules/failure.js";
import { day, plural, span } from "../modules/format.js";
import { forStaff, isRefused } from "../modules/staff.js";
import { actors, labelOf } from "../modules/words.js";

/** @typedef {import("../components/workflow/workflow.js").Stage} Stage */
/** @typedef {import("../components/workflow/workflow.js").Way} Way */

/** @type {HTMLSelectElement} */
const days = find("#days");
const usual = days.value;

/** Counts up, so that a slow answer to an earlier question does not replace a later one. */
let turn = 0;

async function show() {
  const mine = ++turn;
  const wanted = new URLSearchParams(location.search).get("days") ?? usual;
  days.value = [...days.options].some(({ value }) => value === wanted) ? wanted : usual;
  const map = find("#map");
  map.setAttribute("aria-busy", "true");
  let workflow;
  try {
    workflow = await callApi("clients/workflow", { query: days.value === "all" ? {} : { days: days.value } });
  } finally {
    if (mine === turn) map.removeAttribute("aria-busy");
  }
  if (mine !== turn) return;
  find("#list-failure").hidden = true;
  map.replaceChildren(workflowMap({ label: "How an onboarding goes", workflow, words: lines, address }));
  find("#stages").replaceChildren(stageTable(workflow.stages));
  find("#ways").replaceChildren(wayTable(workflow.ways, workflow.stages));
}

/** @param {Stage} stage */
const address = ({ status }) => `/clients?status=${encodeURIComponent(status)}`;

/** @param {Stage} stage */
const lines = ({ clients, median_seconds }) => [clients === 0 ? "Nobody" : plural(clients, "client"), ...(median_seconds === null ? [] : [`half within ${span(median_seconds)}`])];

/** @param {Stage[]} stages */
function stageTable(stages) {
  const time = (/** @type {number | null} */ seconds) => (seconds === null ? "–" : span(seconds));
  return table({
    caption: "How many are in each status, and how long those who left it had been there",
    columns: [
      { label: "Status" },
      { label: "Clients now", number: true },
      { label: "Longest there" },
      { label: "Left it", number: true },
      { label: "Half within", number: true },
      { label: "Nine of ten within", number: true },
    ],
    rows: stages.map((stage) => [
      el("a", { href: address(stage) }, stage.title),
      String(stage.clients),
      stage.longest_since === null ? "–" : `Since ${day(stage.longest_since)}`,
      String(stage.stays),
      time(stage.median_seconds),
      time(stage.ninth_decile_seconds),
    ]),
  });
}

/**
 * @param {Way[]} ways
 * @param {Stage[]} stages
 */
function wayTable(ways, stages) {
  const title = (/** @type {string} */ status) => stages.find((stage) => stage.status === status)?.title ?? status;
  return table({
    caption: "Every way that there is, and how often it was taken",
    columns: [{ label: "Way" }, { label: "What happens" }, { label: "By" }, { label: "Taken", number: true }],
    rows: ways.map(({ from, to, by, title: what, needs_reason, count }) => [
      `${title(from)} to ${title(to).toLowerCase()}`,
      needs_reason ? `${what}, with a reason` : what,
      labelOf(actors, by),
      String(count),
    ]),
  });
}

async function ask() {
  try {
    await show();
    announce("The workflow is shown.");
  } catch (error) {
    if (!isRefused(error)) showFailure(find("#list-failure"), error, ask);
  }
}

days.addEventListener("change", () => {
  const url = new URL(location.href);
  if (days.value === usual) url.searchParams.delete("days");
  else url.searchParams.set("days", days.value);
  history.pushState(null, "", url);
  void ask();
});
addEventListener("popstate", () => void ask());

async function load() {
  try {
    await show();
    find("#content").hidden = false;
    find("#failure").hidden = true;
  } catch (error) {
    if (!isRefused(error)) showFailure(find("#failure"), error, load);
  }
  find("#loading").hidden = true;
}

void forStaff(load);
