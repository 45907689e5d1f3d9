// A small dense network on typed arrays: forward, back-propagation, gradient descent. No screen, only numbers.
// core/labs/networks.py says the same in NumPy; from the same seed both give the same numbers.
const EPSILON = 1e-7; // Keras keeps probabilities this far from 0 and 1

class Network {
  // shape: inputs, units of each hidden layer, outputs: [2, 8, 8, 1]. activation: of the hidden layers; the last is a
  // sigmoid. first: how the weights are drawn: "normal", biases too, "Glorot" or "He".
  constructor(shape, activation, seed, first = "Glorot") {
    Object.assign(this, { shape, activation });
    const random = generator(seed),
      depth = shape.length - 1;
    this.acts = shape.map(units => new Float64Array(units));
    this.deltas = shape.map(units => new Float64Array(units));
    this.layers = Array.from({ length: depth }, (_, l) => {
      const inputs = shape[l],
        units = shape[l + 1],
        limit = Math.sqrt(6 / (first === "He" ? inputs : inputs + units)),
        draw = () => (first === "normal" ? normal(random) : (2 * random() - 1) * limit),
        weights = new Float64Array(inputs * units);
      // Drawn input by input as Keras stores a kernel, kept unit by unit: a unit's weights lie side by side.
      for (let i = 0; i < inputs; i++) for (let j = 0; j < units; j++) weights[j * inputs + i] = draw();
      return {
        inputs,
        units,
        weights,
        biases: Float64Array.from({ length: units }, () => (first === "normal" ? draw() : 0)),
        dWeights: new Float64Array(inputs * units),
        dBiases: new Float64Array(units),
      };
    });
  }

  get parameters() {
    return this.layers.reduce((sum, layer) => sum + layer.weights.length + layer.units, 0);
  }

  // Answers for one point, given as the values of acts[0]; returns the probability.
  forward() {
    const last = this.layers.length - 1;
    for (let l = 0; l <= last; l++) {
      const { inputs, units, weights, biases } = this.layers[l],
        from = this.acts[l],
        to = this.acts[l + 1];
      for (let j = 0, at = 0; j < units; j++) {
        let even = biases[j],
          odd = 0,
          i = 0; // two sums side by side: neither waits for the other's last addition
        for (; i + 1 < inputs; i += 2, at += 2) {
          even += weights[at] * from[i];
          odd += weights[at + 1] * from[i + 1];
        }
        if (i < inputs) even += weights[at++] * from[i];
        to[j] = even + odd;
      }
      activate(l === last ? "sigmoid" : this.activation, to, units);
    }
    return this.acts[last + 1][0];
  }

  // Adds the gradient of the loss at the point that forward() has just answered.
  backward(target) {
    const last = this.layers.length - 1;
    // sigmoid and cross-entropy together leave the difference
    this.deltas[last + 1][0] = this.acts[last + 1][0] - target;
    for (let l = last; l >= 0; l--) {
      const { inputs, units, weights, dWeights, dBiases } = this.layers[l],
        from = this.acts[l],
        delta = this.deltas[l + 1],
        before = this.deltas[l];
      for (let j = 0, at = 0; j < units; j++) {
        const d = delta[j];
        dBiases[j] += d;
        if (l === 0) for (let i = 0; i < inputs; i++, at++) dWeights[at] += d * from[i];
        else if (j === 0)
          for (let i = 0; i < inputs; i++, at++) {
            dWeights[at] += d * from[i];
            before[i] = d * weights[at];
          }
        else
          for (let i = 0; i < inputs; i++, at++) {
            dWeights[at] += d * from[i];
            before[i] += d * weights[at];
          }
      }
      if (l) slopes(this.activation, before, from, inputs);
    }
  }

  // One step against the mean gradient of `count` points; l1, l2 as in Keras' regularizers, biases left out.
  update(rate, count, l1 = 0, l2 = 0) {
    const mean = rate / count;
    for (const { weights, biases, dWeights, dBiases } of this.layers) {
      if (l1 || l2)
        for (let i = 0; i < weights.length; i++)
          weights[i] -= rate * (l1 * Math.sign(weights[i]) + 2 * l2 * weights[i]);
      for (let i = 0; i < weights.length; i++) {
        weights[i] -= mean * dWeights[i];
        dWeights[i] = 0;
      }
      for (let j = 0; j < biases.length; j++) {
        biases[j] -= mean * dBiases[j];
        dBiases[j] = 0;
      }
    }
  }

  // One batch: points [from, to) of `order`; features: Float64Array, `inputs` numbers per point; targets 0 or 1.
  step(features, targets, order, from, to, rate, l1, l2) {
    const input = this.acts[0],
      inputs = this.shape[0];
    for (let n = from; n < to; n++) {
      const point = order[n],
        start = point * inputs;
      for (let i = 0; i < inputs; i++) input[i] = features[start + i];
      this.forward();
      this.backward(targets[point]);
    }
    this.update(rate, to - from, l1, l2);
  }

  epoch(features, targets, { rate, batchSize, random, l1 = 0, l2 = 0 }) {
    const order = shuffled(targets.length, random);
    for (let start = 0; start < order.length; start += batchSize)
      this.step(features, targets, order, start, Math.min(order.length, start + batchSize), rate, l1, l2);
  }

  // Mean binary cross-entropy and accuracy.
  measure(features, targets) {
    const inputs = this.shape[0];
    let loss = 0,
      right = 0;
    for (let n = 0; n < targets.length; n++) {
      for (let i = 0; i < inputs; i++) this.acts[0][i] = features[n * inputs + i];
      const raw = this.forward(),
        p = Math.min(1 - EPSILON, Math.max(EPSILON, raw));
      loss -= targets[n] ? Math.log(p) : Math.log(1 - p);
      right += raw > 0.5 === targets[n] > 0.5;
    }
    return { loss: loss / targets.length, accuracy: right / targets.length };
  }
}

function activate(name, values, count) {
  if (name === "tanh")
    // twice as quick as Math.tanh, the same to 1e-15; ends at -1 and 1
    for (let j = 0; j < count; j++) values[j] = 1 - 2 / (Math.exp(2 * values[j]) + 1);
  else if (name === "relu") {
    for (let j = 0; j < count; j++) if (values[j] < 0) values[j] = 0;
  } else if (name === "sigmoid")
    for (let j = 0; j < count; j++) {
      const small = Math.exp(-Math.abs(values[j]));
      values[j] = (values[j] >= 0 ? 1 : small) / (1 + small);
    }
}

// Multiplies by the derivative, written in terms of the activation's own result.
function slopes(name, deltas, acts, count) {
  if (name === "tanh") for (let i = 0; i < count; i++) deltas[i] *= 1 - acts[i] * acts[i];
  else if (name === "relu") {
    for (let i = 0; i < count; i++) if (acts[i] <= 0) deltas[i] = 0;
  } else if (name === "sigmoid") for (let i = 0; i < count; i++) deltas[i] *= acts[i] * (1 - acts[i]);
}

function shuffled(count, random) {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1)),
      kept = order[last];
    order[last] = order[other];
    order[other] = kept;
  }
  return order;
}
