// Keeps the place of the keyboard when htmx replaces what it stood on: the same element by id, else
// the same row by number, else what the answer asks for with [data-focus], else the target itself.
const rowsIn = (root) => [...root.querySelectorAll("[data-row]")];
const inRow = (row) =>
  row?.matches("a, button, input") ? row : row?.querySelector("a[href]") ?? row?.querySelector("button, input");
let kept = null;

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const here = document.activeElement;
  if (!here || here === document.body || !detail.target?.contains(here)) return;
  const row = here.closest("[data-row]");
  kept = {
    id: here.id,
    key: here.dataset.key,
    row: row ? rowsIn(document).indexOf(row) : -1,
    target: detail.target.id,
  };
});

document.addEventListener("htmx:afterSettle", () => {
  const place = kept;
  kept = null;
  const here = document.activeElement;
  if (!place || (here && here !== document.body)) return;
  const rows = rowsIn(document);
  const wanted =
    document.querySelector("[data-focus]") ??
    (place.id && document.getElementById(place.id)) ??
    (place.key && document.querySelector(`[data-key="${CSS.escape(place.key)}"]`)) ??
    inRow(rows[Math.min(place.row, rows.length - 1)]) ??
    document.getElementById(place.target);
  focusOn(wanted || document.getElementById("main"));
});

function focusOn(element) {
  if (!element) return;
  element.focus({ preventScroll: true });
  if (document.activeElement === element) return;
  element.tabIndex = -1;
  element.focus({ preventScroll: true });
}
