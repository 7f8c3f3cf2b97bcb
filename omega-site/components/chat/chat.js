// @ts-check
// The conversation with the assistant: <omega-chat>, on its page and in the panel of the others.
import { callApi } from "../../modules/api.js";
import { el, find, icon } from "../../modules/dom.js";
import { keepDraft } from "../../modules/drafts.js";
import { explain, Problem, Unreachable } from "../../modules/errors.js";
import { showFailure } from "../../modules/failure.js";
import { showBusy } from "../../modules/form.js";
import { moment } from "../../modules/format.js";
import { drawMarkdown, link, loadMarkdown } from "../../modules/markdown.js";
import { requireSession } from "../../modules/session.js";
import { Exchange, Stopped } from "./exchange.js";
import { keepUnsent } from "./unsent.js";

/** @typedef {import("./exchange.js").Message} Message */
/** @typedef {{messages: Message[], next_cursor: string | null, suggestions: string[], backend: string}} Conversation */

const pageSize = 20;
/** A question that has waited longer than this, in milliseconds, is asked again only by hand. */
const patience = 10 * 60_000;
const names = { client: "You", assistant: "Assistant", staff: "Our team" };

export class OmegaChat extends HTMLElement {
  #status = el("p", { class: "visually-hidden", role: "status" });
  #skeleton = el("div", { class: "skeleton", "aria-hidden": "true" }, el("span"), el("span"), el("span"));
  #failure = el("div", { class: "notice notice-bad stack", role: "alert", hidden: true });
  #olderButton = el("button", { type: "button", class: "button button-quiet button-small", onclick: () => void this.#showOlder() }, "Show older messages");
  #older = el("p", { class: "older", hidden: true }, this.#olderButton);
  #list = el("ol", { class: "messages", "aria-label": "Conversation" });
  #emptyTitle = el("h2", {}, "What would you like to know?");
  #suggestions = el("ul", { class: "suggestions", "aria-label": "Suggested questions" });
  #conversation = el("div", { class: "conversation", hidden: true }, this.#older, this.#list, el("div", { class: "stack" }, this.#emptyTitle, this.#suggestions));
  #input = el("textarea", { id: "chat-message", name: "message", rows: 1, maxlength: 4000, enterkeyhint: "send", "aria-describedby": "chat-who" });
  #send = el("button", { type: "submit", class: "button" }, "Send");
  #stop = el("button", { type: "button", class: "button button-quiet", hidden: true, onclick: () => this.#exchange?.stop() }, "Stop");
  #who = el("p", { class: "hint", id: "chat-who" });
  #form = el(
    "form",
    { method: "post" },
    el("label", { for: "chat-message" }, "Your message"),
    el("div", { class: "composer-row" }, this.#input, this.#send, this.#stop),
    this.#who,
  );
  #composer = el("div", { class: "composer", hidden: true }, this.#form);

  /** @type {Exchange | null} */
  #exchange = null;
  /** @type {string | null} */
  #cursor = null;
  /** @type {ReturnType<typeof keepDraft> | undefined} */
  #draft;
  /** @type {ReturnType<typeof keepUnsent> | undefined} */
  #unsent;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #silence;

  connectedCallback() {
    if (this.#status.parentNode) return;
    this.replaceChildren(this.#status, this.#skeleton, this.#failure, this.#conversation, this.#composer);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#input.addEventListener("keydown", (event) => {
      // While a word is composed (Chinese, Japanese, …), Enter belongs to the input method. On a phone it is the only way to a new line.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || matchMedia("(pointer: coarse)").matches) return;
      event.preventDefault();
      this.#form.requestSubmit();
    });
    this.#say("Loading…");
    void this.#load();
  }

  /** Puts the cursor where one types, once there is such a place. */
  focusInput() {
    this.#input.focus({ preventScroll: true });
  }

