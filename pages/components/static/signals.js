// A kernel on its way along a signal: window, products and sum in one column each, and the three ways to end at the border.
const WIDE = 36, TALL = 92, MOST_CELLS = 32, MOST_WEIGHTS = 9, LARGEST = 1000; // px, px, numbers, numbers, and their bound
const MODES = ["full", "same", "valid"];
const FALLING = [1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 7, 8, 9, 10, 11, 10, 11, 12];
const rounded = value => Number(value.toFixed(3));
const wave = turn => Array.from({ length: 18 }, (_, i) => rounded(turn((2 * Math.PI * i) / 12)));
const noise = seed => { const random = generator(seed); return Array.from({ length: 18 }, (_, i) => rounded((i >= 9 ? 3 : 1) + 0.5 * normal(random))); };
const READY_SIGNALS = { "1, 2, 3": [1, 2, 3], "1 to 5": [1, 2, 3, 4, 5], "Falling points": FALLING, Sine: wave(Math.sin), Cosine: wave(Math.cos), "Noisy step": noise(1), Impulse: [0, 0, 0, 0, 1, 0, 0, 0, 0] };
const READY_KERNELS = { "Falling point": [-1, 0, 1, 0], "2·[−½, ½, 0]": [-1, 1, 0], Slope: [3, 2, 1, 0, -1, -2, -3], "Moving average": [0.333, 0.333, 0.333], "1, 1, 1": [1, 1, 1], "1, 2": [1, 2] };

class Signals extends Lab {
  build() {
    this.at = 0;
    this.grown = Infinity; // places already visited, while the kernel slides by itself
    this.track = element("div", "track");
    Object.assign(this.track, { tabIndex: 0 });
    this.track.setAttribute("role", "group");
    this.track.setAttribute("aria-label", "The kernel on the signal; left and right arrow keys slide it");
    this.track.onpointermove = event => this.follow(event);
    this.track.onkeydown = event => this.press(event);
    this.player = new Player({ length: () => this.count("full"), onStep: at => { this.grown = at; this.place(at); this.reveal(); }, label: "Slide the kernel" });
    this.stage.append(this.track, this.player.node);
    this.kernelCells = new Cells({ label: "Kernel", onEdit: (_, column, value) => this.setKernel(this.settings.kernel.map((w, i) => (i === column ? value : w))) });
    this.typedSignal = this.list("Signal, typed", "signal", MOST_CELLS);
    const fewer = button("One weight less", () => this.setKernel(this.settings.kernel.slice(0, -1))), more = button("One weight more", () => this.setKernel([...this.settings.kernel, 0]));
    Object.assign(this, { fewer, more });
    this.side.append(element("h4", "", "Signal"), this.ready(READY_SIGNALS, signal => this.set({ signal })), this.typedSignal.node,
      element("h4", "", "Kernel"), this.ready(READY_KERNELS, kernel => this.setKernel(kernel)), this.kernelCells.node, element("div", "row", fewer, more),
      this.knob("flip", "Flip the kernel"), this.knob("mode"), this.resetButton());
  }

  ready(choices, take) { return element("div", "ready", ...Object.entries(choices).map(([name, values]) => button(name, () => take(values)))); }
  setKernel(kernel) { if (kernel.length >= 1 && kernel.length <= MOST_WEIGHTS && kernel.every(w => Math.abs(w) <= LARGEST)) this.set({ kernel }); }

  // A line to type numbers on; what can't be read is said, and the last good numbers stay.
  list(label, name, most) {
    const input = element("input"), complaint = element("small", "complaint");
    Object.assign(input, { type: "text", spellcheck: false, autocomplete: "off" });
    input.setAttribute("aria-label", label);
    const show = () => { input.value = this.settings[name].map(v => Number(v.toPrecision(6))).join("  "); input.removeAttribute("aria-invalid"); complaint.textContent = ""; };
    input.oninput = () => {
      const parts = input.value.split(/[\s;]+|,(?=\s)|,(?!\d)/).filter(Boolean), values = parts.map(typed), bad = parts.find((_, i) => values[i] === null || Math.abs(values[i]) > LARGEST);
      const what = !parts.length ? "There is no number yet." : bad !== undefined ? `“${bad.slice(0, 12)}” is no number from −1000 to 1000.` : parts.length > most ? `${parts.length} numbers are too many: ${most} at most.` : "";
      input.toggleAttribute("aria-invalid", Boolean(what));
      complaint.textContent = what && `${what} The last good signal stays.`;
      if (!what) this.set({ [name]: values });
    };
    input.onblur = show;
    return { node: element("div", "typed", input, complaint), show: () => { if (input.getRootNode().activeElement !== input) show(); } };
  }

