// @ts-check
// The assistant in the corner of each page of a client: <omega-ask>. With room for it the panel stands beside the page;
// else it takes the whole screen until it is closed.
import { el, icon } from "../../modules/dom.js";

/** Where this tab keeps that the panel is open. */
const storageKey = "omega-ask";
const wide = matchMedia("(min-width: 64rem)");
const usable = "a, button, input, select, textarea, summary, [tabindex='0']";
/** How far up, in CSS pixels, the button looks for a free place. */
const raises = [0, 56, 112, 168, 224, 280];
/** Milliseconds without a move after which it looks. */
const rest = 100;

export class OmegaAsk extends HTMLElement {
  #button = el(
    "button",
    { type: "button", class: "button ask-button", "aria-label": "Ask the assistant", "aria-expanded": "false", "aria-controls": "ask-panel", onclick: () => void this.#open(true) },
    icon("message-circle"),
    "Ask",
  );
  #title = el("h2", { id: "ask-title", tabindex: "-1" }, "Assistant");
  #place = el("div", { class: "scroller" });
  #panel = el(
    "dialog",
    { class: "ask-panel", id: "ask-panel", "aria-labelledby": "ask-title" },
    el(
      "div",
      { class: "ask-head" },
      this.#title,
      el("a", { href: "/assistant" }, "Open as a page"),
      el("button", { type: "button", class: "button button-quiet button-icon", "aria-label": "Close the assistant", onclick: () => this.#close() }, icon("x")),
    ),
    this.#place,
  );
  #leaving = new AbortController();
  #growth = new ResizeObserver(() => this.#step());
  #changes = new MutationObserver(() => this.#step());

  connectedCallback() {
    const { signal } = this.#leaving;
    this.setAttribute("role", "complementary");
    this.setAttribute("aria-label", "Assistant");
    this.replaceChildren(this.#button, this.#panel);
    this.#panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      this.#close();
    });
    // On a phone "back" is a way to close, too; the browser tells of it so.
    this.#panel.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#close();
    });
    wide.addEventListener("change", () => this.#move(), { signal });
    for (const name of ["scroll", "resize", "focusin"]) addEventListener(name, () => this.#step(), { passive: true, signal });
    // Also when the page grows: most of what it shows comes later.
    this.#growth.observe(document.body);
    // And when it does not grow, but something comes to stand where the button is.
    this.#changes.observe(document.body, { childList: true, subtree: true, attributeFilter: ["hidden", "open"] });

    // On a phone a link that was followed must show its page, not the sheet again.
    if (!wide.matches) remember(false);
    else if (remembered()) void this.#open(false);
  }

  disconnectedCallback() {
    this.#leaving.abort();
    this.#growth.disconnect();
    this.#changes.disconnect();
    delete document.documentElement.dataset.ask;
  }

  /** @param {boolean} asked by the reader, who then wants to type */
  async #open(asked) {
    remember(true);
    this.#show();
    this.#button.hidden = true;
    this.#button.setAttribute("aria-expanded", "true");
    if (asked) this.#title.focus();
    await import("../chat/chat.js");
    let chat = /** @type {import("../chat/chat.js").OmegaChat | null} */ (this.#place.querySelector("omega-chat"));
    const ready = () => {
      // On a phone the keyboard would come up over half of it.
      if (asked && this.#panel.contains(document.activeElement) && !matchMedia("(pointer: coarse)").matches) chat?.focusInput();
    };
    if (chat) return ready();
    chat = /** @type {import("../chat/chat.js").OmegaChat} */ (document.createElement("omega-chat"));
    chat.addEventListener("omega:ready", ready, { once: true });
    this.#place.append(chat);
  }

  #show() {
    if (wide.matches) {
      // Not by show(), which would take the focus from where it is.
      this.#panel.setAttribute("open", "");
      document.documentElement.dataset.ask = "open";
    } else this.#panel.showModal();
  }

  #hide() {
    this.#panel.close();
    delete document.documentElement.dataset.ask;
  }

  #close() {
    remember(false);
    this.#button.hidden = false;
    this.#button.setAttribute("aria-expanded", "false");
    this.#hide();
    this.#step();
    this.#button.focus();
  }

  /** From beside the page to over it, or back, when the window changed. */
  #move() {
    if (!this.#panel.open) return;
    const focused = document.activeElement;
    this.#hide();
    this.#show();
    if (focused instanceof HTMLElement && this.#panel.contains(focused)) focused.focus();
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #waiting;

  /** Keeps off what can be used: a button that lies over another makes that one useless. */
  #step() {
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => {
      if (this.#button.hidden) return;
      const free = raises.find((raise) => !this.#covers(raise));
      this.#button.toggleAttribute("data-aside", free === undefined);
      this.#button.style.setProperty("--raise", `${-(free ?? 0)}px`);
    }, rest);
  }

  /** @param {number} raise */
  #covers(raise) {
    // Of the element, which stays where the button would be without a raise.
    const { left, top, width, height } = this.getBoundingClientRect();
    for (let x = 0; x <= 4; x += 1) {
      for (let y = 0; y <= 3; y += 1) {
        const below = document.elementsFromPoint(left + (x / 4) * (width - 1), top - raise + (y / 3) * (height - 1));
        if (below.some((element) => !this.contains(element) && isUsable(element))) return true;
      }
    }
    return false;
  }
}

/** @param {Element} element */
function isUsable(element) {
  const label = element.closest("label");
  return element.closest(usable) !== null || (label?.control instanceof HTMLInputElement && ["radio", "checkbox", "file"].includes(label.control.type));
}

function remembered() {
  try {
    return sessionStorage.getItem(storageKey) !== null;
  } catch {
    return false;
  }
}

/** @param {boolean} open */
function remember(open) {
  try {
    if (open) sessionStorage.setItem(storageKey, "open");
    else sessionStorage.removeItem(storageKey);
  } catch {
    // Then each page begins with the panel closed.
  }
}

customElements.define("omega-ask", OmegaAsk);
