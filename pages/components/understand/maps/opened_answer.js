// Level two of an answer: values times weights, plus bias, make its logit; all logits together make its probability.
class OpenedAnswer {
  // index: of the class; two classes share one logit, which speaks for the second.
  constructor(view, index) {
    Object.assign(this, { view, index, marks: new Marks() });
  }

  get network() {
    return this.view.network;
  }

  get unit() {
    return this.sum.units === 1 ? 0 : this.index;
  }

  get sum() {
    return this.network.answer.sum;
  }

  // Whether there is something to take apart, also after the picture or the network has changed.
  get holds() {
    return this.index < this.network.answer.classes.length;
  }

  draw() {
    this.marks = new Marks();
    const { name } = this.network.answer.classes[this.index];
    const note = this.sum?.units === 1 ? "one logit for both classes: it speaks for the second" : "largest first";
    this.terms = this.sum && new SumOfTerms(this, this.sum, this.unit, "the logit", note);
    const parts = [...(this.terms?.nodes ?? [this.noTerms()]), this.activation()];
    const room = element("div", "opened", this.navigation(name), element("div", "parts", ...parts));
    room.tabIndex = -1;
    room.setAttribute("aria-label", `${name}, taken apart`);
    return room;
  }

  navigation(name) {
    const { classes } = this.network.answer;
    const last = this.network.steps[this.network.last];
    const turn = by => () => this.turn(by);
    return element(
      "div",
      "navigation",
      navigationButton("← All layers", "Back to all layers", () => this.view.close(), false),
      navigationButton("‹", "Class before", turn(-1), this.index === 0),
      navigationButton("›", "Next class", turn(1), this.index === classes.length - 1),
      element("span", "what", element("b", "", last.name), ` ${last.words} · the answer “${name}”`),
      element("span", "keys", "Esc back · left and right: other classes"),
    );
  }

  noTerms() {
    return part("The logit", "", element("div", "rest", "No Dense layer makes the logits: there is no sum to show."));
  }

  follow() {
    this.marks.clear();
    if (this.terms) this.terms.follow(this.marks);
    else this.view.said.replaceChildren("The largest logit is the answer.");
  }

  // ---- from logits to probabilities

  activation() {
    const { classes } = this.network.answer;
    if (this.sum?.units === 1 || classes[0].logit === null) return this.sigmoid(classes);
    const most = Math.max(...classes.map(one => one.logit));
    const powers = classes.map(one => Math.exp(one.logit - most));
    const total = powers.reduce((a, b) => a + b, 0);
    const order = classes.map((_, i) => i);
    order.sort((a, b) => classes[b].logit - classes[a].logit);
    const shown = order.filter((i, place) => place < FEW_TERMS || i === this.index);
    const head = ["class", "logit", "e^(logit − largest)", "probability"].map(words => element("span", "title", words));
    const rows = shown.flatMap(i => {
      const cells = [classes[i].name, three(classes[i].logit), three(powers[i]), classes[i].text];
      return cells.map((words, at) => {
        const cell = element("span", `${at ? "number" : "name"}${i === this.index ? " best" : ""}`, words);
        cell.onpointerenter = () => this.tellPower(i, powers, total);
        return cell;
      });
    });
    this.most = most;
    this.power = element("div", "formula");
    this.tellPower(this.index, powers, total);
    const table = element("div", "powers", ...head, ...rows);
    return part("Softmax", "point at a class for its share", table, this.power);
  }

  // How the share of a class comes about.
  tellPower(index, powers, total) {
    const { classes } = this.network.answer;
    const lines = [
      [`e^(${three(classes[index].logit)} − ${three(this.most)})`, powers[index]],
      [`divided by the sum over ${classes.length} classes`, total],
      [`probability of ${classes[index].name}`, powers[index] / total],
    ];
    this.power.replaceChildren(...sumLines(lines));
  }

  sigmoid(classes) {
    const { logit } = classes.at(-1);
    if (logit === null) return part("Probability", classes[this.index].text);
    const second = 1 / (1 + Math.exp(-logit));
    const lines = [
      ["logit z", logit],
      [`1 / (1 + e^−z), probability of ${classes.at(-1).name}`, second],
      [`1 − that, probability of ${classes[0].name}`, 1 - second],
    ];
    return part("Sigmoid", "from one logit to both probabilities", element("div", "formula", ...sumLines(lines)));
  }

  // ---- keys

  press(event, arrow) {
    if (event.key === "Escape") {
      event.preventDefault();
      this.view.close();
    }
    const ends = { Home: -this.index, End: this.network.answer.classes.length - 1 - this.index };
    const by = ends[event.key] ?? arrow?.[0] ?? arrow?.[1];
    if (by === undefined) return;
    event.preventDefault();
    this.turn(by);
  }

  turn(by) {
    const index = this.index + by;
    if (by && index >= 0 && index < this.network.answer.classes.length) this.view.openAnswer(index);
  }

  // What is focused when the overview is back.
  home(overview) {
    return overview.node.querySelector(`[data-class="${this.index}"]`);
  }
}
