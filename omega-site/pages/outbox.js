// @ts-check
// Every mail that was sent or is owed, newest first, and what became of it. What was not sent can be sent now or cancelled. What is
// searched and filtered is part of the address.
import "../modules/nav.js";
import { ask as question } from "../components/dialog/dialog.js";
import { table } from "../components/table/table.js";
import { toast } from "../components/toast/toast.js";
import { callApi } from "../modules/api.js";
import { announce, append, el, find } from "../modules/dom.js";
import { showFailure } from "../modules/failure.js";
import { showBusy, whileBusy } from "../modules/form.js";
import { moment, plural } from "../modules/format.js";
import { mailActions, mailOutcomes, mailStatuses, mailTemplates } from "../modules/mail-words.js";
import { rowButton } from "../modules/row-button.js";
import { mayChange } from "../modules/session.js";
import { forStaff, isRefused, readOnlyNotice } from "../modules/staff.js";
import { labelOf } from "../modules/words.js";

/**
 * @typedef {object} Mail
 * @property {string} id
 * @property {string} template
 * @property {string} recipient
 * @property {string} status
 * @property {string | null} outcome
 * @property {number} attempts
 * @property {string | null} last_error
 * @property {string} created_at
 * @property {string | null} sent_at
 * @property {string | null} next_attempt_at
 * @property {{id: string, name: string | null} | null} client
 * @property {{id: string, outcome: string, detail: string | null} | null} stop
 * @property {{action: string, at: string, by: string | null} | null} last_change
 * @property {string[]} actions
 */

const pageSize = 20;
const list = find("#list");
/** @type {HTMLFormElement} */
const form = find("#search");
/** @type {HTMLInputElement} */
const search = find("#search-text");
/** @type {HTMLButtonElement} */
const more = find("#show-more");
/** @type {[string, HTMLSelectElement][]} */
const filters = [
  ["status", find("#status-filter")],
  ["outcome", find("#outcome-filter")],
  ["template", find("#template-filter")],
];
const choices = [mailStatuses, mailOutcomes, mailTemplates];
filters.forEach(([, select], at) => append(select, ...(choices[at] ?? []).map(({ value, label }) => el("option", { value }, label))));

/** @type {Mail[]} */
let shown = [];
/** @type {string | null} */
let cursor = null;
/** Counts up, so that a slow answer to an earlier question does not replace a later one. */
let turn = 0;

const client = () => new URLSearchParams(location.search).get("client") ?? "";
const asked = () => ({ search: search.value.trim(), ...Object.fromEntries(filters.map(([name, select]) => [name, select.value])), client: client() });

async function showFirstPage() {
  const mine = ++turn;
  const wanted = new URLSearchParams(location.search);
  search.value = wanted.get("search") ?? "";
  for (const [name, select] of filters) {
    select.value = wanted.get(name) ?? "";
    if (select.selectedIndex < 0) select.value = "";
  }
  list.setAttribute("aria-busy", "true");
  let page;
  try {
    page = await callApi("email/outbox", { query: { ...asked(), limit: pageSize } });
  } finally {
    if (mine === turn) list.removeAttribute("aria-busy");
  }
  if (mine !== turn) return;
  find("#list-failure").hidden = true;
  shown = page.mails;
  cursor = page.next_cursor;
  show();
}

function show() {
  const none = shown.length === 0;
  const filtered = Object.values(asked()).some((value) => value !== "");
  find("#empty").hidden = !none;
  list.hidden = none;
  more.hidden = cursor === null;
  find("#empty-title").textContent = filtered ? "No mail fits" : "No mails yet";
  find("#empty-hint").textContent = filtered ? "Look for less, or choose another status." : "What is sent to clients appears here.";
  find("#shown").textContent = none ? "" : cursor === null ? "That is all of them." : `${shown.length} shown`;
  const ofClient = find("#of-client");
  ofClient.hidden = client() === "";
  if (client() !== "") {
    const name = shown[0]?.client?.name ?? "one client";
    ofClient.replaceChildren(`Only mails to ${name}. `, el("a", { href: `/client?id=${encodeURIComponent(client())}` }, "See the client"), " · ", el("a", { href: "/outbox" }, "See all mails"));
  }
  if (none) return list.replaceChildren();
  list.replaceChildren(
    table({
      caption: "Newest first",
      columns: [{ label: "Mail" }, { label: "To" }, { label: "Status" }, { label: "What became of it" }, { label: "To do" }],
      rows: shown.map(row),
    }),
  );
}

