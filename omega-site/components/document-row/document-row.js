// @ts-check
// A document that was received: what it is, and what one can do with it until it is reviewed.
import { callApi } from "../../modules/api.js";
import { splitName } from "../../modules/document-names.js";
import { announce, el } from "../../modules/dom.js";
import { enhanceForm, textOf, whileBusy } from "../../modules/form.js";
import { bytes, day } from "../../modules/format.js";
import { rowButton } from "../../modules/row-button.js";
import { downloadLink } from "../../modules/storage.js";
import { categories, labelOf } from "../../modules/words.js";
import { categoryOptions, confirmRemoval } from "../upload/upload.js";

/** @typedef {import("../upload/upload.js").StoredDocument} StoredDocument */

/**
 * @param {StoredDocument} document_
 * @param {object} on
 * @param {(document: StoredDocument) => void} on.changed
 * @param {(id: string) => void} on.removed called before the row is taken away
 * @param {string | null} [evidence] where it is told what was kept with the signature, of a form that was signed
 */
export function documentRow(document_, { changed, removed }, evidence = null) {
  let current = document_;
  const row = el("li", { class: "document-row", "data-id": document_.id });
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

  /** @param {"view" | "change" | null} [focus] where the keyboard goes on */
  function showWords(focus = null) {
    const { document_name, document_category, byte_size, uploaded_at, verdict, verdict_reason, can_change } = current;
    const view = button("View", (pressed) =>
      void busy(pressed, "Opening…", async () => {
        const { preview } = await import("../preview/preview.js");
        preview(current);
      }),
    );
    const change = can_change && button("Change", showForm);
    row.replaceChildren(
      el(
        "div",
        { class: "row" },
        el(
          "div",
          {},
          el("p", { class: "row-title" }, document_name),
          el("p", { class: "meta" }, `${evidence === null ? labelOf(categories, document_category) : "Signed form"} · ${bytes(byte_size)} · ${day(uploaded_at)}`),
        ),
        evidence !== null && can_change && el("span", { class: "tag tag-good" }, "Signed"),
        !can_change && (verdict === "returned" ? el("span", { class: "tag tag-warn" }, "Returned") : el("span", { class: "tag tag-good" }, "Reviewed")),
        el(
          "p",
          { class: "row-actions" },
          view,
          button("Download", (pressed) => void busy(pressed, "Preparing…", async () => location.assign(await downloadLink(current)))),
          evidence !== null && el("a", { class: "button button-quiet button-small", href: evidence }, "Signature", el("span", { class: "visually-hidden" }, ` of ${document_name}`)),
          change,
          can_change && button("Remove", (pressed) => void remove(pressed)),
        ),
      ),
      ...(verdict === "returned" ? [el("p", { class: "hint long-word" }, `We could not use this: ${verdict_reason} Upload another one above.`)] : []),
      problem,
    );
    if (focus === "view") view.focus();
    if (focus === "change") (change || view).focus();
  }

  function showForm() {
    const [name, ending] = splitName(current.document_name);
    const id = (/** @type {string} */ field) => `${field}-${current.id}`;
    const input = el("input", { id: id("name"), name: "document_name", value: name, maxlength: 200 - ending.length, autocomplete: "off" });
    const select = el("select", { id: id("category"), name: "document_category" }, ...categoryOptions());
    select.value = current.document_category;
    const form = el(
      "form",
      { class: "form document-form" },
      el("div", { class: "field" }, el("label", { for: input.id }, "Name"), el("div", { class: "input-row" }, input, ending && el("span", { class: "document-ending" }, ending))),
      el("div", { class: "field" }, el("label", { for: select.id }, "What is it?"), select),
      el(
        "p",
        { class: "actions" },
        el("button", { class: "button" }, "Save"),
        el("button", { type: "button", class: "button button-quiet", onclick: () => showWords("change") }, "Cancel"),
      ),
    );
    form.addEventListener("keydown", (event) => event.key === "Escape" && showWords("change"));
    enhanceForm(form, {
      check: () => (textOf(form, "document_name") === "" ? [{ field: "document_name", message: "Enter a name for the document." }] : []),
      async send() {
        current = await callApi("onboarding/update-document", {
          method: "POST",
          body: { id: current.id, document_name: textOf(form, "document_name") + ending, document_category: select.value },
        });
        showWords("change");
        announce(`Saved as ${current.document_name}.`);
        changed(current);
      },
    });
    row.replaceChildren(form);
    input.focus();
    input.select();
  }

  /** @param {HTMLButtonElement} pressed */
  async function remove(pressed) {
    if (!(await confirmRemoval(current))) return;
    await busy(pressed, "Removing…", async () => {
      await callApi("onboarding/remove-document", { method: "POST", body: { id: current.id } });
      removed(current.id);
      row.remove();
    });
  }

  showWords();
  return row;
}
