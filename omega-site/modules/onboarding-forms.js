// @ts-check
// The questions of the onboarding: filled from the profile, read back, and compared so that only changes are sent.
import { einMask, maskInput, phoneMask } from "../components/masked-input/masked-input.js";
import { append, el, find } from "./dom.js";
import { phone as showPhone, readEin, readPhone } from "./format.js";
import { entityTypes, labelOf, services, urgencies } from "./words.js";

/**
 * @typedef {object} Profile
 * @property {string} id
 * @property {string | null} full_name
 * @property {string | null} business_name
 * @property {string} email
 * @property {string | null} phone
 * @property {string | null} entity_type
 * @property {string | null} ein masked
 * @property {string | null} urgency
 * @property {string[] | null} services_needed
 * @property {"pending" | "in_progress" | "in-review" | "active" | "archived"} onboarding_status
 * @property {string | null} submitted_at
 * @property {string | null} receipt_number
 * @property {string} updated_at the version
 */

/** @typedef {{field: string, message: string, open?: boolean}} AnswerError `open`: not answered, rather than wrong */

/** Fields the server locks once the onboarding is submitted. */
export const lockedFields = ["full_name", "business_name", "entity_type", "ein"];

const choices = { entity_type: entityTypes, services_needed: services, urgency: urgencies };

/**
 * Puts in the choices, and makes the business form follow its own answers.
 * @param {HTMLFormElement} form
 */
export function prepareForms(form) {
  for (const [name, list] of Object.entries(choices)) {
    const box = form.querySelector(`#${name}-choices`);
    if (!box) continue;
    append(
      box,
      ...list.map(({ value, label, hint }) =>
        el(
          "label",
          { for: `${name}-${value}` },
          el("input", { type: name === "services_needed" ? "checkbox" : "radio", id: `${name}-${value}`, name, value }),
          el("span", {}, label, hint ? el("span", { class: "hint" }, hint) : null),
        ),
      ),
    );
  }
  if (form.id === "account") {
    const input = inputOf(form, "phone");
    maskInput(input, phoneMask);
    // A number with our own country's code loses it again; one with another country's keeps it.
    input.addEventListener("blur", () => {
      const number = readPhone(input.value);
      if (number) input.value = showPhone(number);
    });
  }
  if (form.id === "business") {
    form.addEventListener("change", () => showOptional(form));
    const ein = inputOf(form, "ein");
    maskInput(ein, einMask);
    find("#ein-change", form).addEventListener("click", () => {
      editEin(form, true, true);
      ein.focus();
    });
    find("#ein-keep", form).addEventListener("click", () => {
      ein.value = "";
      ein.dispatchEvent(new Event("input", { bubbles: true }));
      editEin(form, false, true);
      find("#ein-change", form).focus();
    });
  }
}

/** @param {HTMLFormElement} form */
function showOptional(form) {
  const entity = String(new FormData(form).get("entity_type") ?? "");
  for (const mark of form.querySelectorAll("[data-optional-for]")) {
    /** @type {HTMLElement} */ (mark).hidden = mark.getAttribute("data-optional-for") !== entity;
  }
}

/**
 * The saved EIN is shown masked; typing a new one is a decision of its own.
 * @param {HTMLFormElement} form
 * @param {boolean} editing
 * @param {boolean} saved whether there is one
 */
function editEin(form, editing, saved) {
  find("#ein-saved", form).hidden = !saved || editing;
  find("#ein-keep", form).hidden = !saved || !editing;
  find("#ein-hint", form).hidden = !editing;
  inputOf(form, "ein").hidden = !editing;
}

/**
 * Puts the saved answers into the fields.
 * @param {HTMLFormElement} form
 * @param {Profile} profile
 * @param {string[] | null} only these fields; null for all
 */
export function fillFields(form, profile, only) {
  const locked = profile.onboarding_status !== "pending" && profile.onboarding_status !== "in_progress";
  for (const element of form.elements) {
    if (!(element instanceof HTMLInputElement) || !(element.name in fieldLabels)) continue;
    element.disabled = locked && lockedFields.includes(element.name);
    if (only && !only.includes(element.name)) continue;
    const value = profile[/** @type {keyof Profile} */ (element.name)];
    if (element.type === "radio") element.checked = value === element.value;
    else if (element.type === "checkbox") element.checked = Array.isArray(value) && value.includes(element.value);
    else if (element.name === "ein") element.value = "";
    else element.value = element.name === "phone" ? showPhone(String(value ?? "")) : String(value ?? "");
  }
  if (form.id === "business") {
    if (!only || only.includes("ein")) {
      find("#ein-masked", form).textContent = profile.ein;
      editEin(form, !profile.ein, Boolean(profile.ein));
    }
    showOptional(form);
  }
  for (const note of form.querySelectorAll(".locked")) /** @type {HTMLElement} */ (note).hidden = !locked;
}

