// @ts-check
// What was typed and not yet saved survives a reload or a lost session. It stays in this tab, per user;
// secrets (EIN, passwords) are never kept.

/** Of all that is kept and forgotten on signing out. */
export const prefix = "omega-draft:";

/**
 * @param {HTMLFormElement} form
 * @param {string} key of this form and this user
 * @returns {{restore(): boolean, clear(): void}}
 */
export function keepDraft(form, key) {
  const name = prefix + key;
  form.addEventListener("input", () => {
    /** @type {Record<string, string[]>} */
    const values = {};
    for (const field of fieldsOf(form)) {
      values[field.name] ??= [];
      if (!isChoice(field) || field.checked) values[field.name]?.push(field.value);
    }
    write(name, JSON.stringify(values));
  });
  return {
    restore() {
      /** @type {Record<string, string[]>} */
      const values = JSON.parse(read(name) ?? "null");
      if (!values) return false;
      let changed = false;
      for (const field of fieldsOf(form)) {
        const kept = values[field.name];
        if (!kept) continue;
        if (isChoice(field)) {
          changed ||= field.checked !== kept.includes(field.value);
          field.checked = kept.includes(field.value);
        } else {
          changed ||= field.value !== (kept[0] ?? "");
          field.value = kept[0] ?? "";
        }
      }
      return changed;
    },
    clear: () => write(name, null),
  };
}

/**
 * A draft as it is: whatever JSON can hold.
 * @param {string} key
 */
export function draftOf(key) {
  const name = prefix + key;
  return {
    /** @returns {any} null when there is none */
    read: () => JSON.parse(read(name) ?? "null"),
    /** @param {unknown} value null forgets it */
    write: (value) => write(name, value === null ? null : JSON.stringify(value)),
  };
}

/** On signing out. */
export function forgetDrafts() {
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(prefix)) write(name, null);
}

/**
 * @param {HTMLFormElement} form
 * @returns {(HTMLInputElement | HTMLTextAreaElement)[]}
 */
function fieldsOf(form) {
  return [...form.elements].filter(
    /** @returns {field is HTMLInputElement | HTMLTextAreaElement} */
    (field) =>
      (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) &&
      field.name !== "" &&
      field.type !== "password" &&
      field.type !== "file" &&
      field.autocomplete !== "off",
  );
}

/**
 * @param {HTMLInputElement | HTMLTextAreaElement} field
 * @returns {field is HTMLInputElement}
 */
const isChoice = (field) => field.type === "radio" || field.type === "checkbox";

// Storage may be full or forbidden; a draft is then simply not kept.
/** @param {string} name */
function read(name) {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
}

/**
 * @param {string} name
 * @param {string | null} value
 */
function write(name, value) {
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, value);
  } catch {
    // See above.
  }
}
