// Noise, convolution, median and Harris corners: no screen, only numbers. A plane is
// { height, width, values }; beyond it stands the mirrored picture. core/labs/filters.py says the same with SciPy.
const noises = {
  none: plane => plane.values.slice(),
  Gaussian: (plane, strength, random) => plane.values.map(value => clamp(value + strength * normal(random), 0, 1)),
  "salt and pepper": (plane, strength, random) =>
    plane.values.map(value => {
      const drawn = random();
      return drawn < strength / 2 ? 0 : drawn < strength ? 1 : value;
    }),
};

const noisy = (plane, noise, strength, seed) => ({ ...plane, values: noises[noise](plane, strength, generator(seed)) });

const rounded = (plane, border) =>
  bordered(
    plane.values,
    plane.height,
    plane.width,
    { before: border, after: border },
    { before: border, after: border },
    "reflect",
  );

const convolved = (plane, rows) => ({
  ...plane,
  values: convolve2d({ ...plane, planes: [plane.values] }, { size: rows.length, planes: [rows.flat()] }, SAME).values,
});

// The middle one of each window's sorted values. The window is kept sorted by insertion: short windows make that the
// fastest.
function median(plane, size) {
  const { height, width } = plane,
    wide = rounded(plane, size >> 1),
    values = zeros(height * width),
    window = zeros(size * size),
    middle = (size * size) >> 1;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let count = 0;
      for (let row = y; row < y + size; row++)
        for (let i = row * wide.width + x, end = i + size; i < end; i++) {
          const value = wide.values[i];
          let at = count++;
          for (; at > 0 && window[at - 1] > value; at--) window[at] = window[at - 1];
          window[at] = value;
        }
      values[y * width + x] = window[middle];
    }
  return { ...plane, values };
}

// A Gaussian over so many px as SciPy takes: four times its spread to either side; first across, then down.
// Weight by weight over whole rows: the inner loop runs along memory, which is what makes it fast.
function blurred({ height, width, values }, spread) {
  const reach = Math.floor(4 * spread + 0.5),
    bell = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / spread) ** 2));
  const total = bell.reduce((sum, weight) => sum + weight, 0),
    across = zeros(height * width),
    down = zeros(height * width),
    line = zeros(width + 2 * reach);
  const places = Int32Array.from(line, (_, x) => cellAt(x - reach, width, "reflect"));
  for (let y = 0; y < height; y++) {
    const start = y * width;
    for (let x = 0; x < line.length; x++) line[x] = values[start + places[x]];
    for (let j = 0; j < bell.length; j++) {
      const weight = bell[j] / total;
      for (let x = 0; x < width; x++) across[start + x] += weight * line[x + j];
    }
  }
  for (let y = 0; y < height; y++)
    for (let j = 0; j < bell.length; j++) {
      const weight = bell[j] / total,
        start = y * width,
        from = cellAt(y + j - reach, height, "reflect") * width;
      for (let x = 0; x < width; x++) down[start + x] += weight * across[from + x];
    }
  return { height, width, values: down };
}

const SOBEL = [
    [-1, 0, 1],
    [-2, 0, 2],
    [-1, 0, 1],
  ],
  SOBEL_DOWN = [
    [-1, -2, -1],
    [0, 0, 0],
    [1, 2, 1],
  ];

// Harris and Stephens 1988: slopes' products weighed over the neighbourhood, R = det - k trace^2.
function harris(plane, spread, k) {
  const x = convolved(plane, SOBEL).values,
    y = convolved(plane, SOBEL_DOWN).values,
    weighed = product => blurred({ ...plane, values: product }, spread).values;
  const xx = weighed(x.map(value => value * value)),
    yy = weighed(y.map(value => value * value)),
    xy = weighed(x.map((value, i) => value * y[i]));
  return { ...plane, xx, yy, xy, values: xx.map((value, i) => value * yy[i] - xy[i] ** 2 - k * (value + yy[i]) ** 2) };
}

// Places of the corners: largest of their 3x3 neighbourhood, and above a share of the largest of all. Neighbours with
// the same response are one corner, in their middle; the image border, which is only mirrored, has none.
function cornersOf({ height, width, values }, threshold) {
  const most = values.reduce((high, value) => Math.max(high, value), 0),
    peaks = new Set();
  if (most <= 1e-9) return []; // an even picture has none
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const value = values[y * width + x];
      if (value < threshold * most) continue;
      const near = [-1, 0, 1]
        .flatMap(dy => [-1, 0, 1].map(dx => [y + dy, x + dx]))
        .filter(([row, column]) => row >= 0 && row < height && column >= 0 && column < width);
      if (near.every(([row, column]) => values[row * width + column] <= value + TIE * most)) peaks.add(y * width + x);
    }
  const inside = ([y, x]) => y >= EDGE && x >= EDGE && y < height - EDGE && x < width - EDGE;
  return parted(peaks, width).filter(inside);
}

// The middle of each group of places that touch, in reading order.
function parted(peaks, width) {
  const middles = [];
  while (peaks.size) {
    const group = [],
      next = [peaks.values().next().value];
    peaks.delete(next[0]);
    while (next.length) {
      const i = next.pop();
      group.push([Math.floor(i / width), i % width]);
      for (const dy of [-1, 0, 1])
        for (const dx of [-1, 0, 1]) {
          const x = (i % width) + dx,
            to = i + dy * width + dx;
          if (x >= 0 && x < width && peaks.delete(to)) next.push(to);
        }
    }
    middles.push([0, 1].map(axis => Math.floor(group.reduce((sum, place) => sum + place[axis], 0) / group.length)));
  }
  return middles.sort(([a, b], [c, d]) => a - c || b - d);
}

const mse = (a, b) => a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length;

const decibels = error => -10 * Math.log10(error);

const wrongShare = (a, b) => a.reduce((count, value, i) => count + (Math.abs(value - b[i]) > WRONG), 0) / a.length;

// Is f(a + b) = f(a) + f(b), and f(2a) = 2 f(a)? The largest difference of each, and where it stands.
function tried(f, a, b) {
  const of = values => f({ ...a, values }).values,
    [fa, fb] = [of(a.values), of(b.values)];
  const worst = (left, right) => {
    let at = 0;
    for (let i = 0; i < left.length; i++) if (Math.abs(left[i] - right[i]) > Math.abs(left[at] - right[at])) at = i;
    return {
      at,
      left: left[at],
      right: right[at],
      holds: Math.abs(left[at] - right[at]) <= 1e-9 * Math.max(1, largest(right)),
    };
  };
  return {
    sum: worst(
      of(a.values.map((value, i) => value + b.values[i])),
      fa.map((value, i) => value + fb[i]),
    ),
    double: worst(
      of(a.values.map(value => 2 * value)),
      fa.map(value => 2 * value),
    ),
  };
}

// A part of a plane.
function cut(plane, top, left, height, width) {
  const values = zeros(height * width);
  for (let y = 0; y < height; y++)
    values.set(
      plane.values.subarray((top + y) * plane.width + left, (top + y) * plane.width + left + width),
      y * width,
    );
  return { height, width, values };
}
