// Draws an area or a line on the picture. The form's table of numbers is the truth: what is dragged writes into it,
// what is typed moves the drawing, and the form is sent as without scripts.
import { Outline, settled } from "./zone_points.js";
import { ZonePicture } from "./zone_picture.js";
import { filled, gettext } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const SNAP_PIXELS = 9;
const ARROW_PIXELS = 46;
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const element = (name, attributes) => {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};
const isMask = (kind) => kind === "include" || kind === "exclude";
const percent = (share) => String(Math.round(share * 1000) / 10);

class ZoneEditor {
  constructor(root, form) {
    this.root = root;
    this.form = form;
    this.svg = root.querySelector("[data-outlines]");
    this.body = form.querySelector("[data-points]");
    this.words = root.querySelector("[data-zone-words]");
    this.others = JSON.parse(document.getElementById("other-zones").textContent);
    this.outline = new Outline(this.typed(), form.dataset.kind === "line");
    this.snaps = true;
    this.picture = new ZonePicture(root, (foot) => !this.outline.isLine && !this.outline.isOpen && this.outline.contains(foot));
  }

  start() {
    this.svg.removeAttribute("aria-hidden");
    this.svg.setAttribute("role", "group");
    this.svg.setAttribute("aria-label", gettext("Points on the picture"));
    this.svg.classList.add("zone-editing");
    this.svg.addEventListener("pointerdown", (event) => this.press(event));
    this.svg.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("keydown", (event) => this.shortcut(event));
    this.body.addEventListener("input", () => this.read());
    this.body.addEventListener("click", (event) => this.removeRow(event));
    this.body.addEventListener("focusin", (event) => this.mark(event.target.closest("tr")));
    for (const [name, deed] of Object.entries({ undo: "undo", redo: "redo" })) {
      this.button(name).addEventListener("click", () => this.step(deed));
    }
    this.button("snap").addEventListener("click", () => {
      this.snaps = !this.snaps;
      this.button("snap").setAttribute("aria-pressed", String(this.snaps));
    });
    this.form.querySelector("[data-add]")?.addEventListener("click", () => this.add());
    this.form.querySelector("[data-turn]")?.addEventListener("click", () => this.change(() => this.outline.points.reverse()));
    this.root.addEventListener("picture-changed", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.svg);
    this.write();
    this.picture.start();
  }

  // A new area takes corner after corner; one that was saved before takes no point by a slip.
  get grows() {
    const { isLine, isOpen, points, most } = this.outline;
    return !this.form.elements.zone && !isLine && !isOpen && points.length < most;
  }

  button(name) { return this.root.querySelector(`[data-${name}]`); }

  // --- the table ---
  rows() { return [...this.body.querySelectorAll("tr")]; }

  typed() {
    const points = [];
    for (const row of this.rows()) {
      const [x, y] = [...row.querySelectorAll("input")].map((input) => (input.value === "" ? NaN : Number(input.value) / 100));
      if (Number.isFinite(x) && Number.isFinite(y)) points.push([x, y]);
    }
    return points;
  }

  read() {
    const points = this.typed();
    if (JSON.stringify(points) === JSON.stringify(this.outline.points)) return;
    this.outline.keep();
    this.outline.points = points;
    this.draw();
  }

  write() {
    const { points } = this.outline;
    const needed = Math.max(points.length, this.outline.least);
    const rows = this.rows();
    for (const row of rows.splice(needed)) row.remove();
    while (rows.length < needed) rows.push(this.body.appendChild(this.newRow()));
    rows.forEach((row, index) => this.writeRow(row, index, points[index]));
    this.draw();
  }

  newRow() {
    const row = document.createElement("tr");
    row.innerHTML = `<th scope="row"></th>${["x", "y"].map((name) => `<td><input class="input" type="number" name="${name}" min="0" max="100" step="0.1" inputmode="decimal"></td>`).join("")}<td></td>`;
    return row;
  }

  writeRow(row, index, point) {
    row.querySelector("th").textContent = String(index + 1);
    [...row.querySelectorAll("input")].forEach((input, axis) => {
      const text = point ? percent(point[axis]) : "";
      if (input.value !== text) input.value = text;
      const words = axis ? gettext("Point %(number)s, from the top") : gettext("Point %(number)s, from the left");
      input.setAttribute("aria-label", filled(words, { number: index + 1 }));
    });
    if (this.outline.isLine) return;
    row.lastElementChild.innerHTML = `<button type="button" class="btn btn-quiet btn-small" data-remove aria-label="${filled(gettext("Remove point %(number)s"), { number: index + 1 })}">×</button>`;
  }

  removeRow(event) {
    const button = event.target.closest("[data-remove]");
    if (!button) return;
    const index = this.rows().indexOf(button.closest("tr"));
    this.remove(index);
    this.rows()[Math.min(index, this.rows().length - 1)]?.querySelector("input").focus();
  }

