// The scan field takes the focus back after each answer, and a scan that starts anywhere on the page
// lands in it. A scanner is a keyboard that types a code and presses Enter.
const field = () => document.querySelector("[data-scan]");
const isBusyElsewhere = (element) =>
  element?.closest("dialog[open], [popover], textarea, select") ||
  element?.matches("input:not([type=checkbox], [type=radio], [data-scan])");

document.addEventListener("htmx:afterSettle", () => {
  const scan = field();
  if (!scan || isBusyElsewhere(document.activeElement)) return;
  scan.focus({ preventScroll: true });
  scan.select();
});

document.addEventListener("keydown", (event) => {
  const scan = field();
  if (!scan || event.target === scan || isBusyElsewhere(event.target)) return;
  if (!/^[0-9]$/.test(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
  scan.focus({ preventScroll: true });
  scan.select();
});
