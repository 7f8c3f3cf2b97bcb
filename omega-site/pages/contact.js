// @ts-check
import "../modules/nav.js";
import { find } from "../modules/dom.js";
import { callApi } from "../modules/api.js";
import { enhanceForm, looksLikeEmail, textOf } from "../modules/form.js";
import { keepDraft } from "../modules/drafts.js";
import { personProof } from "../modules/turnstile.js";

/** @type {HTMLFormElement} */
const form = find("#contact");
const draft = keepDraft(form, "contact");
draft.restore();
const proof = personProof(form);

enhanceForm(form, {
  busy: "Sending…",
  check() {
    const errors = [];
    if (textOf(form, "name") === "") errors.push({ field: "name", message: "Enter your name." });
    if (!looksLikeEmail(textOf(form, "email"))) errors.push({ field: "email", message: "Enter an email address, like name@example.com." });
    if (textOf(form, "message") === "") errors.push({ field: "message", message: "Write your message." });
    return errors;
  },
  async send() {
    const names = ["name", "email", "business_name", "message", "subject"];
    const body = { ...Object.fromEntries(names.map((name) => [name, textOf(form, name) || null])), turnstile_token: await proof() };
    await callApi("site/contact", { method: "POST", anonymous: true, body });
    draft.clear();
    location.assign("/contact-sent");
    // The page is going away; the button stays busy until then.
    await new Promise(() => {});
  },
  // Nobody sees that field, so its error needs words of its own.
  explain: ({ errors }) =>
    errors.some(({ field }) => field === "subject")
      ? [{ message: "Your browser filled in a field that you can’t see. Reload the page and send your message again: what you typed stays." }]
      : null,
});
