// @ts-check
// What the status page and the DevOps Center say of the parts of the system.
import { el } from "./dom.js";

/** @typedef {{id: string, title: string, state: "up" | "slow" | "down" | "unknown", latency_ms: number | null, detail: string | null}} Part */
/** @typedef {{checked_at: string, parts: Part[]}} Status */

/** @type {Record<string, [words: string, tag: string]>} */
const words = {
  up: ["Working", "tag tag-good"],
  slow: ["Slow", "tag tag-warn"],
  down: ["Not working", "tag tag-bad"],
  unknown: ["Not known", "tag"],
};

/** @param {Part["state"]} state */
export function stateTag(state) {
  const [label, kind] = words[state] ?? [state, "tag"];
  return el("span", { class: kind }, label);
}

/**
 * All parts in a sentence, and how a notice of it looks.
 * @param {Part[]} parts
 * @returns {{text: string, kind: "notice notice-good" | "notice notice-warn" | "notice notice-bad"}}
 */
export function inOneSentence(parts) {
  const named = (/** @type {Part["state"]} */ state) => parts.filter((part) => part.state === state).map(({ title }) => title);
  const [down, slow, unknown] = [named("down"), named("slow"), named("unknown")];
  if (down.length > 0) return { text: `Not working right now: ${down.join(", ")}.`, kind: "notice notice-bad" };
  if (slow.length > 0) return { text: `Everything works, but slower than usual: ${slow.join(", ")}.`, kind: "notice notice-warn" };
  if (unknown.length > 0) return { text: `All we could look at works. Not known right now: ${unknown.join(", ")}.`, kind: "notice notice-good" };
  return { text: "Everything works.", kind: "notice notice-good" };
}

/**
 * Asks again and again while the page is looked at: a tab in the background costs nobody anything.
 * @param {() => Promise<void>} ask
 * @param {number} milliseconds
 */
export function whileVisible(ask, milliseconds) {
  let asking = false;
  setInterval(async () => {
    if (document.hidden || asking) return;
    asking = true;
    await ask();
    asking = false;
  }, milliseconds);
}
