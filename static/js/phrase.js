// Words that script says come from the page, where they are translated: <body data-say-copied="…">.
export function phrase(name, values = {}) {
  const key = "say" + name[0].toUpperCase() + name.slice(1);
  const text = document.body.dataset[key] ?? "";
  return text.replace(/\{(\w+)\}/g, (whole, part) => values[part] ?? whole);
}
