// XOR with three networks: the plane they split, what the hidden layer does to the four corners, and many starts side
// by side.
const SLICE = 10,
  SHOWN_EVERY = 200; // ms of training in one frame of the screen; from one showing of the starts to the next

class XOR extends Lab {
  build() {
    this.seen = { learned: false, failed: false, line: false };
    this.starts = new Starts();
    this.cards = new NetworkCards(net => this.set({ net }));
    this.plane = new InputPlane();
    this.hiddenPlane = new HiddenPlane();
    this.curve = new LossCurve(step => this.goTo(step));
    this.strip = new StartStrip(seed => this.pick(seed));
    this.buildPlayer();
    this.layPanes();
    this.calm = button("Take 0.1 and begin again", () => this.set({ rate: 0.1 }));
    const knobs = [
      this.knob("first_weights", "First weights"),
      this.knob("rate", "Learning rate"),
      this.knob("seed"),
      this.knob("activation", "Hidden activation"),
      this.knob("steps"),
      this.knob("starts", "Starts side by side"),
    ];
    this.side.append(...knobs, this.calm, this.resetButton());
    this.calm.classList.add("primary");
  }

  layPanes() {
    const pane = (title, note, ...nodes) => element("div", "pane", element("h4", "", title, note), ...nodes);
    const small = text => element("small", "", text);
    const answered = pane("What it answers", small("blue: one, orange: zero"), this.plane.node);
    const loss = pane(
      "Loss",
      small("dashed: ln 2 = 0.693, the cost of guessing; click to go to a step"),
      ...this.curve.nodes,
    );
    this.hiddenPane = pane("In the hidden layer", this.hiddenPlane.note, this.hiddenPlane.node);
    this.why = element("div", "pane");
    loss.classList.add("loss");
    this.panes = element("div", "panes", answered, this.hiddenPane, this.why, this.transport);
    this.stage.append(this.cards.node, this.panes);
    this.stage.after(loss);
    this.script = new FoldedScript("The same network in Keras", () => xorScript(this.settings));
    this.formula.after(this.strip.node, this.script.node);
  }

  buildPlayer() {
    const show = frame => {
      this.goTo(this.film.stride * frame, frame);
      if (this.at >= this.last()) this.player.pause();
    };
    this.player = new Player({
      length: () => Math.ceil(this.last() / this.film.stride) + 1,
      interval: 160,
      label: "Learning",
      onStep: show,
      onRest: () => this.noteStep(),
    });
    this.scrub = Object.assign(element("input", "scrub"), { type: "range", min: 0, step: 1 });
    this.scrub.setAttribute("aria-label", "Step shown; arrow keys go one step");
    this.scrub.oninput = () => {
      this.player.pause();
      this.goTo(Number(this.scrub.value));
    };
    this.count = element("span", "count");
    this.all = button("All steps", () => {
      this.player.pause();
      this.toEnd();
    });
    const back = button("Back to the start", () => {
      this.player.pause();
      this.goTo(0);
    });
    this.transport = element(
      "div",
      "transport wide",
      element("div", "row middle", this.player.node, this.all, back, this.count),
      this.scrub,
    );
  }

  // ---- the run that is shown

  // Another run begins at its start; the link holds the step that is shown.
  settle(settings) {
    const { net, activation, rate, steps, seed, first_weights: first } = settings,
      sign = JSON.stringify([net, activation, rate, steps, seed, first]),
      { known } = this,
      { revision } = this.data;
    const isOther = known && known.sign !== sign && known.revision === revision;
    this.known = { sign, revision };
    return isOther ? { ...settings, step: 0 } : { ...settings, step: Math.min(settings.step, steps) };
  }

