// @ts-check
// Saves the answers of a form while one gives them: shortly after the last key, and on leaving a field. The focus never
// moves and nothing is marked as wrong meanwhile; that is for "Save and continue". What can't be sent waits in this window.
import { conflictPanel } from "../components/conflict/conflict.js";
import { callApi } from "./api.js";
import { announce, append, icon } from "./dom.js";
import { draftOf } from "./drafts.js";
import { changedElsewhere, explain, Problem, Unreachable } from "./errors.js";
import { time } from "./format.js";
import { answerWords, answers, fieldLabels, fillFields, rawValues, readForm, sameAnswer } from "./onboarding-forms.js";

/** @typedef {import("./onboarding-forms.js").Profile} Profile */
/** @typedef {import("../pages/onboarding.js").State} State */
/** @typedef {Record<string, string[]>} Raw what stands in the fields, letter by letter */

/** After the last key, in milliseconds. */
const pause = 600;
/** Seconds to the next try, twice as long after each, to a minute. */
const firstWait = 3;

/**
 * @param {object} options
 * @param {HTMLFormElement} options.form
 * @param {string} options.key of the draft: this form and this user
 * @param {HTMLElement} options.status where it is told that all is saved
 * @param {() => State} options.state
 * @param {(state: State) => void} options.take what the server answered
 * @param {() => void} options.locked the answers can't be changed here any more
 */
