// Logistic regression on pixels: a picture flattened into a column, one weight for every entry, trained here from zero.
// The lab holds the settings, the walk, and which picture and entry are taken apart. Its parts, logistic/*.js, have
// each their own nodes: they read the lab's pack, model, chosen, at, says, step and dark, and ask it for what concerns
// the others: set, open, point, leave.
const FAR = 100,
  FRAME_MS = 12; // steps of one press; ms of a frame for learning

class LogisticRegression extends Lab {
  build() {
    Object.assign(this, { at: 0, channel: 0, pointing: false, walk: null, dealt: null });
    this.supply = new Supply({ goBack: dataset => this.goBack(dataset), again: () => this.act("again", Date.now()) });
    this.tiles = new Tiles(this);
    this.apart = new PictureApart(this);
    this.weights = new WeightImages(this);
    this.curves = new StepCurves();
    this.shapes = new Shapes();
    const write = () => kerasScript(this.settings, this.offer, this.pack, this.step);
    this.script = new FoldedScript("The same in Keras", write, { note: SCRIPT_NOTE, isSeenFromEnd: true });
    this.pair = new PairSection(this, () => (this.walk ? this.model.z[this.chosen] : null));
    const learning = element(
      "section",
      "learning",
      this.controls(),
      element("div", "row grown", this.weights.node, this.curves.node),
    );
    this.body = element(
      "div",
      "body",
      this.tiles.node,
      this.apart.node,
      learning,
      this.said,
      this.formula,
      this.script.node,
    );
    this.stage.append(this.supply.notice, this.body);
    this.buildSide();
    this.taskList.before(this.pair.node);
  }

  controls() {
    const onStep = at => {
      cancelAnimationFrame(this.rushing);
      this.walkTo(at);
    };
    this.player = new Player({ length: () => MOST_STEPS + 1, interval: 70, onStep, label: "Gradient descent" });
    this.player.toggle.addEventListener("click", () => cancelAnimationFrame(this.rushing));
    this.onward = button(`${FAR} steps`, () => this.far(FAR));
    this.steps = element("span", "count");
    return element(
      "div",
      "row middle controls",
      this.player.node,
      this.onward,
      button("Back to w = 0", () => this.restart(), "reset"),
      this.steps,
    );
  }

  // Which pictures, and how it learns: on a phone the first comes before the lab, the second after it.
  buildSide() {
    const titles = Object.fromEntries(this.data.offered.map(name => [name, this.data.choices[name].title || name]));
    this.fields = { ...this.fields, dataset: { ...this.fields.dataset, choices: this.data.offered, titles } };
    this.classes = new ClassChoice(this);
    this.count = element("small", "");
    this.back = button("", () => {
      this.set({ rate: this.steady });
      this.restart();
    });
    this.back.classList.add("primary");
    this.back.hidden = true;
    this.side.append(
      element("div", "which", this.knob("dataset", "Pictures"), this.classes.node, this.count),
      element(
        "div",
        "how",
        this.knob("rate", "Learning rate"),
        this.back,
        this.knob("share", "Train share"),
        this.knob("seed"),
        this.shapes.node,
        this.resetButton(),
      ),
    );
  }

  // ---- which classes

  settle(settings) {
    return this.classes.settle(settings);
  }

  get isAgainstAll() {
    return this.settings.against === ALL_OTHERS;
  }

  get offer() {
    return this.data.choices[this.settings.dataset];
  }

  // To the pictures that are still here, with their classes.
  goBack(dataset) {
    const { against, first, second } = this.pack ?? { ...this.data.choices[dataset], against: "one class" },
      { rate } = this.data.choices[dataset];
    this.classes.settledOn = dataset;
    this.set({ dataset, against, first, second, rate, picture: 0 });
  }

  take(data) {
    const fresh = data.revision !== this.data.revision;
    const isNews = data.pictures?.sign !== this.data.pictures?.sign || !same(data.refused, this.data.refused);
    if (fresh) [this.classes.settledOn, this.dealt] = [null, null];
    super.take(data);
    if (!fresh && isNews) this.refresh();
  }

  // ---- what the parts read

  get pack() {
    return this.supply.pack;
  }
  get model() {
    return this.walk.model;
  }
  get step() {
    return this.walk?.step ?? 0;
  }
  get isLoaded() {
    return this.supply.isFor(this.settings);
  }

  // ---- drawing: what changes with the settings, the pictures and the room

