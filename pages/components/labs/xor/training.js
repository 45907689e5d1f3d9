// Networks that learn the four corners of XOR, kept as films; and what a network answers over the plane. No screen,
// only numbers.
const CORNERS = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ],
  TARGETS = [0, 1, 1, 0],
  NAMES = ["(0, 0)", "(0, 1)", "(1, 0)", "(1, 1)"];
const NETS = { "1 unit": [2, 1], "2-2-1": [2, 2, 1], "2-10-10-10-1": [2, 10, 10, 10, 1] };
const LN2 = Math.log(2),
  PLATEAU = 0.6; // what guessing costs; a loss below 0.6 has left the plateau there
const RAN = 3; // a loss beyond this, and beyond twice that of the start, has run away
const FRAMES = 200; // pictures of one run
const SPAN = { low: -0.5, high: 1.5 }; // the plane that is drawn
const LATTICE = Array.from({ length: 9 }, (_, i) => i / 8); // lines on the input plane
const MEETING = 0.1; // corners nearer than this in the hidden layer are in one place

// One start of one network, kept as pictures so that any step can be shown again: a picture every so many steps, walked
// on from.
class Film {
  constructor(settings, frames = FRAMES) {
    const { net, activation, rate, steps, seed, first_weights: first } = settings;
    Object.assign(this, { settings, rate, steps, seed, at: 0, ran: false, waited: null, learnedAt: null });
    this.stride = Math.max(1, Math.ceil(steps / frames));
    this.network = new Network(NETS[net], activation, seed, first);
    this.loss = new Float64Array(steps + 1).fill(NaN);
    this.stills = [];
    this.note();
  }

  get done() {
    return this.ran || this.at >= this.steps;
  }

  // Loss now and, every so often, a copy of all weights.
  note() {
    if (this.at % this.stride === 0) this.stills.push(weightsOf(this.network));
    if (this.at === this.steps) this.write(measureCorners(this.network), answersOf(this.network));
  }

  // learnedAt: the step from which all four corners are right to the end.
  write(loss, answers) {
    this.loss[this.at] = loss;
    if (this.waited === null && loss < PLATEAU) this.waited = this.at;
    if (!isAllRight(answers)) this.learnedAt = null;
    else this.learnedAt ??= this.at;
    if (!(loss <= Math.max(RAN, 2 * this.loss[0]))) this.ran = true;
  }

  // Trains until `until` says stop.
  advance(until) {
    while (!this.done && !until()) for (let i = 0; i < 64 && !this.done; i++) this.one();
    return this.done;
  }

  one() {
    this.write(stepCorners(this.network, this.rate), lastAnswers);
    if (this.ran) return;
    this.at++;
    this.note();
  }

  // The network as it was after `step` steps.
  networkAt(step) {
    const still = Math.min(Math.floor(step / this.stride), this.stills.length - 1),
      network = this.still(still);
    for (let at = still * this.stride; at < Math.min(step, this.at); at++) stepCorners(network, this.rate);
    return network;
  }

  // The network of one picture.
  still(n) {
    const { net, activation, seed } = this.settings,
      network = new Network(NETS[net], activation, seed);
    this.stills[n].forEach(([weights, biases], l) => {
      network.layers[l].weights.set(weights);
      network.layers[l].biases.set(biases);
    });
    return network;
  }

  // Its losses as points [step, loss], some `count` of them.
  curve(count) {
    const points = [];
    for (let at = 0; at <= this.at; at += Math.max(1, Math.floor(this.steps / count))) points.push([at, this.loss[at]]);
    return points;
  }
}

const weightsOf = network => network.layers.map(({ weights, biases }) => [weights.slice(), biases.slice()]);

// What the network answers for one point.
function answerAt(network, x, y) {
  network.acts[0][0] = x;
  network.acts[0][1] = y;
  return network.forward();
}

const surprise = (p, target) => -Math.log(clamp(target ? p : 1 - p, EPSILON, 1 - EPSILON));

const lastAnswers = new Float64Array(4); // what the corners were answered before the last step

// One step on all four corners; returns the loss before it.
function stepCorners(network, rate) {
  let loss = 0;
  for (let n = 0; n < 4; n++) {
    lastAnswers[n] = answerAt(network, CORNERS[n][0], CORNERS[n][1]);
    loss += surprise(lastAnswers[n], TARGETS[n]);
    network.backward(TARGETS[n]);
  }
  network.update(rate, 4);
  return loss / 4;
}

