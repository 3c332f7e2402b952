// A row under the mouse or with the focus plays the moment of its clip, without sound, where people want things to move.
const WAIT_MS = 300;
const BEFORE_SECONDS = 1;
const SHOWN_SECONDS = 6;
const still = matchMedia("(prefers-reduced-motion: reduce)");
let timer = 0;
let current = null;

export function previews() {
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "mouse") look(event.target);
  });
  document.addEventListener("focusin", (event) => look(event.target));
}

function look(target) {
  const thumb = target.closest?.(".row")?.querySelector(".thumb[data-clip]") ?? null;
  if (thumb === current) return;
  end();
  current = thumb;
  if (thumb && !still.matches && !navigator.connection?.saveData) timer = setTimeout(() => play(thumb), WAIT_MS);
}

function play(thumb) {
  const video = document.createElement("video");
  Object.assign(video, { muted: true, playsInline: true, preload: "auto", className: thumb.querySelector("img")?.className ?? "" });
  video.setAttribute("aria-hidden", "true");
  video.tabIndex = -1;
  const start = Math.max(0, Number(thumb.dataset.momentMs) / 1000 - BEFORE_SECONDS);
  video.addEventListener("loadedmetadata", () => { video.currentTime = start; });
  video.addEventListener("timeupdate", () => {
    if (video.currentTime > start + SHOWN_SECONDS) video.currentTime = start;
  });
  video.addEventListener("ended", () => { video.currentTime = start; video.play().catch(() => {}); });
  video.addEventListener("playing", () => thumb.classList.add("plays"));
  video.addEventListener("error", end);
  video.src = thumb.dataset.clip;
  thumb.append(video);
  video.play().catch(() => {});
}

function end() {
  clearTimeout(timer);
  const video = current?.querySelector("video");
  if (video) {
    video.removeAttribute("src");
    video.load();
    video.remove();
  }
  current?.classList.remove("plays");
}
