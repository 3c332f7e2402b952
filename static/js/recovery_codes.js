// Recovery codes are copied, or marked to be copied where the browser does not allow it.
import { copy } from "./clipboard.js";

const codes = document.querySelector(".codes");

document.querySelector("[data-copy-codes]")?.addEventListener("click", async () => {
  const text = [...codes.querySelectorAll("code")].map((code) => code.textContent).join("\n");
  const copied = await copy(text);
  document.querySelector("[data-codes-copied]").hidden = !copied;
  document.querySelector("[data-codes-marked]").hidden = copied;
  if (!copied) getSelection().selectAllChildren(codes);
});
