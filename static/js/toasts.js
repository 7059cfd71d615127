// Messages: closed by their button, by Escape, or on their own when they bring good news.
import { fresh } from "./find.js";

export function bind(root) {
  for (const toast of fresh(root, "[data-toast]", "toast")) {
    toast.querySelector("[data-close]")?.addEventListener("click", () => toast.remove());
    // Bad news stays until it is read.
    if (!["bad", "warn"].includes(toast.dataset.tone)) setTimeout(() => leave(toast), 8000);
  }
}

function leave(toast) {
  if (toast.matches(":hover, :focus-within")) setTimeout(() => leave(toast), 3000);
  else toast.remove();
}

export function say(text, tone = "bad", link = null) {
  const region = document.getElementById("toasts");
  if (!region) return;
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.dataset.tone = tone;
  toast.dataset.toast = "";
  const words = document.createElement("div");
  words.className = "text";
  words.textContent = text;
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link.url;
    anchor.textContent = link.label;
    words.append(" ", anchor);
  }
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button quiet compact only-icon";
  close.dataset.close = "";
  close.textContent = "×";
  close.setAttribute("aria-label", region.dataset.close || "Close");
  toast.append(words, close);
  region.append(toast);
  bind(region);
}