export function createAutosave({ form, key, status, state, take, locked }) {
  const draft = draftOf(key);
  /** The answers as they were saved when the fields last followed them. @type {Partial<Profile>} */
  let base = {};
  /** What stood in the fields then. @type {Raw} */
  let filled = {};
  /** Answers that were changed elsewhere too, until one of both is chosen. @type {Set<string>} */
  const held = new Set();
  /** What the server did not take, as it was typed. @type {Map<string, string>} */
  const refused = new Map();
  /** Sent, and no answer came: it may have been saved. @type {Record<string, any>} */
  let unconfirmed = {};
  /** @type {Promise<void> | null} */
  let running = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let retry;
  let wait = firstWait;
  let told = true;
  /** @type {HTMLElement | null} */
  let panel = null;

  form.addEventListener("input", () => {
    keepDraft();
    // Both versions are shown as they stand, also while one goes on typing.
    if (held.size > 0) showConflict(state().profile);
    clearTimeout(timer);
    timer = setTimeout(() => void flush(false), pause);
  });
  // Leaving a field, or choosing: what was just entered is meant.
  form.addEventListener("change", () => void flush(true));
  form.addEventListener("focusout", () => void flush(true));
  addEventListener("online", () => void flush(true));
  addEventListener("visibilitychange", () => document.visibilityState === "hidden" && void flush(false, true));

  /** Fields whose content is not what was filled in. One that was never filled is empty because nobody has looked yet. */
  function dirty() {
    const now = rawValues(form);
    return Object.keys(now).filter((name) => name in filled && !sameRaw(now[name], filled[name]));
  }

  /** What is to be sent: answers that are in form, not refused as they stand, and not under discussion. */
  function pending() {
    const { values, errors } = readForm(form);
    const raw = rawValues(form);
    /** @type {Record<string, string | string[] | null>} */
    const changed = {};
    for (const name of dirty()) {
      const value = values[name];
      const wrong = errors.some(({ field, open }) => field === name && !open);
      if (value === undefined || wrong || held.has(name) || refused.get(name) === String(raw[name])) continue;
      // A masked number stays where its field was opened and left empty.
      if (name === "ein" ? value === null : sameAnswer(value, state().profile[/** @type {keyof Profile} */ (name)])) continue;
      changed[name] = value;
    }
    return changed;
  }

  function keepDraft() {
    const raw = rawValues(form);
    // The EIN is never written to the browser's storage.
    const names = dirty().filter((name) => name !== "ein");
    draft.write(
      names.length === 0
        ? null
        : { raw: Object.fromEntries(names.map((name) => [name, raw[name]])), base: Object.fromEntries(names.map((name) => [name, base[/** @type {keyof Profile} */ (name)] ?? null])) },
    );
  }

  /**
   * Never fails: what goes wrong is told beside the buttons, and tried again.
   * @param {boolean} leaving whether a screen reader should be told
   * @param {boolean} [keepalive]
   */
  async function flush(leaving, keepalive = false) {
    try {
      await save(keepalive);
      if (leaving && !told) tellSaved();
    } catch (error) {
      await failed(error);
    }
  }

  function tellSaved() {
    told = true;
    announce(status.textContent ?? "");
  }

  /**
   * Sends what is to be sent, one request at a time.
   * @param {boolean} [keepalive]
   * @returns {Promise<void>}
   */
  async function save(keepalive = false) {
    clearTimeout(timer);
    while (running) await running.catch(() => {});
    const changed = pending();
    if (Object.keys(changed).length === 0) {
      keepDraft();
      return;
    }
    running = send(changed, keepalive);
    try {
      await running;
    } finally {
      running = null;
    }
    // What was typed meanwhile.
    if (Object.keys(pending()).length > 0) await save();
  }

  /**
   * @param {Record<string, string | string[] | null>} changed
   * @param {boolean} keepalive
   */
  async function send(changed, keepalive) {
    clearTimeout(retry);
    const raw = rawValues(form);
    show("saving", "Saving…");
    try {
      const answer = await callApi("onboarding/submit-profile", { method: "POST", body: { ...changed, updated_at: state().profile.updated_at }, keepalive });
      unconfirmed = {};
      wait = firstWait;
      for (const name of Object.keys(changed)) {
        filled[name] = raw[name] ?? [];
        Object.assign(base, { [name]: answer.profile[name] });
      }
      take(answer);
      keepDraft();
      told = false;
      if (held.size > 0) showHeld();
      else show("saved", `Saved ${time()}`, "check");
    } catch (error) {
      if (error instanceof Unreachable) unconfirmed = { ...unconfirmed, ...changed };
      throw error;
    }
  }

  /**
   * What was not taken is not sent again by itself until it changes.
   * @param {Problem} problem
   */
  function refuse({ errors }) {
    const raw = rawValues(form);
    for (const { field } of errors) refused.set(field, String(raw[field]));
  }

  /**
   * @param {unknown} error
   * @returns {Promise<void>}
   */
  async function failed(error) {
    if (error instanceof Problem && error.status === 422) {
      refuse(error);
      show("waiting", "Not all of it is saved yet. Press “Save and continue” to see why.");
      // The others are not to wait for it. What is refused is left out now, so this ends.
      if (error.errors.length > 0) await flush(false);
      return;
    }
    if (error instanceof Problem && error.type === changedElsewhere) {
      await conflict(error);
      return;
    }
    if (error instanceof Problem && error.status === 409) {
      locked();
      return;
    }
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

  /**
   * @param {Problem} problem
   * @returns {Promise<void>}
   */
  async function conflict(problem) {
    follow(
      problem.current.profile,
      problem.errors.map(({ field }) => field),
    );
    take(problem.current);
    if (held.size > 0) showHeld();
    // What is under discussion is held back; all else can be saved now.
    await flush(false);
  }

  /**
   * Brings the form up to what is saved now. An answer given here and changed elsewhere since is a matter for its owner.
   * @param {Profile} profile
   * @param {string[]} [changed] fields that the server says were changed
   */
  function follow(profile, changed = []) {
    const { values } = readForm(form);
    const mine = dirty();
    for (const name of mine) {
      const theirs = profile[/** @type {keyof Profile} */ (name)] ?? null;
      const before = base[/** @type {keyof Profile} */ (name)] ?? null;
      Object.assign(base, { [name]: theirs });
      if (name !== "ein" && sameAnswer(values[name] ?? null, theirs)) held.delete(name);
      else if (name in unconfirmed && sameSaved(name, unconfirmed[name], theirs)) held.delete(name);
      else if (!sameAnswer(before, theirs) || changed.includes(name)) held.add(name);
    }
    const behind = Object.keys(rawValues(form)).filter(
      (name) => !mine.includes(name) && !sameAnswer(base[/** @type {keyof Profile} */ (name)] ?? null, profile[/** @type {keyof Profile} */ (name)] ?? null),
    );
    fillFields(form, profile, behind);
    const raw = rawValues(form);
    for (const name of behind) {
      filled[name] = raw[name] ?? [];
      Object.assign(base, { [name]: profile[/** @type {keyof Profile} */ (name)] });
    }
    showConflict(profile);
  }

  /** @param {Profile} profile */
  function showConflict(profile) {
    const known = panel?.dataset.fields ?? "";
    const raw = rawValues(form);
    const fields = [...held];
    if (fields.length === 0) {
      panel?.remove();
      panel = null;
      return;
    }
    const mine = answers(form);
    const versions = fields.map((field) => ({
      field,
      label: fieldLabels[field] ?? field,
      mine: answerWords(field, mine[field] ?? null) || raw[field]?.join(", ") || "no answer",
      theirs: answerWords(field, profile[/** @type {keyof Profile} */ (field)] ?? null) || "no answer",
    }));
    const signature = JSON.stringify(versions);
    if (known === signature) return;
    const next = conflictPanel(versions, (theirs) => decide(theirs));
    next.dataset.fields = signature;
    if (panel) panel.replaceWith(next);
    else status.before(next);
    panel = next;
    if (known === "") announce("An answer on this page was changed somewhere else. Choose which one is right, above the button Save and continue.");
  }

  const showHeld = () => show("waiting", "Not all of it is saved yet. Choose which answer is right.", "triangle-alert");

  /** @param {Set<string>} theirs */
  function decide(theirs) {
    fillFields(form, state().profile, [...theirs]);
    const raw = rawValues(form);
    for (const name of theirs) filled[name] = raw[name] ?? [];
    held.clear();
    panel?.remove();
    panel = null;
    const button = form.querySelector("button[type=submit]");
    if (button instanceof HTMLElement) button.focus();
    show("saved", `Saved ${time()}`, "check");
    void flush(true);
  }

  /**
   * @param {"saving" | "saved" | "waiting"} kind
   * @param {string} words
   * @param {string} [drawing]
   */
  function show(kind, words, drawing) {
    status.dataset.state = kind;
    status.replaceChildren();
    append(status, drawing ? icon(drawing) : null, words);
  }

  return {
    /** The form comes into view: with what is saved, and with what was typed here and is not saved yet. */
    open() {
      const { profile } = state();
      if (dirty().length > 0 && Object.keys(filled).length > 0) {
        follow(profile);
        return;
      }
      fillFields(form, profile, null);
      filled = rawValues(form);
      base = { ...profile };
      status.replaceChildren();
      delete status.dataset.state;
      const kept = draft.read();
      if (!kept?.raw || !kept.base) return;
      fillRaw(form, kept.raw);
      base = { ...profile, ...kept.base };
      follow(profile);
      if (held.size > 0) showHeld();
      else show("waiting", "What you typed last time is here. We save it now.");
      void flush(true);
    },
    /** What was saved from another form of this page. @param {Profile} profile */
    follow(profile) {
      if (Object.keys(filled).length > 0) follow(profile);
    },
    /** For the button: fails with what the server says, and is true when everything is saved. */
    async finish() {
      // A save that is under way may be refused only now, out of sight: what was refused is sent again, to be told why.
      for (;;) {
        while (running) await running.catch(() => {});
        refused.clear();
        if (Object.keys(pending()).length === 0) break;
        try {
          await save();
        } catch (error) {
          show("waiting", "Not all of it is saved yet.");
          if (error instanceof Problem && error.status === 422) refuse(error);
          if (!(error instanceof Problem && error.type === changedElsewhere)) throw error;
          await conflict(error);
        }
      }
      if (!panel) return true;
      panel.focus();
      return false;
    },
    /** Whether something is here and nowhere else. */
    unsaved: () => status.dataset.state === "waiting" && Object.keys(pending()).length > 0,
  };
}

/**
 * @param {string[] | undefined} one
 * @param {string[] | undefined} other
 */
const sameRaw = (one = [], other = []) => one.length === other.length && one.every((value, index) => value === other[index]);

/**
 * Whether what was sent is what is there now; an EIN comes back masked.
 * @param {string} name
 * @param {any} sent
 * @param {any} saved
 */
const sameSaved = (name, sent, saved) => (name === "ein" ? String(sent).slice(-4) === String(saved).slice(-4) : sameAnswer(sent, saved));

/**
 * @param {HTMLFormElement} form
 * @param {Raw} raw
 */
function fillRaw(form, raw) {
  for (const element of form.elements) {
    if (!(element instanceof HTMLInputElement) || element.disabled) continue;
    const values = raw[element.name];
    if (!values) continue;
    if (element.type === "radio" || element.type === "checkbox") element.checked = values.includes(element.value);
    else element.value = values[0] ?? "";
  }
}
