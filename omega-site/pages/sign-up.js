// @ts-check
import "../modules/nav.js";
import { announce, find, setTitle } from "../modules/dom.js";
import { callApi } from "../modules/api.js";
import { explain } from "../modules/errors.js";
import { checkNewPassword, enhanceForm, looksLikeEmail, passwordToggle, textOf } from "../modules/form.js";
import { keepDraft } from "../modules/drafts.js";
import { session, supabase } from "../modules/session.js";
import { personProof } from "../modules/turnstile.js";

/** @type {HTMLFormElement} */
const form = find("#sign-up");
/** @type {HTMLInputElement} */
const password = find("#password");
passwordToggle(password, find("#show-password"));
const draft = keepDraft(form, "sign-up");
draft.restore();
const proof = personProof(form);

enhanceForm(form, {
  busy: "Creating your account…",
  check() {
    const errors = [];
    if (textOf(form, "full_name") === "") errors.push({ field: "full_name", message: "Enter your full name." });
    if (!looksLikeEmail(textOf(form, "email"))) errors.push({ field: "email", message: "Enter an email address, like name@example.com." });
    return [...errors, ...checkNewPassword(password.value)];
  },
  async send() {
    const email = textOf(form, "email");
    const answer = await callApi("onboarding/signup", {
      method: "POST",
      anonymous: true,
      body: { full_name: textOf(form, "full_name"), email, password: password.value, turnstile_token: await proof() },
    });
    draft.clear();
    if (answer.session) {
      const { auth } = await supabase();
      const { error } = await auth.setSession(answer.session);
      // The account exists all the same, so the way on is to sign in.
      location.assign(error ? "/sign-in?created" : "/onboarding");
      await new Promise(() => {});
    }
    showMailSent(email);
  },
  explain: (problem) =>
    problem.status === 409
      ? [
          {
            field: "email",
            message: "There is an account with this email address already.",
            links: [
              { href: "/sign-in", text: "Sign in" },
              { href: "/forgot-password", text: "I forgot my password" },
            ],
          },
        ]
      : null,
});

/** @param {string} email */
function showMailSent(email) {
  find("#mail-address").textContent = email;
  find("#form-view").hidden = true;
  find("#mail-view").hidden = false;
  setTitle("Check your mail");
  find("#mail-view h1").focus();
  /** @type {HTMLFormElement} */
  const again = find("#send-again");
  enhanceForm(again, {
    busy: "Sending…",
    async send() {
      const { auth } = await supabase();
      const { error } = await auth.resend({ type: "signup", email, options: { emailRedirectTo: `${location.origin}/confirm` } });
      find("#sent-again").textContent =
        error?.status === 429 ? "We just sent one. Wait a minute before you ask again." : error ? explain(error) : "We sent it again.";
    },
  });
}

// Somebody who is signed in has nothing to do here.
session()
  .then((current) => current && location.replace("/onboarding"))
  .catch((error) => announce(explain(error)));
