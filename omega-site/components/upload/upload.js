// @ts-check
// Uploading documents: the checklist of what is required, the box to choose, drop or photograph files, and a row for each
// file on its way. A file that was begun is not lost: it can be paused, goes on after a lost connection, and after a
// reload when it is chosen again.
import { callApi } from "../../modules/api.js";
import { sha256 } from "../../modules/digest.js";
import { guessCategory } from "../../modules/document-names.js";
import { announce, el, icon } from "../../modules/dom.js";
import { explain, Problem, Unreachable } from "../../modules/errors.js";
import { bytes, day, time } from "../../modules/format.js";
import { createPace, timeLeft } from "../../modules/pace.js";
import { session } from "../../modules/session.js";
import { endUpload } from "../../modules/storage.js";
import { keepUnfinished, listUnfinished } from "../../modules/unfinished.js";
import { accept, discard, maxBytes, newUpload, refuse, send } from "../../modules/upload.js";
import { categories, labelOf } from "../../modules/words.js";
import { ask } from "../dialog/dialog.js";

/**
 * @typedef {{id: string, document_name: string, document_category: string, content_type: string, byte_size: number, storage_path: string,
 *   uploaded_at: string, content_sha256: string | null, reviewed_at: string | null,
 *   verdict: "accepted" | "returned" | null, verdict_reason: string | null, can_change: boolean}} StoredDocument
 */
/** @typedef {{category: string, title: string, why: string, received: boolean}} Required */

/** What a file is when neither its name nor anybody says so. It can be said later. */
const unknown = "other";

/** After how many milliseconds a lost connection is tried again, where the browser does not tell that it is back. */
const retryTime = 10_000;

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

/** The choices of what a document is, as options of a select. */
export const categoryOptions = () => categories.map(({ value, label }) => el("option", { value }, label));

let made = 0;

/**
 * @param {object} on
 * @param {(document: StoredDocument) => void} on.received
 * @param {(document: StoredDocument) => void} [on.changed] another category was chosen for what was received
 * @param {(id: string) => void} [on.removed]
 */
