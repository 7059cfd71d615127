// Search as you type (the combobox pattern of the ARIA practices guide). The text input of the page keeps the key that
// is sent, hidden; a second input in its place takes the words.
import { fresh } from "./find.js";

let number = 0;

function picker(box) {
  const kept = box.querySelector("input");
  const field = kept.cloneNode();
  const list = document.createElement("ul");
  list.className = "found";
  list.id = `found-${++number}`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  for (const name of ["name", "required"]) field.removeAttribute(name);
  field.value = box.dataset.pickerLabel;
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-expanded", "false");
  field.setAttribute("aria-controls", list.id);
  field.required = kept.required;
  kept.type = "hidden";
  kept.removeAttribute("id");
  box.append(field, list);

  let found = [];
  let at = -1;
  let timer = 0;
  let asked = 0;

  function show(items, words = "") {
    found = items;
    at = items.length ? 0 : -1;
    list.replaceChildren(
      ...items.map((item, n) => {
        const line = document.createElement("li");
        line.id = `${list.id}-${n}`;
        line.setAttribute("role", "option");
        line.textContent = item.label;
        if (item.hint) {
          const hint = document.createElement("small");
          hint.textContent = item.hint;
          line.append(hint);
        }
        // mousedown, because a click comes after the input has lost its focus.
        line.addEventListener("mousedown", (event) => {
          event.preventDefault();
          choose(n);
        });
        return line;
      }),
    );
    if (!items.length && words) {
      const line = document.createElement("li");
      line.className = "none";
      line.textContent = words;
      list.append(line);
    }
    list.hidden = !list.childElementCount;
    field.setAttribute("aria-expanded", String(!list.hidden));
    point();
  }

  function point() {
    for (const [n, line] of [...list.children].entries()) {
      if (line.getAttribute("role")) line.setAttribute("aria-selected", String(n === at));
      if (n === at) line.scrollIntoView({ block: "nearest" });
    }
    if (at < 0) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", `${list.id}-${at}`);
  }

  function choose(n) {
    kept.value = found[n].value;
    field.value = found[n].label;
    field.setCustomValidity("");
    show([]);
    kept.dispatchEvent(new Event("change", { bubbles: true }));
  }

  async function ask() {
    const mine = ++asked;
    const url = new URL(box.dataset.pickerUrl, location.href);
    url.searchParams.set("q", field.value.trim());
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" }, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const { results } = await answer.json();
      if (mine === asked && document.activeElement === field) show(results, box.dataset.none);
    } catch {
      if (mine === asked) show([], box.dataset.failed);
    }
  }

  field.addEventListener("input", () => {
    // What is typed counts as the key until something is chosen: a scanner types a tag and presses Enter.
    kept.value = field.value.trim();
    clearTimeout(timer);
    asked++;
    if (field.value.trim()) timer = setTimeout(ask, 180);
    else show([]);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) return void ask();
      if (found.length) at = (at + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length;
      point();
    } else if (event.key === "Enter" && !list.hidden && at >= 0) {
      event.preventDefault();
      choose(at);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      show([]);
    }
  });
  field.addEventListener("blur", () => show([]));
}

export function bind(root) {
  for (const box of fresh(root, "[data-picker]", "picker")) picker(box);
}
