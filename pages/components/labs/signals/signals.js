// A kernel on its way along a signal: window, products and sum in one column each, and the three ways to end at the
// border.
const NARROW = 28,
  WIDE = 60,
  TALL = 92,
  LOW = 54,
  MOST_CELLS = 200,
  MOST_WEIGHTS = 9,
  LARGEST = 1000; // px, px, px, px, numbers, numbers, and their bound
const MODES = {
  full: "every window that touches the signal",
  same: "as many as the signal has",
  valid: "windows that lie inside",
};

const total = values => values.reduce((a, b) => a + b, 0);
const replaced = (values, at, value) => values.map((old, i) => (i === at ? value : old));
const factor = value => (value < 0 ? `(${three(value)})` : three(value));
// px, in the small tabular face
const widthOf = text => 8 + total([...text].map(letter => (letter === "." ? 3.4 : 6.9)));
const stepOf = top => (top > 4 ? 1 : top > 1.5 ? 0.5 : 0.1); // by which numbers change when they are drawn
const refused = text =>
  !text.trim()
    ? "is empty"
    : typed(text) === null
      ? `holds “${text.trim().slice(0, 12)}”, which is no number`
      : Math.abs(typed(text)) > LARGEST
        ? "is beyond 1000"
        : "";

// The words of a typed list. A comma parts numbers, unless white space does: then it may be a decimal one.
function listed(text) {
  const bare = text.replace(/[[\]()]/g, " ").trim(),
    spaced = /[\s;]/.test(bare);
  return bare
    .split(/[\s;]+/)
    .map(word => word.replace(/^,+|,+$/g, ""))
    .flatMap(word => (spaced && word.split(",").length < 3 ? [word] : word.split(",")))
    .filter(Boolean);
}

class Signals extends Lab {
  build() {
    this.windowView = new WindowView(this);
    this.choices = new Choices(this);
    this.telling = new Telling(this);
    this.signalRow = new SignalRow(this);
    this.lineView = new LineView(this);
    this.numpyLine = new NumpyLine();
    this.at = this.settings.place; // null: the first window that counts
    this.grown = Infinity; // how far the answer has grown, while the kernel slides by itself
    this.seed = 0;
    this.complaint = element("div", "complaint");
    this.complaint.setAttribute("role", "alert");
    this.sign = element("div", "more");
    this.stage.append(this.lineView.node, this.trackNode(), this.sign, this.complaint, this.playerNode());
    this.formula.after(this.numpyLine.node);
    this.side.append(
      ...this.choices.signalKnobs(),
      ...this.choices.kernelKnobs(),
      this.firstKnob("flip", "Flip the kernel"),
      this.firstKnob("mode"),
      this.resetButton(),
    );
  }

  trackNode() {
    const row = () => ({ name: element("div", "name"), line: element("div", "line") });
    this.rows = Object.fromEntries(["signal", "kernel", "products", ...Object.keys(MODES)].map(name => [name, row()]));
    this.signalBars = new Bars({
      label: "The signal as bars; drag to draw it",
      name: "bar",
      onDraw: (i, value) => this.choices.setSignal(replaced(this.settings.signal, i, value)),
      onEnd: () => this.refresh(),
    });
    this.answerBars = new Bars({ label: "The answers as bars", name: "answer" });
    this.signalTitle = element("div", "name");
    this.answerTitle = element("div", "name");
    this.track = element(
      "div",
      "track",
      this.signalTitle,
      this.signalBars.node,
      ...Object.values(this.rows).flatMap(({ name, line }) => [name, line]),
      this.answerTitle,
      this.answerBars.node,
    );
    this.rows.kernel.line.classList.add("slides");
    this.track.tabIndex = 0;
    this.track.setAttribute("role", "group");
    this.track.setAttribute("aria-label", "The kernel on the signal; left and right arrow keys slide it");
    this.track.onpointermove = event => this.follow(event);
    this.track.onpointerdown = event => {
      this.follow(event);
      this.keepPlace();
    };
    this.track.onscroll = () => this.drawSign();
    this.track.onkeydown = event => this.press(event);
    return this.track;
  }

  playerNode() {
    this.player = new Player({
      length: () => this.count("full"),
      onStep: at => {
        this.grown = at;
        this.windowView.place(at);
        this.windowView.intoView();
        if (!this.player.timer) this.keepPlace();
      },
      label: "Slide the kernel",
    });
    return this.player.node;
  }

  // Settings from a link bring their window along.
  take(data) {
    if (data.revision !== this.data.revision) this.at = data.settings.place;
    super.take(data);
  }

  // The link holds the window that was pressed, stepped or typed to; one that the pointer only passes stays here.
  keepPlace() {
    this.note({ place: this.at });
  }

