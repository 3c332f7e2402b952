// Choosing cameras within a form: arrow keys move between them, the return key looks, how many are chosen is counted, and
// what was ticked while an answer was on its way stays as it was ticked.
import { filled, gettext, ngettext } from "./words.js";

const choice = document.querySelector("[data-camera-choice]");
const words = choice?.querySelector("[data-chosen-words]");
const boxes = () => [...choice.querySelectorAll('input[name="cameras"]')];
const found = () => boxes().filter((box) => !box.closest("[data-chosen-cameras]"));
const moves = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 };
let ticked = new Map();
let last = null;

function count() {
  const number = boxes().filter((box) => box.checked).length;
  const some = ngettext("%(n)s camera is chosen.", "%(n)s cameras are chosen.", number);
  words.textContent = number ? filled(some, { n: number }) : gettext("No camera is chosen.");
}

// One that is ticked meanwhile and does not fit the new words is no more in the answer: its row comes along.
function keep(row, { checked, value }) {
  const box = boxes().find((other) => other.value === value);
  if (box) box.checked = checked;
  else if (checked) {
    const chosen = choice.querySelector("[data-chosen-cameras]");
    chosen.querySelector("ul").append(row);
    chosen.hidden = false;
  }
}

function begin() {
  choice.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (key === "Enter" && target.matches('.choice-find input')) {
      event.preventDefault();
      target.dispatchEvent(new Event("look", { bubbles: true }));
    }
    const known = boxes();
    if (!moves[key] || !known.includes(target)) return;
    event.preventDefault();
    known[known.indexOf(target) + moves[key]]?.focus();
  });
  choice.addEventListener("change", ({ target }) => {
    if (target.name !== "cameras") return;
    ticked.set(target.closest("li"), target);
    count();
  });
  choice.addEventListener("htmx:beforeRequest", ({ detail }) => {
    ticked = new Map();
    last = detail.elt.value === "more" ? found().at(-1).value : null;
  });
  choice.addEventListener("htmx:afterSwap", () => {
    for (const [row, box] of ticked) keep(row, box);
    count();
    const known = found();
    if (last) known[known.findIndex((box) => box.value === last) + 1]?.focus();
    last = null;
  });
}

if (words) begin();
