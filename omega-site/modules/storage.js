// @ts-check
// Supabase Storage, as far as the pages use it: reading, signed links, removing what is no document.
import { Problem, Unreachable } from "./errors.js";
import { accessToken, config } from "./session.js";
import { askSupabase } from "./supabase.js";

export const bucket = "client-documents";

/**
 * A request to Storage as the user.
 * @param {string} path after `/storage/v1/`
 * @param {RequestInit & {timeout?: number}} [options]
 * @returns {Promise<Response>} of a status below 300
 */
async function ask(path, options) {
  const response = await askSupabase(`/storage/v1/${path}`, options);
  if (response.ok) return response;
  /** @type {any} */
  const body = await response.json().catch(() => ({}));
  // Storage answers 400 for most and tells the true status in the body.
  throw new Problem({ status: Number(body.statusCode ?? response.status) || response.status });
}

/**
 * A link that downloads a document under its own name, good for a minute.
 * @param {{storage_path: string, document_name: string}} document
 * @returns {Promise<string>}
 */
export async function downloadLink({ storage_path, document_name }) {
  const response = await ask(`object/sign/${bucket}/${storage_path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ expiresIn: 60 }),
  });
  const { signedURL } = await response.json();
  const { supabase_url } = await config();
  return `${supabase_url}/storage/v1${signedURL}&download=${encodeURIComponent(document_name)}`;
}

/** Where receipts of the firm's expenses are. */
export const receiptsBucket = "receipts";

/**
 * A link that shows a receipt, good for a minute.
 * @param {string} path
 * @returns {Promise<string>}
 */
export async function receiptLink(path) {
  const response = await ask(`object/sign/${receiptsBucket}/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ expiresIn: 60 }),
  });
  const { signedURL } = await response.json();
  const { supabase_url } = await config();
  return `${supabase_url}/storage/v1${signedURL}`;
}

/**
 * @param {string} path
 * @param {File} file
 */
export async function putReceipt(path, file) {
  await ask(`object/${receiptsBucket}/${path}`, { method: "POST", headers: { "Content-Type": file.type }, body: file, timeout: 120_000 });
}

/**
 * What is in a document.
 * @param {string} path
 * @param {AbortSignal} signal
 * @returns {Promise<Blob>}
 */
export async function readObject(path, signal) {
  const response = await ask(`object/authenticated/${bucket}/${path}`, { signal, timeout: 120_000 });
  try {
    return await response.blob();
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Unreachable("network");
  }
}

/** @param {string} path of a file that is no document */
export async function removeObject(path) {
  await ask(`object/${bucket}/${path}`, { method: "DELETE" });
}

/** @param {string} url of a half-sent file */
export async function endUpload(url) {
  const [{ supabase_url, supabase_key }, token] = await Promise.all([config(), accessToken()]);
  // It was kept on this device, where others may have written; the token goes to no other place.
  if (!url.startsWith(`${supabase_url}/storage/v1/upload/resumable/`)) return;
  await fetch(url, { method: "DELETE", headers: { apikey: supabase_key, Authorization: `Bearer ${token}`, "Tus-Resumable": "1.0.0" } });
}
