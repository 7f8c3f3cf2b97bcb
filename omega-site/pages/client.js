// @ts-check
// One client for our team: where they stand and where they can be moved, documents with verdicts, what was said and done.
import "../modules/nav.js";
import { ask } from "../components/dialog/dialog.js";
import { filedDocument } from "../components/filed-document/filed-document.js";
import { toast } from "../components/toast/toast.js";
import { callApi } from "../modules/api.js";
import { el, find, icon, setTitle } from "../modules/dom.js";
import { explain, Problem } from "../modules/errors.js";
import { showFailure } from "../modules/failure.js";
import { enhanceForm, showBusy, textOf } from "../modules/form.js";
import { day, moment, phone } from "../modules/format.js";
import { forStaff, isRefused } from "../modules/staff.js";
import { entityTypes, labelOf, services, statuses, urgencies } from "../modules/words.js";

/**
 * @typedef {object} Profile
 * @property {string} id
 * @property {string | null} full_name
 * @property {string | null} business_name
 * @property {string | null} email
 * @property {string | null} phone
 * @property {string | null} entity_type
 * @property {string | null} ein
 * @property {string | null} urgency
 * @property {string[]} services_needed
 * @property {string} onboarding_status
 * @property {string | null} submitted_at
 * @property {string | null} receipt_number
 * @property {string} created_at
 */
/** @typedef {{to: string, title: string, needs_reason: boolean}} Move */
/** @typedef {{id: string, title: string, detail: string | null, actor: string, by: string | null, at: string}} Entry */
/** @typedef {{id: string, actor: string, by: string | null, action: string, subject: string, document_name: string | null, at: string}} Access */
/**
 * @typedef {object} ClientFile
 * @property {Profile} profile
 * @property {string} status_changed_at
 * @property {string | null} status_reason
 * @property {string} waiting_since
 * @property {{id: string, title: string}[]} missing
 * @property {Move[]} moves
 * @property {import("../components/filed-document/filed-document.js").FiledDocument[]} documents
 * @property {{id: string, author: string, content: string, created_at: string}[]} messages
 * @property {Entry[]} activity
 * @property {Access[]} access
 */

const id = new URLSearchParams(location.search).get("id");

/** @type {Record<string, string>} */
const authors = { client: "Client", assistant: "Assistant", staff: "Our team" };
/** @type {Record<string, string>} */
const actors = { client: "Client", staff: "Our team", service: "OmegaOS", system: "OmegaOS" };
/** @type {Record<string, string>} */
const actions = { read: "read", added: "added", changed: "changed", removed: "removed" };

async function load() {
  try {
    if (!id) throw new Problem({ status: 404 });
    show(await read());
    find("#content").hidden = false;
    find("#failure").hidden = true;
  } catch (error) {
    if (error instanceof Problem && (error.status === 404 || error.status === 400)) find("#nobody").hidden = false;
    else if (!isRefused(error)) showFailure(find("#failure"), error, load);
  }
  find("#loading").hidden = true;
}

/** @returns {Promise<ClientFile>} */
const read = () => callApi("clients/client", { query: { id } });

/** @param {ClientFile} file */
function show(file) {
  showStatus(file);
  find("#documents").replaceChildren(documentList(file));
  showRest(file);
}

/** All but the documents, which hold what is just being written. */
async function refresh() {
  const file = await read().catch(() => null);
  // What was done is done; the rest of the page is then a moment behind.
  if (!file) return;
  showStatus(file);
  showRest(file);
}

/** @param {ClientFile} file */
function showRest({ profile, messages, activity, access }) {
  const name = profile.business_name ?? profile.full_name ?? profile.email ?? "Client";
  find("#title").textContent = name;
  setTitle(name);
  find("#messages").replaceChildren(
    messages.length === 0
      ? empty("message-circle", "No messages yet", "What the client asks the assistant stands here.")
      : el("ul", { class: "rows message-lines" }, ...messages.map(({ author, content, created_at }) => el("li", {}, el("p", { class: "meta" }, `${authors[author] ?? author} · `, el("time", { datetime: created_at }, moment(created_at))), el("p", { class: "long-word" }, content)))),
  );
  find("#activity").replaceChildren(
    el(
      "ul",
      { class: "rows" },
      ...activity.map(({ title, detail, actor, by, at }) =>
        el("li", {}, el("p", { class: "row-title" }, title), detail && el("p", { class: "long-word" }, detail), el("p", { class: "meta long-word" }, `${by ?? actors[actor] ?? actor} · `, el("time", { datetime: at }, moment(at)))),
      ),
    ),
  );
  find("#facts").replaceChildren(facts(profile));
  find("#access").replaceChildren(
    access.length === 0
      ? el("p", { class: "hint" }, "Nobody has read or changed the EIN or a document yet.")
      : el(
          "ul",
          { class: "rows" },
          ...access.map(({ actor, by, action, subject, document_name, at }) =>
            el(
              "li",
              {},
              el("p", { class: "long-word" }, `${subject === "ein" ? "EIN" : (document_name ?? "A document")}: ${actions[action] ?? action}`),
              el("p", { class: "meta long-word" }, `${by ?? actors[actor] ?? actor} · `, el("time", { datetime: at }, moment(at))),
            ),
          ),
        ),
  );
}

