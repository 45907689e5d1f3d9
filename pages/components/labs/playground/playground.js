// A small network that learns before your eyes: every unit shows its own surface, every connection its weight.
// The lab holds the settings, the training and the clock. Its parts, playground/*.js, have each their own nodes and
// state: they read the lab's settings, network, answers and dark, and ask it for all that concerns the others: set,
// put, look, showPlace, remark.
const LEARN_MS = 9,
  DRAW_MS = 12,
  TOLD_EVERY = 120; // ms of a frame for learning and for drawing; ms from one text to the next

class Playground extends Lab {
  build() {
    Object.assign(this, { playing: null, told: 0, cost: 0 });
    [this.training, this.answers, this.remarks] = [new Training(), new Answers(), new Remarks()];
    this.controls = new Controls(this);
    this.diagram = new Diagram(this);
    this.ownPoints = new OwnPoints(this);
    this.plane = new Plane(this, this.ownPoints);
    this.losses = new Losses();
    this.unitFormula = new UnitFormula(this);
    this.script = new FoldedScript("The same network in Keras, with these weights", () =>
      kerasScript(this.settings, this.network, this.training.points),
    );
    this.link = new WeightLink(() => this.carry());
    this.datasets = new DatasetButtons(this.fields.dataset.choices, dataset => this.set({ dataset }));
    this.sight = element("div", "sight", ...this.plane.nodes, ...this.losses.nodes);
    this.desk = element("div", "desk", this.diagram.node, this.sight);
    this.stage.append(this.controls.node, this.desk);
    this.formula.after(this.script.node, this.link.node);
    this.laySide();
    this.host.addEventListener("keydown", event => this.undo(event));
  }

  laySide() {
    this.noiseKnob = this.knob("noise");
    this.strengthKnob = this.knob("strength", "Its strength");
    this.rateKnob = this.knob("rate", "Learning rate");
    [this.dataHead, this.learningHead] = ["Data", "Learning"].map(title => element("h4", "", title));
    this.quick = element("div", "quick"); // on a phone: what is turned most stands above the network
    this.controls.node.after(this.quick);
    this.side.append(
      this.dataHead,
      this.datasets.node,
      this.ownPoints.node,
      this.noiseKnob,
      this.knob("share", "Train share"),
      this.knob("seed"),
      this.learningHead,
      this.rateKnob,
      this.knob("activation"),
      this.knob("batch", "Batch size"),
      this.knob("penalty", "Regularization"),
      this.strengthKnob,
      this.knob("stop", "Stop at epoch"),
      element("h4", "", "View"),
      this.knob("show_test", "Show test points"),
      this.knob("discretize", "Two colours only"),
      this.resetButton(),
    );
  }

  get network() {
    return this.training.network;
  }

