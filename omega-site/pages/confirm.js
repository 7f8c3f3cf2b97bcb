// @ts-check
import "../modules/nav.js";
import { find, setTitle } from "../modules/dom.js";
import { askForCode } from "../modules/second-step.js";
import { linkSession, owesSecondStep, session } from "../modules/session.js";

/** @param {"code" | "confirmed" | "changed" | "halfway" | "expired" | "unreachable"} name */
function show(name) {
  for (const view of ["loading", "code", "confirmed", "changed", "halfway", "expired", "unreachable"]) {
    find(`#${view}-view`).hidden = view !== name;
  }
  if (name === "code") return;
  const heading = find(`#${name}-view h1`);
  setTitle(heading.textContent ?? "");
  heading.focus();
}

try {
  const link = await linkSession();
  if (link && "halfway" in link) {
    show("halfway");
  } else if (link && "error" in link) {
    show(link.error);
  } else if (link) {
    if (owesSecondStep(link.session)) {
      show("code");
      await askForCode(find("#code-view"), link.session);
    }
    find("#new-address").textContent = link.session.user.email ?? "";
    show(link.type === "email_change" ? "changed" : "confirmed");
  } else if (await session()) {
    // Opened without a link: there is nothing to confirm.
    location.replace("/account");
  } else {
    show("expired");
  }
} catch {
  show("unreachable");
}
