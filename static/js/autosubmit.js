// <form data-autosubmit>: filters are applied as they are changed, typing after a short rest.
const REST = 250;
const waiting = new WeakMap();

function submit(form) {
  clearTimeout(waiting.get(form));
  if (form.isConnected) form.requestSubmit();
}

document.addEventListener("change", ({ target }) => {
  const form = target.form;
  if (form?.matches("[data-autosubmit]") && !target.matches("[type=search], [type=text]")) submit(form);
});

document.addEventListener("input", ({ target }) => {
  const form = target.form;
  if (!form?.matches("[data-autosubmit]") || !target.matches("[type=search], [type=text]")) return;
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(() => submit(form), REST));
});
