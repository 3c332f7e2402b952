// Runs before the first paint. The server writes a signed-in user's colours into the page; the last ones are kept for
// the pages before the sign-in.
const root = document.documentElement;
try {
  if (root.dataset.chosen) localStorage.setItem("theme", root.dataset.chosen);
  const kept = localStorage.getItem("theme");
  if (!root.dataset.chosen && (kept === "dark" || kept === "light")) root.dataset.theme = kept;
} catch {
  // Storage may be blocked; the system's own choice then holds.
}
root.classList.remove("no-js");