  async #load() {
    this.#failure.hidden = true;
    try {
      const { user } = await requireSession();
      /** @type {[Conversation, void]} */
      const [page] = await Promise.all([callApi("onboarding/chat", { query: { limit: pageSize } }), loadMarkdown()]);
      this.#addOlder(page);
      this.#showWho(page.backend);
      this.#suggestions.replaceChildren(...page.suggestions.map((text) => this.#suggestion(text)));
      this.#draft = keepDraft(this.#form, `${user.id}:assistant`);
      this.#draft.restore();
      this.#unsent = keepUnsent(user.id);
      this.#conversation.hidden = false;
      this.#composer.hidden = false;
      this.#say("");
      this.#settle();
      this.#toEnd();
      this.dispatchEvent(new Event("omega:ready"));
      this.#goOn(page.messages);
    } catch (error) {
      this.#say("");
      showFailure(this.#failure, error, () => this.#load());
    }
    this.#skeleton.hidden = true;
  }

  /**
   * Takes up a question that has no answer yet: one that never reached the server, or one that was asked when another
   * page was open.
   * @param {Message[]} messages newest first
   */
  #goOn(messages) {
    const unsent = this.#unsent?.read();
    if (unsent && messages.some(({ id }) => id === unsent.id)) this.#unsent?.clear();
    else if (unsent) {
      void this.#run(new Exchange(unsent.text, { id: unsent.id }), this.#addQuestion(unsent.text));
      return;
    }
    const [newest] = messages;
    if (newest?.author !== "client") return;
    const exchange = new Exchange(newest.content, { id: newest.id, sent: true });
    const question = /** @type {HTMLElement} */ (this.#list.lastElementChild);
    if (Date.now() - Date.parse(newest.created_at) < patience) void this.#run(exchange, question);
    else this.#failed(exchange, question, this.#addReply(), "This question has no answer yet.");
  }

  // --- What was said

  async #showOlder() {
    if (this.#olderButton.getAttribute("aria-disabled")) return;
    const rest = showBusy(this.#olderButton, "Loading…");
    this.#older.querySelector(".field-error")?.remove();
    const first = this.#list.firstElementChild;
    try {
      const page = await callApi("onboarding/chat", { query: { limit: pageSize, cursor: this.#cursor } });
      // What one was reading stays where it is while older lines come in above.
      const top = first?.getBoundingClientRect().top ?? 0;
      this.#addOlder(page);
      this.#scroller.scrollBy(0, (first?.getBoundingClientRect().top ?? 0) - top);
      this.#say(`${page.messages.length} older messages shown.`);
      // The button may be gone; the keyboard goes on at what it brought.
      if (this.#older.hidden) find(".message", this.#list).focus({ preventScroll: true });
    } catch (error) {
      this.#older.append(el("span", { class: "field-error", role: "alert" }, ` ${explain(error)}`));
    } finally {
      rest();
    }
  }

  /** @param {Pick<Conversation, "messages" | "next_cursor">} page newest first, as the API gives them */
  #addOlder({ messages, next_cursor }) {
    this.#list.prepend(...messages.toReversed().map((message) => fill(turn(message.author, message.author_name), message, (words) => this.#say(words))));
    this.#cursor = next_cursor;
    this.#older.hidden = next_cursor === null;
  }

  /** @param {string} backend */
  #showWho(backend) {
    const answers =
      backend === "built-in"
        ? "A program answers here."
        : `The language model ${backend} answers here and can be wrong. It is given your questions, first name, status and missing documents; never your EIN, contact details or files.`;
    this.#who.textContent = `${answers} Our team can read this conversation. Leave out your password, EIN and Social Security number.`;
  }

  // --- Asking

  /** @param {string} text */
  #suggestion(text) {
    const button = el("button", { type: "button", class: "button button-quiet button-small" }, text);
    const item = el("li", {}, button);
    button.addEventListener("click", () => {
      if (this.#exchange) return;
      item.remove();
      this.focusInput();
      this.#askNew(text);
    });
    return item;
  }

  #submit() {
    const text = this.#input.value.trim();
    this.focusInput();
    if (text === "" || this.#exchange) return;
    this.#input.value = "";
    this.#draft?.clear();
    this.#askNew(text);
  }

  /** @param {string} text */
  #askNew(text) {
    const exchange = new Exchange(text);
    this.#unsent?.write({ id: exchange.id, text });
    void this.#run(exchange, this.#addQuestion(text));
  }

  /** @param {string} text */
  #addQuestion(text) {
    const question = turn("client");
    find(".meta", question).append(` · ${moment(new Date().toISOString())}`);
    find(".body", question).append(el("p", {}, text));
    this.#list.append(question);
    return question;
  }

  #addReply() {
    const reply = turn("assistant");
    this.#list.append(reply);
    return reply;
  }

