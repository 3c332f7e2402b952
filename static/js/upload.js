// Sends a recording with a progress bar, as the bare body of one request: a form would be written to the disk twice.
// Without this file the browser sends the form itself.
import { filled, gettext } from "./words.js";
const form = document.querySelector("[data-upload]");
if (form) {
  const input = form.querySelector('input[type="file"]');
  const drop = form.querySelector("[data-drop]");
  for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => hover(event, true));
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, (event) => hover(event, false));
  drop.addEventListener("drop", (event) => {
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
    chosen();
  });
  input.addEventListener("change", chosen);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (chosen()) send();
  });

  function hover(event, over) {
    event.preventDefault();
    drop.classList.toggle("over", over);
  }

  function chosen() {
    const [file] = input.files;
    const limit = Number(form.dataset.maxBytes);
    refuse("");
    if (!file) return false;
    form.querySelector("[data-file-name]").textContent = `${file.name} (${size(file.size)})`;
    if (file.size > limit) refuse(filled(gettext("The file has %(size)s; at most %(limit)s are allowed. Nothing was sent."), { size: size(file.size), limit: size(limit) }));
    return file.size <= limit;
  }

  function refuse(text) {
    const place = form.querySelector("[data-refusal]");
    place.hidden = !text;
    place.querySelector("div").textContent = text;
  }

  function send() {
    const request = new XMLHttpRequest();
    const started = performance.now();
    busy(true);
    request.upload.addEventListener("progress", (event) => show(event, started));
    request.addEventListener("load", () => finish(request));
    request.addEventListener("error", () => stop(gettext("The connection broke before the file was sent. Nothing was stored; try again.")));
    request.addEventListener("abort", () => stop(gettext("Stopped. Nothing was stored.")));
    form.querySelector("[data-abort]").onclick = () => request.abort();
    request.open("PUT", `${form.dataset.content}?${about(input.files[0])}`);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
    request.send(input.files[0]);
  }

  function about(file) {
    const words = new URLSearchParams({ camera: form.elements.camera.value, name: file.name });
    // No offset: the time is on the clock of the camera's site.
    if (form.elements.recorded_at.value) words.set("started_at", form.elements.recorded_at.value);
    return words;
  }

  function show(event, started) {
    const share = event.total ? event.loaded / event.total : 0;
    const left = share > 0 ? ((performance.now() - started) / 1000) * (1 / share - 1) : 0;
    form.querySelector("progress").value = Math.round(share * 100);
    const facts = { percent: Math.round(share * 100), sent: size(event.loaded), all: size(event.total), left: Math.ceil(left) };
    form.querySelector("[data-sent]").textContent =
      share < 1 ? filled(gettext("%(percent)s %, %(sent)s of %(all)s, about %(left)s s left"), facts) : gettext("Sent. The server is storing it…");
  }

  function finish(request) {
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      // Not ours: a proxy's page, or a server that went down.
    }
    if (request.status === 201 && answer.id) location.assign(`${form.dataset.jobs}${answer.id}/`);
    else stop(sentence(answer) || filled(gettext("The server refused the file (%(status)s). Nothing was stored."), { status: request.status }));
  }

  function sentence(answer) {
    const reasons = Object.values(answer.fields || {}).flat().filter((reason) => typeof reason === "string");
    return answer.code === "invalid" && reasons.length ? reasons.join(" ") : answer.message;
  }

  function stop(text) {
    busy(false);
    refuse(text);
  }

  function busy(sending) {
    form.querySelector("[data-sending]").hidden = !sending;
    form.querySelector("[data-send]").disabled = sending;
  }

  function size(bytes) {
    if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
    return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
  }
}
