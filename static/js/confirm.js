// Asks before the few acts that cannot be undone: <form data-confirm="Send 3 orders …">, or hx-confirm.
// The button of the dialog carries the words of the button that was pressed.
let goOn = null;

function ask(question, act) {
  const dialog = document.getElementById("confirm");
  dialog.querySelector("[data-question]").textContent = question;
  dialog.querySelector("[data-yes]").textContent = act.trim();
  dialog.showModal();
}

function wordsOf(element) {
  const copy = element.cloneNode(true);
  copy.querySelectorAll("kbd, svg, .visually-hidden").forEach((part) => part.remove());
  return element.dataset.confirmAct ?? (copy.textContent || element.value || "");
}

document.addEventListener("htmx:confirm", (event) => {
  const { question, issueRequest, elt, triggeringEvent } = event.detail;
  if (!question || event.defaultPrevented) return;
  event.preventDefault();
  goOn = () => issueRequest(true);
  ask(question, wordsOf(triggeringEvent?.submitter ?? elt));
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  const button = event.submitter;
  const question = button?.dataset.confirm ?? form.dataset.confirm;
  if (!question || form.dataset.confirmed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  goOn = () => {
    form.dataset.confirmed = "yes";
    form.requestSubmit(button);
    delete form.dataset.confirmed;
  };
  ask(question, wordsOf(button ?? form));
}, true);

document.addEventListener("close", ({ target }) => {
  if (target.id !== "confirm") return;
  const act = goOn;
  goOn = null;
  if (target.returnValue === "yes") act?.();
  target.returnValue = "";
}, true);
