// Sizes and costs of each kind of convolution: no screen, only numbers.
const product = factors => factors.reduce((all, factor) => all * factor, 1);

const sum = numbers => numbers.reduce((all, number) => all + number, 0);

const divisor = (a, b) => (b ? divisor(b, a % b) : a);

// Side of the output of a transposed convolution, and how many input cells of one row write each of its cells.
const spread = (size, kernel, stride, padding = "valid") =>
  size * stride + (padding === "valid" ? Math.max(kernel - stride, 0) : 0);

function writers(size, kernel, stride, padding = "valid") {
  const counts = Array(spread(size, kernel, stride, padding)).fill(0),
    cut = cutOff(kernel, stride, padding);
  for (let i = 0; i < size; i++)
    for (let k = 0; k < kernel; k++) {
      const cell = i * stride + k - cut;
      if (cell in counts) counts[cell]++;
    }
  return counts;
}

// The asked number of groups, or the largest below it that divides both sides.
function sharedGroups({ channels, filters, groups }) {
  const both = divisor(channels, filters);
  let count = Math.min(groups, both);
  while (both % count) count--;
  return count;
}

// What a kind gives and takes: its output, the factors whose products are its weights, and how often every weight is
// used.
function costOf(kind, settings) {
  const { height, width, channels, filters, strides, padding, use_bias } = settings,
    side = kind === "1x1" ? 1 : settings.kernel_size;
  const sides = [height, width].map(size =>
    kind === "transposed" ? spread(size, side, strides, padding) : slide(size, side, { stride: strides, padding }).out,
  );
  const depth = kind === "grouped" ? channels / sharedGroups(settings) : channels,
    out = kind === "depthwise" ? channels : filters;
  const terms = {
    depthwise: [[side, side, channels]],
    separable: [
      [side, side, channels],
      [channels, filters],
    ],
  }[kind] ?? [[side, side, depth, filters]];
  const places = kind === "transposed" ? [height, width] : sides,
    weights = sum(terms.map(product));
  return {
    output: [...sides, out],
    fits: product(sides) > 0,
    terms,
    places,
    biases: use_bias ? out : 0,
    parameters: weights + (use_bias ? out : 0),
    multiply_adds: product(places) * weights,
  };
}

// 0.125 is 1/8, and what is no such part has three digits.
function ratio(value) {
  const parts = Math.round(1 / value);
  return value === 1
    ? "1"
    : parts > 1 && parts < 1000 && Math.abs(parts * value - 1) < 1e-12
      ? `1/${parts}`
      : three(value);
}
