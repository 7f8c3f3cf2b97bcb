// @ts-check
// One file on its way: straight from the browser into the client's own folder in Storage, then registered with the API.
import { callApi } from "./api.js";
import { Problem, problemFrom, Unreachable } from "./errors.js";
import { accessToken, config, session, supabase } from "./session.js";
import { bytes } from "./format.js";

const bucket = "client-documents";
export const maxBytes = 25 * 1024 * 1024;
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

/** @param {string} name */
const extensionOf = (name) => /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";

/**
 * Why a file can't be sent, or null.
 * @param {File} file
 */
export function refuse(file) {
  if (!(extensionOf(file.name) in typeOfExtension)) {
    return "We can’t take this kind of file. Save it as a PDF, a picture (PNG, JPG or HEIC), a spreadsheet (CSV, XLSX or XLS) or a Word file (DOCX).";
  }
  if (file.size === 0) return "This file is empty. Check that it opens on your device.";
  if (file.size > maxBytes) return `This file is ${bytes(file.size)}, which is too large. The most we can take is ${bytes(maxBytes)}. Split it, or save it with smaller pictures.`;
  return null;
}

/**
 * @typedef {object} Upload
 * @property {File} file
 * @property {string} category
 * @property {string} path in the bucket, once chosen; a retry goes to the same place
 * @property {boolean} stored
 */

/**
 * @param {File} file
 * @param {string} category
 * @returns {Upload}
 */
export const newUpload = (file, category) => ({ file, category, path: "", stored: false });

/**
 * Sends the file and registers it. May be called again after a failure: what was done already is not done twice.
 * @param {Upload} upload
 * @param {(share: number) => void} onProgress 0 to 1
 * @param {AbortSignal} signal
 * @returns {Promise<any>} the document as registered
 */
export async function send(upload, onProgress, signal) {
  if (!upload.path) {
    const extension = extensionOf(upload.file.name).replace("jpeg", "jpg");
    const current = await session();
    upload.path = `${current?.user.id}/${crypto.randomUUID()}.${extension}`;
  }
  if (!upload.stored) {
    await store(upload, onProgress, signal);
    upload.stored = true;
  }
  try {
    return await callApi("onboarding/register-document", {
      method: "POST",
      body: { document_name: documentName(upload.file.name), document_category: upload.category, storage_path: upload.path },
      timeout: 45_000,
      signal,
    });
  } catch (error) {
    // The server removes a file it refuses, so another try has to send it anew.
    if (error instanceof Problem && error.status < 500 && error.status !== 429) {
      upload.stored = false;
      upload.path = "";
    }
    throw error;
  }
}

/**
 * Takes back what was sent of a cancelled upload. Nothing depends on it: a file that is not registered is no document.
 * @param {Upload} upload
 */
export async function discard(upload) {
  const { path } = upload;
  upload.path = "";
  upload.stored = false;
  if (!path) return;
  const client = await supabase();
  await client.storage.from(bucket).remove([path]);
}

/**
 * A link that downloads a document under its own name, good for a minute.
 * @param {{storage_path: string, document_name: string}} document
 * @returns {Promise<string>}
 */
export async function downloadLink({ storage_path, document_name }) {
  const client = await supabase();
  const { data, error } = await client.storage.from(bucket).createSignedUrl(storage_path, 60, { download: document_name });
  if (!error) return data.signedUrl;
  const status = Number(/** @type {any} */ (error).status ?? 0);
  if (!status) throw new Unreachable("network");
  throw new Problem({ status });
}

/**
 * XMLHttpRequest, since fetch still tells nothing of how much was sent.
 * @param {Upload} upload
 * @param {(share: number) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
async function store({ file, path }, onProgress, signal) {
  const [{ supabase_url, supabase_key }, token] = await Promise.all([config(), accessToken()]);
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${supabase_url}/storage/v1/object/${bucket}/${path}`);
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("apikey", supabase_key);
    request.setRequestHeader("Content-Type", typeOfExtension[extensionOf(file.name)] ?? "application/octet-stream");
    request.setRequestHeader("x-upsert", "false");
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), stallTime);
    };
    request.upload.onprogress = ({ loaded, total }) => {
      alive();
      onProgress(total > 0 ? loaded / total : 0);
    };
    request.onloadend = () => clearTimeout(timer);
    request.onerror = () => reject(new Unreachable("network"));
    request.onabort = () => reject(signal.aborted ? signal.reason : new Unreachable("timeout"));
    request.onload = () => {
      /** @type {any} */
      let body = {};
      try {
        body = JSON.parse(request.responseText);
      } catch {
        // Only the status is needed then.
      }
      // Storage tells the true status in the body and answers 400 for most.
      const status = request.status < 300 ? 200 : Number(body.statusCode ?? request.status);
      // It is there already: an earlier try arrived although its answer did not. The name is random, so it can be no other file.
      if (status === 200 || status === 409) resolve();
      else reject(problemOfStorage(status));
    };
    signal.addEventListener("abort", () => request.abort(), { once: true });
    alive();
    request.send(file);
  });
}

/** @param {number} status */
function problemOfStorage(status) {
  if (status === 413) return problemFrom({ detail: `This file is too large. The most we can take is ${bytes(maxBytes)}.` }, status);
  if (status === 415) return problemFrom({ detail: "We can’t take this kind of file. Save it as a PDF and try again." }, status);
  if (status === 401 || status === 403) return problemFrom({ detail: "Your sign-in has run out. Reload this page, sign in and try again." }, status);
  return problemFrom({}, status >= 500 ? status : 500);
}

/**
 * A name the server takes: its ending stays, since it tells what the file is.
 * @param {string} name
 */
function documentName(name) {
  const clean = name.normalize("NFC").replace(/\p{Cc}/gu, "").trim();
  const characters = [...clean];
  if (characters.length <= 200) return clean;
  const ending = `.${extensionOf(clean)}`;
  return characters.slice(0, 200 - ending.length).join("") + ending;
}
