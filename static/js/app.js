// Everything here makes pages quicker or kinder; nothing is needed for them to work. Each module binds itself to
// data- attributes, once for the page and again for what htmx brings in.
import * as dialogs from "./dialogs.js";
import * as drafts from "./drafts.js";
import * as fragments from "./fragments.js";
import * as keyboard from "./keyboard.js";
import * as live from "./live.js";
import * as pickers from "./pickers.js";
import * as pictures from "./pictures.js";
import * as scanbox from "./scanbox.js";
import * as tables from "./tables.js";
import * as toasts from "./toasts.js";

const modules = [toasts, fragments, dialogs, drafts, keyboard, live, pickers, pictures, scanbox, tables];

for (const module of modules) module.start?.();

function bind(root) {
  for (const module of modules) module.bind?.(root);
}

bind(document);
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) bind(event.detail.elt);
});
