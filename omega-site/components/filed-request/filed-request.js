// @ts-check
// Something that a client was asked for as our team sees it: the answer, accepted, sent back with a reason, or withdrawn.
import { callApi } from "../../modules/api.js";
import { announce, el } from "../../modules/dom.js";
import { enhanceForm, textOf, whileBusy } from "../../modules/form.js";
import { day, dueWords, isOverdue } from "../../modules/format.js";
import { rowButton } from "../../modules/row-button.js";
import { mayChange } from "../../modules/session.js";
import { openDocument } from "../../modules/staff.js";
import { labelOf, requestStatuses } from "../../modules/words.js";
import { ask } from "../dialog/dialog.js";

/** @typedef {"accepted" | "returned" | "withdrawn"} Verdict */
/**
 * @typedef {import("../client-request/client-request.js").ClientRequest
 *   & {settled_at: string | null, made_by: string | null, settled_by: string | null, verdicts: Verdict[]}} FiledRequest
 */

/** @type {Record<Verdict, [words: string, done: string]>} */
const verdictWords = { accepted: ["Accept", "is accepted"], returned: ["Send back", "is sent back. The client is told by mail"], withdrawn: ["Withdraw", "is withdrawn"] };

/** @type {Record<string, string>} */
const kinds = { answered: "tag tag-warn", accepted: "tag tag-good" };

/**
 * @param {FiledRequest} request
 * @param {() => Promise<void>} settled called when something was said of it
 */
export function filedRequest(request, settled) {
  let current = request;
  const row = el("li", { class: "filed-request", "data-id": request.id });
  const problem = el("p", { class: "field-error", role: "alert" });

  /**
   * @param {string} words
   * @param {(button: HTMLButtonElement) => void} act
   */
  const button = (words, act) => rowButton(words, current.title, problem, act);

  /**
   * @param {HTMLButtonElement} pressed
   * @param {string} words
   * @param {() => Promise<void>} work
   */
  const busy = (pressed, words, work) => whileBusy(pressed, words, problem, work);

  /**
   * @param {Verdict} verdict
   * @param {string | null} reason
   */
  async function settle(verdict, reason) {
    current = await callApi("clients/settle-request", { method: "POST", body: { id: current.id, verdict, reason } });
    showWords(true);
    announce(`${current.title} ${verdictWords[verdict][1]}.`);
    await settled();
  }

  /** @param {Verdict} verdict */
  const verdictButton = (verdict) =>
    button(verdictWords[verdict][0], (pressed) => {
      if (verdict === "returned") return showForm();
      void (async () => {
        if (verdict === "withdrawn" && !(await ask({ title: "Withdraw this request?", body: [current.title, "The client no longer has to answer it."], confirm: "Withdraw it" }))) return;
        await busy(pressed, "Saving…", () => settle(verdict, null));
      })();
    });

  function showWords(focus = false) {
    const { title, description, wanted, due_on, status, answer, document, reason, answered_at, made_by, settled_at, settled_by, verdicts } = current;
    const waits = status === "open" || status === "returned";
    const late = waits && isOverdue(due_on);
    const parts = [wanted === "file" ? "A file" : "An answer", dueWords(due_on), made_by && `asked by ${made_by}`].filter((part) => part);
    const actions = [
      document &&
        button("Open", (pressed) =>
          void busy(pressed, "Opening…", async () => {
            const [{ preview }, opened] = await Promise.all([import("../preview/preview.js"), openDocument(document.id)]);
            preview(opened);
          }),
        ),
      ...(mayChange() ? verdicts.map(verdictButton) : []),
    ].filter((part) => part instanceof HTMLElement);
    row.replaceChildren(
      ...[
        el(
          "div",
          { class: "row" },
          el(
            "div",
            {},
            el("p", { class: "row-title", tabindex: "-1" }, title),
            el("p", { class: "meta long-word" }, parts.join(" · ")),
            answered_at && el("p", { class: "meta" }, `Answered ${day(answered_at)}`),
            settled_at && status !== "answered" && el("p", { class: "meta long-word" }, `${labelOf(requestStatuses, status)} on ${day(settled_at)}${settled_by ? ` by ${settled_by}` : ""}`),
          ),
          el("span", { class: late ? "tag tag-warn" : (kinds[status] ?? "tag") }, late ? "Overdue" : labelOf(requestStatuses, status)),
          actions.length > 0 && el("p", { class: "row-actions" }, ...actions),
        ),
        description && waits && el("p", { class: "hint long-text" }, description),
        answer && el("p", { class: "said long-text" }, answer),
        document && el("p", { class: "said" }, document.document_name),
        reason && el("p", { class: "said" }, `Sent back: ${reason}`),
        problem,
      ].filter((part) => part instanceof HTMLElement),
    );
    if (focus) /** @type {HTMLElement | null} */ (row.querySelector(".row-title"))?.focus();
  }

  function showForm() {
    const id = `request-reason-${current.id}`;
    const input = el("input", { id, name: "reason", maxlength: 200, autocomplete: "off", "aria-describedby": `${id}-hint` });
    const form = el(
      "form",
      { class: "form", method: "post" },
      el("p", { class: "row-title" }, `Send back: ${current.title}`),
      el("div", { class: "field" }, el("label", { for: id }, "What is missing?"), el("p", { class: "hint", id: `${id}-hint` }, "The client reads this in the portal and by mail. Say what to do better."), input),
      el("p", { class: "actions" }, el("button", { class: "button" }, "Send it back"), el("button", { type: "button", class: "button button-quiet", onclick: () => showWords(true) }, "Cancel")),
    );
    form.addEventListener("keydown", (event) => event.key === "Escape" && showWords(true));
    enhanceForm(form, {
      check: () => (textOf(form, "reason") === "" ? [{ field: "reason", message: "Say what is missing, so that the client can answer better." }] : []),
      send: () => settle("returned", textOf(form, "reason")),
    });
    row.replaceChildren(form);
    input.focus();
  }

  showWords();
  return row;
}
