// @ts-check
// The site's navigation, in one place. Each page carries <omega-nav> in its header and <omega-footer> at its end;
// what the page has inside them is what a visitor without JavaScript gets.
import { el } from "./dom.js";
import { seemsSignedIn, signOut } from "./session.js";

/** @typedef {{href: string, label: string}} Link */

/** @type {Link[]} */
const clientPages = [
  { href: "/onboarding", label: "Onboarding" },
  { href: "/documents", label: "Documents" },
  { href: "/assistant", label: "Assistant" },
];

/** @type {Link[]} */
const visitorPages = [
  { href: "/sign-in", label: "Sign in" },
  { href: "/sign-up", label: "Create account" },
];

/** @type {Link[]} */
const footerPages = [
  { href: "/#services", label: "What we do" },
  { href: "/#steps", label: "How it goes" },
  { href: "/#security", label: "Security" },
];

/** @param {Link[]} links */
const items = (links) =>
  links.map(({ href, label }) => el("li", {}, el("a", { href, "aria-current": location.pathname === href && "page" }, label)));

class OmegaNav extends HTMLElement {
  signedIn = false;

  connectedCallback() {
    this.render();
    // Signing in or out shows at once, also when it is done in another tab.
    addEventListener("omega:session", () => this.update());
    addEventListener("storage", () => this.update());
    addEventListener("pageshow", (event) => event.persisted && this.update());
  }

  /** Drawn anew only when something changed, so that the keyboard does not lose its place. */
  update() {
    if (this.signedIn !== seemsSignedIn()) this.render();
  }

  render() {
    this.signedIn = seemsSignedIn();
    const list = el("ul");
    if (this.signedIn) list.append(...items(clientPages), el("li", {}, signOutButton()));
    else list.append(...items(visitorPages));
    this.replaceChildren(el("nav", { class: "site-nav", "aria-label": "Main" }, list));
  }
}

function signOutButton() {
  const button = el("button", { type: "button" }, "Sign out");
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    button.textContent = "Signing out…";
    void signOut();
  });
  return button;
}

class OmegaFooter extends HTMLElement {
  connectedCallback() {
    this.replaceChildren(
      el("p", {}, "OmegaOS looks after the books, taxes and payroll of small businesses."),
      el("nav", { "aria-label": "About OmegaOS" }, el("ul", {}, ...items(footerPages))),
    );
  }
}

customElements.define("omega-nav", OmegaNav);
customElements.define("omega-footer", OmegaFooter);
