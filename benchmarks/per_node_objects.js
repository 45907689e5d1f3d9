// The playground's rival: a network of one object per unit and one per connection, as TensorFlow Playground's core is
// designed.
// Own words; the loss, the first weights and the order of the points are those of network_arithmetic.js, so that both
// give the same numbers.
// It is kinder than the design: a derivative takes the output that is known already, instead of computing the function
// again.
const FUNCTIONS = {
  tanh: { output: total => Math.tanh(total), slope: output => 1 - output * output },
  sigmoid: { output: total => 1 / (1 + Math.exp(-total)), slope: output => output * (1 - output) },
};

class Link {
  errorSlope = 0;
  sum = 0;
  summed = 0;
  constructor(source, dest, weight) {
    this.source = source;
    this.dest = dest;
    this.weight = weight;
  }
}

class Unit {
  inputLinks = [];
  outputs = [];
  bias = 0;
  total = 0;
  output = 0;
  outputSlope = 0;
  inputSlope = 0;
  sum = 0;
  summed = 0;
  constructor(activation) {
    this.activation = activation;
  }

  add() {
    this.total = this.bias;
    for (let i = 0; i < this.inputLinks.length; i++) {
      const link = this.inputLinks[i];
      this.total += link.weight * link.source.output;
    }
  }
}

class ObjectNetwork {
  // twin: a Network of network_arithmetic.js with tanh or sigmoid; its weights are taken over.
  constructor(twin) {
    this.layers = twin.shape.map(units => Array.from({ length: units }, () => new Unit(FUNCTIONS[twin.activation])));
    twin.layers.forEach(({ inputs, weights, biases }, l) =>
      this.layers[l + 1].forEach((dest, j) => {
        dest.bias = biases[j];
        this.layers[l].forEach((source, i) => {
          const link = new Link(source, dest, weights[j * inputs + i]);
          source.outputs.push(link);
          dest.inputLinks.push(link);
        });
      }),
    );
  }

  forwardProp(inputs) {
    const first = this.layers[0];
    for (let i = 0; i < first.length; i++) first[i].output = inputs[i];
    const last = this.layers.length - 1,
      end = this.layers[last][0];
    for (let l = 1; l < last; l++)
      for (let j = 0; j < this.layers[l].length; j++) {
        const unit = this.layers[l][j];
        unit.add();
        unit.output = unit.activation.output(unit.total);
      }
    end.add(); // the last unit is a sigmoid; apart from the others, so that these call one and the same function
    return (end.output = 1 / (1 + Math.exp(-end.total)));
  }

  backProp(target) {
    const end = this.layers[this.layers.length - 1][0];
    end.inputSlope = end.output - target; // sigmoid and cross-entropy together
    for (let l = this.layers.length - 1; l >= 1; l--) {
      const layer = this.layers[l];
      for (let j = 0; j < layer.length; j++) {
        const unit = layer[j];
        if (unit !== end) unit.inputSlope = unit.outputSlope * unit.activation.slope(unit.output);
        unit.sum += unit.inputSlope;
        unit.summed++;
      }
      for (let j = 0; j < layer.length; j++)
        for (let i = 0; i < layer[j].inputLinks.length; i++) {
          const link = layer[j].inputLinks[i];
          link.errorSlope = layer[j].inputSlope * link.source.output;
          link.sum += link.errorSlope;
          link.summed++;
        }
      if (l === 1) continue;
      for (let i = 0; i < this.layers[l - 1].length; i++) {
        const unit = this.layers[l - 1][i];
        unit.outputSlope = 0;
        for (let j = 0; j < unit.outputs.length; j++)
          unit.outputSlope += unit.outputs[j].weight * unit.outputs[j].dest.inputSlope;
      }
    }
  }

  updateWeights(rate) {
    for (let l = 1; l < this.layers.length; l++)
      for (let j = 0; j < this.layers[l].length; j++) {
        const unit = this.layers[l][j];
        if (unit.summed > 0) {
          unit.bias -= (rate * unit.sum) / unit.summed;
          unit.sum = unit.summed = 0;
        }
        for (let i = 0; i < unit.inputLinks.length; i++) {
          const link = unit.inputLinks[i];
          if (link.summed > 0) {
            link.weight -= (rate / link.summed) * link.sum;
            link.sum = link.summed = 0;
          }
        }
      }
  }

  // points: arrays of features, one per point.
  epoch(points, targets, { rate, batchSize, random }) {
    const order = shuffled(targets.length, random);
    for (let n = 0; n < order.length; n++) {
      this.forwardProp(points[order[n]]);
      this.backProp(targets[order[n]]);
      if ((n + 1) % batchSize === 0) this.updateWeights(rate);
    }
    if (order.length % batchSize) this.updateWeights(rate);
  }
}