  count(mode) { return this.answers[mode].values.length; }

  draw() {
    const { signal, kernel, flip } = this.settings;
    this.weights = flip ? [...kernel].reverse() : [...kernel];
    this.answers = Object.fromEntries(MODES.map(mode => [mode, convolve1d(signal, kernel, mode, flip)]));
    this.at = clamp(this.at, 0, this.count("full") - 1);
    this.player.at = this.at;
    this.kernelCells.show(kernel, 1, kernel.length);
    this.typedSignal.show();
    this.fewer.disabled = kernel.length === 1;
    this.more.disabled = kernel.length === MOST_WEIGHTS;
    this.lay();
    this.place(this.at);
    this.reveal();
  }

  // ---- the track: every row has one column per cell of the signal and of its border

  lay() {
    const { signal, kernel } = this.settings, border = kernel.length - 1, total = signal.length + 2 * border;
    this.wide = clamp(Math.floor((this.room - 8) / total), WIDE * rem(), 60 * rem());
    this.track.style.setProperty("--count", total);
    this.track.style.setProperty("--wide", `${this.wide}px`);
    this.anchor = this.settings.flip ? Math.ceil(border / 2) : Math.floor(border / 2);
    this.starts = Object.fromEntries(MODES.map(mode => [mode, this.startOf(mode)]));
    this.inputs = signal.map((value, i) => this.signalCell(value, i));
    this.windowCells = kernel.map(() => element("span", "cell"));
    this.productCells = kernel.map(() => element("span", "cell"));
    const ghosts = [...Array(border).keys()].flatMap(i => [i, total - 1 - i]).map(column => this.put(element("span", "cell ghost", "0"), column));
    this.outputs = Object.fromEntries(MODES.map(mode => [mode, this.answers[mode].values.map((value, i) => this.outputCell(mode, value, i))]));
    const row = (name, cells, bold) => [element("div", "name", bold ? element("b", "", name) : name), element("div", "line", ...cells)];
    const scrolled = this.track.scrollLeft;
    this.track.replaceChildren(this.bars(total, border), ...row(border ? "signal, with zeros around it" : "signal", [...ghosts, ...this.inputs.map((cell, i) => this.put(cell, i + border))]),
      ...row(this.settings.flip ? "kernel, flipped" : "kernel, as it is", this.windowCells), ...row("products", this.productCells),
      ...MODES.flatMap(mode => row(`${mode}: ${this.count(mode)} ${this.count(mode) === 1 ? "number" : "numbers"}`, this.outputs[mode], mode === this.settings.mode)));
    this.track.scrollLeft = scrolled;
  }

  // Which window of "full" is the first one of a mode.
  startOf(mode) {
    const surplus = this.count("full") - this.count(mode);
    return this.settings.flip || mode === "valid" ? surplus >> 1 : surplus - (surplus >> 1);
  }

  put(cell, column) { cell.style.gridColumn = column + 1; return cell; }

  signalCell(value, i) {
    const cell = element("input", "cell");
    Object.assign(cell, { type: "text", size: 1, value: three(value), autocomplete: "off" });
    cell.setAttribute("aria-label", `Signal, number ${i + 1}`);
    cell.onfocus = () => cell.select();
    cell.oninput = () => {
      const number = typed(cell.value), bad = number === null || Math.abs(number) > LARGEST;
      cell.toggleAttribute("aria-invalid", bad);
      if (bad) { this.say(`Number ${i + 1} needs a number from −1000 to 1000; ${three(this.settings.signal[i])} stays until then.`); return; }
      this.settings.signal = this.settings.signal.map((old, j) => (j === i ? number : old));
      this.typing = true;
    };
    cell.onblur = () => { if (this.typing) { this.typing = false; this.set({ signal: this.settings.signal }); } else cell.value = three(this.settings.signal[i]); };
    cell.onkeydown = event => { event.stopPropagation(); if (event.key === "Enter") cell.blur(); };
    return cell;
  }

  outputCell(mode, value, i) {
    const cell = element("span", `cell${mode === this.settings.mode ? "" : " faint"}`, three(value));
    cell.style.background = tint(value, largest(this.answers.full.values), this.dark);
    return this.put(cell, i + this.starts[mode] + this.anchor);
  }

