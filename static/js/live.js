// The page's one socket. It keeps a cursor, and after a break asks for what came since; ids seen before are dropped.
import { gettext } from "./words.js";
const REFUSED = 4401;
const GATHER_MS = { alert: 200 };
const GATHER_OTHERS_MS = 400;
const seen = new Set();
const families = new Map();
let cursor = document.body.dataset.cursor;
let wait_ms = 500;

export function connect() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(`${scheme}//${location.host}/ws/live`);
  socket.addEventListener("message", (event) => {
    for (const message of JSON.parse(event.data)) receive(socket, message);
  });
  socket.addEventListener("close", (event) => {
    if (event.code === REFUSED) {
      dispatch("live-refused", []);
      return show("off", gettext("Signed out"));
    }
    show("off", gettext("Connection lost, trying again…"));
    setTimeout(connect, wait_ms * (0.75 + Math.random() / 2));
    wait_ms = Math.min(wait_ms * 2, 15_000);
  });
}

function receive(socket, message) {
  if (message.cursor) {
    if (message.kind === "ready") {
      wait_ms = 500;
      socket.send(JSON.stringify({ resume: cursor }));
    } else {
      cursor = message.cursor;
      show("on", gettext("Live"));
    }
    return;
  }
  if (isFirst(message) && seen.has(message.id)) return;
  if (isFirst(message)) seen.add(message.id);
  gather(message);
}

function isFirst(message) {
  return message?.kind === "event.started" || message?.kind === "alert.raised";
}

// The first message of a family is told at once; a burst becomes one step of the page for all that came meanwhile.
// News of events do not make alerts wait.
function gather(message) {
  const [name] = message.kind.split(".");
  if (!families.has(name)) families.set(name, { messages: new Map(), timer: 0, told_at: -Infinity });
  const family = families.get(name);
  const earlier = family.messages.get(message.id);
  family.messages.set(message.id, isFirst(earlier) ? { ...message, kind: earlier.kind } : message);
  const pause_ms = GATHER_MS[name] ?? GATHER_OTHERS_MS;
  family.timer ||= setTimeout(tell, Math.max(0, family.told_at + pause_ms - performance.now()), name, family);
}

function tell(name, family) {
  const list = [...family.messages.values()];
  family.messages.clear();
  family.timer = 0;
  family.told_at = performance.now();
  dispatch(`live-${name}`, list);
  for (const message of list) {
    dispatch(`live-${name}-${message.id}`, [message]);
    // A job's page shows its events: they are news of the job too.
    if (name === "event" && message.data?.job_id) dispatch(`live-job-${message.data.job_id}`, [message]);
  }
}

function dispatch(name, messages) {
  document.body.dispatchEvent(new CustomEvent(name, { detail: { messages } }));
}

function show(state, words) {
  document.body.dataset.live = state;
  for (const place of document.querySelectorAll("[data-live-words], [data-live-short]")) place.textContent = words;
}
