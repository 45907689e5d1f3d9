// An image under sliders. All strengths of a slider, with the others as they stand, came at once: moving it asks
// nobody. When it is let go the server hears of it, and sends the answers of the other sliders from there on.
const WIDE = 860, // px of the plot at most, and as long as its room is not known
  HIGH = 230;
const VIEWS = new WeakMap();

class ChangedImage {
  constructor(root, gestures) {
    Object.assign(this, { gestures, knobs: new Map(), sign: "", values: {} });
    this.seen = new OneImage();
    this.name = element("b");
    this.said = element("span", "flips-said");
    this.room = element("div", "room");
    this.list = element("div", "knobs");
    this.reset = Object.assign(element("button", "", "Reset"), { type: "button" });
    this.reset.onclick = () =>
      this.set(Object.fromEntries(this.data.knobs.map(({ name, neutral }) => [name, neutral])));
    this.train = Object.assign(element("button", "train"), { type: "button" });
    this.train.onclick = () => this.gestures.send({ action: "train", along: this.along, values: this.values });
    this.caution = element("p", "caution");
    this.host = root.querySelector(".one-image");
    this.host.replaceChildren(
      this.seen.node,
      element(
        "div",
        "main",
        element("p", "title", this.name, this.said),
        this.room,
        this.list,
        element("div", "buttons", this.train, this.reset),
        this.caution,
      ),
    );
    new ResizeObserver(() => this.fit()).observe(this.room);
  }

  fit() {
    const wide = this.room.clientWidth;
    if (!this.data || wide === this.wide) return;
    this.wide = wide;
    this.framed = "";
    this.show();
  }

  // What the server says; while a slider is held, or was moved since, it stays where it is.
  draw(data) {
    this.data = data;
    const isOther = data.sign !== this.sign;
    this.sign = data.sign;
    for (const told of data.knobs) if (!this.knobs.has(told.name)) this.add(told);
    for (const told of data.knobs) Object.assign(this.knobs.get(told.name).input, { min: told.low, max: told.high });
    if (isOther || (!this.held && !this.gestures.waits)) {
      this.values = { ...data.values };
      this.along = data.along;
    }
    this.framed = "";
    this.show();
  }

  add({ name, title, step }) {
    const input = Object.assign(element("input"), { type: "range", step });
    input.setAttribute("aria-label", title);
    const output = element("output"),
      node = element("label", "knob", element("b", "", title), output, input);
    input.onpointerdown = () => this.touch(name);
    input.oninput = () => {
      this.held = true;
      this.touch(name);
      this.move(name, Number(input.value));
    };
    input.onchange = () => this.letGo();
    input.onkeydown = event => {
      const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (!way) return;
      event.preventDefault();
      this.touch(name);
      this.step(way);
      this.letGo();
    };
    this.list.append(node);
    this.knobs.set(name, { node, input, output });
  }

  // The slider whose curves are shown.
  touch(name) {
    if (this.along === name) return;
    this.along = name;
    this.framed = "";
    if (!this.sweep() && !this.gestures.waits) this.tell();
    this.show();
  }

  move(name, value) {
    this.values = { ...this.values, [name]: value };
    this.show();
  }

  // To the next strength; while its answers are on their way, to the next of those that it had.
  step(way) {
    const { low, high, step } = this.data.knobs.find(({ name }) => name === this.along),
      value = this.values[this.along],
      { values } = this.sweep() ?? this.data.sweeps[this.along] ?? {},
      wide = Math.max(step, Math.round((high - low) / 20 / step) * step),
      beside = way > 0 ? values?.find(one => one > value) : values?.findLast(one => one < value);
    const next = values ? (beside ?? value) : value + way * wide;
    this.move(this.along, clamp(next, low, high));
  }

  // A slider comes to rest where an image was made; the server makes the others from there.
  letGo() {
    this.held = false;
    const sweep = this.sweep();
    if (sweep) this.values = { ...this.values, [this.along]: sweep.values[this.place(sweep)] };
    this.tell();
    this.show();
  }

  set(values) {
    this.values = values;
    this.tell();
    this.show();
  }

  tell() {
    this.gestures.sendNewest({ action: "set", along: this.along, values: this.values });
  }

  // The answers of the slider in use, if they were made with the others as they stand now.
  sweep() {
    const others = Object.keys(this.values).filter(name => name !== this.along);
    const isOf = others.every(name => this.values[name] === this.data.values[name]);
    return isOf ? this.data.sweeps[this.along] : undefined;
  }

