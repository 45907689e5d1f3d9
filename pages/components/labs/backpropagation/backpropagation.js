// Back-propagation by hand: a graph of small matrices; values flow right, gradients flow back, every number can be
// taken apart.
const { forward, backward, numerical, update, termsOf, from: sourcesOf, gradientsOf, count, like } = BACKPROPAGATION;
const { shareOf, conventional } = BACKPROPAGATION;
const LOSSES = ["mean", "sum", "note"];
const MOST_ROUNDS = 2000,
  FEW_ROUNDS = 300,
  MOST_SIZE = 1e6; // the last: of a weight that is typed

class BackPropagation extends Lab {
  build() {
    this.player = new Player({
      length: () => this.most() + 1,
      interval: 900,
      onStep: at => this.walkTo(at),
      onRest: () => this.set({}), // the address follows when it stands still
      label: "Forward, backward, update",
    });
    const press = event => this.press(event);
    this.player.node.onkeydown = press;
    const onPoint = (...cell) => this.point(...cell),
      onEdit = (...change) => this.edit(...change);
    this.graph = new ComputationGraph(this, { onPoint, onEdit, onKey: press });
    this.walks = new Rounds(this.data.guard.epsilon);
    this.story = new Story(this);
    this.check = new GradientCheck(this);
    this.own = new OwnNumber(this);
    this.guard = new Guard(() => this.still({ start: SURE[this.settings.system], step: this.long - 1 }));
    this.mistakes = new Mistakes(this);
    this.curve = new RoundCurve();
    this.stage.append(...this.head(), element("div", "scroll", this.graph.node));
    this.formula.after(
      element("div", "proof", element("h3", "", "Is it right?"), ...this.check.nodes, this.own.node, this.guard.node),
    );
    this.side.append(this.knob("rate", "Learning rate"), ...this.curve.nodes, ...this.mistakes.nodes);
  }

  // The row of the system, and the row of the walk.
  head() {
    this.placeKnob = this.knob("epsilon_in", "ε stands in");
    this.about = element("div", "about");
    this.where = element("span", "where");
    const far = button("100 rounds", () => {
      this.player.pause();
      this.walkTo(this.settings.step + 100 * this.long);
      this.set({});
    });
    const again = button("Back to the start", () => this.still({ step: 0 }));
    return [
      element("div", "row middle", this.knob("system"), this.knob("loss", "Loss"), this.placeKnob),
      this.about,
      element("div", "row middle walk", this.player.node, far, again, this.where),
    ];
  }

  // ---- settings

  settle(settings) {
    const { system, loss, epsilon_in: epsilonIn } = settings,
      { known } = this,
      { revision } = this.data;
    const isOther = known && known.system !== system && known.revision === revision;
    this.system = this.systemOf(system, loss, epsilonIn);
    this.gradients = gradientsOf(this.system);
    this.order = [
      ...this.system.operations.map(({ name }) => name),
      "d_loss",
      ...this.gradients.map(({ name }) => name),
      "update",
    ];
    if (known?.system !== system) this.forget();
    this.known = { system, revision };
    // a system opens on its first round, filled in up to the update
    return isOther
      ? { ...settings, start: [], slips: [], step: this.long - 1, rate: this.system.rate }
      : this.fitting(settings);
  }

  // Under a convention; the same object for the same, so that what is laid out for it stays.
  systemOf(name, loss, epsilonIn) {
    this.made ??= new Map();
    const key = [name, loss, epsilonIn].join();
    if (!this.made.has(key)) this.made.set(key, conventional(this.data.systems[name], loss, epsilonIn));
    return this.made.get(key);
  }

  // What the other conventions have for the gradients at these weights: [{ words, gradients }].
  otherGradients(parameters) {
    const { system, loss: own, epsilon_in: epsilonIn } = this.settings,
      { epsilon } = this.data.guard;
    return LOSSES.filter(loss => loss !== own).map(loss => {
      const other = this.systemOf(system, loss, epsilonIn);
      return { words: lossWords(this.system, loss), gradients: backward(other, forward(other, parameters, epsilon)) };
    });
  }

