// @ts-check
// What the onboarding shows of the whole: the list of steps, the answers to check, and where things stand after submitting.
import { el } from "./dom.js";
import { moment, phone, plural } from "./format.js";
import { lockedFields } from "./onboarding-forms.js";
import { entityTypes, labelOf, services, urgencies } from "./words.js";

/** @typedef {import("../pages/onboarding.js").State} State */
/** @typedef {import("../pages/onboarding.js").Step} Step */
/** @typedef {import("../components/upload/upload.js").Required} Required */

/**
 * @param {State} state
 * @returns {{title: string, elements: HTMLElement[]}}
 */
export function overview(state) {
  switch (state.profile.onboarding_status) {
    case "in-review":
      return { title: "Your onboarding is in review", elements: inReview(state) };
    case "active":
      return {
        title: "Your account is active",
        elements: [
          el("p", { class: "lead narrow" }, "We have reviewed your answers. You can go on uploading documents and writing to us."),
          el("p", { class: "actions" }, el("a", { class: "button", href: "/documents" }, "Go to your documents"), receiptLink(state), el("a", { href: "/assistant" }, "Write to us")),
          ...profileSummary(state),
        ],
      };
    case "archived":
      return {
        title: "Your onboarding is closed",
        elements: [el("p", { class: "lead narrow" }, "Our team has closed this onboarding. Your documents are still here. Write to us if you want to open it again."), el("p", { class: "actions" }, el("a", { class: "button", href: "/assistant" }, "Write to us"), el("a", { href: "/documents" }, "Go to your documents"))],
      };
    default:
      return { title: "Your onboarding", elements: taskList(state) };
  }
}

/** @param {State} state */
function taskList({ profile, onboarding: { steps, completed_steps, total_steps } }) {
  const next = steps.find(({ completed }) => !completed) ?? steps.at(-1);
  const begun = completed_steps > 0;
  const firstName = profile.full_name?.split(" ")[0];
  return [
    el(
      "p",
      { class: "lead narrow" },
      begun ? `${completed_steps} of ${plural(total_steps, "step")} done. ` : `Welcome${firstName ? `, ${firstName}` : ""}. There are ${plural(total_steps, "step")}. `,
      "Take them in any order. Each is saved, so you can stop and come back.",
    ),
    el(
      "ol",
      { class: "rows task-list narrow" },
      ...steps.map(({ id, title, completed, requirements }, index) =>
        el(
          "li",
          {},
          el(
            "div",
            { class: "task-name" },
            el("span", { class: "task-number", "aria-hidden": "true" }, String(index + 1)),
            el("div", {}, el("a", { href: `/onboarding?step=${id}` }, title), !completed && neededWords(id, requirements)),
          ),
          completed ? el("span", { class: "tag tag-good" }, "Done") : el("span", { class: "tag" }, openWords(id, requirements.length)),
        ),
      ),
    ),
    el("p", { class: "actions" }, next && el("a", { class: "button", href: `/onboarding?step=${next.id}` }, begun ? `Continue: ${next.title}` : "Start")),
  ];
}

/**
 * What a step still needs, in words.
 * @param {string} id
 * @param {string[]} requirements
 */
function neededWords(id, requirements) {
  if (id === "review") return null;
  if (requirements.length === 0) return el("p", { class: "hint" }, "Which ones depends on the legal form of your business.");
  // The documents are many and have long names; their page lists them with the reasons.
  if (id === "documents") return null;
  return el("p", { class: "hint" }, `Still needed: ${requirements.map((field) => fieldNames[field] ?? field).join(", ")}`);
}

/**
 * @param {string} id
 * @param {number} missing
 */
function openWords(id, missing) {
  if (id === "review") return "To do";
  return id === "documents" && missing > 0 ? `${missing} missing` : "To do";
}

/** @param {State} state */
function inReview(state) {
  const { submitted_at } = state.profile;
  return [
    el("p", { class: "notice notice-good" }, submitted_at ? `You submitted your answers on ${moment(submitted_at)}. There is nothing more you have to do now.` : "There is nothing more you have to do now."),
    el("h2", {}, "What happens next"),
    el(
      "ol",
      { class: "rows numbered narrow" },
      el("li", {}, el("div", {}, el("h3", {}, "We read your answers and documents"), el("p", {}, "Our team checks that everything fits together."))),
      el("li", {}, el("div", {}, el("h3", {}, "If something is missing, we tell you"), el("p", {}, "We write to you on the Assistant page, and may open your answers again so that you can change them."))),
      el("li", {}, el("div", {}, el("h3", {}, "Your account becomes active"), el("p", {}, "You see it here."))),
    ),
    el(
      "p",
      { class: "actions" },
      receiptLink(state),
      el("a", { class: "button button-quiet", href: "/documents" }, "Upload more documents"),
      el("a", { href: "/assistant" }, "Write to us"),
    ),
    ...profileSummary(state),
  ];
}

