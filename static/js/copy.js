// <button data-copy="41872-2">: puts it on the clipboard and says so.
import { phrase } from "./phrase.js";

const SHOWN = 1500;

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    // No clipboard on plain http: the text is selected, one key away from copied
    getSelection().selectAllChildren(button.querySelector("[data-copy-text]") ?? button);
    return;
  }
  button.classList.add("is-copied");
  setTimeout(() => button.classList.remove("is-copied"), SHOWN);
  const detail = { text: phrase("copied", { what: button.dataset.copy }) };
  document.dispatchEvent(new CustomEvent("announce", { detail }));
});
