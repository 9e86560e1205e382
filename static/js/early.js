// Runs before the first paint, so that nothing changes colour or place afterwards: says that script
// is there, and sets the remembered look where the server did not (error pages know no cookies).
(() => {
  const root = document.documentElement;
  root.classList.add("has-script");
  const look = /(?:^|; )theme=(light|dark)/.exec(document.cookie);
  if (look && !root.dataset.theme) root.dataset.theme = look[1];
})();
