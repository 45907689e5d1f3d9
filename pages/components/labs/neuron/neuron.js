// One neuron with one input: a line that learns to lie on six points, and the bowl that it walks down.
class Neuron extends Lab {
  build() {
    this.fit = new Plot({
      label: "Points and the neuron's line",
      x: { low: -2, high: 11, label: "x" },
      y: { low: -8, high: 23, label: "y" },
    });
    this.buildBowl();
    const y = { low: 1e-6, high: 100, label: "", log: true };
    this.history = new Plot({ label: "Loss and residual over the epochs", x: { low: 0, high: 10, label: "epoch" }, y });
    this.count = element("span", "count");
    this.player = new Player({
      length: () => MOST_STEPS + 1,
      interval: 90,
      onStep: at => this.play(at),
      onRest: () => this.noteWalk(),
      label: "Gradient descent",
    });
    this.layPanes();
    this.back = button("Take 0.01 and begin again", () => this.beginWith({ rate: 0.01 }));
    const knobs = [
      this.knob("rate", "Learning rate"),
      this.knob("w", "w at the start"),
      this.knob("b", "b at the start"),
    ];
    this.side.append(...knobs, this.back, this.resetButton());
    this.back.classList.add("primary");
    this.keras = new KerasScript(this);
    this.taskList.before(this.keras.node);
    this.follow();
    this.followed = this.data.revision;
  }

  layPanes() {
    const pane = (title, note, ...nodes) =>
      element("div", "pane", element("h4", "", title, element("small", "", note)), ...nodes);
    const line = (name, text) => element("span", name, element("i"), text);
    const key = element(
      "div",
      "keyed",
      line("loss", "loss"),
      line("residual", `residual |${TRUE_ANSWER} − answer for x = ${ASKED}|`),
    );
    this.epochs = pane("Epoch by epoch", "both on a log scale", key, this.history.node);
    this.epochs.classList.add("later");
    const buttons = [button("500 epochs", () => this.far(500)), button("Back to the start", () => this.restart())];
    this.panes = element(
      "div",
      "panes",
      pane("The line", `green: to learn; red: its answer for x = ${ASKED}`, this.fit.node),
      pane(
        "Loss for every w and b",
        "bluer: less; click: start",
        element("div", "surface", this.ground, this.bowl.node),
      ),
      element("div", "row middle wide", this.player.node, ...buttons, this.count),
      this.epochs,
      element("div", "pane words", this.said, this.formula),
    );
    this.stage.append(this.panes);
  }

  // The loss surface: a click or the arrow keys choose where the walk begins.
  buildBowl() {
    const within = (value, { low, high }) => Number(clamp(value, low, high).toFixed(2));
    const begin = (w, b) => this.beginWith({ w: within(w, SURFACE.w), b: within(b, SURFACE.b) });
    this.bowl = new Plot({ label: "Loss for every w and b. Arrow keys move the start.", x: SURFACE.w, y: SURFACE.b });
    this.ground = element("canvas");
    const { node } = this.bowl;
    node.setAttribute("role", "application");
    node.setAttribute("tabindex", 0);
    node.onclick = event => begin(...this.bowl.units(event));
    node.onkeydown = event => {
      const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (!by) return;
      event.preventDefault();
      begin(this.settings.w + KEY_STEP * by[0], this.settings.b + KEY_STEP * by[1]);
    };
  }

  take(data) {
    super.take(data);
    this.keras.tell();
  }

  restart() {
    const { w, b } = this.settings;
    this.player?.pause();
    this.walk = [{ w, b, loss: lossOf(w, b) }];
    this.begun = [w, b];
    this.player.at = 0;
    this.noteWalk();
    if (this.fit.box) this.show();
  }

  // The link holds the epoch that is shown and the rates that led there.
  noteWalk() {
    const rates = [];
    this.walk.slice(1, this.player.at + 1).forEach(({ rate }, at) => {
      if (rate !== rates.at(-1)?.[1]) rates.push([at, rate]);
    });
    const isTold = rates.length <= MOST_RATES;
    this.note({ step: isTold ? this.player.at : 0, rates: rates.length > 1 && isTold ? rates : [] });
  }

  // Walks to where a link says.
  follow() {
    const { w, b, rate, step, rates } = this.settings;
    this.walk = [{ w, b, loss: lossOf(w, b) }];
    this.begun = [w, b];
    for (let at = 0; at < step && !this.diverged(); at++) {
      const told = rates.findLast(([from]) => from <= at);
      this.walk.push(stepFrom(this.walk.at(-1), told?.[1] ?? rate));
    }
    this.player.at = this.walk.length - 1;
    this.player.pause();
  }

