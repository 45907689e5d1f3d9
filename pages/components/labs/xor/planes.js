// The input plane, and the plane of the hidden layer into which it is bent; the four corners on both.
const FINE_GRID = 44,
  HIDDEN_GRID = 40; // cells of the two surfaces
const CLOSE = 28,
  SAME_PLACE = 8; // px: corners nearer than this share a label; nearer than that one dot would hide the other
const THREAD = Array.from({ length: 25 }, (_, i) => i / 24); // points of a line of the lattice

// A plot with a coloured ground.
class CornerPlane {
  constructor(label, x, y) {
    this.plot = new Plot({ label, x, y });
    this.ground = element("canvas");
    this.node = element("div", "surface", this.ground, this.plot.node);
  }

  frame(axes) {
    const { left, right, top, bottom } = this.plot.frame(axes).box;
    Object.assign(this.ground.style, {
      left: `${left}px`,
      top: `${top}px`,
      width: `${right - left}px`,
      height: `${bottom - top}px`,
    });
  }

  // places: of the four corners, in the plane's own units.
  drawCorners(places) {
    const { plot } = this,
      spots = places.map(([x, y]) => [plot.across(x), plot.up(y)]);
    const apart = (a, b) => Math.hypot(spots[a][0] - spots[b][0], spots[a][1] - spots[b][1]) / rem();
    const covers = n => spots.some((_, m) => !TARGETS[m] && apart(m, n) < SAME_PLACE);
    plot.dots(
      "zero",
      places.filter((_, n) => !TARGETS[n]),
      7,
    );
    plot.dots(
      "one",
      places.filter((_, n) => TARGETS[n] && !covers(n)),
      7,
    );
    plot.dots(
      "one small",
      places.filter((_, n) => TARGETS[n] && covers(n)),
      4,
    ); // so that the zero under it is seen
    const groups = []; // corners that lie together have one label
    for (const n of spots.keys()) {
      const group = groups.find(members => members.some(m => apart(m, n) < CLOSE));
      if (group) group.push(n);
      else groups.push([n]);
    }
    spots.forEach((spot, n) => this.nameCorners(spot, n, groups.find(([first]) => first === n) ?? []));
  }

  // The label of the corners that lie together with corner n: inside the axes, beside the dot.
  nameCorners([x, y], n, members) {
    const { box } = this.plot,
      name = this.plot.part("text", `name n${n}`),
      r = rem(),
      isLeft = x > box.right - (18 + 28 * members.length) * r;
    const isAbove = n % 2 ? y - 24 * r > box.top : y + 20 * r > box.bottom;
    name.textContent = members.map(m => CORNERS[m].join("")).join(", ");
    const at = {
      x: x + (isLeft ? -10 : 10) * r,
      y: y + (isAbove ? -9 : 17) * r,
      "text-anchor": isLeft ? "end" : "start",
    };
    for (const [key, value] of Object.entries(at)) name.setAttribute(key, value);
  }
}

class InputPlane extends CornerPlane {
  constructor() {
    super(
      "What the network answers over the plane, and the four corners",
      { ...SPAN, label: "x₁" },
      { ...SPAN, label: "x₂" },
    );
  }

  lay(width, height) {
    this.frame({ width, height });
  }

  show(network, dark) {
    paint(this.ground, surfaceOf(network, FINE_GRID), FINE_GRID, FINE_GRID, 1, dark);
    this.drawLines(network.layers[0]);
    this.drawCorners(CORNERS);
  }

  // The lines where a unit of the first layer answers its middle value: w₁·x₁ + w₂·x₂ + b = 0.
  drawLines({ units, weights, biases }) {
    const line = j =>
      units <= 2 && j < units ? lineOf(weights[2 * j], weights[2 * j + 1], biases[j], SPAN, SPAN) : [];
    for (let j = 0; j < 2; j++) this.plot.line(`unit u${j}`, line(j));
  }
}

class HiddenPlane extends CornerPlane {
  constructor() {
    const label = "The input plane bent through the last hidden layer, and the line of the output unit";
    super(label, { low: 0, high: 1, label: "h₁" }, { low: 0, high: 1, label: "h₂" });
    this.note = element("small", "");
    this.begin();
  }

  // Of another run. basis: the directions in which more than two units are seen; reach: how far the axes go.
  begin() {
    this.basis = this.reach = null;
  }