  draw() {
    const { net, steps, starts, step } = this.settings,
      wanted = this.known.sign;
    this.host.classList.toggle("dark", this.dark);
    const { revision } = this.data,
      isLinked = this.followed !== revision;
    this.followed = revision;
    if (wanted !== this.wanted) this.begin(wanted);
    else if (isLinked && !this.film.done) this.sought = step;
    else if (isLinked) this.goTo(step);
    this.cards.mark(net);
    this.hiddenPane.hidden = net === "1 unit";
    this.why.hidden = net !== "1 unit";
    this.scrub.max = steps;
    this.all.textContent = `All ${counted(steps, "step")}`;
    this.layPlots();
    this.strip.lay(starts);
    this.script.show();
    this.show();
    this.showStarts(true);
    this.work();
  }

  reset() {
    this.wanted = null; // begins anew even where nothing else changes
    super.reset();
  }

  begin(wanted) {
    this.wanted = wanted;
    this.player.pause();
    this.player.at = 0;
    this.film = new Film(this.settings);
    this.at = 0;
    this.hiddenPlane.begin();
    this.ending = Boolean(this.wantsEnd);
    this.wantsEnd = false;
    this.sought = this.ending ? 0 : this.settings.step;
    this.film.advance(this.clock(SLICE));
  }

  filmEnded() {
    this.hiddenPlane.begin();
    const isHeld = this.ending || this.at > this.film.at;
    this.ending = false;
    this.layPlots();
    this.goTo(isHeld ? this.film.at : this.sought || this.at);
  }

  last() {
    return this.film.done ? this.film.at : this.settings.steps;
  }

  toEnd() {
    if (!this.film.done) {
      this.ending = true;
      return;
    }
    this.goTo(this.film.at);
  }

  goTo(step, frame = Math.round(step / this.film.stride)) {
    this.at = clamp(step, 0, this.film.at);
    this.sought = 0;
    this.tries++;
    this.player.at = frame;
    this.show();
    if (!this.player.timer) this.noteStep();
    this.judgeTasks();
  }

  noteStep() {
    this.note({ step: this.at });
  }

  // A start from the strip is shown as it ended.
  pick(seed) {
    bringIntoView(this.panes);
    if (seed === this.settings.seed) {
      this.toEnd();
      return;
    }
    this.wantsEnd = true;
    this.set({ seed });
    if (this.film.done) this.filmEnded();
  }

  // ---- training in the background, in slices of one frame

  clock(most) {
    const begun = performance.now();
    return () => performance.now() - begun > most;
  }

  work() {
    if (this.working) return;
    this.working = true;
    const turn = () => {
      if (!this.host.isConnected) {
        this.working = false;
        return;
      }
      const until = this.clock(SLICE);
      let more = true;
      while (more && !until()) more = this.workOn(until);
      if (more) requestAnimationFrame(turn);
      else {
        this.working = false;
        this.showStarts(true);
      }
    };
    requestAnimationFrame(turn);
  }

  // The shown start first, then the many.
  workOn(until) {
    if (this.film.done) return this.starts.work(this.settings, until, isLast => this.showStarts(isLast));
    if (this.film.advance(until)) this.filmEnded();
    return true;
  }

  // ---- drawing

  layPlots() {
    const isAlone = this.room <= 520 && this.settings.net === "1 unit", // its table needs the room beside
      wide = isAlone ? Math.min(this.room, 240 * rem()) : (this.room - (this.room <= 520 ? 12 : 24)) / 2,
      r = rem(),
      side = Math.min(wide, 330 * r);
    const height = side - 10 * r; // so that both axes are as long as each other
    this.panes.classList.toggle("one", isAlone);
    this.plane.lay(side, height);
    this.hiddenPlane.lay(side, height, this.film);
    this.curve.lay(this.room, this.film);
  }

