// The arithmetic of logistic regression on pixels: no screen, only numbers. core/labs/logistic.py says the same in
// NumPy.
const BLANK = Math.LN2,
  NUDGE = 1e-5; // the loss of who says 0.5 to everything; half-width of finite differences
const ROUNDS = 7; // of the power iteration: pictures have so much in common that its error is below a billionth by then

const flatIndex = (row, column, channel, width, channels) => (row * width + column) * channels + channel;
const placeOf = (index, width, channels) => [
  Math.floor(index / channels / width),
  Math.floor(index / channels) % width,
  index % channels,
];

// Which pictures are learned from and which are held out: of each class the same share, drawn by the seed.
function dealtOut(counts, share, seed) {
  const random = generator(seed),
    isTrain = new Uint8Array(counts[0] + counts[1]);
  let start = 0;
  for (const count of counts) {
    const taken = Math.min(Math.max(1, Math.floor(count * share + 0.5)), count - 1);
    for (const place of shuffled(count, random).subarray(0, taken)) isTrain[start + place] = 1;
    start += count;
  }
  const places = Int32Array.from(isTrain.keys());
  return { train: places.filter(i => isTrain[i]), test: places.filter(i => !isTrain[i]) };
}

// The loss of one picture from its logit, so that no sure answer overflows.
const surprise = (z, y) => Math.max(z, 0) - z * y + Math.log1p(Math.exp(-Math.abs(z)));

// Softmax of two logits; the larger is taken away first, so that no power overflows.
function pairSoftmax(z1, z2) {
  const most = Math.max(z1, z2),
    [first, second] = [Math.exp(z1 - most), Math.exp(z2 - most)];
  return [first / (first + second), second / (first + second)];
}

// One weight for each input, all pictures at once. pixels: bytes, picture after picture, each in the order of its
// column.
class PixelRegression {
  constructor({ pixels, inputs, counts }, { train, test }) {
    const total = counts[0] + counts[1];
    Object.assign(this, { pixels, inputs, train, test, b: 0 });
    [this.w, this.slope, this.z] = [inputs, inputs, total].map(zeros);
    this.labels = Uint8Array.from({ length: total }, (_, j) => j >= counts[0]);
  }

  // The logits of all pictures.
  forward() {
    const { pixels, inputs, w, z, b } = this;
    for (let j = 0; j < z.length; j++) z[j] = this.product(w, pixels, j * inputs, inputs) / 255 + b;
  }

  product(w, pixels, from, count) {
    let even = 0,
      odd = 0,
      i = 0; // two sums side by side: neither waits for the other's last addition
    for (; i + 1 < count; i += 2) {
      even += w[i] * pixels[from + i];
      odd += w[i + 1] * pixels[from + i + 1];
    }
    if (i < count) even += w[i] * pixels[from + i];
    return even + odd;
  }

  difference(j) {
    return ACTIVATIONS.sigmoid(this.z[j]) - this.labels[j];
  } // a − y

  // (1/m) X (A − Y)ᵀ into `slope`; returns the slope of the bias.
  gradient() {
    const { pixels, inputs, train, slope } = this;
    let bias = 0;
    slope.fill(0);
    for (const j of train) {
      const d = this.difference(j),
        scaled = d / 255,
        from = j * inputs;
      bias += d;
      for (let i = 0; i < inputs; i++) slope[i] += scaled * pixels[from + i];
    }
    for (let i = 0; i < inputs; i++) slope[i] /= train.length;
    return bias / train.length;
  }

  step(rate) {
    const bias = this.gradient(),
      { w, slope } = this;
    for (let i = 0; i < w.length; i++) w[i] -= rate * slope[i];
    this.b -= rate * bias;
    this.forward();
  }

  measure(places) {
    let loss = 0,
      right = 0;
    for (const j of places) {
      loss += surprise(this.z[j], this.labels[j]);
      right += this.isRight(j);
    }
    return { loss: loss / places.length, accuracy: right / places.length };
  }

  isTrain(j) {
    return this.train.includes(j);
  }
  isRight(j) {
    return this.z[j] > 0 === this.labels[j] > 0;
  }
  x(j, i) {
    return this.pixels[j * this.inputs + i] / 255;
  }

  // How the loss changes with one weight: by the formula, and by its own values a little right and left.
  slopeOf(i) {
    const { train, z, labels } = this;
    let exact = 0,
      right = 0,
      left = 0;
    for (const j of train) {
      const x = this.x(j, i);
      exact += this.difference(j) * x;
      right += surprise(z[j] + NUDGE * x, labels[j]);
      left += surprise(z[j] - NUDGE * x, labels[j]);
    }
    return { exact: exact / train.length, measured: (right - left) / (2 * NUDGE * train.length) };
  }

  // Below this rate every step brings the loss down: 8 m over the largest eigenvalue of X Xᵀ, the bias taken in; by
  // power iteration.
  largestRate() {
    const { pixels, inputs, train } = this,
      direction = zeros(inputs).fill(1),
      next = zeros(inputs);
    let bias = 1,
      size = 1;
    for (let round = 0; round < ROUNDS; round++) {
      let nextBias = 0;
      next.fill(0);
      for (const j of train) {
        const share = this.product(direction, pixels, j * inputs, inputs) / 255 + bias;
        nextBias += share;
        for (let i = 0; i < inputs; i++) next[i] += (share * pixels[j * inputs + i]) / 255;
      }
      size = Math.sqrt(nextBias ** 2 + next.reduce((sum, value) => sum + value * value, 0));
      bias = nextBias / size;
      for (let i = 0; i < inputs; i++) direction[i] = next[i] / size;
    }
    return (8 * train.length) / size;
  }
}
