// @ts-check
// What a file holds, as a number that no other file has: to tell that it was sent before.

/**
 * SHA-256 in hex; null where the browser has none (a page that came without TLS).
 * @param {Blob} file
 * @returns {Promise<string | null>}
 */
export async function sha256(file) {
  if (!globalThis.crypto?.subtle) return null;
  // Whole in memory, since the browser knows no other way; files have 25 MB at most.
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
