// A card for each operation: accuracy along its strength, and images as the network saw them at the strength that the
// pointer is at. All of that is here already; only "Train with these" asks the server.
const WIDE = 250, // px of a plot as long as its room is not known, and at most
  MOST = 420,
  HIGH = 165,
  SIDE = 54; // px of an example at most
const BENCHES = new WeakMap();

class Bench {
  constructor(root, gestures) {
    Object.assign(this, { root, gestures, cards: new Map(), chosen: new Set(), sign: "" });
    this.host = root.querySelector(".bench");
    this.train = element("button", "train");
    this.train.onclick = () => this.gestures.send({ action: "train", kinds: [...this.chosen] });
    this.key = element("p", "key");
    this.grid = element("div", "grid");
    this.host.replaceChildren(element("div", "top", this.train, this.key), this.grid);
    new ResizeObserver(() => this.fit()).observe(this.grid);
  }

  draw(data) {
    const isOther = data.sign !== this.sign || this.live;
    if (isOther) this.chosen = new Set(data.cards.filter(card => card.chosen).map(card => card.kind));
    Object.assign(this, { sign: data.sign, live: data.live });
    for (const [kind, card] of this.cards) if (!data.cards.some(one => one.kind === kind)) card.forget(this.cards);
    for (const { kind } of data.cards) if (!this.cards.has(kind)) this.cards.set(kind, new Card(this, kind));
    const nodes = data.cards.map(card => this.cards.get(card.kind).node);
    if (nodes.some((node, i) => this.grid.children[i] !== node)) this.grid.replaceChildren(...nodes);
    for (const told of data.cards) this.cards.get(told.kind).draw(told, data.live); // in place they know their room
    this.key.replaceChildren(
      element("span", "line", element("i"), "validation accuracy"),
      data.cards.some(card => card.trained) ? element("span", "trained", element("i"), "drawn in training") : "",
      data.over ? element("span", "beneath", element("i"), data.over) : "",
    );
    this.sayTrain();
  }

  fit() {
    const wide = this.grid.clientWidth;
    if (wide === this.wide) return;
    this.wide = wide;
    for (const card of this.cards.values()) card.drawPlot(card.told);
  }

  sayTrain() {
    const n = this.chosen.size;
    this.train.hidden = this.live || !this.grid.querySelector(".choose:not([hidden])");
    this.train.disabled = !n;
    this.train.textContent = n === 1 ? "Train with this one" : `Train with these ${n}`;
  }
}

class Card {
  constructor(bench, kind) {
    Object.assign(this, { bench, kind, at: null });
    this.choice = Object.assign(element("input"), { type: "checkbox" });
    this.choice.onchange = () => {
      bench.chosen[this.choice.checked ? "add" : "delete"](kind);
      bench.sayTrain();
    };
    this.name = element("b");
    this.words = element("span", "words");
    this.place = element("div", "place");
    this.said = element("p", "said");
    this.examples = element("div", "examples");
    this.caution = element("p", "caution");
    this.trainWords = element("span");
    this.choose = element("label", "choose", this.choice, this.trainWords);
    this.node = element(
      "div",
      "card",
      element("div", "head", this.name, this.words),
      this.place,
      this.said,
      this.examples,
      this.choose,
      this.caution,
    );
    this.node.setAttribute("role", "group");
  }

  forget(cards) {
    this.node.remove();
    cards.delete(this.kind);
  }

  draw(told, isLive) {
    this.told = told;
    const { points } = told;
    this.name.textContent = told.name;
    this.node.setAttribute("aria-label", told.name);
    this.node.title = told.help;
    this.words.textContent = isLive ? "" : told.words;
    this.node.classList.toggle("fell", told.fell !== null);
    this.choose.hidden = isLive || !told.train;
    this.choice.checked = this.bench.chosen.has(this.kind);
    this.trainWords.textContent = told.train;
    this.caution.textContent = isLive ? "" : told.caution;
    this.drawPlot(told);
    if (!points[this.at]?.words || isLive || this.at === null) this.at = told.fell ?? points.length - 1;
    this.point(this.at);
  }

  drawPlot({ points, beneath, trained, name, far }) {
    if (!this.plot) {
      this.plot = new Plot({
        label: name,
        x: { low: 0, high: far, label: "" },
        y: { low: 0, high: 1, label: "" },
        onPoint: at => this.point(this.nearest(at)),
        onPress: at => this.point(this.nearest(at)),
      });
      this.plot.node.tabIndex = 0;
      this.plot.node.onkeydown = event => {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (!step) return;
        event.preventDefault();
        this.point(clamp(this.at + step, 0, this.told.points.length - 1));
      };
      this.place.append(this.plot.node);
    }
    const r = rem();
    this.plot.frame({
      x: { low: 0, high: far, label: this.told.unit },
      y: { low: 0, high: 1, label: "" },
      width: Math.min(this.place.clientWidth || WIDE * r, MOST * r),
      height: HIGH * r,
    });
    this.plot.line(
      "trained",
      trained
        ? [
            [0, 0],
            [Math.min(trained, far), 0],
          ]
        : [],
    ); // prettier-ignore
    this.plot.line("beneath", beneath);
    this.plot.line(
      "accuracy",
      points.map(({ at, accuracy }) => [at, accuracy]),
    );
    this.plot.dots(
      "accuracy",
      points.map(({ at, accuracy }) => [at, accuracy]),
      3,
    );
  }

  nearest(at) {
    const away = this.told.points.map(point => Math.abs(point.at - at));
    return away.indexOf(Math.min(...away));
  }

  // What the network saw and said at one strength.
  point(i) {
    this.at = i;
    const point = this.told.points[i];
    this.plot.line("cursor", [
      [point.at, 0],
      [point.at, 1],
    ]); // prettier-ignore
    this.plot.dots("here", [[point.at, point.accuracy]], 5);
    this.said.textContent = i ? `${point.words}: ${point.share}` : `as they are: ${point.share}`;
    this.plot.node.setAttribute("aria-label", `${this.told.name}, ${this.said.textContent}`);
    this.examples.replaceChildren(...(point.answers ?? []).map((told, place) => this.example(point, told, place)));
  }

  // One of the images that lie side by side in the strip, and what the network says of it.
  example({ strip, size, answers }, { answer, right }, place) {
    const [height, width] = size,
      longest = Math.max(height, width),
      room = SIDE * rem();
    // A whole multiple keeps every pixel a square; a large image is shrunk to fit.
    const times = longest <= room ? Math.floor(room / longest) : room / longest;
    const picture = element("i", times >= 1 ? "crisp" : "");
    Object.assign(picture.style, {
      width: `${width * times}px`,
      height: `${height * times}px`,
      backgroundImage: `url(${strip})`,
      backgroundSize: `${width * times * answers.length}px ${height * times}px`,
      backgroundPosition: `${-width * times * place}px 0`,
    });
    const said = element("span", right ? "right" : "wrong", `${right ? "✓" : "✗"} ${answer}`);
    said.title = answer;
    return element("div", "example", picture, said);
  }
}

export default function (component) {
  const root = component.parentElement,
    gestures = Gestures.of(component);
  if (!BENCHES.has(root)) BENCHES.set(root, new Bench(root, gestures));
  gestures.hear(component);
  gestures.release(() => BENCHES.get(root).draw(component.data));
  return () => BENCHES.delete(root);
}
