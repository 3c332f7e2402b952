// A row or a bar of a list that is drawn anew: its tick stays, the sign that a deed is on its way too, and the focus
// goes on with the same control.
import { alike, marks } from "./kept_focus.js";

export function renew(shown, fresh) {
  const at = document.activeElement;
  const kept = shown.contains(at) ? marks(at) : "";
  const box = fresh.querySelector("[data-tick]");
  if (box) box.checked = Boolean(shown.querySelector("[data-tick]")?.checked);
  if (shown.classList.contains("busy")) fresh.classList.add("busy");
  shown.replaceWith(fresh);
  if (kept) (alike(fresh, kept) ?? fresh.querySelector(".row-title a"))?.focus({ preventScroll: true });
}
