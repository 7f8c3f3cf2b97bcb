// @ts-check
// The home of a client: one list of all that waits on them, where things stand, and what comes next.
import "../modules/nav.js";
import { callApi } from "../modules/api.js";
import { el, find, icon } from "../modules/dom.js";
import { Unreachable } from "../modules/errors.js";
import { showFailure } from "../modules/failure.js";
import { day, dueWords, plural } from "../modules/format.js";
import { requireSession } from "../modules/session.js";

/** @typedef {{id: string, kind: "request" | "question" | "document" | "return" | "submit" | "message", title: string, detail: string, href: string, since: string, due_on: string | null}} Task */
/** @typedef {{id: string, title: string, state: "done" | "current" | "upcoming", at: string | null, detail: string}} Milestone */
/** @typedef {{id: string, author: "client" | "assistant" | "staff", author_name: string | null, excerpt: string, created_at: string}} RecentMessage */
/**
 * @typedef {object} Home
 * @property {{first_name: string | null, business_name: string | null, receipt_number: string | null}} profile
 * @property {"pending" | "in_progress" | "in-review" | "active" | "archived"} status
 * @property {{address: string, since: string, title: string, detail: string} | null} mail_notice
 * @property {Task[]} tasks
 * @property {Milestone[]} timeline
 * @property {{received: number, required: number, missing: {category: string, title: string, why: string}[]}} documents
 * @property {RecentMessage[]} messages
 * @property {{title: string, detail: string}} next
 */

const drawings = { request: "clock", question: "pencil", document: "file-text", return: "rotate-ccw", submit: "send", message: "message-circle" };
const stateWords = { done: "done", current: "now", upcoming: "still to come" };
const authors = { client: "You", assistant: "Assistant", staff: "Our team" };

async function load() {
  find("#failure").hidden = true;
  try {
    await requireSession();
    show(await callApi("onboarding/home"));
  } catch (error) {
    find("#loading").hidden = true;
    showFailure(find("#failure"), error, load);
    if (error instanceof Unreachable) addEventListener("online", () => !find("#failure").hidden && void load(), { once: true });
  }
}

/** @param {Home} home */
function show({ profile, status, mail_notice, tasks, timeline, documents, messages, next }) {
  find("#title").textContent = profile.first_name ? `Hello, ${profile.first_name}` : "Hello";
  showMailNotice(mail_notice);
  find("#next").replaceChildren(...nextStep(next, tasks, status, profile.receipt_number));
  find("#tasks").replaceChildren(taskList(tasks));
  find("#messages").replaceChildren(messageList(messages));
  find("#timeline").replaceChildren(...timeline.map(milestone));
  find("#documents").replaceChildren(...documentList(documents, status));
  find("#loading").hidden = true;
  find("#overview").hidden = false;
}

/** @param {Home["mail_notice"]} notice */
function showMailNotice(notice) {
  const place = find("#mail-notice");
  place.hidden = !notice;
  if (!notice) return;
  place.replaceChildren(
    el("p", {}, el("strong", {}, notice.title)),
    el("p", { class: "long-word" }, `${notice.address}, since ${day(notice.since)}. ${notice.detail}`),
    el("p", { class: "actions" }, el("a", { href: "/account" }, "Change your address"), " ", el("a", { href: "/assistant" }, "Write to us")),
  );
}

/**
 * @param {Home["next"]} next
 * @param {Task[]} tasks
 * @param {Home["status"]} status
 * @param {string | null} receipt
 */
function nextStep({ title, detail }, tasks, status, receipt) {
  const open = status === "pending" || status === "in_progress";
  // The step a new client begins with is the first of the six, whatever waits longest.
  const first = tasks.find(({ kind }) => kind === "question") ?? tasks.find(({ kind }) => kind === "document") ?? tasks[0];
  return [
    el("h2", { id: "next-title" }, title),
    el("p", {}, detail),
    el(
      "p",
      { class: "actions" },
      open && first && el("a", { class: "button", href: first.href }, status === "pending" ? "Start" : "Continue"),
      open && el("a", { href: "/onboarding" }, "See all six steps"),
      !open && el("a", { class: "button button-quiet", href: "/documents" }, "Upload a document"),
      !open && el("a", { href: "/assistant" }, "Write to us"),
      !open && receipt && el("a", { href: "/receipt" }, "See your receipt"),
    ),
  ];
}

/** @param {Task[]} tasks */
function taskList(tasks) {
  if (tasks.length === 0) {
    return el("div", { class: "empty-state" }, icon("circle-check"), el("h3", {}, "Nothing waits on you"), el("p", { class: "hint" }, "When we need something from you, it is listed here."));
  }
  return el(
    "ul",
    { class: "rows waiting" },
    ...tasks.map(({ kind, title, detail, href, since, due_on }) =>
      el(
        "li",
        {},
        icon(drawings[kind] ?? "circle"),
        el("div", {}, el("a", { href }, title), detail !== "" && el("p", { class: "hint" }, detail)),
        el("time", { class: "meta", datetime: due_on ?? since }, due_on ? dueWords(due_on) : `Since ${day(since)}`),
      ),
    ),
  );
}

/** @param {RecentMessage[]} messages */
function messageList(messages) {
  if (messages.length === 0) {
    return el(
      "div",
      { class: "empty-state" },
      icon("message-circle"),
      el("h3", {}, "No messages yet"),
      el("p", { class: "hint" }, "Ask the assistant anything about your onboarding. Our team can read it and answers here too."),
      el("p", { class: "actions" }, el("a", { class: "button button-quiet", href: "/assistant" }, "Ask a question")),
    );
  }
  return el(
    "div",
    { class: "stack" },
    el(
      "ul",
      { class: "rows message-lines" },
      ...messages.map(({ author, author_name, excerpt, created_at }) => el("li", {}, el("p", { class: "meta" }, `${author_name ? `${author_name}, our team` : (authors[author] ?? author)} · `, el("time", { datetime: created_at }, day(created_at))), el("p", {}, excerpt))),
    ),
    el("p", {}, el("a", { href: "/assistant" }, "Open the conversation")),
  );
}

/** @param {Milestone} part */
const milestone = ({ title, state, at, detail }) =>
  el(
    "li",
    { "data-state": state },
    el("h3", {}, title, " ", el("span", { class: "visually-hidden" }, `(${stateWords[state]})`)),
    at && el("p", { class: "meta" }, el("time", { datetime: at }, day(at))),
    detail !== "" && el("p", { class: "meta" }, detail),
  );

/**
 * @param {Home["documents"]} documents
 * @param {Home["status"]} status
 */
function documentList({ received, required, missing }, status) {
  if (required === 0) return [el("p", { class: "hint" }, "Which documents we need depends on the legal form of your business.")];
  const all = missing.length === 0;
  return [
    el("p", {}, all ? `We have all ${plural(required, "document")} we asked for.` : `${received} of ${required} received. We still need:`),
    !all && el("ul", { class: "rows" }, ...missing.map(({ title }) => el("li", {}, title))),
    el("p", {}, el("a", { href: all || status !== "in_progress" ? "/documents" : "/onboarding?step=documents" }, all ? "See your documents" : "Upload documents")),
  ].filter((part) => part instanceof HTMLElement);
}

// What was done in another tab, or before going back here, is not to stand here as a task.
addEventListener("pageshow", (event) => event.persisted && void load());
addEventListener("visibilitychange", () => document.visibilityState === "visible" && !find("#overview").hidden && void load());

void load();
