// @ts-check
// The months of a year as bars: what was spent, what is expected beyond it, and a mark where the budget ends. It is a picture
// of a table that stands beside it.
import { el } from "../../modules/dom.js";
import { monthNames } from "../../modules/format.js";

/** @typedef {{spent_cents: number, budget_cents: number | null, forecast_cents: number}} Month */

const step = 50;
const height = 160;
const base = height - 24;

/**
 * @param {Month[]} months
 * @param {string} caption
 */
export function monthBars(months, caption) {
  const highest = Math.max(1, ...months.flatMap(({ spent_cents, budget_cents, forecast_cents }) => [spent_cents, budget_cents ?? 0, forecast_cents]));
  const length = (/** @type {number} */ cents) => (Math.max(0, cents) / highest) * (base - 8);
  const picture = svg("svg", { viewBox: `0 0 ${12 * step} ${height}`, "aria-hidden": "true" });
  months.forEach(({ spent_cents, budget_cents, forecast_cents }, at) => {
    const x = at * step + 10;
    const bar = (/** @type {number} */ cents, /** @type {string} */ kind) =>
      svg("rect", { x, y: (base - length(cents)).toFixed(1), width: step - 20, height: length(cents).toFixed(1), class: kind });
    if (forecast_cents > spent_cents) picture.append(bar(forecast_cents, "bar-expected"));
    picture.append(bar(spent_cents, "bar"));
    if (budget_cents !== null) {
      const y = (base - length(budget_cents)).toFixed(1);
      picture.append(svg("line", { x1: x - 5, x2: x + step - 15, y1: y, y2: y, class: "mark" }));
    }
    const label = svg("text", { x: x + (step - 20) / 2, y: height - 6 });
    label.textContent = (monthNames[at] ?? "").slice(0, 3);
    picture.append(label);
  });
  return el("figure", { class: "month-bars" }, picture, el("figcaption", {}, caption));
}

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 */
function svg(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}
