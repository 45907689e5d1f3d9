// What is chosen and typed: ready signals and kernels, and lists of numbers.

class Choices {
  constructor(lab) {
    this.lab = lab;
  }

  signalKnobs() {
    const noisy = button("Noisy step", () => {
      this.lab.seed += 1;
      noisy.textContent = `Noisy step, seed ${this.lab.seed}`;
      this.choose({ signal: noise(this.lab.seed) });
    });
    noisy.title = "Press again for other noise";
    this.typedSignal = this.list();
    return [element("h4", "", "Signal"), this.ready(READY_SIGNALS, "signal", noisy), this.typedSignal.node];
  }

  kernelKnobs() {
    this.kernelCells = new Cells({
      label: "Kernel",
      first: 0,
      onEdit: (_, column, value) => this.setKernel(replaced(this.lab.settings.kernel, column, value)),
    });
    this.kernelBars = new Bars({
      label: "The kernel as bars; drag to draw it",
      name: "weight",
      onDraw: (i, value) => this.setKernel(replaced(this.lab.settings.kernel, i, value)),
      onEnd: () => this.lab.refresh(),
    });
    this.fewer = button("One weight less", () => this.setKernel(this.lab.settings.kernel.slice(0, -1)));
    this.more = button("One weight more", () => this.setKernel([...this.lab.settings.kernel, 0]));
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

  // Another signal or kernel: the kernel goes back to the first window that counts, and nothing is left hidden.
  choose(changes) {
    this.lab.player.pause();
    Object.assign(this.lab, { at: null, grown: Infinity });
    this.lab.complaint.textContent = "";
    this.lab.track.scrollLeft = 0;
    this.lab.set({ place: null, ...changes });
  }

  setSignal(signal) {
    this.lab.player.pause();
    this.lab.grown = Infinity;
    this.lab.complaint.textContent = "";
    this.lab.set({ signal });
  }

  setKernel(kernel) {
    const bad = kernel.findIndex(weight => Math.abs(weight) > LARGEST);
    const kept = this.lab.settings.kernel[bad]; // undefined where all is well
    this.lab.complaint.textContent =
      bad < 0 ? "" : `Weight ${bad} is beyond 1000: ${three(kept)} stays until you type a smaller one.`;
    if (bad < 0 && kernel.length >= 1 && kernel.length <= MOST_WEIGHTS) this.lab.set({ kernel });
  }

  // A line to type numbers on; what can't be read is said, and the last good numbers stay.
  list() {
    const input = element("input"),
      complaint = element("small", "complaint");
    Object.assign(input, { type: "text", spellcheck: false, autocomplete: "off" });
    input.setAttribute("aria-label", "Signal, typed");
    const show = () => {
      input.value = this.lab.settings.signal.map(value => Number(value.toPrecision(6))).join("  ");
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
}
