// @ts-check
// The notice that nothing can be saved for a while: at the head of whatever page is open, and gone with the first
// answer that does not say so any more.
import { el } from "./dom.js";

const id = "read-only";

/** @param {boolean} readOnly whether the last answer said so */
export function tellReadOnly(readOnly) {
  const shown = document.getElementById(id);
  if (!readOnly) return shown?.remove();
  if (shown) return;
  const words = "OmegaOS is read-only for a while: you can look at everything, but nothing can be saved, sent or uploaded right now. Nothing that you saved is lost.";
  document.getElementById("main")?.prepend(el("div", { id, class: "notice notice-warn", role: "status" }, el("p", {}, words)));
}
