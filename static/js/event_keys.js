// The keyboard of the event page, and its help.
const PLAYER_KEYS = { " ": "play", ",": "back", ".": "on", m: "moment", b: "boxes", z: "zones", "-": "slower", "+": "faster", "=": "faster" };

export function bindKeys(playerNow) {
  const help = document.querySelector("[data-help]");
  document.querySelector("[data-open-help]")?.addEventListener("click", () => help.showModal());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (event.target.matches("input:not([type=range]), textarea, select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === " " && event.target.matches("a, button, summary")) return;
    if (press(event.key, playerNow(), help)) event.preventDefault();
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
