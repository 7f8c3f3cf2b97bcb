// @ts-check
// Calls to our own Workers: JSON in, JSON or a problem (RFC 9457) out, never without a deadline.
import { accessToken, endSession, refreshSession } from "./session.js";
import { Problem, problemFrom, Unreachable } from "./errors.js";
import { tellReadOnly } from "./read-only.js";

/**
 * @typedef {object} Call
 * @property {"GET" | "POST"} [method]
 * @property {unknown} [body] sent as JSON
 * @property {Record<string, string | number | null | undefined>} [query] empty values are left out
 * @property {boolean} [anonymous] without the user's token
 * @property {string} [accept]
 * @property {number} [timeout] milliseconds until the answer begins
 * @property {AbortSignal} [signal]
 * @property {boolean} [keepalive] goes on when the page is left; for small bodies
 */

/**
 * @param {string} endpoint `<service>/<endpoint>`, for instance `onboarding/profile`
 * @param {Call} [call]
 * @returns {Promise<any>}
 */
export async function callApi(endpoint, call = {}) {
  const response = await openApi(endpoint, call);
  try {
    return await response.json();
  } catch {
    throw new Problem({ status: 502, requestId: response.headers.get("X-Request-Id") });
  }
}

/**
 * As callApi, for an answer that is read as a stream. An expired token is refreshed once.
 * @param {string} endpoint
 * @param {Call} [call]
 * @returns {Promise<Response>}
 */
export async function openApi(endpoint, call = {}) {
  let response = await send(endpoint, call, call.anonymous ? null : await accessToken());
  if (response.status === 401 && !call.anonymous) {
    response = await send(endpoint, call, await refreshSession());
    // A fresh token that is refused too belongs to an account that is gone.
    if (response.status === 401) return endSession();
  }
  if (!response.ok) throw await readProblem(response);
  return response;
}

/**
 * @param {string} endpoint
 * @param {Call} call
 * @param {string | null} token
 */
async function send(endpoint, { method = "GET", body, query = {}, accept = "application/json", timeout = 20_000, signal, keepalive = false }, token) {
  const url = new URL(`/functions/v1/${endpoint}`, location.origin);
  for (const [name, value] of Object.entries(query)) if (value != null && value !== "") url.searchParams.set(name, String(value));
  /** @type {Record<string, string>} */
  const headers = { Accept: accept };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";

  // The deadline is for the answer to begin; a stream may then take as long as it needs.
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeout);
  try {
    const response = await fetch(url, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      keepalive,
      signal: signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal,
    });
    // Every answer of ours says so while nothing is written.
    tellReadOnly(response.headers.has("X-Read-Only"));
    return response;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable(deadline.signal.aborted ? "timeout" : "network");
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {Response} response
 * @returns {Promise<Problem>}
 */
async function readProblem(response) {
  /** @type {any} */
  let body = {};
  try {
    body = await response.json();
  } catch {
    // Not ours: a proxy or the platform answered. The status alone has to do.
  }
  return problemFrom(body, response.status, response.headers);
}
