// The clip with its boxes and areas drawn over it, frame steps and keys.
import { classWord } from "./class_words.js";
import { bindKeys } from "./event_keys.js";

const SVG = "http://www.w3.org/2000/svg";
const NEAR_MS = 600;
const ROOMY = 900;

class Player {
  constructor(root) {
    this.root = root;
    this.video = root.querySelector("video");
    this.overlay = root.querySelector("[data-overlay]");
    this.still = root.querySelector(".stage img");
    this.moment_ms = Number(root.dataset.momentMs);
    this.track = Number(root.dataset.track);
    this.frame_seconds = 1 / (Number(root.dataset.fps) || 25);
    this.zones = JSON.parse(document.getElementById("zones")?.textContent || "[]");
    this.samples = [];
    this.shows = { boxes: true, zones: true };
  }

  async start() {
    this.picture()?.addEventListener(this.video ? "loadedmetadata" : "load", () => this.draw());
    this.overlay.removeAttribute("preserveAspectRatio");
    new ResizeObserver(() => this.draw()).observe(this.root);
    if (this.video) this.control();
    if (this.root.dataset.boxes) await this.loadBoxes();
    this.draw();
  }

  picture() {
    return this.video || this.still;
  }

  async loadBoxes() {
    const answer = await fetch(this.root.dataset.boxes);
    if (!answer.ok) return;
    const sidecar = await answer.json();
    this.samples = groups(sidecar.samples);
    this.root.dataset.boxesReady = String(this.samples.length);
  }

