// Tables that fold into cards change `display`, which in some browsers takes their roles away. They
// are given back here, so that the templates stay plain.
const PARTS = [
  ["thead, tbody, tfoot", "rowgroup"],
  ["tr", "row"],
  ["td", "cell"],
  ["thead th", "columnheader"],
  [":is(tbody, tfoot) th", "rowheader"],
];

function name(table) {
  table.setAttribute("role", "table");
  for (const [parts, role] of PARTS) {
    for (const part of table.querySelectorAll(parts)) {
      if (!part.hasAttribute("role")) part.setAttribute("role", role);
    }
  }
}

const nameAll = () => document.querySelectorAll(".ledger--fold, .grid, .compare").forEach(name);
document.addEventListener("htmx:afterSettle", nameAll);
nameAll();
