// @ts-check
import { el, find } from "../../modules/dom.js";
import { checkNewPassword, enhanceForm, FormErrors, passwordRefusal, passwordToggle, textOf } from "../../modules/form.js";
import { supabase } from "../../modules/session.js";

/**
 * @param {HTMLElement} box
 * @param {import("@supabase/supabase-js").Session} session
 */
export async function draw(box, { user }) {
  const toggle = el("button", { class: "button button-quiet", type: "button", "aria-label": "Show password" }, "Show");
  const password = el("input", {
    id: "password",
    name: "password",
    type: "password",
    autocomplete: "new-password",
    autocapitalize: "none",
    spellcheck: "false",
    "aria-describedby": "password-hint",
    required: true,
  });
  // Asked for only when Auth wants to be sure: a long time after signing in.
  const mailed = el(
    "div",
    { class: "field", hidden: true },
    el("label", { for: "nonce" }, "Code from our mail"),
    el("p", { class: "hint", id: "nonce-hint" }, `You signed in a while ago, so we sent a code to ${user.email} to be sure that it is you.`),
    el("input", { id: "nonce", name: "nonce", class: "short", inputmode: "numeric", autocomplete: "one-time-code", "aria-describedby": "nonce-hint" }),
  );
  const form = el(
    "form",
    { class: "form", method: "post" },
    el("input", {
      class: "visually-hidden",
      name: "username",
      type: "email",
      autocomplete: "username",
      value: user.email,
      tabindex: "-1",
      "aria-hidden": "true",
      readonly: true,
    }),
    el(
      "div",
      { class: "field" },
      el("label", { for: "password" }, "New password"),
      el("p", { class: "hint", id: "password-hint" }, "At least 12 characters. Three or four words that only you would put together work well."),
      el("div", { class: "input-row" }, password, toggle),
    ),
    mailed,
    el("p", { class: "actions" }, el("button", { class: "button", type: "submit" }, "Save the new password")),
  );
  const done = el("div", { class: "notice notice-good", role: "status", tabindex: "-1", hidden: true });
  box.append(
    el("p", {}, "With a new password you stay signed in here. All other devices are signed out."),
    done,
    form,
  );
  passwordToggle(password, toggle);

  enhanceForm(form, {
    check() {
      done.hidden = true;
      const errors = checkNewPassword(password.value);
      if (!mailed.hidden && textOf(form, "nonce") === "") errors.push({ field: "nonce", message: "Enter the code from our mail." });
      return errors;
    },
    async send() {
      const { auth } = await supabase();
      const nonce = mailed.hidden ? undefined : textOf(form, "nonce");
      const { error } = await auth.updateUser({ password: password.value, nonce });
      if (error?.code === "reauthentication_needed") {
        const asked = await auth.reauthenticate();
        if (asked.error) throw passwordRefusal(asked.error);
        mailed.hidden = false;
        throw new FormErrors([{ field: "nonce", message: "Enter the code that we just sent to you." }]);
      }
      if (error?.code === "reauthentication_not_valid") {
        throw new FormErrors([{ field: "nonce", message: "This code is not right or too old. Check it, or save again without it to get a new one." }]);
      }
      if (error) throw passwordRefusal(error);
      form.reset();
      mailed.hidden = true;
      done.replaceChildren(el("p", {}, "Your password is changed. All other devices are signed out."));
      done.hidden = false;
      done.focus();
      find("#section").scrollIntoView({ block: "start" });
    },
  });
}
