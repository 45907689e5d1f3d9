// How many places a window stops at, on one side of a picture; and what becomes of a size in a chain of layers.
const ROW = 22, MOST_ROWS = 34; // px: a cell at most; stops drawn each on a row of its own
const READY_CHAINS = {
  "LeNet-5": [[5, 1, "valid"], [2, 2, "valid"], [5, 1, "valid"], [2, 2, "valid"]],
  "Fashion CNN": [[3, 1, "valid"], [2, 2, "valid"], [3, 1, "valid"], [2, 2, "valid"]],
};
const link = ([kernel, stride, padding]) => ({ kernel, stride, dilation: 1, padding, cells: 0 });

class Sizes extends Lab {
  build() {
    this.strip = svg("svg", { class: "strip", tabindex: 0, role: "img", "aria-label": "Stops of the window along one side; arrow keys move it" });
    this.strip.onpointermove = event => this.follow(event);
    this.strip.onpointerleave = () => this.light(null);
    this.strip.onkeydown = event => this.press(event);
    this.chainRow = element("div", "chain");
    this.stage.append(element("h4", "", "One side of the picture"), this.strip);
    this.side.append(...["size", "kernel", "stride", "dilation", "padding"].map(name => this.knob(name)), this.cellsKnob = this.knob("cells", "Cells at every side"), this.resetButton());
    const buttons = element("div", "row", button("Add this window to the chain", () => this.extend([this.window()])),
      ...Object.entries(READY_CHAINS).map(([name, chain]) => button(name, () => this.set({ size: name === "LeNet-5" ? 32 : 28, chain: chain.map(link) }))), button("Empty the chain", () => this.set({ chain: [] })));
    this.formula.after(element("h3", "", "A chain of layers"), this.chainRow, buttons);
  }

  window() { const { kernel, stride, dilation, padding, cells } = this.settings; return { kernel, stride, dilation, padding, cells }; }
  extend(links) { this.set({ chain: [...this.settings.chain, ...links].slice(0, 10) }); }

  slideOf(size, { kernel, stride, dilation, padding, cells }) { return slide(size, kernel, { stride, dilation, padding: padding === "number" ? cells : padding }); }

  draw() {
    const it = this.slid = this.slideOf(this.settings.size, this.settings);
    this.cellsKnob.hidden = this.settings.padding !== "number";
    this.drawStrip(it);
    this.tell(it);
    this.drawChain();
    this.light(null);
  }

  drawStrip(it) {
    const count = it.size + it.before + it.after, side = Math.min(ROW * rem(), this.room / count), rows = Math.min(it.out, MOST_ROWS), step = Math.min(8, Math.max(4, 240 / Math.max(1, rows)));
    const lost = count - (it.out ? (it.out - 1) * it.stride + it.reach : 0), top = 20 * rem(), stops = top + side + 6, out = stops + rows * step + 12;
    const hatch = svg("pattern", { id: "lost", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, svg("rect", { width: 2, height: 6, class: "stop" }));
    this.cells = Array.from({ length: count }, (_, i) => {
      const inside = i >= it.before && i < it.before + it.size, name = [inside ? "" : "border", i >= count - lost ? "lost" : ""].join(" ");
      return svg("rect", { x: i * side, y: top, width: side - 1, height: side - 1, class: name });
    });
    this.stops = Array.from({ length: it.out }, (_, i) => svg("rect", { x: i * it.stride * side, y: stops + (i % rows) * step, width: it.reach * side - 1, height: step - 1.5, rx: 1, class: "stop" }));
    this.outs = Array.from({ length: it.out }, (_, i) => svg("rect", { x: i * it.stride * side + ((it.reach - 1) * side) / 2, y: out, width: side - 1, height: side - 1, class: "out" }));
    const label = (y, text) => svg("text", { x: 0, y }, text);
    this.strip.replaceChildren(svg("defs", {}, hatch), label(top - 6, `input: ${it.size}${it.before + it.after ? ` and a border of ${it.before} before, ${it.after} after` : ""}`), ...this.cells, ...this.stops, ...this.outs, label(out + side + 16 * rem(), `output: ${it.out}`));
    const height = out + side + 22 * rem();
    this.strip.setAttribute("viewBox", `0 0 ${this.room} ${height}`);
    this.strip.style.height = `${height}px`;
    Object.assign(this, { cellSide: side, lost });
  }

  tell(it) {
    const { padding } = this.settings, border = it.before + it.after;
    const spread = it.dilation > 1 ? element("div", "", `F = (${it.kernel} − 1) · ${it.dilation} + 1 = ${it.reach}`) : "";
    const count = padding === "same" ? element("div", "", `same: ceil(N / S) = ceil(${it.size} / ${it.stride}) = `, element("b", "", it.out))
      : element("div", "", `floor((N + 2P − F) / S) + 1 = floor((${it.size} + ${border} − ${it.reach}) / ${it.stride}) + 1 = `, element("b", "", it.out || "no place"));
    this.formula.replaceChildren(spread, count);
    this.idle = !it.out ? `The window reaches over ${it.reach} cells, the input with its border has ${it.size + border}: it fits nowhere. Take a smaller window, or more border.`
      : this.lost ? `The window stops ${it.out} times. The last ${this.lost === 1 ? "cell is" : `${this.lost} cells are`} seen by no window.`
      : padding === "same" && it.before !== it.after ? `The border is ${border} cells: ${it.before} before and ${it.after} after. The odd one goes to the end.`
      : `The window stops ${it.out} times, and every cell is seen.`;
  }

  follow(event) {
    const box = this.strip.getBoundingClientRect(), x = (event.clientX - box.left) / this.cellSide - this.slid.reach / 2;
    this.light(this.slid.out ? clamp(Math.round(x / this.slid.stride), 0, this.slid.out - 1) : null);
  }

  press(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by || !this.slid.out) return;
    event.preventDefault();
    this.light(this.at === null ? 0 : clamp(this.at + by, 0, this.slid.out - 1));
  }

