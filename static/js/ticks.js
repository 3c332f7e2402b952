// Ticks of a list: how many there are stands beside "All", and buttons that need one wait for it.
const boxes = () => [...document.querySelectorAll("input[data-tick]")];

export function update() {
  const chosen = boxes().filter((box) => box.checked).length;
  for (const button of document.querySelectorAll("[data-needs-ticks]")) button.disabled = chosen === 0;
  const isAll = chosen > 0 && chosen === boxes().length;
  for (const all of document.querySelectorAll("[data-tick-all]")) {
    // One that has a name stands for more than this page: rows do not tick it, but each takes its tick away.
    all.checked = isAll && (!all.name || all.checked);
  }
  const found = document.querySelector("[data-tick-all][name]:checked");
  for (const words of document.querySelectorAll("[data-ticked-words]")) {
    const some = found ? found.parentElement.textContent.trim() : words.dataset.some.replace("{number}", chosen);
    words.textContent = chosen ? some : words.dataset.none;
    words.closest(".bulk-bar").classList.toggle("has-ticks", chosen > 0);
  }
}

export function untick() {
  for (const box of boxes()) box.checked = false;
  update();
}

export function ticks() {
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]")) for (const box of boxes()) box.checked = event.target.checked;
    if (event.target.matches("[data-tick-all], [data-tick]")) update();
  });
  // A list that is drawn again keeps its ticks. Where the form that asked is gone, nobody hears of it beforehand: then
  // only rows are drawn, which keep theirs by themselves.
  let asked = null;
  let kept = new Set();
  document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    asked = detail.xhr;
    kept = new Set(boxes().filter((box) => box.checked).map((box) => box.value));
  });
  document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.xhr === asked) for (const box of boxes()) box.checked = kept.has(box.value);
    update();
  });
  document.body.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
    const box = detail.fragment.querySelector("[data-tick]");
    if (box) box.checked = Boolean(detail.target.querySelector("[data-tick]")?.checked);
  });
  document.body.addEventListener("htmx:oobAfterSwap", update);
  update();
}
