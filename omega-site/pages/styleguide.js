// @ts-check
import "../modules/nav.js";
import { ask } from "../components/dialog/dialog.js";
import { toast } from "../components/toast/toast.js";
import { find } from "../modules/dom.js";

find('[data-example="dialog"]').addEventListener("click", async () => {
  const removed = await ask({
    title: "Remove this document?",
    body: ["statement-january.pdf will be gone from your documents. You can upload it again."],
    confirm: "Remove",
    danger: true,
  });
  toast(removed ? "statement-january.pdf removed." : "Nothing was removed.");
});

find('[data-example="toast"]').addEventListener("click", () => toast("statement-january.pdf removed.", { label: "Undo", act: () => toast("It is back.") }));