  // Shows one stop: what it reads, and where its answer goes.
  light(at) {
    this.at = at;
    const { stride, dilation, kernel, before } = this.slid, read = at === null ? [] : Array.from({ length: kernel }, (_, k) => at * stride + k * dilation);
    this.cells.forEach((cell, i) => cell.classList.toggle("lit", read.includes(i)));
    this.stops.forEach((stop, i) => stop.classList.toggle("now", i === at));
    this.outs.forEach((one, i) => one.classList.toggle("lit", i === at));
    this.say(at === null ? this.idle : `Stop ${at + 1} reads ${read.map(i => (i < before || i >= before + this.slid.size ? "border" : `cell ${i - before + 1}`)).join(", ")}.`);
  }

  sizes() {
    const found = [this.settings.size];
    for (const one of this.settings.chain) { const { out } = this.slideOf(found.at(-1), one); found.push(out); if (!out) break; }
    return found;
  }

  drawChain() {
    const found = this.sizes(), box = size => {
      const square = element("i", "square");
      Object.assign(square.style, { width: `${Math.max(3, size * 1.6)}px`, height: `${Math.max(3, size * 1.6)}px` });
      return element("span", "box", square, `${size}×${size}`);
    };
    const nodes = [box(found[0])];
    this.settings.chain.forEach((one, i) => {
      if (i >= found.length - 1) return;
      const words = `${one.kernel}×${one.kernel}${one.stride > 1 ? ` step ${one.stride}` : ""}${one.dilation > 1 ? ` dilation ${one.dilation}` : ""}${one.padding === "valid" ? "" : ` ${one.padding === "number" ? `border ${one.cells}` : one.padding}`}`;
      const node = element("button", "link", words);
      Object.assign(node, { type: "button", title: "Remove this layer", onclick: () => this.set({ chain: this.settings.chain.filter((_, j) => j !== i) }) });
      nodes.push(node, found[i + 1] ? box(found[i + 1]) : element("span", "broken", `Breaks here: a window of ${this.slideOf(found[i], one).reach} does not fit ${found[i]}. Click a layer to remove it, or begin with a larger picture.`));
    });
    if (!this.settings.chain.length) nodes.push(element("span", "", "→ add windows one after another, until nothing is left to slide on."));
    this.chainRow.replaceChildren(...nodes);
  }

  tasks() {
    return [
      { words: "Find a stride and a border that turn 32 into 11.", hint: "With a step of 3, eleven stops take 30 steps: how many cells must there be?", done: () => this.settings.size === 32 && this.slid.out === 11 },
      { words: "Lose two or more cells at the end, without a border.", hint: "Only a step above 1 can jump over the end.", done: () => this.slid.out > 0 && this.settings.padding === "valid" && this.lost > 1 },
      { words: "Build a chain of three or more layers that ends in exactly 1.", done: () => this.settings.chain.length > 2 && this.sizes().at(-1) === 1 && this.sizes().length === this.settings.chain.length + 1 },
    ];
  }

  checks() {
    const out = (size, kernel, options) => () => slide(size, kernel, options).out;
    return {
      "32, kernel 5": out(32, 5), "28, pooling 2, step 2": out(28, 2, { stride: 2 }), "7, kernel 3, step 2": out(7, 3, { stride: 2 }),
      "28, kernel 3, step 2, same": out(28, 3, { stride: 2, padding: "same" }), "32, kernel 3, dilation 2": out(32, 3, { dilation: 2 }), "227, kernel 11, step 4 (AlexNet)": out(227, 11, { stride: 4 }),
    };
  }
}

export default mount(Sizes);
