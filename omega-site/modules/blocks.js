// @ts-check
// Pages of the documentation, which come as blocks, as elements.
import { el } from "./dom.js";
import { table } from "../components/table/table.js";

/**
 * @typedef {{text: string, code?: boolean, strong?: boolean, href?: string}} Inline
 * @typedef {{kind: "heading", level: number, content: Inline[]}
 *   | {kind: "paragraph", content: Inline[]}
 *   | {kind: "code", text: string}
 *   | {kind: "list", ordered: boolean, start: number, items: Block[][]}
 *   | {kind: "table", header: Inline[][], rows: Inline[][][]}} Block
 */

/**
 * @param {Block[]} blocks
 * @param {string} about what the page is about, for the names of what can be scrolled
 * @returns {HTMLElement[]}
 */
export const render = (blocks, about) => blocks.map((block) => element(block, about));

/**
 * @param {Block} block
 * @param {string} about
 */
function element(block, about) {
  switch (block.kind) {
    // The page's own headings stand above.
    case "heading":
      return el("h4", {}, ...runs(block.content));
    case "paragraph":
      return el("p", {}, ...runs(block.content));
    case "code":
      return codeBlock(block.text, about);
    case "list": {
      const items = block.items.map((content) => {
        const only = content.length === 1 ? content[0] : undefined;
        return el("li", {}, ...(only?.kind === "paragraph" ? runs(only.content) : render(content, about)));
      });
      return block.ordered ? el("ol", { start: block.start === 1 ? null : block.start }, ...items) : el("ul", {}, ...items);
    }
    case "table":
      return table({
        caption: about,
        columns: block.header.map((cell) => ({ label: cell.map(({ text }) => text).join("") })),
        rows: block.rows.map((cells) => cells.map(runs)),
      });
  }
}

/**
 * Lines for a terminal. What scrolls must be reachable by keyboard.
 * @param {string} text
 * @param {string} about
 */
function codeBlock(text, about) {
  return el("pre", { class: "code-block", tabindex: 0, role: "group", "aria-label": `Commands: ${about}` }, el("code", {}, text));
}

/** @param {Inline[]} content */
function runs(content) {
  return content.map(({ text, code, strong, href }) => {
    const words = code ? el("code", {}, text) : text;
    if (href?.startsWith("https://") || href?.startsWith("#")) return el("a", { href }, words);
    return strong ? el("strong", {}, words) : words;
  });
}
