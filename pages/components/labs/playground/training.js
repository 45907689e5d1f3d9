// Learning without a screen: the network, its points, its losses so far, and weights to go back to.
const BROKEN = 1e6,
  HEALTHY = 3; // a weight beyond this has run away; a loss below this is worth going back to
const KEPT_EVERY = 25,
  MOST_HISTORY = 1500; // epochs from one copy of the weights to the next; points of the curves

class Training {
  // Begins with the weights of the seed, or with those that the settings carry.
  begin({ features, hidden, activation, seed, weights, epoch }) {
    this.network = new Network([features.length, ...hidden, 1], activation, seed);
    if (weights.length) this.load(weights);
    Object.assign(this, { random: generator(seed + 2), epoch, history: [], broken: false, copy: null, isFresh: true });
    this.measure();
  }

  // Layer by layer: the weights of each unit, then the biases.
  load(weights) {
    let at = 0;
    for (const layer of this.network.layers)
      for (const values of [layer.weights, layer.biases]) {
        values.set(weights.slice(at, at + values.length));
        at += values.length;
      }
  }

  unload() {
    return this.network.layers.flatMap(({ weights, biases }) => [...weights, ...biases]);
  }

  get canLearn() {
    return this.points.train.targets.length > 0 && !this.broken;
  }

  // Whole epochs until the clock says so, or to the epoch where it is to stop; returns how many. The last one is
  // measured.
  learn(owed, until, { rate, batch, penalty, strength, stop }) {
    const cost = kind => (penalty === kind ? strength : 0),
      { features, targets } = this.points.train;
    const how = { rate, batchSize: batch, random: this.random, l1: cost("L1"), l2: cost("L2") };
    let learned = 0;
    while (learned + 1 <= owed && (!learned || performance.now() < until)) {
      this.network.epoch(features, targets, how);
      this.epoch++;
      learned++;
      if (this.epoch === stop) break;
    }
    if (!learned) return 0;
    this.isFresh = false;
    this.measure();
    return learned;
  }

  // Both losses now, noted beside those of the epochs before.
  measure() {
    const judged = ({ features, targets }) =>
      targets.length ? this.network.measure(features, targets) : { loss: NaN, accuracy: NaN };
    const { epoch } = this,
      train = judged(this.points.train),
      test = judged(this.points.test);
    if (this.ranAway(train.loss)) this.broken = true;
    this.now = { train, test };
    if (this.history.at(-1)?.epoch === epoch) this.history.pop();
    this.history.push({ epoch, train: train.loss, test: test.loss });
    if (this.history.length > MOST_HISTORY) this.history = this.history.filter((_, i) => i % 2 === 0);
    this.keepCopy(train.loss);
  }

  ranAway(loss) {
    const isWild = this.network.layers.some(({ weights }) => weights.some(weight => !(Math.abs(weight) < BROKEN)));
    return isWild || (this.points.train.targets.length > 0 && !Number.isFinite(loss));
  }

  keepCopy(loss) {
    const isHealthy = !this.broken && loss < HEALTHY;
    if (this.copy && !(isHealthy && this.epoch >= this.copy.epoch + KEPT_EVERY)) return;
    this.copy = { epoch: this.epoch, weights: this.unload() };
  }

  // Back to the copy; what was learned after it is forgotten.
  recover() {
    this.load(this.copy.weights);
    for (const { dWeights, dBiases } of this.network.layers) {
      dWeights.fill(0);
      dBiases.fill(0);
    }
    this.epoch = this.copy.epoch;
    this.history = this.history.filter(one => one.epoch <= this.epoch);
    this.broken = false;
    this.measure();
  }
}
