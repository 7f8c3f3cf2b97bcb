// @ts-check
import { append, el, find } from "../../modules/dom.js";
import { Problem, Unreachable } from "../../modules/errors.js";
import { enhanceForm, FormErrors, showBusy, textOf } from "../../modules/form.js";
import { moment } from "../../modules/format.js";
import { codeField, codeMissing, codeRefusal, readCode } from "../../modules/second-step.js";
import { supabase } from "../../modules/session.js";
import { ask } from "../../components/dialog/dialog.js";
import { toast } from "../../components/toast/toast.js";

/** @typedef {import("@supabase/supabase-js").Factor} Factor */

/** @param {HTMLElement} box */
export async function draw(box) {
  const content = el("div", { class: "stack" });
  await show(content);
  box.append(content);
}

/** @param {import("@supabase/supabase-js").AuthError} error */
function refusal({ name, code, status }) {
  if (name === "AuthRetryableFetchError" && !status) return new Unreachable("network");
  if (code === "mfa_factor_name_conflict") return new FormErrors([{ field: "name", message: "You have an app of this name. Choose another name." }]);
  if (code === "too_many_enrolled_mfa_factors") return new FormErrors([{ message: "You have as many apps as there can be. Remove one first." }]);
  return new Problem({ status: status ?? 500 });
}

/**
 * What is set up, and what can be done about it.
 * @param {HTMLElement} content
 */
async function show(content) {
  const { auth } = await supabase();
  const { data, error } = await auth.mfa.listFactors();
  if (error) throw refusal(error);
  const factors = data.totp;
  const explanation = el(
    "p",
    {},
    "With two-step sign-in we ask for your password and then for a code that an app on your phone shows. Somebody who has found out your password still can’t get in.",
  );
  if (factors.length === 0) {
    content.replaceChildren(
      explanation,
      el(
        "p",
        {},
        "You need an authenticator app. Many password managers have one built in; Google Authenticator and Microsoft Authenticator are free.",
      ),
      addForm(content, "Turn on two-step sign-in", "My phone"),
    );
    return;
  }
  content.replaceChildren(
    el("p", { class: "notice notice-good" }, "Two-step sign-in is on."),
    explanation,
    el("h3", {}, factors.length === 1 ? "Your app" : "Your apps"),
    el("ul", { class: "rows" }, ...factors.map((factor) => row(content, factor, factors.length === 1))),
    ...(factors.length === 1 ? [secondAppAdvice()] : []),
    el("h3", {}, "Add another app"),
    addForm(content, "Add an app", "My tablet"),
  );
}

const secondAppAdvice = () =>
  el(
    "p",
    { class: "notice notice-warn" },
    "Add a second app on another device, for instance a tablet or your password manager. Without one you can’t sign in when you lose your phone, until a person of our team has made sure that it is you.",
  );

/**
 * @param {HTMLElement} content
 * @param {Factor} factor
 * @param {boolean} last
 */
function row(content, factor, last) {
  const name = factor.friendly_name || "Authenticator app";
  const remove = el("button", { type: "button", class: "button button-quiet button-small", "aria-label": `Remove ${name}` }, "Remove");
  const failure = el("p", { class: "field-error", role: "alert", hidden: true });
  remove.addEventListener("click", async () => {
    if (remove.getAttribute("aria-disabled")) return;
    failure.hidden = true;
    const sure = await ask({
      title: last ? "Turn off two-step sign-in?" : `Remove ${name}?`,
      body: [
        last ? "From then on your password alone lets you in, and anybody who finds it out." : "Its codes do not let you in any more.",
        "Delete the entry in the app afterwards.",
      ],
      confirm: last ? "Turn it off" : "Remove",
      danger: true,
    });
    if (!sure) return;
    const rest = showBusy(remove, "Removing…");
    try {
      const { auth } = await supabase();
      const { error } = await auth.mfa.unenroll({ factorId: factor.id });
      if (error) throw error;
      // The session still says what it was; a new token knows.
      await auth.refreshSession();
      await show(content);
      toast(last ? "Two-step sign-in is off." : `${name} is removed.`);
    } catch {
      rest();
      failure.textContent = "We could not remove it. Reload the page and try again.";
      failure.hidden = false;
    }
  });
  return el(
    "li",
    {},
    el(
      "div",
      { class: "row" },
      el("div", {}, el("p", { class: "row-title" }, name), el("p", { class: "meta" }, `Since ${moment(factor.created_at)}`)),
      remove,
    ),
    failure,
  );
}