const answersOf = network => CORNERS.map(([x, y]) => answerAt(network, x, y));
const measureCorners = network => answersOf(network).reduce((sum, p, n) => sum + surprise(p, TARGETS[n]), 0) / 4;
const isAllRight = answers => TARGETS.every((target, n) => answers[n] > 0.5 === target > 0.5);
const rightOf = answers => answers.filter((p, n) => p > 0.5 === TARGETS[n] > 0.5).length;

// The whole run at once; for the known answers and for comparing with NumPy.
function trainCorners(net, seed, steps, rate, activation = "sigmoid", first = "normal") {
  const film = new Film({ net, seed, steps, rate, activation, first_weights: first }, 1);
  film.advance(() => false);
  return film;
}

// Answers in the middle of every cell of a square grid over x and y, each { low, high }, from the top left.
function gridOf(cells, x, y, answer) {
  const along = ({ low, high }, cell) => low + ((high - low) * (cell + 0.5)) / cells;
  const down = ({ low, high }, cell) => high - ((high - low) * (cell + 0.5)) / cells;
  return Float32Array.from({ length: cells * cells }, (_, g) =>
    answer(along(x, g % cells), down(y, Math.floor(g / cells))),
  );
}

// Probabilities over the plane, made signed: -1 for a sure zero, 1 for a sure one.
const surfaceOf = (network, cells) => gridOf(cells, SPAN, SPAN, (x, y) => 2 * answerAt(network, x, y) - 1);

// What the last hidden layer answers for a point.
function hiddenAt(network, x, y) {
  answerAt(network, x, y);
  return Float64Array.from(network.acts.at(-2));
}

// The largest change of a weight or bias that the loss asks for.
function largestGradient(network) {
  const { layers } = network;
  for (let n = 0; n < 4; n++) {
    answerAt(network, CORNERS[n][0], CORNERS[n][1]);
    network.backward(TARGETS[n]);
  }
  const all = layers.flatMap(({ dWeights, dBiases }) => [...dWeights, ...dBiases].map(Math.abs));
  network.update(0, 4); // leaves the weights, forgets the sums
  return Math.max(...all) / 4;
}

// Does the hidden layer put all four corners on one place?
function areTogether(network) {
  const places = CORNERS.map(([x, y]) => hiddenAt(network, x, y)),
    apart = (a, b) => Math.hypot(...a.map((value, i) => value - b[i]));
  return places.every(a => places.every(b => apart(a, b) < MEETING));
}

// Two corners of different classes that the hidden layer puts on one place, if there are.
function fallenCorners(network) {
  if (network.layers.length < 2) return null;
  const places = CORNERS.map(([x, y]) => hiddenAt(network, x, y));
  const meet = (a, b) =>
    TARGETS[a] !== TARGETS[b] && Math.hypot(...places[a].map((value, i) => value - places[b][i])) < MEETING;
  for (let a = 0; a < 4; a++) for (let b = a + 1; b < 4; b++) if (meet(a, b)) return `${NAMES[a]} and ${NAMES[b]}`;
  return null;
}

const dotOf = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

// Two directions in which the hidden layer spreads the input plane most (principal components).
function directionsOf(network) {
  const points = LATTICE.flatMap(x => LATTICE.map(y => hiddenAt(network, x, y))),
    units = points[0].length;
  const middle = Float64Array.from(
    { length: units },
    (_, i) => points.reduce((sum, point) => sum + point[i], 0) / points.length,
  );
  const moved = points.map(point => point.map((value, i) => value - middle[i])),
    found = [];
  for (let k = 0; k < 2; k++)
    found.push(
      widestWay(
        moved,
        found,
        Float64Array.from({ length: units }, (_, i) => 1 / (1 + i + k)),
      ),
    );
  return { middle, found };
}

// By the power method: a way turned again and again towards where the points spread, and away from those found before.
function widestWay(points, before, way) {
  for (let turn = 0; turn < 200; turn++) {
    const next = new Float64Array(way.length);
    for (const point of points) {
      const along = dotOf(point, way);
      point.forEach((value, i) => {
        next[i] += along * value;
      });
    }
    for (const other of before) {
      const along = dotOf(next, other);
      other.forEach((value, i) => {
        next[i] -= along * value;
      });
    }
    const size = Math.hypot(...next);
    if (!(size > 1e-30)) return way;
    way = next.map(value => value / size);
  }
  return way;
}
