// The event list grows by itself: at its top directly, further down behind a button that says how many are new.
const NEAR_TOP = 240;
let waiting = [];

export function followEvents() {
  const list = document.querySelector("[data-live-events]");
  if (!list) return;
  const pill = document.querySelector("[data-new-events]");
  document.body.addEventListener("live-event", async (event) => {
    const rows = await fetchRows(list, event.detail.messages.map((message) => message.id));
    place(list, pill, rows);
  });
  pill.addEventListener("click", () => {
    insert(list, waiting.splice(0));
    pill.hidden = true;
    scrollTo({ top: 0, behavior: "smooth" });
    list.querySelector("a")?.focus({ preventScroll: true });
  });
}

async function fetchRows(list, ids) {
  const rows = [];
  for (let start = 0; start < ids.length; start += 50) {
    const query = ids.slice(start, start + 50).map((id) => `id=${encodeURIComponent(id)}`).join("&");
    const answer = await fetch(`${list.dataset.liveEvents}&${query}`, { headers: { "HX-Request": "true" } });
    if (!answer.ok) continue;
    const part = document.createElement("template");
    part.innerHTML = await answer.text();
    rows.push(...part.content.children);
  }
  return rows;
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
  if (scrollY < NEAR_TOP && !list.contains(document.activeElement)) return insert(list, fresh);
  waiting.push(...fresh);
  pill.hidden = waiting.length === 0;
  pill.textContent = waiting.length === 1 ? "1 new event" : `${waiting.length} new events`;
}

// A row that is drawn anew keeps its tick, and the focus where it had it.
function renew(shown, row) {
  const box = row.querySelector("[data-tick]");
  if (box) box.checked = Boolean(shown.querySelector("[data-tick]")?.checked);
  const focused = shown.contains(document.activeElement);
  shown.replaceWith(row);
  if (focused) row.querySelector(".row-title a")?.focus({ preventScroll: true });
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