  // Signal above, answers of the chosen mode below, in the columns of the cells under them. The signal's bars can be dragged.
  bars(total, border) {
    const { signal, mode } = this.settings, tall = TALL * rem(), answers = this.answers[mode].values, below = tall + 18 * rem();
    const chart = svg("svg", { class: "bars draws", width: total * this.wide, height: below + tall, role: "img", "aria-label": "Signal above, answers below" });
    this.scale = this.scaleOf(this.drawnRange(signal), 0, tall);
    const scale = this.scaleOf(answers, below, tall), zero = one => svg("line", { x1: 0, x2: total * this.wide, y1: one.y(0), y2: one.y(0) });
    this.reach = svg("rect", { y: 0, width: this.weights.length * this.wide, height: tall, class: "reach" });
    this.signalBars = signal.map((value, i) => this.bar(value, this.scale, i + border, "bar"));
    this.answerBars = answers.map((value, i) => this.bar(value, scale, i + this.starts[mode] + this.anchor, "answer"));
    const label = (text, y) => svg("text", { x: 0, y }, text);
    chart.append(this.reach, zero(this.scale), zero(scale), ...this.signalBars, ...this.answerBars, ...this.fallMarks(border), label("signal: drag the bars", 11), label(`answer, ${mode}`, below - 3));
    chart.onpointerdown = event => this.drag(event, chart, border, tall);
    return chart;
  }

  // Room to drag a bar beyond the largest, and below zero where some numbers are.
  drawnRange(signal) { const top = Math.max(1, largest(signal)); return [...signal, top * 1.15, signal.some(v => v < 0) ? -top * 1.15 : 0]; }

  scaleOf(values, top, tall) {
    const high = Math.max(0, ...values), low = Math.min(0, ...values), span = high - low || 1;
    return { high, low, y: value => top + 3 + ((high - value) / span) * (tall - 6), value: y => high - ((y - top - 3) / (tall - 6)) * span };
  }

  bar(value, scale, column, name) {
    const rect = svg("rect", { x: column * this.wide + 3, width: this.wide - 6, class: name });
    this.size(rect, value, scale);
    return rect;
  }

  size(rect, value, scale) {
    const [from, to] = [scale.y(value), scale.y(0)];
    rect.setAttribute("y", Math.min(from, to));
    rect.setAttribute("height", Math.max(1, Math.abs(from - to)));
    rect.classList.toggle("less", value < 0);
  }

  falls() { const { signal } = this.settings; return signal.flatMap((value, i) => (i + 1 < signal.length && signal[i + 1] < value ? [i] : [])); }

  fallMarks(border) {
    return this.falls().map(i => {
      const x = (i + border + 0.5) * this.wide, mark = svg("path", { d: `M${x - 5},2h10l-5,7z`, class: "mark" });
      mark.append(svg("title", {}, `falls after number ${i + 1}`));
      return mark;
    });
  }

  drag(event, chart, border, tall) {
    if (event.button || event.clientY - chart.getBoundingClientRect().top > tall) return;
    const step = this.scale.high > 4 ? 1 : 0.1, draw = moved => {
      const box = chart.getBoundingClientRect(), i = Math.floor((moved.clientX - box.left) / this.wide) - border;
      if (i < 0 || i >= this.settings.signal.length) return;
      const value = rounded(Math.round(clamp(this.scale.value(moved.clientY - box.top), this.scale.low, this.scale.high) / step) * step);
      this.drawn = (this.drawn ?? this.settings.signal).map((old, j) => (j === i ? value : old));
      this.inputs[i].value = three(value);
      this.size(this.signalBars[i], value, this.scale);
    };
    const end = () => {
      chart.onpointermove = chart.onpointerup = chart.onpointercancel = null;
      const signal = this.drawn;
      this.drawn = null;
      if (signal) this.set({ signal });
    };
    chart.setPointerCapture(event.pointerId);
    Object.assign(chart, { onpointermove: draw, onpointerup: end, onpointercancel: end });
    draw(event);
  }

  // ---- one stop of the kernel

  follow(event) {
    if (this.player.timer || this.drawn) return;
    const x = event.clientX - this.track.getBoundingClientRect().left + this.track.scrollLeft;
    this.grown = Infinity;
    this.place(clamp(Math.floor(x / this.wide) - this.anchor, 0, this.count("full") - 1));
    this.reveal();
  }

  press(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    this.player.pause();
    this.grown = Infinity;
    this.place(clamp(this.at + by, 0, this.count("full") - 1));
    this.reveal();
  }

