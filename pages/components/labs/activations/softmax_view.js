// Ten logits as bars, and what softmax and the loss make of them.

class SoftmaxView {
  constructor(lab) {
    this.lab = lab;
  }

  buildLogits() {
    this.cells = new Cells({ label: "Logits", first: 0, onEdit: (row, _, value) => this.type(row, value) });
    const onMove = (row, value, first) => this.move(row, value, first);
    this.bars = new Bars({ label: "Logit", signed: true, onMove, onRelease: () => this.drawLogits() });
    this.softBars = new Bars({ label: "Softmax" });
    this.sigmoidBars = new Bars({ label: "Sigmoid" });
    const read = label =>
      new Cells({ label, first: 0, onPoint: row => this.point(row), onLeave: () => this.point(null) });
    const labels = ["Logit less the largest", "Power of e", "Softmax", "Sigmoid", "Gradient of the loss"];
    [this.less, this.powers, this.shares, this.alone, this.pull] = labels.map(read);
    this.heads = {};
    this.feet = {};
    const column = (name, ...nodes) => {
      this.heads[name] = element("div", "head");
      this.feet[name] = element("div", "foot");
      return element("div", `column ${name}`, this.heads[name], element("div", "pair", ...nodes), this.feet[name]);
    };
    this.grid = element(
      "div",
      "ten scroll",
      column("true", this.buildTargets()),
      column("logit", this.cells.grid, this.bars.node),
      column("less", this.less.grid),
      column("powers", this.powers.grid),
      column("shares", this.shares.grid, this.softBars.node),
      column("pull", this.pull.grid),
      column("alone", this.alone.grid, this.sigmoidBars.node),
    );
    this.grid.onfocusout = () => this.point(null);
    this.complaint = this.cells.complaint;
    this.told = element("div", "told");
    this.told.setAttribute("role", "status");
    this.sums = element("div", "formula");
    const shifts = [
      button(`Add ${SHIFT} to all`, () => this.shift(SHIFT)),
      button(`Take ${SHIFT} from all`, () => this.shift(-SHIFT)),
    ];
    const first = button("The ten from the start", () => this.change([...this.lab.fields.logits.default]));
    const title = element("h3", "", "Softmax: ten logits become ten probabilities");
    const controls = element("div", "row middle controls", this.lab.knob("temperature"), ...shifts, first);
    this.lab.taskList.before(
      element("section", "logits", title, controls, this.grid, this.complaint, this.told, this.sums),
    );
  }

  buildTargets() {
    this.targets = Array.from({ length: 10 }, (_, i) => {
      const one = button(String(i), () => this.lab.set({ target: i }));
      one.setAttribute("role", "radio");
      one.setAttribute("aria-label", `Class ${i} is the true one`);
      return one;
    });
    const group = element("div", "targets", ...this.targets);
    group.setAttribute("role", "radiogroup");
    group.setAttribute("aria-label", "True class");
    group.onkeydown = event => {
      const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      const next = this.targets[(this.lab.settings.target + by + 10) % 10];
      next.click();
      next.focus();
    };
    return group;
  }

  // All logits at once; what they were before is kept, so that the change can be told and marked.
  change(logits, before = this.lab.settings.logits) {
    this.before = before;
    this.complaint.textContent = "";
    this.changed = logits;
    this.lab.set({ logits });
  }

  move(row, value, first) {
    if (first) this.heldFrom = this.lab.settings.logits;
    if (value !== this.lab.settings.logits[row]) this.change(this.lab.settings.logits.with(row, value), this.heldFrom);
  }

  type(row, value) {
    if (Math.abs(value) <= LARGEST_LOGIT) {
      this.change(this.lab.settings.logits.with(row, value));
      return;
    }
    this.cells.cells[row].setAttribute("aria-invalid", "true");
    const kept = three(this.lab.settings.logits[row]);
    this.complaint.textContent =
      `Class ${row}: a logit is from −${LARGEST_LOGIT} to ` + `${LARGEST_LOGIT}; ${kept} stays until you type one.`;
  }

