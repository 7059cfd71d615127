// The elements below (and including) root that match, each only once per mark.
export function fresh(root, selector, mark) {
  const found = [...root.querySelectorAll(selector)];
  if (root instanceof Element && root.matches(selector)) found.push(root);
  return found.filter((element) => {
    element.bound ??= new Set();
    if (element.bound.has(mark)) return false;
    element.bound.add(mark);
    return true;
  });
}

export function typing(element) {
  return Boolean(element?.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]"));
}
