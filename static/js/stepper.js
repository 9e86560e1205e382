// One less, one more: <button data-step="-1">, <input>, <button data-step="1"> inside .stepper.
document.addEventListener("click", ({ target }) => {
  const button = target.closest(".stepper [data-step]");
  const field = button?.closest(".stepper").querySelector("input");
  if (!field || field.disabled) return;
  const least = field.min === "" ? 0 : Number(field.min);
  const most = field.max === "" ? Infinity : Number(field.max);
  const next = (Number.parseInt(field.value, 10) || 0) + Number(button.dataset.step);
  field.value = Math.min(Math.max(next, least), most);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
  const text = `${field.getAttribute("aria-label") ?? ""} ${field.value}`.trim();
  document.dispatchEvent(new CustomEvent("announce", { detail: { text } }));
});