  /**
   * Shows an answer as it comes, until it is whole, stopped, or not to be had.
   * @param {Exchange} exchange
   * @param {HTMLElement} question
   * @param {HTMLElement} [reply] where its answer has begun to stand
   */
  async #run(exchange, question, reply = this.#addReply()) {
    this.#exchange = exchange;
    const body = find(".body", reply);
    if (!body.hasChildNodes()) body.append(el("p", { class: "hint" }, "Thinking…"));
    note(reply);
    this.#settle();
    this.#say("The assistant is answering.");
    this.#toEnd();

    /** @type {string | null} what has come and is not drawn yet */
    let words = null;
    /** Takes away what stood in the place of the answer. */
    const clear = () => reply.dataset.begun || body.replaceChildren();
    const draw = () => {
      if (words === null) return;
      const follow = this.#nearEnd();
      clear();
      reply.dataset.begun = "yes";
      drawMarkdown(body, words);
      words = null;
      if (follow) this.#toEnd();
    };
    try {
      const message = await exchange.answer({
        sent: () => this.#unsent?.clear(),
        words: (text) => {
          if (words === null) requestAnimationFrame(draw);
          words = text;
          note(reply);
        },
        cut: (offline) => {
          draw();
          const kept = reply.dataset.begun ? "Your question and what came of the answer are kept" : "Your question is kept";
          const then = offline ? "and it goes on when you are online again." : "and we are trying again.";
          clear();
          note(reply, el("div", { class: "notice notice-warn" }, el("p", {}, `The connection was lost. ${kept}, ${then}`)));
          this.#say(`The connection was lost. ${kept}, ${then}`);
          this.#toEnd();
        },
      });
      words = null;
      const follow = this.#nearEnd();
      clear();
      note(reply);
      fill(reply, message, (said) => this.#say(said));
      this.#say(`The assistant says: ${message.content}`);
      if (follow) this.#toEnd();
    } catch (error) {
      draw();
      clear();
      // What the server will never take must not be sent again at the next visit.
      if (error instanceof Stopped || (error instanceof Problem && error.status < 500 && error.status !== 429)) this.#unsent?.clear();
      if (error instanceof Stopped) this.#stopped(exchange, question, reply);
      else {
        const lost = error instanceof Unreachable;
        this.#failed(exchange, question, reply, lost ? "We could not reach OmegaOS. Your question is kept. Check your internet connection and try again." : explain(error));
      }
    } finally {
      this.#exchange = null;
      this.#settle();
    }
  }

