// @ts-check
// Small helpers over the DOM. Text always goes in as text nodes, never as HTML.

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * Makes an element. `on…` entries become listeners, `true` an empty attribute, `false`/null nothing.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, String(value));
  }
  append(element, ...children);
  return element;
}

/**
 * Makes a part of an SVG picture.
 * @param {string} tag
 * @param {Record<string, string | number | null | undefined>} [attributes]
 * @param {...Child} children
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) if (value != null) element.setAttribute(name, String(value));
  append(element, ...children);
  return element;
}

/**
 * @param {Element} parent
 * @param {...Child} children
 */
export function append(parent, ...children) {
  for (const child of children) if (child || child === "") parent.append(child);
}

/**
 * The element a page is known to have; a missing one is a mistake in the page and says so by name.
 * @template {Element} [T=HTMLElement]
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {T}
 */
export function find(selector, root = document) {
  const element = root.querySelector(selector);
  if (!element) throw new Error(`No ${selector} on this page.`);
  return /** @type {T} */ (element);
}

/**
 * A drawing that goes with words; it says nothing by itself.
 * @param {string} name of a file in vendor/lucide
 */
export const icon = (name) => el("span", { class: "icon", "data-icon": name, "aria-hidden": "true" });

/**
 * Sets the title of a page state, in the one form all pages share.
 * @param {string} title
 */
export function setTitle(title) {
  document.title = `${title} · OmegaOS`;
}

// One polite live region a page. It must stand in the page before its text changes, or nothing is read out.
const region = el("p", { role: "status", class: "visually-hidden" });
document.body.append(region);

/**
 * Tells a screen reader what sighted people see happen.
 * @param {string} text
 */
export function announce(text) {
  // The same words twice are a change only if something else stood between.
  region.textContent = region.textContent === text ? `${text}\u00a0` : text;
}
