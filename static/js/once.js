// A form that writes is sent once, however often its button is pressed.
const FORGET = 15000;
const under_way = new WeakSet();

function begin(form, button) {
  form.dataset.sent = "yes";
  button?.setAttribute("aria-busy", "true");
  setTimeout(() => end(form, button), FORGET);
}

function end(form, button) {
  delete form.dataset.sent;
  (button ?? form).removeAttribute("aria-busy");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented || form.matches("[hx-post], [data-hx-post]")) return;
  if (form.dataset.sent) event.preventDefault();
  else begin(form, event.submitter);
});

addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    end(form, form.querySelector("[aria-busy]"));
  }
});

document.addEventListener("htmx:confirm", (event) => {
  const { verb, elt } = event.detail;
  if (verb !== "get" && under_way.has(elt)) event.preventDefault();
});
document.addEventListener("htmx:beforeSend", ({ detail }) => under_way.add(detail.elt));
document.addEventListener("htmx:afterRequest", ({ detail }) => under_way.delete(detail.elt));
