// Sound and desktop messages for alerts, where the person has chosen them in this browser.
import { filled, gettext } from "./words.js";

const MARK = "told:";
const FRESH_MS = 60_000;

export const chosen = (name) => localStorage.getItem(`notify-${name}`) === "yes";

export function choose(name, wanted) {
  if (wanted) localStorage.setItem(`notify-${name}`, "yes");
  else localStorage.removeItem(`notify-${name}`);
}

export async function allowed() {
  if (!("Notification" in window)) return false;
  return (await Notification.requestPermission()) === "granted";
}

// As alerts/count.html draws it: the number stands in the menu and, on phones, in the bar below.
function count(number) {
  for (const place of document.querySelectorAll("[data-alert-count]")) {
    const shown = element("count", number);
    shown.append(element("sr-only", ` ${gettext("open")}`));
    place.replaceChildren(...(number ? [shown] : []));
  }
}

function element(name, text) {
  const made = document.createElement("span");
  made.className = name;
  made.textContent = text;
  return made;
}

export function followAlerts() {
  document.body.addEventListener("live-inbox", (event) => count(event.detail.messages.at(-1).data.number));
  document.body.addEventListener("live-alert", (event) => {
    const fresh = event.detail.messages.filter(isNews);
    if (!fresh.length || !first(fresh)) return;
    if (chosen("sound")) beep();
    if (chosen("desktop")) show(fresh);
  });
}

// The button in the inbox; pressing it also lets the browser make a noise later, which it allows only after a press.
export function soundButton() {
  const button = document.querySelector("[data-sound]");
  const show = () => button?.setAttribute("aria-pressed", String(chosen("sound")));
  button?.addEventListener("click", () => {
    choose("sound", !chosen("sound"));
    if (chosen("sound")) beep();
    show();
  });
  show();
}

// What is caught up after a break is not news any more.
function isNews({ kind, data }) {
  return kind === "alert.raised" && Date.now() - Date.parse(data.raised_at) < FRESH_MS;
}

// Of several open pages of one browser, one makes the noise.
function first(messages) {
  const key = MARK + messages.at(-1).id;
  if (localStorage.getItem(key)) return false;
  for (const old of Object.keys(localStorage)) if (old.startsWith(MARK)) localStorage.removeItem(old);
  localStorage.setItem(key, "yes");
  return true;
}

function show(messages) {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const { data, id } = messages.at(-1);
  const title = messages.length > 1 ? filled(gettext("%(number)s new alerts"), { number: messages.length }) : data.camera;
  const note = new Notification(title, { body: data.message, tag: id });
  note.addEventListener("click", () => {
    window.focus();
    const one = messages.length === 1 && data.event_id;
    location.assign(one ? `/events/${encodeURIComponent(data.event_id)}/` : "/alerts/");
  });
}

function beep() {
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = 880;
  volume.gain.setValueAtTime(0.25, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.4);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.4);
  tone.addEventListener("ended", () => audio.close());
}
