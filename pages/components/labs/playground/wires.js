// Connections and biases of the diagram, on one canvas, as a large network has more than a thousand of them.
// A weight's place is { l, j, i }: input i of unit j in layer l of the network; i is -1 for its bias.

// Where on a curve with flat ends (both control points in the middle) the share u of the way across is reached; then
// how far down it is.
function descent(u) {
  let low = 0,
    high = 1;
  for (let i = 0; i < 24; i++) {
    const t = (low + high) / 2;
    if (1.5 * t - 1.5 * t * t + t * t * t < u) low = t;
    else high = t;
  }
  return low * low * (3 - 2 * low);
}

class Wires {
  constructor() {
    this.canvas = element("canvas", "wires");
  }

  // Where the curves begin and end, in px of the pane; rows: the units that are connected; columns: all that stand
  // there.
  anchor(pane, rows, columns) {
    const origin = pane.getBoundingClientRect(),
      { scrollLeft } = pane,
      edge = ({ unit }) => {
        const { left, right, top, bottom } = unit.getBoundingClientRect(),
          shift = scrollLeft - origin.left;
        return {
          left: left + shift,
          right: right + shift,
          y: (top + bottom) / 2 - origin.top,
          bottom: bottom - origin.top,
        };
      };
    this.ends = rows.map(row => row.map(edge));
    const feet = columns.map(column => edge(column.at(-1)).bottom);
    this.size(Math.ceil(this.ends.at(-1)[0].right + 4), Math.ceil(Math.max(...feet) + 4));
  }

  size(width, height) {
    const zoom = Math.min(2, devicePixelRatio || 1);
    Object.assign(this.canvas, { width: width * zoom, height: height * zoom });
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    this.pen = this.canvas.getContext("2d");
    this.pen.scale(zoom, zoom);
  }

  // near: the place of the weight that stands out; chosen: [layer, unit] whose connections stay when all others fade.
  paint({ layers }, dark, near, chosen) {
    const colours = ends(dark);
    [this.below, this.above] = [css(colours.negative), css(colours.positive)];
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    for (let l = 0; l < layers.length; l++) {
      const isNear = near?.l === l;
      for (let j = 0; j < layers[l].units; j++) {
        const isFaint = chosen && !(chosen[0] === l + 1 && chosen[1] === j);
        this.paintUnit(layers[l], l, j, isNear && near.j === j ? near.i : null, isFaint ? 0.22 : 1);
      }
    }
  }

  // All that leads to one unit; nearest: the input that stands out; share: of the full strength.
  paintUnit({ weights, biases, inputs }, l, j, nearest, share) {
    const { pen, below, above } = this,
      from = this.ends[l],
      to = this.ends[l + 1][j],
      x1 = from[0].right,
      x2 = to.left,
      mid = (x1 + x2) / 2;
    for (let i = 0; i < inputs; i++) {
      const weight = weights[j * inputs + i],
        size = Math.abs(weight),
        isNear = i === nearest;
      pen.globalAlpha = isNear ? 1 : share * clamp(0.2 + size * 0.5, 0, 0.95);
      pen.lineWidth = clamp(size * 1.6, 0.4, 8) + (isNear ? 1.5 : 0);
      pen.strokeStyle = weight < 0 ? below : above;
      pen.beginPath();
      pen.moveTo(x1, from[i].y);
      pen.bezierCurveTo(mid, from[i].y, mid, to.y, x2, to.y);
      pen.stroke();
    }
    pen.globalAlpha = clamp(0.25 + Math.abs(biases[j]), 0, 1); // the bias: a small square at the unit's foot
    pen.fillStyle = biases[j] < 0 ? below : above;
    pen.fillRect(x2 - 7, to.bottom - 6, 6, 6);
  }

  // The bias or the connection next to a place of the pane.
  at(x, y, reach = 8) {
    const isBetween = (column, to) => to && x > column[0].right - 2 && x < to[0].left + 2;
    const l = this.ends.findIndex((column, at) => isBetween(column, this.ends[at + 1]));
    if (l < 0) return null;
    const foot = this.ends[l + 1].findIndex(
      ({ left, bottom }) => Math.abs(x - left + 4) < 7 && Math.abs(y - bottom + 3) < 6,
    );
    return foot >= 0 ? { l, j: foot, i: -1 } : this.curveAt(l, x, y, reach);
  }

  curveAt(l, x, y, reach) {
    const [from, to] = [this.ends[l], this.ends[l + 1]],
      share = descent(clamp((x - from[0].right) / (to[0].left - from[0].right), 0, 1));
    let best = null,
      least = reach;
    to.forEach((target, j) =>
      from.forEach((source, i) => {
        const off = Math.abs(source.y + (target.y - source.y) * share - y);
        if (off < least) {
          least = off;
          best = { l, j, i };
        }
      }),
    );
    return best;
  }
}
