// @ts-check
// A month as a table of weeks. A day on which something is due is a button that says how much.
import { el } from "../../modules/dom.js";
import { plural } from "../../modules/format.js";

const dayWords = new Intl.DateTimeFormat("en-US", { month: "long", day: "numeric" });
const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/**
 * @param {object} content
 * @param {string} content.month as 2026-04
 * @param {string} content.today as 2026-04-15
 * @param {Map<string, number>} content.counts how much is due on a day, by the day as 2026-04-15
 * @param {string | null} content.chosen the day that is pressed
 * @param {(day: string | null) => void} content.choose
 */
export function month({ month, today, counts, chosen, choose }) {
  const [year = 0, number = 1] = month.split("-").map(Number);
  const length = new Date(year, number, 0).getDate();
  const lead = new Date(year, number - 1, 1).getDay();
  const cells = [...Array(lead).fill(null), ...Array.from({ length }, (_, at) => at + 1)];
  while (cells.length % 7 !== 0) cells.push(null);
  const weeks = Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7));
  return el(
    "table",
    { class: "month" },
    el("caption", {}, "Choose a day to see what is due on it."),
    el("thead", {}, el("tr", {}, ...weekdays.map((day) => el("th", { scope: "col" }, el("abbr", { title: day }, day.slice(0, 2)))))),
    el("tbody", {}, ...weeks.map((week) => el("tr", {}, ...week.map(cell)))),
  );

  /** @param {number | null} day */
  function cell(day) {
    if (day === null) return el("td");
    const iso = `${month}-${String(day).padStart(2, "0")}`;
    const current = iso === today && "date";
    const count = counts.get(iso) ?? 0;
    if (count === 0) return el("td", {}, el("span", { "aria-current": current }, String(day)));
    const name = `${dayWords.format(new Date(year, number - 1, day))}: ${plural(count, "due date")}`;
    const pressed = chosen === iso;
    return el(
      "td",
      {},
      el(
        "button",
        { type: "button", "aria-label": name, "aria-pressed": String(pressed), "aria-current": current, "data-day": iso, "data-count": count, onclick: () => choose(pressed ? null : iso) },
        String(day),
      ),
    );
  }
}
