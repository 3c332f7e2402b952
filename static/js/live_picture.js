// A camera's live picture: asked for at most twice a second while the page is seen, with boxes and areas drawn over it.
// A picture that is ten seconds old is taken away, since it would pass for what the camera sees now.
import { classWord } from "./class_words.js";

const EVERY_MS = 500;
const WAITING_MS = 1_500;
const OLDEST_MS = 10_000;
const BOX = "oklch(0.86 0.11 205)";
const ZONE = "oklch(0.85 0.14 160)";

class LivePicture {
  constructor(root) {
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.badge = root.querySelector("[data-live-badge]");
    this.clock = root.querySelector("[data-picture-time]");
    this.zones = JSON.parse(document.getElementById("zones")?.textContent || "[]");
    this.shows = { boxes: true, zones: true };
    this.taken_at = 0;
  }

  start() {
    for (const button of this.root.querySelectorAll("[data-show]")) {
      button.addEventListener("click", () => this.toggle(button));
    }
    this.root.querySelector("[data-full]").addEventListener("click", () => this.full());
    document.addEventListener("visibilitychange", () => this.wake());
    setInterval(() => this.forget(), 1_000);
    this.poll();
  }

  wake() {
    if (document.hidden) return;
    this.forget();
    clearTimeout(this.timer);
    this.poll();
  }

  async poll() {
    if (document.hidden || this.asking) return;
    this.asking = true;
    const began = performance.now();
    const found = await this.ask().catch(() => false);
    this.asking = false;
    const pause = (found ? EVERY_MS : WAITING_MS) - (performance.now() - began);
    this.timer = setTimeout(() => this.poll(), Math.max(50, pause));
  }

  async ask() {
    const asked_at = Date.now(); // performance.now() stands still while a machine sleeps
    const answer = await fetch(`${this.root.dataset.src}?boxes=1`, { cache: "no-store" });
    if (answer.status !== 200) return false;
    const picture = await answer.json();
    const taken_at = asked_at - picture.age_ms; // or later: a picture has grown older on its way by as much as that took
    if (Date.now() - taken_at >= OLDEST_MS) return false;
    const bytes = Uint8Array.from(atob(picture.jpeg), (character) => character.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
    this.show(image, picture, taken_at);
    return true;
  }

  show(image, picture, taken_at) {
    this.taken_at = taken_at;
    this.image?.close();
    this.image = image;
    this.boxes = picture.boxes;
    this.canvas.width = image.width;
    this.canvas.height = image.height;
    this.root.querySelector(".stage").style.aspectRatio = `${image.width} / ${image.height}`;
    this.canvas.hidden = this.badge.hidden = false;
    this.clock.dateTime = picture.taken_at;
    this.clock.textContent = clockWords(picture.taken_at, this.root.dataset.zone);
    this.draw();
  }

  forget() {
    if (!this.image || Date.now() - this.taken_at < OLDEST_MS) return;
    this.image.close();
    this.image = null;
    this.canvas.hidden = this.badge.hidden = true;
    this.clock.textContent = "";
  }

  draw() {
    if (!this.image) return;
    const pen = this.canvas.getContext("2d");
    pen.drawImage(this.image, 0, 0);
    pen.lineWidth = Math.max(2, this.canvas.width / 400);
    pen.font = `600 ${Math.max(12, this.canvas.width / 55)}px sans-serif`;
    if (this.shows.zones) for (const zone of this.zones) this.drawZone(pen, zone);
    if (this.shows.boxes) for (const box of this.boxes) this.drawBox(pen, box);
  }

  drawZone(pen, zone) {
    pen.strokeStyle = ZONE;
    pen.setLineDash(zone.kind === "line" ? [] : [8, 5]);
    pen.beginPath();
    for (const [x, y] of zone.points) pen.lineTo(x * this.canvas.width, y * this.canvas.height);
    if (zone.kind !== "line") pen.closePath();
    pen.stroke();
    pen.setLineDash([]);
  }

  drawBox(pen, { box_xyxy: [left, top, right, bottom], class_name, confidence }) {
    const [x, y] = [left * this.canvas.width, top * this.canvas.height];
    pen.strokeStyle = BOX;
    pen.strokeRect(x, y, (right - left) * this.canvas.width, (bottom - top) * this.canvas.height);
    const words = `${classWord(class_name)} ${Math.round(confidence * 100)} %`;
    pen.lineJoin = "round";
    pen.strokeStyle = "rgb(0 0 0 / 0.75)";
    pen.strokeText(words, x, Math.max(14, y - 5));
    pen.fillStyle = BOX;
    pen.fillText(words, x, Math.max(14, y - 5));
  }

  toggle(button) {
    const what = button.dataset.show;
    this.shows[what] = !this.shows[what];
    button.setAttribute("aria-pressed", String(this.shows[what]));
    this.draw();
  }

  full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen();
  }
}

function clockWords(moment, zone) {
  return new Date(moment).toLocaleTimeString("en-GB", { timeZone: zone, hour12: false });
}

// Why a stretch of the strip is a gap, for keyboards and fingers too.
function gapWords(event) {
  const gap = event.target.closest?.("[data-gap]");
  if (!gap) return;
  gap.closest("[data-strip]").querySelector("[data-gap-words]").textContent = gap.dataset.gap;
}

const root = document.querySelector("[data-live-picture]");
if (root) new LivePicture(root).start();
for (const name of ["focusin", "pointerover", "click"]) document.addEventListener(name, gapWords);
