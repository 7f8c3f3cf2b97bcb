// @ts-check
// The site's navigation, drawn from the list of pages. Each page carries <omega-nav> in its header and <omega-footer>
// at its end; what the page has inside them is what a visitor without JavaScript gets.
import { el } from "./dom.js";
import "./offline.js";
import { isStaff, seemsSignedIn, signOut } from "./session.js";
import { linkedIn } from "./site.js";

/** Pages deploy without their ending; a server that keeps it must not lose the mark of where one is. */
const here = location.pathname.replace(/\.html$/, "");

/** @param {import("./site.js").Page} page */
const item = ({ path, label }) => el("li", {}, el("a", { href: path, "aria-current": here === path && "page" }, label));

class OmegaNav extends HTMLElement {
  /** @type {ReturnType<typeof audience> | undefined} */
  drawnFor;

  connectedCallback() {
    this.render();
    // Signing in or out shows at once, also when it is done in another tab.
    addEventListener("omega:session", () => this.update());
    addEventListener("storage", () => this.update());
    addEventListener("pageshow", (event) => event.persisted && this.update());
  }

  /** Drawn anew only when something changed, so that the keyboard does not lose its place. */
  update() {
    if (this.drawnFor !== audience()) this.render();
  }

  render() {
    this.drawnFor = audience();
    const list = el("ul", { id: "site-menu" }, ...linkedIn(this.drawnFor).map(item));
    if (this.drawnFor !== "visitor") list.append(el("li", {}, signOutButton()));
    const menu = el("button", { type: "button", class: "menu-button", "aria-expanded": "false", "aria-controls": list.id }, "Menu");
    const toggle = (/** @type {boolean} */ open) => menu.setAttribute("aria-expanded", String(open));
    menu.addEventListener("click", () => toggle(menu.getAttribute("aria-expanded") !== "true"));
    const nav = el("nav", { class: "site-nav", "aria-label": "Main" }, menu, list);
    nav.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || menu.getAttribute("aria-expanded") !== "true") return;
      toggle(false);
      menu.focus();
    });
    this.replaceChildren(nav);
    void offerAssistant();
  }
}

/** In the corner of every page of a client but its own. */
async function offerAssistant() {
  const offered = () => document.querySelector("omega-ask");
  if (audience() !== "client" || here === "/assistant") return offered()?.remove();
  await import("../components/ask-panel/ask-panel.js").catch(() => {});
  if (!offered()) document.querySelector(".site-footer")?.before(document.createElement("omega-ask"));
}

const audience = () => (!seemsSignedIn() ? "visitor" : isStaff() ? "staff" : "client");

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
      el("nav", { "aria-label": "About OmegaOS" }, el("ul", {}, ...linkedIn("footer").map(item))),
    );
  }
}

customElements.define("omega-nav", OmegaNav);
customElements.define("omega-footer", OmegaFooter);