  beginWith(changes) {
    this.set(changes);
    this.restart();
  }

  reset() {
    super.reset();
    this.restart();
  }

  // The player begins anew after its last step; this walk has an end instead.
  play(at) {
    const isOver = at === 0 && this.player.timer;
    if (isOver) this.player.pause();
    this.walkTo(isOver ? MOST_STEPS : at);
  }

  far(count) {
    this.player.pause();
    this.walkTo(this.player.at + count);
  }

  // Walked as the known script walks.
  isAsWritten() {
    return same(this.begun, [0, 0]) && this.walk.slice(1).every(({ rate }) => rate === KERAS_RATE);
  }

  // Shows the walk at a step, walking on as far as needed with the present rate.
  walkTo(at) {
    const isOver = () => this.walk.length > Math.min(at, MOST_STEPS) || this.diverged();
    while (!isOver()) this.walk.push(stepFrom(this.walk.at(-1), this.settings.rate));
    this.player.at = Math.min(at, this.walk.length - 1);
    this.tries++;
    if (!this.player.timer) this.noteWalk();
    if (this.diverged() && this.player.at === this.walk.length - 1) this.player.pause();
    this.show();
    this.judgeTasks();
  }

  diverged() {
    return !(this.walk.at(-1).loss < LIMIT);
  }

  draw() {
    const { w, b } = this.settings,
      one = this.room <= 640,
      size = { width: (this.room - (one ? 12 : 24)) / 2, height: (one ? 170 : 250) * rem() };
    if (this.followed !== this.data.revision) this.follow();
    else if (w !== this.begun[0] || b !== this.begun[1]) this.restart();
    this.followed = this.data.revision;
    // another rate goes on from here
    if (this.settings.rate !== this.rated) this.walk.length = Math.min(this.walk.length, this.player.at + 1);
    this.rated = this.settings.rate;
    for (const plot of [this.fit, this.bowl]) plot.frame(size);
    this.history.frame(one ? { ...size, width: this.room } : size);
    this.paintBowl();
    this.show();
  }

  paintBowl() {
    const { box } = this.bowl,
      limit = Math.log(lossOf(-4, -6)),
      values = new Float64Array(GRID * GRID);
    const at = ({ low, high }, share) => low + (high - low) * share;
    for (let i = 0; i < GRID; i++)
      for (let j = 0; j < GRID; j++) {
        const loss = lossOf(at(SURFACE.w, (j + 0.5) / GRID), at(SURFACE.b, 1 - (i + 0.5) / GRID));
        values[i * GRID + j] = Math.max(0, limit - Math.log(loss + 0.05));
      }
    paint(this.ground, values, GRID, GRID, limit + 3, this.dark);
    const { left, top } = box,
      place = { left, top, width: box.right - left, height: box.bottom - top };
    for (const [side, px] of Object.entries(place)) this.ground.style[side] = `${px}px`;
  }

  show() {
    const at = this.player.at,
      now = this.walk[at],
      answer = now.w * ASKED + now.b;
    this.fit.line(
      "model",
      [-2, 11].map(x => [x, x * now.w + now.b]),
    );
    this.fit.line(
      "miss",
      POINTS.flatMap(([x, y]) => [
        [x, y],
        [x, now.w * x + now.b],
        [NaN, NaN],
      ]),
    );
    this.fit.dots("truth", POINTS);
    this.fit.dots("asked", [[ASKED, answer]], 5);
    this.bowl.line(
      "walked",
      this.walk.slice(0, at + 1).map(one => [one.w, one.b]),
    );
    this.bowl.dots("goal", [[2, -1]], 4);
    this.bowl.dots("at", [[now.w, now.b]], 5);
    this.showHistory(this.walk.slice(0, at + 1));
    this.count.textContent = `epoch ${grouped(at)}`;
    this.back.hidden = !this.diverged() && this.settings.rate < largestRate();
    this.showFormula(now);
    this.keras.show();
    this.say(...this.words(at, now, answer));
  }

  // Both fall by many powers of ten; the axis holds all of them.
  showHistory(seen) {
    const losses = seen.map(one => one.loss),
      residuals = seen.map(one => residualOf(one.w * ASKED + one.b));
    const high = clamp(Math.max(...losses), 100, LIMIT),
      low = clamp(Math.min(...losses, ...residuals), 1e-12, 1e-2);
    this.history.frame({
      x: { low: 0, high: Math.max(10, seen.length - 1), label: "epoch" },
      y: { low: 10 ** Math.floor(Math.log10(low)), high: 10 ** Math.ceil(Math.log10(high)), label: "", log: true },
    });
    this.history.line(
      "loss",
      losses.map((value, i) => [i, value]),
    );
    this.history.line(
      "residual",
      residuals.map((value, i) => [i, value]),
    );
    const last = seen.length - 1;
    this.history.dots("loss now", [[last, losses[last]]], 3);
    this.history.dots("residual now", [[last, residuals[last]]], 3);
  }

