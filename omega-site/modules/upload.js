// @ts-check
// One file on its way: straight from the browser into the client's own folder in Storage, by the resumable protocol TUS
// (https://tus.io/protocols/resumable-upload), then registered with the API.
import { callApi } from "./api.js";
import { documentName, extensionOf } from "./document-names.js";
import { Problem, problemFrom, Unreachable } from "./errors.js";
import { bytes } from "./format.js";
import { accessToken, config, session } from "./session.js";
import { bucket, endUpload, removeObject } from "./storage.js";
import { loadScript } from "./trusted.js";
import { findUnfinished, keepUnfinished } from "./unfinished.js";

export const maxBytes = 25 * 1024 * 1024;

/** Supabase takes parts of exactly 6 MB, but for the last (Supabase, "Resumable Uploads"). */
const partSize = 6 * 1024 * 1024;

// A phone that walked out of coverage may keep a dead connection open for many minutes.
const stallTime = 45_000;

// Browsers guess the type of a file, and for some (HEIC, CSV) they guess nothing. The extension decides; the server checks the content.
/** @type {Record<string, string>} */
const typeOfExtension = {
  pdf: "application/pdf",
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  heic: "image/heic",
  csv: "text/csv",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  xls: "application/vnd.ms-excel",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
};

export const accept = Object.keys(typeOfExtension).map((extension) => `.${extension}`).join(",");

/**
 * Why a file can't be sent, or null.
 * @param {File} file
 */
export function refuse(file) {
  if (!(extensionOf(file.name) in typeOfExtension)) {
    return "We can’t take this kind of file. Save it as a PDF, a picture (PNG, JPG or HEIC), a spreadsheet (CSV, XLSX or XLS) or a Word file (DOCX).";
  }
  if (file.size === 0) return "This file is empty. Check that it opens on your device.";
  if (file.size > maxBytes) return `This file is larger than ${bytes(maxBytes)}, the most we can take. Split it, or save it with smaller pictures.`;
  return null;
}

/**
 * @typedef {object} Upload
 * @property {File} file
 * @property {string} category
 * @property {string | null} digest SHA-256 in hex, where it is known
 * @property {string} path in the bucket, once chosen; a retry goes to the same place
 * @property {string} url where the half-sent file waits, once there is one
 * @property {boolean} stored
 * @property {boolean} alone not to be joined with another upload of the same file
 */

/**
 * @param {File} file
 * @param {string} category
 * @returns {Upload}
 */
export const newUpload = (file, category) => ({ file, category, digest: null, path: "", url: "", stored: false, alone: false });

/**
 * What tells a file from others when it is chosen again.
 * @param {Upload} upload
 */
const fingerprint = ({ file, digest }) => digest ?? `${file.name}:${file.size}:${file.lastModified}`;

/**
 * Sends the file and registers it. May be called again after it was aborted or failed: what arrived is not sent twice.
 * @param {Upload} upload its category may change until it is registered
 * @param {(sent: number) => void} onProgress bytes
 * @param {AbortSignal} signal
 * @returns {Promise<any>} the document as registered
 */
export async function send(upload, onProgress, signal) {
  const current = await session();
  const user = current?.user.id ?? "";
  const key = fingerprint(upload);
  const kept = upload.alone || upload.path ? null : findUnfinished(user, key);
  if (kept?.path.startsWith(`${user}/`)) {
    upload.path = kept.path;
    upload.url = kept.url;
  }
  upload.path ||= `${user}/${crypto.randomUUID()}.${extensionOf(upload.file.name).replace("jpeg", "jpg")}`;
  const forget = () => {
    if (!upload.alone) keepUnfinished(user, key, null);
  };
  if (!upload.stored) {
    await store(upload, onProgress, signal, (url) => {
      upload.url = url;
      const { file, path, alone } = upload;
      if (!alone) keepUnfinished(user, key, { path, url, name: file.name, size: file.size, since: Date.now() });
    });
    upload.stored = true;
  }
  try {
    const document = await callApi("onboarding/register-document", {
      method: "POST",
      body: {
        document_name: documentName(upload.file.name),
        document_category: upload.category,
        storage_path: upload.path,
        content_sha256: upload.digest,
      },
      timeout: 45_000,
      signal,
    });
    forget();
    return document;
  } catch (error) {
    // The server removes a file it refuses, so another try has to send it anew.
    if (error instanceof Problem && error.status < 500 && error.status !== 429) {
      forget();
      Object.assign(upload, { stored: false, path: "", url: "" });
    }
    throw error;
  }
}

