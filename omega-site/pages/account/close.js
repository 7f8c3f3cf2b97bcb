// @ts-check
import { callApi } from "../../modules/api.js";
import { el } from "../../modules/dom.js";
import { explain } from "../../modules/errors.js";
import { enhanceForm, showBusy, textOf } from "../../modules/form.js";
import { moment } from "../../modules/format.js";
import { ask } from "../../components/dialog/dialog.js";

/** @typedef {{status: "open" | "withdrawn" | "accepted" | "declined", reason: string | null, requested_at: string, settled_at: string | null}} Closure */

/** @param {HTMLElement} box */
export async function draw(box) {
  const content = el("div", { class: "stack" });
  show(content, (await callApi("account/closure")).closure);
  box.append(content);
}

/**
 * @param {HTMLElement} content
 * @param {Closure | null} closure
 */
function show(content, closure) {
  if (closure?.status === "open") showOpen(content, closure);
  else if (closure?.status === "accepted") {
    content.replaceChildren(
      el(
        "div",
        { class: "notice" },
        el("p", {}, `Our team accepted your request on ${moment(closure.settled_at ?? "")}.`),
        el("p", {}, "We write to you when your account is closed. Download your data before that."),
      ),
    );
  } else showForm(content, closure);
}

/**
 * @param {HTMLElement} content
 * @param {Closure} closure
 */
function showOpen(content, closure) {
  const withdraw = el("button", { type: "button", class: "button button-quiet" }, "Take the request back");
  const failure = el("p", { class: "field-error", role: "alert", hidden: true });
  const notice = el(
    "div",
    { class: "notice", tabindex: "-1" },
    el("p", {}, el("strong", {}, `You asked us on ${moment(closure.requested_at)} to close your account.`)),
    el("p", {}, "Nothing is closed yet. A person of our team looks at what must be finished first, and writes to you. Until then everything works as before."),
    closure.reason && el("p", {}, `Your reason: ${closure.reason}`),
  );
  withdraw.addEventListener("click", async () => {
    if (withdraw.getAttribute("aria-disabled")) return;
    failure.hidden = true;
    const rest = showBusy(withdraw, "Taking it back…");
    try {
      const answer = await callApi("account/closure", { method: "POST", body: { action: "withdraw" } });
      show(content, answer.closure);
      content.querySelector("p")?.setAttribute("tabindex", "-1");
      content.querySelector("p")?.focus();
    } catch (error) {
      rest();
      failure.textContent = explain(error);
      failure.hidden = false;
    }
  });
  content.replaceChildren(notice, failure, el("p", { class: "actions" }, withdraw));
}

/**
 * @param {HTMLElement} content
 * @param {Closure | null} last
 */
function showForm(content, last) {
  const form = el(
    "form",
    { class: "form", method: "post" },
    el(
      "div",
      { class: "field" },
      el("label", { for: "reason" }, "Why do you want to leave? ", el("span", { class: "optional" }, "(optional)")),
      el("input", { id: "reason", name: "reason", maxlength: "200", autocomplete: "off" }),
    ),
    el("p", { class: "actions" }, el("button", { class: "button button-danger", type: "submit" }, "Ask to close your account")),
  );
  content.replaceChildren(
    ...(last?.status === "withdrawn" ? [el("p", { class: "notice notice-good" }, "Your request is taken back. Your account stays open.")] : []),
    ...(last?.status === "declined"
      ? [el("p", { class: "notice" }, `Our team could not close your account when you asked on ${moment(last.requested_at)}, and wrote to you why.`)]
      : []),
    el("p", {}, "You ask us, and a person of our team writes to you about it. Nothing is deleted behind your back:"),
    el(
      "ul",
      { class: "list" },
      el("li", {}, "First we look at what must be finished for you, a tax return for instance."),
      el("li", {}, "Some papers the law may make us keep. We tell you which."),
      el("li", {}, "You can take the request back until we have decided."),
    ),
    el("p", {}, "Before you go: ", el("a", { href: "/account?section=export" }, "download your data"), "."),
    form,
  );
  enhanceForm(form, {
    busy: "One moment…",
    async send() {
      const sure = await ask({
        title: "Ask us to close your account?",
        body: ["A person of our team reads your request and writes to you. Nothing is closed before that."],
        confirm: "Send the request",
        danger: true,
        typed: { label: "Type “close” to confirm", expected: "close" },
      });
      if (!sure) return;
      const answer = await callApi("account/closure", { method: "POST", body: { action: "ask", reason: textOf(form, "reason") || null } });
      show(content, answer.closure);
      content.querySelector(".notice")?.setAttribute("tabindex", "-1");
      /** @type {HTMLElement | null} */ (content.querySelector(".notice"))?.focus();
    },
  });
}
