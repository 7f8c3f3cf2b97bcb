// @ts-check
// The little structure an answer has, paragraphs and lists, as elements. Everything else stays the text it is.
import { el } from "./dom.js";

const bullet = /^\s*[-*•]\s+(.*)$/;
const number = /^\s*(\d+)[.)]\s+(.*)$/;

/**
 * @param {string} text
 * @returns {HTMLElement[]}
 */
export function richText(text) {
  /** @type {HTMLElement[]} */
  const blocks = [];
  /** What the last block still takes in: a blank line closes a paragraph, other text closes a list. */
  let open = "";
  for (const line of text.split(/\r?\n/)) {
    const last = blocks.at(-1);
    const bulleted = bullet.exec(line);
    const numbered = number.exec(line);
    if (bulleted || numbered) {
      const tag = bulleted ? "ul" : "ol";
      const item = el("li", {}, bulleted?.[1] ?? numbered?.[2]);
      if (last && open === tag) last.append(item);
      else blocks.push(el(tag, { start: numbered?.[1] }, item));
      open = tag;
    } else if (line.trim() === "") {
      if (open === "p") open = "";
    } else if (last && open === "p") {
      last.append(`\n${line.trim()}`);
    } else {
      blocks.push(el("p", {}, line.trim()));
      open = "p";
    }
  }
  return blocks;
}
