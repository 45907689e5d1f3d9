// The arithmetic of sliding windows: no screen, only numbers. core/labs says the same in NumPy, and a test compares
// the two.
// An image is { height, width, planes }, a plane a Float64Array of height * width values, row by row.

// One side of a sliding window: how far it reaches, how often it stops, and how many cells are added at either end.
// padding: "valid", "same" (out = ceil(size / stride), the odd cell at the end, as in TensorFlow), "full", or cells at
// both ends.
function slide(size, kernel, { stride = 1, dilation = 1, padding = "valid" } = {}) {
  const reach = (kernel - 1) * dilation + 1;
  let before = 0,
    after = 0;
  if (padding === "same") {
    const missing = Math.max((Math.ceil(size / stride) - 1) * stride + reach - size, 0);
    before = missing >> 1;
    after = missing - before;
  } else if (padding === "full") before = after = reach - 1;
  else if (padding !== "valid") before = after = padding;
  const room = size + before + after - reach;
  return { size, kernel, stride, dilation, reach, before, after, out: room < 0 ? 0 : Math.floor(room / stride) + 1 };
}

// Which cell of the input stands at place i, which may lie outside; -1 for a zero.
function cellAt(i, size, fill = "zero") {
  if (i >= 0 && i < size) return i;
  if (fill === "zero") return -1;
  if (fill === "wrap") return ((i % size) + size) % size; // abc|abc|abc
  const turn = Math.max(1, 2 * (size - 1)),
    at = ((i % turn) + turn) % turn; // cb|abc|ba: the edge is not said twice
  return Math.min(at, turn - at) % size;
}

const zeros = length => new Float64Array(length);

// One plane with its border: { height, width, values }.
function bordered(plane, height, width, down, across, fill = "zero") {
  const tall = height + down.before + down.after,
    wide = width + across.before + across.after,
    values = zeros(tall * wide);
  const columns = Int32Array.from({ length: wide }, (_, x) => cellAt(x - across.before, width, fill));
  for (let y = 0; y < tall; y++) {
    const row = cellAt(y - down.before, height, fill);
    if (row < 0) continue;
    for (let x = 0; x < wide; x++) if (columns[x] >= 0) values[y * wide + x] = plane[row * width + columns[x]];
  }
  return { height: tall, width: wide, values };
}

// One bordered plane under one slice of a kernel: the sums of all windows, row by row. down and across are its slides.
// Four weights at a time, as reading and writing the sums costs more than multiplying: a photo follows the hand.
function correlate(padded, weights, down, across) {
  const { out: height, kernel: size, stride, dilation } = down,
    width = across.out,
    sums = zeros(height * width),
    { values, width: wide } = padded;
  for (let y = 0; y < height; y++)
    for (let ky = 0; ky < size; ky++)
      for (let kx = 0; kx < size; kx += 4) {
        const [a, b, c, d] = [0, 1, 2, 3].map(k => (kx + k < size ? weights[ky * size + kx + k] : 0));
        if (a === 0 && b === 0 && c === 0 && d === 0) continue;
        // beyond the kernel: the same cell, times 0
        const [toB, toC, toD] = [1, 2, 3].map(k => (kx + k < size ? k * dilation : 0));
        let from = (y * stride + ky * dilation) * wide + kx * dilation,
          to = y * width;
        for (const end = to + width; to < end; to++, from += stride)
          sums[to] += a * values[from] + b * values[from + toB] + c * values[from + toC] + d * values[from + toD];
      }
  return sums;
}

// What a network layer computes for one kernel: the window times the kernel, summed over all channels, plus the bias.
// kernel: { size, planes } with one plane of size * size weights per channel of the image. The kernel is not flipped.
// Returns { height, width, values, perChannel }: the map without activation, and what each channel gave to it.
function convolve2d(image, kernel, { stride = 1, dilation = 1, padding = "valid", fill = "zero", bias = 0 } = {}) {
  const down = slide(image.height, kernel.size, { stride, dilation, padding }),
    across = slide(image.width, kernel.size, { stride, dilation, padding });
  const perChannel = image.planes.map((plane, c) =>
    correlate(bordered(plane, image.height, image.width, down, across, fill), kernel.planes[c], down, across),
  );
  return { height: down.out, width: across.out, values: summed(perChannel, bias), perChannel };
}

