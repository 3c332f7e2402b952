// The page's one socket. It keeps a cursor, and after a break asks for what came since; ids seen before are dropped.
const REFUSED = 4401;
const GATHER_MS = 400;
const seen = new Set();
const gathered = new Map();
let cursor = document.body.dataset.cursor;
let wait_ms = 500;
let timer = 0;
let told_at = -GATHER_MS;

export function connect() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(`${scheme}//${location.host}/ws/live`);
  socket.addEventListener("message", (event) => receive(socket, JSON.parse(event.data)));
  socket.addEventListener("close", (event) => {
    if (event.code === REFUSED) return show("off", "Signed out");
    show("off", "Connection lost, trying again…");
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
      show("on", "Live");
    }
    return;
  }
  const lasting = message.kind === "event.started" || message.kind === "alert.raised";
  if (lasting && seen.has(message.id)) return;
  if (lasting) seen.add(message.id);
  gather(message);
}

// The first message is told at once; bursts become one step of the page in GATHER_MS for all that came meanwhile.
function gather(message) {
  const [family] = message.kind.split(".");
  if (!gathered.has(family)) gathered.set(family, new Map());
  const earlier = gathered.get(family).get(message.id);
  gathered.get(family).set(message.id, earlier?.kind === "event.started" ? { ...message, kind: earlier.kind } : message);
  timer ||= setTimeout(tell, Math.max(0, told_at + GATHER_MS - performance.now()));
}

function tell() {
  timer = 0;
  told_at = performance.now();
  for (const [family, messages] of gathered) {
    const list = [...messages.values()];
    dispatch(`live-${family}`, list);
    for (const message of list) {
      dispatch(`live-${family}-${message.id}`, [message]);
      // A job's page shows its events: they are news of the job too.
      if (family === "event" && message.data?.job_id) dispatch(`live-job-${message.data.job_id}`, [message]);
    }
  }
  gathered.clear();
}

function dispatch(name, messages) {
  document.body.dispatchEvent(new CustomEvent(name, { detail: { messages } }));
}

function show(state, words) {
  document.body.dataset.live = state;
  for (const place of document.querySelectorAll("[data-live-words], [data-live-short]")) place.textContent = words;
}
