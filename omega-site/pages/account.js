// @ts-check
// One section at a time, by address, so that each can be linked, reloaded and gone back to.
import "../modules/nav.js";
import { el, find, setTitle } from "../modules/dom.js";
import { showFailure } from "../modules/failure.js";
import { requireSession } from "../modules/session.js";

/** @typedef {import("@supabase/supabase-js").Session} Session */
/** @typedef {{draw(box: HTMLElement, session: Session): Promise<void>}} Section */

/** @type {Record<string, () => Promise<Section>>} */
const sections = {
  details: () => import("./account/details.js"),
  email: () => import("./account/email.js"),
  password: () => import("./account/password.js"),
  "two-step": () => import("./account/two-step.js"),
  activity: () => import("./account/activity.js"),
  export: () => import("./account/export.js"),
  close: () => import("./account/close.js"),
};

const wanted = new URLSearchParams(location.search).get("section") ?? "";
const name = wanted in sections ? wanted : "details";
const address = name === "details" ? "/account" : `/account?section=${name}`;
/** @type {HTMLAnchorElement} */
const here = find(`#sections a[href="${address}"]`);
here.setAttribute("aria-current", "page");
// On a phone the list of sections is a page of its own.
if (name !== "details") find(".section-nav").dataset.inner = "";
const title = here.textContent ?? "";
setTitle(`${title} · Your account`);
const box = find("#section");

async function load() {
  find("#failure").hidden = true;
  try {
    const session = await requireSession();
    const section = await sections[name]?.();
    box.replaceChildren(el("h2", { id: "section-title" }, title));
    await section?.draw(box, session);
    box.hidden = false;
  } catch (error) {
    showFailure(find("#failure"), error, load);
  }
  find("#loading").hidden = true;
}

void load();
