// @ts-check
// A question of a form, drawn from its definition. What is typed is told at each key; whether it is right is for the server.
import { einMask, maskInput, phoneMask } from "../masked-input/masked-input.js";
import { announce, el, icon } from "../../modules/dom.js";
import { isSecret, rowsOf, textOf, totalWords, yesNo } from "../../modules/form-definition.js";

/** @typedef {import("../../modules/form-definition.js").Field} Field */
/** @typedef {import("../../modules/form-definition.js").Row} Row */
/**
 * @typedef {object} Use
 * @property {string | Row[] | undefined} value what stands there now
 * @property {(value: string | Row[]) => void} typed
 * @property {string | null} ein of the profile, masked
 */

/** @param {string} place */
const idOf = (place) => `answer-${place.replaceAll(".", "-")}`;

/**
 * @param {Field} field
 * @param {Use} use
 * @returns {HTMLElement}
 */
export function formField(field, use) {
  const made = field.kind === "rows" ? tableField(field, use) : field.kind === "choice" || field.kind === "yes-no" ? choiceField(field, use) : inputField(field, field.name, use);
  made.dataset.field = field.name;
  return made;
}

/**
 * @param {Field} field
 * @returns {(string | HTMLElement)[]}
 */
const label = ({ label, unit, required }) => [unit ? `${label} (${unit})` : label, ...(required ? [] : [" ", el("span", { class: "optional" }, "(optional)")])];

/**
 * @param {Field} field
 * @param {string} place
 * @param {string | null} ein
 */
function hint(field, place, ein) {
  const words = [
    field.hint,
    field.kind === "ein" && ein !== null && `In your profile: ${ein}.`,
    isSecret(field) && "This number is kept in no draft: enter it in the visit in which you sign.",
  ].filter((part) => part);
  return words.length === 0 ? null : el("p", { class: "hint", id: `${idOf(place)}-hint` }, words.join(" "));
}

/** @type {Record<string, string>} */
const autocomplete = { full_name: "name", business_name: "organization", email: "email", phone: "tel" };

/**
 * @param {Field} field
 * @param {string} place
 * @param {Use} use
 */
function inputField(field, place, { value, typed, ein }) {
  const id = idOf(place);
  const about = hint(field, place, ein);
  const common = { id, name: place, autocomplete: autocomplete[field.prefill ?? ""] ?? "off", "aria-describedby": about?.id };
  const input = field.kind === "paragraphs" ? el("textarea", { ...common, rows: 3, maxlength: field.most }) : el("input", { ...common, ...kinds[field.kind] });
  input.value = textOf(value);
  // The mask comes first, so that what is told is what stands there.
  if (input instanceof HTMLInputElement && field.kind === "phone") maskInput(input, phoneMask);
  if (input instanceof HTMLInputElement && field.kind === "ein") maskInput(input, einMask);
  for (const event of ["input", "blur"]) input.addEventListener(event, () => typed(input.value));
  return el("div", { class: "field" }, el("label", { for: id }, ...label(field)), about, input);
}

/** @type {Partial<Record<Field["kind"], Record<string, string | number>>>} */
const kinds = {
  line: { maxlength: 200 },
  date: { type: "date", class: "short" },
  money: { class: "short", inputmode: "decimal", maxlength: 40 },
  whole: { class: "short", inputmode: "numeric", maxlength: 40 },
  email: { type: "email", maxlength: 254 },
  phone: { type: "tel", class: "short", inputmode: "tel", maxlength: 40 },
  ein: { class: "short", inputmode: "numeric", spellcheck: "false", maxlength: 40 },
  "routing-number": { class: "short", inputmode: "numeric", spellcheck: "false", maxlength: 40 },
  "account-number": { class: "short", inputmode: "numeric", spellcheck: "false", maxlength: 40 },
};

/**
 * @param {Field} field
 * @param {Use} use
 */
