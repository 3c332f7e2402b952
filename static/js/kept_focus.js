// A part of the page that is drawn again while somebody is in it by keys: the focus goes on with the same control, and
// from the button for more of a list to the first row that came.
const CONTROLS = "a[href], button, input, select, textarea, summary, [tabindex]";

const TYPED = "input:not([type=checkbox], [type=radio], [type=submit]), select, textarea";

export function marks(control) {
  const form = control.closest("form")?.getAttribute("action");
  const value = control.matches(TYPED) ? "" : control.value;
  return [control.tagName, control.id, control.name, value, control.getAttribute("href"), form].join(" ");
}

export function alike(place, kept) {
  return [...place.querySelectorAll(CONTROLS)].find((control) => marks(control) === kept);
}

function successor({ target }, kept, lastRow) {
  if (lastRow) return lastRow.nextElementSibling?.querySelector(".row-title a");
  return alike(target.isConnected ? target : document, kept);
}

export function keptFocus() {
  let asked = null;
  let kept = "";
  let lastRow = null;
  document.body.addEventListener("htmx:beforeSwap", ({ detail: { target, xhr } }) => {
    const at = document.activeElement;
    asked = xhr;
    kept = at !== target && target.contains(at) ? marks(at) : "";
    lastRow = kept && target.matches("[data-next]") ? target.previousElementSibling : null;
  });
  document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.xhr === asked && kept && document.activeElement === document.body) successor(detail, kept, lastRow)?.focus({ preventScroll: true });
  });
}
