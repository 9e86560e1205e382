// <button data-opens="keys"> opens <dialog id="keys">; a press beside a dialog, or on [data-closes]
// inside it, closes it. The browser itself gives the focus back.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.opens);
    if (!dialog) return;
    event.preventDefault();
    if (!dialog.open) dialog.showModal();
    return;
  }
  if (event.target.closest("dialog [data-closes]")) {
    event.target.closest("dialog").close();
    return;
  }
  if (event.target.matches("dialog[open]") && isBeside(event)) event.target.close();
});

// The backdrop belongs to the dialog: only the place tells whether the press was outside
function isBeside({ target, clientX, clientY }) {
  if (clientX === 0 && clientY === 0) return false;
  const { left, right, top, bottom } = target.getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}
