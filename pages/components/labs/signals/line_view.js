// The whole signal and its answer as lines, for signals longer than the page is wide: a press goes there.
const LINE_HIGH = 118; // px, of each of the two

class LineView {
  constructor(lab) {
    this.lab = lab;
    const one = label => {
      const plot = new Plot({
        label,
        x: { low: 0, high: 1, label: "place" },
        y: { low: 0, high: 1, label: "" },
        onPress: (x, _y, event) => this.press(x, event),
        onPoint: (x, _y, event) => {
          if (event.buttons && event.pointerType !== "touch") this.press(x, event);
        },
      });
      plot.node.classList.add("whole");
      return plot;
    };
    this.signal = one("The whole signal; a press moves the kernel there");
    this.answer = one("The whole answer; a press moves the kernel there");
    this.names = { signal: element("div", "name"), answer: element("div", "name") };
    this.node = element("div", "wholes", this.names.signal, this.signal.node, this.names.answer, this.answer.node);
  }

  // The place that was pressed is the one whose answer is shown.
  press(x, event) {
    event.preventDefault();
    this.lab.player.pause();
    this.lab.windowView.moveTo(Math.round(x) + this.lab.starts[this.lab.settings.mode]);
    this.lab.windowView.intoView();
    this.lab.keepPlace();
  }

  draw() {
    const { signal, mode } = this.lab.settings,
      { values } = this.lab.answers[mode];
    this.node.hidden = !this.lab.isLong;
    if (!this.lab.isLong) return;
    this.names.signal.textContent = `The whole signal, ${signal.length} numbers`;
    this.names.answer.textContent = `The whole answer, ${mode}: ${values.length} numbers`;
    this.lay(this.signal, "signal", signal);
    this.lay(this.answer, "answer", values);
  }

  lay(plot, name, values) {
    const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)],
      margin = (high - low || 1) * 0.08;
    plot.frame({
      x: { low: 0, high: Math.max(1, values.length - 1), label: "place" },
      y: { low: low - margin, high: high + margin, label: "" },
      width: Math.min(this.lab.room - 6, 900 * rem()),
      height: LINE_HIGH * rem(),
    });
    plot.line("zero", [
      [0, 0],
      [Math.max(1, values.length - 1), 0],
    ]);
    plot.line(
      name,
      values.map((value, i) => [i, value]),
    );
  }

  // Where the kernel stands on the signal, and its answer.
  mark(at) {
    if (!this.lab.isLong) return;
    const { signal, kernel, mode } = this.lab.settings,
      from = at - (kernel.length - 1),
      { values } = this.lab.answers[mode],
      place = at - this.lab.starts[mode];
    this.signal.line(
      "seen",
      signal.map((value, i) => [i, i >= from && i < from + kernel.length ? value : NaN]),
    );
    this.answer.dots("now", values[place] === undefined ? [] : [[place, values[place]]], 5);
  }
}
