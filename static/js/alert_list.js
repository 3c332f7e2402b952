// The inbox follows what happens without moving what somebody is about to press: rows are drawn anew in their places,
// those that left the list fade where they stand, and new ones wait behind a button while somebody is at work there.
import { paced } from "./pace.js";
import { onceReleased } from "./pressing.js";
import { renew } from "./rows.js";
import { update } from "./ticks.js";

const NEAR_TOP = 240;
const PACE_MS = 300;
const inbox = document.getElementById("inbox");
const pill = document.querySelector("[data-new-alerts]");
let fresh = [];

const list = () => inbox.querySelector("[data-alerts]");
const busy = () => inbox.matches(":hover") || list()?.contains(document.activeElement) || scrollY > NEAR_TOP || inbox.querySelector("[data-tick]:checked");

async function follow() {
  const answer = await fetch(inbox.dataset.inbox, { headers: { "HX-Request": "true", "HX-Target": "inbox" } }).catch(() => null);
  if (!answer?.ok) return;
  const text = await answer.text();
  onceReleased(inbox, () => merge(text));
}

function merge(text) {
  const part = document.createElement("template");
  part.innerHTML = text;
  const page = part.content;
  const told = page.querySelector("[data-alerts]");
  // An empty list and a full one differ in more than their rows.
  if (!list() || (!told && !busy())) {
    inbox.replaceChildren(page);
    return update();
  }
  renew(inbox.querySelector(".tabs"), page.querySelector(".tabs"));
  const rows = told ? [...told.children] : [];
  const ids = new Set(rows.map((row) => row.id));
  fresh = [];
  for (const row of rows) {
    const shown = document.getElementById(row.id);
    if (!shown) fresh.push(row);
    else if (shown.outerHTML !== row.outerHTML) renew(shown, row);
  }
  for (const shown of [...list().children]) if (!ids.has(shown.id)) leave(shown);
  if (!busy()) return insert();
  tell();
  return update();
}

function leave(row) {
  if (!busy()) return row.remove();
  row.classList.add("left");
  return row.querySelector("[data-tick]")?.remove();
}

function tell() {
  pill.hidden = fresh.length === 0;
  pill.textContent = fresh.length === 1 ? pill.dataset.one : pill.dataset.some.replace("{number}", fresh.length);
}

// Alerts stand newest first, and what is new was raised last.
function insert() {
  for (const row of list().querySelectorAll(".left")) row.remove();
  for (const row of fresh) row.classList.add("arrived");
  list().prepend(...fresh);
  fresh = [];
  tell();
  update();
}

pill.addEventListener("click", () => {
  insert();
  scrollTo({ top: 0, behavior: "smooth" });
  list().querySelector(".row-title a")?.focus({ preventScroll: true });
});
document.body.addEventListener("live-alert", paced(follow, PACE_MS));
inbox.addEventListener("htmx:afterSwap", () => { fresh = []; tell(); });