  draw() {
    this.supply.adopt(this.data, this.settings);
    this.supply.tell(this.data, this.settings);
    this.classes.show();
    const { pack, isLoaded } = this;
    this.body.hidden = !pack;
    this.body.classList.toggle("stale", !isLoaded);
    this.pair.draw(pack?.names ?? ["class 1", "class 2"]);
    if (!isLoaded) {
      this.waitForPictures();
      return;
    }
    this.dealOut();
    this.chosen = this.settings.picture < this.model.z.length ? this.settings.picture : 0;
    this.says = Object.assign([...pack.names], {
      both: `orange speaks for ${pack.names[0]}, blue for ${pack.names[1]}`,
    });
    this.shapes.show(pack, this.model.train.length);
    this.countPictures();
    this.lay();
    this.show();
  }

  waitForPictures() {
    this.pause();
    this.tiles.tally.textContent = "The pictures are on their way.";
  }

  // A fresh model when the pictures are dealt out anew; another rate goes on from here.
  dealOut() {
    const { share, seed, rate } = this.settings,
      { sign, inputs } = this.pack,
      dealt = JSON.stringify([sign, share, seed]);
    if (dealt !== this.dealt) {
      this.begin();
      if (this.inputsBefore !== inputs) this.centre();
      if (this.dealt === null && this.settings.step) this.far(this.settings.step);
      else this.note();
      Object.assign(this, { dealt, inputsBefore: inputs });
    } else if (rate !== this.rated) this.walk.forgetAhead();
    this.rated = rate;
  }

  countPictures() {
    const { counts, taken, names, total } = this.pack,
      zero = grouped(counts[0]),
      isWhole = total === counts[0] + counts[1];
    const most = this.isAgainstAll
      ? `${grouped(taken[1])} of ${names[1]} and ${grouped(taken[0])} of each other class`
      : `${taken[1]} of each class`;
    const told = isWhole
      ? this.isAgainstAll && ": the whole dataset"
      : `: at most ${most}, so that they travel and learn quickly`;
    this.count.textContent = `${zero} + ${counted(counts[1], "picture")}${told || ""}.`;
  }

  lay() {
    const {
        room,
        pack: { channels },
      } = this,
      r = rem(),
      isGrey = channels === 1;
    this.apart.lay(room);
    const { drawn } = this.apart,
      side = isGrey ? drawn / r + 1 : room < 420 * r ? 100 : 130;
    this.weights.lay(side, isGrey ? drawn : null);
    this.curves.lay(room, isGrey ? drawn : 3 * 130 * r, isGrey);
    this.tiles.lay(room, this.dealt);
  }

  // ---- what changes with every step

  show() {
    const { walk } = this,
      limit = Math.max(largest(walk.model.w), walk.faint);
    this.weights.show(limit);
    this.apart.showProducts(walk.faint);
    this.curves.show(walk);
    this.tiles.show();
    this.showEntry();
    this.script.show();
    this.pair.showTake();
    this.showWay();
  }

  // How it can go on.
  showWay() {
    const { walk } = this;
    this.steady = this.calmRate();
    this.back.hidden = this.settings.rate <= walk.largestRate && !walk.ranAway;
    this.back.textContent = `Take ${three(this.steady)} and begin again`;
    this.steps.textContent = `step ${grouped(walk.step)}`;
    this.onward.disabled = walk.isOver;
  }

  // The largest rate of the knob that is safe on these pictures, with some room.
  calmRate() {
    return this.fields.rate.steps.findLast(rate => rate < 0.7 * this.walk.largestRate) ?? this.fields.rate.low;
  }

  // ---- one entry of the column, shown everywhere

  pointAt(row, column, channel = this.channel) {
    this.point(flatIndex(row, column, channel, this.pack.width, this.pack.channels));
  }

  // centred: the magnified rows follow at once.
  point(index, centred = false) {
    if (!this.walk) return;
    const { inputs, width, channels } = this.pack;
    this.at = clamp(index, 0, inputs - 1);
    this.channel = placeOf(this.at, width, channels)[2];
    this.pointing = true;
    this.apart.column.follow(this.at, centred);
    this.showEntry();
    this.judgeTasks();
  }

  leave() {
    if (!this.pointing) return;
    this.pointing = false;
    this.showEntry();
  }

  // Begins in the middle of the picture.
  centre() {
    const { height, width, channels } = this.pack;
    this.at = flatIndex(height >> 1, width >> 1, 0, width, channels);
    this.channel = 0;
    this.apart.column.follow(this.at, true);
  }

