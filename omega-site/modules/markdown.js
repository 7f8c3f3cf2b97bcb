// @ts-check
// Markdown as elements. The text may come from a language model, so nothing in it is taken for HTML: the library only
// splits it, each part it knows becomes an element made here, and all else stays the text it was.
import { append, el } from "./dom.js";

/** @typedef {import("marked").Token} Token */
/** @typedef {import("marked").Tokens.Table} Table */
/** @typedef {import("marked").Tokens.TableCell} Cell */

/** Deeper nesting has no meaning for a reader, and would cost the browser its stack. */
const maxDepth = 8;

const library = "/vendor/marked/marked.esm.js";

/** @type {Promise<typeof import("marked")> | undefined} */
let loading;

/**
 * Loads the library. Until then, and without it, `drawMarkdown` shows the text as it is.
 * @returns {Promise<void>}
 */
export async function loadMarkdown() {
  loading ??= import(library);
  try {
    lexer = (await loading).lexer;
  } catch {
    loading = undefined;
  }
}

/** @type {typeof import("marked").lexer | undefined} */
let lexer;

/**
 * What each place shows, so that text that grows is drawn anew only from where it changed: a selection stays, and so
 * does the place of a screen reader.
 * @type {WeakMap<Element, string[]>}
 */
const drawn = new WeakMap();

/**
 * Shows markdown inside an element that holds nothing else.
 * @param {Element} place
 * @param {string} text
 */
export function drawMarkdown(place, text) {
  const blocks = split(text);
  const before = drawn.get(place) ?? [];
  const raws = blocks.map(({ type, raw }) => `${type} ${raw}`);
  let same = 0;
  while (same < Math.min(raws.length, place.childNodes.length) && raws[same] === before[same]) same += 1;
  while (place.childNodes.length > same) place.lastChild?.remove();
  append(place, ...blocks.slice(same).map((token) => block(token, 0)));
  drawn.set(place, raws);
}

/**
 * @param {string} text
 * @returns {Token[]} blocks of which each becomes one element
 */
function split(text) {
  try {
    const tokens = lexer?.(text, { gfm: true, breaks: true }).filter(({ type }) => type !== "space" && type !== "def");
    if (tokens) return tokens;
  } catch {
    // Nested too deep even for the library.
  }
  return text
    .split(/\n{2,}/)
    .filter((part) => part.trim() !== "")
    .map((part) => ({ type: "plain", raw: part, text: part }));
}

/**
 * @param {Token} token
 * @param {number} depth
 * @returns {HTMLElement}
 */
function block(token, depth) {
  if (depth >= maxDepth) return el("p", {}, token.raw);
  switch (token.type) {
    case "paragraph":
    case "text":
      return el("p", {}, ...inline(token.tokens ?? [], depth));
    // A heading inside a message is not one of the page.
    case "heading":
      return el("p", {}, el("strong", {}, ...inline(token.tokens ?? [], depth)));
    case "list": {
      const items = /** @type {import("marked").Tokens.List} */ (token).items.map((item) => el("li", {}, ...listItem(item, depth + 1)));
      return token.ordered ? el("ol", { start: token.start === 1 ? null : token.start }, ...items) : el("ul", {}, ...items);
    }
    case "blockquote":
      return el("blockquote", {}, ...blocks(token.tokens ?? [], depth + 1));
    case "code":
      return el("pre", {}, el("code", {}, token.text));
    case "hr":
      return el("hr");
    case "table":
      return table(/** @type {Table} */ (token), depth);
    default:
      return el("p", {}, token.raw.trim());
  }
}

/**
 * @param {Token[]} tokens
 * @param {number} depth
 */
const blocks = (tokens, depth) => tokens.filter(({ type }) => type !== "space" && type !== "def").map((token) => block(token, depth));

/**
 * A list whose items are single lines has no paragraphs in them.
 * @param {import("marked").Tokens.ListItem} item
 * @param {number} depth
 * @returns {(Node | string)[]}
 */
function listItem(item, depth) {
  return item.tokens.flatMap((token) => {
    if (token.type === "space") return [];
    if (token.type === "checkbox") return [token.raw];
    return token.type === "text" && depth < maxDepth ? inline(token.tokens ?? [], depth) : [block(token, depth)];
  });
}

/**
 * @param {Table} token
 * @param {number} depth
 */
function table({ header, rows }, depth) {
  const cells = (/** @type {"th" | "td"} */ tag, /** @type {Cell[]} */ row) =>
    el("tr", {}, ...row.map(({ tokens }) => el(tag, { scope: tag === "th" && "col" }, ...inline(tokens, depth))));
  // A group that can be focused, so that the keyboard can move what is wider than the message.
  return el(
    "div",
    { class: "scroll", role: "group", tabindex: "0", "aria-label": "Table" },
    el("table", {}, el("thead", {}, cells("th", header)), el("tbody", {}, ...rows.map((row) => cells("td", row)))),
  );
}

/**
 * @param {Token[]} tokens
 * @param {number} depth
 * @returns {(Node | string)[]}
 */
function inline(tokens, depth) {
  return tokens.flatMap((token) => {
    const inner = () => (depth < maxDepth && "tokens" in token ? inline(token.tokens ?? [], depth + 1) : [token.raw]);
    switch (token.type) {
      case "strong":
      case "em":
      case "del":
        return [el(token.type, {}, ...inner())];
      case "codespan":
        return [el("code", {}, token.text)];
      case "br":
        return [el("br")];
      case "link":
        return link(token.href, inner());
      case "text":
        return "tokens" in token && token.tokens ? inner() : [token.text];
      case "escape":
        return [token.text];
      // A picture would be fetched from where a stranger says; its words are enough.
      case "image":
        return [token.text];
      default:
        return [token.raw];
    }
  });
}

/**
 * A link that can be trusted to be one: encrypted, or to a page of ours. Any other stays words, and one that leaves
 * the site says where to.
 * @param {string} href
 * @param {(Node | string)[]} words
 * @returns {(Node | string)[]}
 */
export function link(href, words) {
  const target = safeTarget(href);
  if (!target) return words;
  const anchor = el("a", { href: target.href, rel: target.origin === location.origin ? null : "noopener noreferrer" }, ...words);
  const elsewhere = target.origin !== location.origin && !anchor.textContent.includes(target.hostname);
  return elsewhere ? [anchor, ` (${target.hostname})`] : [anchor];
}

/**
 * @param {string} href
 * @returns {URL | null}
 */
function safeTarget(href) {
  if (!URL.canParse(href, location.origin)) return null;
  const target = new URL(href, location.origin);
  // `blob:` has the origin of the page it was made on, so the protocol counts too; a name before the host only misleads.
  const ours = target.origin === location.origin && target.protocol === location.protocol;
  return (ours || target.protocol === "https:") && target.username === "" && target.password === "" ? target : null;
}
