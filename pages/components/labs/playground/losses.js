// Both losses, over the epochs and as they are now; a place on the plot is read back.
const MOST_LOSS = 4; // of the axis: a run that goes wrong must not press the rest flat

class Losses {
  constructor() {
    const axes = { x: { low: 0, high: 10, label: "epoch" }, y: { low: 0, high: 1, label: "loss" } };
    this.plot = new Plot({
      label: "Loss over the epochs",
      ...axes,
      onPoint: x => this.readAt(x),
      onLeave: () => this.readAt(null),
    });
    this.figures = element("div", "figures");
    this.nodes = [this.figures, this.plot.node];
  }

  show(training, width) {
    this.training = training;
    const { history, epoch } = training,
      worst = history.reduce((most, one) => Math.max(most, one.train || 0, one.test || 0), 0.75);
    const x = { low: 0, high: Math.max(10, epoch), label: "epoch" },
      y = { low: 0, high: Math.min(worst, MOST_LOSS), label: "loss" };
    this.plot.frame({ width, height: 132 * rem(), x, y });
    for (const kind of ["train", "test"]) {
      this.plot.line(
        kind,
        history.map(one => [one.epoch, one[kind]]),
      );
      // seen too where there is no line yet: at the start, and when a link is opened
      this.dot(`${kind} now`, kind, history.at(-1));
    }
    this.showFigures();
  }

  // A dot for a loss beyond the axis lies at its end.
  dot(name, kind, one) {
    this.plot.dots(name, one ? [[one.epoch, Math.min(one[kind], this.plot.y.high)]] : [], 3);
  }

  // Read back: both losses at the epoch next to the pointer; null for none.
  readAt(x) {
    const { history } = this.training,
      nearer = (best, one) => (Math.abs(one.epoch - x) < Math.abs(best.epoch - x) ? one : best);
    this.read = x === null ? null : history.reduce(nearer, history[0]);
    for (const kind of ["train", "test"]) this.dot(`read ${kind}`, kind, this.read);
    this.showFigures();
  }

  showFigures() {
    const { read } = this,
      { train, test } = this.training.now,
      loss = value => (Number.isFinite(value) ? value.toFixed(3) : "–");
    const figure = (kind, value, told) =>
      element("span", kind, `${kind} `, element("b", "", loss(value)), element("small", "", ` ${told}`));
    const right = ({ accuracy }) => (Number.isFinite(accuracy) ? `${percentText(accuracy, 1)} right` : "no points");
    if (read)
      this.figures.replaceChildren(
        figure("train", read.train, `at epoch ${grouped(read.epoch)}`),
        figure("test", read.test, ""),
      );
    else
      this.figures.replaceChildren(figure("train", train.loss, right(train)), figure("test", test.loss, right(test)));
  }
}
