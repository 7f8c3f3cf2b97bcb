// @ts-check
// Pages of our team: who else comes here is told so, and how a client's document is opened.
import { el, find, icon } from "./dom.js";
import { Problem, secondStepNeeded } from "./errors.js";
import { showFailure } from "./failure.js";
import { isStaff, mayChange, requireSession, signOut, tookSecondStep } from "./session.js";
import { askSupabase } from "./supabase.js";

/** @typedef {import("../components/upload/upload.js").StoredDocument} StoredDocument */

/**
 * Shows the page to our team alone.
 * @param {() => Promise<void>} show
 * @returns {Promise<void>}
 */
export async function forStaff(show) {
  find("#failure").hidden = true;
  let session;
  try {
    session = await requireSession();
  } catch (error) {
    find("#loading").hidden = true;
    return showFailure(find("#failure"), error, () => forStaff(show));
  }
  // Only a courtesy: the API decides, and refuses whoever changed what is stored here.
  if (!isStaff()) return refuse(ofClients());
  if (!tookSecondStep(session)) return refuse(withoutSecondStep());
  await show();
}

/**
 * Whether the API refused who asks as such; the page then says so instead of what it was to show.
 * @param {unknown} error
 */
export function isRefused(error) {
  if (!(error instanceof Problem) || error.status !== 403) return false;
  refuse(error.type === secondStepNeeded ? withoutSecondStep() : ofClients());
  return true;
}

/** Says to read-only staff why there is nothing to press; nothing to all others. */
export const readOnlyNotice = () => (mayChange() ? null : el("p", { class: "notice" }, "Your role is read-only: you see everything and change nothing. An owner of the firm can give you another role."));

/** @param {HTMLElement} why */
function refuse(why) {
  if (document.querySelector("#refused")) return;
  find("#loading").hidden = true;
  find("#content").hidden = true;
  find("#content").before(why);
}

const ofClients = () =>
  el(
    "div",
    { id: "refused", class: "empty-state" },
    icon("lock"),
    el("h2", {}, "This page is for our team"),
    el("p", {}, "Your account is a client’s. If you have just joined the team, sign out and sign in again."),
    el("p", { class: "actions" }, el("a", { class: "button", href: "/" }, "Go to the start page"), " ", el("a", { href: "/status" }, "See whether OmegaOS works right now")),
  );

const withoutSecondStep = () =>
  el(
    "div",
    { id: "refused", class: "empty-state" },
    icon("lock"),
    el("h2", {}, "Two-step sign-in is needed here"),
    el("p", {}, "Our team signs in with a password and a code from an app. If you have no app for it yet, set one up: it takes a minute."),
    el(
      "p",
      { class: "actions" },
      el("a", { class: "button", href: "/account?section=two-step" }, "Set up two-step sign-in"),
      " ",
      // What this device keeps of the account may be older than the app that was set up on another one.
      el("button", { class: "link-button", type: "button", onclick: () => void signOut() }, "Sign in with your second step"),
    ),
  );

/**
 * Opens a document of a client's: for five minutes its file can be read. That it was opened is on the record.
 * @param {string} id
 * @returns {Promise<StoredDocument>}
 */
export async function openDocument(id) {
  const response = await askSupabase("/rest/v1/rpc/open_document", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/vnd.pgrst.object+json" },
    body: JSON.stringify({ document_id: id }),
  });
  if (response.ok) return response.json();
  throw new Problem({ status: response.status, detail: response.status === 404 ? "This document is not there any more. Reload the page." : "" });
}
