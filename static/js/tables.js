// Rows: a click anywhere opens the row's link; checkboxes select, with Shift a range; the bar counts them.
import { fresh } from "./find.js";

export function toggle(row) {
  const box = row.querySelector(".pick input");
  if (!box) return;
  box.checked = !box.checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

export function bind(root) {
  for (const table of fresh(root, "[data-list]", "list")) {
    table.addEventListener("click", (event) => {
      const row = event.target.closest("tr[data-url]");
      if (!row || event.target.closest("a, button, input, label, select, summary") || String(getSelection())) return;
      const link = row.querySelector(`a[href="${CSS.escape(row.dataset.url)}"]`);
      if (event.ctrlKey || event.metaKey) open(row.dataset.url);
      else if (link) link.click();
      else location.assign(row.dataset.url);
    });
  }
  for (const form of fresh(root, "[data-select]", "select")) {
    const boxes = () => [...form.querySelectorAll("tbody .pick input")];
    const all = form.querySelector("[data-select-all]");
    const count = form.querySelector("[data-select-count]");
    const words = count?.textContent;
    let last = null;
    form.addEventListener("click", (event) => {
      if (!event.target.matches("tbody .pick input")) return;
      if (event.shiftKey && last) {
        const list = boxes();
        const [from, to] = [list.indexOf(last), list.indexOf(event.target)].sort((a, b) => a - b);
        for (const box of list.slice(from, to + 1)) box.checked = event.target.checked;
      }
      last = event.target;
    });
    form.addEventListener("change", (event) => {
      if (event.target === all) for (const box of boxes()) box.checked = all.checked;
      const chosen = boxes().filter((box) => box.checked).length;
      if (all) {
        all.checked = chosen > 0 && chosen === boxes().length;
        all.indeterminate = chosen > 0 && !all.checked;
      }
      if (count) count.textContent = `${words}: ${chosen}`;
    });
  }
}