// What the channels gave, added cell by cell, and the bias.
function summed(perChannel, bias = 0) {
  const values = zeros(perChannel[0].length).fill(bias);
  for (const sums of perChannel) for (let i = 0; i < values.length; i++) values[i] += sums[i];
  return values;
}

// Numbers of one line under a sliding kernel. mode: "full", "same" (as long as the longer of the two) or "valid".
// flip: true for a convolution as mathematics and NumPy have it, false for what a network layer does
// (cross-correlation).
// Returns { values, lead }: lead is how many cells the first window begins before the signal.
function convolve1d(signal, kernel, mode = "full", flip = true) {
  const [n, k] = [signal.length, kernel.length],
    weights = flip ? [...kernel].reverse() : [...kernel];
  const all = n + k - 1,
    wanted = { full: all, same: Math.max(n, k), valid: Math.max(n, k) - Math.min(n, k) + 1 }[mode];
  // "same" is the middle of "full". Where it can't be cut evenly, np.convolve drops more at the end, TensorFlow at the
  // start.
  const surplus = all - wanted,
    skip = flip || mode === "valid" ? surplus >> 1 : surplus - (surplus >> 1);
  const values = Array.from({ length: wanted }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < k; j++) {
      const at = i + skip + j - (k - 1);
      if (at >= 0 && at < n) sum += weights[j] * signal[at];
    }
    return sum;
  });
  return { values, lead: k - 1 - skip };
}

// Pooling of one plane. kind: "max" or "mean"; cells outside never win, and never count in a mean (as in Keras).
// Returns { height, width, values, winners }: winners are places in the plane, -1 for means.
// First along the rows, then down the columns: a window of n by n costs 2n steps, so that a photo follows the hand.
function pool2d(plane, height, width, { size = 2, stride = size, padding = "valid", kind = "max" } = {}) {
  const down = slide(height, size, { stride, padding }),
    across = slide(width, size, { stride, padding }),
    wide = across.out,
    isMax = kind === "max";
  const starts = side => Int32Array.from({ length: side.out }, (_, i) => Math.max(0, i * stride - side.before));
  const ends = side =>
    Int32Array.from({ length: side.out }, (_, i) => Math.min(side.size, i * stride - side.before + size));
  const [tops, bottoms, lefts, rights] = [starts(down), ends(down), starts(across), ends(across)];
  const rows = zeros(height * wide),
    places = new Int32Array(rows.length).fill(-1); // the best of each row's part of a window, or its sum
  for (let y = 0; y < height; y++)
    for (let x = 0; x < wide; x++) {
      let best = isMax ? -Infinity : 0,
        place = -1;
      for (let i = y * width + lefts[x], end = y * width + rights[x]; i < end; i++) {
        if (!isMax) best += plane[i];
        else if (plane[i] > best) {
          best = plane[i];
          place = i;
        }
      }
      rows[y * wide + x] = best;
      places[y * wide + x] = place;
    }
  const values = zeros(down.out * wide),
    winners = new Int32Array(values.length).fill(-1);
  for (let y = 0; y < down.out; y++)
    for (let x = 0; x < wide; x++) {
      let best = isMax ? -Infinity : 0,
        place = -1;
      for (let i = tops[y] * wide + x, end = bottoms[y] * wide; i < end; i += wide) {
        if (!isMax) best += rows[i];
        else if (rows[i] > best) {
          best = rows[i];
          place = places[i];
        }
      }
      values[y * wide + x] = isMax ? best : best / ((bottoms[y] - tops[y]) * (rights[x] - lefts[x]));
      winners[y * wide + x] = place;
    }
  return { height: down.out, width: wide, values, winners };
}

const ACTIVATIONS = {
  linear: value => value,
  relu: value => (value > 0 ? value : 0),
  sigmoid: value => (value >= 0 ? 1 / (1 + Math.exp(-value)) : Math.exp(value) / (1 + Math.exp(value))),
  tanh: Math.tanh,
};

// A random generator with a seed (mulberry32), so that a picture with noise is the same for everybody with the same
// link.
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

// A draw from the normal distribution (Box and Muller 1958).
const normal = random => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
