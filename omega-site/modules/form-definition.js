// @ts-check
// A form of the library as the API gives it: what is asked of whom, and how an answer reads.
import { calendarDay, dollars, phone, readPhone } from "./format.js";

/** @typedef {{value: string, label: string}} Choice */
/**
 * One question, with what its kind has beside.
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {string | null} hint
 * @property {"line" | "paragraphs" | "date" | "money" | "whole" | "email" | "phone" | "choice" | "yes-no" | "ein" | "routing-number" | "account-number" | "rows"} kind
 * @property {boolean} required
 * @property {{field: string, is: string} | null} only_if
 * @property {"full_name" | "business_name" | "email" | "phone" | null} prefill
 * @property {number} [most] characters, the largest number, or rows
 * @property {string} [unit]
 * @property {Choice[]} [options]
 * @property {Field[]} [columns]
 * @property {string[]} [totals] columns that are added up
 */
/** @typedef {{title: string, text: string[], fields: Field[]}} Section */
/** @typedef {{id: string, version: number, title: string, category: string, purpose: string, filled_by: string, sections: Section[]}} Form */
/** @typedef {Record<string, string>} Row */
/** @typedef {Record<string, string | Row[]>} Answers as they are typed */
/** @typedef {{field: string, detail: string}} Refusal `field` begins with `answers.` */

const secrets = ["ein", "routing-number", "account-number"];

/** Whether an answer is kept in no draft. @param {Field} field */
export const isSecret = ({ kind }) => secrets.includes(kind);

/** @param {Form} form */
export const fieldsOf = ({ sections }) => sections.flatMap(({ fields }) => fields);

/**
 * @param {string | Row[] | undefined} value
 * @returns {Row[]}
 */
export const rowsOf = (value) => (Array.isArray(value) ? value : []);

/** @param {string | Row[] | undefined} value */
export const textOf = (value) => (typeof value === "string" ? value.trim() : "");

/**
 * Whether a question is asked at all, as things are answered.
 * @param {Form} form
 * @param {Field} field
 * @param {Answers} answers
 * @returns {boolean}
 */
export function isAsked(form, { only_if }, answers) {
  if (only_if === null) return true;
  const other = fieldsOf(form).find(({ name }) => name === only_if.field);
  return other !== undefined && textOf(answers[other.name]) === only_if.is && isAsked(form, other, answers);
}

/** @type {Choice[]} */
export const yesNo = [
  { value: "yes", label: "Yes" },
  { value: "no", label: "No" },
];

/**
 * One screen each: a group of questions, with what is to be read before and after it.
 * @param {Form} form
 * @returns {{title: string, sections: Section[]}[]}
 */
export function pagesOf({ sections }) {
  /** @type {{title: string, sections: Section[]}[]} */
  const pages = [];
  /** @type {Section[]} */
  let before = [];
  for (const section of sections) {
    const last = pages.at(-1);
    if (section.fields.length > 0) {
      pages.push({ title: section.title, sections: [...before, section] });
      before = [];
    } else if (last) last.sections.push(section);
    else before.push(section);
  }
  return pages;
}

/**
 * The place of an answer: `trips.0.miles` of the third column of a table's first row.
 * @param {Refusal} refusal
 */
export const placeOf = ({ field }) => field.replace(/^answers\./, "");

/**
 * What is wrong, with the name of the question.
 * @param {Form} form
 * @param {Refusal} refusal
 */
export function refusalWords(form, refusal) {
  const [name, row, column] = placeOf(refusal).split(".");
  const field = fieldsOf(form).find((field) => field.name === name);
  if (!field) return refusal.detail;
  const label = field.columns?.find((one) => one.name === column)?.label;
  return `${label ? `${label}, row ${Number(row) + 1}` : field.label}: ${refusal.detail}`;
}

/**
 * Dollars of what was typed, in cents; null when it is no amount.
 * @param {string} text
 */
export function readCents(text) {
  const digits = text.replace(/[$,\s]/g, "");
  return /^\d+(\.\d{1,2})?$/.test(digits) ? Math.round(Number(digits) * 100) : null;
}

const wholeFormat = new Intl.NumberFormat("en-US");

/**
 * A number that was typed; null when it is none.
 * @param {string} text
 */
export function readWhole(text) {
  const digits = text.replaceAll(",", "");
  return /^\d+$/.test(digits) ? Number(digits) : null;
}

/**
 * An answer as a person reads it; empty where there is none. What can't be read stands as it was typed.
 * @param {Field} field
 * @param {string | Row[] | undefined} value
 */
export function answerWords(field, value) {
  if (Array.isArray(value)) return value.length === 1 ? "1 row" : `${value.length} rows`;
  const text = textOf(value);
  if (text === "") return "";
  switch (field.kind) {
    case "choice":
      return field.options?.find((option) => option.value === text)?.label ?? text;
    case "yes-no":
      return yesNo.find((option) => option.value === text)?.label ?? text;
    case "date":
      return /^\d{4}-\d\d-\d\d$/.test(text) ? calendarDay(text) : text;
    case "money": {
      const cents = readCents(text);
      return cents === null ? text : dollars(cents);
    }
    case "whole": {
      const number = readWhole(text);
      return `${number === null ? text : wholeFormat.format(number)}${field.unit ? ` ${field.unit}` : ""}`;
    }
    case "phone": {
      const number = readPhone(text);
      return number ? phone(number) : text;
    }
    default:
      return text;
  }
}

/**
 * The sums of a table's columns, in words; a cell that can't be read counts nothing.
 * @param {Field} field
 * @param {Row[]} rows
 */
export function totalWords({ columns = [], totals = [] }, rows) {
  return columns
    .filter(({ name }) => totals.includes(name))
    .map((column) => {
      const read = column.kind === "money" ? readCents : readWhole;
      const sum = rows.reduce((before, row) => before + (read(row[column.name] ?? "") ?? 0), 0);
      return `${column.label}: ${column.kind === "money" ? dollars(sum) : wholeFormat.format(sum)}`;
    });
}

/**
 * Rows in which something stands.
 * @param {Row[]} rows
 */
export const filledRows = (rows) => rows.filter((row) => Object.values(row).some((cell) => cell.trim() !== ""));