  showEntry() {
    const {
        walk,
        pack: { width, channels },
        pointing,
      } = this,
      [row, column, channel] = placeOf(this.at, width, channels);
    const box = [row, row + 1, column, column + 1];
    this.apart.showEntry(box, Math.max(largest(walk.model.w), walk.faint));
    this.weights.frame(box, pointing ? channel : null);
    this.formula.replaceChildren(...formulaOf(this));
    this.say(...(pointing ? wordsOfEntry(this) : wordsOfStep(walk, this.settings.rate, this.says)));
  }

  // ---- training

  begin() {
    this.pause();
    this.walk = new Walk(this.pack, this.settings);
    this.player.at = 0;
  }

  restart() {
    if (!this.isLoaded) return;
    this.begin();
    this.note();
    this.show();
  }

  // The link holds the step. Nothing is drawn anew for it.
  note() {
    const { step } = this;
    if (step === this.settings.step) return;
    this.settings = { ...this.settings, step };
    keptSettings.set(this.name, { revision: this.data.revision, settings: this.settings });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), TELL_AFTER);
  }

  pause() {
    cancelAnimationFrame(this.rushing);
    this.player.pause();
  }

  walkTo(at) {
    if (!this.isLoaded) {
      this.pause();
      return;
    }
    const { walk } = this;
    walk.goTo(at, this.settings.rate);
    this.player.at = walk.step;
    if (walk.ranAway || walk.isOver) this.pause();
    this.note();
    this.show();
    this.judgeTasks();
  }

  // Many steps, as many in each frame as its time allows, so that the weights are seen to grow.
  far(count) {
    this.pause();
    if (!this.isLoaded) return;
    const { walk } = this,
      goal = Math.min(MOST_STEPS, walk.step + count),
      goesOn = () => walk.step < goal && !walk.ranAway;
    walk.warn();
    const frame = () => {
      const until = performance.now() + FRAME_MS;
      do walk.advance(this.settings.rate);
      while (goesOn() && performance.now() < until);
      this.walkTo(walk.step);
      if (goesOn() && this.host.isConnected) this.rushing = requestAnimationFrame(frame);
    };
    if (goesOn()) this.rushing = requestAnimationFrame(frame);
  }

  reset() {
    super.reset();
    this.restart();
  }

  open(j) {
    this.opened = j;
    this.set({ picture: j });
  }

  // ---- tasks and checks

  tasks() {
    const now = () => this.walk.now,
      isMissed = j => !this.model.isTrain(j) && !this.model.isRight(j);
    return [
      {
        words: "After 50 steps or more, open a held-out picture that it gets wrong: which pixels misled it?",
        hint: "Choose wrong above the pictures, press one, and look at its products.",
        done: () => this.step >= 50 && this.opened === this.chosen && isMissed(this.chosen),
      },
      {
        words: "Let it learn by heart: all training pictures right, and at most 70 % of those held out.",
        hint:
          "Colour shapes have thousands of inputs and few " +
          "pictures. Walk on, or take a smaller share to learn from.",
        done: () => this.step > 0 && now().train.accuracy === 1 && now().test.accuracy <= 0.7,
      },
      {
        words: "Give the second class a probability of 0.73 with both logits above 2.",
        hint: "Which difference gives 0.73? It is that of 0 and 1.",
        done: () =>
          this.settings.z1 > 2 &&
          this.settings.z2 > 2 &&
          Math.abs(pairSoftmax(this.settings.z1, this.settings.z2)[1] - 0.73) < 0.0051,
      },
    ];
  }

  checks() {
    const hand = () => {
      // two pictures of two pixels, in bytes 255 times larger than the numbers that a reader sees
      const model = new PixelRegression(
        { pixels: [765, 1020, 255, 510], inputs: 2, counts: [1, 1] },
        { train: [0, 1], test: [] },
      );
      model.forward();
      return model;
    };
    return {
      inputs: () => flatIndex(63, 63, 2, 64, 3) + 1,
      index: () => flatIndex(2, 5, 1, 64, 3),
      shapes: () => {
        const n = flatIndex(63, 63, 2, 64, 3) + 1;
        return [
          [n, 209],
          [1, 209],
          [n, 1],
          [1, 209],
        ];
      },
      unsure: () => Number(hand().measure([0, 1]).loss.toFixed(6)),
      gradient: () => {
        const model = hand();
        model.gradient();
        return [...model.slope];
      },
      differences: () => [0, 1].map(i => Number(hand().slopeOf(i).measured.toFixed(6))),
      softmax: () => Number(pairSoftmax(1, 3)[1].toFixed(6)),
    };
  }
}

export default mount(LogisticRegression);
