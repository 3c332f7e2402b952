// The picture under the zone editor: live where there is one, with what is detected and where it stands.
const EVERY_MS = 700;
const WAITING_MS = 2_000;
const OLDEST_MS = 10_000;
const BOX = "oklch(0.86 0.11 205)";
const INSIDE = "oklch(0.88 0.17 95)";

export class ZonePicture {
  constructor(root, counts) {
    this.root = root;
    this.counts = counts; // whether a foot point counts for what is being drawn
    this.canvas = root.querySelector("canvas");
    this.badge = root.querySelector("[data-live-badge]");
    this.stills = root.querySelectorAll("[data-still], [data-still-words]");
    this.held = false;
  }

  start() {
    if (!this.root.dataset.src) return;
    const freeze = this.root.querySelector("[data-freeze]");
    freeze.addEventListener("click", () => {
      this.held = !this.held;
      freeze.setAttribute("aria-pressed", String(this.held));
      this.badge.hidden = this.held || !this.image;
    });
    document.addEventListener("visibilitychange", () => {
      this.#forget();
      this.#poll();
    });
    setInterval(() => this.#forget(), 1_000);
    this.#poll();
  }

  async #poll() {
    clearTimeout(this.timer);
    if (document.hidden || this.asking) return;
    this.asking = true;
    const found = this.held || (await this.#ask().catch(() => false));
    this.asking = false;
    this.timer = setTimeout(() => this.#poll(), found ? EVERY_MS : WAITING_MS);
  }

  async #ask() {
    const asked_at = Date.now(); // performance.now() stands still while a machine sleeps
    const answer = await fetch(`${this.root.dataset.src}?boxes=1`, { cache: "no-store" });
    if (answer.status !== 200) return false;
    const picture = await answer.json();
    const taken_at = asked_at - picture.age_ms; // or later: a picture has grown older on its way by as much as that took
    if (Date.now() - taken_at >= OLDEST_MS) return false;
    const bytes = Uint8Array.from(atob(picture.jpeg), (character) => character.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
    if (this.held) return true;
    this.image?.close();
    this.image = image;
    this.boxes = picture.boxes;
    this.taken_at = taken_at;
    [this.canvas.width, this.canvas.height] = [image.width, image.height];
    this.#live(true);
    this.draw();
    return true;
  }

  // A picture on which somebody draws may be old only where it says so: held, it does.
  #forget() {
    if (!this.image || this.held || Date.now() - this.taken_at < OLDEST_MS) return;
    this.image.close();
    this.image = null;
    this.#live(false);
  }

  #live(shown) {
    this.canvas.hidden = !shown;
    this.badge.hidden = !shown;
    for (const still of this.stills) still.hidden = shown;
    this.root.dispatchEvent(new Event("picture-changed"));
  }

  draw() {
    if (!this.image) return;
    const pen = this.canvas.getContext("2d");
    pen.drawImage(this.image, 0, 0);
    for (const box of this.boxes) this.#drawBox(pen, box.box_xyxy);
  }

  #drawBox(pen, [left, top, right, bottom]) {
    const { width, height } = this.canvas;
    const foot = [(left + right) / 2, bottom];
    pen.strokeStyle = pen.fillStyle = this.counts(foot) ? INSIDE : BOX;
    pen.lineWidth = Math.max(1.5, width / 500);
    pen.strokeRect(left * width, top * height, (right - left) * width, (bottom - top) * height);
    pen.beginPath();
    pen.arc(foot[0] * width, foot[1] * height, Math.max(4, width / 130), 0, 2 * Math.PI);
    pen.fill();
    pen.strokeStyle = "rgb(0 0 0 / 0.7)";
    pen.stroke();
  }
}
