// @ts-check
// The way of an onboarding as a picture: a box for each status, a line for each way between two. Statuses and ways come
// from the API, which has them from the table by which clients are moved; only where a box stands is said here.
import { el, svg } from "../../modules/dom.js";

/** @typedef {{status: string, title: string, clients: number, longest_since: string | null, stays: number, median_seconds: number | null, ninth_decile_seconds: number | null}} Stage */
/** @typedef {{from: string, to: string, by: string, needs_reason: boolean, title: string, count: number}} Way */
/** @typedef {{stages: Stage[], ways: Way[]}} Workflow */
/** @typedef {{x: number, y: number}} Point */
/**
 * @typedef {object} Layout
 * @property {string} name
 * @property {number} width
 * @property {number} height
 * @property {Point} box half of a box
 * @property {Record<string, Point>} middles of the boxes, by status
 * @property {(start: Point, end: Point) => Point} around to which side a line bends where a box is in its way
 * @property {number} bend how far it bends
 */

/** @type {Layout[]} */
const layouts = [
  {
    name: "workflow-wide",
    width: 920,
    height: 470,
    box: { x: 88, y: 44 },
    middles: { pending: { x: 92, y: 150 }, in_progress: { x: 337, y: 150 }, "in-review": { x: 582, y: 150 }, active: { x: 827, y: 150 }, archived: { x: 460, y: 410 } },
    // Ahead above the boxes, back below them.
    around: (start, end) => ({ x: 0, y: start.x < end.x ? -1 : 1 }),
    bend: 190,
  },
  {
    name: "workflow-narrow",
    width: 340,
    height: 550,
    box: { x: 70, y: 44 },
    middles: { pending: { x: 96, y: 50 }, in_progress: { x: 96, y: 200 }, "in-review": { x: 96, y: 350 }, active: { x: 96, y: 500 }, archived: { x: 268, y: 275 } },
    around: () => ({ x: -1, y: 0 }),
    bend: 168,
  },
];

/** How far apart the two lines of a way there and back run. */
const apart = 16;

/**
 * The picture, once for a wide and once for a narrow place; the other one is hidden.
 * @param {object} content
 * @param {string} content.label
 * @param {Workflow} content.workflow
 * @param {(stage: Stage) => string[]} content.words at most two short lines below the title
 * @param {(stage: Stage) => string | null} [content.address] where a box leads to
 */
export function workflowMap({ label, workflow, words, address = () => null }) {
  return el("div", { class: "workflow" }, ...layouts.map((layout) => picture(layout, label, workflow, words, address)));
}

/**
 * @param {Layout} layout
 * @param {string} label
 * @param {Workflow} workflow
 * @param {(stage: Stage) => string[]} words
 * @param {(stage: Stage) => string | null} address
 */
function picture(layout, label, { stages, ways }, words, address) {
  const { name, width, height } = layout;
  // Lines that were taken lie above those that were not.
  const lines = [...ways].sort((one, other) => Number(one.count > 0) - Number(other.count > 0)).flatMap((way) => line(layout, way, ways) ?? []);
  const tip = (/** @type {string} */ kind) =>
    svg("marker", { id: `${name}-${kind}`, class: `tip ${kind}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto" }, svg("path", { d: "M0,0 L8,4 L0,8 Z" }));
  return svg(
    "svg",
    { class: name, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": label },
    svg("defs", {}, tip("way"), tip("taken")),
    svg("g", { "aria-hidden": "true" }, ...lines),
    ...stages.flatMap((stage) => box(layout, stage, words(stage), address(stage)) ?? []),
  );
}

/**
 * @param {Layout} layout
 * @param {Stage} stage
 * @param {string[]} words
 * @param {string | null} address
 */
function box({ box: { x, y }, middles }, stage, words, address) {
  const middle = middles[stage.status];
  if (!middle) return null;
  const first = middle.y - (words.length * 19) / 2 + 5;
  const parts = [
    svg("rect", { x: middle.x - x, y: middle.y - y, width: 2 * x, height: 2 * y, rx: 8 }),
    svg("text", { class: "stage-title", x: middle.x, y: first }, stage.title),
    // The spaces part the words for who hears them.
    ...words.flatMap((text, at) => [" ", svg("text", { x: middle.x, y: first + (at + 1) * 19 }, text)]),
  ];
  const label = [stage.title, ...words].join(" ");
  const kind = `stage${stage.clients > 0 ? " is-here" : ""}`;
  return address === null ? svg("g", { class: kind, role: "img", "aria-label": label }, ...parts) : svg("a", { class: kind, href: address, "aria-label": label }, ...parts);
}

/**
 * @param {Layout} layout
 * @param {Way} way
 * @param {Way[]} ways
 */
function line(layout, { from, to, count }, ways) {
  const { box: half, middles, around, bend } = layout;
  const start = middles[from];
  const end = middles[to];
  if (!start || !end) return null;
  const length = Math.hypot(end.x - start.x, end.y - start.y);
  const blocked = Object.entries(middles).some(([status, middle]) => status !== from && status !== to && passes(start, end, middle, half));
  const aside = blocked ? around(start, end) : { x: (end.y - start.y) / length, y: (start.x - end.x) / length };
  const back = ways.some((other) => other.from === to && other.to === from);
  const out = blocked ? bend : back ? apart : 0;
  const shift = blocked ? 0 : out / 2;
  const moved = (/** @type {Point} */ point) => ({ x: point.x + aside.x * shift, y: point.y + aside.y * shift });
  const turn = { x: (start.x + end.x) / 2 + aside.x * out, y: (start.y + end.y) / 2 + aside.y * out };
  const at = (/** @type {number} */ t) => {
    const [a, b] = [moved(start), moved(end)];
    return { x: (1 - t) ** 2 * a.x + 2 * t * (1 - t) * turn.x + t ** 2 * b.x, y: (1 - t) ** 2 * a.y + 2 * t * (1 - t) * turn.y + t ** 2 * b.y };
  };
  const inside = (/** @type {Point} */ point, /** @type {Point} */ middle, /** @type {number} */ room) => Math.abs(point.x - middle.x) < half.x + room && Math.abs(point.y - middle.y) < half.y + room;
  // The part between the two boxes; the tip ends a little before the second.
  const points = Array.from({ length: 101 }, (_, step) => at(step / 100)).filter((point) => !inside(point, start, 2) && !inside(point, end, 5));
  const middle = points[Math.floor(points.length / 2)];
  const kind = count > 0 ? "taken" : "way";
  return [
    svg("polyline", { class: kind, points: points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" "), "marker-end": `url(#${layout.name}-${kind})` }),
    count > 0 && middle ? svg("text", { class: "count", x: middle.x.toFixed(1), y: (middle.y + 5).toFixed(1) }, String(count)) : null,
  ].filter((part) => part !== null);
}

/**
 * Whether a straight line goes through a box.
 * @param {Point} start
 * @param {Point} end
 * @param {Point} middle
 * @param {Point} half
 */
function passes(start, end, middle, half) {
  return Array.from({ length: 51 }, (_, step) => step / 50).some((t) => Math.abs(start.x + (end.x - start.x) * t - middle.x) < half.x && Math.abs(start.y + (end.y - start.y) * t - middle.y) < half.y);
}
