// The wall: pictures are asked for in batches, so that 64 cameras cost two requests a second. A picture that is ten
// seconds old is taken away, since it would pass for what the camera sees now.
const BATCH = 16;
const OLDEST_MS = 10_000;
const LEAST_PAUSE_MS = 150;
const HEAD_BYTES = 4;
const BOX = "oklch(0.86 0.11 205)";

const pace = (tiles) => (tiles <= 4 ? 500 : tiles <= BATCH ? 1_000 : 2_000);
const reader = new TextDecoder();

class Tile {
  constructor(root) {
    this.root = root;
    this.id = root.dataset.tile;
    this.canvas = root.querySelector("canvas");
    this.words = root.querySelector("[data-words]");
    this.flaw = root.querySelector("[data-flaw]");
    this.clock = root.querySelector("[data-clock]");
    this.offset = root.querySelector("[data-offset]");
    this.known = 0;
  }

  async take(row, jpeg, boxes, asked_at) {
    this.root.className = `wall-tile state-${row.state}`;
    if (this.words.textContent !== row.words) this.words.textContent = row.words;
    if (this.flaw.textContent !== row.flaw) this.flaw.textContent = row.flaw;
    if (row.blind) this.clear();
    const taken_at = asked_at - row.age_ms; // or later: a picture has grown older on its way by as much as that took
    if (!jpeg || Date.now() - taken_at >= OLDEST_MS) return;
    const scale = Math.min(devicePixelRatio || 1, 2);
    const image = await createImageBitmap(jpeg, { resizeWidth: Math.max(160, Math.round(this.root.clientWidth * scale)) });
    this.image?.close();
    [this.image, this.boxes, this.known] = [image, row.boxes, row.ms];
    this.taken_at = taken_at;
    [this.canvas.width, this.canvas.height] = [image.width, image.height];
    this.canvas.hidden = false;
    this.words.hidden = true;
    [this.clock.textContent, this.offset.textContent] = [row.clock, row.offset];
    this.draw(boxes);
  }

  forget() {
    if (Date.now() - this.taken_at >= OLDEST_MS) this.clear();
  }

  clear() {
    if (!this.image) return;
    this.image.close();
    this.image = null;
    this.canvas.hidden = true;
    this.words.hidden = false;
    this.clock.textContent = this.offset.textContent = "";
  }

  draw(boxes) {
    if (!this.image) return;
    const pen = this.canvas.getContext("2d");
    const { width, height } = this.canvas;
    pen.drawImage(this.image, 0, 0);
    if (!boxes) return;
    pen.strokeStyle = BOX;
    pen.lineWidth = Math.max(1.5, width / 250);
    for (const [left, top, right, bottom] of this.boxes) {
      pen.strokeRect(left * width, top * height, (right - left) * width, (bottom - top) * height);
    }
  }
}

class Wall {
  constructor(root) {
    this.root = root;
    this.grid = root.querySelector("#wall");
    this.boxes = root.querySelector("[data-boxes]").getAttribute("aria-pressed") === "true";
    this.turn_ms = Number(root.dataset.rotate) * 1000 || 20_000;
    this.round = 0;
  }

  start() {
    this.bind("[data-boxes]", () => {
      this.boxes = !this.boxes;
      for (const tile of this.tiles) tile.draw(this.boxes);
      return this.boxes;
    });
    this.bind("[data-rotating]", () => this.rotate(!this.turning));
    this.root.querySelector("[data-full]").addEventListener("click", () => this.full());
    this.grid.addEventListener("click", (event) => {
      const link = event.target.closest("[data-turn]");
      if (!link) return;
      event.preventDefault();
      this.turn(link.dataset.turn);
    });
    document.addEventListener("visibilitychange", () => document.hidden || this.wake());
    setInterval(() => this.forget(), 1_000);
    this.watch();
    if (Number(this.root.dataset.rotate)) this.rotate(true);
  }

