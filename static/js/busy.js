// Marks the page while the server is asked, but only when the answer takes longer than 300 ms.
const PATIENCE = 300;
const open = new Set();
let timer;

function show() {
  document.documentElement.toggleAttribute("data-busy", open.size > 0);
}

document.addEventListener("htmx:beforeSend", ({ detail }) => {
  if (detail.elt.closest("[data-poll]")) return;
  open.add(detail.xhr);
  clearTimeout(timer);
  timer = setTimeout(show, PATIENCE);
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  open.delete(detail.xhr);
  if (open.size === 0) {
    clearTimeout(timer);
    show();
  }
});