  place(sweep) {
    const away = sweep.values.map(value => Math.abs(value - this.values[this.along]));
    return away.indexOf(Math.min(...away));
  }

  show() {
    const { data } = this,
      sweep = this.sweep(),
      knobs = Object.fromEntries(data.knobs.map(knob => [knob.name, knob]));
    this.host.classList.toggle("stale", !sweep);
    for (const [name, { node, input, output }] of this.knobs) {
      const value = this.values[name],
        isSet = value !== knobs[name].neutral;
      if (Number(input.value) !== value) input.value = value;
      node.classList.toggle("along", name === this.along);
      node.classList.toggle("set", isSet);
      if (name !== this.along || !sweep) output.textContent = this.words(name, value, knobs[name]);
    }
    const isSet = data.knobs.some(({ name, neutral }) => this.values[name] !== neutral);
    this.reset.disabled = !isSet;
    this.train.hidden = !isSet || !data.train;
    this.train.textContent = data.train?.words ?? "";
    this.caution.textContent = isSet ? (data.train?.caution ?? "") : "";
    this.name.textContent = knobs[this.along].title;
    if (sweep) this.showAt(sweep, knobs[this.along]);
  }

  words(name, value, knob) {
    const sweep = this.data.sweeps[name],
      at = sweep ? sweep.values.indexOf(value) : -1;
    if (at >= 0) return sweep.words[at];
    return value === knob.neutral ? "as it is" : `${three(value)} ${knob.unit}`;
  }

  showAt(sweep, knob) {
    const at = this.place(sweep),
      { data } = this;
    this.knobs.get(this.along).output.textContent = sweep.words[at];
    this.said.textContent = sweep.said;
    this.curves(sweep, knob);
    this.plot.line("cursor", [
      [sweep.values[at], 0],
      [sweep.values[at], 1],
    ]); // prettier-ignore
    this.seen.show(sweep.sheet, at, `${data.name}: ${sweep.words[at]}`);
    this.seen.say({
      classes: data.classes,
      names: data.names,
      truth: data.truth,
      answer: sweep.answers[at],
      share: sweep.best[at],
      shares: sweep.shares[at],
      before: sweep.answers[sweep.values.indexOf(knob.neutral)],
    });
  }

  curves(sweep, knob) {
    if (this.framed === this.along) return;
    this.framed = this.along;
    if (!this.plot) this.makePlot();
    const r = rem();
    this.plot.frame({
      x: { low: knob.low, high: knob.high, label: knob.unit === "°" ? "degrees" : knob.unit },
      y: { low: 0, high: 1, label: "" },
      width: Math.min(this.room.clientWidth || WIDE * r, WIDE * r),
      height: HIGH * r,
    });
    this.data.classes.forEach(({ index }, i) => {
      const points = sweep.values.map((value, at) => [value, sweep.shares[at][i]]);
      this.plot.line(`class-${index}`, points);
      this.plot.part("path", `class-${index}`).style.color = classColour(index);
    });
    for (const i of [0, 1]) {
      const flip = sweep.flips[i],
        across = sweep.values[flip];
      this.plot.line(
        `flip-${i}`,
        flip === undefined
          ? []
          : [
              [across, 0],
              [across, 1],
            ],
      ); // prettier-ignore
    }
    this.plot.dots(
      "flips",
      sweep.flips.map(flip => [sweep.values[flip], sweep.best[flip]]),
    );
    this.plot.node.setAttribute("aria-label", `Probabilities along ${knob.title}. ${sweep.said}`);
  }

  makePlot() {
    this.plot = new Plot({
      label: "",
      x: { low: 0, high: 1, label: "" },
      y: { low: 0, high: 1, label: "" },
      onPress: (x, _y, event) => {
        this.plot.node.setPointerCapture(event.pointerId);
        this.held = true;
        this.pull(x);
      },
      onPoint: x => this.held && this.pull(x),
    });
    this.plot.node.onpointerup = this.plot.node.onpointercancel = () => this.held && this.letGo();
    this.room.append(this.plot.node);
  }

  // The plot is a slider too.
  pull(x) {
    const sweep = this.sweep(),
      knob = this.data.knobs.find(({ name }) => name === this.along);
    if (sweep) this.move(this.along, clamp(x, knob.low, knob.high));
  }
}

export default function (component) {
  const root = component.parentElement,
    gestures = Gestures.of(component).hear(component);
  if (!VIEWS.has(root)) VIEWS.set(root, new ChangedImage(root, gestures));
  VIEWS.get(root).draw(component.data);
  return () => VIEWS.delete(root);
}
