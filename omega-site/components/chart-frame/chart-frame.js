// @ts-check
// Small lines over time, one for each thing that is measured, each to its own scale; and the same as a table, for
// whoever can't see or wants the numbers.
import { el, svg } from "../../modules/dom.js";
import { table } from "../table/table.js";

/** @typedef {{label: string, values: (number | null)[]}} Series a null where there was nothing to measure */

const width = 120;
const height = 28;

/**
 * A figure that `draw` fills anew as more is known.
 * @param {object} frame
 * @param {string} frame.title
 * @param {string} frame.unit
 */
export function chartFrame({ title, unit }) {
  const sparks = el("dl", { class: "chart sparks" });
  const numbers = el("div");
  const figure = el(
    "figure",
    { class: "chart-frame" },
    el("figcaption", {}, title),
    sparks,
    el("details", {}, el("summary", {}, "The same as a table"), numbers),
  );
  /** @param {Series[]} series */
  const draw = (series) => {
    sparks.replaceChildren(
      ...series.flatMap(({ label, values }) => [
        el("div", {}, el("dt", {}, label), el("dd", {}, line(values), el("span", {}, inWords(values, unit)))),
      ]),
    );
    const cells = series.map(({ label, values }) => {
      const known = measured(values);
      const number = (/** @type {number | undefined} */ value) => (value === undefined ? "–" : `${value} ${unit}`);
      const extreme = (/** @type {(...all: number[]) => number} */ of) => (known.length > 0 ? of(...known) : undefined);
      return [label, number(known.at(-1)), number(extreme(Math.min)), number(extreme(Math.max)), String(known.length)];
    });
    numbers.replaceChildren(
      table({
        caption: title,
        columns: [
          { label: "Part" },
          { label: "Latest", number: true },
          { label: "Lowest", number: true },
          { label: "Highest", number: true },
          { label: "Times measured", number: true },
        ],
        rows: cells,
      }),
    );
  };
  return { figure, draw };
}

/** @param {(number | null)[]} values */
const measured = (values) => values.filter((value) => value !== null);

/**
 * @param {(number | null)[]} values
 * @param {string} unit
 */
function inWords(values, unit) {
  const latest = values.at(-1);
  return latest == null ? "not measured" : `${latest} ${unit}`;
}

/**
 * A line from the oldest to the newest. The words beside it say the latest value, so it is a picture only.
 * @param {(number | null)[]} values
 */
function line(values) {
  const highest = Math.max(1, ...measured(values));
  const step = values.length > 1 ? (width - 6) / (values.length - 1) : 0;
  const points = values.map((value, at) => (value === null ? null : { x: 3 + at * step, y: height - 3 - (value / highest) * (height - 6) }));
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" });
  /** @type {{x: number, y: number}[]} */
  let run = [];
  for (const point of [...points, null]) {
    if (point) run.push(point);
    else if (run.length > 0) {
      const list = run.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
      if (run.length > 1) picture.append(svg("polyline", { points: list }));
      run = [];
    }
  }
  const last = points.findLast((point) => point !== null);
  if (last) picture.append(svg("circle", { cx: last.x.toFixed(1), cy: last.y.toFixed(1), r: 2.5 }));
  return picture;
}