/**
 * @param {HTMLElement} content
 * @param {string} label
 * @param {string} suggestion
 */
function addForm(content, label, suggestion) {
  const form = el(
    "form",
    { class: "form", method: "post" },
    el(
      "div",
      { class: "field" },
      el("label", { for: "name" }, "Name for the device with the app"),
      el("p", { class: "hint", id: "name-hint" }, "So that you know which one it is when we ask."),
      el("input", { id: "name", name: "name", class: "short", value: suggestion, maxlength: "60", autocomplete: "off", "aria-describedby": "name-hint", required: true }),
    ),
    el("p", { class: "actions" }, el("button", { class: "button", type: "submit" }, label)),
  );
  enhanceForm(form, {
    busy: "One moment…",
    check: () => (textOf(form, "name") ? [] : [{ field: "name", message: "Enter a name, for example My phone." }]),
    async send() {
      const { auth } = await supabase();
      // What was begun and given up would be in the way of the same name.
      const { data: found } = await auth.mfa.listFactors();
      for (const { id, status } of found?.all ?? []) if (status === "unverified") await auth.mfa.unenroll({ factorId: id });
      const { data, error } = await auth.mfa.enroll({ factorType: "totp", friendlyName: textOf(form, "name"), issuer: "OmegaOS" });
      if (error) throw refusal(error);
      showSetUp(content, data);
    },
  });
  return form;
}

/**
 * The code to scan, and proof that the app has it.
 * @param {HTMLElement} content
 * @param {{id: string, totp: {qr_code: string, secret: string, uri: string}}} factor
 */
function showSetUp(content, { id, totp }) {
  // A blob, as the site's policy lets no image come from the address itself.
  const svg = totp.qr_code.replace(/^data:image\/svg\+xml;[^,]*,/, "");
  const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  const picture = el("img", { class: "qr-code", src: address, width: 200, height: 200, alt: "The code to scan. The same as text stands below." });
  picture.addEventListener("load", () => URL.revokeObjectURL(address));

  const copy = el("button", { type: "button", class: "button button-quiet button-small" }, "Copy");
  const spaced = totp.secret.replace(/(.{4})(?=.)/g, "$1 ");
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(totp.secret);
      toast("Copied.");
    } catch {
      toast("Your browser does not let us copy. Select the text and copy it yourself.");
    }
  });
  const cancel = el("button", { type: "button", class: "link-button" }, "Cancel");
  cancel.addEventListener("click", async () => {
    const { auth } = await supabase();
    await auth.mfa.unenroll({ factorId: id });
    await show(content);
    find("#section").scrollIntoView({ block: "start" });
  });
  const form = el(
    "form",
    { class: "form", method: "post" },
    codeField(),
    el("p", { class: "actions" }, el("button", { class: "button", type: "submit" }, "Turn it on"), cancel),
  );
  const heading = el("h3", { tabindex: "-1" }, "1. Scan this with the app");
  const onPhone = matchMedia("(pointer: coarse)").matches;
  content.replaceChildren();
  append(
    content,
    heading,
    picture,
    // No camera sees the screen it is part of: the app on this same phone takes the link or the text.
    onPhone && el("p", {}, el("a", { href: totp.uri }, "Open it in the app on this device")),
    el(
      "details",
      { open: onPhone },
      el("summary", {}, "You can’t scan it? Type this into the app instead"),
      el("p", { class: "secret-row" }, el("code", { class: "secret" }, spaced), copy),
    ),
    el("p", { class: "meta" }, "Keep it to yourself: whoever has it can make your codes. You may write it down and lock it away, to set up a new phone one day."),
    el("h3", {}, "2. Enter the code that the app shows"),
    form,
  );
  heading.focus();

  enhanceForm(form, {
    busy: "Checking…",
    check: () => (readCode(textOf(form, "code")) ? [] : [codeMissing]),
    async send() {
      const { auth } = await supabase();
      const { error } = await auth.mfa.challengeAndVerify({ factorId: id, code: readCode(textOf(form, "code")) ?? "" });
      if (error) throw codeRefusal(error);
      await show(content);
      toast("Two-step sign-in is on.");
      const title = find("#section-title");
      title.setAttribute("tabindex", "-1");
      title.focus();
    },
  });
}