/** @param {ClientFile} file */
function showStatus({ profile, status_changed_at, status_reason, missing, moves }) {
  const words = labelOf(statuses, profile.onboarding_status);
  const problem = el("p", { class: "field-error", role: "alert", hidden: true });
  const place = el("div");
  find("#status").replaceChildren(
    ...[
      el("p", {}, el("strong", {}, words), ` since ${day(status_changed_at)}`),
      status_reason && el("p", { class: "said" }, status_reason),
      el("p", {}, missing.length === 0 ? "Nothing is missing." : `Missing: ${missing.map(({ title }) => title).join(", ")}.`),
      el("p", { class: "actions" }, ...moves.map((move, at) => moveButton(move, at === 0, place, problem))),
      place,
      problem,
    ].filter((part) => part instanceof HTMLElement),
  );
}

/**
 * @param {Move} move
 * @param {boolean} first
 * @param {HTMLElement} place for the reason
 * @param {HTMLElement} problem
 */
function moveButton(move, first, place, problem) {
  const made = el("button", { type: "button", class: first && !move.needs_reason ? "button" : "button button-quiet" }, move.title);
  made.addEventListener("click", async () => {
    if (made.getAttribute("aria-disabled")) return;
    problem.hidden = true;
    if (move.needs_reason) return place.replaceChildren(reasonForm(move, place, made));
    const sure = await ask({ title: `${move.title}?`, body: ["The client sees it in the portal."], confirm: move.title });
    if (!sure) return;
    const rest = showBusy(made, "Saving…");
    try {
      await moveClient(move, null);
    } catch (error) {
      problem.textContent = explain(error);
      problem.hidden = false;
    } finally {
      rest();
    }
  });
  return made;
}

/**
 * @param {Move} move
 * @param {HTMLElement} place
 * @param {HTMLElement} pressed
 */
function reasonForm(move, place, pressed) {
  const input = el("input", { id: "move-reason", name: "reason", maxlength: 200, autocomplete: "off", "aria-describedby": "move-reason-hint" });
  const cancel = () => {
    place.replaceChildren();
    pressed.focus();
  };
  const form = el(
    "form",
    { class: "form", method: "post" },
    el("div", { class: "field" }, el("label", { for: input.id }, `${move.title}: why?`), el("p", { class: "hint", id: "move-reason-hint" }, "The client reads this in the portal."), input),
    el("p", { class: "actions" }, el("button", { class: "button" }, "Save the move"), el("button", { type: "button", class: "button button-quiet", onclick: cancel }, "Cancel")),
  );
  form.addEventListener("keydown", (event) => event.key === "Escape" && cancel());
  enhanceForm(form, {
    check: () => (textOf(form, "reason") === "" ? [{ field: "reason", message: "Say why, in words that the client understands." }] : []),
    send: () => moveClient(move, textOf(form, "reason")),
  });
  queueMicrotask(() => input.focus());
  return form;
}

/**
 * @param {Move} move
 * @param {string | null} reason
 */
async function moveClient({ to }, reason) {
  await callApi("clients/move", { method: "POST", body: { id, status: to, reason } });
  await refresh();
  toast(`The client is now: ${labelOf(statuses, to)}.`);
  find("#status button").focus();
}

/** @param {ClientFile} file */
function documentList({ documents }) {
  if (documents.length === 0) return empty("file-text", "No documents yet", "What the client uploads appears here.");
  return el("ul", { class: "rows" }, ...documents.map((one) => filedDocument(one, refresh)));
}

/** @param {Profile} profile */
function facts({ full_name, business_name, email, phone: number, entity_type, ein, urgency, services_needed, submitted_at, receipt_number, created_at }) {
  /** @type {[string, string | null][]} */
  const pairs = [
    ["Name", full_name],
    ["Business", business_name],
    ["Email", email],
    ["Phone", number && phone(number)],
    ["Legal form", entity_type && labelOf(entityTypes, entity_type)],
    ["EIN", ein],
    ["Services", services_needed.length > 0 ? services_needed.map((service) => labelOf(services, service)).join(", ") : null],
    ["Start", urgency && labelOf(urgencies, urgency)],
    ["Account since", day(created_at)],
    ["Submitted", submitted_at && day(submitted_at)],
    ["Reference", receipt_number],
  ];
  return el("dl", { class: "pairs" }, ...pairs.map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", { class: "long-word" }, value ?? "Not told yet"))));
}

/**
 * @param {string} drawing
 * @param {string} title
 * @param {string} hint
 */
const empty = (drawing, title, hint) => el("div", { class: "empty-state" }, icon(drawing), el("h3", {}, title), el("p", { class: "hint" }, hint));

await forStaff(load);
