// Ctrl K (⌘ K) asks for anything: an order number, a product, an SKU, a barcode. htmx fetches what
// was found; arrows move, Enter opens the first, Esc closes and gives the focus back.
const dialog = () => document.getElementById("palette");
const field = () => dialog()?.querySelector("input");
const found = () => [...(dialog()?.querySelectorAll("a.find") ?? [])];

function open() {
  if (!dialog() || dialog().open) return;
  dialog().showModal();
  field().select();
}

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && dialog()) {
    event.preventDefault();
    open();
  }
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-palette]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !dialog()) return;
  event.preventDefault();
  open();
});

document.addEventListener("keydown", (event) => {
  if (!event.target.closest?.("#palette")) return;
  const links = found();
  const here = links.indexOf(event.target);
  if (event.key === "ArrowDown") links[Math.min(here + 1, links.length - 1)]?.focus();
  else if (event.key === "ArrowUp" && here > 0) links[here - 1].focus();
  else if (event.key === "ArrowUp" && here === 0) field().focus();
  else if (event.key === "Enter" && event.target === field() && links[0]) links[0].click();
  else if (here >= 0 && event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
    // Typing goes on in the field
    field().focus();
    return;
  } else return;
  event.preventDefault();
});
