// The arithmetic of one neuron on six points, and how its numbers are written. No screen, only numbers and words.
const POINTS = [
    [-1, -3],
    [0, -1],
    [1, 1],
    [2, 3],
    [3, 5],
    [4, 7],
  ],
  ASKED = 10,
  TRUE_ANSWER = 19;
const LIMIT = 1e12,
  MOST_STEPS = 5000; // a loss that is called diverged; steps that are kept
const KERAS_RATE = 0.01,
  KERAS_EPOCHS = 500,
  TIMED_MS = 30; // what the script in Keras does, from w = b = 0; ms for timing the same here
const WAITING =
  "Keras starts, then walks its 500 epochs: half a minute, on a busy server some minutes. Play on meanwhile.";
const SURFACE = { w: { low: -4, high: 6, label: "w" }, b: { low: -6, high: 4, label: "b" } },
  GRID = 60,
  KEY_STEP = 0.1,
  MOST_RATES = 40; // that a link holds

const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length;
const lossOf = (w, b) => mean(POINTS.map(([x, y]) => (w * x + b - y) ** 2));
const gradientOf = (w, b) => [
  2 * mean(POINTS.map(([x, y]) => (w * x + b - y) * x)),
  2 * mean(POINTS.map(([x, y]) => w * x + b - y)),
];

// Five digits: with three, 1.997 could not be told from the 2 that it comes near to.
function fivefold(value) {
  const isPlain = Math.abs(value) >= 0.001 && Math.abs(value) < 10000;
  return isPlain ? String(Number(value.toPrecision(5))).replace("-", "\u2212") : three(value);
}

// As many decimals as tell the answer from the true one; what is nearer than that is called the same.
const AS_GOOD = 1e-6,
  residualOf = answer => Math.abs(TRUE_ANSWER - answer);
const decimals = answer =>
  Math.abs(answer) >= 100
    ? 0
    : residualOf(answer) > AS_GOOD
      ? Math.max(2, Math.ceil(-Math.log10(residualOf(answer))))
      : 2;
const unbroken = text => text.replaceAll(" ", "\u00a0"),
  TRUTH = unbroken("y = 2x − 1"); // on one line
const fixed = (value, digits) => value.toFixed(digits).replace("-", "\u2212");

// Gradient descent on all six points at once; returns the whole walk.
function descend(steps, rate, w, b) {
  const walk = [{ w, b, loss: lossOf(w, b) }];
  for (let i = 0; i < steps && walk.at(-1).loss < LIMIT; i++) walk.push(stepFrom(walk.at(-1), rate));
  return walk;
}

function stepFrom({ w, b }, rate) {
  const [dw, db] = gradientOf(w, b),
    next = { w: w - rate * dw, b: b - rate * db, rate };
  return { ...next, loss: lossOf(next.w, next.b) };
}

// The walk that the script in Keras takes, and the ms that it costs here: the mean of as many as fit into the time.
function timedDescent() {
  const begun = performance.now();
  let walk = null,
    rounds = 0;
  do {
    walk = descend(KERAS_EPOCHS, KERAS_RATE, 0, 0);
    rounds++;
  } while (performance.now() - begun < TIMED_MS);
  return [walk.at(-1), (performance.now() - begun) / rounds];
}

// The rate beyond which every step overshoots further: 2 over the steepest curvature, the larger eigenvalue of [[xx,
// x], [x, 1]] twice.
function largestRate() {
  const xx = mean(POINTS.map(([x]) => x * x)),
    x = mean(POINTS.map(([one]) => one));
  return 1 / ((xx + 1) / 2 + Math.sqrt(((xx - 1) / 2) ** 2 + x * x));
}

// What a step leaves of the steep part of what is missing.
const steepFactor = rate => 1 - (2 * rate) / largestRate();
