// @ts-check
import "../modules/nav.js";
import { find, setTitle } from "../modules/dom.js";
import { Problem, Unreachable } from "../modules/errors.js";
import { enhanceForm, looksLikeEmail, textOf } from "../modules/form.js";
import { supabase } from "../modules/session.js";

/** @type {HTMLFormElement} */
const form = find("#forgot-password");

enhanceForm(form, {
  busy: "Sending…",
  check: () => (looksLikeEmail(textOf(form, "email")) ? [] : [{ field: "email", message: "Enter your email address, like name@example.com." }]),
  async send() {
    const email = textOf(form, "email");
    const { auth } = await supabase();
    const { error } = await auth.resetPasswordForEmail(email, { redirectTo: `${location.origin}/reset-password` });
    if (error?.name === "AuthRetryableFetchError") throw error.status ? new Problem({ status: error.status }) : new Unreachable("network");
    // Any other refusal may depend on whether the account exists (a limit per address does), so it is not shown.
    find("#mail-address").textContent = email;
    find("#form-view").hidden = true;
    find("#mail-view").hidden = false;
    setTitle("Check your mail");
    find("#mail-view h1").focus();
  },
});