  // Puts the kernel on the window that begins at this cell of the bordered signal.
  place(at) {
    this.at = this.player.at = at;
    const { signal, kernel, mode } = this.settings, border = kernel.length - 1;
    const seen = this.weights.map((_, j) => signal[at + j - border] ?? 0), products = this.weights.map((w, j) => w * seen[j]), sum = products.reduce((a, b) => a + b, 0);
    this.windowCells.forEach((cell, j) => { this.put(cell, at + j); cell.textContent = three(this.weights[j]); cell.style.background = tint(this.weights[j], largest(kernel), this.dark); });
    this.productCells.forEach((cell, j) => { this.put(cell, at + j); cell.textContent = three(products[j]); cell.style.background = tint(products[j], largest(products), this.dark); });
    this.reach.setAttribute("x", at * this.wide);
    this.inputs.forEach((cell, i) => cell.classList.toggle("window", i + border >= at && i + border < at + kernel.length));
    for (const one of MODES) this.outputs[one].forEach((cell, i) => cell.classList.toggle("now", i + this.starts[one] === at));
    const place = at - this.starts[mode], inside = place >= 0 && place < this.count(mode);
    this.formula.replaceChildren(`${inside ? `y[${place}]` : "sum"} = ${this.weights.map((w, j) => `${three(seen[j])}·${three(w)}`).join(" + ")} = `, element("b", "", three(sum)));
    this.say(...this.words(inside));
  }

  words(inside) {
    const { signal, kernel, flip, mode } = this.settings, other = convolve1d(signal, kernel, mode, !flip).values, mine = this.answers[mode].values;
    const differ = mine.filter((value, i) => Math.abs(value - other[i]) > 1e-9).length;
    const turned = !differ ? "Flipped or not, this kernel gives the same answer here. " : `${flip ? "Without the flip, as a network's layer does it" : "With the flip, as mathematics has it"}, ${differ} of ${mine.length} numbers would differ. `;
    if (kernel.length > signal.length && mode === "valid") return ["The kernel is longer than the signal: NumPy lets the signal slide along the kernel, a network's layer would refuse. ", turned];
    return [inside ? "" : `This window counts only in full: ${mode} leaves it out. `, turned, this.fallWords()];
  }

  fallWords() {
    const { kernel, flip, mode } = this.settings, places = this.falls();
    if (!same(kernel, [-1, 1, 0]) || !flip || mode !== "same" || !places.length) return "";
    const found = this.answers.same.values.flatMap((value, i) => (i < this.settings.signal.length - 1 && value > 0 ? [i] : []));
    return same(found, places) ? `It answers above zero exactly where the signal falls (▼): after ${places.map(i => i + 1).join(", ")}. The last number only sees the border.` : "";
  }

  reveal() {
    for (const mode of MODES) this.outputs[mode].forEach((cell, i) => cell.classList.toggle("later", i + this.starts[mode] > this.grown));
    this.answerBars.forEach((bar, i) => bar.classList.toggle("later", i + this.starts[this.settings.mode] > this.grown));
    const left = this.at * this.wide, right = left + this.weights.length * this.wide;
    if (this.player.timer && (left < this.track.scrollLeft || right > this.track.scrollLeft + this.track.clientWidth)) this.track.scrollLeft = left - 40;
  }

  tasks() {
    const answer = () => this.answers.same.values, signal = () => this.settings.signal, kernel = () => this.settings.kernel, alive = () => signal().some(Boolean);
    return [
      { words: "Make a kernel that doubles the signal.", hint: "One weight is enough; or three, two of them zero.", done: () => alive() && answer().every((value, i) => Math.abs(value - 2 * signal()[i]) < 1e-9) },
      { words: "Find a kernel that is silent where the signal is constant and speaks at a step.", hint: "What must the weights sum to?", done: () => kernel().some(Boolean) && Math.abs(kernel().reduce((a, b) => a + b, 0)) < 1e-9 && !same(kernel(), this.fields.kernel.default) },
      { words: "Make flipping not matter, with weights that are not all equal.", hint: "A word that reads the same both ways.", done: () => kernel().length > 1 && new Set(kernel()).size > 1 && same(kernel(), [...kernel()].reverse()) },
    ];
  }

  checks() {
    const five = [1, 2, 3, 4, 5], fall = () => convolve1d(FALLING, [-1, 1, 0], "same").values.flatMap((value, i) => (i < FALLING.length - 1 && Math.abs(value - 1) < 1e-9 ? [i + 1] : []));
    return { "full-3": () => convolve1d([1, 2, 3], [1, 1, 1]).values, ...Object.fromEntries(MODES.map(mode => [`${mode}-5`, () => convolve1d(five, [1, 2], mode).values])), "layer-5": () => convolve1d(five, [1, 2], "valid", false).values, falls: fall };
  }
}

export default mount(Signals);
