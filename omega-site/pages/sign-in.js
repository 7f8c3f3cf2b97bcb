// @ts-check
import "../modules/nav.js";
import { find } from "../modules/dom.js";
import { Problem, Unreachable } from "../modules/errors.js";
import { enhanceForm, FormErrors, looksLikeEmail, passwordToggle, textOf } from "../modules/form.js";
import { askForCode } from "../modules/second-step.js";
import { halfSession, linkSession, owesSecondStep, safeNext, session, supabase } from "../modules/session.js";

/** @type {HTMLFormElement} */
const form = find("#sign-in");
/** @type {HTMLInputElement} */
const password = find("#password");
passwordToggle(password, find("#show-password"));

const query = new URLSearchParams(location.search);
/** Who is signed in decides where that is. */
const goBack = () => location.replace(safeNext(query.get("next")));

if (query.get("signed-out") === "everywhere") note("You are signed out on every device.");
else if (query.has("signed-out")) note("You are signed out on this device.");
else if (query.has("created")) note("Your account is ready. Sign in to go on.");
else if (query.has("next")) note("Sign in to see that page.");

/** @param {string} text */
function note(text) {
  const element = find("#note");
  element.textContent = text;
  element.hidden = false;
}

enhanceForm(form, {
  busy: "Signing in…",
  check() {
    const errors = [];
    if (!looksLikeEmail(textOf(form, "email"))) errors.push({ field: "email", message: "Enter your email address, like name@example.com." });
    if (password.value === "") errors.push({ field: "password", message: "Enter your password." });
    return errors;
  },
  async send() {
    const { auth } = await supabase();
    const { data, error } = await auth.signInWithPassword({ email: textOf(form, "email"), password: password.value });
    if (error) throw refusal(error);
    await goOn(data.session);
    // The button stays busy until the next page is there.
    await new Promise(() => {});
  },
});

/** @param {import("@supabase/supabase-js").Session} signedIn */
async function goOn(signedIn) {
  if (owesSecondStep(signedIn)) await askForCode(find("#form-view"), signedIn);
  goBack();
}

/** @param {import("@supabase/supabase-js").AuthError} error */
function refusal({ name, code, status }) {
  if (name === "AuthRetryableFetchError" && !status) return new Unreachable("network");
  if (code === "email_not_confirmed") {
    return new FormErrors([{ message: "Your email address is not confirmed yet. Open the message we sent you and press the link in it." }]);
  }
  if (status === 400) {
    return new FormErrors([
      {
        field: "email",
        message: "The email address or the password is wrong.",
        links: [{ href: "/forgot-password", text: "I forgot my password" }],
      },
    ]);
  }
  return new Problem({ status: status ?? 500 });
}

try {
  const link = await linkSession();
  const half = halfSession();
  if (link && "session" in link) {
    await goOn(link.session);
  } else if (half) {
    await goOn(half);
  } else if (link && "error" in link) {
    note(
      link.error === "expired"
        ? "This link does not work anymore. Sign in with your password, or ask for a new link."
        : "We could not check your link. Check your internet connection, then open it again.",
    );
  } else if (await session()) {
    goBack();
  }
} catch {
  // Without a network there is nothing to tell yet; the form says it when it is sent.
}