export function createUploader({ received, changed = () => {}, removed = () => {} }) {
  const number = ++made;
  const input = el("input", { id: `files-${number}`, class: "visually-hidden", type: "file", multiple: true, accept, "aria-describedby": `files-hint-${number}` });
  // On a phone the camera is nearer than any file; elsewhere the button is not shown.
  const camera = el("input", { id: `camera-${number}`, class: "visually-hidden camera", type: "file", accept: "image/*", capture: "environment" });
  const zone = el(
    "div",
    { class: "drop-zone" },
    input,
    el("label", { class: "button", for: input.id }, icon("upload"), "Choose files"),
    camera,
    el("label", { class: "button button-quiet camera", for: camera.id }, icon("camera"), "Take a photo"),
    el("span", { class: "drop-words meta" }, "or drop them here"),
    el("p", { class: "hint", id: `files-hint-${number}` }, `PDF, pictures (PNG, JPG, HEIC), spreadsheets (CSV, XLSX, XLS) or Word (DOCX). ${bytes(maxBytes).replace(" ", "\u00a0")} at most for each.`),
  );
  const unfinished = el("div", { class: "notice stack", hidden: true });
  const rows = el("ul", { class: "rows", "aria-label": "Uploads", hidden: true });
  /** What the next files are, when they were asked for by name. */
  let wanted = "";

  /** @type {Set<{file: File, digest: string | null}>} rows whose file is on its way or was received */
  const present = new Set();
  let active = 0;

  /** @param {File[]} files */
  function take(files) {
    const category = wanted;
    wanted = "";
    for (const file of files) addRow(file, category);
  }

  for (const chooser of [input, camera]) {
    chooser.addEventListener("change", () => {
      take([...(chooser.files ?? [])]);
      // So that the same file can be chosen again after it was refused or cancelled.
      chooser.value = "";
    });
    chooser.addEventListener("cancel", () => (wanted = ""));
  }

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
  // A file is read into memory as a whole to be recognised: one after the other.
  const readQueue = createQueue(1);
  addEventListener("beforeunload", (event) => {
    if (active > 0) event.preventDefault();
  });

  /**
   * @param {File} file
   * @param {string} category as it was asked for, or empty
   */
  function addRow(file, category) {
    const guess = category || guessCategory(file.name);
    const upload = newUpload(file, guess ?? unknown);
    /** @type {StoredDocument | null} */
    let stored = null;
    let sent = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let retry;

    const status = el("p", { class: "upload-status" });
    const progress = el("progress", { max: file.size, value: 0, "aria-label": `Uploading ${file.name}` });
    const actions = el("p", { class: "row-actions" });
    const select = el("select", { "aria-label": `What is ${file.name}?` }, ...categoryOptions());
    const hint = el("p", { class: "hint" });
    select.value = upload.category;
    if (!category) hint.textContent = guess ? "We took this from the name. Change it if it is wrong." : "We could not tell what this is from its name. Please choose.";
    const row = el(
      "li",
      { class: "upload" },
      el(
        "div",
        { class: "row" },
        el("div", {}, el("p", { class: "row-title" }, file.name), el("p", { class: "meta" }, bytes(file.size))),
        el("div", { class: "upload-kind" }, select, hint),
      ),
      progress,
      status,
      actions,
    );
    rows.hidden = false;
    rows.prepend(row);

    let abort = new AbortController();

    /**
     * @param {"checking" | "asking" | "waiting" | "sending" | "paused" | "interrupted" | "failed" | "cancelled" | "done"} state
     * @param {string} words
     * @param {...HTMLElement} buttons
     */
    function show(state, words, ...buttons) {
      const focused = actions.contains(document.activeElement);
      row.dataset.state = state;
      status.textContent = words;
      progress.hidden = !["checking", "waiting", "sending", "paused", "interrupted"].includes(state);
      actions.replaceChildren(...buttons);
      actions.hidden = buttons.length === 0;
      if (focused) (buttons[0] ?? input).focus();
    }

    /**
     * @param {string} words
     * @param {() => void} action
     */
    const button = (words, action) =>
      el("button", { type: "button", class: "button button-quiet button-small", onclick: action }, words, el("span", { class: "visually-hidden" }, ` ${file.name}`));

    function leave() {
      row.remove();
      present.delete(upload);
      rows.hidden = rows.children.length === 0;
      input.focus();
    }
    const clear = () => button("Take off the list", leave);
    const cancel = () =>
      button("Cancel", () => {
        const underWay = row.dataset.state === "sending";
        abort.abort("cancel");
        // What is under way ends by itself; what waits or rests has nobody to say so.
        if (!underWay) cancelled();
      });

    /** Whether the file was sent before; asked of the server, since that may have been years ago or on another device. */
    async function check() {
      show("checking", "Looking at the file");
      await new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
        readQueue(async () => {
          upload.digest = await sha256(file).catch(() => null);
          resolve();
        });
      });
      const twin = [...present].find((other) => upload.digest && other.digest === upload.digest);
      present.add(upload);
      showUnfinished();
      if (!upload.digest) return start();
      if (twin) {
        upload.alone = true;
        return askAgain(`This is the same file as “${twin.file.name}” on this page. Send it again?`);
      }
      const answer = await callApi("onboarding/documents", { query: { content_sha256: upload.digest, limit: 1 } }).catch(() => null);
      /** @type {StoredDocument | undefined} */
      const earlier = answer?.documents[0];
      if (earlier) askAgain(`You sent this file on ${day(earlier.uploaded_at)} as “${earlier.document_name}”. Send it again?`);
      else start();
    }

    /** @param {string} words */
    function askAgain(words) {
      show("asking", words, button("Send it again", start), button("Leave it out", leave));
      announce(words);
    }

    function start() {
      clearTimeout(retry);
      const { signal } = (abort = new AbortController());
      active += 1;
      show("waiting", "Waiting for its turn", cancel());
      queue(async () => {
        try {
          // Cancelled while it waited.
          if (signal.aborted) return;
          show("sending", "Uploading", button("Pause", () => abort.abort("pause")), cancel());
          const pace = createPace(file.size);
          done(await send(upload, (count) => showProgress(count, pace(count)), signal));
        } catch (error) {
          if (signal.reason === "pause") paused();
          else if (signal.aborted) cancelled();
          else failed(error);
        } finally {
          active -= 1;
        }
      });
    }

    /**
     * @param {number} count bytes
     * @param {{rate: number, seconds: number} | null} pace
     */
    function showProgress(count, pace) {
      if (row.dataset.state !== "sending") return;
      sent = count;
      progress.value = count;
      // From here it is the server's turn, and nothing is left to break off.
      if (count >= file.size) show("sending", "Checking the file");
      else {
        const speed = pace ? ` · ${bytes(pace.rate)} a second · ${timeLeft(pace.seconds)}` : "";
        status.textContent = `${bytes(count)} of ${bytes(file.size)}${speed}`;
      }
    }

    function paused() {
      show("paused", `Paused at ${bytes(sent)} of ${bytes(file.size)}.`, button("Go on", start), cancel());
      announce(`${file.name} paused.`);
    }

    function cancelled() {
      clearTimeout(retry);
      present.delete(upload);
      progress.value = sent = 0;
      show("cancelled", "Cancelled. Nothing was kept.", button("Upload again", () => void check()), clear());
      announce(`${file.name} cancelled.`);
      // What arrived before the cancel is taken back; were it left, it would be no document.
      discard(upload).catch(() => {});
    }

    /** @param {unknown} error */
    function failed(error) {
      if (error instanceof Unreachable) {
        const words = "The connection was lost. What was sent is kept, and we go on by ourselves when you are back online.";
        show("interrupted", words, button("Try again now", start), cancel());
        announce(`${file.name}: ${words}`);
        const again = () => row.isConnected && row.dataset.state === "interrupted" && start();
        addEventListener("online", again, { once: true });
        retry = setTimeout(() => navigator.onLine && again(), retryTime);
        return;
      }
      const words = explain(error);
      present.delete(upload);
      // What is in a file does not change by sending it again.
      if (error instanceof Problem && error.status === 422) refused(words);
      else show("failed", words, button("Try again", start), clear());
      announce(`${file.name} was not uploaded. ${words}`);
    }

    /** @param {StoredDocument} received_ */
    function done(received_) {
      stored = received_;
      show("done", `Received at ${time()}`, button("Remove", () => void remove()));
      announce(`${file.name} received.`);
      received(received_);
      // It was chosen while the answer was on its way.
      if (upload.category !== received_.document_category) void sort();
    }

    /** Tells the server that what was received is something else. */
    async function sort() {
      if (!stored) return;
      const wish = upload.category;
      try {
        stored = /** @type {StoredDocument} */ (await callApi("onboarding/update-document", { method: "POST", body: { id: stored.id, document_category: wish } }));
        if (upload.category !== wish) return;
        status.textContent = `Saved as ${labelOf(categories, wish)} at ${time()}`;
        announce(status.textContent);
        changed(stored);
      } catch (error) {
        upload.category = select.value = stored.document_category;
        status.textContent = explain(error);
        announce(status.textContent);
      }
    }

    select.addEventListener("change", () => {
      upload.category = select.value;
      hint.textContent = "";
      if (stored) void sort();
    });

    async function remove() {
      if (!stored || !(await confirmRemoval(stored))) return;
      try {
        await callApi("onboarding/remove-document", { method: "POST", body: { id: stored.id } });
        announce(`${file.name} removed.`);
        removed(stored.id);
        leave();
      } catch (error) {
        status.textContent = explain(error);
        announce(status.textContent);
      }
    }

    /** @param {string} words */
    function refused(words) {
      select.hidden = true;
      hint.textContent = "";
      show("failed", words, clear());
    }

    const reason = refuse(file);
    if (reason) {
      refused(reason);
      announce(`${file.name} was not uploaded. ${reason}`);
    } else {
      void check();
    }
  }

  /** What broke off before this page was opened, and how to go on with it. */
  function showUnfinished() {
    session()
      .then((current) => {
        const user = current?.user.id ?? "";
        const left = listUnfinished(user).filter(({ fingerprint }) => ![...present].some(({ digest }) => digest === fingerprint));
        unfinished.hidden = left.length === 0;
        unfinished.replaceChildren(
          el("p", {}, left.length === 1 ? "One upload was not finished." : `${left.length} uploads were not finished.`, " Choose the same file again and it goes on where it stopped."),
          el(
            "ul",
            { class: "rows" },
            ...left.map(({ fingerprint, name, size, url }) =>
              el(
                "li",
                { class: "row" },
                el("div", {}, el("p", { class: "row-title" }, name), el("p", { class: "meta" }, bytes(size))),
                el(
                  "p",
                  { class: "row-actions" },
                  el("button", { type: "button", class: "button button-quiet button-small", onclick: () => choose("") }, "Choose", el("span", { class: "visually-hidden" }, ` ${name}`)),
                  el(
                    "button",
                    {
                      type: "button",
                      class: "button button-quiet button-small",
                      onclick: () => {
                        keepUnfinished(user, fingerprint, null);
                        endUpload(url).catch(() => {});
                        showUnfinished();
                        input.focus();
                      },
                    },
                    "Forget",
                    el("span", { class: "visually-hidden" }, ` ${name}`),
                  ),
                ),
              ),
            ),
          ),
        );
      })
      .catch(() => {});
  }
  showUnfinished();

  /** @param {string} category or empty */
  function choose(category) {
    wanted = category;
    // The checklist is drawn anew once the file is there; the keyboard waits where that changes nothing.
    input.focus();
    input.click();
  }

  return { element: el("div", { class: "stack" }, unfinished, zone, rows), choose };
}

/** @param {StoredDocument} document */
export const confirmRemoval = ({ document_name }) =>
  ask({
    title: "Remove this document?",
    body: [`“${document_name}” and its file will be gone. You can upload it again.`],
    confirm: "Remove",
    danger: true,
  });

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
