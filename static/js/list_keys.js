// A list that is worked off by keys: j and k go from row to row, x ticks, and each deed's button has its own letter.
import { untick, update } from "./ticks.js";

const list = document.querySelector("form[data-rows]");
const help = document.querySelector("[data-help]");
const note = () => list.querySelector("[data-note]");
let current = null;
let place = 0;
let sent = [];

const rows = () => [...list.querySelectorAll("[data-row]")];
const link = (row) => row.querySelector(".row-title a");
const here = () => document.getElementById(current);

function go(step) {
  const all = rows();
  const at = all.indexOf(here());
  const row = at < 0 ? all[0] : all[at + step];
  if (row) link(row).focus();
  else if (step > 0) list.querySelector("[data-next] a")?.focus();
}

function tick(row, wanted) {
  const box = row?.querySelector("[data-tick]");
  if (!box) return;
  box.checked = wanted ?? !box.checked;
  update();
}

// A deed is done to what is ticked; where nothing is, to the row with the focus.
function choose() {
  if (!list.querySelector("[data-tick]:checked")) tick(here(), true);
  return Boolean(list.querySelector("[data-tick]:checked"));
}

function press(key) {
  if (key === "j") return go(1);
  if (key === "k") return go(-1);
  if (key === "x") return tick(here());
  if (key === "?") return help.showModal();
  if (key === "u") return document.querySelector("[data-undo]")?.click();
  if (key === "n" && note()) {
    if (!choose()) return undefined;
    note().open = true;
    return note().querySelector("[data-note-text]").focus();
  }
  const button = /^[a-z]$/.test(key) && list.querySelector(`button[data-key="${key}"]`);
  if (button && choose()) button.click();
  return undefined;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  if (event.target.matches("input:not([type=checkbox]), textarea, select")) {
    if (event.key === "Escape") leave();
    if (event.key === "Enter" && event.target.matches("[data-note-text]")) {
      event.preventDefault();
      note().querySelector("[data-note-keep]").click();
    }
    return;
  }
  // In a form, Enter on a tick would press the first button.
  if (event.key === "Enter" && event.target.matches("[data-tick], [data-tick-all]")) event.preventDefault();
  if (!/^[a-z?]$/i.test(event.key)) return;
  event.preventDefault(); // a letter that leads into a field is no part of what is written there
  if (event.key.toLowerCase() === "x" || !event.repeat || "jk".includes(event.key)) press(event.key.toLowerCase());
});

function leave() {
  document.activeElement.blur();
  if (note()) note().open = false;
  if (here()) link(here()).focus();
}

list.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-row]");
  if (!row) return;
  current = row.id;
  place = rows().indexOf(row);
});

// What is on its way looks so, and is ticked no longer: the next tick and the next letter are for other rows already.
list.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target !== list) return;
  const ticked = rows().filter((row) => row.querySelector("[data-tick]:checked"));
  const own = event.detail.requestConfig.triggeringEvent?.submitter?.closest("[data-row]");
  for (const row of own ? [own] : ticked) row.classList.add("busy");
  sent = ticked.map((row) => row.id);
  untick();
});

// What was done is shown in its row, which is a new one: the focus goes on where it was, and the note is used up.
list.addEventListener("htmx:afterRequest", (event) => {
  if (event.target !== list) return;
  for (const row of rows()) row.classList.remove("busy");
  if (!event.detail.successful) {
    for (const id of sent) tick(document.getElementById(id), true);
    return;
  }
  const kept = note();
  const lost = document.activeElement === document.body || kept?.contains(document.activeElement);
  if (kept) {
    kept.open = false;
    kept.querySelector("[data-note-text]").value = "";
  }
  const row = here() ?? rows()[place];
  if (lost && row) link(row).focus({ preventScroll: true });
});

document.querySelector("[data-open-help]")?.addEventListener("click", () => help.showModal());
