// @ts-check
// Uploading documents: the checklist of what is required, the box to choose or drop files, and a row for each file on its way.
import { announce, el } from "./dom.js";
import { explain, Unreachable } from "./errors.js";
import { bytes, time } from "./format.js";
import { accept, discard, maxBytes, newUpload, refuse, send } from "./upload.js";
import { categories, labelOf } from "./words.js";

/** @typedef {{id: string, document_name: string, document_category: string, content_type: string, byte_size: number, storage_path: string, uploaded_at: string}} StoredDocument */
/** @typedef {{category: string, title: string, why: string, received: boolean}} Required */

/**
 * @param {Required[]} required
 * @param {(category: string) => void} choose opens the file chooser for a category
 */
export function requiredList(required, choose) {
  if (required.length === 0) {
    return el("p", { class: "notice" }, "Which documents we need follows from the legal form of your business. ", el("a", { href: "/onboarding?step=business" }, "Choose the legal form"));
  }
  const missing = required.filter(({ received }) => !received).length;
  return el(
    "div",
    { class: "stack" },
    el("p", { class: "hint" }, missing === 0 ? "We have everything on this list. Thank you." : `${required.length - missing} of ${required.length} received.`),
    el(
      "ul",
      { class: "rows", "aria-label": "Required documents" },
      ...required.map(({ category, title, why, received }) =>
        el(
          "li",
          { class: "row" },
          el("div", {}, el("p", { class: "row-title" }, title), el("p", { class: "hint" }, why)),
          received
            ? el("span", { class: "tag tag-good" }, "Received")
            : el(
                "button",
                { type: "button", class: "button button-quiet button-small", onclick: () => choose(category) },
                "Upload",
                el("span", { class: "visually-hidden" }, ` ${title}`),
              ),
        ),
      ),
    ),
  );
}

/**
 * @param {(document: StoredDocument) => void} onReceived
 */
