// One window: its values, the weights and their products as numbers, and their sum as one reads it.

class WindowSum {
  constructor(lab) {
    this.lab = lab;
  }

  // The grids of a window: made anew only when their number or size changes, so that nothing jumps under the pointer.
  layWork() {
    const { depth, size } = this.lab.plan,
      isTiny =
        this.lab.plan.slides_over !== "numbers" && this.lab.input.zoom * this.lab.plan.down.reach < 24 * this.lab.rem;
    this.lab.aroundBox.hidden = !isTiny;
    if (same(this.workFor, [depth, size])) return;
    this.workFor = [depth, size];
    this.rows = Array.from({ length: depth }, (_, c) => {
      const name = depth === 3 ? COLOURS[c] : "",
        grids = ["window", "weights", "products"].map(what => new Cells({ label: `${words(what)} ${name}` })),
        sum = element("b", "sum");
      return { name, grids, sum };
    });
    const head = (text, i) => (i ? "" : element("h4", "", text));
    const table = element(
      "div",
      `sums${size > 4 ? " fine" : ""}`,
      ...this.rows.flatMap(({ name, grids: [values, weights, products], sum }, i) => [
        element("div", "", head("Window", i), values.node),
        element("span", "operator", "×"),
        element("div", "", head("Weights", i), weights.node),
        element("span", "operator", "="),
        element("div", "", head("Products", i), products.node),
        element("span", "total", name ? `${name} ` : "sum ", sum),
      ]),
    );
    table.style.setProperty("--cell", `${{ 1: 3.2, 2: 3.2, 3: 2.9, 4: 2.5, 5: 2.05, 6: 1.85, 7: 1.7 }[size]}rem`);
    this.lab.work.replaceChildren(table);
  }

  drawWork(top, left, y, x) {
    const { down, size, kernels, chosen, depth, picture, across, slides_over } = this.lab.plan,
      kernel = kernels[chosen],
      slices = this.lab.sums.slicesOf(kernel, depth);
    const format = size > 4 || this.lab.isNarrow ? short : fitting,
      { dark } = this.lab;
    const isPad = (ky, kx) => {
      const row = top + ky * down.dilation - down.before,
        column = left + kx * down.dilation - across.before;
      return row < 0 || column < 0 || row >= picture.height || column >= picture.width;
    };
    const found = this.rows.map(({ grids: [windows, weighing, products], sum }, c) => {
      const values = square(
        size,
        (ky, kx) =>
          this.lab.padded[c].values[(top + ky * down.dilation) * this.lab.padded[c].width + left + kx * down.dilation],
      ).flat();
      const weights = slices[c].flat(),
        times = values.map((value, i) => value * weights[i]),
        total = times.reduce((a, b) => a + b, 0);
      windows.show(values, size, size, { dark, format, ...(slides_over === "numbers" ? {} : { limit: Infinity }) });
      if (slides_over !== "numbers") this.tintPixels(windows.cells, values, depth === 3 ? c : -1);
      windows.mark("pad", isPad);
      weighing.show(weights, size, size, { dark, format });
      products.show(times, size, size, { dark, format });
      sum.textContent = `= ${three(total)}`;
      return { values, weights, total };
    });
    this.tellSum(found, kernel.bias, y, x);
    if (!this.lab.aroundBox.hidden) this.drawAround(top, left);
  }

  tintPixels(cells, values, channel) {
    values.forEach((value, i) => {
      const light = Math.round(255 * clamp(value, 0, 1)),
        rgb = [0, 1, 2].map(c => (channel < 0 || c === channel ? light : 0));
      cells[i].style.backgroundColor = css(rgb);
      cells[i].style.color = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] > 120 ? "#111" : "#fff";
    });
  }

  drawAround(top, left) {
    const { reach } = this.lab.plan.down,
      side = Math.max(AROUND, reach + 12),
      zoom = Math.floor((150 * this.lab.rem) / side),
      pen = this.lab.around.getContext("2d");
    this.lab.around.width = this.lab.around.height = side * zoom;
    pen.imageSmoothingEnabled = false;
    const [fromY, fromX] = [top, left].map(edge => edge + Math.floor((reach - side) / 2));
    pen.drawImage(this.lab.input.canvas, fromX, fromY, side, side, 0, 0, side * zoom, side * zoom);
    pen.lineWidth = 2;
    pen.strokeStyle = this.lab.accent;
    pen.strokeRect((left - fromX) * zoom - 1, (top - fromY) * zoom - 1, reach * zoom + 2, reach * zoom + 2);
  }

  // The sum as one reads it: 0.2·−1 + 0.5·2 = 0.8, + bias 0.5 = 1.3, ReLU → 1.3.
  tellSum(found, bias, y, x) {
    const { activation } = this.lab.plan,
      total = found.reduce((sum, one) => sum + one.total, 0),
      sum = total + bias,
      last = ACTIVATIONS[activation](sum);
    const colours =
      found.length === 3
        ? found.map(({ total: part }, c) => `${COLOURS[c]} ${three(part)}`).join(" + ")
        : this.terms(found[0]);
    const steps = [
      ` = ${three(total)}`,
      bias ? `, + bias ${three(bias)} = ${three(sum)}` : "",
      activation === "linear" ? "" : `, ${TITLES[activation]} → ${three(last)}`,
    ].join("");
    this.lab.say(element("span", "place", `Row ${y}, column ${x}: `), colours, element("b", "", steps));
  }

  terms({ values, weights }) {
    const used = [...weights.keys()].filter(i => weights[i] !== 0),
      shown = used.length > 9 ? used.slice(0, 4) : used;
    const parts = shown.map(
      i => `${three(values[i])}·${weights[i] < 0 ? `(${three(weights[i])})` : three(weights[i])}`,
    );
    return (parts.join(" + ") || "every weight is 0") + (used.length > 9 ? ` + … (${used.length} products)` : "");
  }
}
