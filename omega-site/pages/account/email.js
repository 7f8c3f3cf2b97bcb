// @ts-check
import { el, find } from "../../modules/dom.js";
import { Problem, Unreachable } from "../../modules/errors.js";
import { enhanceForm, FormErrors, looksLikeEmail, textOf } from "../../modules/form.js";
import { supabase } from "../../modules/session.js";

/**
 * @param {HTMLElement} box
 * @param {import("@supabase/supabase-js").Session} session
 */
export async function draw(box, { user }) {
  const current = user.email ?? "";
  const waiting = el("div", { class: "notice", hidden: true, role: "status" });
  const form = el(
    "form",
    { class: "form", method: "post" },
    el(
      "div",
      { class: "field" },
      el("label", { for: "email" }, "New email address"),
      el("input", {
        id: "email",
        name: "email",
        type: "email",
        autocomplete: "email",
        inputmode: "email",
        autocapitalize: "none",
        spellcheck: "false",
        required: true,
      }),
    ),
    el("p", { class: "actions" }, el("button", { class: "button", type: "submit" }, "Change the address")),
  );
  box.append(
    el("p", {}, "You sign in with ", el("strong", {}, current), ", and we write to you there."),
    waiting,
    form,
  );

  /** @param {string} address */
  function showWaiting(address) {
    waiting.replaceChildren(
      el("p", {}, el("strong", {}, "Two messages are on their way. Press the link in each.")),
      el(
        "p",
        {},
        `One went to ${address}, one to ${current}: we ask at both, so that nobody else can move your account to an address of theirs. Until both links are pressed you sign in with ${current}.`,
      ),
      el("p", {}, "Nothing there? Look in the spam folder. It can take a few minutes."),
    );
    waiting.hidden = false;
  }
  if (user.new_email) showWaiting(user.new_email);

  enhanceForm(form, {
    busy: "Sending the links…",
    check() {
      const wanted = textOf(form, "email");
      if (!looksLikeEmail(wanted)) return [{ field: "email", message: "Enter an email address, like name@example.com." }];
      if (wanted.toLowerCase() === current.toLowerCase()) return [{ field: "email", message: "This is the address you have now. Enter another one." }];
      return [];
    },
    async send() {
      const email = textOf(form, "email");
      const { auth } = await supabase();
      const { error } = await auth.updateUser({ email }, { emailRedirectTo: `${location.origin}/confirm` });
      if (error) throw refusal(error);
      showWaiting(email);
      form.reset();
      waiting.setAttribute("tabindex", "-1");
      waiting.focus();
      find("#section").scrollIntoView({ block: "start" });
    },
  });
}

/** @param {import("@supabase/supabase-js").AuthError} error */
function refusal({ name, code, status }) {
  if (name === "AuthRetryableFetchError" && !status) return new Unreachable("network");
  if (code === "email_exists") return new FormErrors([{ field: "email", message: "We can’t use this address. Enter another one." }]);
  if (code === "email_address_invalid" || code === "validation_failed") {
    return new FormErrors([{ field: "email", message: "Enter an email address that can receive mail." }]);
  }
  if (code === "over_email_send_rate_limit" || status === 429) {
    return new FormErrors([{ message: "We just sent a link. Wait a minute before you ask for another one." }]);
  }
  return new Problem({ status: status ?? 500 });
}
