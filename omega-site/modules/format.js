// @ts-check
// How values look to a person, and how what a person typed is read.

const momentFormat = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeStyle: "short" });
const dayFormat = new Intl.DateTimeFormat("en-US", { month: "short", day: "numeric" });
const dayOfYearFormat = new Intl.DateTimeFormat("en-US", { dateStyle: "medium" });
const timeFormat = new Intl.DateTimeFormat("en-US", { timeStyle: "short" });

/** @param {string} iso */
export const moment = (iso) => momentFormat.format(new Date(iso));
/**
 * The day alone, with the year where it is not this one.
 * @param {string} iso
 */
export function day(iso) {
  const date = new Date(iso);
  return (date.getFullYear() === new Date().getFullYear() ? dayFormat : dayOfYearFormat).format(date);
}
/**
 * A day of the calendar as it is here: `2027-01-15` means that day, wherever one is.
 * @param {string} date `YYYY-MM-DD`
 */
const localDay = (date) => {
  const [year, month, dayOfMonth] = date.split("-").map(Number);
  return new Date(year ?? 0, (month ?? 1) - 1, dayOfMonth ?? 1);
};
/**
 * A day of the calendar in words, wherever one is.
 * @param {string} date `YYYY-MM-DD`
 */
export const calendarDay = (date) => dayOfYearFormat.format(localDay(date));
/**
 * Until when something is wanted, or was.
 * @param {string} date `YYYY-MM-DD`
 */
export function dueWords(date) {
  const due = localDay(date);
  const words = day(due.toISOString());
  return isOverdue(date) ? `Was due ${words}` : `Due ${words}`;
}
/** @param {string} date `YYYY-MM-DD` */
export function isOverdue(date) {
  const today = new Date();
  return localDay(date) < new Date(today.getFullYear(), today.getMonth(), today.getDate());
}
/** @param {Date} [date] */
export const time = (date = new Date()) => timeFormat.format(date);

const dollarFormat = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
/** @param {number} cents */
export const dollars = (cents) => dollarFormat.format(cents / 100);

/** The months of a year, January first. */
export const monthNames = Array.from({ length: 12 }, (_, at) => new Intl.DateTimeFormat("en-US", { month: "long" }).format(new Date(2026, at, 1)));

/**
 * @param {number} count
 * @returns {string}
 */
export function bytes(count) {
  if (count < 1024) return plural(count, "byte");
  if (count < 1024 * 1024) return `${Math.round(count / 1024)} KB`;
  return `${Number((count / (1024 * 1024)).toFixed(1))} MB`;
}

/**
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/**
 * How long something took, in its largest unit; at least a minute.
 * @param {number} seconds
 */
export function span(seconds) {
  for (const { unit, length } of spans) if (seconds >= length) return plural(Math.round(seconds / length), unit);
  return "a minute";
}

const spans = [
  { unit: "day", length: 86_400 },
  { unit: "hour", length: 3600 },
  { unit: "minute", length: 60 },
];

/**
 * How long to wait, for a message: whole minutes once it is more than one.
 * @param {number} seconds
 */
export function waitTime(seconds) {
  if (seconds <= 60) return plural(Math.max(1, Math.ceil(seconds)), "second");
  return plural(Math.ceil(seconds / 60), "minute");
}

/**
 * A US number as people write it; any other stays as it is.
 * @param {string} number
 */
export function phone(number) {
  const us = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
  return us ? `(${us[1]}) ${us[2]}-${us[3]}` : number;
}

/**
 * E.164 of what was typed or pasted; without a country it is the US. Null when it can't be a number.
 * @param {string} text
 */
export function readPhone(text) {
  const digits = text.replace(/\D/g, "");
  if (text.trim().startsWith("+")) return digits.length >= 8 && digits.length <= 15 ? `+${digits}` : null;
  if (digits.length === 10) return `+1${digits}`;
  if (digits.length === 11 && digits.startsWith("1")) return `+${digits}`;
  return null;
}

/**
 * `NN-NNNNNNN` of what was typed or pasted, whatever stands between the digits. Null when there are not nine.
 * @param {string} text
 */
export function readEin(text) {
  const digits = text.replace(/\D/g, "");
  return digits.length === 9 ? `${digits.slice(0, 2)}-${digits.slice(2)}` : null;
}