/** @param {Mail} mail */
function row(mail) {
  const { template, recipient, client: to, created_at, status, outcome, attempts, last_error, sent_at, next_attempt_at, stop, last_change } = mail;
  const problem = el("p", { class: "field-error", role: "alert" });
  const meta = (/** @type {string} */ words) => el("span", { class: "meta long-word" }, words);
  const times = [status === "queued" && next_attempt_at && `next try ${moment(next_attempt_at)}`, sent_at && moment(sent_at), attempts > 1 && `${attempts} tries`].filter((part) => part);
  return [
    [labelOf(mailTemplates, template), meta(moment(created_at))],
    [el("span", { class: "long-word" }, recipient), to && el("a", { class: "meta", href: `/client?id=${encodeURIComponent(to.id)}` }, to.name ?? "The client")],
    [
      el("span", { class: statusKind(status) }, labelOf(mailStatuses, status)),
      times.length > 0 ? meta(times.join(" · ")) : null,
      last_change && meta(`${last_change.action === "cancel" ? "cancelled" : "sent again"} by ${last_change.by ?? "our team"}, ${moment(last_change.at)}`),
    ],
    [
      outcome ? el("span", { class: outcomeKind(outcome) }, labelOf(mailOutcomes, outcome)) : status === "sent" ? "Not known yet" : "–",
      status !== "sent" && last_error ? meta(last_error) : null,
      stop && meta(`No mail goes to this address: ${labelOf(mailOutcomes, stop.outcome).toLowerCase()}.`),
    ],
    [el("span", { class: "actions" }, ...buttons(mail, problem)), problem],
  ];
}

/** @type {Record<string, string>} */
const statusKinds = { sent: "tag tag-good", parked: "tag tag-bad", suppressed: "tag tag-warn" };
const statusKind = (/** @type {string} */ status) => statusKinds[status] ?? "tag";
/** @type {Record<string, string>} */
const outcomeKinds = { delivered: "tag tag-good", delayed: "tag tag-warn", "soft-bounced": "tag tag-warn" };
const outcomeKind = (/** @type {string} */ outcome) => outcomeKinds[outcome] ?? "tag tag-bad";

/**
 * @param {Mail} mail
 * @param {HTMLElement} problem
 */
function buttons(mail, problem) {
  const { id, recipient, template, actions, stop } = mail;
  const name = `${labelOf(mailTemplates, template)} to ${recipient}`;
  /**
   * @param {HTMLElement} pressed
   * @param {object} body
   * @param {string} done
   */
  const send = (pressed, body, done) =>
    whileBusy(pressed, "Saving…", problem, async () => {
      await callApi("email/outbox", { method: "POST", body });
      toast(done);
      await showFirstPage();
    });
  const made = [];
  if (mayChange() && actions.includes("retry")) made.push(rowButton(labelOf(mailActions, "retry"), name, problem, (pressed) => void send(pressed, { id, action: "retry" }, "The mail is on its way.")));
  if (mayChange() && actions.includes("cancel")) {
    made.push(
      rowButton(labelOf(mailActions, "cancel"), name, problem, async (pressed) => {
        const yes = await question({ title: "Cancel this mail?", body: [`${name} will never be sent.`], confirm: "Cancel the mail" });
        if (yes) await send(pressed, { id, action: "cancel" }, "The mail is cancelled.");
      }),
    );
  }
  if (mayChange() && stop) {
    made.push(
      rowButton("Send to the address again", recipient, problem, async (pressed) => {
        const yes = await question({ title: `Send mails to ${recipient} again?`, body: ["Do so if the address works again, or if the client wants our mails. The address must be off the list of the mail service too."], confirm: "Yes, send them" });
        if (yes) await send(pressed, { id: stop.id, action: "resume" }, `Mails go to ${recipient} again.`);
      }),
    );
  }
  return made.length === 0 ? ["–"] : made;
}

async function ask() {
  try {
    await showFirstPage();
    announce(shown.length === 0 ? (find("#empty-title").textContent ?? "") : `${plural(shown.length, "mail")} shown.`);
  } catch (error) {
    if (!isRefused(error)) showFailure(find("#list-failure"), error, ask);
  }
}

function remember() {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(asked())) {
    if (value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  history.pushState(null, "", url);
  void ask();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  remember();
});
for (const [, select] of filters) select.addEventListener("change", remember);
addEventListener("popstate", () => void ask());

more.addEventListener("click", async () => {
  if (more.getAttribute("aria-disabled")) return;
  const rest = showBusy(more, "Loading…");
  const mine = turn;
  const before = list.querySelectorAll("tbody tr").length;
  try {
    const page = await callApi("email/outbox", { query: { ...asked(), limit: pageSize, cursor } });
    if (mine !== turn) return;
    rest();
    shown = [...shown, ...page.mails];
    cursor = page.next_cursor;
    show();
    announce(`${plural(page.mails.length, "more mail")} shown.`);
    // The keyboard goes on at the first new row.
    const first = list.querySelectorAll("tbody tr")[before]?.querySelector("a, button");
    if (first instanceof HTMLElement) first.focus();
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
    find("#content").hidden = false;
  } catch (error) {
    if (!isRefused(error)) showFailure(find("#failure"), error, load);
  }
  find("#loading").hidden = true;
}

await forStaff(load);
