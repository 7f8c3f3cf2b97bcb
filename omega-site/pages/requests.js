// @ts-check
// What our team asked the client for. What waits comes first; with `show=all` everything that was ever asked.
import "../modules/nav.js";
import { clientRequest } from "../components/client-request/client-request.js";
import { callApi } from "../modules/api.js";
import { announce, append, find } from "../modules/dom.js";
import { showFailure } from "../modules/failure.js";
import { showBusy } from "../modules/form.js";
import { plural } from "../modules/format.js";
import { requireSession } from "../modules/session.js";

/** @typedef {import("../components/client-request/client-request.js").ClientRequest} ClientRequest */

const pageSize = 20;
const list = find("#requests");
/** @type {HTMLSelectElement} */
const filter = find("#show-filter");
/** @type {HTMLButtonElement} */
const more = find("#show-more");
/** @type {string | null} */
let cursor = null;

/** Counts up, so that a slow answer for an earlier filter does not replace a later one. */
let turn = 0;

const asked = () => ({ waiting: filter.value === "all" ? null : "true", limit: pageSize });

async function load() {
  find("#failure").hidden = true;
  try {
    await requireSession();
    await showFirstPage();
    find("#content").hidden = false;
    showWanted();
  } catch (error) {
    showFailure(find("#failure"), error, load);
  }
  find("#loading").hidden = true;
}

async function showFirstPage() {
  const mine = ++turn;
  filter.value = new URLSearchParams(location.search).get("show") === "all" ? "all" : "";
  list.setAttribute("aria-busy", "true");
  let page;
  try {
    page = await callApi("onboarding/requests", { query: asked() });
  } finally {
    if (mine === turn) list.removeAttribute("aria-busy");
  }
  if (mine !== turn) return;
  find("#list-failure").hidden = true;
  list.replaceChildren();
  addPage(page);
}

/** @param {{requests: ClientRequest[], next_cursor: string | null}} page */
function addPage({ requests, next_cursor }) {
  // An answer stays in its place until the page is drawn anew, so that nothing jumps away.
  append(list, ...requests.map((request) => clientRequest(request, () => {})));
  cursor = next_cursor;
  more.hidden = cursor === null;
  const none = list.children.length === 0;
  const all = filter.value === "all";
  list.hidden = none;
  find("#empty").hidden = !none;
  find("#empty-title").textContent = all ? "We have not asked for anything yet" : "Nothing waits on you";
  find("#empty-hint").textContent = all ? "When we need something from you, it is listed here." : "Choose “Everything” to see what you have answered.";
}

/** Brings the request that a link named into view. */
function showWanted() {
  const id = new URLSearchParams(location.search).get("id");
  const wanted = id && list.querySelector(`[data-id="${CSS.escape(id)}"]`);
  if (!wanted) return;
  wanted.scrollIntoView({ block: "start" });
  find(".row-title", wanted).focus({ preventScroll: true });
}

filter.addEventListener("change", async () => {
  const url = new URL(location.href);
  url.searchParams.delete("id");
  if (filter.value === "all") url.searchParams.set("show", "all");
  else url.searchParams.delete("show");
  history.pushState(null, "", url);
  await again();
});
addEventListener("popstate", () => void again());

async function again() {
  try {
    await showFirstPage();
    announce(list.hidden ? (find("#empty-title").textContent ?? "") : `${plural(list.children.length, "request")} shown.`);
  } catch (error) {
    showFailure(find("#list-failure"), error, again);
  }
}

more.addEventListener("click", async () => {
  if (more.getAttribute("aria-disabled")) return;
  const rest = showBusy(more, "Loading…");
  const mine = turn;
  const before = list.children.length;
  try {
    const page = await callApi("onboarding/requests", { query: { ...asked(), cursor } });
    if (mine !== turn) return;
    rest();
    addPage(page);
    announce(`${plural(page.requests.length, "more request")} shown.`);
    // The keyboard goes on at the first new row.
    const first = list.children[before];
    if (first) find(".row-title", first).focus();
  } catch (error) {
    showFailure(find("#list-failure"), error, async () => {
      find("#list-failure").hidden = true;
      more.click();
    });
  } finally {
    rest();
  }
});

void load();
