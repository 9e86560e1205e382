// <form data-unsaved>: what was typed and not saved warns before the page is left.
const touched = new Set();

document.addEventListener("input", ({ target }) => {
  const form = target.form;
  if (form?.matches("[data-unsaved]")) touched.add(form);
});
document.addEventListener("submit", ({ target }) => touched.delete(target));
document.addEventListener("reset", ({ target }) => touched.delete(target));
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  // Refused: it is not saved after all
  if (!detail.successful && detail.elt.matches?.("form[data-unsaved]")) touched.add(detail.elt);
});

addEventListener("beforeunload", (event) => {
  if ([...touched].some((form) => form.isConnected)) event.preventDefault();
});
