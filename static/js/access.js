// The matrix of users and cameras: arrow keys move between the boxes, and what is not saved is counted.
const form = document.querySelector("[data-access]");
const count = form?.querySelector("[data-access-count]");
const boxes = () => [...(form?.querySelectorAll('input[name="cell"]') ?? [])];
const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
let isSaving = false;

function changed() {
  return boxes().filter((box) => box.checked !== box.defaultChecked).length;
}

function show() {
  const number = changed();
  count.textContent = number ? `${number} ${count.dataset.words}` : "";
  for (const box of boxes()) box.closest("td").classList.toggle("changed", box.checked !== box.defaultChecked);
}

form?.addEventListener("keydown", (event) => {
  const move = moves[event.key];
  const cell = event.target.closest("td");
  if (!move || !cell) return;
  const row = form.querySelectorAll("tbody tr")[cell.parentElement.sectionRowIndex + move[0]];
  const box = row?.cells[cell.cellIndex + move[1]]?.querySelector("input");
  event.preventDefault();
  box?.focus();
});
form?.addEventListener("change", show);
form?.addEventListener("submit", () => { isSaving = true; });
addEventListener("beforeunload", (event) => {
  if (form && !isSaving && changed()) event.preventDefault();
});
if (form) show();
