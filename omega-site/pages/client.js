// @ts-check
// One client for our team: where they stand and where they can be moved, what was asked of them, documents with verdicts,
// what was noted, said and done.
import "../modules/nav.js";
import { ask } from "../components/dialog/dialog.js";
import { filedDocument } from "../components/filed-document/filed-document.js";
import { filedRequest } from "../components/filed-request/filed-request.js";
import { signedForms } from "../components/signed-form/signed-form.js";
import { table } from "../components/table/table.js";
import { toast } from "../components/toast/toast.js";
import { workflowMap } from "../components/workflow/workflow.js";
import { callApi } from "../modules/api.js";
import { el, find, icon, setTitle } from "../modules/dom.js";
import { explain, Problem } from "../modules/errors.js";
import { showFailure } from "../modules/failure.js";
import { enhanceForm, textOf, whileBusy } from "../modules/form.js";
import { day, moment, phone, plural, span } from "../modules/format.js";
import { mailOutcomes } from "../modules/mail-words.js";
import { templates } from "../modules/request-templates.js";
import { mayChange } from "../modules/session.js";
import { forStaff, isRefused, readOnlyNotice } from "../modules/staff.js";
import { accesses, actors, categories, entityTypes, labelOf, services, statuses, urgencies } from "../modules/words.js";

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
/** @typedef {import("../components/workflow/workflow.js").Stage} Stage */
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
 * @property {{id: string, name: string} | null} owner
 * @property {{id: string, address: string, outcome: string, detail: string | null, since: string} | null} mail_stop
 * @property {import("../components/filed-request/filed-request.js").FiledRequest[]} requests
 * @property {{id: string, content: string, by: string | null, created_at: string}[]} notes
 * @property {{id: string, author: string, author_name: string | null, content: string, created_at: string}[]} messages
 * @property {Entry[]} activity
 * @property {Access[]} access
 */

const id = new URLSearchParams(location.search).get("id");

/** @typedef {{id: string, name: string, email: string | null, role: string, can_own: boolean}} Member */

async function load() {
  try {
    if (!id) throw new Problem({ status: 404 });
    const [file, { team }] = await Promise.all([read(), callApi("clients/team")]);
    show(file, team);
    find("#content").hidden = false;
    find("#failure").hidden = true;
    void showWay();
    void showSigned();
  } catch (error) {
    if (error instanceof Problem && (error.status === 404 || error.status === 400)) find("#nobody").hidden = false;
    else if (!isRefused(error)) showFailure(find("#failure"), error, load);
  }
  find("#loading").hidden = true;
}

/** @returns {Promise<ClientFile>} */
const read = () => callApi("clients/client", { query: { id } });

/**
 * @param {ClientFile} file
 * @param {Member[]} team
 */
function show(file, team) {
  const notice = readOnlyNotice();
  if (notice) find("#content").before(notice);
  showStatus(file);
  showRequests(file);
  find("#documents").replaceChildren(documentList(file));
  showOwner(file.owner, team);
  if (mayChange()) {
    find("#reply").replaceChildren(writeForm("reply", "Write to the client", "Under your name, in the portal; a mail tells the client.", "Send"));
    find("#note").replaceChildren(writeForm("note", "New note", "Only our team reads this, never the client.", "Keep the note"));
  }
  showRest(file);
}

/** All but the documents, which hold what is just being written. */
async function refresh() {
  const file = await read().catch(() => null);
  // What was done is done; the rest of the page is then a moment behind.
  if (!file) return;
  showStatus(file);
  showRest(file);
  void showWay();
}

/**
 * No mail goes to the client any more; staff can have it go out again.
 * @param {ClientFile} file
 */
function showMailStop({ mail_stop: stop }) {
  if (!stop) return find("#mail-stop").replaceChildren();
  const problem = el("p", { class: "field-error", role: "alert", hidden: true });
  const resume = el("button", { type: "button", class: "button button-quiet" }, "Send mails again");
  resume.addEventListener("click", async () => {
    if (resume.getAttribute("aria-disabled")) return;
    problem.hidden = true;
    const sure = await ask({ title: `Send mails to ${stop.address} again?`, body: ["Do so if the address works again, or if the client wants our mails. The address must be off the list of the mail service too."], confirm: "Yes, send them" });
    if (!sure) return;
    await whileBusy(resume, "Saving…", problem, async () => {
      await callApi("email/outbox", { method: "POST", body: { id: stop.id, action: "resume" } });
      await refresh();
      toast("Mails go to the client again.");
    });
  });
  find("#mail-stop").replaceChildren(
    el(
      "div",
      { class: "notice notice-warn stack" },
      el("p", {}, el("strong", {}, "No mail goes to this client")),
      el("p", { class: "long-word" }, `${stop.address}: ${labelOf(mailOutcomes, stop.outcome).toLowerCase()} on ${day(stop.since)}.`, stop.detail ? ` “${stop.detail}”` : ""),
      mayChange() ? el("p", { class: "actions" }, resume) : "",
      problem,
    ),
  );
}

