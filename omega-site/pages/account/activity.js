// @ts-check
import { callApi } from "../../modules/api.js";
import { announce, el } from "../../modules/dom.js";
import { deviceName } from "../../modules/devices.js";
import { explain } from "../../modules/errors.js";
import { forgetDrafts } from "../../modules/drafts.js";
import { showBusy } from "../../modules/form.js";
import { moment, plural } from "../../modules/format.js";
import { supabase } from "../../modules/session.js";
import { ask } from "../../components/dialog/dialog.js";

/** @typedef {{id: string, title: string, detail: string | null, actor: string, at: string}} Entry */
/** @typedef {{created_at: string, last_used_at: string, user_agent: string | null, ip: string | null, is_current: boolean}} Device */

const pageSize = 20;

/** @param {HTMLElement} box */
export async function draw(box) {
  const first = await callApi("account/activity", { query: { limit: pageSize } });
  box.classList.replace("stack", "stack-loose");
  const devices = el("div", { class: "stack" });
  drawDevices(devices, first.sessions);

  const list = el("ul", { class: "rows" }, ...first.activity.map(row));
  const failure = el("p", { class: "field-error", role: "alert", hidden: true });
  const more = el("button", { type: "button", class: "button button-quiet" }, "Show older");
  /** @type {string | null} */
  let cursor = first.next_cursor;
  more.hidden = cursor === null;
  more.addEventListener("click", async () => {
    if (more.getAttribute("aria-disabled")) return;
    failure.hidden = true;
    const rest = showBusy(more, "Loading…");
    try {
      const page = await callApi("account/activity", { query: { limit: pageSize, cursor } });
      const rows = page.activity.map(row);
      list.append(...rows);
      cursor = page.next_cursor;
      announce(`${plural(rows.length, "more entry", "more entries")}.`);
      if (cursor === null) {
        more.hidden = true;
        // The button that had the focus is gone; go on where the new entries begin.
        rows[0]?.setAttribute("tabindex", "-1");
        rows[0]?.focus();
      }
    } catch (error) {
      failure.textContent = explain(error);
      failure.hidden = false;
    } finally {
      rest();
    }
  });
  box.append(
    devices,
    el(
      "div",
      { class: "section stack" },
      el("h3", {}, "What happened on your account"),
      el("p", { class: "meta" }, "Anything here that you don’t know? Change your password, then write to us."),
      list,
      failure,
      el("p", { class: "pagination" }, more),
    ),
  );
}

/** @param {Entry} entry */
function row({ title, detail, actor, at }) {
  const who = actor === "staff" ? " · by our team" : "";
  return el(
    "li",
    { class: "row" },
    el("div", {}, el("p", { class: "row-title" }, title), detail && el("p", {}, detail)),
    el("p", { class: "meta" }, el("time", { datetime: at }, moment(at)), who),
  );
}

/**
 * @param {HTMLElement} box
 * @param {Device[]} sessions
 */
function drawDevices(box, sessions) {
  const others = sessions.filter(({ is_current }) => !is_current).length;
  const failure = el("p", { class: "field-error", role: "alert", hidden: true });
  const elsewhere = el("button", { type: "button", class: "button button-quiet" }, "Sign out everywhere else");
  const everywhere = el("button", { type: "button", class: "link-button" }, "Sign out everywhere, here too");
  box.replaceChildren(
    el("h3", {}, "Where you are signed in"),
    el(
      "ul",
      { class: "rows" },
      ...sessions.map(({ created_at, last_used_at, user_agent, ip, is_current }) =>
        el(
          "li",
          { class: "row" },
          el(
            "div",
            {},
            el("p", { class: "row-title" }, deviceName(user_agent)),
            el("p", { class: "meta" }, `Signed in ${moment(created_at)} · last used ${moment(last_used_at)}${ip ? ` · ${ip}` : ""}`),
          ),
          is_current && el("p", {}, el("span", { class: "tag tag-good" }, "This device")),
        ),
      ),
    ),
    failure,
    el("p", { class: "actions" }, others > 0 && elsewhere, everywhere),
  );

  /**
   * @param {HTMLElement} button
   * @param {"others" | "global"} scope
   * @param {() => void} then
   */
  const end = async (button, scope, then) => {
    if (button.getAttribute("aria-disabled")) return;
    failure.hidden = true;
    const rest = showBusy(button, "Signing out…");
    try {
      const { auth } = await supabase();
      const { error } = await auth.signOut({ scope });
      if (error) throw error;
      then();
    } catch {
      failure.textContent = "We could not sign you out there. Check your internet connection and try again.";
      failure.hidden = false;
    } finally {
      rest();
    }
  };
  elsewhere.addEventListener("click", () =>
    end(elsewhere, "others", () => {
      drawDevices(box, sessions.filter(({ is_current }) => is_current));
      announce("All other devices are signed out.");
      box.querySelector("h3")?.setAttribute("tabindex", "-1");
      box.querySelector("h3")?.focus();
    }),
  );
  everywhere.addEventListener("click", async () => {
    const sure = await ask({
      title: "Sign out everywhere?",
      body: ["You are signed out on this device and on every other one. Nothing that you saved is lost."],
      confirm: "Sign out everywhere",
    });
    if (!sure) return;
    await end(everywhere, "global", () => {
      forgetDrafts();
      location.assign("/sign-in?signed-out=everywhere");
    });
  });
}
