// Many boxes to tick: arrow keys move between them, and what is not saved is counted.
const form = document.querySelector("[data-access]");
const count = form?.querySelector("[data-access-count]");
const all = form?.querySelector("[data-tick-all]");
const boxes = () => [...(form?.querySelectorAll('input[name="cell"], input[name="camera"]') ?? [])];
const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
let isSaving = false;

function changed() {
  return boxes().filter((box) => box.checked !== box.defaultChecked).length;
}

function show() {
  const number = changed();
  count.textContent = number ? `${number} ${count.dataset.words}` : "";
  for (const box of boxes()) box.closest("td, li").classList.toggle("changed", box.checked !== box.defaultChecked);
  if (all) all.checked = boxes().every((box) => box.checked);
}

form?.addEventListener("keydown", (event) => {
  const move = moves[event.key];
  if (!move || !boxes().includes(event.target)) return;
  event.preventDefault();
  const cell = event.target.closest("td");
  if (!cell) {
    const known = boxes();
    known[known.indexOf(event.target) + move[0] + move[1]]?.focus();
    return;
  }
  const row = form.querySelectorAll("tbody tr")[cell.parentElement.sectionRowIndex + move[0]];
  row?.cells[cell.cellIndex + move[1]]?.querySelector("input")?.focus();
});
form?.addEventListener("change", (event) => {
  if (event.target === all) for (const box of boxes()) box.checked = all.checked;
  show();
});
form?.addEventListener("submit", () => { isSaving = true; });
addEventListener("beforeunload", (event) => {
  if (form && !isSaving && changed()) event.preventDefault();
});
if (form) show();
