// A half-written text survives a closed lid, a lost session, a crash: forms with data-draft="key" are kept in this
// browser, per person, until they are sent. Passwords, files and hidden fields are never kept; nothing after 7 days.
import { fresh } from "./find.js";

const WEEK = 7 * 24 * 3600 * 1000;
const person = () => document.body.dataset.person ?? "nobody";
const place = (form) => `draft:${person()}:${form.dataset.draft}`;

function fields(form) {
  return [...form.elements].filter(
    (field) => field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type),
  );
}

function read(form) {
  try {
    const draft = JSON.parse(localStorage.getItem(place(form)) ?? "null");
    return draft && Date.now() - draft.at < WEEK ? draft.values : null;
  } catch {
    return null;
  }
}

function write(form) {
  const values = {};
  for (const field of fields(form)) {
    if (["checkbox", "radio"].includes(field.type)) {
      if (field.checked) (values[field.name] ??= []).push(field.value);
    } else if (field.value !== field.defaultValue || field.type.startsWith("select")) {
      values[field.name] = [field.value];
    }
  }
  try {
    localStorage.setItem(place(form), JSON.stringify({ at: Date.now(), values }));
  } catch {
    // A full or forbidden storage: the form works without.
  }
}

function restore(form, values) {
  for (const field of fields(form)) {
    const kept = values[field.name];
    if (!kept) continue;
    if (["checkbox", "radio"].includes(field.type)) field.checked = kept.includes(field.value);
    else if (!field.value) field.value = kept[0];
  }
}

export function start() {
  // What was sent and accepted: the page after it names the draft as done.
  for (const done of document.querySelectorAll("[data-draft-done]")) {
    localStorage.removeItem(`draft:${person()}:${done.dataset.draftDone}`);
  }
}

export function bind(root) {
  for (const form of fresh(root, "form[data-draft]", "draft")) {
    const values = read(form);
    // After a refused POST the server has filled the fields; its version wins.
    if (values && !form.querySelector("[aria-invalid=true]")) restore(form, values);
    form.addEventListener("input", () => write(form));
    form.addEventListener("change", () => write(form));
    form.addEventListener("submit", () => {
      sessionStorage.setItem("draft-sent", place(form));
      if (form.dataset.draftKeep === undefined) {
        // If the answer is this form again, the fields come back from the server; if the network fails, from here.
        addEventListener("pagehide", () => localStorage.removeItem(place(form)), { once: true });
      }
    });
    form.addEventListener("reset", () => localStorage.removeItem(place(form)));
  }
}
