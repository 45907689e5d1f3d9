// Gradient descent that can be walked back: what each step brought, the rate it was made with, a copy of the weights
// now and then.
const MOST_STEPS = 2000,
  KEPT_EVERY = 20; // steps that can be walked; from one copy of the weights to the next
const RUNAWAY = 2 * BLANK,
  HOPELESS = 1e9; // a loss at which learning is stopped; one at which nobody may go on

class Walk {
  constructor(pack, { share, seed }) {
    const model = new PixelRegression(pack, dealtOut(pack.counts, share, seed));
    Object.assign(this, { model, trail: [], rates: [], kept: [], step: 0, isWarned: false });
    model.forward();
    this.largestRate = model.largestRate();
    model.gradient();
    // weights below this are painted paler: they are seen to grow
    this.faint = 8 * this.largestRate * largest(model.slope);
    this.record();
  }

  get now() {
    return this.trail[this.step];
  }
  get isOver() {
    return this.step === MOST_STEPS;
  }
  get madeWith() {
    return this.rates[this.step - 1];
  } // the rate of the last step, which may be another by now
  get hasRisen() {
    return this.step > 0 && this.now.train.loss > this.trail[this.step - 1].train.loss;
  }

  // Who goes on after having been stopped is not stopped again.
  get ranAway() {
    return !(this.now.train.loss < (this.isWarned ? HOPELESS : RUNAWAY));
  }

  record() {
    const { model } = this;
    this.trail[this.step] = { train: model.measure(model.train), test: model.measure(model.test) };
    if (this.step % KEPT_EVERY === 0) this.kept[this.step / KEPT_EVERY] = { w: model.w.slice(), b: model.b };
  }

  // Another rate goes on from here: what came after is forgotten.
  forgetAhead() {
    this.trail.length = Math.min(this.trail.length, this.step + 1);
    this.rates.length = Math.min(this.rates.length, this.step);
  }

  // A step once made is made again with its own rate.
  advance(rate) {
    this.rates[this.step] ??= rate;
    this.model.step(this.rates[this.step]);
    this.step++;
    if (this.step >= this.trail.length) this.record();
  }

  goTo(at, rate) {
    if (at < this.step) this.backTo(at);
    else if (at > this.step) this.warn();
    while (this.step < Math.min(at, MOST_STEPS) && !this.ranAway) this.advance(rate);
  }

  warn() {
    this.isWarned ||= this.ranAway;
  }

  // By way of a copy of the weights, and on from there.
  backTo(at) {
    const place = Math.floor(at / KEPT_EVERY),
      { w, b } = this.kept[place];
    this.model.w.set(w);
    this.model.b = b;
    this.model.forward();
    this.step = place * KEPT_EVERY;
    while (this.step < at) this.advance();
    this.isWarned &&= this.now.train.loss >= RUNAWAY;
  }
}
