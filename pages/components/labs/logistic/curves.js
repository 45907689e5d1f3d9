// Loss and accuracy over the steps, of the pictures learned from and of those held out.
const MOST_DRAWN = 400,
  HIGHEST_LOSS = 50; // points of a line; beyond this a loss leaves the picture

class StepCurves {
  constructor() {
    const x = { low: 0, high: 20, label: "step" };
    this.losses = new Plot({ label: "Loss over the steps", x, y: { low: 0, high: 0.8, label: "loss" } });
    this.accuracies = new Plot({ label: "Accuracy over the steps", x, y: { low: 0, high: 1, label: "accuracy" } });
    const key = element(
      "div",
      "keyed",
      element("span", "train", element("i"), "training"),
      element("span", "test", element("i"), "held out"),
    );
    this.node = element("div", "curves", key, element("div", "pair", this.losses.node, this.accuracies.node));
  }

  // Both beside the weights, which take so many px of the room; or one above the other there; or below them. isTall:
  // the weights are.
  lay(room, taken, isTall) {
    const r = rem(),
      rest = room - taken - 30,
      half = wide => (wide - 18) / 2,
      isBoth = rest > 380 * r;
    const isBeside = isBoth || rest > (isTall ? 160 : 240) * r;
    const [width, height] = isBoth
      ? [half(rest), 190]
      : isBeside
        ? [rest, 130]
        : room > 520 * r
          ? [half(room), 190]
          : [room, 150];
    this.node.style.flexBasis = isBeside ? "0" : "100%";
    this.size = { width: Math.floor(width) - 1, height: height * r };
  }

  show({ trail, step }) {
    const seen = trail.slice(0, step + 1),
      every = Math.max(1, Math.floor(seen.length / MOST_DRAWN));
    const highest = Math.max(
      0.8,
      ...seen.flatMap(({ train, test }) => [train.loss, test.loss]).filter(Number.isFinite),
    );
    const x = { low: 0, high: Math.max(20, step), label: "step" };
    this.losses.frame({ x, y: { low: 0, high: Math.min(highest, HIGHEST_LOSS), label: "loss" }, ...this.size });
    this.accuracies.frame({ x, y: { low: 0, high: 1, label: "accuracy" }, ...this.size });
    this.losses.line("blank", [
      [0, BLANK],
      [x.high, BLANK],
    ]);
    for (const [plot, what] of [
      [this.losses, "loss"],
      [this.accuracies, "accuracy"],
    ])
      this.draw(plot, what, seen, every);
  }

  draw(plot, what, seen, every) {
    const last = seen.length - 1,
      now = which => seen[last][which][what];
    for (const which of ["train", "test"]) {
      plot.line(
        which,
        seen.map((one, i) => [i, one[which][what]]).filter((_, i) => i % every === 0 || i === last),
      );
      plot.dots(`${which} now`, [[last, now(which)]], 3);
    }
    plot.node.setAttribute(
      "aria-label",
      `${words(what)} after ${counted(last, "step")}: ${three(now("train"))} in training, ` +
        `${three(now("test"))} held out`,
    );
  }
}