function choiceField(field, { value, typed, ein }) {
  const about = hint(field, field.name, ein);
  return el(
    "fieldset",
    { class: "field", "aria-describedby": about?.id },
    el("legend", {}, ...label(field)),
    about,
    el(
      "div",
      { class: "choices" },
      ...optionsOf(field).map((option) => {
        const id = `${idOf(field.name)}-${option.value}`;
        return el("label", { for: id }, el("input", { type: "radio", id, name: field.name, value: option.value, checked: textOf(value) === option.value, onchange: () => typed(option.value) }), el("span", {}, option.label));
      }),
    ),
  );
}

/** @param {Field} field */
const optionsOf = (field) => field.options ?? yesNo;

/**
 * Rows of a table, each a group of its own: a table of inputs is none to use on a phone.
 * @param {Field} field
 * @param {Use} use
 */
function tableField(field, { value, typed, ein }) {
  const { name, columns = [], most = 1 } = field;
  /** @type {Row[]} */
  let rows = rowsOf(value).map((row) => ({ ...row }));
  // What a row asks is seen before one has added any.
  if (rows.length === 0) rows = [{}];
  const list = el("div", { class: "answer-rows" });
  const sums = el("p", { class: "meta number" });
  const add = el("button", { type: "button", class: "button button-quiet", id: idOf(name), name }, "Add a row");
  const about = hint(field, name, ein);

  function tell() {
    typed(rows);
    showSums();
  }

  function showSums() {
    sums.textContent = totalWords(field, rows).join(" · ");
    sums.hidden = sums.textContent === "";
  }

  /** @param {number} at */
  function cells(at) {
    return columns.map((column) => {
      const place = `${name}.${at}.${column.name}`;
      const use = {
        value: rows[at]?.[column.name],
        ein,
        typed(/** @type {string | Row[]} */ cell) {
          const row = rows[at];
          if (!row || typeof cell !== "string") return;
          row[column.name] = cell;
          tell();
        },
      };
      return column.kind === "choice" || column.kind === "yes-no" ? selectField(column, place, use) : inputField(column, place, use);
    });
  }

  function draw() {
    list.replaceChildren(
      ...rows.map((_, at) =>
        el(
          "div",
          { class: "answer-row", role: "group", "aria-label": `${field.label}, row ${at + 1}` },
          el(
            "div",
            { class: "row" },
            el("p", { class: "row-title" }, `Row ${at + 1}`),
            rows.length > 1 && el("button", { type: "button", class: "button button-quiet button-small", onclick: () => remove(at) }, icon("trash-2"), "Remove", el("span", { class: "visually-hidden" }, ` row ${at + 1}`)),
          ),
          el("div", { class: "answer-cells" }, ...cells(at)),
        ),
      ),
    );
    add.hidden = rows.length >= most;
    showSums();
  }

  /** @param {number} at */
  function remove(at) {
    rows.splice(at, 1);
    draw();
    tell();
    announce(`Row ${at + 1} is removed.`);
    add.focus();
  }

  add.addEventListener("click", () => {
    rows.push({});
    draw();
    /** @type {HTMLElement | null | undefined} */ (list.lastElementChild?.querySelector("input, select, textarea"))?.focus();
  });

  draw();
  return el("fieldset", { class: "field", "aria-describedby": about?.id }, el("legend", {}, ...label(field)), about, list, sums, el("div", { class: "input-row" }, add));
}

/**
 * @param {Field} field
 * @param {string} place
 * @param {Use} use
 */
function selectField(field, place, { value, typed }) {
  const id = idOf(place);
  const about = hint(field, place, null);
  const select = el("select", { id, name: place, "aria-describedby": about?.id }, el("option", { value: "" }, ""), ...optionsOf(field).map((option) => el("option", { value: option.value }, option.label)));
  select.value = textOf(value);
  select.addEventListener("change", () => typed(select.value));
  return el("div", { class: "field" }, el("label", { for: id }, ...label(field)), about, select);
}
