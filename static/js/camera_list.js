// Ticks of the camera list: they stay when the list is drawn again, and the button says how many there are.
const list = document.getElementById("cameras");
const boxes = () => [...list.querySelectorAll('input[name="camera"]')];
const usual = list.querySelector("[data-bulk-count]")?.textContent;
let kept = new Set();

function update() {
  const ticked = boxes().filter((box) => box.checked).length;
  const button = list.querySelector("[data-bulk-ticked]");
  if (!button) return;
  button.disabled = ticked === 0;
  list.querySelector("[data-bulk-count]").textContent = ticked || usual;
}

list.addEventListener("change", (event) => {
  if (event.target.matches("[data-tick-page]")) for (const box of boxes()) box.checked = event.target.checked;
  update();
});
list.addEventListener("htmx:beforeSwap", () => {
  kept = new Set(boxes().filter((box) => box.checked).map((box) => box.value));
});
list.addEventListener("htmx:afterSwap", () => {
  for (const box of boxes()) box.checked = kept.has(box.value);
  update();
});
update();
