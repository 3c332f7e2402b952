// What is drawn anew between the two halves of a click swallows it: a part of the page waits until the press is over.
const LONGEST_MS = 60_000;
let pressed = null;
let pressed_at = 0;
const waiting = [];

document.addEventListener("pointerdown", ({ button, target }) => {
  if (button) return;
  pressed = target;
  pressed_at = performance.now();
}, true);
// A mouse that was let go outside of the window is heard of when it comes back.
document.addEventListener("pointermove", ({ buttons }) => { if (pressed && !buttons) over(); });
for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => setTimeout(over), true); // the click comes first

function over() {
  pressed = null;
  for (const deed of waiting.splice(0)) deed();
}

export const isPressed = (part) => part.contains(pressed) && performance.now() - pressed_at < LONGEST_MS;

/** Does it as soon as nobody presses anything in the part: at once, or after a minute at the most. */
export function onceReleased(part, deed) {
  if (!isPressed(part)) return deed();
  waiting.push(deed);
  return setTimeout(() => isPressed(part) || over(), LONGEST_MS);
}

/** What htmx has fetched for a part that is pressed is fetched again afterwards. */
export function keptPresses() {
  document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const { elt, path, verb } = detail.requestConfig;
    if (verb !== "get" || !isPressed(detail.target)) return;
    detail.shouldSwap = false;
    onceReleased(detail.target, () => elt.isConnected && window.htmx.ajax("GET", path, { source: elt, target: detail.target }));
  });
}
