// @ts-check
// A number that takes its usual form while one types. No key is ever blocked, nothing typed is thrown away: what does
// not fit the form stays as it is, and the form says so when one goes on.

/** @typedef {(digits: string, text: string) => string | null} Mask null: not of this form, leave it */

/** `NN-NNNNNNN` @type {Mask} */
export const einMask = (digits, text) => {
  if (digits.length > 9 || /[^\d\s\-\u2010-\u2014]/.test(text)) return null;
  return digits.length > 2 ? `${digits.slice(0, 2)}-${digits.slice(2)}` : digits;
};

/** A US number, `(NNN) NNN-NNNN`; one with another country's code stays as it was typed. @type {Mask} */
export const phoneMask = (digits, text) => {
  const international = text.trimStart().startsWith("+");
  if (/[^\d\s()+./\-\u2010-\u2014]/.test(text) || (international && !digits.startsWith("1"))) return null;
  const country = digits.startsWith("1") ? "1" : "";
  const national = digits.slice(country.length);
  if (national.length > 10 || national.length === 0) return null;
  const parts = national.length > 6 ? `(${national.slice(0, 3)}) ${national.slice(3, 6)}-${national.slice(6)}` : national.length > 3 ? `(${national.slice(0, 3)}) ${national.slice(3)}` : national;
  return country ? `${international ? "+" : ""}1 ${parts}` : parts;
};

/**
 * @param {HTMLInputElement} input
 * @param {Mask} mask
 */
export function maskInput(input, mask) {
  input.addEventListener("input", (event) => {
    const { inputType = "", isComposing } = /** @type {InputEvent} */ (event);
    // Deleting stays the typist's own: a separator put back at once would feel like a dead key.
    if (isComposing || inputType.startsWith("delete") || inputType.startsWith("history")) return;
    apply();
  });
  input.addEventListener("blur", apply);

  function apply() {
    const text = input.value;
    const formed = mask(text.replace(/\D/g, ""), text);
    if (formed === null || formed === text) return;
    const caret = input.selectionStart ?? text.length;
    const before = text.slice(0, caret).replace(/\D/g, "").length;
    input.value = formed;
    if (document.activeElement !== input) return;
    // The caret keeps its place among the digits.
    const place = caret === text.length ? formed.length : placeAfter(formed, before);
    input.setSelectionRange(place, place);
  }
}

/**
 * @param {string} text
 * @param {number} digits
 */
function placeAfter(text, digits) {
  let place = 0;
  for (let seen = 0; place < text.length && seen < digits; place += 1) if (/\d/.test(text[place] ?? "")) seen += 1;
  return place;
}
