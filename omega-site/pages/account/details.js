// @ts-check
import { callApi } from "../../modules/api.js";
import { el } from "../../modules/dom.js";
import { moment, phone } from "../../modules/format.js";

/**
 * @param {HTMLElement} box
 * @param {import("@supabase/supabase-js").Session} session
 */
export async function draw(box, { user }) {
  const { profile } = await callApi("onboarding/profile");
  const submitted = profile.submitted_at !== null;
  const line = (/** @type {string} */ name, /** @type {string | null} */ value) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, value || "Not answered yet"));
  box.append(
    el(
      "dl",
      { class: "summary" },
      line("Your full name", profile.full_name),
      line("Email address", user.email ?? profile.email),
      line("Phone number", profile.phone && phone(profile.phone)),
      line("Business name", profile.business_name),
      line("EIN", profile.ein),
      line("Account opened", moment(profile.created_at)),
    ),
    el(
      "p",
      {},
      submitted
        ? "Your name, business name and EIN are locked since you submitted your onboarding: contracts and tax filings are drawn up from them. "
        : "You change your answers in the onboarding, as long as it is not submitted. ",
      submitted
        ? el("a", { href: "/assistant" }, "Write to us to have them changed")
        : el("a", { href: "/onboarding?step=review" }, "See and change your answers"),
      ".",
    ),
  );
}
