// Activations, softmax and its loss as arithmetic: no screen, only numbers.
const { sigmoid } = ACTIVATIONS;
const FLAT = 0.01; // a slope nearer to 0 than this is called saturated

const END = 6,
  STEP = 0.1; // how far the walk goes to either side, and one arrow key

const LEAK = 0.2; // Keras' negative_slope of leaky_relu

// The error function as a series of positive terms (Abramowitz and Stegun 1964, 7.1.6); beyond 6 it is 1 to all digits.
function erf(x) {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x,
    sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) sum += term *= (2 * x * x) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const normalShare = x => 0.5 * (1 + erf(x / Math.SQRT2)),
  normalDensity = x => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);

const bracketed = x => (x < 0 ? `(${three(x)})` : three(x)),
  minus = x => three(x === 0 ? 0 : -x);

// Near 1 all digits count.
const fine = value =>
  Math.abs(value) < 0.99 ? bracketed(value) : value < 0 ? `(−${(-value).toFixed(8)})` : value.toFixed(8);

// f and its slope; wrote and sloped say them with the numbers in; y: how far the axis goes.
const CURVES = {
  linear: { f: x => x, slope: () => 1, y: [-6, 6], wrote: x => `x = ${three(x)}`, sloped: () => "1" },
  sigmoid: {
    f: sigmoid,
    slope: x => sigmoid(x) * sigmoid(-x),
    y: [-0.2, 1.2],
    wrote: x => `1 / (1 + exp(−x)) = 1 / (1 + exp(${minus(x)})) = ${three(sigmoid(x))}`,
    sloped: x => `f · (1 − f) = ${three(sigmoid(x))} · ${three(sigmoid(-x))} = ${three(sigmoid(x) * sigmoid(-x))}`,
  },
  relu: {
    f: x => (x > 0 ? x : 0),
    slope: x => (x > 0 ? 1 : 0),
    y: [-1, 6],
    wrote: x => `x if x > 0 else 0 = ${three(x > 0 ? x : 0)}`,
    sloped: x => `1 if x > 0 else 0 = ${x > 0 ? 1 : 0}`,
  },
  tanh: {
    f: Math.tanh,
    slope: x => 1 - Math.tanh(x) ** 2,
    y: [-1.2, 1.2],
    wrote: x => `(exp(x) − exp(−x)) / (exp(x) + exp(−x)) = ${three(Math.tanh(x))}`,
    sloped: x => `1 − f² = 1 − ${fine(Math.tanh(x))}² = ${three(1 - Math.tanh(x) ** 2)}`,
  },
  leaky_relu: {
    f: x => (x > 0 ? x : LEAK * x),
    slope: x => (x > 0 ? 1 : LEAK),
    y: [-2, 6],
    wrote: x => `x if x > 0 else ${LEAK} · x = ${three(x > 0 ? x : LEAK * x)}`,
    sloped: x => `1 if x > 0 else ${LEAK} = ${x > 0 ? 1 : LEAK}`,
  },
  elu: {
    f: x => (x > 0 ? x : Math.expm1(x)),
    slope: x => (x > 0 ? 1 : Math.exp(x)),
    y: [-2, 6],
    wrote: x => `x if x > 0 else exp(x) − 1 = ${three(x > 0 ? x : Math.expm1(x))}`,
    sloped: x => `1 if x > 0 else exp(x) = ${three(x > 0 ? 1 : Math.exp(x))}`,
  },
  gelu: {
    f: x => x * normalShare(x),
    slope: x => normalShare(x) + x * normalDensity(x),
    y: [-1, 6],
    wrote: x => `x · Φ(x) = ${bracketed(x)} · ${three(normalShare(x))} = ${three(x * normalShare(x))}`,
    sloped: x => {
      const [share, density] = [normalShare(x), normalDensity(x)];
      return `Φ(x) + x · φ(x) = ${three(share)} + ${bracketed(x)} · ${three(density)} = ${three(share + x * density)}`;
    },
  },
  silu: {
    f: x => x * sigmoid(x),
    slope: x => sigmoid(x) * (1 + x * sigmoid(-x)),
    y: [-1, 6],
    wrote: x => `x · sigmoid(x) = ${bracketed(x)} · ${three(sigmoid(x))} = ${three(x * sigmoid(x))}`,
    sloped: x => {
      const [s, rest] = [sigmoid(x), sigmoid(-x)];
      return (
        `s · (1 + x · (1 − s)) = ${three(s)} · (1 + ${bracketed(x)} ` +
        `· ${three(rest)}) = ${three(s * (1 + x * rest))}`
      );
    },
  },
  softplus: {
    f: x => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    slope: sigmoid,
    y: [-1, 6],
    wrote: x =>
      `ln(1 + exp(x)) = ln(1 + ${three(Math.exp(x))}) = ${three(Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))))}`,
    sloped: x => `sigmoid(x) = ${three(sigmoid(x))}`,
  },
};

// Letters in a formula.
const SIGNS = {
  gelu: "Φ(x) is the share of a normal distribution below x, φ(x) its bell curve at x.",
  silu: "s is sigmoid(x).",
};

const BUMPS = { gelu: -0.752, silu: -1.278 }; // where they turn: flat, but not saturated

// Ten numbers made probabilities: every step of the way.
function softmaxOf(logits, temperature = 1) {
  const max = Math.max(...logits),
    less = logits.map(z => (z - max) / temperature),
    powers = less.map(Math.exp);
  const sum = powers.reduce((all, one) => all + one, 0),
    shares = powers.map(one => one / sum);
  return { max, less, powers, sum, shares };
}

const lossFor = ({ less, sum }, target) => Math.log(sum) - less[target];

const gradientFor = ({ shares }, target, temperature) =>
  shares.map((p, i) => (p - (i === target ? 1 : 0)) / temperature);

const total = values => values.reduce((sum, one) => sum + one, 0);