  // What a link says of another system's weights or gradients has no place in this one.
  fitting({ start, slips, step, ...settings }) {
    const size = Object.values(this.system.start).flat(2).length,
      known = mistakesOf(this.gradients).map(([name, slip]) => `${name}:${slip}`);
    const legal = {
      start: start.length === size ? start : [],
      slips: slips.filter(slip => known.includes(slip)),
      step: Math.min(step, this.most()),
    };
    return { ...settings, ...legal };
  }

  forget() {
    this.seen = null;
    this.mistakes.forget();
  }

  reset() {
    this.player.pause();
    this.forget();
    super.reset();
  }

  // Other settings, seen at rest.
  still(changes) {
    this.player.pause();
    this.set(changes);
  }

  // A step is one operation forward, one gradient back, or the update; a round is all of them.
  get long() {
    return this.order.length;
  }
  most() {
    return MOST_ROUNDS * this.long;
  }
  get round() {
    return this.settings.step ? Math.floor((this.settings.step - 1) / this.long) : 0;
  }
  get phase() {
    return this.settings.step ? ((this.settings.step - 1) % this.long) + 1 : 0;
  } // how many steps of the round are done
  get doing() {
    return this.order[this.phase - 1] ?? "";
  }
  get now() {
    return this.rounds[Math.min(this.round, this.rounds.length - 1)];
  }
  knows(name) {
    return name in this.system.data || name in this.system.start || this.order.indexOf(name) < this.phase;
  }
  get isBroken() {
    return Object.keys(this.slips()).length > 0;
  }
  slips() {
    return { ...Object.fromEntries(this.settings.slips.map(slip => slip.split(":"))), ...this.mistakes.hidden };
  }

  parameters() {
    const { start } = this.system,
      flat = [...this.settings.start];
    if (!flat.length) return start;
    return Object.fromEntries(Object.entries(start).map(([name, value]) => [name, like(value, () => flat.shift())]));
  }

  // ---- the walk

  walk(slips, until) {
    const { system, loss, epsilon_in: epsilonIn, rate } = this.settings,
      name = [system, loss, epsilonIn].join();
    return this.walks.until(until, { name, system: this.system, parameters: this.parameters(), rate, slips });
  }

  walkTo(at) {
    const step = clamp(at, 0, this.most()),
      rounds = this.walk(this.slips(), Math.floor(Math.max(0, step - 1) / this.long));
    const last = rounds.length * this.long,
      isEnd = step >= last && !(rounds.at(-1).loss < TOO_LARGE);
    this.seen = null;
    const reached = isEnd ? Math.min(step, last) : step;
    if (this.player.timer && !isEnd) {
      this.settings = { ...this.settings, step: reached };
      this.refresh();
      return;
    }
    if (this.player.timer) this.player.pause();
    this.set({ step: reached });
  }

