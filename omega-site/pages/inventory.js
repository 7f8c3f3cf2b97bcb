// @ts-check
// What the firm runs on and what it costs. Staff add a service or change its cost, an owner approves. The filter is part of the
// address.
import "../modules/nav.js";
import { ask as question } from "../components/dialog/dialog.js";
import { table } from "../components/table/table.js";
import { toast } from "../components/toast/toast.js";
import { callApi } from "../modules/api.js";
import { announce, append, el, find } from "../modules/dom.js";
import { showFailure } from "../modules/failure.js";
import { serviceStatuses } from "../modules/finance-words.js";
import { enhanceForm, showBusy, textOf, whileBusy } from "../modules/form.js";
import { calendarDay, dollars, plural } from "../modules/format.js";
import { rowButton } from "../modules/row-button.js";
import { costOf, statusTags } from "../modules/service-words.js";
import { mayChange } from "../modules/session.js";
import { forStaff, isRefused, readOnlyNotice } from "../modules/staff.js";

/** @typedef {import("../modules/service-words.js").Service} Service */

const list = find("#list");
/** @type {HTMLSelectElement} */
const filter = find("#status-filter");
/** @type {HTMLFormElement} */
const form = find("#service");
/** @type {HTMLButtonElement} */
const more = find("#show-more");
const pageSize = 50;
append(filter, ...serviceStatuses.map(({ value, label }) => el("option", { value }, label)));

/** @type {Service[]} */
let shown = [];
/** @type {string | null} */
let cursor = null;
let mayApprove = false;
/** Counts up, so that a slow answer to an earlier question does not replace a later one. */
let turn = 0;

async function showFirstPage() {
  const mine = ++turn;
  filter.value = new URLSearchParams(location.search).get("status") ?? "";
  if (filter.selectedIndex < 0) filter.value = "";
  const page = await callApi("finance/services", { query: { status: filter.value, limit: pageSize } });
  if (mine !== turn) return;
  find("#list-failure").hidden = true;
  shown = page.services;
  cursor = page.next_cursor;
  mayApprove = page.may_approve;
  const waits = page.waiting === 0 ? "Nothing waits for the owner." : `${plural(page.waiting, "service waits", "services wait")} for the owner.`;
  find("#totals").textContent = `What is active costs ${dollars(page.active_cents)} a month. ${waits}`;
  show();
}

function show() {
  const none = shown.length === 0;
  find("#empty").hidden = !none;
  list.hidden = none;
  more.hidden = cursor === null;
  find("#shown").textContent = none ? "" : cursor === null ? "That is all of them." : `${shown.length} shown`;
  if (none) return list.replaceChildren();
  list.replaceChildren(
    table({
      caption: "Added last comes first",
      columns: [{ label: "Service" }, { label: "Provider" }, { label: "Cost a month" }, { label: "Status" }, { label: "To do" }],
      rows: shown.map(row),
    }),
  );
}

/** @param {Service} service */
function row(service) {
  const { name, provider, tier, purpose, owner, renews_on, asked_by, approved_by, declined_reason } = service;
  const problem = el("p", { class: "field-error", role: "alert" });
  const meta = (/** @type {string} */ words) => el("span", { class: "meta" }, words);
  const facts = [purpose, owner && `looked after by ${owner}`, renews_on && `renews ${calendarDay(renews_on)}`].filter(Boolean);
  return [
    [name, facts.length > 0 ? meta(facts.join(" · ")) : null],
    [provider, meta(tier)],
    costOf(service),
    [...statusTags(service), asked_by ? meta(`asked by ${asked_by}`) : null, approved_by ? meta(`approved by ${approved_by}`) : null, declined_reason ? meta(`declined: ${declined_reason}`) : null],
    [el("p", { class: "actions" }, ...buttons(service, problem)), problem],
  ];
}

/**
 * @param {Service} service
 * @param {HTMLElement} problem
 */
function buttons(service, problem) {
  if (!mayChange()) return ["–"];
  const { id, name, actions, updated_at } = service;
  const button = (/** @type {string} */ words, /** @type {(pressed: HTMLButtonElement) => void} */ act) => rowButton(words, name, problem, act);
  /**
   * @param {HTMLElement} pressed
   * @param {string} endpoint
   * @param {object} body
   * @param {string} done
   */
  const send = (pressed, endpoint, body, done) =>
    whileBusy(pressed, "Saving…", problem, async () => {
      await callApi(endpoint, { method: "POST", body: { id, ...body } });
      toast(`${name} ${done}.`);
      await showFirstPage();
    });
  const made = [];
  if (actions.includes("decide") && mayApprove) {
    made.push(
      button("Approve", (pressed) => void send(pressed, "finance/approval", { verdict: "approved", updated_at }, "is approved")),
      button("Decline", () => problem.replaceWith(declineForm(service))),
    );
  }
  if (actions.includes("start")) made.push(button("Start using it", (pressed) => void send(pressed, "finance/services", { status: "active", updated_at }, "is saved")));
  if (service.status !== "cancelled") made.push(button("Change", () => problem.replaceWith(changeForm(service))));
  if (actions.includes("cancel")) {
    made.push(
      button("Cancel it", async (pressed) => {
        const yes = await question({ title: `Cancel ${name}?`, body: ["It stays in the inventory as cancelled, and no longer counts in the forecast."], confirm: "Cancel the service" });
        if (yes) await send(pressed, "finance/services", { status: "cancelled", updated_at }, "is cancelled");
      }),
    );
  }
  return made;
}