  // Ctrl+Z has back points; in a field it has back letters.
  undo(event) {
    const isTyping = ["INPUT", "TEXTAREA"].includes(event.target.tagName);
    if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || isTyping || !this.ownPoints.isOn) return;
    event.preventDefault();
    this.ownPoints.takeBack();
  }

  // ---- what the settings change

  // Weights from a link are those of one structure and one set of points; whatever makes it begin anew drops them.
  settle(settings) {
    const { dataset, noise, share, seed, features, hidden, activation } = settings,
      { known } = this,
      { revision } = this.data;
    const sign = JSON.stringify([dataset, noise, share, seed, features, hidden, activation]);
    const isOther = known && known.sign !== sign && known.revision === revision;
    this.known = { sign, revision };
    return isOther ? { ...settings, weights: [], epoch: 0 } : settings;
  }

  draw() {
    this.drawKnobs();
    const isAnew = this.takeSettings(),
      { hidden, features } = this.settings;
    if (isAnew) this.begin();
    else this.judge();
    const laid = JSON.stringify([hidden, features, Math.round(this.room), this.dark, rem()]);
    if (laid !== this.laid) {
      this.laid = laid;
      this.size();
      this.diagram.lay();
    }
    this.show(true);
    this.datasets.show(this.settings, this.dark);
  }

  // Does the network begin anew with these settings? Then it is said why.
  takeSettings() {
    const { features, hidden, activation, weights } = this.settings;
    const structure = JSON.stringify([features.length, hidden, activation]),
      carried = JSON.stringify(weights);
    const isStructureNew = structure !== this.structure,
      isDataNew = this.takePoints(),
      isCarriedNew = carried !== this.carried;
    if (this.structure && isStructureNew)
      this.remarks.because("The network has another structure now: it begins anew, at epoch 0.");
    else if (this.structure && isDataNew)
      this.remarks.because("Other points, other beginnings: it begins anew, at epoch 0.");
    Object.assign(this, { structure, carried });
    return isStructureNew || isDataNew || isCarriedNew;
  }

  // With points of your own it goes on where it is: only other changes of the data begin anew.
  takePoints() {
    const { dataset, noise, share, seed, features, own } = this.settings,
      dataSign = JSON.stringify([dataset, noise, share, seed, features]);
    const pointSign = JSON.stringify([dataSign, dataset === "own" ? own : 0]),
      isAnew = dataSign !== this.dataSign;
    if (pointSign === this.pointSign) return false;
    Object.assign(this, { dataSign, pointSign });
    this.training.points = new PointSet(this.settings);
    this.plane.showPoints(this.training.points);
    return isAnew;
  }

  // What these settings make of the knobs: some of them have no meaning now.
  drawKnobs() {
    this.placeKnobs(this.host.clientWidth <= 760);
    const { penalty, hidden, show_test: showTest } = this.settings;
    this.host.classList.toggle("dark", this.dark);
    this.ownPoints.show();
    this.noiseKnob.hidden = this.ownPoints.isOn;
    this.strengthKnob.hidden = penalty === "none";
    this.plane.allow(showTest, this.ownPoints.isOn);
    this.controls.showLayers(hidden.length);
  }

  placeKnobs(isNarrow) {
    if (isNarrow === this.isNarrow) return;
    this.isNarrow = isNarrow;
    if (isNarrow) this.quick.append(this.datasets.node, this.rateKnob);
    else {
      this.dataHead.after(this.datasets.node);
      this.learningHead.after(this.rateKnob);
    }
  }

  // How large units and plane are, and how far apart: as the room and the widest layer allow.
  size() {
    const { hidden } = this.settings,
      r = rem(),
      isWide = this.room > 500 * r,
      isDeep = hidden.length > 4,
      most = Math.max(7, ...hidden);
    const side = (most > 12 ? 26 : most > 9 || isDeep ? 31 : 40) * r;
    const plane = isWide
      ? clamp(this.room * (isDeep ? 0.32 : 0.36), 200 * r, 320 * r)
      : Math.min(this.room - 2, 360 * r);
    const free = (isWide ? this.room - plane - 28 * r : this.room) - 3.3 * 16 * r - (hidden.length + 2) * side - 14;
    const sizes = {
      unit: side,
      gap: clamp(free / (hidden.length + 1), 25 * r, 92 * r),
      between: most > 9 ? 4 * r : 8 * r,
      plane,
    };
    this.desk.classList.toggle("tall", !isWide);
    for (const [name, px] of Object.entries(sizes)) this.desk.style.setProperty(`--${name}`, `${px}px`);
  }

  // ---- beginnings

  begin() {
    this.training.begin(this.settings);
    this.answers.begin(this.network, this.settings.features);
    this.cost = 0;
    if (this.training.broken) this.stopClock();
  }

  restart() {
    this.begin();
    this.show(true);
  }

  beginAgain() {
    this.pause();
    if (this.settings.weights.length) this.set({ weights: [], epoch: 0 });
    this.restart();
  }

  reset() {
    if (this.settings.own.length) this.ownPoints.remember();
    this.pause();
    super.reset();
    this.restart();
  }

  recover() {
    const { training, fields } = this,
      { rate, penalty, strength } = this.settings;
    training.recover();
    const steady = penalty === "L2" ? 0.25 / strength : Infinity; // beyond it L2 alone overshoots
    const calmer = clamp(Number(Math.min(rate / 10, steady).toPrecision(3)), fields.rate.low, fields.rate.high);
    this.remarks.because(`Back at epoch ${grouped(training.epoch)}; it goes on with a rate of ${three(calmer)}.`);
    this.set({ rate: calmer });
  }

  // The weights of now go into the link. They are known already: nothing begins anew.
  carry() {
    const weights = this.training.unload().map(value => Number(value.toPrecision(6)));
    this.carried = JSON.stringify(weights);
    this.set({ weights, epoch: this.training.epoch });
  }

  // ---- learning

  play() {
    this.tries++;
    const {
        training,
        settings: { stop },
      } = this,
      isOver = stop && training.epoch >= stop;
    if (isOver)
      this.remarks.because(`It was to stop at epoch ${grouped(stop)}: set a later one, or 0, and it goes on.`);
    if (!training.canLearn || isOver) {
      this.show(true);
      return;
    }
    this.controls.showPlaying(true);
    this.remarks.forget();
    let last = performance.now(),
      owed = 1,
      skipped = 0;
    const frame = () => {
      if (!this.host.isConnected) {
        this.playing = null;
        return;
      }
      const now = performance.now(),
        { pace } = this.controls;
      owed = Math.min(owed + ((now - last) / 1000) * pace, Math.max(1, pace / 4));
      last = now;
      const learned = this.learn(owed, now + LEARN_MS);
      owed -= learned;
      // A large network is drawn less often, so that drawing never takes the time from learning.
      if (learned && (++skipped * DRAW_MS >= this.cost || !this.playing)) {
        skipped = 0;
        this.show(!this.playing);
      }
      if (this.playing) this.playing = requestAnimationFrame(frame);
    };
    this.playing = requestAnimationFrame(frame);
  }

  pause() {
    const wasPlaying = this.playing;
    this.stopClock();
    if (wasPlaying) this.show(true);
  }

  stopClock() {
    cancelAnimationFrame(this.playing);
    this.playing = null;
    this.controls.showPlaying(false);
  }

  once() {
    this.pause();
    if (this.training.canLearn) {
      this.remarks.forget();
      this.learn(1, Infinity);
    }
    this.show(true);
  }

  learn(owed, until) {
    const { training, settings } = this,
      learned = training.learn(owed, until, settings),
      isOver = learned && training.epoch === settings.stop;
    if (isOver) this.remarks.because(`Paused at epoch ${grouped(settings.stop)}, as you wished.`);
    if (isOver || training.broken) this.stopClock();
    if (learned) this.judgeTasks();
    return learned;
  }

  // The network, its weights or its points have changed without an epoch.
  judge() {
    this.training.measure();
    if (this.training.broken) this.stopClock();
  }

  // A weight set by hand; its place as in wires.js.
  put(which, value) {
    setWeight(this.network, which, value);
    this.training.isFresh = false;
    this.judge();
    this.remarks.because("Set by hand. Learning goes on from here; Begin again brings the seed's weights back.");
    this.show(true);
    this.judgeTasks();
  }

  // ---- drawing

  // Everything that the weights change; texts only now and then, as nobody reads sixty of them a second.
  show(inFull = false) {
    const begun = performance.now();
    this.answers.fill();
    this.diagram.paint();
    this.showUnit();
    this.controls.showEpoch(this.training.epoch);
    if (inFull || begun - this.told > TOLD_EVERY) {
      this.told = begun;
      this.showTexts();
    }
    if (!this.playing) {
      this.plane.refine(this.diagram.shown);
      this.script.show();
    }
    this.cost = 0.7 * this.cost + 0.3 * (performance.now() - begun);
  }

  showUnit() {
    this.diagram.markShown();
    this.plane.paint(this.diagram.shown);
  }

  showTexts() {
    this.losses.show(this.training, this.sight.clientWidth || 240);
    this.controls.showBroken(this.training.broken);
    this.link.show(this.network, this.settings);
    this.diagram.card.refresh(this.diagram.near);
    this.showRemark();
    this.showPlace();
  }

  // Another unit is shown large, or is so no more.
  look(isTapped = false) {
    if (isTapped) bringIntoView(this.sight);
    this.showUnit();
    this.diagram.paintWires();
    this.unitFormula.show(this.diagram.shown, this.plane.point);
    this.plane.refine(this.diagram.shown);
  }

  // Another place is pointed at, or none.
  showPlace() {
    const { plane, diagram } = this;
    this.desk.classList.toggle("pointing", plane.isPointing);
    if (plane.isPointing) diagram.writeAnswers(this.answers.at(plane.point));
    this.unitFormula.show(diagram.shown, plane.point);
  }

  remark(words) {
    this.remarks.because(words);
    this.showRemark();
  }

  showRemark() {
    const words = this.remarks.now(this.settings, this.training);
    if (words !== this.said.textContent) this.say(words);
  }

  // ---- tasks and known answers

  tasks() {
    const isPlain = () => this.settings.features.every(name => name === "x" || name === "y");
    const knows = (dataset, share) => this.settings.dataset === dataset && this.training.now.test.accuracy >= share;
    return [
      {
        words: "Before you look: with linear as activation, how many hidden layers does xor need from x and y alone?",
        choices: ["one", "two", "six", "no number is enough"],
        right: 3,
        why: "A line of lines is a line: without a bend, layers add up to a single one.",
        until: {
          words: "have let linear layers learn xor for 50 epochs",
          done: () =>
            this.settings.activation === "linear" && this.settings.dataset === "xor" && this.training.epoch >= 50,
        },
      },
      {
        words:
          "Learn xor from x and y alone, 95 % right on the test points, with one hidden layer of at most four units.",
        hint: "Three lines may do; some starts need another seed, or patience.",
        done: () =>
          knows("xor", 0.95) && isPlain() && this.settings.hidden.length === 1 && this.settings.hidden[0] <= 4,
      },
      {
        words: "Learn the circle without any hidden layer, 95 % right.",
        hint: "Which features make a circle a straight line?",
        done: () => knows("circle", 0.95) && !this.settings.hidden.length,
      },
      {
        words: "Learn the spirals, 90 % right on the test points.",
        hint: "Two layers of eight, patience, and perhaps the sines.",
        done: () => knows("spirals", 0.9),
      },
    ];
  }

  checks() {
    return knownAnswers();
  }
}

export default mount(Playground);