/**
 * Takes back what was sent of a cancelled upload. Nothing depends on it: a file that is not registered is no document.
 * @param {Upload} upload
 */
export async function discard(upload) {
  const { path, url, stored } = upload;
  Object.assign(upload, { stored: false, path: "", url: "" });
  const current = await session();
  if (!upload.alone) keepUnfinished(current?.user.id ?? "", fingerprint(upload), null);
  if (stored) await removeObject(path);
  else if (url) await endUpload(url);
}

/**
 * @param {Upload} upload
 * @param {(sent: number) => void} onProgress
 * @param {AbortSignal} signal
 * @param {(url: string) => void} onUrl called once the place for the file is made
 * @returns {Promise<void>}
 */
async function store({ file, path, url }, onProgress, signal, onUrl) {
  const library = loadScript("/vendor/tus-js-client/tus.min.js").catch(() => {
    throw new Unreachable("network");
  });
  const [{ supabase_url, supabase_key }] = await Promise.all([config(), library]);
  signal.throwIfAborted();
  const endpoint = `${supabase_url}/storage/v1/upload/resumable`;
  /** @type {typeof import("tus-js-client")} */
  const tus = /** @type {any} */ (globalThis).tus;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  try {
    await new Promise((/** @type {(value?: unknown) => void} */ resolve, reject) => {
      const stop = (/** @type {unknown} */ reason) => {
        // What is under way is broken off; what has arrived stays.
        transfer.abort().finally(() => reject(reason));
      };
      const alive = () => {
        clearTimeout(timer);
        timer = setTimeout(() => stop(new Unreachable("timeout")), stallTime);
      };
      const transfer = new tus.Upload(file, {
        endpoint,
        chunkSize: partSize,
        // A small file goes with the request that makes its place.
        uploadDataDuringCreation: file.size <= partSize,
        // What is kept for resuming is kept by send(), by the file's content and for this user alone.
        storeFingerprintForResuming: false,
        retryDelays: [500, 2000, 5000, 10_000],
        headers: { apikey: supabase_key, "x-upsert": "false" },
        metadata: {
          bucketName: bucket,
          objectName: path,
          contentType: typeOfExtension[extensionOf(file.name)] ?? "application/octet-stream",
          cacheControl: "3600",
        },
        // A token may run out while a large file is on its way.
        onBeforeRequest: async (request) => {
          request.setHeader("Authorization", `Bearer ${await accessToken()}`);
          alive();
        },
        onUploadUrlAvailable: () => transfer.url && onUrl(transfer.url),
        onShouldRetry: (error) => {
          const status = statusOf(error);
          // 409 of a part means that more has arrived than we know of; of a new place, that the file is there.
          const isPart = /** @type {any} */ (error).originalRequest?.getMethod() === "PATCH";
          return navigator.onLine && (status === 0 || status >= 500 || status === 423 || (status === 409 && isPart));
        },
        onProgress: (sent) => {
          alive();
          onProgress(sent);
        },
        onSuccess: () => resolve(),
        onError: (error) => {
          const status = statusOf(error);
          // It is there already: an earlier try arrived although its answer did not. The name is random, so it can be no other file.
          if (status === 409) resolve();
          else reject(status === 0 ? new Unreachable("network") : problemOfStorage(status));
        },
      });
      if (url.startsWith(`${endpoint}/`)) {
        transfer.resumeFromPreviousUpload({ uploadUrl: url, size: file.size, metadata: {}, creationTime: "", urlStorageKey: "", parallelUploadUrls: null });
      }
      signal.addEventListener("abort", () => stop(signal.reason), { once: true });
      alive();
      transfer.start();
    });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The status that an upload failed with, 0 when there was no answer.
 * @param {unknown} error
 * @returns {number}
 */
const statusOf = (error) => /** @type {any} */ (error).originalResponse?.getStatus() ?? 0;

/** @param {number} status */
function problemOfStorage(status) {
  if (status === 413) return problemFrom({ detail: `This file is too large. The most we can take is ${bytes(maxBytes)}.` }, status);
  if (status === 415) return problemFrom({ detail: "We can’t take this kind of file. Save it as a PDF and try again." }, status);
  if (status === 401 || status === 403) return problemFrom({ detail: "Your sign-in has run out. Reload this page, sign in and try again." }, status);
  return problemFrom({}, status >= 500 ? status : 500);
}