/** @param {State} state */
const receiptLink = ({ profile }) => profile.receipt_number && el("a", { href: "/receipt" }, "See your receipt");

/** @param {State} state */
function profileSummary(state) {
  return [
    el(
      "section",
      { class: "section stack-loose" },
      el("div", { class: "stack" }, el("h2", {}, "What you told us"), el("p", { class: "hint" }, "Your name and the legal details of your business are locked now. The rest you can still change. Is something locked wrong? ", el("a", { href: "/assistant" }, "Write to us"), ".")),
      ...answerList(state, null, (id) => `/onboarding?step=${id}`, "h3"),
    ),
  ];
}

/**
 * The answers, each group with a link to change it.
 * @param {State} state
 * @param {Required[] | null} required null leaves the documents out
 * @param {((step: string) => string) | null} link null on paper, where nothing can be changed
 * @param {"h2" | "h3"} [heading]
 */
export function answerList({ profile, onboarding: { steps } }, required, link, heading = "h2") {
  const locked = profile.onboarding_status !== "pending" && profile.onboarding_status !== "in_progress";
  /** @type {Record<string, [string, string | null, string][]>} */
  const groups = {
    account: [
      ["Full name", profile.full_name, "full_name"],
      ["Email address", profile.email, "email"],
      ["Phone number", profile.phone && phone(profile.phone), "phone"],
    ],
    business: [
      ["Legal form", profile.entity_type && labelOf(entityTypes, profile.entity_type), "entity_type"],
      ["Business name", profile.business_name, "business_name"],
      ["EIN", profile.ein, "ein"],
    ],
    services: [["Services", (profile.services_needed ?? []).map((value) => labelOf(services, value)).join(", ") || null, "services_needed"]],
    timeline: [["Start", profile.urgency && labelOf(urgencies, profile.urgency), "urgency"]],
  };
  if (required) groups.documents = required.map(({ title, received, category }) => [title, received ? "Received" : null, `documents.${category}`]);

  return steps.flatMap(({ id, title, requirements }) => {
    const rows = groups[id];
    if (!rows || rows.length === 0) return [];
    const fixed = locked && rows.every(([, , field]) => lockedFields.includes(field));
    return [
      el(
        "section",
        {},
        el(
          "div",
          { class: "section-head" },
          el(heading, {}, title),
          !link ? null : fixed ? el("span", { class: "meta" }, "Locked") : el("a", { href: link(id) }, id === "documents" ? "Upload" : "Change", el("span", { class: "visually-hidden" }, `: ${title}`)),
        ),
        el(
          "dl",
          { class: "summary" },
          ...rows.map(([label, value, field]) => el("div", {}, el("dt", {}, label), el("dd", {}, value || unanswered(id, requirements.includes(field))))),
        ),
      ),
    ];
  });
}

/**
 * @param {string} step
 * @param {boolean} missing
 */
function unanswered(step, missing) {
  if (!missing) return el("span", { class: "meta" }, step === "documents" ? "Not received" : "None");
  return el("span", { class: "tag tag-warn" }, step === "documents" ? "Missing" : "Not answered");
}

/**
 * What still stands in the way of submitting, with the way there.
 * @param {State} state
 * @param {Required[]} required
 */
export function missingList({ onboarding: { steps } }, required) {
  const open = steps.filter(({ id, completed }) => id !== "review" && !completed);
  if (open.length === 0) return [];
  return [
    el(
      "div",
      { class: "notice" },
      el("p", {}, el("strong", {}, "Before you can submit, we still need:")),
      el(
        "ul",
        { class: "stack" },
        ...open.map(({ id, title, requirements }) =>
          el("li", {}, el("a", { href: `/onboarding?step=${id}&from=review` }, title), details(title, requirements.map((field) => fieldWords(field, required)))),
        ),
      ),
    ),
  ];
}

/**
 * @param {string} title of the step
 * @param {string[]} missing
 */
function details(title, missing) {
  if (missing.length === 0) return ": what we need follows from the legal form of your business";
  // A step of one question has its name already.
  return missing.length === 1 && missing[0] === title.toLowerCase() ? "" : `: ${missing.join(", ")}`;
}

/** @type {Record<string, string>} */
const fieldNames = {
  full_name: "full name",
  phone: "phone number",
  business_name: "business name",
  entity_type: "legal form",
  ein: "EIN",
  services_needed: "services",
  urgency: "when you want to start",
};

/**
 * @param {string} field
 * @param {Required[]} required
 */
function fieldWords(field, required) {
  if (!field.startsWith("documents.")) return fieldNames[field] ?? field;
  const category = field.slice("documents.".length);
  return required.find((document) => document.category === category)?.title ?? category;
}

/**
 * @param {State} state
 * @param {string} field
 */
export function stepOfField({ onboarding: { steps } }, field) {
  if (field.startsWith("documents.")) return "documents";
  return steps.find(({ requirements }) => requirements.includes(field))?.id ?? "review";
}
