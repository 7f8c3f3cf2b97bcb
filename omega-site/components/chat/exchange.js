// @ts-check
// One question and its answer, over a line that may break at any moment. The question has an id of its own: sent again
// it is still the same question, which the server keeps once and answers once.
import { callApi, openApi } from "../../modules/api.js";
import { problemFrom, Unreachable } from "../../modules/errors.js";
import { readEvents } from "../../modules/sse.js";

/** @typedef {{title: string, url: string | null}} Source */
/** @typedef {{id: string, author: "client" | "assistant" | "staff", author_name?: string | null, content: string, sources: Source[], model: string | null, reply_to: string | null, created_at: string}} Message */

/**
 * @typedef {object} Watcher
 * @property {() => void} sent the server has the question
 * @property {(text: string) => void} words all of the answer that has come
 * @property {(offline: boolean) => void} cut the line broke; the exchange goes on by itself
 */

/** Thrown when the reader has stopped the answer. */
export class Stopped extends Error {}

/** Tries after a broken line before it is left to the reader; with the pauses between them about a minute. */
const maxTries = 6;
const longestPause = 15_000;
/** How often, in milliseconds, to look for an answer that the server is still writing. */
const looks = [0, 2000, 4000];

export class Exchange {
  #stopper = new AbortController();

  /**
   * @param {string} text
   * @param {{id?: string, sent?: boolean}} [known] what is known of a question that was asked before
   */
  constructor(text, { id = crypto.randomUUID(), sent = false } = {}) {
    this.text = text;
    this.id = id;
    this.sent = sent;
  }

  stop() {
    this.#stopper.abort();
  }

  /**
   * @param {Watcher} watcher
   * @returns {Promise<Message>}
   */
  async answer(watcher) {
    this.#stopper = new AbortController();
    for (let tries = 1; ; tries += 1) {
      try {
        // The server finishes an answer even when nobody listens; then it has only to be fetched.
        const stored = this.sent ? await this.#stored() : null;
        return stored ?? (await this.#ask(watcher));
      } catch (error) {
        if (this.#stopper.signal.aborted) throw new Stopped();
        // The browser tells of a stream that broke by a TypeError.
        if (!(error instanceof Unreachable || error instanceof TypeError)) throw error;
        if (tries === maxTries) throw new Unreachable("network");
        watcher.cut(!navigator.onLine);
        await this.#pause(Math.min(1000 * 2 ** (tries - 1), longestPause));
      }
    }
  }

  /** @param {Watcher} watcher */
  async #ask(watcher) {
    const response = await openApi("onboarding/chat", {
      method: "POST",
      body: { message: this.text, id: this.id },
      accept: "text/event-stream",
      timeout: 30_000,
      signal: this.#stopper.signal,
    });
    let words = "";
    for await (const { event, data } of readEvents(/** @type {ReadableStream<Uint8Array>} */ (response.body))) {
      const value = JSON.parse(data);
      if (event === "message") {
        this.sent = true;
        watcher.sent();
      } else if (event === "delta") watcher.words((words += value.text));
      else if (event === "error") throw problemFrom(value, value.status ?? 500);
      else if (event === "done") return /** @type {Message} */ (value);
    }
    // A stream that ends early looks like a good end to the browser.
    throw new Unreachable("network");
  }

  /** @returns {Promise<Message | null>} the answer, if it is there soon */
  async #stored() {
    for (const wait of looks) {
      await this.#pause(wait);
      /** @type {{messages: Message[]}} */
      const { messages } = await callApi("onboarding/chat", { signal: this.#stopper.signal });
      const reply = messages.find(({ reply_to }) => reply_to === this.id);
      if (reply) return reply;
    }
    return null;
  }

  /**
   * Waits, but not beyond the moment when the network is back; without one, until then.
   * @param {number} milliseconds
   * @returns {Promise<void>}
   */
  #pause(milliseconds) {
    const { signal } = this.#stopper;
    const { promise, resolve, reject } = Promise.withResolvers();
    const done = new AbortController();
    if (signal.aborted) reject(new Stopped());
    signal.addEventListener("abort", () => reject(new Stopped()), { signal: done.signal });
    addEventListener("online", () => resolve(undefined), { signal: done.signal });
    const timer = navigator.onLine ? setTimeout(resolve, milliseconds) : undefined;
    return promise.finally(() => {
      clearTimeout(timer);
      done.abort();
    });
  }
}
