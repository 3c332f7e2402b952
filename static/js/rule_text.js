// What is wrong with a rule's text leads to its line there.
function select(text, number) {
  const lines = text.value.split("\n");
  const start = lines.slice(0, number - 1).join("\n").length + (number > 1 ? 1 : 0);
  text.focus({ preventScroll: true });
  text.setSelectionRange(start, start + (lines[number - 1] ?? "").length);
  const height = parseFloat(getComputedStyle(text).lineHeight);
  text.scrollTop = (number - 1) * height - text.clientHeight / 2;
  text.scrollIntoView({ block: "nearest" });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-line]");
  const text = document.getElementById("document");
  if (!link || !text) return;
  event.preventDefault();
  select(text, Number(link.dataset.line));
});