/** @param {ClientFile} file */
function showRest(file) {
  const { profile, messages, notes, activity, access } = file;
  showMailStop(file);
  const name = profile.business_name ?? profile.full_name ?? profile.email ?? "Client";
  find("#title").textContent = name;
  setTitle(name);
  find("#messages").replaceChildren(
    messages.length === 0
      ? empty("message-circle", "No messages yet", "What the client asks the assistant stands here.")
      : el("ul", { class: "rows message-lines" }, ...messages.map(({ author, author_name, content, created_at }) => el("li", {}, el("p", { class: "meta" }, `${author_name ?? labelOf(actors, author)} · `, el("time", { datetime: created_at }, moment(created_at))), el("p", { class: "long-text" }, content)))),
  );
  find("#notes").replaceChildren(
    notes.length === 0
      ? el("p", { class: "hint" }, "Nothing is noted yet.")
      : el("ul", { class: "rows message-lines" }, ...notes.map(({ content, by, created_at }) => el("li", {}, el("p", { class: "meta long-word" }, `${by ?? "Our team"} · `, el("time", { datetime: created_at }, moment(created_at))), el("p", { class: "long-text" }, content)))),
  );
  find("#activity").replaceChildren(
    el(
      "ul",
      { class: "rows" },
      ...activity.map(({ title, detail, actor, by, at }) =>
        el("li", {}, el("p", { class: "row-title" }, title), detail && el("p", { class: "long-word" }, detail), el("p", { class: "meta long-word" }, `${by ?? labelOf(actors, actor)} · `, el("time", { datetime: at }, moment(at)))),
      ),
    ),
  );
  find("#facts").replaceChildren(facts(profile), el("p", {}, el("a", { href: `/deadlines?client=${encodeURIComponent(profile.id)}` }, "Due dates of this client"), " · ", el("a", { href: `/outbox?client=${encodeURIComponent(profile.id)}` }, "Mails to this client")));
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
              el("p", { class: "long-word" }, `${subject === "ein" ? "EIN" : (document_name ?? "A document")}: ${labelOf(accesses, action)}`),
              el("p", { class: "meta long-word" }, `${by ?? labelOf(actors, actor)} · `, el("time", { datetime: at }, moment(at))),
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
      mayChange() && el("p", { class: "actions" }, ...moves.map((move, at) => moveButton(move, at === 0, place, problem))),
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
    const sure = await ask({ title: `${move.title}?`, body: ["The client is told by mail and sees it in the portal."], confirm: move.title });
    if (!sure) return;
    await whileBusy(made, "Saving…", problem, () => moveClient(move, null));
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
    el("div", { class: "field" }, el("label", { for: input.id }, `${move.title}: why?`), el("p", { class: "hint", id: "move-reason-hint" }, "The client reads this in the portal and by mail."), input),
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

/** Where the client stands on the way that all go, and how long each part took; the rest of the page does not wait for it. */
async function showWay() {
  const place = find("#way");
  try {
    /** @type {import("../components/workflow/workflow.js").Workflow} */
    const workflow = await callApi("clients/workflow", { query: { client: id } });
    const words = (/** @type {Stage} */ { longest_since, stays, median_seconds }) => [
      ...(longest_since === null ? [] : [`here since ${day(longest_since)}`]),
      ...(median_seconds === null ? [] : [stays === 1 ? `was here ${span(median_seconds)}` : `was here ${plural(stays, "time")}`]),
    ];
    place.replaceChildren(
      workflowMap({ label: "The way of this client", workflow, words }),
      el(
        "details",
        {},
        el("summary", {}, "The same as a table"),
        table({
          caption: "How long the client was where",
          columns: [{ label: "Status" }, { label: "How long" }],
          rows: workflow.stages.map((stage) => [stage.title, words(stage).join(", ") || "Not yet"]),
        }),
      ),
    );
  } catch (error) {
    const failure = el("div", { class: "notice notice-bad", role: "alert" });
    place.replaceChildren(failure);
    showFailure(failure, error, showWay);
  }
}

/** What the client signed; the rest of the page does not wait for it. */
async function showSigned() {
  const place = find("#signed");
  try {
    const nothing = () => empty("file-text", "No form is signed yet", "Forms of the library that the client signs stand here, with what was kept with each signature.");
    place.replaceChildren(await signedForms({ client: id, empty: nothing }));
  } catch (error) {
    const failure = el("div", { class: "notice notice-bad", role: "alert" });
    place.replaceChildren(failure);
    showFailure(failure, error, showSigned);
  }
}

// --- What was asked for

/** @param {ClientFile} file */
function showRequests({ profile, requests }) {
  const place = el("div");
  const open = el("button", { type: "button", class: "button button-quiet", "aria-expanded": "false" }, "Ask for something");
  open.addEventListener("click", () => {
    open.hidden = true;
    place.replaceChildren(askForm(profile, place, open));
    find("select", place).focus();
  });
  find("#requests").replaceChildren(
    ...[
      mayChange() && profile.onboarding_status !== "archived" && el("p", { class: "actions" }, open),
      place,
      requests.length === 0
        ? empty("clock", "Nothing was asked for yet", "Ask for files and answers here. The client is told by mail and reminded until it is done.")
        : el("ul", { class: "rows" }, ...requests.map((one) => filedRequest(one, refresh))),
    ].filter((part) => part instanceof HTMLElement),
  );
}

/**
 * What to ask for: a template, of which each part can be left out, or something of one's own.
 * @param {Profile} profile
 * @param {HTMLElement} place
 * @param {HTMLElement} opener
 */
function askForm({ entity_type }, place, opener) {
  const fitting = templates.filter((template) => template.entity_type === null || template.entity_type === entity_type);
  const choice = el(
    "select",
    { id: "ask-template", name: "template" },
    el("option", { value: "" }, "Something of my own"),
    ...fitting.map((template) => el("option", { value: template.id }, template.title)),
  );
  const parts = el("div", { class: "stack" });
  const due = el("input", { id: "ask-due", name: "due_on", type: "date" });
  const close = () => {
    place.replaceChildren();
    opener.hidden = false;
    opener.focus();
  };
  const form = el(
    "form",
    { class: "form", method: "post" },
    el("div", { class: "field" }, el("label", { for: choice.id }, "What to ask for"), choice),
    parts,
    el("div", { class: "field" }, el("label", { for: due.id }, "Until"), due),
    el("p", { class: "actions" }, el("button", { class: "button" }, "Ask the client"), el("button", { type: "button", class: "button button-quiet", onclick: close }, "Cancel")),
  );
  // One id for as long as the same is asked, so that a press after a lost line asks once.
  let request = crypto.randomUUID();
  form.addEventListener("input", () => (request = crypto.randomUUID()));
  const chosen = () => fitting.find((template) => template.id === choice.value);
  function showParts() {
    const template = chosen();
    due.value = inDays(template?.due_in_days ?? 14);
    parts.replaceChildren(
      template
        ? el(
            "fieldset",
            { class: "field" },
            el("legend", {}, "Choose what applies"),
            el(
              "div",
              { class: "choices" },
              ...template.items.map((item, at) =>
                el("label", { for: `ask-item-${at}` }, el("input", { type: "checkbox", id: `ask-item-${at}`, name: "items", value: at, checked: true }), el("span", {}, item.title, el("span", { class: "hint" }, item.description))),
              ),
            ),
          )
        : ownParts(),
    );
  }
  choice.addEventListener("change", showParts);
  showParts();
  form.addEventListener("keydown", (event) => event.key === "Escape" && close());
  enhanceForm(form, {
    busy: "Asking…",
    check: () => [
      ...(chosen() ? (new FormData(form).has("items") ? [] : [{ field: "items", message: "Choose at least one." }]) : textOf(form, "title") === "" ? [{ field: "title", message: "Say what you ask for." }] : []),
      ...(due.value === "" ? [{ field: "due_on", message: "Choose a day." }] : []),
    ],
    explain: (problem) =>
      problem.errors.length > 0 ? problem.errors.map(({ field, detail }) => ({ field: field.split(".").at(-1) ?? field, message: detail })) : null,
    send: async () => {
      const template = chosen();
      const items = template
        ? new FormData(form).getAll("items").map((at) => ({ ...template.items[Number(at)], due_on: due.value }))
        : [
            {
              title: textOf(form, "title"),
              description: textOf(form, "description") || null,
              wanted: textOf(form, "wanted"),
              document_category: textOf(form, "wanted") === "file" ? textOf(form, "document_category") || null : null,
              due_on: due.value,
            },
          ];
      await callApi("clients/requests", { method: "POST", body: { id: request, client_id: id, template: template?.id ?? null, items } });
      const file = await read();
      showRequests(file);
      showRest(file);
      toast("The client is asked, and told by mail.");
      find("#requests button").focus();
    },
  });
  return form;
}

/** The fields of a request that no template has. */
const ownParts = () =>
  el(
    "div",
    { class: "stack" },
    el("div", { class: "field" }, el("label", { for: "ask-title" }, "Title"), el("input", { id: "ask-title", name: "title", maxlength: 200, autocomplete: "off" })),
    el("div", { class: "field" }, el("label", { for: "ask-description" }, "What exactly (optional)"), el("textarea", { id: "ask-description", name: "description", rows: 3, maxlength: 1000 })),
    el(
      "div",
      { class: "field" },
      el("label", { for: "ask-wanted" }, "What is wanted"),
      el("select", { id: "ask-wanted", name: "wanted" }, el("option", { value: "file" }, "A file"), el("option", { value: "answer" }, "An answer in words")),
    ),
    el(
      "div",
      { class: "field" },
      el("label", { for: "ask-category" }, "Kind of file"),
      el("select", { id: "ask-category", name: "document_category" }, el("option", { value: "" }, "Any"), ...categories.map(({ value, label }) => el("option", { value }, label))),
    ),
  );

/** @param {number} days from today on, `YYYY-MM-DD` */
function inDays(days) {
  const date = new Date();
  date.setDate(date.getDate() + days);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

// --- Who looks after the client, and what is written

/**
 * @param {ClientFile["owner"]} owner
 * @param {Member[]} team
 */
function showOwner(owner, team) {
  if (!mayChange()) return find("#owner").replaceChildren(el("p", {}, owner?.name ?? "Nobody yet"));
  const problem = el("p", { class: "field-error", role: "alert", hidden: true });
  const choice = el(
    "select",
    { id: "owner-choice", "aria-labelledby": "owner-title" },
    el("option", { value: "" }, "Nobody yet"),
    // An owner who has left the team or may no longer change things is still shown.
    ...[...team.filter(({ can_own }) => can_own), ...(owner && !team.some((member) => member.can_own && member.id === owner.id) ? [owner] : [])].map((member) => el("option", { value: member.id }, member.name)),
  );
  choice.value = owner?.id ?? "";
  let kept = choice.value;
  choice.addEventListener("change", async () => {
    problem.hidden = true;
    try {
      const { outcomes } = await callApi("clients/bulk", { method: "POST", body: { ids: [id], action: "assign", owner_id: choice.value || null } });
      if (outcomes[0].outcome === "refused") throw new Problem({ status: 409, detail: outcomes[0].detail });
      kept = choice.value;
      toast(kept === "" ? "Nobody looks after the client now." : `${choice.selectedOptions[0]?.textContent} looks after the client now.`);
    } catch (error) {
      choice.value = kept;
      problem.textContent = explain(error);
      problem.hidden = false;
    }
  });
  find("#owner").replaceChildren(el("div", { class: "field" }, choice), problem);
}

/**
 * @param {"reply" | "note"} endpoint
 * @param {string} label
 * @param {string} hint
 * @param {string} action
 */
function writeForm(endpoint, label, hint, action) {
  const input = el("textarea", { id: `${endpoint}-text`, name: "content", rows: 3, maxlength: 4000, "aria-describedby": `${endpoint}-hint` });
  const form = el(
    "form",
    { class: "form", method: "post" },
    el("div", { class: "field" }, el("label", { for: input.id }, label), el("p", { class: "hint", id: `${endpoint}-hint` }, hint), input),
    el("p", { class: "actions" }, el("button", { class: "button button-quiet" }, action)),
  );
  // One id for as long as the words are the same, so that a press after a lost line writes once.
  let written = crypto.randomUUID();
  form.addEventListener("input", () => (written = crypto.randomUUID()));
  enhanceForm(form, {
    check: () => (textOf(form, "content") === "" ? [{ field: "content", message: endpoint === "note" ? "Write a note first." : "Write a message first." }] : []),
    send: async () => {
      await callApi(`clients/${endpoint}`, { method: "POST", body: { id: written, client_id: id, content: textOf(form, "content") } });
      form.reset();
      written = crypto.randomUUID();
      await refresh();
      toast(endpoint === "note" ? "The note is kept." : "The message is sent.");
      input.focus();
    },
  });
  return form;
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
