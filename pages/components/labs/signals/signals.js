// A kernel on its way along a signal: window, products and sum in one column each, and the three ways to end at the
// border.
const NARROW = 28,
  WIDE = 60,
  TALL = 92,
  LOW = 54,
  MOST_CELLS = 32,
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
    this.telling = new Telling(this);
    this.signalRow = new SignalRow(this);
    this.at = null; // the first window that counts
    this.grown = Infinity; // how far the answer has grown, while the kernel slides by itself
    this.seed = 0;
    this.complaint = element("div", "complaint");
    this.complaint.setAttribute("role", "alert");
    this.stage.append(this.trackNode(), this.complaint, this.playerNode());
    this.side.append(
      ...this.signalKnobs(),
      ...this.kernelKnobs(),
      this.knob("flip", "Flip the kernel"),
      this.knob("mode"),
      this.resetButton(),
    );
  }

  trackNode() {
    const row = () => ({ name: element("div", "name"), line: element("div", "line") });
    this.rows = Object.fromEntries(["signal", "kernel", "products", ...Object.keys(MODES)].map(name => [name, row()]));
    this.signalBars = new Bars({
      label: "The signal as bars; drag to draw it",
      name: "bar",
      onDraw: (i, value) => this.setSignal(replaced(this.settings.signal, i, value)),
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
    this.track.onpointermove = this.track.onpointerdown = event => this.follow(event);
    this.track.onkeydown = event => this.press(event);
    return this.track;
  }

  playerNode() {
    this.player = new Player({
      length: () => this.count("full"),
      onStep: at => {
        this.grown = at;
        this.place(at);
        this.intoView();
      },
      label: "Slide the kernel",
    });
    return this.player.node;
  }

  signalKnobs() {
    const noisy = button("Noisy step", () => {
      this.seed += 1;
      noisy.textContent = `Noisy step, seed ${this.seed}`;
      this.choose({ signal: noise(this.seed) });
    });
    noisy.title = "Press again for other noise";
    this.typedSignal = this.list();
    return [element("h4", "", "Signal"), this.ready(READY_SIGNALS, "signal", noisy), this.typedSignal.node];
  }

  kernelKnobs() {
    this.kernelCells = new Cells({
      label: "Kernel",
      onEdit: (_, column, value) => this.setKernel(replaced(this.settings.kernel, column, value)),
    });
    this.kernelBars = new Bars({
      label: "The kernel as bars; drag to draw it",
      name: "weight",
      onDraw: (i, value) => this.setKernel(replaced(this.settings.kernel, i, value)),
      onEnd: () => this.refresh(),
    });
    this.fewer = button("One weight less", () => this.setKernel(this.settings.kernel.slice(0, -1)));
    this.more = button("One weight more", () => this.setKernel([...this.settings.kernel, 0]));
    const drawing = element("div", "drawing", this.kernelBars.node, this.kernelCells.node);
    return [
      element("h4", "", "Kernel"),
      this.ready(READY_KERNELS, "kernel"),
      drawing,
      element("div", "ready", this.fewer, this.more),
    ];
  }

  ready(choices, field, ...more) {
    return element(
      "div",
      "ready",
      ...Object.entries(choices).map(([name, values]) => button(name, () => this.choose({ [field]: values }))),
      ...more,
    );
  }

  reset() {
    Object.assign(this, { at: null, grown: Infinity });
    super.reset();
  }

  // Another signal or kernel: the kernel goes back to the first window that counts, and nothing is left hidden.
  choose(changes) {
    this.player.pause();
    Object.assign(this, { at: null, grown: Infinity });
    this.complaint.textContent = "";
    this.set(changes);
  }

  setSignal(signal) {
    this.player.pause();
    this.grown = Infinity;
    this.complaint.textContent = "";
    this.set({ signal });
  }

  setKernel(kernel) {
    const bad = kernel.findIndex(weight => Math.abs(weight) > LARGEST);
    this.complaint.textContent =
      bad < 0
        ? ""
        : `Weight ${bad + 1} is beyond 1000: ${three(this.settings.kernel[bad])} stays until you type a smaller one.`;
    if (bad < 0 && kernel.length >= 1 && kernel.length <= MOST_WEIGHTS) this.set({ kernel });
  }

  // A line to type numbers on; what can't be read is said, and the last good numbers stay.
  list() {
    const input = element("input"),
      complaint = element("small", "complaint");
    Object.assign(input, { type: "text", spellcheck: false, autocomplete: "off" });
    input.setAttribute("aria-label", "Signal, typed");
    const show = () => {
      input.value = this.settings.signal.map(value => Number(value.toPrecision(6))).join("  ");
      input.removeAttribute("aria-invalid");
      complaint.textContent = "";
    };
    input.oninput = () => {
      const parts = listed(input.value),
        bad = parts.find(refused);
      const what = !parts.length
        ? "There is no number yet."
        : bad !== undefined
          ? `“${bad.slice(0, 12)}” is no number from −1000 to 1000.`
          : parts.length > MOST_CELLS
            ? `${parts.length} numbers are too many: ${MOST_CELLS} at most.`
            : "";
      input.toggleAttribute("aria-invalid", Boolean(what));
      complaint.textContent = what && `${what} The last good signal stays.`;
      if (!what) this.choose({ signal: parts.map(typed) });
    };
    input.onblur = show;
    return {
      node: element("div", "typed", input, complaint),
      show: () => {
        if (input.getRootNode().activeElement !== input) show();
      },
    };
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
    this.typedSignal.show();
    this.drawKernel();
    this.lay();
    this.place(this.at);
  }

  drawKernel() {
    const { kernel } = this.settings,
      many = kernel.length;
    this.kernelCells.node.style.setProperty("--cell", many > 6 ? "1.9rem" : "2.6rem");
    this.kernelCells.show(kernel, 1, many);
    this.kernelBars.show(kernel, { wide: this.kernelCells.grid.offsetWidth / many, tall: LOW * rem() });
    this.fewer.disabled = many === 1;
    this.more.disabled = many === MOST_WEIGHTS;
  }

  lay() {
    const { signal, kernel, flip, mode } = this.settings,
      border = kernel.length - 1,
      columns = signal.length + 2 * border;
    const texts = [...signal, ...kernel, ...this.answers.full.values].map(three),
      least = Math.max(NARROW, ...texts.map(widthOf)) * rem();
    this.wide = clamp(Math.floor((this.room - 6) / (columns + 1)), least, Math.max(least, WIDE * rem()));
    // under which of its cells a window's answer stands
    this.anchor = flip ? Math.ceil(border / 2) : Math.floor(border / 2);
    this.track.style.setProperty("--count", columns + 1); // one more for the sum, behind the last product
    this.track.style.setProperty("--wide", `${this.wide}px`);
    this.signalRow.layNames(border, mode);
    this.signalRow.laySignal(signal, border);
    this.layWindow(kernel.length);
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

  layWindow(many) {
    if (this.windowCells?.length === many) return;
    const cells = () => Array.from({ length: many }, () => element("span", "cell"));
    Object.assign(this, { windowCells: cells(), productCells: cells(), sumCell: element("span", "sum") });
    this.rows.kernel.line.replaceChildren(...this.windowCells);
    this.rows.products.line.replaceChildren(...this.productCells, this.sumCell);
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
      return svg("path", { d: `M${x - 5},1h10l-5,7z`, class: "mark" }, svg("title", {}, `falls after number ${i + 1}`));
    });
  }

  follow(event) {
    if (this.player.timer || this.signalBars.held) return;
    const x = event.clientX - this.track.getBoundingClientRect().left + this.track.scrollLeft - 2,
      { signal, kernel } = this.rows;
    const overInput = [signal.line, kernel.line, this.signalBars.node].some(node => node.contains(event.target));
    this.moveTo(Math.floor(x / this.wide) - (overInput ? (this.weights.length - 1) >> 1 : this.anchor));
  }

  press(event) {
    const to = { ArrowRight: this.at + 1, ArrowLeft: this.at - 1, Home: 0, End: this.count("full") - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.player.pause();
    this.moveTo(to);
    this.intoView();
  }

  moveTo(at) {
    this.grown = Infinity;
    this.place(clamp(at, 0, this.count("full") - 1));
  }

  // Puts the kernel on the window that begins at this cell of the bordered signal.
  place(at) {
    this.at = this.player.at = at;
    const { signal, kernel, mode } = this.settings,
      border = kernel.length - 1;
    const seen = this.weights.map((_, j) => signal[at + j - border] ?? 0),
      products = this.weights.map((weight, j) => weight * seen[j]),
      sum = total(products);
    const write = (cells, values) =>
      cells.forEach((cell, j) => {
        this.put(cell, at + j).textContent = three(values[j]);
        cell.style.background = tint(values[j], largest(values), this.dark);
      });
    write(this.windowCells, this.weights);
    write(this.productCells, products);
    this.put(this.sumCell, at + kernel.length).replaceChildren("= ", element("b", "", three(sum)));
    this.reach.setAttribute("x", at * this.wide);
    this.signalRow.inputs.forEach((cell, i) =>
      cell.classList.toggle("window", i + border >= at && i + border < at + kernel.length),
    );
    for (const cells of Object.values(this.outputs)) this.light(cells, 0);
    this.light(this.answerBars.bars, this.starts[mode]);
    this.explain(seen, sum);
  }

  light(nodes, first) {
    nodes.forEach((node, i) => {
      node.classList.toggle("now", i + first === this.at);
      node.classList.toggle("later", i + first > this.grown);
    });
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

  intoView() {
    const left = this.at * this.wide,
      right = left + (this.weights.length + 1) * this.wide;
    if (left < this.track.scrollLeft || right > this.track.scrollLeft + this.track.clientWidth)
      this.track.scrollLeft = left - 40;
  }

  tasks() {
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

  checks() {
    const five = [1, 2, 3, 4, 5],
      fall = () =>
        convolve1d(FALLING, [-1, 1, 0], "same").values.flatMap((value, i) =>
          i < FALLING.length - 1 && Math.abs(value - 1) < 1e-9 ? [i + 1] : [],
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
