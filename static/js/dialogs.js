// Native dialogs instead of a page, menus that close when one looks elsewhere, and the error summary.
import { fresh } from "./find.js";

export function start() {
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

export function bind(root) {
  for (const opener of fresh(root, "[data-dialog]", "dialog")) {
    opener.addEventListener("click", (event) => {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (!dialog?.showModal || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      dialog.showModal();
    });
  }
  for (const menu of fresh(root, "details.menu", "menu")) {
    menu.addEventListener("toggle", () => {
      const sheet = menu.querySelector(":scope > .sheet");
      if (!menu.open || !sheet) return;
      // A sheet that would hang over the edge of the window hangs at its other side.
      const { left, right } = sheet.getBoundingClientRect();
      if (right > innerWidth) menu.classList.replace("start", "end") || menu.classList.add("end");
      else if (left < 0) menu.classList.replace("end", "start") || menu.classList.add("start");
    });
  }
  for (const dialog of fresh(root, "dialog", "dialog")) {
    dialog.addEventListener("click", (event) => {
      // The backdrop is the dialog itself; its content is inside header and body.
      if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
    });
  }
  for (const summary of fresh(root, "[data-error-summary]", "summary")) summary.focus();
  for (const back of fresh(root, "[data-back]", "back")) {
    back.addEventListener("click", (event) => {
      if (history.length < 2) return;
      event.preventDefault();
      history.back(); // keeps what was written in the form
    });
  }
}
