// <div data-poll="2" hx-get="…" hx-trigger="poll">: asks again every so many seconds, not while the
// tab is hidden, more slowly when the server does not answer. Status 286, or an answer without
// data-poll, ends it.
const SLOWEST = 30;
const plans = new Map();

function plan(element, seconds) {
  clearTimeout(plans.get(element)?.timer);
  const timer = setTimeout(() => ask(element), seconds * 1000);
  plans.set(element, { timer, seconds });
}

function ask(element) {
  if (!element.isConnected || !element.hasAttribute("data-poll")) plans.delete(element);
  else if (!document.hidden) window.htmx.trigger(element, "poll");
}

function start(root) {
  const found = root.querySelectorAll?.("[data-poll]") ?? [];
  for (const element of [root, ...found]) {
    if (element.matches?.("[data-poll]") && !plans.has(element)) plan(element, Number(element.dataset.poll) || 2);
  }
}

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const element = detail.elt;
  const before = plans.get(element);
  if (!before) return;
  if (detail.xhr.status === 286 || !element.isConnected) {
    clearTimeout(before.timer);
    plans.delete(element);
    return;
  }
  const usual = Number(element.dataset.poll) || 2;
  plan(element, detail.successful ? usual : Math.min(before.seconds * 1.7, SLOWEST));
});

document.addEventListener("htmx:load", ({ detail }) => start(detail.elt));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) for (const element of [...plans.keys()]) ask(element);
});
start(document.body);
