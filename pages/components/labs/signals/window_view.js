// One window of the kernel: its numbers, products and sum, and the way to it on the page.

class WindowView {
  constructor(lab) {
    this.lab = lab;
  }

  layWindow(many) {
    if (this.windowCells?.length === many) return;
    const cells = () => Array.from({ length: many }, () => element("span", "cell"));
    Object.assign(this, { windowCells: cells(), productCells: cells(), sumCell: element("span", "sum") });
    this.lab.rows.kernel.line.replaceChildren(...this.windowCells);
    this.lab.rows.products.line.replaceChildren(...this.productCells, this.sumCell);
  }

  moveTo(at) {
    this.lab.grown = Infinity;
    this.place(clamp(at, 0, this.lab.count("full") - 1));
  }

  // Puts the kernel on the window that begins at this cell of the bordered signal.
  place(at) {
    this.lab.at = this.lab.player.at = at;
    const { signal, kernel, mode } = this.lab.settings,
      border = kernel.length - 1;
    const seen = this.lab.weights.map((_, j) => signal[at + j - border] ?? 0),
      products = this.lab.weights.map((weight, j) => weight * seen[j]),
      sum = total(products);
    const write = (cells, values) =>
      cells.forEach((cell, j) => {
        this.lab.put(cell, at + j).textContent = three(values[j]);
        cell.style.background = tint(values[j], largest(values), this.lab.dark);
      });
    write(this.windowCells, this.lab.weights);
    write(this.productCells, products);
    this.lab.put(this.sumCell, at + kernel.length).replaceChildren("= ", element("b", "", three(sum)));
    this.lab.reach.setAttribute("x", at * this.lab.wide);
    this.lab.signalRow.inputs.forEach((cell, i) =>
      cell.classList.toggle("window", i + border >= at && i + border < at + kernel.length),
    );
    for (const cells of Object.values(this.lab.outputs)) this.light(cells, 0);
    this.light(this.lab.answerBars.bars, this.lab.starts[mode]);
    this.lab.lineView.mark(at);
    this.lab.explain(seen, sum);
  }

  light(nodes, first) {
    nodes.forEach((node, i) => {
      node.classList.toggle("now", i + first === this.lab.at);
      node.classList.toggle("later", i + first > this.lab.grown);
    });
  }

  intoView() {
    const left = this.lab.at * this.lab.wide,
      right = left + (this.lab.weights.length + 1) * this.lab.wide;
    if (left < this.lab.track.scrollLeft || right > this.lab.track.scrollLeft + this.lab.track.clientWidth)
      this.lab.track.scrollLeft = left - 40;
  }
}
