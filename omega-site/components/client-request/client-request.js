// @ts-check
// Something that our team asked the client for: answered with a file or a few words.
import { callApi } from "../../modules/api.js";
import { sha256 } from "../../modules/digest.js";
import { guessCategory } from "../../modules/document-names.js";
import { announce, el } from "../../modules/dom.js";
import { enhanceForm, textOf } from "../../modules/form.js";
import { bytes, day, dueWords, isOverdue } from "../../modules/format.js";
import { accept, maxBytes, newUpload, refuse, send } from "../../modules/upload.js";
import { categories, labelOf } from "../../modules/words.js";

/**
 * @typedef {{id: string, title: string, description: string | null, wanted: "file" | "answer", document_category: string | null, due_on: string,
 *   status: "open" | "answered" | "returned" | "accepted" | "withdrawn", answer: string | null, document: {id: string, document_name: string} | null,
 *   reason: string | null, made_at: string, answered_at: string | null}} ClientRequest
 */

/** @type {Record<ClientRequest["status"], [words: string, kind: string]>} */
const states = {
  open: ["Waits on you", "tag tag-warn"],
  returned: ["Sent back", "tag tag-warn"],
  answered: ["We look at it", "tag"],
  accepted: ["Done", "tag tag-good"],
  withdrawn: ["No longer needed", "tag"],
};

/**
 * @param {ClientRequest} request
 * @param {(request: ClientRequest) => void} answered called when an answer was sent
 */
export function clientRequest(request, answered) {
  let current = request;
  const row = el("li", { class: "client-request", "data-id": request.id });

  function show() {
    const { title, description, due_on, status, answer, document, reason, answered_at } = current;
    const [words, kind] = states[status] ?? [status, "tag"];
    const waits = status === "open" || status === "returned";
    const when = waits ? dueWords(due_on) : answered_at ? `Answered ${day(answered_at)}` : dueWords(due_on);
    row.replaceChildren(
      ...[
        el("div", { class: "row" }, el("div", {}, el("p", { class: "row-title", tabindex: "-1" }, title), el("p", { class: "meta" }, when)), el("span", { class: kind }, waits && isOverdue(due_on) ? "Overdue" : words)),
        reason && el("p", { class: "said" }, `We sent your answer back: ${reason}`),
        description && el("p", { class: "long-text" }, description),
        !waits && answer && el("p", { class: "said long-text" }, answer),
        !waits && document && el("p", { class: "said" }, "You sent: ", el("a", { href: "/documents" }, document.document_name)),
        waits && form(),
      ].filter((part) => part instanceof HTMLElement),
    );
  }

  function form() {
    const { id, wanted, document_category, status, answer } = current;
    const file = el("input", { id: `file-${id}`, name: "file", type: "file", accept, "aria-describedby": `file-hint-${id}` });
    const text = el("textarea", { id: `answer-${id}`, name: "answer", rows: 3, maxlength: 4000 });
    // What was sent back is there to be mended, not to be typed again.
    if (status === "returned" && answer) text.value = answer;
    // Several of these forms stand on a page.
    const ofTitle = el("span", { class: "visually-hidden" }, ` to ${current.title}`);
    const kind = document_category ? `${labelOf(categories, document_category)}. ` : "";
    const progress = el("progress", { max: 1, value: 0, hidden: true, "aria-label": "Uploading your file" });
    const made = el(
      "form",
      { class: "form", method: "post" },
      wanted === "file" &&
        el("div", { class: "field" }, el("label", { for: file.id }, "Your file", ofTitle), el("p", { class: "hint", id: `file-hint-${id}` }, `${kind}A PDF, picture, spreadsheet or Word file, ${bytes(maxBytes)} at most.`), file),
      el(
        "div",
        { class: "field" },
        el("label", { for: text.id }, wanted === "file" ? "A remark, or why there is no file (optional)" : "Your answer", ofTitle.cloneNode(true)),
        text,
      ),
      progress,
      el("p", { class: "actions" }, el("button", { class: "button" }, "Send the answer", ofTitle.cloneNode(true))),
    );
    /** @type {import("../../modules/upload.js").Upload | null} */
    let upload = null;
    /** @type {string | null} the document that the file has become */
    let sent = null;
    file.addEventListener("change", () => {
      upload = null;
      sent = null;
    });
    enhanceForm(made, {
      busy: "Sending…",
      check: () => {
        const [chosen] = file.files ?? [];
        const refused = chosen && refuse(chosen);
        if (refused) return [{ field: "file", message: refused }];
        if (!chosen && textOf(made, "answer") === "") {
          return wanted === "file" ? [{ field: "file", message: "Choose a file, or say why there is none." }] : [{ field: "answer", message: "Write an answer." }];
        }
        return [];
      },
      send: async () => {
        const [chosen] = file.files ?? [];
        if (chosen && sent === null) {
          if (!upload) {
            upload = newUpload(chosen, document_category ?? guessCategory(chosen.name) ?? "other");
            upload.digest = await sha256(chosen).catch(() => null);
          }
          progress.hidden = false;
          try {
            const document = await send(upload, (done) => (progress.value = done / chosen.size), new AbortController().signal);
            sent = document.id;
          } finally {
            progress.hidden = true;
          }
        }
        current = await callApi("onboarding/requests", { method: "POST", body: { id, answer: textOf(made, "answer") || null, document_id: sent } });
        show();
        /** @type {HTMLElement | null} */ (row.querySelector(".row-title"))?.focus();
        announce("Your answer is sent.");
        answered(current);
      },
    });
    return made;
  }

  show();
  return row;
}
