// Runs before the first paint, so that no page flashes in the wrong colours.
const root = document.documentElement;
try {
  const chosen = localStorage.getItem("theme");
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
} catch {
  // Storage may be blocked; the system's own choice then holds.
}
root.classList.remove("no-js");
