// A link to this event, at the place where the clip stands: copied, or shown to be copied where the browser does not allow it.
const button = document.querySelector("[data-copy-link]");
const shown = document.querySelector(".share-link");
const words = button.querySelector("[data-words]");
const usual = words.textContent;

button.addEventListener("click", async () => {
  const link = new URL(button.dataset.copyLink, location.href);
  const video = document.querySelector("[data-player] video");
  if (video) link.searchParams.set("t", video.currentTime.toFixed(1));
  // Only pages under HTTPS may write the clipboard by themselves.
  const copied = await navigator.clipboard?.writeText(link.href).then(() => true, () => false);
  if (!copied) {
    shown.hidden = false;
    shown.value = link.href;
    shown.select();
    return;
  }
  words.textContent = button.dataset.done;
  setTimeout(() => { words.textContent = usual; }, 2_000);
});
