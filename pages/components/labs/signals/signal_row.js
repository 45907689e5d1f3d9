// The signal as a row of numbers with its border, to be typed on and drawn; and the places below it.

class SignalRow {
  constructor(lab) {
    this.lab = lab;
  }

  layNames(border, mode) {
    this.lab.signalTitle.textContent =
      "Signal: drag the bars to draw " + `it${this.lab.falls().length ? "; ▼ the next number is smaller" : ""}`;
    this.lab.answerTitle.textContent = `Answer, ${mode}`;
    this.lab.rows.signal.name.textContent = border ? "signal, with zeros around it" : "signal";
    this.lab.rows.kernel.name.textContent = this.lab.settings.flip ? "kernel, flipped" : "kernel, as it is";
    this.lab.rows.products.name.textContent = "products, and their sum";
    const { signal, kernel } = this.lab.settings,
      long =
        kernel.length > signal.length
          ? { same: "as many as the kernel has", valid: "the signal inside the kernel" }
          : {};
    for (const [one, words] of Object.entries({ ...MODES, ...long })) {
      this.lab.rows[one].name.replaceChildren(
        element("b", "", one),
        `: ${counted(this.lab.count(one), "number")}, ${words}`,
      );
      this.lab.rows[one].name.classList.toggle("chosen", one === mode);
    }
  }

  // Cells that are being typed on stay where they are.
  laySignal(signal, border) {
    if (this.inputs?.length !== signal.length || this.border !== border) {
      const ghosts = [...Array(border).keys()]
        .flatMap(i => [i, 2 * border + signal.length - 1 - i])
        .map(column => this.lab.put(element("span", "cell ghost", "0"), column));
      this.inputs = signal.map((_, i) => this.lab.put(this.signalCell(i), i + border));
      this.border = border;
      this.lab.rows.signal.line.replaceChildren(...ghosts, ...this.inputs);
    }
    this.inputs.forEach((cell, i) => {
      if (cell.getRootNode().activeElement !== cell) this.showNumber(i);
    });
  }

  showNumber(i) {
    this.inputs[i].value = three(this.lab.settings.signal[i]).replaceAll("\u202f", "");
    this.inputs[i].removeAttribute("aria-invalid");
  }

  signalCell(i) {
    const cell = Object.assign(element("input", "cell"), {
      type: "text",
      size: 1,
      autocomplete: "off",
      spellcheck: false,
    });
    cell.setAttribute("aria-label", `Signal, place ${i}`);
    cell.onfocus = () => cell.select();
    cell.oninput = () => this.takeNumber(cell, i);
    cell.onblur = () => {
      this.lab.complaint.textContent = "";
      if (i < this.lab.settings.signal.length) this.showNumber(i);
    };
    cell.onkeydown = event => this.pressNumber(event, cell, i);
    return cell;
  }

  takeNumber(cell, i) {
    const what = refused(cell.value);
    cell.toggleAttribute("aria-invalid", Boolean(what));
    if (!what) this.lab.choices.setSignal(replaced(this.lab.settings.signal, i, typed(cell.value)));
    else
      this.lab.complaint.textContent =
        `Place ${i} ${what}: ${three(this.lab.settings.signal[i])} ` +
        "stays until you type a number from −1000 to 1000.";
  }

  // Up and down draw the bar; Alt with left and right moves to the next number, as letters need the arrows alone.
  pressNumber(event, cell, i) {
    event.stopPropagation();
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key],
      next = event.altKey ? { ArrowRight: 1, ArrowLeft: -1 }[event.key] : 0;
    if (!by && !next) return;
    event.preventDefault();
    if (next) {
      this.inputs[i + next]?.focus();
      return;
    }
    const { signal } = this.lab.settings;
    this.lab.choices.setSignal(
      replaced(signal, i, clamp(rounded(signal[i] + by * stepOf(largest(signal))), -LARGEST, LARGEST)),
    );
    this.showNumber(i);
    cell.select();
  }
}
