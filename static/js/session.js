// A session that ran out: the server answers htmx with 401 and HX-Redirect. Instead of leaving at
// once, and losing what was typed, the page stays and asks to sign in, in a tab of its own.
const COOKIE = /(?:^|; )(?:__Host-csrf|csrftoken)=([^;]+)/;
const dialog = () => document.getElementById("signed-out");

document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { xhr } = event.detail;
  const address = xhr.getResponseHeader("HX-Redirect");
  if (xhr.status !== 401 || !address || !dialog()) return;
  event.preventDefault();
  dialog().querySelector("[data-sign-in]").href = address;
  if (!dialog().open) dialog().showModal();
});

// Signing in gives out a new secret for forms; this page still holds the old one
document.addEventListener("htmx:configRequest", ({ detail }) => {
  const secret = COOKIE.exec(document.cookie)?.[1];
  if (!secret || detail.verb === "get") return;
  detail.headers["X-CSRFToken"] = secret;
  if (detail.parameters?.has?.("csrfmiddlewaretoken")) detail.parameters.set("csrfmiddlewaretoken", secret);
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden || !dialog()?.open) return;
  const secret = COOKIE.exec(document.cookie)?.[1];
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) {
    if (secret) field.value = secret;
  }
  dialog().close();
});