/**
 * A form in the row, with the fields in the order in which they are given.
 * @param {Service} service
 * @param {{name: string, label: string, value?: string, type?: string}[]} fields
 * @param {string} words on the button
 * @param {(form: HTMLFormElement) => Promise<void>} send
 */
function rowForm(service, fields, words, send) {
  const made = el(
    "form",
    { class: "form", method: "post" },
    ...fields.map(({ name, label, value = "", type = "text" }) =>
      el("div", { class: "field" }, el("label", { for: `${name}-${service.id}` }, label), el("input", { id: `${name}-${service.id}`, name, type, value, maxlength: 200, autocomplete: "off" })),
    ),
    el("p", { class: "actions" }, el("button", { class: "button button-small" }, words), el("button", { type: "button", class: "button button-quiet button-small", onclick: show }, "Never mind")),
  );
  enhanceForm(made, { send: async () => send(made) });
  queueMicrotask(() => made.querySelector("input")?.focus());
  return made;
}

/** @param {Service} service */
const declineForm = (service) =>
  rowForm(service, [{ name: "reason", label: "Why it is declined" }], "Decline it", async (made) => {
    await callApi("finance/approval", { method: "POST", body: { id: service.id, verdict: "declined", reason: textOf(made, "reason"), updated_at: service.updated_at } });
    toast(`${service.name} is declined.`);
    await showFirstPage();
  });

/** @param {Service} service */
const changeForm = (service) =>
  rowForm(
    service,
    [
      { name: "tier", label: "Tier", value: service.tier },
      { name: "monthly_cost", label: "Dollars a month", value: cents(service.asked_cost_cents ?? service.monthly_cost_cents) },
      { name: "usage_price", label: "Price by use", value: service.asked_usage_price ?? service.usage_price ?? "" },
      { name: "owner", label: "Looked after by", value: service.owner ?? "" },
      { name: "renews_on", label: "Renews on", value: service.renews_on ?? "", type: "date" },
    ],
    "Save the change",
    async (made) => {
      const body = Object.fromEntries(["tier", "monthly_cost", "usage_price", "owner", "renews_on"].map((name) => [name, textOf(made, name)]));
      const saved = await callApi("finance/services", { method: "POST", body: { id: service.id, ...body, updated_at: service.updated_at } });
      toast(saved.asked_cost_cents === null ? `${service.name} is saved.` : `The new price of ${service.name} waits for the owner.`);
      await showFirstPage();
    },
  );

/** @param {number | null} amount */
const cents = (amount) => (amount === null ? "" : (amount / 100).toFixed(2));

// One id for as long as the same is added, so that a press after a lost line adds nothing twice.
let next = crypto.randomUUID();
form.addEventListener("input", () => (next = crypto.randomUUID()));

enhanceForm(form, {
  send: async () => {
    const names = ["name", "provider", "tier", "monthly_cost", "usage_price", "purpose", "owner", "renews_on"];
    const body = { id: next, ...Object.fromEntries(names.map((name) => [name, textOf(form, name)])) };
    const saved = await callApi("finance/services", { method: "POST", body });
    next = crypto.randomUUID();
    form.reset();
    toast(saved.status === "active" ? `${saved.name} is active.` : `${saved.name} waits for the owner.`);
    await showFirstPage();
  },
});

async function ask() {
  list.setAttribute("aria-busy", "true");
  try {
    await showFirstPage();
    announce(shown.length === 0 ? "No service fits." : `${plural(shown.length, "service")} shown.`);
  } catch (error) {
    if (!isRefused(error)) showFailure(find("#list-failure"), error, ask);
  } finally {
    list.removeAttribute("aria-busy");
  }
}

filter.addEventListener("change", () => {
  const url = new URL(location.href);
  if (filter.value === "") url.searchParams.delete("status");
  else url.searchParams.set("status", filter.value);
  history.pushState(null, "", url);
  void ask();
});
find("#filter").addEventListener("submit", (event) => event.preventDefault());
addEventListener("popstate", () => void ask());

more.addEventListener("click", async () => {
  if (more.getAttribute("aria-disabled")) return;
  const rest = showBusy(more, "Loading…");
  const mine = turn;
  try {
    const page = await callApi("finance/services", { query: { status: filter.value, limit: pageSize, cursor } });
    if (mine !== turn) return;
    rest();
    shown = [...shown, ...page.services];
    cursor = page.next_cursor;
    show();
    announce(`${plural(page.services.length, "more service")} shown.`);
  } catch (error) {
    if (isRefused(error)) return;
    showFailure(find("#list-failure"), error, async () => {
      find("#list-failure").hidden = true;
      more.click();
    });
  } finally {
    rest();
  }
});

async function load() {
  try {
    await showFirstPage();
    const notice = readOnlyNotice();
    if (notice) find("#content").prepend(notice);
    find("#add").hidden = !mayChange();
    find("#content").hidden = false;
  } catch (error) {
    if (!isRefused(error)) showFailure(find("#failure"), error, load);
  }
  find("#loading").hidden = true;
}

await forStaff(load);