/**
 * What stands in the fields that can be changed, letter by letter; of choices, the chosen ones.
 * @param {HTMLFormElement} form
 */
export function rawValues(form) {
  /** @type {Record<string, string[]>} */
  const raw = {};
  for (const element of form.elements) {
    if (!(element instanceof HTMLInputElement) || !(element.name in fieldLabels) || element.disabled) continue;
    const values = (raw[element.name] ??= []);
    if ((element.type !== "radio" && element.type !== "checkbox") || element.checked) values.push(element.value);
  }
  return raw;
}

/** What each answer is called. @type {Record<string, string>} */
export const fieldLabels = {
  full_name: "Your full name",
  phone: "Phone number",
  entity_type: "Legal form of your business",
  business_name: "Business name",
  ein: "Employer Identification Number (EIN)",
  services_needed: "What you would like us to do",
  urgency: "When you want to start",
};

/**
 * An answer in words, empty where there is none.
 * @param {string} field
 * @param {string | string[] | null} value
 */
export function answerWords(field, value) {
  if (field === "services_needed") return (Array.isArray(value) ? value : []).map((service) => labelOf(services, service)).join(", ");
  if (typeof value !== "string") return "";
  if (field === "phone") return showPhone(value);
  const list = field === "entity_type" ? entityTypes : field === "urgency" ? urgencies : null;
  return list ? labelOf(list, value) : value;
}

/**
 * Whether two answers are the same; of services, the order does not count.
 * @param {any} one
 * @param {any} other
 */
export function sameAnswer(one, other) {
  const plain = (/** @type {any} */ value) => (Array.isArray(value) ? JSON.stringify(value.toSorted()) : (value ?? "[]"));
  return plain(one) === plain(other);
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @returns {HTMLInputElement}
 */
const inputOf = (form, name) => find(`#${name}`, form);

/**
 * The answers as the API takes them, and what is wrong with them.
 * @param {HTMLFormElement} form
 */
export function readForm(form) {
  const data = new FormData(form);
  /** @type {Record<string, string | string[] | null>} */
  const values = {};
  /** @type {AnswerError[]} */
  const errors = [];
  const text = (/** @type {string} */ name) => String(data.get(name) ?? "").normalize("NFC").trim();
  const has = (/** @type {string} */ name) => {
    const element = form.elements.namedItem(name);
    return element instanceof RadioNodeList || (element instanceof HTMLInputElement && !element.disabled);
  };

  if (has("full_name")) {
    values.full_name = text("full_name") || null;
    if (!values.full_name) errors.push({ field: "full_name", message: "Enter your full name.", open: true });
  }
  if (has("phone")) {
    values.phone = text("phone") === "" ? null : readPhone(text("phone"));
    if (text("phone") === "") errors.push({ field: "phone", message: "Enter a phone number.", open: true });
    else if (!values.phone) errors.push({ field: "phone", message: "Enter a phone number with its area code, like (212) 555-0123." });
  }
  if (has("entity_type") && has("business_name")) {
    values.entity_type = text("entity_type") || null;
    const alone = values.entity_type === "sole-proprietorship";
    if (!values.entity_type) errors.push({ field: "entity_type", message: "Choose the legal form of your business.", open: true });
    values.business_name = text("business_name") || null;
    if (!values.business_name && !alone) errors.push({ field: "business_name", message: "Enter the name of your business.", open: true });
    const input = inputOf(form, "ein");
    if (!input.hidden) {
      const ein = text("ein");
      values.ein = ein === "" ? null : readEin(ein);
      if (ein === "" && !alone) errors.push({ field: "ein", message: "Enter the EIN of your business.", open: true });
      else if (ein !== "" && !values.ein) errors.push({ field: "ein", message: "An EIN has nine digits. Check the number." });
    }
  }
  if (has("services_needed")) {
    values.services_needed = data.getAll("services_needed").map(String);
    if (values.services_needed.length === 0) errors.push({ field: "services_needed", message: "Choose at least one service.", open: true });
  }
  if (has("urgency")) {
    values.urgency = text("urgency") || null;
    if (!values.urgency) errors.push({ field: "urgency", message: "Tell us when you want to start.", open: true });
  }
  return { values, errors };
}

/** @param {HTMLFormElement} form */
export const answers = (form) => readForm(form).values;
