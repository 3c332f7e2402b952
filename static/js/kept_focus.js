// A part of the page that is drawn again while somebody is in it by keys: the focus goes on with the same control, and
// from the button for more of a list to the first row that came.
const CONTROLS = "a[href], button, input, select, textarea, summary, [tabindex]";

function marks(control) {
  const form = control.closest("form")?.getAttribute("action");
  return [control.tagName, control.id, control.name, control.value, control.getAttribute("href"), form].join(" ");
}

function successor({ target }, kept, lastRow) {
  if (lastRow) return lastRow.nextElementSibling?.querySelector(".row-title a");
  const place = target.isConnected ? target : document;
  return [...place.querySelectorAll(CONTROLS)].find((control) => marks(control) === kept);
}

export function keptFocus() {
  let kept = "";
  let lastRow = null;
  document.body.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
    const at = document.activeElement;
    kept = at !== target && target.contains(at) ? marks(at) : "";
    lastRow = kept && target.matches("[data-next]") ? target.previousElementSibling : null;
  });
  document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (kept && document.activeElement === document.body) successor(detail, kept, lastRow)?.focus({ preventScroll: true });
  });
}
