// @ts-check
import "../modules/nav.js";
import { find, setTitle } from "../modules/dom.js";
import { Problem, Unreachable } from "../modules/errors.js";
import { checkNewPassword, enhanceForm, FormErrors, passwordToggle } from "../modules/form.js";
import { linkSession, session, supabase } from "../modules/session.js";

// Being signed in is not enough to change a password without the old one; having come by the mail's link is.
// The mark lets a reload of this page go on.
const mark = "omega-recovery";

/** @type {HTMLFormElement} */
const form = find("#reset-password");
/** @type {HTMLInputElement} */
const password = find("#password");
passwordToggle(password, find("#show-password"));

/** @param {"form" | "expired" | "unreachable" | "done"} name */
function show(name) {
  for (const view of ["loading", "form", "expired", "unreachable", "done"]) find(`#${view}-view`).hidden = view !== name;
  const heading = find(`#${name}-view h1`);
  setTitle(heading.textContent ?? "");
  if (name !== "form") heading.focus();
}

enhanceForm(form, {
  check: () => checkNewPassword(password.value),
  async send() {
    const { auth } = await supabase();
    const { error } = await auth.updateUser({ password: password.value });
    if (error) throw refusal(error);
    sessionStorage.removeItem(mark);
    show("done");
  },
});

/** @param {import("@supabase/supabase-js").AuthError} error */
function refusal({ name, code, status }) {
  if (name === "AuthRetryableFetchError" && !status) return new Unreachable("network");
  if (code === "same_password") return new FormErrors([{ field: "password", message: "This is the password you have now. Choose another one." }]);
  if (code === "weak_password") return new FormErrors([{ field: "password", message: "This password is too easy to guess. Choose another one." }]);
  if (name === "AuthSessionMissingError" || status === 401 || status === 403) {
    return new FormErrors([{ message: "This link does not work anymore.", links: [{ href: "/forgot-password", text: "Send a new link" }] }]);
  }
  return new Problem({ status: status ?? 500 });
}

try {
  const link = await linkSession();
  if (link && "error" in link) {
    show(link.error);
  } else {
    if (link) sessionStorage.setItem(mark, link.session.user.id);
    const current = link?.session ?? (await session());
    if (current && sessionStorage.getItem(mark) === current.user.id) {
      /** @type {HTMLInputElement} */ (find("#username")).value = current.user.email ?? "";
      show("form");
    } else {
      show("expired");
    }
  }
} catch {
  show("unreachable");
}
