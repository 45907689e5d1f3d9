// Points on a canvas: ten thousand of them move at the pace of the screen, as each is a few pixels that are copied.
const DOT = 3.2, // px, radius
  CROSS = 4.2,
  MARGIN = 14,
  NEAR = 10; // px within which a point is pointed at
const MOVE = 700; // ms from one epoch to the next
const CELL = 24; // px of the grid by which the nearest point is found

const eased = t => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2);

// The pixels of a dot or a cross in a colour, to be copied.
function stamp(colour, isCross, ratio, ground) {
  const canvas = element("canvas"),
    side = Math.ceil((2 * CROSS + 4) * ratio),
    pen = canvas.getContext("2d");
  canvas.width = canvas.height = side;
  pen.scale(ratio, ratio);
  pen.translate(side / ratio / 2, side / ratio / 2);
  if (isCross) {
    for (const [width, style] of [
      [4, ground],
      [2, colour],
    ]) {
      pen.lineWidth = width;
      pen.strokeStyle = style;
      pen.beginPath();
      for (const turn of [1, -1]) {
        pen.moveTo(-CROSS * 0.7, -CROSS * 0.7 * turn);
        pen.lineTo(CROSS * 0.7, CROSS * 0.7 * turn);
      }
      pen.stroke();
    }
  } else {
    pen.fillStyle = colour;
    pen.globalAlpha = 0.75;
    pen.beginPath();
    pen.arc(0, 0, DOT, 0, 7);
    pen.fill();
  }
  return { side, pixels: new Uint32Array(pen.getImageData(0, 0, side, side).data.buffer) };
}

const alphaOf = pixel => pixel >>> 24;

// Copies a stamp into an image, its middle at x and y: its edge over nothing only, so that it stays smooth.
function print(image, width, height, { side, pixels }, x, y) {
  const left = Math.round(x - side / 2),
    top = Math.round(y - side / 2);
  if (left < 0 || top < 0 || left + side > width || top + side > height) return;
  for (let row = 0; row < side; row++) {
    let to = (top + row) * width + left;
    for (let from = row * side; from < (row + 1) * side; from++, to++) {
      const pixel = pixels[from],
        alpha = alphaOf(pixel);
      if (alpha >= 128 || alpha > alphaOf(image[to])) image[to] = pixel;
    }
  }
}

// Where points lie in px, on their way from where they were.
class Points {
  constructor() {
    this.count = 0;
    this.began = 0;
  }

  // Other places for the same points, to which they move; for other points, at once.
  put(places, of, now) {
    const isMove =
      this.of === of && places.length === this.to?.length && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.from = isMove ? Float32Array.from(places, (_, i) => this.at(i, now)) : places;
    Object.assign(this, { to: places, of, began: isMove ? now : -Infinity, count: places.length / 2, grid: null });
  }

  progress(now) {
    return clamp((now - this.began) / MOVE, 0, 1);
  }

  at(i, now) {
    const t = eased(this.progress(now));
    return this.from[i] + t * (this.to[i] - this.from[i]);
  }

  // The frame that holds all of them, now and when they have arrived.
  frame(now) {
    const t = eased(this.progress(now)),
      ends = values => {
        let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
        for (let i = 0; i < values.length; i += 2) {
          left = Math.min(left, values[i]);
          right = Math.max(right, values[i]);
          low = Math.min(low, values[i + 1]);
          high = Math.max(high, values[i + 1]);
        }
        return [left, right, low, high];
      };
    this.ends ??= new WeakMap();
    for (const values of [this.from, this.to]) if (!this.ends.has(values)) this.ends.set(values, ends(values));
    const [a, b] = [this.ends.get(this.from), this.ends.get(this.to)];
    return a.map((value, i) => value + t * (b[i] - value));
  }

  // Places in px: float32, x and y in turn.
  layOut(width, height, now) {
    const [left, right, low, high] = this.frame(now),
      scale = Math.min((width - 2 * MARGIN) / (right - left || 1), (height - 2 * MARGIN) / (high - low || 1));
    const [middleX, middleY] = [(left + right) / 2, (low + high) / 2],
      t = eased(this.progress(now));
    this.px = this.px?.length === this.to.length ? this.px : new Float32Array(this.to.length);
    for (let i = 0; i < this.px.length; i += 2) {
      this.px[i] = width / 2 + (this.from[i] + t * (this.to[i] - this.from[i]) - middleX) * scale;
      this.px[i + 1] = height / 2 - (this.from[i + 1] + t * (this.to[i + 1] - this.from[i + 1]) - middleY) * scale;
    }
    this.grid = null;
    return this.px;
  }

  // The point under the pointer, -1 for none; those that are hidden are passed over.
  nearest(x, y, isShown) {
    this.grid ??= this.sorted();
    let [best, least] = [-1, NEAR * NEAR];
    for (let column = -1; column <= 1; column++) {
      for (let row = -1; row <= 1; row++) {
        for (const i of this.grid.get(`${Math.floor(x / CELL) + column}:${Math.floor(y / CELL) + row}`) ?? []) {
          const far = (this.px[2 * i] - x) ** 2 + (this.px[2 * i + 1] - y) ** 2;
          if (far < least && isShown(i)) [best, least] = [i, far];
        }
      }
    }
    return best;
  }

  sorted() {
    const grid = new Map();
    for (let i = 0; i < this.count; i++) {
      const cell = `${Math.floor(this.px[2 * i] / CELL)}:${Math.floor(this.px[2 * i + 1] / CELL)}`;
      if (!grid.has(cell)) grid.set(cell, []);
      grid.get(cell).push(i);
    }
    return grid;
  }

  // The points within a line that was drawn: even-odd, as a pencil would have it.
  within(line, isShown) {
    const found = [];
    for (let i = 0; i < this.count; i++) {
      if (isShown(i) && isInside(line, this.px[2 * i], this.px[2 * i + 1])) found.push(i);
    }
    return found;
  }
}

function isInside(line, x, y) {
  let inside = false;
  for (let i = 0, j = line.length - 1; i < line.length; j = i++) {
    const [ax, ay] = line[i],
      [bx, by] = line[j];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}
