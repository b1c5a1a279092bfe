// Runs before the first paint, so that a chosen theme does not flash. Without a choice the system's counts.
(() => {
  let chosen = null;
  try { chosen = localStorage.getItem("millrace-theme"); } catch { /* Storage may be denied: the system's theme then. */ }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
