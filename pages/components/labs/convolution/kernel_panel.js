// The kernel on show: its weights, its slices, the classic ones; and what is typed into it.

class KernelPanel {
  constructor(lab) {
    this.lab = lab;
  }

  layKernel() {
    this.menu = element(
      "select",
      "",
      ...["Own", ...this.lab.data.gallery.map(({ name }) => name)].map(name =>
        Object.assign(element("option", "", name), { value: name }),
      ),
    );
    this.menu.setAttribute("aria-label", "Classic kernels");
    this.menu.onchange = () => this.takeClassic(this.menu.value);
    this.kernel = new Cells({
      label: "Weights",
      first: 0,
      onEdit: (row, column, value) => this.editWeight(row, column, value),
    });
    this.bias = new Cells({
      label: "Bias",
      first: 0,
      onEdit: (_row, _column, value) => this.lab.edit({ bias: value }),
    });
    this.separate = Object.assign(element("input"), {
      type: "checkbox",
      onchange: () => this.separateSlices(this.separate.checked),
    });
    this.separate.setAttribute("role", "switch");
    this.separateRow = element(
      "label",
      "knob bool",
      element("span", "label", "A slice for each channel"),
      this.separate,
    );
    this.sliceRow = element("span", "choice");
    this.sliceRow.setAttribute("role", "group");
    this.sliceRow.setAttribute("aria-label", "Slice of the kernel");
    this.kernelTitle = element("h4");
    this.sentence = element("figcaption");
    return element(
      "figure",
      "kernel",
      this.kernelTitle,
      this.menu,
      this.separateRow,
      this.sliceRow,
      this.kernel.node,
      element("span", "bias", "+ bias", this.bias.node),
      this.sentence,
    );
  }

  editSlice(plane) {
    this.lab.edit({ slices: this.lab.chosen.slices.map((one, i) => (i === this.sliceAt ? plane : one)) });
  }

  editWeight(row, column, value) {
    this.editSlice(
      this.lab.chosen.slices[this.sliceAt].map((line, y) =>
        line.map((old, x) => (y === row && x === column ? value : old)),
      ),
    );
  }

  get sliceAt() {
    return this.lab.chosen.slices.length === 3 && this.lab.picture.planes.length === 3 ? this.lab.slice : 0;
  }

  separateSlices(on) {
    this.lab.edit({
      slices: on ? [0, 1, 2].map(() => this.lab.chosen.slices[0]) : [this.lab.chosen.slices[this.sliceAt]],
    });
  }

  takeClassic(name) {
    const found = this.lab.data.gallery.find(one => one.name === name);
    if (!found) return;
    const size = found.weights.length,
      slices = this.lab.chosen.slices.map((plane, c) => (c === this.sliceAt ? found.weights : resized(plane, size)));
    this.lab.set({
      size,
      kernels: this.lab.settings.kernels.map((kernel, i) =>
        i === this.lab.settings.chosen ? { ...kernel, slices } : kernel,
      ),
    });
  }

  // A classic kernel stays one when zeros are laid around it.
  nameOf(slice) {
    return this.lab.data.gallery.find(
      ({ weights }) => weights.length <= slice.length && same(resized(weights, slice.length), slice),
    );
  }

  drawKernel({ depth, size }) {
    const { kernels, chosen } = this.lab.settings,
      slice = this.lab.chosen.slices[this.sliceAt],
      known = this.nameOf(slice),
      isColour = depth === 3,
      separate = isColour && this.lab.chosen.slices.length === 3;
    this.kernelTitle.replaceChildren(
      kernels.length > 1 ? `Kernel ${chosen + 1} of ${kernels.length}` : "Kernel",
      element("small", "", times(size, size, depth)),
    );
    this.menu.value = known?.name ?? "Own";
    this.separateRow.hidden = !isColour;
    this.separate.checked = separate;
    this.sliceRow.hidden = !separate;
    if (separate) this.drawSliceButtons();
    this.kernel.node.style.setProperty(
      "--cell",
      size < 4 ? "3.1rem" : size < 5 ? "2.5rem" : size < 6 ? "2.2rem" : "1.9rem",
    );
    this.kernel.node.classList.toggle("fine", size > 4);
    this.kernel.show(slice.flat(), size, size, { dark: this.lab.dark, format: size > 4 ? short : three });
    this.bias.show([this.lab.chosen.bias], 1, 1, {
      dark: this.lab.dark,
      limit: Math.max(1, Math.abs(this.lab.chosen.bias)),
    });
    const sum = slice.flat().reduce((a, b) => a + b, 0),
      clean = Math.abs(sum) < 1e-9 ? 0 : sum;
    this.sentence.textContent = `${known ? `${known.sentence} ` : ""}Its weights sum to ${three(clean)}.`;
  }

  drawSliceButtons() {
    const focused = [...this.sliceRow.children].indexOf(this.lab.host.getRootNode().activeElement);
    const buttons = COLOURS.map((name, c) => {
      const one = button(words(name), () => {
        this.lab.slice = c;
        this.lab.refresh();
      });
      one.setAttribute("aria-checked", c === this.lab.slice);
      one.setAttribute("role", "radio");
      return one;
    });
    this.sliceRow.replaceChildren(...buttons);
    buttons[focused]?.focus();
  }
}
