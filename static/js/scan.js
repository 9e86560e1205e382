// The scan field. A scanner is a keyboard that types a code and presses Enter, faster than answers
// come: each code is taken out of the field at once and sent after the one before, so none is lost
// and none is mixed with the next. The field itself stays while the page around it is replaced
// (hx-preserve), keeps the focus, and a scan that starts anywhere on the page lands in it.
const field = () => document.querySelector("[data-scan]");
const isBusyElsewhere = (element) =>
  element?.closest("dialog[open], [popover], textarea, select") ||
  element?.matches("input:not([type=checkbox], [type=radio], [data-scan])");
const codes = [];
let isSending = false;

async function send() {
  const scan = field();
  if (isSending || !scan || codes.length === 0) return;
  isSending = true;
  const { form } = scan;
  const code = codes.shift();
  let isHeard = false;
  const hear = () => { isHeard = true; };
  document.addEventListener("htmx:afterSwap", hear, { once: true });
  await htmx.ajax("POST", form.action, { source: form, target: "#counting", swap: "outerHTML", values: { code } }).catch(() => {});
  document.removeEventListener("htmx:afterSwap", hear);
  isSending = false;
  if (isHeard) send();
  else giveBack(code);
}

// Not heard: the code stands in the field again; what was scanned after it is to be scanned again
function giveBack(code) {
  codes.length = 0;
  const scan = field();
  if (scan && scan.value === "") scan.value = code;
}

document.addEventListener("submit", (event) => {
  const scan = event.target.querySelector?.("[data-scan]");
  if (!scan) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const code = scan.value.trim();
  scan.value = "";
  if (code) codes.push(code);
  send();
}, true);

function takeFocus() {
  const scan = field();
  if (!scan || document.activeElement === scan || isBusyElsewhere(document.activeElement)) return;
  scan.focus({ preventScroll: true });
}
document.addEventListener("htmx:afterSwap", takeFocus);
document.addEventListener("htmx:afterSettle", takeFocus);

document.addEventListener("keydown", (event) => {
  const scan = field();
  if (!scan || event.target === scan || isBusyElsewhere(event.target)) return;
  if (!/^[0-9]$/.test(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
  scan.focus({ preventScroll: true });
});
