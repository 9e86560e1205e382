// A request that came to nothing says so, and that nothing was lost. What the server answers with
// 409 or 422 is shown in place (htmx-config in the page); a signed-out answer is session.js.
import { phrase } from "./phrase.js";

function say(name) {
  const detail = { text: phrase(name), level: "error" };
  document.dispatchEvent(new CustomEvent("toast", { detail }));
}

function isPolling(element) {
  return element?.closest?.("[data-poll]");
}

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, ({ detail }) => {
    if (!isPolling(detail.elt)) say("unreachable");
  });
}

document.addEventListener("htmx:responseError", ({ detail }) => {
  const { xhr, elt } = detail;
  const hasOwnWords = /"?toast"?/.test(xhr.getResponseHeader("HX-Trigger") ?? "");
  if (isPolling(elt) || xhr.status === 401 || hasOwnWords) return;
  if (xhr.status === 403) say("forbidden");
  else if (xhr.status === 404 || xhr.status === 410) say("gone");
  else if (xhr.status === 429) say("slower");
  else say("broken");
});
