// @ts-check
// Keeps the answers to a form of the library while one gives them: in this window at once, on the server shortly after the last
// key. An answer that was changed somewhere else too waits until one of both is chosen. Numbers that are secret stay in memory.
import { conflictPanel } from "../components/conflict/conflict.js";
import { callApi } from "./api.js";
import { announce, append, icon } from "./dom.js";
import { draftOf } from "./drafts.js";
import { explain, Problem, Unreachable } from "./errors.js";
import { answerWords, fieldsOf, filledRows, isSecret } from "./form-definition.js";
import { time } from "./format.js";

/** @typedef {import("./form-definition.js").Answers} Answers */
/** @typedef {import("./form-definition.js").Refusal} Refusal */
/**
 * @typedef {object} OpenForm
 * @property {import("./form-definition.js").Form} form
 * @property {Answers} answers
 * @property {Refusal[]} remaining
 * @property {string | null} updated_at the version of the draft
 * @property {string | null} ein masked
 * @property {{version: number, text: string}} consent
 */

/** After the last key, in milliseconds. */
const pause = 600;
/** Seconds to the next try, twice as long after each, to a minute. */
const firstWait = 3;

/**
 * Whether two answers are the same; a row in which nothing stands is none at the end of a table.
 * @param {Answers[string] | undefined} one
 * @param {Answers[string] | undefined} other
 */
function same(one, other) {
  const plain = (/** @type {Answers[string] | undefined} */ value) => {
    if (!Array.isArray(value)) return value ?? "";
    const rows = value.map((row) => Object.entries(row).filter(([, cell]) => cell !== "").toSorted());
    while (rows.at(-1)?.length === 0) rows.pop();
    return rows.length === 0 ? "" : JSON.stringify(rows);
  };
  return plain(one) === plain(other);
}

/**
 * @param {object} options
 * @param {OpenForm} options.open
 * @param {string} options.user
 * @param {HTMLElement} options.status where it is told that all is saved; the choice between two answers stands before it
 * @param {(names: string[]) => void} options.redraw answers became others without being typed here
 */
