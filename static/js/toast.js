// Toasts: those the server wrote into the page or sent out of band, and those asked for by event
// ("toast" with {text, level, undo}; the same as HX-Trigger). They leave by themselves unless they
// tell of a failure, and wait while the pointer or the keyboard is on them.
const SHOWN = 8000;
const SHOWN_WITH_UNDO = 20000;
const MOST = 3;
const box = () => document.getElementById("toasts");

function leaveLater(toast) {
  if (toast.dataset.timed || toast.matches(".toast--error")) return;
  toast.dataset.timed = "yes";
  const time = toast.querySelector("[data-undo]") ? SHOWN_WITH_UNDO : SHOWN;
  const leave = () => {
    if (toast.matches(":hover, :focus-within")) setTimeout(leave, SHOWN);
    else toast.remove();
  };
  setTimeout(leave, time);
}

function make({ text, level = "info", undo = "" }) {
  const kind = CSS.escape(level);
  const form = document.querySelector(`template[data-toast="${kind}"]`) ?? document.querySelector("template[data-toast]");
  const toast = form.content.firstElementChild.cloneNode(true);
  toast.querySelector("p").textContent = text;
  const undoForm = toast.querySelector("form");
  if (undo) undoForm.setAttribute("hx-post", undo);
  else undoForm.remove();
  box().append(toast);
  if (undo) window.htmx.process(toast);
  return toast;
}

document.addEventListener("toast", ({ detail }) => {
  if (detail?.text && box()) leaveLater(make(detail));
  makeRoom();
});

document.addEventListener("click", ({ target }) => {
  const toast = target.closest("[data-dismiss]")?.closest(".toast");
  toast?.remove();
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful && detail.elt.matches?.(".toast form")) detail.elt.closest(".toast").remove();
});

// Never a wall of them: the newest three stay, and every failure.
function makeRoom() {
  const quiet = [...document.querySelectorAll("#toasts .toast:not(.toast--error)")];
  for (const toast of quiet.slice(0, -MOST)) toast.remove();
}

const timeAll = () => {
  makeRoom();
  document.querySelectorAll("#toasts .toast").forEach(leaveLater);
};
document.addEventListener("htmx:oobAfterSwap", timeAll);
document.addEventListener("htmx:afterSettle", timeAll);
timeAll();

// A live region is silent about what it holds when the page opens: say it once
const first = [...document.querySelectorAll("#toasts .toast p")].map((p) => p.textContent.trim()).join(" ");
if (first) document.dispatchEvent(new CustomEvent("announce", { detail: { text: first } }));