  wake() {
    this.forget();
    this.watch();
  }

  forget() {
    for (const tile of this.tiles) tile.forget();
  }

  bind(name, deed) {
    const button = this.root.querySelector(name);
    button?.addEventListener("click", () => button.setAttribute("aria-pressed", String(deed())));
  }

  // --- pictures ---
  // Each round of watching has its number: batches of an earlier one end when they notice.
  watch() {
    const round = ++this.round;
    const before = new Map((this.tiles || []).map((tile) => [tile.root, tile]));
    this.tiles = [...this.grid.querySelectorAll("[data-tile]")].map((root) => before.get(root) || new Tile(root));
    for (const tile of before.values()) if (!tile.root.isConnected) tile.clear();
    const every_ms = pace(this.tiles.length);
    const batches = Math.ceil(this.tiles.length / BATCH);
    for (let index = 0; index < batches; index += 1) {
      const tiles = this.tiles.slice(index * BATCH, (index + 1) * BATCH);
      setTimeout(() => this.ask(round, tiles, every_ms), (index * every_ms) / batches);
    }
  }

  async ask(round, tiles, every_ms) {
    if (round !== this.round || document.hidden) return;
    const began = performance.now();
    await this.fetch(tiles, every_ms).catch(() => {});
    const took = performance.now() - began;
    // A server or a line that is slow is asked less often, not more.
    setTimeout(() => this.ask(round, tiles, every_ms), Math.max(LEAST_PAUSE_MS, every_ms - took, took));
  }

  async fetch(tiles, every_ms) {
    const see = tiles.map((tile) => `${tile.id}.${tile.known}`).join(",");
    const asked_at = Date.now(); // performance.now() stands still while a machine sleeps
    const answer = await fetch(`${this.root.dataset.pictures}?see=${see}&every=${every_ms}`, { cache: "no-store" });
    if (answer.redirected) location.reload(); // to the sign-in page: a wall that nobody is signed in to says so
    if (!answer.ok || answer.redirected) return;
    const body = await answer.arrayBuffer();
    const head_ends = HEAD_BYTES + new DataView(body).getUint32(0);
    const rows = JSON.parse(reader.decode(new Uint8Array(body, HEAD_BYTES, head_ends - HEAD_BYTES)));
    const places = new Map(tiles.map((tile) => [tile.id, tile]));
    let start = head_ends;
    const taken = [];
    for (const row of rows) {
      const jpeg = row.bytes ? new Blob([new Uint8Array(body, start, row.bytes)], { type: "image/jpeg" }) : null;
      start += row.bytes || 0;
      taken.push(places.get(String(row.id)).take(row, jpeg, this.boxes, asked_at).catch(() => {}));
    }
    await Promise.all(taken);
  }

  // --- pages ---
  rotate(on) {
    clearInterval(this.turning);
    this.turning = on ? setInterval(() => this.next(), this.turn_ms) : 0;
    return on;
  }

  next() {
    const pages = this.grid.querySelector("[data-pages]");
    if (pages && !document.hidden) this.turn((Number(pages.dataset.page) % Number(pages.dataset.pages)) + 1);
  }

  async turn(number) {
    const address = new URL(location.href);
    address.searchParams.set("page", number);
    const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) return;
    const at = document.activeElement;
    const kept = this.grid.contains(at) && (at.rel || "tile");
    this.grid.innerHTML = await answer.text();
    if (kept) this.focus(kept);
    history.replaceState(null, "", address);
    this.watch();
  }

  // Whoever goes through the pages by keys stays on the same arrow, or on the other one where that one ends.
  focus(kept) {
    const place = this.grid.querySelector(`[rel="${kept}"]`) ?? this.grid.querySelector(kept === "tile" ? "a" : "[data-turn]");
    place?.focus({ preventScroll: true });
  }

  full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen();
  }
}

const root = document.querySelector("[data-wall]");
if (root?.querySelector("#wall")) new Wall(root).start();
