// Marks of the timeline by arrow keys; words and a picture of what is under the mouse or has the focus; news of today.
const WAIT_MS = 15_000;
const card = document.querySelector("[data-card]");
let root = document.querySelector("[data-timeline]");
let asked_at = performance.now();

const lines = () => [...root.querySelectorAll("[data-line]")];
const cells = (line) => [...line.querySelectorAll("[data-cell]")].sort((one, two) => place(one) - place(two));
const place = (cell) => Number(cell.dataset.cell);

// One mark of the timeline can be reached by Tab, the others by arrows from there.
function rove(chosen) {
  for (const cell of root.querySelectorAll("[data-cell]")) cell.setAttribute("tabindex", cell === chosen ? "0" : "-1");
}

function move(cell, key) {
  const line = cell.closest("[data-line]");
  const own = cells(line);
  if (key === "Home") return own[0];
  if (key === "End") return own.at(-1);
  if (key === "ArrowLeft" || key === "ArrowRight") return own[own.indexOf(cell) + (key === "ArrowLeft" ? -1 : 1)];
  const all = lines();
  const step = key === "ArrowUp" ? -1 : 1;
  for (let at = all.indexOf(line) + step; all[at]; at += step) {
    const others = cells(all[at]);
    if (others.length) return others.reduce((best, other) => (Math.abs(place(other) - place(cell)) < Math.abs(place(best) - place(cell)) ? other : best));
  }
  return null;
}

function tell(cell) {
  root.querySelector("[data-words]").textContent = cell?.getAttribute("aria-label") ?? "";
  card.hidden = !cell?.dataset.picture;
  if (card.hidden) return;
  const picture = card.querySelector("img");
  picture.src = cell.dataset.picture;
  card.querySelector("figcaption").textContent = cell.getAttribute("aria-label");
  const mark = cell.getBoundingClientRect();
  const left = Math.min(Math.max(8, mark.left + mark.width / 2 - card.offsetWidth / 2), innerWidth - card.offsetWidth - 8);
  const above = mark.top - card.offsetHeight - 8;
  card.style.left = `${left}px`;
  card.style.top = `${above > 8 ? above : mark.bottom + 8}px`;
}

function bind() {
  root.addEventListener("keydown", (event) => {
    const cell = event.target.closest("[data-cell]");
    if (!cell || !/^(Arrow|Home|End)/.test(event.key)) return;
    event.preventDefault();
    const next = move(cell, event.key);
    if (!next) return;
    rove(next);
    next.focus();
  });
  root.addEventListener("focusin", (event) => tell(event.target.closest("[data-cell]")));
  root.addEventListener("focusout", () => tell(null));
  root.addEventListener("pointerover", (event) => tell(event.target.closest("[data-cell]")));
  root.addEventListener("pointerleave", () => tell(null));
  rove(root.querySelector("[data-cell]"));
}

// While somebody looks at a mark nothing moves under them.
async function renew() {
  if (!root.querySelector(".time-now") || performance.now() - asked_at < WAIT_MS) return;
  if (root.contains(document.activeElement) || root.matches(":hover")) return;
  asked_at = performance.now();
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-timeline]");
  if (!fresh || root.contains(document.activeElement)) return;
  root.replaceWith(fresh);
  root = fresh;
  bind();
}

card.querySelector("img").addEventListener("error", () => { card.hidden = true; });
document.body.addEventListener("live-event", renew);
bind();
