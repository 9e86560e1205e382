// Light, dark, or as the system: kept in a cookie, so that the server writes it into the next page
// and nothing flashes. [data-theme-switch] turns over; [data-theme-set="dark"] chooses ("" = system).
const YEAR = 31536000;
const root = document.documentElement;

function isDark() {
  if (root.dataset.theme) return root.dataset.theme === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

function choose(theme) {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  const age = theme ? YEAR : 0;
  document.cookie = `theme=${theme}; path=/; max-age=${age}; samesite=lax`;
  show();
}

function show() {
  const theme = root.dataset.theme ?? "";
  for (const button of document.querySelectorAll("[data-theme-set]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeSet === theme));
  }
}

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-theme-switch]")) choose(isDark() ? "light" : "dark");
  const button = target.closest("[data-theme-set]");
  if (button) choose(button.dataset.themeSet);
});
show();
