// @ts-check
import "../modules/nav.js";
import { callApi, openApi } from "../modules/api.js";
import { announce, el, find } from "../modules/dom.js";
import { keepDraft } from "../modules/drafts.js";
import { explain, problemFrom, Unreachable } from "../modules/errors.js";
import { showFailure } from "../modules/failure.js";
import { showBusy } from "../modules/form.js";
import { moment } from "../modules/format.js";
import { requireSession } from "../modules/session.js";
import { readEvents } from "../modules/sse.js";
import { richText } from "../modules/rich-text.js";

/** @typedef {{title: string, url: string | null}} Source */
/** @typedef {{id: string, author: "client" | "assistant" | "staff", content: string, sources: Source[], model: string | null, created_at: string}} Message */

const pageSize = 20;
const suggestions = ["What is my next step?", "Which documents do you still need from me?", "Is it safe to upload my tax papers?", "What happens after I submit?"];

const list = find("#messages");
const empty = find("#empty");
/** @type {HTMLFormElement} */
const form = find("#ask");
/** @type {HTMLTextAreaElement} */
const input = find("#message");
const sendButton = find("#send");
const stopButton = find("#stop");
const older = find("#older");
const olderButton = find("#show-older");
/** @type {string | null} */
let cursor = null;
/** @type {AbortController | null} */
let answering = null;
/** @type {ReturnType<typeof keepDraft> | undefined} */
let draft;

async function load() {
  find("#failure").hidden = true;
  try {
    const { user } = await requireSession();
    const page = await callApi("onboarding/chat", { query: { limit: pageSize } });
    addOlder(page);
    draft = keepDraft(form, `${user.id}:assistant`);
    draft.restore();
    find("#conversation").hidden = false;
    find("#composer").hidden = false;
    empty.hidden = list.children.length > 0;
    toEnd();
  } catch (error) {
    showFailure(find("#failure"), error, load);
  }
  find("#loading").hidden = true;
}

/** @param {{messages: Message[], next_cursor: string | null}} page newest first, as the API gives them */
function addOlder({ messages, next_cursor }) {
  list.prepend(...messages.toReversed().map(show));
  cursor = next_cursor;
  older.hidden = cursor === null;
}

olderButton.addEventListener("click", async () => {
  if (olderButton.getAttribute("aria-disabled")) return;
  const rest = showBusy(olderButton, "Loading…");
  const first = list.firstElementChild;
  try {
    const page = await callApi("onboarding/chat", { query: { limit: pageSize, cursor } });
    // What one was reading stays where it is while older lines come in above.
    const top = first?.getBoundingClientRect().top ?? 0;
    addOlder(page);
    scrollBy(0, (first?.getBoundingClientRect().top ?? 0) - top);
    announce(`${page.messages.length} older messages shown.`);
    older.querySelector(".field-error")?.remove();
  } catch (error) {
    older.querySelector(".field-error")?.remove();
    older.append(el("span", { class: "field-error", role: "alert" }, ` ${explain(error)}`));
  } finally {
    rest();
  }
});

/** @param {Message} message */
function show(message) {
  const item = shell(message.author, message.created_at);
  fill(item, message);
  return item;
}

const names = { client: "You", assistant: "Assistant", staff: "Our team" };

/**
 * @param {Message["author"]} author
 * @param {string} [sent]
 */
function shell(author, sent) {
  return el(
    "li",
    { class: "message", "data-author": author },
    el("p", { class: "meta" }, el("strong", {}, names[author]), sent ? ` · ${moment(sent)}` : ""),
    el("div", { class: "body" }),
  );
}

/**
 * @param {HTMLElement} item
 * @param {Message} message
 */
function fill(item, { author, content, sources, model }) {
  // What a person typed is shown as typed; only the assistant writes lists.
  find(".body", item).replaceChildren(...(author === "client" ? [el("p", {}, content)] : richText(content)));
  if (sources?.length > 0) {
    item.append(el("div", { class: "sources" }, el("p", {}, "From:"), el("ul", {}, ...sources.map((source) => el("li", {}, sourceLink(source))))));
  }
  if (model && model !== "built-in") item.append(el("p", { class: "meta" }, `Written by the language model ${model}.`));
}

/** @param {Source} source */
function sourceLink({ title, url }) {
  if (!url || !URL.canParse(url, location.origin)) return title;
  const target = new URL(url, location.origin);
  // A source is text from elsewhere; no other kind of link may come in with it.
  if (target.protocol !== "https:" && target.origin !== location.origin) return title;
  return el("a", { href: target.href, rel: "noopener" }, title);
}

