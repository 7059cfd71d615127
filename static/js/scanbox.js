// The scan box has the focus, always: after an answer, after a click beside it, after the tab comes back.
import { fresh, typing } from "./find.js";

function back() {
  const input = document.querySelector("[data-scanbox] input[type=text]");
  const busy = document.querySelector("dialog[open], details[data-menu][open]");
  if (!input || busy || (typing(document.activeElement) && document.activeElement !== input)) return;
  input.focus({ preventScroll: true });
  input.select();
}

export function start() {
  addEventListener("focus", back);
  document.addEventListener("htmx:afterSettle", back);
  document.addEventListener("close", back, true);
}

export function bind(root) {
  for (const form of fresh(root, "[data-scanbox]", "scan")) {
    back();
    document.addEventListener("click", (event) => {
      if (form.isConnected && !event.target.closest("a, button, input, textarea, select, summary, label")) {
        if (!String(getSelection())) back();
      }
    });
  }
}