  mark(row) {
    const index = row ? this.rows().indexOf(row) : -1;
    for (const handle of this.svg.querySelectorAll(".handle")) handle.classList.toggle("marked", Number(handle.dataset.index) === index);
  }

  // --- changes ---
  change(deed) {
    this.outline.keep();
    deed();
    this.write();
  }

  step(deed) {
    if (this.outline[deed]()) this.write();
  }

  remove(index) {
    if (!this.outline.points[index]) return;
    this.change(() => this.outline.remove(index));
    this.say(filled(gettext("Point %(number)s is removed."), { number: index + 1 }));
  }

  add() {
    const { points } = this.outline;
    if (points.length >= 2) this.insertAfter(points.length - 1);
    else this.change(() => this.outline.insert(points.length, 0.3 + 0.2 * points.length, 0.5));
    this.rows()[this.outline.points.length - 1].querySelector("input").focus();
  }

  insertAfter(index) {
    const [x, y] = this.outline.middle(index);
    this.change(() => this.outline.insert(index + 1, x, y));
    this.say(filled(gettext("Point %(number)s is new, half way to the next."), { number: index + 2 }));
  }

  say(text) { this.words.textContent = text; }

  // --- pointer ---
  place(event) {
    const area = this.svg.getBoundingClientRect();
    return [(event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height];
  }

  press(event) {
    if (event.button > 0) return;
    const handle = event.target.closest("[data-index], [data-middle]");
    if (handle?.dataset.index) return this.drag(event, Number(handle.dataset.index));
    if (handle) {
      const after = Number(handle.dataset.middle);
      this.outline.keep();
      if (this.outline.insert(after + 1, ...this.place(event))) this.drag(event, after + 1, { kept: true });
    } else if (this.outline.isOpen || this.grows) {
      this.outline.keep();
      this.outline.insert(this.outline.points.length, ...this.settle(this.place(event), -1));
      this.drag(event, this.outline.points.length - 1, { kept: true });
      if (this.grows) this.say(filled(gettext("Press the picture to set point %(number)s, or save."), { number: this.outline.points.length + 1 }));
    }
  }

  drag(event, index, { kept = false } = {}) {
    event.preventDefault();
    this.svg.setPointerCapture(event.pointerId);
    if (!kept) this.outline.keep();
    const move = (moved) => {
      this.outline.move(index, ...this.settle(this.place(moved), index));
      this.write();
    };
    const end = () => {
      this.svg.removeEventListener("pointermove", move);
      this.svg.querySelector(`[data-index="${index}"]`)?.focus({ preventScroll: true });
    };
    this.svg.addEventListener("pointermove", move);
    this.svg.addEventListener("pointerup", end, { once: true });
    this.svg.addEventListener("pointercancel", end, { once: true });
    this.write();
  }

  settle(point, index) {
    if (!this.snaps) return point;
    const { points } = this.outline;
    const neighbours = points.length > 1 && index >= 0
      ? [points.at(index - 1), points[(index + 1) % points.length]].filter((other) => other !== points[index])
      : points.slice(-1);
    return settled(point, {
      reach_x: SNAP_PIXELS / this.svg.clientWidth,
      reach_y: SNAP_PIXELS / this.svg.clientHeight,
      corners: this.others.flatMap((zone) => zone.points),
      neighbours,
    });
  }

  // --- keys ---
  key(event) {
    const index = Number(event.target.dataset?.index ?? NaN);
    if (Number.isNaN(index)) return;
    const direction = KEYS[event.key];
    if (direction) {
      const step = event.shiftKey ? 0.05 : event.altKey ? 0.001 : 0.005;
      const [x, y] = this.outline.points[index];
      this.change(() => this.outline.move(index, x + direction[0] * step, y + direction[1] * step));
      this.say(this.placeWords(index));
    } else if (["Delete", "Backspace"].includes(event.key) && !this.outline.isLine) {
      this.remove(index);
    } else if (event.key === "Insert" && !this.outline.isLine) {
      this.insertAfter(index);
    } else {
      return;
    }
    event.preventDefault();
    const focused = event.key === "Insert" ? index + 1 : Math.min(index, this.outline.points.length - 1);
    this.svg.querySelector(`[data-index="${focused}"]`)?.focus();
  }

  shortcut(event) {
    if (!(event.ctrlKey || event.metaKey) || event.target.matches("input, textarea")) return;
    const low = event.key.toLowerCase();
    if (low !== "z" && low !== "y") return;
    event.preventDefault();
    this.step(low === "y" || event.shiftKey ? "redo" : "undo");
  }

  placeWords(index) {
    const [x, y] = this.outline.points[index];
    return filled(gettext("Point %(number)s: %(x)s % from the left, %(y)s % from the top"), { number: index + 1, x: percent(x), y: percent(y) });
  }

  // --- drawing ---
  draw() {
    const focused = document.activeElement?.dataset?.index;
    const [width, height] = [this.svg.clientWidth, this.svg.clientHeight];
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const at = ([x, y]) => [x * width, y * height];
    const list = (points) => points.map((point) => at(point).join(",")).join(" ");
    this.svg.replaceChildren();
    for (const zone of this.others) {
      const isLine = zone.kind === "line";
      const look = isMask(zone.kind) ? { class: "zone-mask", fill: zone.kind === "exclude" ? "url(#hatch)" : "none" } : { class: `${isLine ? "zone-line" : "zone-shape"} zone-other` };
      this.svg.append(element(isLine ? "polyline" : "polygon", { ...look, points: list(zone.points) }));
    }
    const { points, isLine, isOpen } = this.outline;
    const shape = isLine || isOpen ? "polyline" : "polygon";
    const kind = isMask(this.form.dataset.kind) ? "zone-mask" : isLine ? "zone-line" : "zone-shape";
    const hatch = kind === "zone-mask" ? { fill: this.form.dataset.kind === "exclude" && !isOpen ? "url(#hatch)" : "none" } : {};
    if (points.length) this.svg.append(element(shape, { class: `${kind} zone-own`, ...hatch, points: list(points) }));
    this.drawOutside(width, height, list);
    if (isLine && points.length === 2) this.drawArrows(points.map(at));
    if (!isLine && !isOpen && points.length < this.outline.most) this.drawMiddles(at);
    points.forEach((point, index) => this.drawHandle(at(point), index));
    if (focused !== undefined && this.svg) this.svg.querySelector(`[data-index="${focused}"]`)?.focus({ preventScroll: true });
    this.button("undo").disabled = !this.outline.done.length;
    this.button("redo").disabled = !this.outline.undone.length;
    if (isOpen) {
      const words = isLine ? gettext("Press the picture to set point %(number)s of 2.") : gettext("Press the picture to set point %(number)s.");
      this.say(filled(words, { number: points.length + 1 }));
    }
    this.picture.draw();
  }

  // Where there is an area to look in, all the rest is hatched.
  drawOutside(width, height, list) {
    const inside = this.others.filter((zone) => zone.kind === "include").map((zone) => zone.points);
    if (this.form.dataset.kind === "include" && !this.outline.isOpen) inside.push(this.outline.points);
    if (!inside.length) return;
    const d = [`M0 0H${width}V${height}H0Z`, ...inside.map((points) => `M${list(points).replaceAll(" ", "L")}Z`)].join("");
    this.svg.prepend(element("path", { class: "mask-outside", fill: "url(#hatch)", "fill-rule": "evenodd", d }));
  }

  drawMiddles(at) {
    this.outline.points.forEach((_, index) => {
      const [x, y] = at(this.outline.middle(index));
      this.svg.append(element("circle", { class: "middle", cx: x, cy: y, r: 6, "data-middle": index }));
    });
  }

  drawHandle([x, y], index) {
    const group = element("g", { class: "handle", tabindex: 0, role: "button", "aria-label": this.placeWords(index), "data-index": index, transform: `translate(${x} ${y})` });
    group.append(element("circle", { class: "reach", r: 22 }), element("circle", { class: "knob", r: 9 }));
    const number = element("text", { "text-anchor": "middle", y: 4 });
    number.textContent = index + 1;
    group.append(number);
    this.svg.append(group);
  }

  // Along the line from 1 to 2, and across it from its left side to its right.
  drawArrows([[x1, y1], [x2, y2]]) {
    const length = Math.hypot(x2 - x1, y2 - y1) || 1;
    const [along_x, along_y] = [(x2 - x1) / length, (y2 - y1) / length];
    const [right_x, right_y] = [-along_y, along_x];
    const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
    this.arrow([x2 - along_x * 26, y2 - along_y * 26], [x2 - along_x * 14, y2 - along_y * 14]);
    const half = ARROW_PIXELS / 2;
    this.arrow([x - right_x * half, y - right_y * half], [x + right_x * half, y + right_y * half]);
    this.label("left", x - right_x * (half + 14), y - right_y * (half + 14));
    this.label("right", x + right_x * (half + 16), y + right_y * (half + 16));
  }

  arrow([x1, y1], [x2, y2]) {
    const length = Math.hypot(x2 - x1, y2 - y1) || 1;
    const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
    const wing = (side) => `${x2 - ux * 9 - side * uy * 6},${y2 - uy * 9 + side * ux * 6}`;
    this.svg.append(element("line", { class: "way", x1, y1, x2, y2 }), element("polygon", { class: "way-tip", points: `${x2},${y2} ${wing(1)} ${wing(-1)}` }));
  }

  label(text, x, y) {
    const made = element("text", { class: "way-label", "text-anchor": "middle", x, y: y + 4 });
    made.textContent = text;
    this.svg.append(made);
  }
}

const root = document.querySelector("[data-zone-picture]");
const form = document.querySelector("[data-zone-form]");
if (form) new ZoneEditor(root, form).start();
else new ZonePicture(root, () => false).start();
