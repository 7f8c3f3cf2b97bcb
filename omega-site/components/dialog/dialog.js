// @ts-check
// A question that has to be answered before one goes on. The browser keeps the focus inside and gives it back after.
import { el } from "../../modules/dom.js";

let made = 0;

/**
 * @param {object} question
 * @param {string} question.title
 * @param {(Node | string)[]} question.body
 * @param {string} question.confirm words on the button that does it
 * @param {boolean} [question.danger] it can't be undone
 * @param {{label: string, expected: string}} [question.typed] what has to be typed first, in any case of letters
 * @returns {Promise<boolean>}
 */
export function ask({ title, body, confirm, danger = false, typed }) {
  const id = `dialog-${++made}`;
  const proof = typed && typedField(id, typed);
  const yes = el("button", { class: danger ? "button button-danger" : "button", value: "yes" }, confirm);
  const form = el(
    "form",
    { method: "dialog" },
    proof?.field,
    el("p", { class: "actions" }, yes, el("button", { class: "button button-quiet", value: "" }, "Cancel")),
  );
  form.addEventListener("submit", (event) => {
    if (event.submitter === yes && proof && !proof.check()) event.preventDefault();
  });
  const dialog = el(
    "dialog",
    { class: "dialog", "aria-labelledby": id },
    el("h2", { id }, title),
    ...body.map((part) => (typeof part === "string" ? el("p", {}, part) : part)),
    form,
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

/**
 * @param {string} id
 * @param {{label: string, expected: string}} typed
 */
function typedField(id, { label, expected }) {
  const input = el("input", { id: `${id}-typed`, class: "short", autocomplete: "off", autocapitalize: "none", spellcheck: "false" });
  const field = el("div", { class: "field" }, el("label", { for: input.id }, label), input);
  return {
    field,
    /** Says what to do when it is not right, and answers whether it is. */
    check() {
      field.querySelector(".field-error")?.remove();
      if (input.value.trim().toLowerCase() === expected.toLowerCase()) return true;
      const error = el("p", { class: "field-error", id: `${id}-error` }, el("span", { class: "visually-hidden" }, "Error: "), `Type “${expected}” to go on.`);
      input.before(error);
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", error.id);
      input.focus();
      return false;
    },
  };
}
