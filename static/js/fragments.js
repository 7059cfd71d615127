// htmx answers that are not a fragment: a login page is never put into one, and a refusal becomes a message.
import { say } from "./toasts.js";

const words = () => document.getElementById("toasts")?.dataset ?? {};

export function start() {
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (!xhr.responseText.includes('name="techdesk-page" content="entrance"')) return;
    event.detail.shouldSwap = false;
    signedOut();
  });
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = event.detail;
    if (xhr.status === 401) return signedOut();
    const told = new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector("[data-problem-text]");
    say(told?.textContent.trim() || words().broken);
  });
  document.addEventListener("htmx:sendError", () => say(words().offline));
  document.addEventListener("htmx:timeout", () => say(words().offline));
}

export function signedOut() {
  const url = `/accounts/login/?next=${encodeURIComponent(location.pathname + location.search)}`;
  say(words().signedOut, "warn", { url, label: words().signIn });
}
