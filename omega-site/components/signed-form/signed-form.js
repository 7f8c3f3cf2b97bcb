// @ts-check
// A form that was signed: its row in a list, and what the evidence says of it.
import { callApi } from "../../modules/api.js";
import { append, el, icon } from "../../modules/dom.js";
import { Problem } from "../../modules/errors.js";
import { showFailure } from "../../modules/failure.js";
import { showBusy, whileBusy } from "../../modules/form.js";
import { moment } from "../../modules/format.js";
import { rowButton } from "../../modules/row-button.js";
import { isStaff } from "../../modules/session.js";
import { openDocument } from "../../modules/staff.js";
import { downloadLink } from "../../modules/storage.js";

/**
 * @typedef {object} SignedForm
 * @property {string} id
 * @property {string} client_id
 * @property {string} form_id
 * @property {number} form_version
 * @property {string} form_title
 * @property {string} form_sha256 of the pages that were signed
 * @property {string} file_sha256 of the file with the evidence
 * @property {string} typed_name
 * @property {number} consent_version
 * @property {string} signed_at
 * @property {string} ip_address
 * @property {string} user_agent
 * @property {string | null} document_id
 */

const pageSize = 20;

/** @param {SignedForm} signed */
export const evidenceAddress = ({ file_sha256 }) => `/form?signed=${file_sha256}`;

/**
 * Downloads the PDF with its evidence.
 * @param {SignedForm} signed
 */
export async function downloadSigned({ document_id, file_sha256 }) {
  if (document_id === null) throw gone();
  const document = isStaff() ? await openDocument(document_id) : await ownDocument(document_id, file_sha256);
  location.assign(await downloadLink(document));
}

/**
 * @param {string} id
 * @param {string} sha256
 * @returns {Promise<import("../upload/upload.js").StoredDocument>}
 */
async function ownDocument(id, sha256) {
  const { documents } = await callApi("onboarding/documents", { query: { content_sha256: sha256 } });
  const found = documents.find((/** @type {{id: string}} */ document) => document.id === id);
  if (!found) throw gone();
  return found;
}

const gone = () => new Problem({ status: 404, detail: "The document was taken back, so there is no file to download." });

/** @param {SignedForm} signed */
function row(signed) {
  const { form_title, typed_name, signed_at, document_id } = signed;
  const problem = el("p", { class: "field-error", role: "alert" });
  return el(
    "li",
    { class: "document-row" },
    el(
      "div",
      { class: "row" },
      el("div", {}, el("p", { class: "row-title" }, el("a", { href: evidenceAddress(signed) }, form_title)), el("p", { class: "meta" }, `Signed by ${typed_name} · `, el("time", { datetime: signed_at }, moment(signed_at)))),
      document_id === null ? el("span", { class: "tag" }, "Taken back") : el("span", { class: "tag tag-good" }, "Signed"),
      document_id !== null && el("p", { class: "row-actions" }, rowButton("Download", form_title, problem, (pressed) => void whileBusy(pressed, "Preparing…", problem, () => downloadSigned(signed)))),
    ),
    problem,
  );
}

/**
 * A list of signed forms, the latest first, that loads itself page by page.
 * @param {object} options
 * @param {string | null} options.client whose, for our team; the caller's own without
 * @param {() => HTMLElement} options.empty what stands there when there is none
 * @returns {Promise<HTMLElement>}
 */
export async function signedForms({ client, empty }) {
  const list = el("ul", { class: "rows", "aria-label": "Signed forms" });
  const more = el("button", { type: "button", class: "button button-quiet" }, "Show more");
  const failure = el("div", { class: "notice notice-bad", role: "alert", hidden: true });
  /** @type {string | null} */
  let cursor = null;

  async function load() {
    const page = await callApi("forms/signed", { query: { client, limit: pageSize, cursor } });
    append(list, ...page.signed_forms.map(row));
    cursor = page.next_cursor;
    more.hidden = cursor === null;
  }

  more.addEventListener("click", async () => {
    if (more.getAttribute("aria-disabled")) return;
    const rest = showBusy(more, "Loading…");
    const before = list.children.length;
    try {
      await load();
      failure.hidden = true;
      // The keyboard goes on at the first new row.
      list.children[before]?.querySelector("a")?.focus();
    } catch (error) {
      showFailure(failure, error, async () => more.click());
    } finally {
      rest();
    }
  });

  await load();
  if (list.children.length === 0) return empty();
  return el("div", { class: "stack" }, list, failure, el("p", { class: "pagination" }, more));
}

/**
 * What was kept with the signature.
 * @param {SignedForm} signed
 */
export function evidence({ id, form_id, form_version, form_sha256, file_sha256, typed_name, consent_version, signed_at, ip_address, user_agent }) {
  /** @type {[string, string | HTMLElement][]} */
  const lines = [
    ["Signed by", el("strong", {}, typed_name)],
    ["Time", el("time", { datetime: signed_at }, moment(signed_at))],
    ["Form", `${form_id}, version ${form_version}`],
    ["Agreed to", `The text above the signature, version ${consent_version}. It stands on the last page of the PDF.`],
    ["IP address", ip_address],
    ["Browser", user_agent],
    ["SHA-256 of the PDF", el("code", {}, file_sha256)],
    ["SHA-256 of the signed pages", el("code", {}, form_sha256)],
    ["Number of the signature", el("code", {}, id)],
  ];
  return el("dl", { class: "summary" }, ...lines.map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", { class: "long-word" }, value))));
}

/**
 * What became of looking up a file by its SHA-256.
 * @param {string} sha256
 * @param {SignedForm | undefined} signed
 * @param {string} name of the file
 */
export function verdict(sha256, signed, name) {
  const hash = el("p", { class: "meta long-word" }, "SHA-256 of your file: ", el("code", {}, sha256));
  if (!signed) {
    return el(
      "div",
      { class: "notice notice-warn" },
      el("p", {}, icon("triangle-alert"), " ", el("strong", {}, "We do not know this file.")),
      el("p", { class: "long-word" }, `“${name}” is not a form that was signed ${isStaff() ? "here" : "in your account"}, or something in it was changed afterwards. Saving or printing a PDF anew changes it too: use the file as it was downloaded.`),
      hash,
    );
  }
  const whole = signed.file_sha256 === sha256;
  return el(
    "div",
    { class: "notice notice-good" },
    el("p", {}, icon("circle-check"), " ", el("strong", {}, "This is the signed form, unchanged.")),
    el("p", { class: "long-word" }, `“${signed.form_title}”, signed by ${signed.typed_name} on ${moment(signed.signed_at)}.${whole ? "" : " The file holds the signed pages alone, without the page of evidence."}`),
    hash,
    el("p", {}, el("a", { href: evidenceAddress(signed) }, "See what was kept with the signature")),
  );
}