  shift(by) {
    const logits = this.lab.settings.logits.map(z => near(z + by));
    this.hasShifted = true;
    if (logits.every(z => Math.abs(z) <= LARGEST_LOGIT)) this.change(logits);
    else
      this.complaint.textContent =
        "One logit would go beyond " + `${by < 0 ? "−" : ""}${LARGEST_LOGIT}: all stay as they are.`;
  }

  point(row) {
    this.pointed = row;
    this.tellSums();
  }

  drawLogits() {
    const { logits, temperature, target } = this.lab.settings,
      now = softmaxOf(logits, temperature);
    const alone = logits.map(sigmoid),
      pull = gradientFor(now, target, temperature);
    if (this.changed !== logits || this.warmth !== temperature) this.before = null;
    this.warmth = temperature;
    this.now = { ...now, alone, pull };
    const then = this.before && softmaxOf(this.before, temperature),
      most = Math.max(...logits.map(Math.abs));
    // a bar dragged to its end finds more room next time
    if (!this.bars.held) this.scale = [5, 10, 20].find(limit => limit > most) ?? LARGEST_LOGIT;
    const dark = this.lab.dark,
      column = (cells, values, limit) =>
        cells.show(values, 10, 1, { limit, dark, format: value => three(near(value)) });
    column(this.cells, logits, this.scale);
    column(this.less, now.less, Infinity);
    column(this.powers, now.powers, Infinity);
    column(this.shares, now.shares, Infinity);
    column(this.alone, alone, Infinity);
    column(this.pull, pull, 1 / temperature);
    this.bars.show(logits, this.scale, this.before);
    this.softBars.show(now.shares, 1, then?.shares);
    this.sigmoidBars.show(alone, 1, this.before?.map(sigmoid));
    this.targets.forEach((one, i) => {
      one.setAttribute("aria-checked", i === target);
      one.tabIndex = i === target ? 0 : -1;
    });
    this.headColumns(now, alone, pull, temperature);
    this.tellChange(then?.shares, alone);
    this.tellSums();
  }

  headColumns({ max, sum, shares }, alone, pull, temperature) {
    const over = temperature === 1 ? "" : ` / ${three(temperature)}`,
      put = (name, title, note, foot) => {
        this.heads[name].replaceChildren(element("b", "", title), element("small", "", note));
        this.feet[name].textContent = foot;
      };
    put("true", "true", "class", "");
    put("logit", "logit z", `drag, or type`, `max ${three(max)}`);
    put("less", over ? `(z − max)${over}` : "z − max", "at most 0", "");
    put("powers", "exp of it", "at most 1", `sum ${three(sum)}`);
    put("shares", "softmax p", `exp / ${three(sum)}`, `sum ${near(total(shares))}`);
    put("pull", over ? `(p − y)${over}` : "p − y", "gradient", `sum ${three(near(total(pull)))}`);
    put("alone", "ten sigmoids", "each for itself", `sum ${three(total(alone))}`);
  }

