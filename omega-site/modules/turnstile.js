// @ts-check
// Cloudflare Turnstile, where the firm has turned it on: a proof that a person sends a form. Most people see nothing of it.
import { el } from "./dom.js";
import { Unreachable } from "./errors.js";
import { FormErrors } from "./form.js";
import { config } from "./session.js";
import { loadScript } from "./trusted.js";

/**
 * @typedef {object} Widget as Cloudflare documents it ("Embed the widget")
 * @property {(place: HTMLElement, options: object) => string} render
 * @property {(id: string) => void} reset
 */

/** How long a proof may take, in milliseconds: someone may have to press a box. */
const patience = 60_000;

const unproven = () =>
  new FormErrors([{ message: "We could not check that a person sends this. Reload the page and try again: what you typed stays." }]);

/**
 * Draws the widget above a form's button, as soon as it is known whether one is wanted.
 * @param {HTMLFormElement} form
 * @returns {() => Promise<string | null>} a proof for one try; null where none is asked for
 */
export function personProof(form) {
  const place = el("div", { class: "turnstile" });
  /** @type {PromiseWithResolvers<string>} */
  let proof = Promise.withResolvers();
  let used = false;

  const draw = async () => {
    const { turnstile } = await config();
    if (!turnstile) return null;
    await loadScript(turnstile.script);
    /** @type {Widget} */
    const widget = /** @type {any} */ (globalThis).turnstile;
    form.querySelector(".actions")?.before(place);
    const again = () => (proof = Promise.withResolvers());
    const id = widget.render(place, {
      sitekey: turnstile.site_key,
      appearance: "interaction-only",
      callback: (/** @type {string} */ token) => proof.resolve(token),
      "expired-callback": again,
      "error-callback": () => (proof.reject(unproven()), true),
    });
    return () => (again(), widget.reset(id));
  };
  let drawing = draw();
  // Told when the form is sent, not before.
  drawing.catch(() => {});

  return async () => {
    const reset = await drawing.catch((error) => {
      drawing = draw();
      drawing.catch(() => {});
      throw error instanceof Unreachable ? error : unproven();
    });
    if (!reset) return null;
    // A proof counts once.
    if (used) reset();
    used = true;
    const late = new Promise((_, reject) => setTimeout(() => reject(unproven()), patience));
    return /** @type {Promise<string>} */ (Promise.race([proof.promise, late]));
  };
}
