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
 * @returns {Promise<boolean>}
 */
export function ask({ title, body, confirm, danger = false }) {
  const id = `dialog-${++made}`;
  const dialog = el(
    "dialog",
    { class: "dialog", "aria-labelledby": id },
    el("h2", { id }, title),
    ...body.map((part) => (typeof part === "string" ? el("p", {}, part) : part)),
    el(
      "form",
      { method: "dialog", class: "actions" },
      el("button", { class: danger ? "button button-danger" : "button", value: "yes" }, confirm),
      el("button", { class: "button button-quiet", value: "" }, "Cancel"),
    ),
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
