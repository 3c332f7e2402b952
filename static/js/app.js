// What every page needs: theme, menu, the live socket, and small helps for lists and forms.
import { connect } from "./live.js";
import { redraws } from "./pace.js";
import { followEvents } from "./event_list.js";
import { followAlerts, soundButton } from "./notify.js";
import { ticks } from "./ticks.js";
import { previews } from "./clip_preview.js";
import { keptFocus } from "./kept_focus.js";
import { keptPresses } from "./pressing.js";
import { filled, gettext } from "./words.js";

const themes = document.querySelectorAll("[data-theme-choice]");

function showTheme() {
  const current = document.documentElement.dataset.theme || "system";
  for (const button of themes) button.setAttribute("aria-pressed", String(button.dataset.themeChoice === current));
}

// The server keeps it, so that every page comes in these colours at once.
function chooseTheme(choice) {
  const root = document.documentElement;
  if (choice === "system") delete root.dataset.theme;
  else root.dataset.theme = choice;
  showTheme();
  const headers = { "X-CSRFToken": JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"] };
  fetch("/account/theme/", { method: "POST", headers, body: new URLSearchParams({ theme: choice }) })
    .then((answer) => { if (!answer.ok) throw new Error(); localStorage.setItem("theme", choice); })
    .catch(() => say(gettext("The server cannot be reached: the colours are changed on this page only.")));
}

function menu() {
  const button = document.querySelector("[data-menu]");
  button?.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    document.getElementById("menu").classList.toggle("open", open);
  });
}

function agoWords(seconds) {
  if (seconds < 10) return gettext("just now");
  for (const [size, unit] of [[86400, gettext("d")], [3600, "h"], [60, "min"]]) {
    if (seconds >= size) return filled(gettext("%(length)s ago"), { length: `${Math.floor(seconds / size)} ${unit}` });
  }
  return filled(gettext("%(length)s ago"), { length: `${Math.floor(seconds)} s` });
}

function keepTimesCurrent() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    time.textContent = agoWords((Date.now() - Date.parse(time.dateTime)) / 1000);
  }
}

// A click in a list of many adds one or takes it away; without this it would let go of all the others.
function listsOfMany() {
  document.addEventListener("mousedown", (event) => {
    const option = event.target.closest("select[multiple] option");
    if (!option || event.button || event.shiftKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const list = option.closest("select");
    const { scrollTop } = list;
    option.selected = !option.selected;
    list.focus({ preventScroll: true });
    list.scrollTop = scrollTop;
    list.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

function filterForms() {
  for (const form of document.querySelectorAll("form[data-autosubmit]")) {
    form.addEventListener("change", () => form.requestSubmit());
    form.addEventListener("submit", () => {
      // An address without empty filters can be read, kept and sent to somebody.
      for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
    });
  }
}

// What takes a while says so, and is not sent twice. The button that was pressed is still part of what is sent.
function slowForms() {
  for (const form of document.querySelectorAll("form[data-slow]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) return event.preventDefault();
      if (event.submitter?.value === "save") return;
      form.dataset.sent = "yes";
      form.querySelector(".slow-words").hidden = false;
      for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
    });
  }
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
}

function failures() {
  document.body.addEventListener("htmx:responseError", (event) => say(refusalOf(event.detail.xhr)));
  document.body.addEventListener("live-refused", () => say(gettext("You are signed out. Load the page again to sign in.")));
  document.body.addEventListener("htmx:sendError", () => say(gettext("The server cannot be reached. Nothing was changed.")));
}

// A form may be gone when its answer comes, as the one in a toast is after the next deed. htmx would look for the places
// of what was answered within that form alone. Where the answer leads to another page, htmx goes there.
function lateAnswers() {
  document.body.addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => {
    elt.addEventListener("htmx:beforeOnLoad", lateAnswer);  // once, however often it asks
  });
}

function lateAnswer(event) {
  const { currentTarget, target, detail } = event;
  const { xhr } = detail;
  if (target !== currentTarget || target.isConnected || event.defaultPrevented || xhr.getResponseHeader("HX-Redirect")) return;
  event.preventDefault();
  if (xhr.status >= 400) say(refusalOf(xhr));
  else window.htmx.swap(document.body, xhr.response, { swapStyle: "none" }, { eventInfo: detail });
}

function refusalOf(request) {
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  return page.querySelector('main [role="alert"]')?.textContent.trim() || gettext("This did not work. Load the page again.");
}

function say(text) {
  const note = document.createElement("div");
  note.className = "notice notice-error";
  note.textContent = text;
  document.getElementById("messages")?.replaceChildren(note);
}

// Of tabs that are wider than a phone, the one that is open is seen.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) tab.parentElement.scrollLeft = tab.offsetLeft - 48;

for (const button of themes) button.addEventListener("click", () => chooseTheme(button.dataset.themeChoice));
showTheme();
menu();
ticks();
previews();
keptFocus();
keptPresses();
filterForms();
listsOfMany();
slowForms();
failures();
lateAnswers();
setInterval(keepTimesCurrent, 20_000);
if (document.body.dataset.live) {
  followEvents();
  followAlerts();
  redraws();
  soundButton();
  connect();
}