  // What of a long row is on the screen, and that it scrolls.
  drawSign() {
    const { scrollLeft, clientWidth, scrollWidth } = this.track,
      { length } = this.settings.signal,
      border = this.settings.kernel.length - 1,
      cell = x => clamp(Math.floor(x / this.wide) - border, 0, length - 1);
    const over = scrollWidth - clientWidth > 4,
      [left, right] = [scrollLeft > 4, scrollLeft + clientWidth < scrollWidth - 4];
    this.sign.hidden = !over;
    this.track.classList.toggle("more-left", over && left);
    this.track.classList.toggle("more-right", over && right);
    this.sign.textContent =
      `${left ? "← " : ""}You see places ${cell(scrollLeft + this.wide / 2)} to ` +
      `${cell(scrollLeft + clientWidth - this.wide / 2)} of ${length} (0 to ${length - 1}): ` +
      `scroll sideways, or press a line above${right ? " →" : ""}`;
  }

  reset() {
    Object.assign(this, { at: null, grown: Infinity });
    super.reset();
  }

  count(mode) {
    return this.answers[mode].values.length;
  }

  draw() {
    const { signal, kernel, flip, mode } = this.settings;
    this.weights = flip ? [...kernel].reverse() : [...kernel];
    this.answers = Object.fromEntries(Object.keys(MODES).map(one => [one, convolve1d(signal, kernel, one, flip)]));
    // which window of "full" is its first
    this.starts = Object.fromEntries(Object.keys(MODES).map(one => [one, kernel.length - 1 - this.answers[one].lead]));
    this.at = clamp(this.at ?? this.starts[mode], 0, this.count("full") - 1);
    this.choices.typedSignal.show();
    this.drawKernel();
    this.lay();
    this.lineView.draw();
    this.windowView.place(this.at);
    this.numpyLine.show(this.settings, this.answers[mode].values, convolve1d(signal, kernel, mode, false).values);
    this.drawSign();
  }

  drawKernel() {
    const { kernel } = this.settings,
      many = kernel.length;
    this.choices.kernelCells.node.style.setProperty("--cell", many > 6 ? "1.9rem" : "2.6rem");
    this.choices.kernelCells.show(kernel, 1, many);
    this.choices.kernelBars.show(kernel, { wide: this.choices.kernelCells.grid.offsetWidth / many, tall: LOW * rem() });
    this.choices.fewer.disabled = many === 1;
    this.choices.more.disabled = many === MOST_WEIGHTS;
  }

  lay() {
    const { signal, kernel, flip, mode } = this.settings,
      border = kernel.length - 1,
      columns = signal.length + 2 * border;
    const texts = [...signal, ...kernel, ...this.answers.full.values].map(three),
      least = Math.max(NARROW, ...texts.map(widthOf)) * rem();
    this.wide = clamp(Math.floor((this.room - 6) / (columns + 1)), least, Math.max(least, WIDE * rem()));
    this.isLong = (columns + 1) * least > this.room - 6;
    // under which of its cells a window's answer stands
    this.anchor = flip ? Math.ceil(border / 2) : Math.floor(border / 2);
    this.track.style.setProperty("--count", columns + 1); // one more for the sum, behind the last product
    this.track.style.setProperty("--wide", `${this.wide}px`);
    this.signalRow.layNames(border, mode);
    this.signalRow.laySignal(signal, border);
    this.windowView.layWindow(kernel.length);
    for (const one of Object.keys(MODES)) this.layAnswers(one);
    this.reach = svg("rect", { y: 0, height: TALL * rem(), width: kernel.length * this.wide, class: "reach" });
    this.signalBars.show(signal, {
      columns,
      first: border,
      wide: this.wide,
      tall: TALL * rem(),
      extras: [this.reach, ...this.fallMarks(border)],
    });
    this.answerBars.show(this.answers[mode].values, {
      columns,
      first: this.starts[mode] + this.anchor,
      wide: this.wide,
      tall: LOW * rem(),
    });
  }

  put(cell, column) {
    cell.style.gridColumn = column + 1;
    return cell;
  }

  // The answers of one mode, and dashes where it cuts what "full" has.
  layAnswers(mode) {
    const { values } = this.answers[mode],
      limit = largest(this.answers.full.values),
      first = this.starts[mode];
    this.outputs ??= {};
    this.outputs[mode] = Array.from({ length: this.count("full") }, (_, at) => {
      const kept = at >= first && at < first + values.length,
        cell = element("span", kept ? "cell" : "cell cut", kept ? three(values[at - first]) : "");
      if (kept) cell.style.background = tint(values[at - first], limit, this.dark);
      return this.put(cell, at + this.anchor);
    });
    this.rows[mode].line.replaceChildren(...this.outputs[mode]);
  }

  falls() {
    const { signal } = this.settings;
    return signal.flatMap((value, i) => (i + 1 < signal.length && signal[i + 1] < value ? [i] : []));
  }