  /**
   * @param {Exchange} exchange
   * @param {HTMLElement} question
   * @param {HTMLElement} reply
   */
  #stopped(exchange, question, reply) {
    const whole = el("button", { type: "button", class: "link-button", onclick: () => void this.#again(exchange, question, reply) }, "Show the whole answer");
    note(reply, el("p", { class: "meta" }, "You stopped this answer. ", whole));
    this.#say("Stopped.");
  }

  /**
   * @param {Exchange} exchange
   * @param {HTMLElement} question
   * @param {HTMLElement} reply
   * @param {string} words
   */
  #failed(exchange, question, reply, words) {
    const again = el("button", { type: "button", class: "button button-quiet button-small", onclick: () => void this.#again(exchange, question, reply) }, "Try again");
    note(reply, el("div", { class: "notice notice-bad", role: "alert" }, el("p", {}, words), el("p", {}, again)));
    this.#toEnd();
  }

  /**
   * @param {Exchange} exchange
   * @param {HTMLElement} question
   * @param {HTMLElement} reply
   */
  async #again(exchange, question, reply) {
    if (this.#exchange) return;
    if (!exchange.sent) this.#unsent?.write(exchange);
    // The button goes with its note.
    this.focusInput();
    await this.#run(exchange, question, reply);
  }

  // --- The place

  /** Shows what goes with the state: asking, answering, nothing said yet. */
  #settle() {
    const answering = this.#exchange !== null;
    if (!answering && document.activeElement === this.#stop) this.focusInput();
    this.#send.hidden = answering;
    this.#stop.hidden = !answering;
    this.#emptyTitle.hidden = this.#list.children.length > 0;
    this.#suggestions.hidden = answering || this.#suggestions.children.length === 0;
  }

  /** @param {string} words */
  #say(words) {
    this.#status.textContent = words;
    // Said is said: whoever reads on from there must not meet it a second time.
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => (this.#status.textContent = ""), 5000);
  }

  /** What moves when the conversation is longer than its place. */
  get #scroller() {
    return this.closest(".scroller") ?? document.documentElement;
  }

  #toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #nearEnd() {
    const { scrollTop, clientHeight, scrollHeight } = this.#scroller;
    return scrollTop + clientHeight > scrollHeight - 120;
  }
}

/**
 * @param {Message["author"]} author
 * @param {string | null} [name] who of our team it was
 */
function turn(author, name) {
  const words = name ? `${name}, our team` : names[author];
  return el("li", { class: "message", "data-author": author, tabindex: "-1" }, el("p", { class: "meta" }, el("strong", {}, words)), el("div", { class: "body" }));
}

/**
 * @param {HTMLElement} item
 * @param {Message} message
 * @param {(words: string) => void} say
 */
function fill(item, { author, content, sources, model, created_at }, say) {
  find(".meta", item).append(` · ${moment(created_at)}`);
  const body = find(".body", item);
  // What a person typed is shown as typed.
  if (author !== "assistant") {
    body.append(el("p", {}, content));
    return item;
  }
  drawMarkdown(body, content);
  if (sources.length > 0) {
    item.append(el("div", { class: "sources" }, el("p", {}, "From:"), el("ul", {}, ...sources.map(({ title, url }) => el("li", {}, ...(url ? link(url, [title]) : [title]))))));
  }
  if (model) item.append(el("p", { class: "meta" }, `Written by the language model ${model}.`));
  item.append(el("p", {}, copyButton(content, say)));
  return item;
}

/**
 * Says below a message what is the matter with it; nothing, when all is well.
 * @param {HTMLElement} item
 * @param {...HTMLElement} parts
 */
function note(item, ...parts) {
  item.querySelector(".note")?.remove();
  if (parts.length > 0) item.append(el("div", { class: "note" }, ...parts));
}

/**
 * @param {string} text
 * @param {(words: string) => void} say
 */
function copyButton(text, say) {
  const words = el("span", {}, "Copy");
  const button = el("button", { type: "button", class: "copy" }, icon("copy"), words);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      words.textContent = "Copied";
    } catch {
      // Browsers may forbid it; the text can still be marked by hand.
      words.textContent = "Your browser did not allow it. Mark the text and copy it.";
    }
    say(words.textContent);
    clearTimeout(timer);
    timer = setTimeout(() => (words.textContent = "Copy"), 4000);
  });
  return button;
}

customElements.define("omega-chat", OmegaChat);
