// The page "How you are told": this browser's own choices, and its subscription to pushes.
import { allowed, choose, chosen } from "./notify.js";
import { gettext } from "./words.js";

const place = document.querySelector("[data-browser]");
const error = document.querySelector("[data-browser-error]");

for (const box of document.querySelectorAll("[data-choice]")) {
  box.checked = chosen(box.dataset.choice);
  box.addEventListener("change", async () => {
    if (box.checked && box.dataset.choice === "desktop" && !(await allowed())) {
      box.checked = false;
      return say(gettext("This browser does not allow messages from VMS. Allow them in its settings for this page."));
    }
    choose(box.dataset.choice, box.checked);
  });
}

document.querySelector("[data-push]")?.addEventListener("click", async () => {
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) {
    return say(gettext("This browser takes no pushes here. It needs HTTPS, and on an iPhone VMS on the home screen."));
  }
  if (!(await allowed())) return say(gettext("This browser does not allow messages from VMS. Allow them in its settings."));
  try {
    await subscribe();
    location.reload();
  } catch {
    say(gettext("The browser's push service did not answer. Nothing was changed; try again later."));
  }
});

async function subscribe() {
  const worker = await navigator.serviceWorker.register(place.dataset.pushWorker);
  const applicationServerKey = bytes(place.dataset.pushKey);
  await (await worker.pushManager.getSubscription())?.unsubscribe();
  const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
  const { "X-CSRFToken": token } = JSON.parse(document.body.getAttribute("hx-headers"));
  const answer = await fetch(place.dataset.pushAdd, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify(subscription),
  });
  if (!answer.ok) throw new Error(String(answer.status));
}

function bytes(text) {
  const padded = text.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (text.length % 4)) % 4);
  return Uint8Array.from(atob(padded), (sign) => sign.charCodeAt(0));
}

function say(text) {
  error.textContent = text;
  error.hidden = false;
}