  show() {
    const { film, at } = this,
      network = film.networkAt(at),
      answers = (this.answers = answersOf(network)),
      { net, activation } = this.settings;
    this.plane.show(network, this.dark);
    if (net === "1 unit") this.why.replaceChildren(...inequalitiesOf(network.layers[0]));
    else this.hiddenPlane.show(network, this.dark);
    this.curve.show(film, at);
    this.scrub.value = at;
    this.showCount();
    this.calm.hidden = !film.ran;
    this.noteSeen();
    this.formula.replaceChildren(...formulaOf(network, activation, answers, measureCorners(network)));
    this.say(...remarksOf(film, at, network, answers));
  }

  showCount() {
    const bold = text => element("b", "", text),
      loss = this.film.loss[this.at]?.toFixed(3) ?? "–",
      right = rightOf(this.answers);
    this.count.replaceChildren(
      "step ",
      bold(grouped(this.at)),
      ` of ${grouped(this.settings.steps)}, loss `,
      bold(loss),
      `, ${right} of 4 right`,
    );
  }

  // Drawn a few times a second while starts come in, and once more when all are there.
  showStarts(now = false) {
    const time = performance.now(),
      { starts, settings } = this;
    if (!now && time - (this.shownAt ?? 0) < SHOWN_EVERY) return;
    this.shownAt = time;
    this.strip.show(starts, settings, this.dark);
    this.curve.showOthers(starts.finished(settings.net, settings));
    this.cards.tell(net => starts.count(net, settings));
    this.judgeTasks();
  }

  // ---- tasks and known answers

  noteSeen() {
    if (!this.film.done || this.at < this.film.at || this.film.ran) return;
    const { net } = this.settings,
      isAllRight = rightOf(this.answers) === 4;
    if (net === "2-2-1") this.seen[isAllRight ? "learned" : "failed"] = true;
    if (net === "1 unit" && this.at >= 1000 && Math.abs(this.film.loss[this.at] - LN2) < 0.001) this.seen.line = true;
  }

  tasks() {
    const deep = "2-10-10-10-1",
      learnedOf = first => this.starts.learnedOf(deep, { ...this.settings, first_weights: first }),
      isAsWritten = () => this.settings.rate === 0.1 && this.settings.activation === "sigmoid";
    return [
      {
        words: "Before you look: at which loss does one unit end, after 10 000 steps?",
        choices: ["near 0", "near 0.35", "at 0.693", "each seed at another"],
        right: 2,
        why: "At ln 2 = 0.693 from every seed: one unit can do no better than say one half everywhere.",
        until: { words: "have trained one unit to its end", done: () => this.seen.line },
      },
      {
        words: `Before you look: draw the first weights of ${deep} as Glorot instead of normal, at rate 0.1. Then`,
        choices: ["it learns sooner", "nothing much changes", "hardly a start learns within 10 000 steps"],
        right: 2,
        why: "One start of 50 instead of all: nothing but the first weights has changed, so they are the cause.",
        until: {
          words: `have seen all starts of ${deep} from Glorot weights`,
          done: () => isAsWritten() && learnedOf("Glorot") !== null,
        },
      },
      {
        words: "See 2-2-1 from a start that learns XOR and from one that does not, both at their end.",
        hint: "Click small pictures below: ✓ has learnt, ✗ has not.",
        done: () => this.seen.learned && this.seen.failed,
      },
      {
        words: `With Glorot weights and sigmoids, make at least 8 of 10 starts of ${deep} learn.`,
        hint: "Its gradients are small. What else makes a step larger?",
        done: () => this.settings.activation === "sigmoid" && learnedOf("Glorot") >= 0.8,
      },
    ];
  }

  checks() {
    const single = () => trainCorners("1 unit", 0, 10000, 0.1),
      share = film => rightOf(answersOf(film.network)) / 4;
    return {
      single: () => Number(single().loss[10000].toFixed(5)),
      half: () => (share(single()) <= 0.75 ? "at most 3 of 4" : "4 of 4"),
      small: () => share(trainCorners("2-2-1", 0, 1000, 2)),
      deep: () => share(trainCorners("2-10-10-10-1", 0, 2000, 2)),
    };
  }
}

export default mount(XOR);