  showFormula(now) {
    const { rate } = this.settings,
      [dw, db] = gradientOf(now.w, now.b),
      signed = value => (value < 0 ? `(${three(value)})` : three(value));
    const update = (name, old, slope) => {
      const step = `${fivefold(old)} − ${three(rate)} · ${signed(slope)} = `,
        result = element("b", "", fivefold(old - rate * slope));
      return element("div", "", `${name} ← ${name} − rate · ∂loss/∂${name} = ${step}`, result);
    };
    const loss = element("div", "", "loss = mean((w·x + b − y)²) = ", element("b", "", three(now.loss)));
    this.formula.replaceChildren(loss, update("w", now.w, dw), update("b", now.b, db));
  }

  words(at, now, answer) {
    const limit = largestRate(),
      { rate } = this.settings,
      digits = decimals(answer);
    const told = [`For x = ${ASKED} it answers `, element("b", "", fixed(answer, digits))];
    const more = one =>
      three(one) === three(limit)
        ? `${one} is more than ${limit.toFixed(7)}`
        : `${three(one)} is more than ${three(limit)}`;
    if (this.diverged() && at === this.walk.length - 1) {
      // its own rate overshot; another may have been chosen since
      const way = rate < limit ? `Go back to the start, and try ${three(rate)} from there.` : "Take less.";
      return [
        `After ${counted(at, "epoch")} the loss is beyond all bounds: ${more(now.rate)}. `,
        `${this.overshoot(now.rate)} ${way}`,
      ];
    }
    if (rate > limit) {
      const before = this.walk[at - 1]?.loss,
        went = at ? ` In this epoch the loss went from ${three(before)} to ${three(now.loss)}.` : "";
      const most = `A rate of ${more(rate)}, the largest that still works for these points.`;
      return [`${most} ${this.overshoot(rate)}${went}`];
    }
    if (at < 100 || residualOf(answer) <= AS_GOOD) return [...told, `; the truth, ${TRUTH}, is ${TRUE_ANSWER}.`];
    const found = unbroken(
      `y = ${fixed(now.w, digits + 1)} · x ${now.b < 0 ? "−" : "+"} ${Math.abs(now.b).toFixed(digits + 1)}`,
    );
    const left = residualOf(answer) / residualOf(this.walk[at - 1].w * ASKED + this.walk[at - 1].b);
    const share = left < 1 ? `this epoch left ${(100 * left).toFixed(2)} % of what was missing, and ` : "";
    const shrinks = `, not ${TRUE_ANSWER}: ${share}a share is never nothing. `;
    return [...told, shrinks, `${found} by now; the truth is ${TRUTH}.`];
  }

  // Along the steepest way through the valley; along the others it may still come nearer.
  overshoot(rate) {
    const grows = -steepFactor(rate);
    return (
      "Along the steepest way down every step lands on the other side, " +
      `${three(grows) === "1" ? grows.toFixed(4) : three(grows)} times as far from the bottom.`
    );
  }

  tasks() {
    const now = () => this.walk[this.player.at];
    const within = most => this.player.at > 0 && this.player.at <= most;
    return [
      {
        words: "Before you look: after 500 epochs at a rate of 0.01, what does it answer for x = 10?",
        choices: ["less than 18.9", "between 18.9 and 19", "exactly 19", "more than 19"],
        right: 1,
        why: "18.98: every epoch takes away the same share of what is missing, and a share is never all of it.",
        until: { words: "have walked 500 epochs at 0.01", done: () => this.isAsWritten() && this.player.at >= 500 },
      },
      {
        words: "Make it diverge with a rate below 0.18.",
        hint: "Just beyond the largest rate the steps grow by little each time: give them some thousand epochs.",
        done: () => this.diverged() && this.walk.at(-1).rate < 0.18,
      },
      {
        words: "From w = 0 and b = 0, bring the loss below 0.001 in at most 60 epochs.",
        hint: "Just below the largest rate it swings from wall to wall; somewhat less is fastest.",
        done: () => within(60) && now().loss < 0.001 && same(this.begun, [0, 0]),
      },
    ];
  }

  checks() {
    const answer = ({ w, b }) => Number((w * ASKED + b).toFixed(4));
    return {
      answer: () => answer(descend(KERAS_EPOCHS, KERAS_RATE, 0, 0).at(-1)),
      rate: () => Number(largestRate().toFixed(5)),
      loss: () => lossOf(0, 0),
    };
  }
}

export default mount(Neuron);
