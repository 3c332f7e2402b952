// A link to this event, at the place where the clip stands: copied, or shown to be copied where the browser does not allow it.
import { copy } from "./clipboard.js";

const button = document.querySelector("[data-copy-link]");
const note = document.querySelector("[data-share-note]");
const shown = note.querySelector("input");

button.addEventListener("click", async () => {
  const link = new URL(button.dataset.copyLink, location.href);
  const video = document.querySelector("[data-player] video");
  if (video) link.searchParams.set("t", video.currentTime.toFixed(1));
  const copied = await copy(link.href);
  note.hidden = false;
  note.querySelector("[data-share-copied]").hidden = !copied;
  shown.hidden = copied;
  shown.value = link.href;
  if (!copied) shown.select();
});
