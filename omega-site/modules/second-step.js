// @ts-check
// The second step of signing in: a code from the app that was set up for it. Every page that may be the first one after
// the password (signing in, a link from a mail) asks for it here.
import { el, find, setTitle } from "./dom.js";
import { Problem, Unreachable } from "./errors.js";
import { enhanceForm, FormErrors } from "./form.js";
import { supabase } from "./session.js";

/**
 * What was typed or pasted as a code, without what stands between the digits; null when it can't be one.
 * @param {string} text
 */
export function readCode(text) {
  const digits = text.replace(/[\s-]/g, "");
  return /^\d{6}$/.test(digits) ? digits : null;
}

export const codeMissing = { field: "code", message: "Enter the 6 digits that your app shows." };

/**
 * What Auth says of a code, in words.
 * @param {import("@supabase/supabase-js").AuthError} error
 * @returns {Error}
 */
export function codeRefusal({ name, code, status }) {
  if (name === "AuthRetryableFetchError" && !status) return new Unreachable("network");
  if (code === "mfa_verification_failed" || code === "mfa_challenge_expired") {
    return new FormErrors([
      { field: "code", message: "This code is not right. It changes every 30 seconds: enter the one your app shows now." },
    ]);
  }
  return new Problem({ status: status ?? 500 });
}

/** The field for a code, the same wherever one is asked for. */
export const codeField = () =>
  el(
    "div",
    { class: "field" },
    el("label", { for: "code" }, "Code from your app"),
    el("p", { class: "hint", id: "code-hint" }, "6 digits. Open the authenticator app on your phone to see them."),
    el("input", {
      id: "code",
      name: "code",
      class: "short",
      inputmode: "numeric",
      autocomplete: "one-time-code",
      autocapitalize: "none",
      spellcheck: "false",
      "aria-describedby": "code-hint",
      required: true,
    }),
  );

/**
 * Asks for the code in place of what `view` holds, until it is right.
 * @param {HTMLElement} view
 * @param {import("@supabase/supabase-js").Session} session that owes it
 * @returns {Promise<void>} once the session has it
 */
export async function askForCode(view, session) {
  const factors = (session.user.factors ?? []).filter(({ status }) => status === "verified");
  const form = el("form", { class: "form", method: "post" });
  if (factors.length > 1) {
    form.append(
      el(
        "fieldset",
        { class: "field" },
        el("legend", {}, "Which app do you use now?"),
        el("p", { class: "hint" }, "Any one of them will do."),
        el(
          "div",
          { class: "choices" },
          ...factors.map(({ id, friendly_name }, index) =>
            el(
              "label",
              {},
              el("input", { type: "radio", name: "factor", value: id, id: `factor-${index}`, checked: index === 0 }),
              el("span", {}, friendly_name || `App ${index + 1}`),
            ),
          ),
        ),
      ),
    );
  }
  form.append(
    codeField(),
    el("p", { class: "actions" }, el("button", { class: "button", type: "submit" }, "Continue"), cancelButton()),
  );
  view.replaceChildren(
    el("h1", { tabindex: "-1" }, "Enter your code"),
    form,
    el(
      "p",
      { class: "meta" },
      "You can’t get at the app? Use another one if you set up more than one. Otherwise write to us: a person of our team makes sure it is you, and helps.",
    ),
  );
  setTitle("Enter your code");
  const code = find("#code", form);
  code.focus();
  await new Promise((resolve) => {
    enhanceForm(form, {
      busy: "Checking…",
      check: () => (readCode(valueOf(form, "code")) ? [] : [codeMissing]),
      async send() {
        const factorId = valueOf(form, "factor") || (factors[0]?.id ?? "");
        const { auth } = await supabase();
        const { error } = await auth.mfa.challengeAndVerify({ factorId, code: readCode(valueOf(form, "code")) ?? "" });
        if (error) throw codeRefusal(error);
        resolve(undefined);
        // The button stays busy until the page goes on.
        await new Promise(() => {});
      },
    });
  });
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 */
const valueOf = (form, name) => String(new FormData(form).get(name) ?? "");

/** Somebody else's half-way session must not stand in one's way. */
function cancelButton() {
  const button = el("button", { type: "button", class: "link-button" }, "Cancel");
  button.addEventListener("click", async () => {
    const { auth } = await supabase();
    await auth.signOut({ scope: "local" });
    location.assign("/sign-in");
  });
  return button;
}
