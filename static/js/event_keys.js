// The keyboard of the event page, and its help; a page without a clip becomes one with a clip when that arrives.
const PLAYER_KEYS = { " ": "play", ",": "back", ".": "on", m: "moment", b: "boxes", z: "zones", "-": "slower", "+": "faster", "=": "faster" };

export function bindKeys(player) {
  const help = document.querySelector("[data-help]");
  document.querySelector("[data-open-help]")?.addEventListener("click", () => help.showModal());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (event.target.matches("input:not([type=range]), textarea, select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === " " && event.target.matches("a, button, summary")) return;
    if (press(event.key, player, help)) event.preventDefault();
  });
  document.body.addEventListener("htmx:afterSwap", () => {
    const waiting = document.querySelector("[data-waiting]");
    if (waiting && document.querySelector('[data-has-clip="yes"]')) location.reload();
  });
}

function press(key, player, help) {
  const low = key.toLowerCase();
  if (PLAYER_KEYS[low]) return player.act(PLAYER_KEYS[low]), true;
  if (key === "?") return help.showModal(), true;
  if (low === "n") return document.getElementById("note")?.focus(), true;
  if (low === "c") return document.querySelector("[data-copy-link]")?.click(), true;
  if (/^[1-9]$/.test(key)) {
    const button = player.video && player.jumps()[Number(key) - 1];
    return button ? (player.jump(button), true) : false;
  }
  const target = /^[tfjka]$/.test(low) && document.querySelector(`[data-key="${low}"]`);
  if (target) target.click();
  return Boolean(target);
}
