// Asking the server no more often than it can answer: the slower it is, the longer everybody waits.
const PATIENCE = 10;
// An answer that never comes, or a request that was dropped, keeps a part of the page from the next news no longer.
const LONGEST_MS = 30_000;

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** A function that does `work` at once, or as soon as `least_ms` and ten times as long as the last time took are over.
 *  However often it is called meanwhile, the work is done once more. */
export function paced(work, least_ms) {
  let wanted = false;
  let running = false;
  return async () => {
    wanted = true;
    if (running) return;
    running = true;
    while (wanted) {
      wanted = false;
      const began_at = performance.now();
      await Promise.resolve(work()).catch(() => {});
      await pause(Math.max(least_ms, PATIENCE * (performance.now() - began_at)));
    }
    running = false;
  };
}

/** Parts of the page with `data-redraw="alert event"` are drawn anew by htmx when there is news of these. */
export function redraws() {
  for (const part of document.querySelectorAll("[data-redraw]")) {
    const ask = paced(() => drawn(part), Number(part.dataset.pace));
    for (const name of part.dataset.redraw.split(" ")) document.body.addEventListener(`live-${name}`, ask);
  }
}

function drawn(part) {
  const answered = new Promise((resolve) => {
    part.addEventListener("htmx:afterRequest", resolve, { once: true });
    part.dispatchEvent(new Event("redraw"));
  });
  return Promise.race([answered, pause(LONGEST_MS)]);
}