  tellChange(then, alone) {
    const { logits } = this.lab.settings,
      { shares } = this.now,
      best = shares.indexOf(Math.max(...shares)),
      bold = text => element("b", "", text);
    if (!this.before) {
      const together = `together they are ${three(total(alone))}. Move one logit.`;
      const rest = `, so what one wins the others lose. The sigmoids know nothing of each other: ${together}`;
      this.told.replaceChildren(
        "Softmax shares out 1: ",
        bold(`class ${best} has ${percentThree(shares[best])}`),
        rest,
      );
      return;
    }
    const moved = (a, b) => a.filter((value, i) => Math.abs(value - b[i]) > 1e-12 * Math.abs(value)).length;
    const count = moved(logits, this.before),
      soft = moved(shares, then),
      single = moved(alone, this.before.map(sigmoid));
    if (count === 10 && soft === 0) {
      const others = single
        ? `; ${single} of 10 sigmoids did.`
        : "; nor did a sigmoid, as all ten are next to 0 or 1 by now.";
      const why =
        " Softmax sees only differences, so the max may be taken away first, and exp never sees a number above 0.";
      this.told.replaceChildren("All ten logits moved together, and ", bold("no softmax value changed"), others, why);
    } else {
      const rest =
        count === 1 && soft < 10
          ? ". The others move too, by less than a number can hold."
          : ". Thin lines mark where they were.";
      const changed = bold(`${soft} of 10 softmax values changed, ${single} of 10 sigmoids`);
      this.told.replaceChildren(`You moved ${count === 1 ? "one logit" : `${count} logits`}: `, changed, rest);
    }
  }

  // The arithmetic of one class: the true one, or the one that is pointed at.
  tellSums() {
    for (const cells of [this.less, this.powers, this.shares, this.pull, this.alone])
      cells.mark("window", row => row === this.pointed);
    const { logits, temperature, target } = this.lab.settings,
      { max, less, powers, sum, shares, pull } = this.now,
      k = this.pointed ?? target;
    const over = text => (temperature === 1 ? text : `(${text}) / ${three(temperature)}`),
      all = three(sum);
    const line = (text, result, ...more) => element("div", "", text, element("b", "", result), ...more);
    const way =
      pull[k] === 0
        ? ": this logit stays"
        : pull[k] < 0
          ? ": descent raises this logit"
          : ": descent lowers this logit";
    const [surprise, loss] = this.surprise(target),
      power = `exp(${over(`${three(logits[k])} − ${bracketed(max)}`)})`;
    const slope = temperature === 1 ? "p − y" : "(p − y) / temperature";
    this.sums.replaceChildren(
      line(
        `p of class ${k} = ${power} / sum = exp(${three(near(less[k]))}) / ${all} = ${three(powers[k])} / ${all} = `,
        three(shares[k]),
      ),
      line(`${shares.map(p => three(near(p))).join(" + ")} = `, String(near(total(shares)))),
      line(`loss (cross-entropy) = −ln p of the true class ${target} = ${surprise} = `, loss),
      line(
        `∂loss/∂z of class ${k} = ${slope} = ${over(`${this.shareOf(k)} − ${k === target ? 1 : 0}`)} = `,
        three(pull[k]),
        way,
      ),
      element("div", "", this.overflow(max / temperature)),
    );
  }

  // What the others have: p less than 1, to all digits.
  restOf(k) {
    return total(this.now.shares.filter((_, i) => i !== k));
  }

  // Where three digits would say 1, what a share lacks tells more.
  shareOf(k) {
    return this.now.shares[k] > 0.995 ? `(1 − ${three(this.restOf(k))})` : three(this.now.shares[k]);
  }

  // −ln p and its value. Where p is too small for a number its logarithm is not.
  surprise(k) {
    const { less, sum, shares } = this.now,
      loss = shares[k] > 0.5 ? -Math.log1p(-this.restOf(k)) : lossFor(this.now, k);
    const told =
      shares[k] === 0
        ? `ln ${three(sum)} − ${bracketed(near(less[k]))}`
        : `−ln ${this.shareOf(k)}`.replace("ln (", "ln(");
    return [told, three(loss === 0 ? 0 : loss)];
  }

  // What exp would be without taking the max away.
  overflow(largest) {
    if (largest > LAST_POWER)
      return `Without taking the max away exp(${three(largest)}) is beyond float32: it would overflow.`;
    const power = `exp(${three(largest)}) = ${three(Math.exp(largest))}`;
    return (
      "Without taking the max away the largest power would be " +
      `${power}; from exp(${LAST_POWER}) on float32 overflows.`
    );
  }
}
