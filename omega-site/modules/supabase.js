// @ts-check
// Requests straight at Supabase, past our Workers, as the user: Storage, and the few functions of the database that pages call.
import { Unreachable } from "./errors.js";
import { accessToken, config } from "./session.js";

/**
 * @param {string} path after the project's address
 * @param {RequestInit & {timeout?: number}} [options] `timeout` in milliseconds, of the whole answer
 * @returns {Promise<Response>} of whatever status
 */
export async function askSupabase(path, { timeout = 20_000, signal, headers, ...options } = {}) {
  const [{ supabase_url, supabase_key }, token] = await Promise.all([config(), accessToken()]);
  const deadline = AbortSignal.timeout(timeout);
  try {
    return await fetch(`${supabase_url}${path}`, {
      ...options,
      headers: { ...headers, apikey: supabase_key, Authorization: `Bearer ${token}` },
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable(deadline.aborted ? "timeout" : "network");
  }
}
