// Activations: a walk along a curve and its slope, and softmax of ten logits with all its arithmetic.
const LARGEST_LOGIT = 50,
  SHIFT = 10,
  LAST_POWER = 88.7; // exp of more is beyond float32

// what rounding leaves of a 0 is none
const near = value => (Math.abs(value) < 1e-12 ? 0 : Number(value.toPrecision(12)));

class Activations extends Lab {
  build() {
    this.curves = new CurveView(this);
    this.softmaxView = new SoftmaxView(this);
    this.curves.buildCurve();
    this.softmaxView.buildLogits();
    this.side.append(
      this.knob("activation"),
      this.knob("compare", "Compare with"),
      this.knob("x", "x"),
      this.resetButton(),
    );
  }

  draw() {
    this.host.classList.toggle("dark", this.dark);
    this.curves.drawCurve();
    this.softmaxView.drawLogits();
  }

  tasks() {
    const shown = name => [this.settings.activation, this.settings.compare].includes(name),
      { tanh, relu } = CURVES;
    return [
      {
        words: "Before you look: how steep is sigmoid where it is steepest?",
        choices: ["1", "one half", "one quarter", "as steep as you like"],
        right: 2,
        why: "σ · (1 − σ) is largest at σ = ½: a sigmoid lets back a quarter of a gradient at most.",
        until: {
          words: "have been at its steepest place",
          done: () => this.settings.activation === "sigmoid" && Math.abs(this.settings.x) <= 0.05,
        },
      },
      {
        words: "Find a place where tanh saturates and relu lets the whole gradient back.",
        hint: "Show both, one as the function, one to compare; then go far to one side.",
        done: () =>
          shown("tanh") && shown("relu") && tanh.slope(this.settings.x) < FLAT && relu.slope(this.settings.x) === 1,
      },
      {
        words: "Before you look: 10 is added to all ten logits. What becomes of their softmax?",
        choices: ["the largest takes all", "all ten grow", "nothing changes"],
        right: 2,
        why: "Every power of e is multiplied by the same number, and so is their sum: the shares stay.",
        until: { words: "have added 10 to all", done: () => this.softmaxView.hasShifted },
      },
      {
        words: "Without touching a logit, give one class more than 99%.",
        hint: "What divides all logits before softmax?",
        done: () =>
          same(this.settings.logits, this.fields.logits.default) && Math.max(...this.softmaxView.now.shares) > 0.99,
      },
    ];
  }

  checks() {
    return {
      sigmoid: () => CURVES.sigmoid.f(0),
      sigmoid_slope: () => CURVES.sigmoid.slope(0),
      tanh_slope: () => CURVES.tanh.slope(0),
      relu: () => CURVES.relu.f(-3),
      softmax: () => softmaxOf([1, 2, 3]).shares.map(p => Number(p.toFixed(4))),
      sum: () => near(total(softmaxOf(this.fields.logits.default).shares)),
    };
  }
}

export default mount(Activations);
