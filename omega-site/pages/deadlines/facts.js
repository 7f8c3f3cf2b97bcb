// @ts-check
// What the due dates are computed from, told by the client or by our team for a client.
import { callApi } from "../../modules/api.js";
import { announce, append, el } from "../../modules/dom.js";
import { Problem } from "../../modules/errors.js";
import { enhanceForm, textOf } from "../../modules/form.js";
import { computedStates, depositSchedules, payrolls, places, taxedAs } from "../../modules/due-date-words.js";
import { labelOf } from "../../modules/words.js";

/**
 * @typedef {object} Facts
 * @property {string | null} llc_taxed_as
 * @property {number} fiscal_year_end
 * @property {string} payroll
 * @property {string | null} deposit_schedule
 * @property {boolean} pays_contractors
 * @property {string[]} states
 * @property {string | null} formed_in
 * @property {string | null} formed_on
 */

/** @typedef {import("../../modules/words.js").Choice} Choice */

const monthName = new Intl.DateTimeFormat("en-US", { month: "long" });
const months = Array.from({ length: 12 }, (_, at) => ({ value: String(at + 1), label: monthName.format(new Date(2026, at, 1)) }));
const states = places.filter(({ value }) => value !== "abroad");

/**
 * @param {HTMLElement} box
 * @param {{facts: Facts | null, entity_type: string | null}} business
 * @param {string | null} client whose it is, for our team
 * @param {boolean} changes whether whoever looks at it may change it
 * @param {() => Promise<void>} saved
 */
