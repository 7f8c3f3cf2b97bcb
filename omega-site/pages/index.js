// @ts-check
import "../modules/nav.js";
import { el, find } from "../modules/dom.js";
import { homePath, seemsSignedIn } from "../modules/session.js";

// The link in a mail that confirms an address may lead to the home page; the sign-in page knows what to do with it.
const link = new URLSearchParams(location.hash.slice(1));
if (link.has("access_token") || link.has("error_code")) location.replace(`/sign-in${location.hash}`);

// Who has an account is not asked to open one.
if (seemsSignedIn()) {
  for (const place of document.querySelectorAll(".hero .meta, .closing")) /** @type {HTMLElement} */ (place).hidden = true;
  find("#start").replaceChildren(el("a", { class: "button", href: homePath() }, "Continue"));
}