  control() {
    const video = this.video;
    video.controls = false;
    for (const button of this.root.querySelectorAll("[data-do]")) {
      button.addEventListener("click", () => this.act(button.dataset.do));
    }
    this.seek = this.root.querySelector("[data-seek]");
    this.seek.addEventListener("input", () => this.to(Number(this.seek.value) / 1000));
    this.root.querySelector("[data-speed]").addEventListener("change", (event) => {
      video.playbackRate = Number(event.target.value);
    });
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-jump-ms]");
      if (button) this.jump(button);
    });
    video.addEventListener("click", () => this.act("play"));
    for (const name of ["play", "pause"]) video.addEventListener(name, () => this.showPlaying());
    for (const name of ["timeupdate", "seeked", "durationchange"]) video.addEventListener(name, () => this.tick());
    video.addEventListener("loadedmetadata", () => this.begin(), { once: true });
    if (video.readyState >= 1) this.begin();
    this.everyFrame();
  }

  begin() {
    if (this.begun) return;
    this.begun = true;
    this.seek.max = String(Math.round(this.video.duration * 1000));
    this.mark();
    this.to(Math.max(0, this.asked() ?? this.moment_ms / 1000));
    this.draw();
  }

  // A link may lead to a place in the clip: ?t=12.5
  asked() {
    const seconds = Number.parseFloat(new URLSearchParams(location.search).get("t"));
    return Number.isFinite(seconds) ? seconds : null;
  }

  jumps() {
    return [...document.querySelectorAll("[data-jump-ms]")];
  }

  jump(button) {
    this.video.pause();
    this.to(Number(button.dataset.jumpMs) / 1000);
    this.root.scrollIntoView({ block: "nearest" });
  }

  everyFrame() {
    const step = () => {
      this.tick();
      if ("requestVideoFrameCallback" in this.video) this.video.requestVideoFrameCallback(step);
    };
    if ("requestVideoFrameCallback" in this.video) this.video.requestVideoFrameCallback(step);
  }

  act(what) {
    const video = this.video;
    if (what === "boxes" || what === "zones") return this.toggle(what);
    if (!video) return undefined;
    if (what === "play") return video.paused ? video.play() : video.pause();
    if (what === "full") return document.fullscreenElement ? document.exitFullscreen() : this.root.requestFullscreen();
    if (what === "moment") return this.to(this.moment_ms / 1000);
    if (what === "slower" || what === "faster") return this.speed(what === "faster" ? 1 : -1);
    video.pause();
    return this.to(video.currentTime + (what === "on" ? this.frame_seconds : -this.frame_seconds));
  }

  to(seconds) {
    const end = Number.isFinite(this.video.duration) ? this.video.duration : seconds;
    this.video.currentTime = Math.min(Math.max(0, seconds), end);
    this.tick();
  }

  speed(step) {
    const select = this.root.querySelector("[data-speed]");
    const next = Math.min(Math.max(0, select.selectedIndex + step), select.options.length - 1);
    select.selectedIndex = next;
    this.video.playbackRate = Number(select.value);
  }

  toggle(what) {
    this.shows[what] = !this.shows[what];
    this.root.querySelector(`[data-do="${what}"]`)?.setAttribute("aria-pressed", String(this.shows[what]));
    this.draw();
  }

  showPlaying() {
    const use = this.root.querySelector('[data-do="play"] use');
    const [sprite] = use.getAttribute("href").split("#");
    use.setAttribute("href", `${sprite}#${this.video.paused ? "play" : "pause"}`);
  }

  tick() {
    const { currentTime, duration } = this.video;
    this.seek.value = String(Math.round(currentTime * 1000));
    this.root.querySelector("[data-clock]").textContent = `${clock(currentTime)} / ${clock(duration || 0)}`;
    this.draw();
  }

  mark() {
    const moment = this.dot(this.moment_ms, "moment-mark", this.root.dataset.momentWords);
    const others = this.jumps().map((button) => this.dot(Number(button.dataset.jumpMs), "jump-mark", button.parentElement.textContent.trim()));
    this.root.querySelector("[data-mark]").replaceChildren(...others, moment);
  }

  dot(at_ms, name, words) {
    const dot = make("rect", { class: name, width: 0.7, height: 8, x: (at_ms / Number(this.seek.max)) * 100 - 0.35 });
    const title = make("title", {});
    title.textContent = words;
    dot.append(title);
    return dot;
  }

  draw() {
    this.shape();
    const area = this.area();
    if (!area) return;
    this.overlay.setAttribute("viewBox", `0 0 ${area.stageWidth} ${area.stageHeight}`);
    const shapes = [];
    if (this.shows.zones) for (const zone of this.zones) shapes.push(...drawZone(zone, area));
    if (this.shows.boxes) for (const sample of this.boxesNow()) shapes.push(...drawBox(sample, area, this.track));
    this.overlay.replaceChildren(...shapes);
    this.makeWay();
  }

  // Names of areas stay where they are; a box's label that would cover one goes inside its box.
  makeWay() {
    const names = [...this.overlay.querySelectorAll(".zone-label")].map((name) => name.getBBox());
    for (const label of names.length ? this.overlay.querySelectorAll(".box-label") : []) {
      if (names.some((name) => overlap(name, label.getBBox()))) label.setAttribute("y", label.dataset.inside);
    }
  }

  boxesNow() {
    if (!this.video || !this.samples.length) return [];
    const now = this.video.currentTime * 1000;
    let best = null;
    for (const frame of this.samples) {
      if (!best || Math.abs(frame.at_ms - now) < Math.abs(best.at_ms - now)) best = frame;
    }
    if (Math.abs(best.at_ms - now) > NEAR_MS) return [];
    const index = this.samples.indexOf(best);
    const other = this.samples[best.at_ms <= now ? index + 1 : index - 1];
    return best.boxes.map((sample) => between(sample, other, now));
  }

  // The stage takes the picture's proportions, so that nothing is wasted on black bars.
  shape() {
    const picture = this.picture();
    const [width, height] = [picture?.videoWidth || picture?.naturalWidth, picture?.videoHeight || picture?.naturalHeight];
    if (width && height) this.root.querySelector(".stage").style.aspectRatio = `${width} / ${height}`;
  }

  // Where the picture lies inside the stage: it keeps its own proportions.
  area() {
    const picture = this.picture();
    const width = picture?.videoWidth || picture?.naturalWidth;
    const height = picture?.videoHeight || picture?.naturalHeight;
    if (!width || !height) return null;
    const stage = this.overlay.getBoundingClientRect();
    const scale = Math.min(stage.width / width, stage.height / height);
    const [w, h] = [width * scale, height * scale];
    return { x: (stage.width - w) / 2, y: (stage.height - h) / 2, w, h, stageWidth: stage.width, stageHeight: stage.height };
  }
}

