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
  // A draft is done when the page after sending is neither the same form again, nor a refusal, nor the login page.
  const sent = sessionStorage.getItem("draft-sent");
  const again = [...document.querySelectorAll("form[data-draft]")].some((form) => place(form) === sent);
  const kind = document.querySelector('meta[name="techdesk-page"]')?.content;
  if (!sent || again || kind !== "page" || document.querySelector("[data-problem-text]")) return;
  sessionStorage.removeItem("draft-sent");
  localStorage.removeItem(sent);
}

export function bind(root) {
  for (const form of fresh(root, "form[data-draft]", "draft")) {
    const values = read(form);
    // After a refused POST the server has filled the fields; its version wins.
    if (values && !form.querySelector("[data-error-summary]")) restore(form, values);
    form.addEventListener("input", () => write(form));
    form.addEventListener("change", () => write(form));
    form.addEventListener("submit", () => sessionStorage.setItem("draft-sent", place(form)));
    form.addEventListener("reset", () => localStorage.removeItem(place(form)));
  }
}
