// @ts-check
// A document shown in the page: pictures, PDFs page by page, the first rows of a CSV. What a browser can't show is offered
// for download. The libraries are large and are fetched when the first document of their kind is opened.
import { el, icon } from "../../modules/dom.js";
import { explain, Unreachable } from "../../modules/errors.js";
import { downloadLink, readObject } from "../../modules/storage.js";
import { loadScript, startWorker } from "../../modules/trusted.js";

/** @typedef {import("../upload/upload.js").StoredDocument} StoredDocument */
/** @typedef {{stage: HTMLElement, tools: HTMLElement, signal: AbortSignal}} Place */

/** Rows of a table that are shown; the rest is in the file. */
const shownRows = 50;

/** Steps of enlarging; 1 is the width of the dialog. */
const zooms = [1, 1.5, 2, 3];

/** Why some kinds can't be shown. */
/** @type {Record<string, string>} */
const unshown = {
  "image/heic": "Browsers can’t show HEIC photos.",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel workbooks can’t be shown here.",
  "application/vnd.ms-excel": "Excel workbooks can’t be shown here.",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word documents can’t be shown here.",
};

/** A failure that trying again does not mend, in words. */
class CanNotShow extends Error {}

let made = 0;

/**
 * Opens a document above the page.
 * @param {StoredDocument} document_
 */
export function preview(document_) {
  const id = `preview-${++made}`;
  const closing = new AbortController();
  const stage = el("div", { class: "preview-stage", "aria-live": "polite" });
  const tools = el("div", { class: "preview-tools" });
  const problem = el("p", { class: "field-error", role: "alert" });
  const download = el("button", { type: "button", class: "button button-quiet", onclick: () => void save() }, icon("download"), "Download");
  const dialog = el(
    "dialog",
    { class: "dialog dialog-wide preview", "aria-labelledby": id },
    el(
      "div",
      { class: "dialog-head" },
      el("h2", { id }, document_.document_name),
      el("button", { type: "button", class: "button button-quiet button-icon", "aria-label": "Close", onclick: () => dialog.close() }, icon("x")),
    ),
    stage,
    el("div", { class: "preview-foot" }, tools, download),
    problem,
  );

  async function save() {
    problem.textContent = "";
    try {
      location.assign(await downloadLink(document_));
    } catch (error) {
      problem.textContent = explain(error);
    }
  }

  async function load() {
    stage.replaceChildren(el("p", { class: "meta" }, "Opening…"), el("progress", { "aria-label": "Opening the document" }));
    try {
      await show(document_, { stage, tools, signal: closing.signal });
    } catch (error) {
      if (closing.signal.aborted) return;
      tools.replaceChildren();
      if (error instanceof CanNotShow) {
        stage.replaceChildren(el("p", {}, error.message));
      } else {
        const retry = el("button", { type: "button", class: "button button-quiet", onclick: () => void load().then(() => download.focus()) }, "Try again");
        stage.replaceChildren(el("p", {}, explain(error)), el("p", {}, retry));
      }
    }
  }

  // A press on what lies behind closes it, as one expects of a picture.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    closing.abort();
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
  void load();
}

/**
 * @param {StoredDocument} document_
 * @param {Place} place
 */
async function show({ content_type, document_name, storage_path }, place) {
  const reason = unshown[content_type];
  if (reason) throw new CanNotShow(`${reason} Download it to open it on your device.`);
  const file = await readObject(storage_path, place.signal);
  if (content_type === "application/pdf") await showPdf(file, place);
  else if (content_type === "text/csv") await showTable(file, document_name, place);
  else await showPicture(file, document_name, place);
}

/**
 * @param {Blob} file
 * @param {string} name
 * @param {Place} place
 */
async function showPicture(file, name, { stage, signal }) {
  const url = URL.createObjectURL(file);
  signal.addEventListener("abort", () => URL.revokeObjectURL(url));
  const image = el("img", { class: "preview-picture", src: url, alt: `Your document ${name}` });
  try {
    await image.decode();
  } catch {
    throw new CanNotShow("Your browser can’t show this picture. Download it to open it on your device.");
  }
  stage.replaceChildren(image);
}

/**
 * @param {Blob} file
 * @param {string} name
 * @param {Place} place
 */
async function showTable(file, name, { stage }) {
  await loadScript("/vendor/papaparse/papaparse.min.js").catch(() => {
    throw new Unreachable("network");
  });
  const bytes = await file.arrayBuffer();
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // What Excel writes on a Windows computer.
    text = new TextDecoder("windows-1252").decode(bytes);
  }
  /** @type {{data: string[][]}} */
  const { data } = /** @type {any} */ (globalThis).Papa.parse(text, { preview: shownRows + 2, skipEmptyLines: true });
  const [head = [], ...body] = data;
  const more = body.length > shownRows;
  const region = el(
    "div",
    { class: "preview-scroll", role: "region", tabindex: "0", "aria-label": `Rows of ${name}` },
    el(
      "table",
      { class: "preview-table" },
      el("thead", {}, el("tr", {}, ...head.map((cell) => el("th", { scope: "col" }, cell)))),
      el("tbody", {}, ...body.slice(0, shownRows).map((cells) => el("tr", {}, ...cells.map((cell) => el("td", {}, cell))))),
    ),
  );
  stage.replaceChildren(region, el("p", { class: "meta" }, more ? `The first ${shownRows} rows. Download the file to see all of it.` : "All rows are shown."));
}

