// Single keys: move, mark, and press the button that shows the key. Never in a field or a dialog,
// and switched off for good by [data-keys-switch] in the list of keys (WCAG 2.1.4).
const STORE = "keys";
// This browser's choice, else the person's own setting, which the server writes on the root
const isOff = () => (localStorage.getItem(STORE) ?? document.documentElement.dataset.keys) === "off";
const isSeen = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;
const isTyping = (target) =>
  target.closest?.("textarea, select, dialog, [contenteditable], [popover]") ||
  target.matches?.("input:not([type=checkbox], [type=radio], [type=button], [type=submit])");

const rows = () => [...document.querySelectorAll("[data-row]")].filter(isSeen);
const holder = (row) =>
  row.matches("a, button") ? row : row.querySelector("a[href]") ?? row.querySelector("button, input");

function move(step) {
  const all = rows();
  if (all.length === 0) return;
  const focused = all.findIndex((row) => row.contains(document.activeElement));
  const current = all.findIndex((row) => row.matches("[aria-current], [aria-selected=true]"));
  // From nowhere the first key goes to where one is, not past it
  const next = focused >= 0 ? focused + step : Math.max(current, 0);
  const row = all[Math.min(Math.max(next, 0), all.length - 1)];
  holder(row)?.focus();
  row.scrollIntoView({ block: "nearest" });
}

function mark() {
  document.activeElement?.closest("[data-row]")?.querySelector("input[type=checkbox]")?.click();
}

function find() {
  const field = [...document.querySelectorAll("[data-find]")].find(isSeen);
  field?.focus();
  field?.select?.();
  return Boolean(field);
}

function press(key) {
  const buttons = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)];
  const usable = buttons.filter((button) => isSeen(button) && !button.disabled);
  // Several toasts, one undo: the newest. Elsewhere the first of its kind.
  const button = key === "z" ? usable.at(-1) : usable[0];
  button?.click();
  return Boolean(button);
}

const moves = { j: () => move(1), k: () => move(-1), x: mark, "/": find };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.defaultPrevented || isOff() || isTyping(event.target)) return;
  if (event.key === "?") {
    document.getElementById("keys")?.showModal();
  } else if (event.repeat && !"jk".includes(event.key)) {
    return;
  } else if (event.key.length !== 1 || !press(event.key)) {
    if (!moves[event.key]) return;
    moves[event.key]();
  }
  event.preventDefault();
});

function show() {
  document.documentElement.toggleAttribute("data-keys-off", isOff());
  for (const box of document.querySelectorAll("[data-keys-switch]")) box.checked = !isOff();
}

document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-keys-switch]")) return;
  localStorage.setItem(STORE, target.checked ? "on" : "off");
  show();
});
show();
