// @ts-check
// A client's document as our team sees it: opened, and accepted or returned with a reason.
import { callApi } from "../../modules/api.js";
import { announce, el } from "../../modules/dom.js";
import { enhanceForm, textOf, whileBusy } from "../../modules/form.js";
import { bytes, day } from "../../modules/format.js";
import { rowButton } from "../../modules/row-button.js";
import { mayChange } from "../../modules/session.js";
import { openDocument } from "../../modules/staff.js";
import { categories, labelOf } from "../../modules/words.js";

/**
 * @typedef {{id: string, document_name: string, document_category: string, byte_size: number, uploaded_at: string, reviewed_at: string | null,
 *   verdict: "accepted" | "returned" | null, verdict_reason: string | null, verdict_at: string | null, verdict_by: string | null}} FiledDocument
 */

/** @type {Record<string, [words: string, kind: string]>} */
const verdicts = { accepted: ["Accepted", "tag tag-good"], returned: ["Returned", "tag tag-warn"] };

/**
 * @param {FiledDocument} document_
 * @param {() => Promise<void>} reviewed called when something was said of it
 */
export function filedDocument(document_, reviewed) {
  let current = document_;
  const row = el("li", { class: "filed-document", "data-id": document_.id });
  const problem = el("p", { class: "field-error", role: "alert" });

  /**
   * @param {string} words
   * @param {(button: HTMLButtonElement) => void} act
   */
  const button = (words, act) => rowButton(words, current.document_name, problem, act);

  /**
   * @param {HTMLButtonElement} pressed
   * @param {string} words
   * @param {() => Promise<void>} work
   */
  const busy = (pressed, words, work) => whileBusy(pressed, words, problem, work);

  /**
   * @param {"accepted" | "returned"} verdict
   * @param {string | null} reason
   */
  async function review(verdict, reason) {
    current = await callApi("clients/review-document", { method: "POST", body: { id: current.id, verdict, reason } });
    showWords(true);
    announce(verdict === "accepted" ? `${current.document_name} is accepted.` : `${current.document_name} is returned. The client is told by mail.`);
    await reviewed();
  }

  function showWords(focus = false) {
    const { document_name, document_category, byte_size, uploaded_at, reviewed_at, verdict, verdict_reason, verdict_at, verdict_by } = current;
    const [words, kind] = verdicts[verdict ?? ""] ?? (reviewed_at ? ["Reviewed", "tag tag-good"] : ["To review", "tag"]);
    const open = button("Open", (pressed) =>
      void busy(pressed, "Opening…", async () => {
        const [{ preview }, opened] = await Promise.all([import("../preview/preview.js"), openDocument(current.id)]);
        preview(opened);
      }),
    );
    row.replaceChildren(
      el(
        "div",
        { class: "row" },
        el(
          "div",
          {},
          el("p", { class: "row-title" }, document_name),
          el("p", { class: "meta" }, `${labelOf(categories, document_category)} · ${bytes(byte_size)} · ${day(uploaded_at)}`),
          verdict_at && el("p", { class: "meta" }, `${words} on ${day(verdict_at)}${verdict_by ? ` by ${verdict_by}` : ""}`),
        ),
        el("span", { class: kind }, words),
        el(
          "p",
          { class: "row-actions" },
          open,
          mayChange() && verdict !== "accepted" && button("Accept", (pressed) => void busy(pressed, "Accepting…", () => review("accepted", null))),
          mayChange() && button(verdict === "returned" ? "Change the reason" : "Return", showForm),
        ),
      ),
    );
    if (verdict_reason) row.append(el("p", { class: "said" }, verdict_reason));
    row.append(problem);
    if (focus) open.focus();
  }

  function showForm() {
    const id = `reason-${current.id}`;
    const input = el("input", { id, name: "reason", maxlength: 200, autocomplete: "off", value: current.verdict_reason ?? "", "aria-describedby": `${id}-hint` });
    const form = el(
      "form",
      { class: "form", method: "post" },
      el("p", { class: "row-title" }, `Return ${current.document_name}`),
      el("div", { class: "field" }, el("label", { for: id }, "Why can’t we use it?"), el("p", { class: "hint", id: `${id}-hint` }, "The client reads this in the portal and by mail. Say what to do better."), input),
      el(
        "p",
        { class: "actions" },
        el("button", { class: "button" }, "Return it"),
        el("button", { type: "button", class: "button button-quiet", onclick: () => showWords(true) }, "Cancel"),
      ),
    );
    form.addEventListener("keydown", (event) => event.key === "Escape" && showWords(true));
    enhanceForm(form, {
      busy: "Returning…",
      check: () => (textOf(form, "reason") === "" ? [{ field: "reason", message: "Say why, so that the client can send a better one." }] : []),
      send: () => review("returned", textOf(form, "reason")),
    });
    row.replaceChildren(form);
    input.focus();
  }

  showWords();
  return row;
}
