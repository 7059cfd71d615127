// j/k/Enter/x in a list, "/" to the search box, "?" for the keys of this page, and one key for every data-key.
import { typing } from "./find.js";
import { toggle } from "./tables.js";

const lines = () => [...document.querySelectorAll("[data-list] tbody tr")].filter((line) => line.offsetParent);

function here() {
  return document.querySelector("[data-list] tbody tr[data-here]");
}

function go(step) {
  const all = lines();
  if (!all.length) return;
  const next = all[Math.min(all.length - 1, Math.max(0, all.indexOf(here()) + step))] ?? all[0];
  here()?.removeAttribute("data-here");
  next.dataset.here = "";
  next.scrollIntoView({ block: "nearest" });
  (next.querySelector("a[href]") ?? next.querySelector("input"))?.focus({ preventScroll: true });
}

function help() {
  const dialog = document.getElementById("keys");
  const list = dialog?.querySelector("[data-keys]");
  if (!list) return;
  for (const old of list.querySelectorAll("[data-declared]")) old.remove();
  for (const element of document.querySelectorAll("[data-key]")) {
    if (!element.offsetParent) continue;
    const term = document.createElement("dt");
    const key = document.createElement("kbd");
    key.className = "key";
    key.textContent = element.dataset.key;
    term.append(key);
    const words = document.createElement("dd");
    words.textContent = element.getAttribute("aria-label") ?? element.querySelector("span")?.textContent ?? element.textContent;
    term.dataset.declared = words.dataset.declared = "";
    list.append(term, words);
  }
  for (const part of list.querySelectorAll("[data-for-list]")) part.hidden = !lines().length;
  dialog.showModal();
}

export function start() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const act = {
      "?": help,
      "/": () => document.querySelector("[data-filters] input[type=search], [data-filters] .find input, #search-all")?.focus(),
      j: () => go(1),
      k: () => go(here() ? -1 : 0),
      x: () => here() && toggle(here()),
    }[event.key];
    const declared = [...document.querySelectorAll("[data-key]")].find(
      (element) => element.dataset.key === event.key && element.offsetParent,
    );
    if (declared) {
      event.preventDefault();
      declared.click();
    } else if (act) {
      event.preventDefault();
      act();
    } else if (event.key === "Enter" && here() && event.target === document.body) {
      here().querySelector("a[href]")?.click();
    }
  });
}