/**
 * @param {Blob} file
 * @param {Place} place
 */
async function showPdf(file, { stage, tools, signal }) {
  const module = "/vendor/pdfjs-dist/pdf.min.mjs";
  /** @type {typeof import("pdfjs-dist")} */
  const pdfjs = await import(module).catch(() => {
    throw new Unreachable("network");
  });
  const data = await file.arrayBuffer();
  signal.throwIfAborted();
  const thread = startWorker("/vendor/pdfjs-dist/pdf.worker.min.mjs");
  const worker = new pdfjs.PDFWorker({ port: /** @type {any} */ (thread) });
  // Nothing of the file is run, and pictures in formats of scanners are decoded without WebAssembly, which the site's policy forbids.
  const task = pdfjs.getDocument({ data, worker, useWasm: false, wasmUrl: "/vendor/pdfjs-dist/", enableXfa: false });
  signal.addEventListener("abort", () => {
    void task.destroy().finally(() => thread.terminate());
  });
  /** @type {import("pdfjs-dist").PDFDocumentProxy} */
  let pdf;
  try {
    pdf = await task.promise;
  } catch (error) {
    signal.throwIfAborted();
    throw new CanNotShow(
      /** @type {Error} */ (error).name === "PasswordException"
        ? "This PDF is locked with a password, so we can’t read it either. Please upload a copy without one."
        : "This PDF can’t be shown. Download it to see whether it opens on your device.",
    );
  }

  let number = 1;
  let zoom = 0;
  /** @type {{cancel(): void} | null} */
  let drawing = null;
  const canvas = el("canvas", { role: "img" });
  const words = el("p", { class: "visually-hidden" });
  // Scrolled by the keyboard when it is enlarged, so it must be reachable by it.
  const region = el("div", { class: "preview-scroll", role: "region", tabindex: "0", "aria-label": "Pages" }, canvas);
  const position = el("p", { class: "meta", role: "status" });
  const tool = (/** @type {string} */ name, /** @type {string} */ label, /** @type {() => void} */ act) =>
    el("button", { type: "button", class: "button button-quiet button-icon", "aria-label": label, onclick: act }, icon(name));
  const back = tool("arrow-left", "Previous page", () => turn(-1));
  const forth = tool("arrow-right", "Next page", () => turn(1));
  const smaller = tool("zoom-out", "Smaller", () => scale(-1));
  const larger = tool("zoom-in", "Larger", () => scale(1));
  stage.replaceChildren(region, words);
  stage.removeAttribute("aria-live");
  tools.replaceChildren(back, position, forth, smaller, larger);

  /** @param {number} by */
  function turn(by) {
    const wish = Math.min(Math.max(number + by, 1), pdf.numPages);
    if (wish === number) return;
    number = wish;
    region.scrollTop = 0;
    void draw();
  }

  /** @param {number} by */
  function scale(by) {
    const wish = Math.min(Math.max(zoom + by, 0), zooms.length - 1);
    if (wish === zoom) return;
    zoom = wish;
    void draw();
  }

  stage.addEventListener(
    "keydown",
    (event) => {
      /** @type {Record<string, () => void>} */
      const keys = { PageDown: () => turn(1), PageUp: () => turn(-1), "+": () => scale(1), "-": () => scale(-1) };
      // Left and right belong to a page that is wider than the dialog.
      if (zoom === 0) Object.assign(keys, { ArrowRight: () => turn(1), ArrowLeft: () => turn(-1) });
      const act = keys[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      act();
    },
    { signal },
  );

  async function draw() {
    drawing?.cancel();
    position.textContent = `Page ${number} of ${pdf.numPages}`;
    for (const [button, ends] of /** @type {[HTMLElement, boolean][]} */ ([
      [back, number === 1],
      [forth, number === pdf.numPages],
      [smaller, zoom === 0],
      [larger, zoom === zooms.length - 1],
    ])) {
      // Not `disabled`, which would throw the keyboard out of the dialog's tools.
      if (ends) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
    const mine = number;
    const page = await pdf.getPage(mine);
    const natural = page.getViewport({ scale: 1 });
    const width = region.clientWidth * (zooms[zoom] ?? 1);
    const density = Math.min(devicePixelRatio, 3);
    const viewport = page.getViewport({ scale: (width / natural.width) * density });
    canvas.width = Math.floor(viewport.width);
    canvas.height = Math.floor(viewport.height);
    canvas.style.width = `${width}px`;
    canvas.setAttribute("aria-label", `Page ${mine} of ${pdf.numPages}`);
    const render = page.render({ canvas, viewport });
    drawing = render;
    try {
      await render.promise;
      canvas.dataset.page = String(mine);
      // For those who hear the page.
      const { items } = await page.getTextContent();
      if (mine === number) words.textContent = items.map((/** @type {any} */ item) => item.str ?? "").join(" ");
    } catch (error) {
      if (/** @type {Error} */ (error).name !== "RenderingCancelledException" && !signal.aborted) throw error;
    }
  }

  await draw();
  // A phone that is turned shows the page as wide as it is now.
  let width = region.clientWidth;
  const observer = new ResizeObserver(() => {
    if (region.clientWidth === width) return;
    width = region.clientWidth;
    void draw();
  });
  observer.observe(region);
  signal.addEventListener("abort", () => observer.disconnect());
  region.focus({ preventScroll: true });
}