  // Ten units are seen along two directions, those of the end of the run: they never turn while it plays.
  lay(width, height, film) {
    const { net, activation } = film.settings,
      isDeep = net === "2-10-10-10-1",
      low = activation === "tanh" ? -1 : 0;
    if (net === "1 unit") {
      this.frame({ width, height });
      return;
    }
    if (isDeep && !this.basis) this.basis = directionsOf(film.network);
    this.reach ??= isDeep ? this.reachOf(film) : { x: { low, high: 1 }, y: { low, high: 1 } };
    const [across, up] = isDeep ? ["widest direction", "2nd"] : ["h₁", "h₂"];
    this.frame({ width, height, x: { ...this.reach.x, label: across }, y: { ...this.reach.y, label: up } });
    this.note.textContent = isDeep ? "ten units, seen along two directions" : "what its two units answer";
  }

  // How far the corners go during the whole run, so that the axes stand still.
  reachOf(film) {
    const networks = film.stills.flatMap((_, n) => (n % 4 ? [] : [film.still(n)]));
    const seen = [...networks, film.network].flatMap(network => CORNERS.map(([x, y]) => this.seenAt(network, x, y)));
    const ends = k =>
      seen.reduce(([low, high], point) => [Math.min(low, point[k]), Math.max(high, point[k])], [Infinity, -Infinity]);
    const both = [ends(0), ends(1)],
      half = Math.max(0.05, ...both.map(([low, high]) => (high - low) / 2)) * 1.15;
    const [x, y] = both.map(([low, high]) => ({ low: (low + high) / 2 - half, high: (low + high) / 2 + half }));
    return { x, y };
  }

  // Where a point of the input plane lies in this one.
  seenAt(network, x, y) {
    const hidden = hiddenAt(network, x, y);
    if (!this.basis) return [hidden[0], hidden[1]];
    const { middle, found } = this.basis;
    return found.map(way => way.reduce((sum, value, i) => sum + value * (hidden[i] - middle[i]), 0));
  }

  show(network, dark) {
    const { plot } = this,
      { x, y } = plot,
      { a, c, b } = this.logit(network);
    const values = gridOf(HIDDEN_GRID, x, y, (h1, h2) => 2 * ACTIVATIONS.sigmoid(a * h1 + c * h2 + b) - 1);
    const thread = at => [...THREAD.map(s => this.seenAt(network, ...at(s))), [NaN, NaN]]; // a gap before the next one
    paint(this.ground, values, HIDDEN_GRID, HIDDEN_GRID, 1, dark);
    plot.line(
      "lattice",
      LATTICE.flatMap(t => [...thread(s => [t, s]), ...thread(s => [s, t])]),
    );
    plot.line("unit out", lineOf(a, c, b, x, y));
    this.drawCorners(CORNERS.map(corner => this.seenAt(network, ...corner)));
  }

  // What the output unit adds up, as a function of the plane that is seen; of ten units the rest stands at its mean
  // over the corners.
  logit(network) {
    const {
      weights,
      biases: [bias],
    } = network.layers.at(-1);
    if (!this.basis) return { a: weights[0], c: weights[1], b: bias };
    const [a, c] = this.basis.found.map(way => dotOf(way, weights)),
      places = CORNERS.map(([x, y]) => this.seenAt(network, x, y));
    const sums = CORNERS.map(([x, y]) => dotOf(hiddenAt(network, x, y), weights) + bias);
    return { a, c, b: sums.reduce((sum, value, n) => sum + value - a * places[n][0] - c * places[n][1], 0) / 4 };
  }
}

// The part of the line a·x + c·y + b = 0 that lies within a box: where it crosses the four sides.
function lineOf(a, c, b, x, y) {
  if (Math.abs(a) + Math.abs(c) < NOTHING) return [];
  const across = [x.low, x.high].map(at => [at, -(a * at + b) / c]),
    up = [y.low, y.high].map(at => [-(c * at + b) / a, at]),
    slack = 1e-9;
  const inside = ([px, py]) =>
    px >= x.low - slack && px <= x.high + slack && py >= y.low - slack && py <= y.high + slack;
  const found = [...across, ...up].filter(inside).sort(([px, py], [qx, qy]) => px - qx || py - qy);
  return found.length > 1 ? [found[0], found.at(-1)] : [];
}
