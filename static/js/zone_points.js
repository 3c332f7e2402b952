// The points of an outline that is being drawn, from 0 to 1, with what was undone; and how points settle.
const STEP = 1000;
const MOST_KEPT = 200;
export const MOST_POINTS = 64;

const rounded = (share) => Math.round(Math.min(1, Math.max(0, share)) * STEP) / STEP;

export class Outline {
  constructor(points, isLine) {
    this.points = points;
    this.isLine = isLine;
    this.undone = [];
    this.done = [];
  }

  get most() { return this.isLine ? 2 : MOST_POINTS; }
  get least() { return this.isLine ? 2 : 3; }
  get isOpen() { return this.points.length < this.least; }

  // To be called before a change: what stands now can be had again.
  keep() {
    this.done.push(this.points.map((point) => [...point]));
    if (this.done.length > MOST_KEPT) this.done.shift();
    this.undone = [];
  }

  undo() { return this.#step(this.done, this.undone); }
  redo() { return this.#step(this.undone, this.done); }

  #step(from, to) {
    if (!from.length) return false;
    to.push(this.points);
    this.points = from.pop();
    return true;
  }

  move(index, x, y) { this.points[index] = [rounded(x), rounded(y)]; }

  insert(index, x, y) {
    if (this.points.length >= this.most) return false;
    this.points.splice(index, 0, [rounded(x), rounded(y)]);
    return true;
  }

  remove(index) {
    this.points.splice(index, 1);
  }

  middle(index) {
    const [first, second] = [this.points[index], this.points[(index + 1) % this.points.length]];
    return [(first[0] + second[0]) / 2, (first[1] + second[1]) / 2];
  }

  contains([x, y]) {
    let inside = false;
    this.points.forEach(([x1, y1], index) => {
      const [x2, y2] = this.points[(index + 1) % this.points.length];
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
    });
    return inside;
  }
}

// Where a point settles: on the picture's edge, on a point of another outline, or level with its neighbours.
export function settled([x, y], { reach_x, reach_y, corners, neighbours }) {
  const corner = corners.find(([cx, cy]) => Math.abs(cx - x) < reach_x && Math.abs(cy - y) < reach_y);
  if (corner) return corner;
  const nearest = (value, reach, others) => others.find((other) => Math.abs(other - value) < reach) ?? value;
  return [
    nearest(x, reach_x, [0, 1, ...neighbours.map((point) => point[0])]),
    nearest(y, reach_y, [0, 1, ...neighbours.map((point) => point[1])]),
  ];
}
