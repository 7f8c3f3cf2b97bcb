// @ts-check
// A question that was sent and has not arrived: it outlives a reload and a change of page, in this tab, for this user.
import { prefix } from "../../modules/drafts.js";

/** @typedef {{id: string, text: string}} Unsent */

/** @param {string} userId */
export function keepUnsent(userId) {
  const name = `${prefix}${userId}:unsent`;
  // Storage may be full or forbidden; then it is simply not kept.
  return {
    /** @returns {Unsent | null} */
    read() {
      try {
        return JSON.parse(sessionStorage.getItem(name) ?? "null");
      } catch {
        return null;
      }
    },
    /** @param {Unsent} question */
    write({ id, text }) {
      try {
        sessionStorage.setItem(name, JSON.stringify({ id, text }));
      } catch {
        // See above.
      }
    },
    clear() {
      try {
        sessionStorage.removeItem(name);
      } catch {
        // See above.
      }
    },
  };
}