// Boxes are sampled a few times a second: between two samples of a track they move in a straight line.
function between(sample, other, now) {
  const twin = other?.boxes.find((box) => box.track_id === sample.track_id);
  if (!twin || Math.abs(other.at_ms - sample.at_ms) > NEAR_MS) return sample;
  const share = Math.min(1, Math.max(0, (now - sample.at_ms) / (other.at_ms - sample.at_ms)));
  return { ...sample, box_xyxy: sample.box_xyxy.map((edge, at) => edge + (twin.box_xyxy[at] - edge) * share) };
}

function groups(samples) {
  const frames = new Map();
  for (const sample of samples) {
    if (!frames.has(sample.at_ms)) frames.set(sample.at_ms, { at_ms: sample.at_ms, boxes: [] });
    frames.get(sample.at_ms).boxes.push(sample);
  }
  return [...frames.values()].sort((one, two) => one.at_ms - two.at_ms);
}

function isMask(kind) {
  return kind === "include" || kind === "exclude";
}

function drawBox(sample, area, track) {
  const [left, top, right, bottom] = sample.box_xyxy;
  const own = sample.track_id === track;
  const x = area.x + left * area.w;
  const y = area.y + top * area.h;
  const rect = make("rect", { class: own ? "box box-event" : "box", x, y, width: (right - left) * area.w, height: (bottom - top) * area.h, rx: 2 });
  if (!own && area.w < ROOMY) return [rect];
  const text = make("text", { class: own ? "box-label box-label-event" : "box-label", x: x + 2, y: Math.max(13, y - 5), "data-inside": Math.max(13, y) + 15 });
  text.textContent = own ? `${classWord(sample.class_name)} ${Math.round(sample.confidence * 100)} %` : classWord(sample.class_name);
  return [rect, text];
}

function overlap(one, other) {
  return one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height;
}

function drawZone(zone, area) {
  const points = zone.points.map(([x, y]) => [area.x + x * area.w, area.y + y * area.h]);
  const list = points.map((point) => point.join(",")).join(" ");
  const [x, y] = points.reduce((low, point) => (point[1] < low[1] ? point : low));
  const isRight = x > area.x + area.w / 2;
  const place = { x: isRight ? x - 4 : x + 4, y: Math.max(14, y - 6), "text-anchor": isRight ? "end" : "start" };
  const text = make("text", { class: "zone-label", ...place });
  text.textContent = zone.name;
  if (isMask(zone.kind)) return [make("polygon", { class: "zone-mask", points: list, fill: zone.kind === "exclude" ? "url(#hatch)" : "none" }), text];
  if (zone.kind !== "line") return [make("polygon", { class: "zone-shape", points: list }), text];
  return [make("polyline", { class: "zone-line", points: list }), arrow(points), text];
}

// A line has a direction; the small wedge at its middle points to what lies on its right-hand side.
function arrow([[x1, y1], [x2, y2]]) {
  const size = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [ux, uy] = [(x2 - x1) / size, (y2 - y1) / size];
  const [mx, my] = [(x1 + x2) / 2, (y1 + y2) / 2];
  const tip = [mx - uy * 14, my + ux * 14];
  return make("polygon", { class: "zone-shape", points: `${mx - ux * 7},${my - uy * 7} ${tip} ${mx + ux * 7},${my + uy * 7}` });
}

function make(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

function clock(seconds) {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds - minutes * 60).toFixed(1).padStart(4, "0")}`;
}

function begun(root) {
  const player = new Player(root);
  player.start();
  return player;
}

// The clip is shown as soon as it is there; what somebody writes or reads beside it stays as it is.
async function clipArrived() {
  const answer = await fetch(location.href);
  if (!answer.ok) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-player]");
  const waiting = document.querySelector("[data-player]:has([data-waiting])");
  if (!waiting || !fresh?.querySelector("video")) return null;
  waiting.replaceWith(fresh);
  return begun(fresh);
}

const root = document.querySelector("[data-player]");
if (root) {
  let player = begun(root);
  if (document.querySelector("[data-help]")) bindKeys(() => player);
  document.body.addEventListener("htmx:afterSwap", async () => {
    if (!document.querySelector("[data-waiting]") || !document.querySelector('[data-has-clip="yes"]')) return;
    player = (await clipArrived()) ?? player;
  });
}
