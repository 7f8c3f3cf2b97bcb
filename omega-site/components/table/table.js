// @ts-check
// A table that becomes cards on a phone: each cell knows the name of its column.
import { append, el } from "../../modules/dom.js";

/** @typedef {import("../../modules/dom.js").Child} Child */
/** @typedef {{label: string, number?: true}} Column */

/**
 * @param {object} content
 * @param {string} content.caption
 * @param {Column[]} content.columns the first one names the row
 * @param {(Child | Child[])[][]} content.rows a cell for each column
 */
export function table({ caption, columns, rows }) {
  const head = columns.map(({ label, number }) => el("th", { scope: "col", class: number && "number" }, label));
  const body = rows.map((cells) =>
    el(
      "tr",
      {},
      ...cells.map((content, at) => {
        const { label = "", number } = columns[at] ?? {};
        const cell = at === 0 ? el("th", { scope: "row" }) : el("td", { class: number && "number" });
        cell.dataset.label = label;
        // On a phone the cell is a grid of label and content, so that the content has to be one thing.
        const box = el("span");
        append(box, ...(Array.isArray(content) ? content : [content]));
        cell.append(box);
        return cell;
      }),
    ),
  );
  return el("table", { class: "table" }, el("caption", {}, caption), el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...body));
}
