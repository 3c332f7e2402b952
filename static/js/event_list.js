// The event list grows by itself: at its top directly, further down behind a button that says how many are new.
// Where more comes than anybody can follow, no row is fetched: the button then shows the newest page.
import { paced } from "./pace.js";
import { onceReleased } from "./pressing.js";
import { renew } from "./rows.js";
import { filled, gettext, ngettext } from "./words.js";

const NEAR_TOP = 240;
const PACE_MS = 400;
const MOST = 20;
let waiting = [];
let news = new Set();
let isFlood = false;

export function followEvents() {
  const list = document.querySelector("[data-live-events]");
  if (!list) return;
  const pill = document.querySelector("[data-new-events]");
  const ask = paced(() => follow(list, pill), PACE_MS);
  document.body.addEventListener("live-event", (event) => {
    for (const message of event.detail.messages) news.add(message.id);
    ask();
  });
  pill.addEventListener("click", () => {
    if (isFlood) return location.reload();
    insert(list, waiting.splice(0));
    pill.hidden = true;
    scrollTo({ top: 0, behavior: "smooth" });
    list.querySelector("a")?.focus({ preventScroll: true });
  });
}

async function follow(list, pill) {
  const ids = [...news];
  news = new Set();
  isFlood ||= ids.length > MOST;
  if (isFlood) {
    pill.textContent = gettext("Many new events: show the newest");
    pill.hidden = false;
  }
  const wanted = isFlood ? ids.filter((id) => document.getElementById(`event-${id}`)) : ids;
  if (!wanted.length) return;
  const rows = await fetchRows(list, wanted);
  onceReleased(list, () => place(list, pill, rows));
}

async function fetchRows(list, ids) {
  const query = ids.map((id) => `id=${encodeURIComponent(id)}`).join("&");
  const answer = await fetch(`${list.dataset.liveEvents}&${query}`, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return [];
  const part = document.createElement("template");
  part.innerHTML = await answer.text();
  return [...part.content.children];
}

function place(list, pill, rows) {
  const fresh = [];
  for (const row of rows) {
    const shown = document.getElementById(row.id);
    const held = waiting.findIndex((other) => other.id === row.id);
    if (shown) renew(shown, row);
    else if (held >= 0) waiting[held] = row;
    else fresh.push(row);
  }
  if (isFlood) return;
  if (scrollY < NEAR_TOP && !list.contains(document.activeElement)) {
    insert(list, fresh);
    return;
  }
  waiting.push(...fresh);
  pill.hidden = waiting.length === 0;
  pill.textContent = filled(ngettext("%(number)s new event", "%(number)s new events", waiting.length), { number: waiting.length });
}

function insert(list, rows) {
  if (rows.length) {
    document.querySelector("[data-empty]")?.remove();
  }
  for (const row of rows) {
    const place = successor(list, row);
    if (place?.matches("[data-next]")) continue; // it stands on a later page
    row.classList.add("arrived");
    list.insertBefore(row, place);
  }
}

// A recording's events are older than the moment they arrive: each goes to its place in time.
function successor(list, row) {
  const started = Date.parse(row.dataset.started);
  for (const other of list.children) {
    if (!other.dataset.event || Date.parse(other.dataset.started) <= started) return other;
  }
  return null;
}