const toEnd = () => scrollTo(0, document.documentElement.scrollHeight);
const nearEnd = () => innerHeight + scrollY > document.documentElement.scrollHeight - 120;

/**
 * Sends a question and shows the answer as it comes.
 * @param {string} text
 * @param {HTMLElement} [question] already on the page, when it is asked again
 */
async function ask(text, question) {
  if (answering) return;
  const mine = (answering = new AbortController());
  empty.hidden = true;
  if (!question) {
    question = shell("client");
    find(".body", question).append(el("p", {}, text));
    list.append(question);
  }
  const reply = shell("assistant");
  const body = find(".body", reply);
  body.append(el("p", { class: "hint" }, "Thinking…"));
  list.append(reply);
  sendButton.hidden = true;
  stopButton.hidden = false;
  announce("The assistant is answering.");
  toEnd();

  let content = "";
  /** @type {string | null} */
  let storedId = null;
  try {
    const response = await openApi("onboarding/chat", { method: "POST", body: { message: text }, accept: "text/event-stream", timeout: 30_000, signal: mine.signal });
    draft?.clear();
    let done = false;
    for await (const { event, data } of readEvents(/** @type {ReadableStream<Uint8Array>} */ (response.body))) {
      const value = JSON.parse(data);
      const follow = nearEnd();
      if (event === "message") storedId = value.id;
      else if (event === "delta") body.replaceChildren(...richText((content += value.text)));
      else if (event === "error") throw problemFrom(value, value.status ?? 500);
      else if (event === "done") {
        done = true;
        fill(reply, value);
        announce(`The assistant says: ${value.content}`);
      }
      if (follow) toEnd();
    }
    // A stream that ends early looks like a good end to the browser.
    if (!done) throw new Unreachable("network");
  } catch (error) {
    if (mine.signal.aborted) {
      if (content === "") body.replaceChildren();
      reply.append(el("p", { class: "meta" }, "You stopped this answer."));
      announce("Stopped.");
    } else {
      failed(error instanceof TypeError ? new Unreachable("network") : error, text, question, reply, storedId);
    }
  } finally {
    answering = null;
    sendButton.hidden = false;
    if (document.activeElement === stopButton) input.focus();
    stopButton.hidden = true;
  }
}

/**
 * @param {unknown} error
 * @param {string} text
 * @param {HTMLElement} question
 * @param {HTMLElement} reply
 * @param {string | null} storedId of the question, when it arrived
 */
function failed(error, text, question, reply, storedId) {
  const again = el("button", { type: "button", class: "button button-quiet button-small" }, "Try again");
  const words = error instanceof Unreachable ? "The connection was lost before the answer was complete. Your question is still here." : explain(error);
  find(".body", reply).replaceChildren(el("div", { class: "notice notice-bad", role: "alert" }, el("p", {}, words), el("p", {}, again)));
  again.addEventListener("click", async () => {
    if (again.getAttribute("aria-disabled")) return;
    const rest = showBusy(again, "Trying again…");
    try {
      // The server finishes an answer even when nobody listens; then it only has to be shown.
      const stored = storedId ? await answerTo(storedId) : null;
      reply.remove();
      if (stored) list.append(show(stored));
      else await ask(text, question);
    } catch (problem) {
      rest();
      failed(problem, text, question, reply, storedId);
    }
    input.focus();
  });
}

/**
 * @param {string} id of the question
 * @returns {Promise<Message | null>}
 */
async function answerTo(id) {
  /** @type {{messages: Message[]}} */
  const { messages } = await callApi("onboarding/chat", { query: { limit: 10 } });
  const index = messages.findIndex((message) => message.id === id);
  const next = index > 0 ? messages[index - 1] : null;
  return next?.author === "assistant" ? next : null;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = input.value.trim();
  if (text === "" || answering) {
    input.focus();
    return;
  }
  input.value = "";
  input.focus();
  void ask(text);
});

input.addEventListener("keydown", (event) => {
  // While a word is composed (Chinese, Japanese, …), Enter belongs to the input method. On a phone it is the only way to a new line.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || matchMedia("(pointer: coarse)").matches) return;
  event.preventDefault();
  form.requestSubmit();
});

stopButton.addEventListener("click", () => answering?.abort());

find("#suggestions").append(
  ...suggestions.map((text) => el("li", {}, el("button", { type: "button", class: "button button-quiet button-small", onclick: () => void ask(text) }, text))),
);

void load();