  fallMarks(border) {
    return this.falls().map(i => {
      const x = (i + border + 0.5) * this.wide;
      return svg(
        "path",
        { d: `M${x - 5},1h10l-5,7z`, class: "mark" },
        svg("title", {}, `the number after place ${i} is smaller`),
      );
    });
  }

  follow(event) {
    if (this.player.timer || this.signalBars.held) return;
    const x = event.clientX - this.track.getBoundingClientRect().left + this.track.scrollLeft - 2,
      { signal, kernel } = this.rows;
    const overInput = [signal.line, kernel.line, this.signalBars.node].some(node => node.contains(event.target));
    this.windowView.moveTo(Math.floor(x / this.wide) - (overInput ? (this.weights.length - 1) >> 1 : this.anchor));
  }

  press(event) {
    const to = { ArrowRight: this.at + 1, ArrowLeft: this.at - 1, Home: 0, End: this.count("full") - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.player.pause();
    this.windowView.moveTo(to);
    this.windowView.intoView();
    this.keepPlace();
  }

  explain(seen, sum) {
    const { mode } = this.settings,
      place = this.at - this.starts[mode],
      inside = place >= 0 && place < this.count(mode);
    const terms = this.weights.map((weight, j) => `${factor(seen[j])}·${factor(weight)}`).join(" + ");
    this.formula.replaceChildren(
      `${inside ? `y[${place}]` : `cut by ${mode}`} = ${terms} = `,
      element("b", "", three(sum)),
    );
    const told = [
      this.telling.longWords(),
      this.telling.turnWords(),
      this.telling.evenWords(),
      this.telling.kernelWords(),
    ]
      .filter(Boolean)
      .join(" ");
    if (this.said.textContent !== told) this.say(told); // a status is read out when it is written
  }

  tasks() {
    this.question = new NumberQuestion({ ask: draw => this.asked(draw) });
    const kernel = () => this.settings.kernel,
      signal = () => this.settings.signal,
      alive = () => signal().some(Boolean),
      own = () => !Object.values(READY_KERNELS).some(known => same(known, kernel()));
    const close = (values, others) =>
      values.length === others.length && values.every((value, i) => Math.abs(value - others[i]) < 1e-9);
    const doubled = () =>
      alive() &&
      close(
        this.answers.same.values,
        signal().map(value => 2 * value),
      );
    const turned = () =>
      alive() &&
      new Set(kernel()).size > 1 &&
      close(this.answers.full.values, convolve1d(signal(), kernel(), "full", !this.settings.flip).values);
    return [
      {
        words: "Say one number of a convolution before you see it.",
        hint: "Turn the kernel round, lay it under the signal, multiply and add. In full windows reach out.",
        asked: this.question,
        done: () => this.question.isDone,
      },
      {
        words: "Make a kernel that doubles the signal.",
        hint: "One weight is enough; or three, two of them zero.",
        done: doubled,
      },
      {
        words: "Make a kernel of your own that is zero on a constant signal, and not at a step.",
        hint: "What must the weights sum to?",
        done: () => kernel().some(Boolean) && Math.abs(total(kernel())) < 1e-9 && own(),
      },
      {
        words: "Make convolution and cross-correlation agree in full, with weights that are not all equal.",
        hint: "Some words read the same both ways.",
        done: turned,
      },
    ];
  }

  // A convolution of small numbers, and one place of its answer.
  asked(draw) {
    const signal = Array.from({ length: draw(4, 6) }, () => draw(0, 5)),
      kernel = [draw(-3, -1), draw(0, 3), draw(1, 4)].slice(0, draw(2, 3)),
      mode = ["full", "same", "valid"][draw(0, 2)],
      { values, lead } = convolve1d(signal, kernel, mode),
      place = draw(0, values.length - 1),
      start = kernel.length - 1 - lead;
    const terms = [...kernel]
      .reverse()
      .map((weight, j) => `${factor(signal[place - lead + j] ?? 0)}·${factor(weight)}`)
      .join(" + ");
    return {
      words: `np.convolve(${python(signal)}, ${python(kernel)}, "${mode}")[${place}] is`,
      answer: values[place],
      because: `the kernel turned round gives ${terms}`,
      show: () => {
        this.at = place + start;
        this.set({ signal, kernel, mode, flip: true, place: this.at });
      },
    };
  }

  checks() {
    const five = [1, 2, 3, 4, 5],
      fall = () =>
        convolve1d(FALLING, [-1, 1, 0], "same").values.flatMap((value, i) =>
          i < FALLING.length - 1 && Math.abs(value - 1) < 1e-9 ? [i] : [],
        );
    return {
      "full-3": () => convolve1d([1, 2, 3], [1, 1, 1]).values,
      ...Object.fromEntries(Object.keys(MODES).map(mode => [`${mode}-5`, () => convolve1d(five, [1, 2], mode).values])),
      "layer-5": () => convolve1d(five, [1, 2], "valid", false).values,
      falls: fall,
    };
  }
}

export default mount(Signals);
