// Says a sentence to screen readers: dispatch "announce" with {text}, or send it as HX-Trigger.
document.addEventListener("announce", (event) => {
  const region = document.getElementById("live");
  if (!region || !event.detail?.text) return;
  // Emptied first, or the same sentence said twice would be heard once
  region.textContent = "";
  setTimeout(() => { region.textContent = event.detail.text; }, 50);
});