export function createFormDraft({ open, user, status, redraw }) {
  const { form } = open;
  const kept = draftOf(`form:${user}:${form.id}`);
  const fields = fieldsOf(form);
  const public_ = fields.filter((field) => !isSecret(field)).map(({ name }) => name);
  /** @type {Answers} */
  const answers = structuredClone(open.answers);
  /** What the server has. @type {Answers} */
  let saved = structuredClone(open.answers);
  let version = open.updated_at;
  let remaining = open.remaining;
  /** Answers that were changed elsewhere too. @type {Set<string>} */
  const held = new Set();
  /** Sent, and no answer came: it may have been saved. @type {Answers} */
  let unconfirmed = {};
  /** @type {Promise<void> | null} */
  let running = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let retry;
  let wait = firstWait;
  let told = true;
  let ended = false;
  /** @type {HTMLElement | null} */
  let panel = null;

  const left = kept.read();
  if (left?.answers && left.base) {
    for (const name of public_) {
      if (same(left.answers[name], left.base[name])) continue;
      take(name, left.answers[name]);
      if (!same(left.base[name], saved[name]) && !same(left.answers[name], saved[name])) held.add(name);
    }
    if (isDirty()) {
      show("waiting", "What you typed last time is here. We save it now.");
      queueMicrotask(() => void flush(true));
    }
    showConflict();
  }

  addEventListener("online", () => void flush(true));
  addEventListener("visibilitychange", () => document.visibilityState === "hidden" && void flush(false, true));

  /** @param {string} name @param {Answers[string] | undefined} value */
  function take(name, value) {
    if (value === undefined) delete answers[name];
    else answers[name] = structuredClone(value);
  }

  /** What is to be there on the server: answers under discussion as they are there now. */
  function outgoing() {
    /** @type {Answers} */
    const sent = {};
    for (const name of public_) {
      const value = held.has(name) ? saved[name] : answers[name];
      if (!same(value, undefined) && value !== undefined) sent[name] = Array.isArray(value) ? value.map((row) => ({ ...row })) : value;
    }
    return sent;
  }

  function isDirty() {
    return public_.some((name) => !held.has(name) && !same(answers[name], saved[name]));
  }

  function keep() {
    const mine = public_.some((name) => !same(answers[name], saved[name]));
    kept.write(mine ? { answers: Object.fromEntries(public_.map((name) => [name, answers[name]])), base: saved } : null);
  }

  /**
   * Never fails: what goes wrong is told beside the buttons, and tried again.
   * @param {boolean} leaving whether a screen reader should be told
   * @param {boolean} [keepalive]
   */
  async function flush(leaving, keepalive = false) {
    try {
      await save(false, keepalive);
      if (leaving && !told) {
        told = true;
        announce(status.textContent ?? "");
      }
    } catch (error) {
      failed(error);
    }
  }

  /**
   * @param {boolean} even when nothing was changed but there is no draft yet
   * @param {boolean} [keepalive]
   * @returns {Promise<void>}
   */
  async function save(even, keepalive = false) {
    clearTimeout(timer);
    while (running) await running.catch(() => {});
    while (!ended && (isDirty() || (even && version === null))) {
      running = send(keepalive);
      try {
        await running;
      } finally {
        running = null;
      }
    }
  }

  /** @param {boolean} keepalive */
  async function send(keepalive) {
    clearTimeout(retry);
    const sent = outgoing();
    show("saving", "Saving…");
    try {
      const answer = await callApi("forms/draft", { method: "POST", body: { form: form.id, answers: sent, updated_at: version }, keepalive });
      version = answer.updated_at;
      remaining = answer.remaining;
      saved = sent;
      unconfirmed = {};
      wait = firstWait;
      told = false;
      keep();
      if (held.size > 0) showHeld();
      else show("saved", `Saved ${time()}`, "check");
    } catch (error) {
      if (error instanceof Unreachable) unconfirmed = sent;
      if (!(error instanceof Problem) || error.status !== 409) throw error;
      /** @type {OpenForm} */
      const now = await callApi("forms/draft", { query: { form: form.id } });
      // It is refused for another reason: there are too many drafts.
      if (now.updated_at === version) throw error;
      follow(now);
    }
  }

  /**
   * Brings the answers up to what is saved now. One that was changed here and there is a matter for its owner.
   * @param {OpenForm} now
   */
  function follow(now) {
    /** @type {string[]} */
    const behind = [];
    for (const name of public_) {
      const theirs = now.answers[name];
      if (same(answers[name], theirs)) held.delete(name);
      else if (same(answers[name], saved[name])) {
        take(name, theirs);
        behind.push(name);
      } else if (!same(theirs, saved[name]) && !(name in unconfirmed && same(theirs, unconfirmed[name]))) held.add(name);
    }
    unconfirmed = {};
    saved = structuredClone(now.answers);
    version = now.updated_at;
    remaining = now.remaining;
    keep();
    redraw(behind);
    showConflict();
    if (held.size > 0) showHeld();
  }

  /** @param {unknown} error */
  function failed(error) {
    const words =
      error instanceof Unreachable
        ? "Not saved yet. Your answers are kept in this window, and saved as soon as you are back online."
        : `Not saved yet. ${explain(error, "Your answers are kept in this window.")}`;
    if (status.textContent !== words) announce(words);
    // Without a drawing: it could not be loaded now.
    show("waiting", words);
    clearTimeout(retry);
    retry = setTimeout(() => void flush(true), wait * 1000);
    wait = Math.min(wait * 2, 60);
  }

  const showHeld = () => show("waiting", "Not all of it is saved yet. Choose which answer is right.", "triangle-alert");

  function showConflict() {
    const known = panel?.dataset.versions ?? "";
    const versions = fields
      .filter(({ name }) => held.has(name))
      .map((field) => ({ field: field.name, label: field.label, mine: words(field, answers[field.name]), theirs: words(field, saved[field.name]) }));
    if (versions.length === 0) {
      panel?.remove();
      panel = null;
      return;
    }
    const signature = JSON.stringify(versions);
    if (signature === known) return;
    const next = conflictPanel(versions, decide);
    next.dataset.versions = signature;
    if (panel) panel.replaceWith(next);
    else status.before(next);
    panel = next;
    if (known === "") announce("An answer was changed somewhere else. Choose which one is right, above the buttons.");
  }

  /**
   * @param {import("./form-definition.js").Field} field
   * @param {Answers[string] | undefined} value
   */
  function words(field, value) {
    if (!Array.isArray(value)) return answerWords(field, value) || "no answer";
    return filledRows(value).map((row) => (field.columns ?? []).map((column) => answerWords(column, row[column.name])).filter((cell) => cell !== "").join(", ")).join("; ") || "no rows";
  }

  /** @param {Set<string>} theirs */
  function decide(theirs) {
    for (const name of theirs) take(name, saved[name]);
    held.clear();
    showConflict();
    redraw([...theirs]);
    keep();
    show("saved", `Saved ${time()}`, "check");
    void flush(true);
    // The panel that had the focus is gone.
    const button = status.closest("form, section")?.querySelector("button[type=submit]");
    if (button instanceof HTMLElement) button.focus();
  }

  /**
   * @param {"saving" | "saved" | "waiting"} kind
   * @param {string} text
   * @param {string} [drawing]
   */
  function show(kind, text, drawing) {
    status.dataset.state = kind;
    status.replaceChildren();
    append(status, drawing ? icon(drawing) : null, text);
  }

  return {
    answers,
    /** What a signature would be refused for, as it was saved last. */
    remaining: () => remaining,
    isBegun: () => version !== null,
    /** @param {string} name @param {Answers[string]} value */
    set(name, value) {
      if (same(answers[name], value)) return;
      answers[name] = value;
      if (!public_.includes(name)) return;
      if (held.size > 0) showConflict();
      keep();
      clearTimeout(timer);
      timer = setTimeout(() => void flush(false), pause);
    },
    /** On leaving a field: what was just entered is meant. */
    left: () => void flush(true),
    /** For the button: fails with what went wrong, and is true when everything is saved. */
    async finish() {
      try {
        await save(true);
      } catch (error) {
        show("waiting", "Not all of it is saved yet.");
        throw error;
      }
      if (!panel) return true;
      panel.focus();
      return false;
    },
    /** Whether something is here and nowhere else. */
    unsaved: () => !ended && status.dataset.state === "waiting" && isDirty(),
    /** The form is signed, or its draft removed: nothing of it is saved any more. */
    end() {
      ended = true;
      clearTimeout(timer);
      clearTimeout(retry);
      kept.write(null);
    },
  };
}
