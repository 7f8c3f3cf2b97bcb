// @ts-check
import { openApi } from "./api.js";
import { el } from "./dom.js";

/**
 * Downloads a form as a PDF to be filled in by hand.
 * @param {{id: string, title: string}} form
 */
export async function downloadBlank({ id, title }) {
  const answer = await openApi("forms/document", { query: { form: id }, accept: "application/pdf" });
  const href = URL.createObjectURL(await answer.blob());
  el("a", { href, download: `${title}.pdf` }).click();
  URL.revokeObjectURL(href);
}