  press(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by || (event.target !== this.graph.node && event.target.tagName !== "BUTTON")) return;
    event.preventDefault();
    this.player.step(by);
  }

  // The other weights stay as they are seen, as far as they have not run away.
  edit(name, i, j, value) {
    const now = this.shown(),
      legal = one => (Number.isFinite(one) ? clamp(one, -MOST_SIZE, MOST_SIZE) : 0);
    const edited = key =>
      like(now[key], (r, c) => (key === name && r === i && c === j ? value : legal(now[key][r][c])));
    this.still({ start: Object.keys(this.system.start).flatMap(key => edited(key).flat()), step: 0 });
  }

  // The values to be seen: after the update the weights are the new ones.
  shown() {
    return this.phase === this.long ? { ...this.now.all, ...this.now.after } : this.now.all;
  }

  // ---- drawing

  draw() {
    this.lay();
    this.rounds = this.walk(this.slips(), this.round);
    const last = this.rounds.length * this.long; // where it ran away
    if (this.settings.step > last) this.settings = { ...this.settings, step: last };
    this.player.at = this.settings.step;
    this.graph.show(this.doing);
    this.placeKnob.hidden = !SURE[this.settings.system];
    const title = this.system.title.replace("-", "\u2212");
    this.about.textContent = `${title}; loss: ${lossWords(this.system, this.settings.loss)}`;
    this.where.textContent = `round ${grouped(this.round + 1)}, step ${this.phase} of ${this.long}`;
    this.check.show();
    this.drawCurve();
    this.mistakes.show();
    this.guard.show(this);
    this.explain();
  }

  lay() {
    if (this.laid === this.system) return;
    this.laid = this.system;
    for (const part of [this.graph, this.mistakes, this.check, this.own]) part.lay();
  }

  drawCurve() {
    const { isBroken, round } = this,
      right = isBroken ? this.walk({}, round) : this.rounds;
    this.curve.isElsewhere = this.check.elsewhere > 0 && !this.check.failing; // no mistake, but another convention
    this.curve.show(right, isBroken ? this.rounds : null, round, Math.min(this.side.clientWidth || 280, 420));
  }

  // ---- one number taken apart

  point(name, i, j) {
    this.seen = name && this.knows(name) ? { name, i, j } : null;
    this.explain();
  }

  // Without a number under the pointer: the first of the last step.
  explain() {
    const { doing } = this,
      first = doing === "update" ? Object.keys(this.system.start)[0] : doing;
    const cell = this.seen ?? { name: first || "x", i: 0, j: 0 },
      [lines, cells] = this.story.tell(cell);
    this.graph.mark(cell, cells);
    this.formula.replaceChildren(...lines.map(parts => element("div", "", ...parts)));
    if (this.now.loss < TOO_LARGE) this.say(...this.story.sentence(doing));
    else
      this.say(`In round ${this.rounds.length} the loss is beyond all bounds: ${this.whyAway()} `, this.backButton());
  }

  // The same rounds with the right gradients tell whether the mistake is the cause, or the rate.
  whyAway() {
    const right = this.isBroken ? this.walk({}, this.rounds.length - 1).at(-1).loss : Infinity;
    return right < TOO_LARGE
      ? "the broken gradient led there, with the right ones it stays small at this rate."
      : `at a rate of ${three(this.settings.rate)} the steps overshoot, further each time.`;
  }

  backButton() {
    return button(`Take ${this.system.rate} and begin again`, () => {
      this.graph.node.focus(); // this button goes
      this.set({ rate: this.system.rate, start: [], slips: [], step: 0 });
    });
  }

  // ---- what the server says

  take(data) {
    const answered = !same([data.tape?.id, data.tape?.turn], [this.data.tape?.id, this.data.tape?.turn]);
    super.take(data);
    if (answered) {
      this.check.take();
      this.judgeTasks();
    }
  }

  // ---- tasks and known answers

  tasks() {
    return [
      {
        words: "Hide a mistake and find the broken gradient at the first guess, twice in a row.",
        hint:
          "Point at the first number of each gradient: where the sum written out does not give the number behind it, " +
          "something is missing. All gradients before that one are right.",
        done: () => this.mistakes.isFound,
      },
      {
        words:
          "At the start of linear, work out d_W or d_b under another loss than the chosen one, and have it judged.",
        hint: "The differences layer − y are 2.5, 1, −0.5, −2, −3.5 and −5. What does each loss make of them?",
        done: () => this.own.isFound,
      },
      {
        words: `Bring XOR's loss below 0.1 in at most ${FEW_ROUNDS} rounds, without mistakes.`,
        hint: "A larger learning rate goes further each round; 5 is not too much here.",
        done: () => this.settings.system === "xor" && !this.isBroken && this.round <= FEW_ROUNDS && this.now.loss < 0.1,
      },
      {
        words: "Make the check fail while the loss never rises, for ten rounds or more.",
        hint: "A factor that is never negative changes only how long a step is; sigmoid has one.",
        done: () => this.settings.slips.length > 0 && this.check.failing > 0 && this.round >= 10 && this.neverRose(),
      },
    ];
  }

  neverRose() {
    return this.rounds.slice(1, this.round + 1).every(({ loss }, i) => loss <= this.rounds[i].loss);
  }

  checks() {
    const { systems, guard, checks } = this.data,
      answer =
        (name, value, loss = "mean") =>
        () => {
          const system = conventional(systems[name], loss, "loss"),
            flat = backward(system, forward(system, system.start, guard.epsilon))[value].flat();
          return flat.length > 1 ? flat : flat[0];
        };
    return Object.fromEntries(checks.map(({ id }) => [id, answer(...id.split(":"))]));
  }
}

export default mount(BackPropagation);
