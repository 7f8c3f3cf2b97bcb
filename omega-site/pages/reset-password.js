// @ts-check
import "../modules/nav.js";
import { find, setTitle } from "../modules/dom.js";
import { checkNewPassword, enhanceForm, FormErrors, passwordRefusal, passwordToggle } from "../modules/form.js";
import { askForCode } from "../modules/second-step.js";
import { halfSession, linkSession, session, supabase } from "../modules/session.js";

// Being signed in is not enough to change a password without the old one; having come by the mail's link is.
// The mark lets a reload of this page go on.
const mark = "omega-recovery";

/** @type {HTMLFormElement} */
const form = find("#reset-password");
/** @type {HTMLInputElement} */
const password = find("#password");
passwordToggle(password, find("#show-password"));

/** @param {"form" | "code" | "expired" | "unreachable" | "done"} name */
function show(name) {
  for (const view of ["loading", "form", "code", "expired", "unreachable", "done"]) find(`#${view}-view`).hidden = view !== name;
  if (name === "code") return;
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
function refusal(error) {
  if (error.name === "AuthSessionMissingError" || error.status === 401 || error.status === 403) {
    return new FormErrors([{ message: "This link does not work anymore.", links: [{ href: "/forgot-password", text: "Send a new link" }] }]);
  }
  return passwordRefusal(error);
}

try {
  const link = await linkSession();
  if (link && "error" in link) {
    show(link.error);
  } else {
    if (link && "session" in link) sessionStorage.setItem(mark, link.session.user.id);
    // Auth changes the password of an account with a second step only for who has taken that step too.
    const half = halfSession();
    const current = half ?? (await session());
    if (current && sessionStorage.getItem(mark) === current.user.id) {
      if (half) {
        show("code");
        await askForCode(find("#code-view"), half);
      }
      /** @type {HTMLInputElement} */ (find("#username")).value = current.user.email ?? "";
      show("form");
    } else {
      show("expired");
    }
  }
} catch {
  show("unreachable");
}