export function showFacts(box, { facts, entity_type }, client, changes, saved) {
  if (!changes) return box.replaceChildren(facts === null ? el("p", {}, "Not told yet.") : told(facts));
  const form = questions();
  if (facts === null) return box.replaceChildren(form);
  const change = el("button", { type: "button", class: "button button-quiet" }, "Change the answers");
  change.addEventListener("click", () => {
    box.replaceChildren(form);
    form.querySelector("select")?.focus();
  });
  box.replaceChildren(told(facts), el("p", { class: "actions" }, change));

  /** @param {Facts} facts */
  function told(facts) {
    const pairs = [
      entity_type === "llc" && ["How the LLC is taxed", facts.llc_taxed_as ? labelOf(taxedAs, facts.llc_taxed_as) : "Not told yet"],
      ["Tax year ends in", labelOf(months, String(facts.fiscal_year_end))],
      ["Employees", labelOf(payrolls, facts.payroll)],
      facts.payroll !== "none" && ["Payroll tax deposits", facts.deposit_schedule ? labelOf(depositSchedules, facts.deposit_schedule) : "Not told yet"],
      ["Contractors", facts.pays_contractors ? "Paid enough for a Form 1099-NEC" : "None who need a Form 1099-NEC"],
      ["States", facts.states.length === 0 ? "None told" : facts.states.map((state) => labelOf(places, state)).join(", ")],
      ["Formed in", facts.formed_in ? labelOf(places, facts.formed_in) : "Not told yet"],
      ["Formed on", facts.formed_on ?? "Not told yet"],
    ];
    const list = el("dl", { class: "pairs" });
    for (const pair of pairs) if (pair) append(list, el("div", {}, el("dt", {}, pair[0] ?? ""), el("dd", {}, pair[1] ?? "")));
    return list;
  }

  function questions() {
    const form = el(
      "form",
      { class: "form", method: "post" },
      entity_type === "llc" && choice("llc_taxed_as", "How is the LLC taxed?", taxedAs.filter(({ value }) => value !== "exempt"), facts?.llc_taxed_as ?? "", "An LLC chooses. If you never chose, it is taxed with your own return, or as a partnership when there are several owners."),
      choice("fiscal_year_end", "In which month does the tax year end?", months, String(facts?.fiscal_year_end ?? 12), "December for most. The owner’s own return is always for the calendar year."),
      choice("payroll", "Do you have employees?", payrolls, facts?.payroll ?? "none", "People who get a Form W-2, you yourself as an S corporation’s officer among them."),
      choice("deposit_schedule", "How often do you deposit payroll taxes?", depositSchedules, facts?.deposit_schedule ?? "", "Only with employees. Most small employers deposit monthly; the IRS tells you each year.", "Not sure, or no employees"),
      el(
        "div",
        { class: "field" },
        el("label", { class: "month-open", for: "pays-contractors" }, el("input", { type: "checkbox", id: "pays-contractors", name: "pays_contractors", checked: facts?.pays_contractors === true }), " We pay contractors enough for a Form 1099-NEC"),
      ),
      statesField(),
      choice("formed_in", "Where was the business formed?", places, facts?.formed_in ?? "", "The state where it was registered first.", "Not sure, or never registered"),
      el(
        "div",
        { class: "field" },
        el("label", { for: "formed-on" }, "When was it formed? ", el("span", { class: "optional" }, "(optional)")),
        el("p", { class: "hint", id: "formed-on-hint" }, "On the papers from the state. A company from abroad: when its registration in a state took effect."),
        el("input", { class: "short", id: "formed-on", name: "formed_on", type: "date", value: facts?.formed_on ?? "", min: "1800-01-01", max: "2199-12-31", "aria-describedby": "formed-on-hint" }),
      ),
      el("p", { class: "actions" }, el("button", { class: "button" }, "Save and show the due dates")),
    );
    enhanceForm(form, {
      send: async () => {
        await callApi("compliance/facts", { method: "POST", body: answers(form) });
        announce("Saved.");
        await saved();
      },
      explain: (problem) => (problem instanceof Problem && problem.status === 403 ? [{ message: "This is not yours to change." }] : null),
    });
    return form;
  }

  function statesField() {
    const box = (/** @type {Choice} */ { value, label }) => {
      const id = `state-${value}`;
      return el("label", { for: id }, el("input", { type: "checkbox", id, name: "states", value, checked: facts?.states.includes(value) === true }), el("span", {}, label));
    };
    const first = states.filter(({ value }) => computedStates.includes(value));
    const rest = states.filter(({ value }) => !computedStates.includes(value));
    const others = el("details", { open: facts?.states.some((state) => !computedStates.includes(state)) === true }, el("summary", {}, "Other states"), el("div", { class: "choices" }, ...rest.map(box)));
    return el("fieldset", { class: "field" }, el("legend", {}, "In which states do you operate?"), el("p", { class: "hint" }, "Where you have an office, employees or a registration. Choose all that fit."), el("div", { class: "choices" }, ...first.map(box)), others);
  }

  /** @param {HTMLFormElement} form */
  function answers(form) {
    const payroll = textOf(form, "payroll");
    return {
      client,
      llc_taxed_as: entity_type === "llc" ? textOf(form, "llc_taxed_as") : null,
      fiscal_year_end: textOf(form, "fiscal_year_end"),
      payroll,
      deposit_schedule: payroll === "none" ? null : textOf(form, "deposit_schedule"),
      pays_contractors: form.querySelector("#pays-contractors:checked") !== null,
      states: [...form.querySelectorAll("input[name=states]:checked")].map((input) => (input instanceof HTMLInputElement ? input.value : "")),
      formed_in: textOf(form, "formed_in"),
      formed_on: textOf(form, "formed_on"),
    };
  }
}

/**
 * @param {string} name
 * @param {string} label
 * @param {readonly Choice[]} choices
 * @param {string} value
 * @param {string} hint
 * @param {string} [none] words for no answer
 */
function choice(name, label, choices, value, hint, none = name === "llc_taxed_as" ? "Not sure" : undefined) {
  const id = name.replaceAll("_", "-");
  return el(
    "div",
    { class: "field" },
    el("label", { for: id }, label),
    el("p", { class: "hint", id: `${id}-hint` }, hint),
    el(
      "select",
      { id, name, "aria-describedby": `${id}-hint` },
      none !== undefined && el("option", { value: "" }, none),
      ...choices.map((one) => el("option", { value: one.value, selected: one.value === value }, one.label)),
    ),
  );
}
