// @ts-check
// All that is kept of the client, put into one zip here in the browser: the data comes from the API, each file straight
// from Storage, and no server ever holds the whole.
import { callApi } from "../../modules/api.js";
import { announce, el } from "../../modules/dom.js";
import { explain, Problem, Unreachable } from "../../modules/errors.js";
import { bytes } from "../../modules/format.js";
import { supabase } from "../../modules/session.js";

/** @typedef {{document_name: string, document_category: string, storage_path: string, byte_size: number, uploaded_at: string}} StoredDocument */

/** Seconds for which the links to the files work; a slow line takes its time. */
const linkSeconds = 3600;

const note = `What is in here
- data.json: your profile, what we know of each document, your messages, and what happened on your account.
- documents: the files that you uploaded.
Of your EIN only the last four digits are shown, as everywhere in OmegaOS.
`;

/** @param {HTMLElement} box */
export async function draw(box) {
  const start = el("button", { type: "button", class: "button" }, "Make the file");
  const stop = el("button", { type: "button", class: "button button-quiet" }, "Cancel");
  const bar = el("progress", { "aria-label": "Making the file", max: 1, value: 0 });
  const words = el("p", { class: "meta" });
  const running = el("div", { class: "stack narrow", hidden: true }, bar, words, el("p", {}, stop));
  const outcome = el("div", { class: "notice stack", tabindex: "-1", hidden: true });
  box.append(
    el("p", {}, "You get one zip file with all that we keep of you: your answers, your messages, what happened on your account, and every document that you uploaded."),
    el("p", { class: "meta" }, "Of your EIN only the last four digits are in it. Keep the file in a safe place."),
    el("p", { class: "actions" }, start),
    running,
    outcome,
  );

  /** @type {AbortController | undefined} */
  let work;
  /** The link to the last file that was made. */
  let made = "";

  start.addEventListener("click", async () => {
    if (work) return;
    work = new AbortController();
    start.setAttribute("aria-disabled", "true");
    outcome.hidden = true;
    running.hidden = false;
    bar.removeAttribute("value");
    words.textContent = "Collecting your data…";
    announce("Making the file.");
    try {
      const zip = await makeZip(work.signal, (done, total, file, files) => {
        bar.max = Math.max(total, 1);
        bar.value = done;
        words.textContent = files === 0 ? "Putting it together…" : `Document ${file} of ${files} · ${bytes(done)} of ${bytes(total)}`;
      });
      URL.revokeObjectURL(made);
      made = URL.createObjectURL(zip);
      const link = el("a", { href: made, download: `omegaos-${new Date().toISOString().slice(0, 10)}.zip` }, "Save it again");
      tell("notice-good", `Your file is ready: ${bytes(zip.size)}. Look for it where your browser keeps downloads.`, link);
      link.click();
    } catch (error) {
      if (work.signal.aborted) tell("", "Cancelled. Nothing was saved.");
      else tell("notice-bad", explain(error, "Nothing was saved."));
    } finally {
      work = undefined;
      running.hidden = true;
      start.removeAttribute("aria-disabled");
    }
  });
  stop.addEventListener("click", () => work?.abort());

  /**
   * @param {string} kind
   * @param {string} sentence
   * @param {HTMLElement} [link]
   */
  function tell(kind, sentence, link) {
    outcome.className = `notice stack ${kind}`;
    outcome.replaceChildren(el("p", {}, sentence), ...(link ? [el("p", {}, link)] : []));
    outcome.hidden = false;
    outcome.focus();
  }
}

/**
 * @param {AbortSignal} signal
 * @param {(done: number, total: number, file: number, files: number) => void} progress in bytes, and which document it is at
 * @returns {Promise<Blob>}
 */
async function makeZip(signal, progress) {
  const library = "/vendor/client-zip/client-zip.js";
  /** @type {[any, typeof import("client-zip")]} */
  const [data, { downloadZip }] = await Promise.all([callApi("account/export", { signal, timeout: 60_000 }), import(library)]);
  /** @type {StoredDocument[]} */
  const documents = data.documents;
  const links = await linksTo(documents.map(({ storage_path }) => storage_path));
  const total = documents.reduce((sum, { byte_size }) => sum + byte_size, 0);
  let done = 0;
  progress(0, total, 0, documents.length);

  async function* files() {
    yield { name: "read-me.txt", input: note };
    yield { name: "data.json", input: JSON.stringify(data, null, 2) };
    const names = new Set();
    for (const [index, document] of documents.entries()) {
      const response = await fetch(links.get(document.storage_path) ?? "", { signal }).catch((error) => {
        throw signal.aborted ? error : new Unreachable("network");
      });
      if (!response.ok || !response.body) throw new Problem({ status: response.status });
      const count = new TransformStream({
        transform(/** @type {Uint8Array} */ chunk, controller) {
          done += chunk.byteLength;
          progress(done, total, index + 1, documents.length);
          controller.enqueue(chunk);
        },
      });
      yield {
        name: `documents/${freeName(names, document.document_name)}`,
        input: response.body.pipeThrough(count),
        lastModified: new Date(document.uploaded_at),
      };
    }
  }
  const zip = await downloadZip(files())
    .blob()
    .catch((error) => {
      // A file that broke off on its way.
      throw error instanceof Problem || error instanceof Unreachable || signal.aborted ? error : new Unreachable("network");
    });
  signal.throwIfAborted();
  return zip;
}

/**
 * @param {string[]} paths in Storage
 * @returns {Promise<Map<string, string>>}
 */
async function linksTo(paths) {
  if (paths.length === 0) return new Map();
  const { storage } = await supabase();
  const { data, error } = await storage.from("client-documents").createSignedUrls(paths, linkSeconds);
  if (error) throw new Unreachable("network");
  return new Map(data.map(({ path, signedUrl }) => [path ?? "", signedUrl ?? ""]));
}

/**
 * A name that no file of the folder has yet, and that every system can write.
 * @param {Set<string>} taken
 * @param {string} name
 */
export function freeName(taken, name) {
  const plain = name.replace(/[\\/:*?"<>|]/g, "-");
  const dot = plain.lastIndexOf(".");
  const [stem, ending] = dot > 0 ? [plain.slice(0, dot), plain.slice(dot)] : [plain, ""];
  let free = plain;
  for (let count = 2; taken.has(free.toLowerCase()); count++) free = `${stem} (${count})${ending}`;
  taken.add(free.toLowerCase());
  return free;
}
