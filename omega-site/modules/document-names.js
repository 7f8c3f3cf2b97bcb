// @ts-check
// What the name of a file tells: its ending, and most likely what the document is.

/** @param {string} name */
export const extensionOf = (name) => /\.([^.\s/]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";

/**
 * A name and its ending apart, for a field in which the ending is not to be changed.
 * @param {string} name
 * @returns {[string, string]} the ending with its dot, or empty
 */
export function splitName(name) {
  const extension = extensionOf(name);
  return extension && name.length > extension.length + 1 ? [name.slice(0, -extension.length - 1), name.slice(-extension.length - 1)] : [name, ""];
}

/** Names the server takes have at most this many characters. */
const longest = 200;

/**
 * A name the server takes. Its ending stays, since it tells what the file is.
 * @param {string} name
 */
export function documentName(name) {
  const clean = name.normalize("NFC").replace(/\p{Cc}/gu, "").trim();
  const characters = [...clean];
  if (characters.length <= longest) return clean;
  const ending = `.${extensionOf(clean)}`;
  return characters.slice(0, longest - ending.length).join("") + ending;
}

/**
 * Words of file names and what they stand for; the first that fits decides. Forms of the IRS go by their number,
 * with or without the "f" its own files begin with.
 * @type {[string, RegExp][]}
 */
const signs = [
  ["w2", /\b(f?w ?2 ?[cg]?|w2s)\b/],
  ["w9", /\bf?w ?9\b/],
  ["1099", /\bf?1099/],
  ["ein-letter", /\b(ein|cp ?575 ?[a-g]?|147 ?c|f?ss ?4|employer identification)\b/],
  ["payroll-report", /\b(payroll|pay ?stubs?|pay ?checks?|pay ?slips?|pay register|f?94[0-5])\b/],
  ["profit-loss", /\b(p ?(and|n)? ?l|profit|income statements?|profit loss)\b/],
  ["balance-sheet", /\b(balance ?sheets?|bal sheet)\b/],
  ["articles-of-incorporation", /\b(articles?|incorporation|organi[sz]ation|(certificate of )?formation|charter)\b/],
  ["insurance-policy", /\b(insurance|policy|coi|liability|workers comp(ensation)?)\b/],
  ["lease-agreement", /\b(lease|rental|rent|tenancy)\b/],
  ["tax-return", /\b(tax(es)?|returns?|f?1120 ?[a-z]?|f?1065|f?1040 ?[a-z]{0,2}|f?990 ?[a-z]{0,2}|sch(edule)? c)\b/],
  ["bank-statement", /\b(bank|statements?|e?stmt|checking|savings)\b/],
  ["balance-sheet", /\bbalance\b/],
];

/**
 * The category that a file's name speaks for; null when it speaks for none.
 * @param {string} name
 * @returns {string | null}
 */
export function guessCategory(name) {
  const words = splitName(name)[0]
    .normalize("NFKD")
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, "$1 $2")
    .toLowerCase()
    .replace(/&|\+/g, " and ")
    .replace(/[^a-z0-9]+/g, " ")
    .replace(/([a-z])((?:19|20)\d\d)\b/g, "$1 $2");
  return signs.find(([, sign]) => sign.test(words))?.[0] ?? null;
}
