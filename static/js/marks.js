// Marked rows: boxes belong to <form data-bulk id="bulk"> by their form attribute. The bar appears
// with the first mark and counts; Shift and a press mark a range; [data-mark-all] marks the page.
let last = null;

const boxesOf = (form) =>
  [...form.elements].filter((field) => field.type === "checkbox" && field.matches(".check:not([data-mark-all])"));

function count(form) {
  const boxes = boxesOf(form);
  const marked = boxes.filter((box) => box.checked).length;
  form.hidden = false;
  form.classList.toggle("is-on", marked > 0);
  const label = form.querySelector("[data-count]");
  if (label) {
    const words = marked === 1 ? label.dataset.one : label.dataset.many;
    label.textContent = words ? words.replace("{n}", marked) : marked;
  }
  for (const all of form.elements) {
    if (!all.matches("[data-mark-all]")) continue;
    all.checked = marked > 0 && marked === boxes.length;
    all.indeterminate = marked > 0 && marked < boxes.length;
  }
}

document.addEventListener("click", (event) => {
  const box = event.target;
  if (!box.matches?.("input.check") || !box.form?.matches("[data-bulk]")) return;
  if (box.matches("[data-mark-all]")) {
    for (const other of boxesOf(box.form)) other.checked = box.checked;
  } else {
    const boxes = boxesOf(box.form);
    const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) {
      for (const other of boxes.slice(from, to + 1)) other.checked = box.checked;
    }
    last = box;
  }
  count(box.form);
});

document.addEventListener("click", ({ target }) => {
  const form = target.closest("[data-unmark]")?.closest("form");
  if (!form) return;
  for (const box of boxesOf(form)) box.checked = false;
  count(form);
});

const countAll = () => document.querySelectorAll("form[data-bulk]").forEach(count);
document.addEventListener("htmx:afterSettle", countAll);
// A page from the history comes back with its boxes as they were
addEventListener("pageshow", countAll);
countAll();
