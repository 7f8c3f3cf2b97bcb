// @ts-check
// One due date with what can be done about it: done with a proof, open again, and by our team not applicable and assigned.
import { callApi } from "../../modules/api.js";
import { announce, el } from "../../modules/dom.js";
import { enhanceForm, whileBusy } from "../../modules/form.js";
import { day } from "../../modules/format.js";

/** @typedef {{id: string, name: string}} Named */
/**
 * @typedef {object} Deadline
 * @property {string} rule
 * @property {string} period
 * @property {string} title
 * @property {string} period_title
 * @property {string} about
 * @property {string} jurisdiction
 * @property {string} due
 * @property {{date: string, condition: string} | null} later
 * @property {{document: string, law: string, url: string}} source
 * @property {"open" | "done" | "not-applicable"} status
 * @property {string | null} assigned_to
 * @property {Named | null} document
 * @property {string | null} done_at
 * @property {string | null} done_by
 * @property {{id: string, name: string | null} | null} client
 */

const dateWords = new Intl.DateTimeFormat("en-US", { weekday: "short", month: "short", day: "numeric", year: "numeric" });
/** @type {Record<string, string>} */
const places = { federal: "Federal", CA: "California", DE: "Delaware", FL: "Florida", NY: "New York", TX: "Texas" };

/**
 * A day without a time, as it stands in any time zone.
 * @param {string} iso
 */
export function calendarDay(iso) {
  const [year = 0, month = 1, date = 1] = iso.split("-").map(Number);
  return dateWords.format(new Date(year, month - 1, date));
}

/**
 * @param {Deadline} deadline
 * @param {object} around
 * @param {string} around.today as 2026-04-15
 * @param {boolean} around.staff whether our team looks at it
 * @param {boolean} around.changes whether whoever looks at it may change it
 * @param {Named[]} around.documents of the client, to choose a proof from
 * @param {string[]} around.team the addresses of our team
 * @param {string | null} around.client whose it is, for our team
 * @param {(deadline: Deadline) => Promise<void> | void} around.changed
 */
export function deadlineRow(deadline, around) {
  const { title, period_title, about, due, later, source, status, client, assigned_to } = deadline;
  const name = `${title}, ${period_title}`;
  const place = el("div");
  const problem = el("p", { class: "field-error", role: "alert", hidden: true });
  const owner = around.client ?? client?.id ?? null;
  return el(
    "li",
    { class: "deadline", "data-deadline": `${deadline.rule} ${deadline.period} ${owner ?? ""}` },
    el("p", { class: "meta" }, el("time", { datetime: due }, calendarDay(due)), ` · ${places[deadline.jurisdiction] ?? deadline.jurisdiction}`),
    el("p", { class: "row-title" }, el("span", {}, name), tag(status, due, around.today)),
    client && el("p", {}, el("a", { href: `/deadlines?client=${encodeURIComponent(client.id)}` }, client.name ?? "A client without a name")),
    el("p", {}, about, later && ` Until ${calendarDay(later.date)} ${later.condition}.`),
    status === "done" && el("p", { class: "meta long-word" }, doneWords(deadline)),
    assigned_to && el("p", { class: "meta long-word" }, `Looked after by ${assigned_to}.`),
    el("p", { class: "meta" }, "Source: ", el("a", { href: source.url, rel: "noreferrer" }, source.document), `; ${source.law}`),
    around.changes && el("p", { class: "actions" }, ...actions()),
    place,
    problem,
  );

  function actions() {
    const made = [];
    if (status === "open") made.push(button("Mark as done", () => place.replaceChildren(doneForm())));
    else made.push(button("Open again", () => save({ status: "open" })));
    if (around.staff && status === "open") made.push(button("Does not apply", () => save({ status: "not-applicable" })));
    if (around.staff && around.team.length > 0) made.push(button("Assign", () => place.replaceChildren(assignForm())));
    return made;
  }

  /**
   * @param {string} words
   * @param {() => unknown} act
   */
  function button(words, act) {
    const made = el("button", { type: "button", class: "button button-quiet", "aria-label": `${words}: ${name}` }, words);
    made.addEventListener("click", () => {
      if (made.getAttribute("aria-disabled")) return;
      problem.hidden = true;
      const working = act();
      if (working instanceof Promise) void whileBusy(made, "Saving…", problem, () => working);
    });
    return made;
  }

  /** @param {Record<string, unknown>} change */
  async function save(change) {
    const saved = await callApi("compliance/record", { method: "POST", body: { client: owner, rule: deadline.rule, period: deadline.period, ...change } });
    await around.changed({ ...saved, client });
    announce(`${name}: saved.`);
  }

  function doneForm() {
    const id = `proof-${deadline.rule}-${deadline.period}-${owner ?? "own"}`;
    const select = el("select", { id, name: "document_id" }, el("option", { value: "" }, "Without a document"), ...around.documents.map((document) => el("option", { value: document.id }, document.name)));
    const form = el(
      "form",
      { class: "form", method: "post" },
      el("div", { class: "field" }, el("label", { for: id }, "Proof that it is done"), el("p", { class: "hint", id: `${id}-hint` }, "A confirmation or a copy of what was filed, from the documents."), select),
      el("p", { class: "actions" }, el("button", { class: "button" }, "Save as done"), cancel()),
    );
    select.setAttribute("aria-describedby", `${id}-hint`);
    enhanceForm(form, { send: () => save({ status: "done", document_id: select.value === "" ? null : select.value }) });
    queueMicrotask(() => select.focus());
    return form;
  }

  function assignForm() {
    const id = `assign-${deadline.rule}-${deadline.period}-${owner ?? "own"}`;
    const select = el("select", { id, name: "assigned_to" }, el("option", { value: "" }, "Nobody"), ...around.team.map((address) => el("option", { value: address, selected: address === assigned_to }, address)));
    const form = el(
      "form",
      { class: "form", method: "post" },
      el("div", { class: "field" }, el("label", { for: id }, "Who looks after it"), select),
      el("p", { class: "actions" }, el("button", { class: "button" }, "Save"), cancel()),
    );
    enhanceForm(form, { send: () => save({ assigned_to: select.value === "" ? null : select.value }) });
    queueMicrotask(() => select.focus());
    return form;
  }

  function cancel() {
    return el("button", { type: "button", class: "button button-quiet", onclick: () => place.replaceChildren() }, "Cancel");
  }
}

/** @param {Deadline} deadline */
function doneWords({ done_at, done_by, document }) {
  const who = done_by === "staff" ? " by our team" : done_by === "client" ? " by the client" : "";
  const proof = document ? ` Proof: ${document.name}` : " Without a document as proof.";
  return `On ${done_at ? day(done_at) : "an unknown day"}${who}.${proof}`;
}

/**
 * @param {string} status
 * @param {string} due
 * @param {string} today
 */
function tag(status, due, today) {
  if (status === "done") return el("span", { class: "tag tag-good" }, "Done");
  if (status === "not-applicable") return el("span", { class: "tag" }, "Does not apply");
  if (due < today) return el("span", { class: "tag tag-bad" }, "Open, past the due date");
  return el("span", { class: "tag tag-warn" }, "Open");
}
