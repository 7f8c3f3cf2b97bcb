// @ts-check
// The two ways a request fails, and the words for them.
import { waitTime } from "./format.js";

/** @typedef {{field: string, detail: string}} BadField */

/** A refusal or failure that the server told of. */
export class Problem extends Error {
  /**
   * @param {{status: number, type?: string, title?: string, detail?: string, errors?: BadField[], current?: any, requestId?: string | null, retryAfter?: number | null}} problem
   */
  constructor({ status, type = "about:blank", title = "", detail = "", errors = [], current = null, requestId = null, retryAfter = null }) {
    super(detail || title || `Status ${status}`);
    this.name = "Problem";
    this.status = status;
    this.type = type;
    this.detail = detail;
    this.errors = errors;
    /** What is there now, where the problem is that it was changed elsewhere. */
    this.current = current;
    this.requestId = requestId;
    this.retryAfter = retryAfter;
  }
}

/** The `type` of a problem: what would be overwritten was changed since the page saw it. */
export const changedElsewhere = "https://omegaos.co/problems/changed-elsewhere";

/** The `type` of a problem: a session that has taken the second step of signing in would be let in. */
export const secondStepNeeded = "https://omegaos.co/problems/second-step-needed";

/** The `type` of a problem: nothing is written for a while. */
export const readOnly = "https://omegaos.co/problems/read-only";

/** The request got no answer: no network, or none in time. */
export class Unreachable extends Error {
  /** @param {"network" | "timeout"} reason */
  constructor(reason) {
    super(reason);
    this.name = "Unreachable";
    this.reason = reason;
  }
}

/**
 * @param {any} body
 * @param {number} status
 * @param {Headers} [headers]
 */
export function problemFrom(body, status, headers) {
  const seconds = Number(headers?.get("Retry-After"));
  return new Problem({
    status,
    type: body?.type,
    title: body?.title,
    detail: body?.detail,
    errors: Array.isArray(body?.errors) ? body.errors : [],
    current: body?.current,
    requestId: body?.request_id ?? headers?.get("X-Request-Id") ?? null,
    retryAfter: Number.isFinite(seconds) && seconds > 0 ? seconds : null,
  });
}

/**
 * What went wrong and what to do, in a sentence or two.
 * @param {unknown} error
 * @param {string} [kept] what did not get lost by it, as a sentence
 * @returns {string}
 */
export function explain(error, kept = "") {
  const calm = kept === "" ? "" : ` ${kept}`;
  if (error instanceof Unreachable) {
    return error.reason === "timeout"
      ? `The answer is taking too long.${calm} Try again in a moment.`
      : `We could not reach OmegaOS.${calm} Check your internet connection and try again.`;
  }
  if (error instanceof Problem) {
    const later = error.retryAfter ? `in ${waitTime(error.retryAfter)}` : "in a few minutes";
    if (error.status === 429) return `That was too many tries in a short time. Try again ${later}.`;
    if (error.type === readOnly) return `OmegaOS is read-only for a while, so this could not be saved.${calm} Try again ${later}.`;
    if (error.status >= 502) return `This part of OmegaOS is not answering right now.${calm} Try again ${later}.${reference(error)}`;
    // Where there is no field to show it at, what is said of each field is the message.
    if (error.status < 500 && error.errors.length > 0) return error.errors.map(({ detail }) => detail).join(" ");
    if (error.status < 500 && error.detail) return error.detail;
    return `Something went wrong on our side.${calm} Try again.${reference(error)}`;
  }
  return "Something went wrong on this page. Reload it and try again.";
}

/** @param {Problem} problem */
const reference = ({ requestId }) => (requestId ? ` If you ask us about it, give this reference: ${requestId}` : "");