export function createUploader(onReceived) {
  const select = el(
    "select",
    { id: "document_category", name: "document_category" },
    el("option", { value: "" }, "Choose one"),
    ...categories.map(({ value, label }) => el("option", { value }, label)),
  );
  const input = el("input", { id: "files", class: "visually-hidden", type: "file", name: "files", multiple: true, accept, "aria-describedby": "files-hint" });
  const field = el("div", { class: "field" }, el("label", { for: select.id }, "What is it?"), select);
  const zone = el(
    "div",
    { class: "drop-zone" },
    input,
    el("label", { class: "button", for: input.id }, "Choose files"),
    el("span", { class: "drop-words meta" }, "or drop them here"),
    el("p", { class: "hint", id: "files-hint" }, `PDF, pictures (PNG, JPG, HEIC), spreadsheets (CSV, XLSX, XLS) or Word (DOCX). ${bytes(maxBytes)} at most for each.`),
  );
  const rows = el("ul", { class: "rows", "aria-label": "Uploads", hidden: true });

  // Files that were chosen before it was said what they are wait here, so nobody has to choose them twice.
  /** @type {File[]} */
  let waiting = [];

  /** @param {File[]} files */
  function take(files) {
    if (files.length === 0) return;
    if (select.value === "") {
      waiting.push(...files);
      askCategory();
      return;
    }
    for (const file of files) addRow(file, select.value);
  }

  function askCategory() {
    field.querySelector(".field-error")?.remove();
    const words = waiting.length === 1 ? `Tell us what ${waiting[0]?.name} is, then we upload it.` : `Tell us what the ${waiting.length} files are, then we upload them.`;
    select.before(el("p", { class: "field-error", id: "document_category-error" }, el("span", { class: "visually-hidden" }, "Error: "), words));
    select.setAttribute("aria-invalid", "true");
    select.setAttribute("aria-describedby", "document_category-error");
    select.focus();
    announce(words);
  }

  select.addEventListener("change", () => {
    if (select.value === "") return;
    field.querySelector(".field-error")?.remove();
    select.removeAttribute("aria-invalid");
    select.removeAttribute("aria-describedby");
    const files = waiting;
    waiting = [];
    take(files);
  });

  input.addEventListener("change", () => {
    take([...(input.files ?? [])]);
    // So that the same file can be chosen again after it was refused or cancelled.
    input.value = "";
  });

  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.dataset.over = "";
  });
  zone.addEventListener("dragleave", (event) => {
    if (!(event.relatedTarget instanceof Node) || !zone.contains(event.relatedTarget)) delete zone.dataset.over;
  });
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    delete zone.dataset.over;
    take([...(event.dataTransfer?.files ?? [])]);
  });

  const queue = createQueue(2);
  let active = 0;
  addEventListener("beforeunload", (event) => {
    if (active > 0 || waiting.length > 0) event.preventDefault();
  });

  /**
   * @param {File} file
   * @param {string} category
   */
  function addRow(file, category) {
    const upload = newUpload(file, category);
    const status = el("p", { class: "upload-status" });
    const progress = el("progress", { max: 100, value: 0, "aria-label": `Uploading ${file.name}` });
    const actions = el("p", { class: "row-actions" });
    const row = el(
      "li",
      { class: "upload" },
      el(
        "div",
        { class: "row" },
        el("div", {}, el("p", { class: "row-title" }, file.name), el("p", { class: "meta" }, `${labelOf(categories, category)} · ${bytes(file.size)}`)),
        actions,
      ),
      progress,
      status,
    );
    rows.hidden = false;
    rows.prepend(row);

    let abort = new AbortController();

    /**
     * @param {"waiting" | "sending" | "failed" | "cancelled" | "done"} state
     * @param {string} words
     * @param {...HTMLElement} buttons
     */
    function show(state, words, ...buttons) {
      const focused = actions.contains(document.activeElement);
      row.dataset.state = state;
      status.textContent = words;
      progress.hidden = state !== "sending" && state !== "waiting";
      actions.replaceChildren(...buttons);
      if (focused) (buttons[0] ?? input).focus();
    }

    /**
     * @param {string} words
     * @param {() => void} action
     */
    const button = (words, action) =>
      el("button", { type: "button", class: "button button-quiet button-small", onclick: action }, words, el("span", { class: "visually-hidden" }, ` ${file.name}`));

    const remove = () =>
      button("Remove", () => {
        row.remove();
        rows.hidden = rows.children.length === 0;
        input.focus();
      });

    function start() {
      abort = new AbortController();
      active += 1;
      progress.value = 0;
      const cancel = button("Cancel", () => abort.abort());
      show("waiting", "Waiting for its turn", cancel);
      queue(async () => {
        try {
          abort.signal.throwIfAborted();
          show("sending", "Uploading", cancel);
          const stored = await send(upload, onProgress, abort.signal);
          show("done", `Received at ${time()}`);
          announce(`${file.name} received.`);
          onReceived(stored);
        } catch (error) {
          if (abort.signal.aborted) cancelled();
          else failed(error);
        } finally {
          active -= 1;
        }
      });
    }

    /** @param {number} share */
    function onProgress(share) {
      progress.value = Math.round(share * 100);
      status.textContent = share < 1 ? `${progress.value} % uploaded` : "Checking the file";
    }

    function cancelled() {
      show("cancelled", "Cancelled. Nothing was kept.", button("Upload again", start), remove());
      announce(`${file.name} cancelled.`);
      // What arrived before the cancel is taken back; were it left, it would be no document.
      discard(upload).catch(() => {});
    }

    /** @param {unknown} error */
    function failed(error) {
      const words = error instanceof Unreachable ? "The connection was lost. The file is still here; we try again when you are back online, or when you press the button." : explain(error);
      show("failed", words, button("Try again", start), remove());
      announce(`${file.name} was not uploaded. ${words}`);
      if (error instanceof Unreachable) {
        addEventListener("online", () => row.dataset.state === "failed" && row.isConnected && start(), { once: true });
      }
    }

    const reason = refuse(file);
    if (reason) {
      show("failed", reason, remove());
      announce(`${file.name} was not uploaded. ${reason}`);
    } else {
      start();
    }
  }

  return {
    element: el("div", { class: "stack" }, field, zone, rows),
    /** @param {string} category */
    choose(category) {
      select.value = category;
      select.dispatchEvent(new Event("change"));
      // The checklist is drawn anew once the file is there; the keyboard waits where that changes nothing.
      input.focus();
      input.click();
    },
  };
}

/**
 * Runs a few jobs at a time: many at once make each slow, and a phone drops them all.
 * @param {number} limit
 */
function createQueue(limit) {
  /** @type {(() => Promise<void>)[]} */
  const jobs = [];
  let running = 0;
  const next = () => {
    if (running >= limit) return;
    const job = jobs.shift();
    if (!job) return;
    running += 1;
    void job().finally(() => {
      running -= 1;
      next();
    });
  };
  return (/** @type {() => Promise<void>} */ job) => {
    jobs.push(job);
    next();
  };
}
