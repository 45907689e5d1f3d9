// The network as columns of units, from the features to the output, with its connections behind them. It knows which
// unit is shown large.
const MOST_UNITS = 16;

const unitTitle = (network, [layer, j]) =>
  layer === network.shape.length - 1 ? "Output" : `Layer ${layer}, unit ${j + 1}`;

class Diagram {
  // peeked, pinned: [layer, unit] under the pointer, and kept by a click; near: the place of the weight under the
  // pointer.
  constructor(lab) {
    Object.assign(this, { lab, peeked: null, pinned: null, near: null });
    this.node = element("div", "net");
    this.wires = new Wires();
    this.card = new WeightCard(this.node, {
      weightOf: which => weightAt(lab.network, which),
      onPut: (which, value) => lab.put(which, value),
      onEnd: () => {
        this.near = null;
        lab.look();
      },
    });
    this.node.onpointermove = event => this.nearTo(event);
    this.node.onpointerleave = () => this.nearTo(null);
    this.node.onclick = event => this.press(event);
    this.node.onkeydown = event => this.walk(event);
    this.node.setAttribute("role", "group");
    this.node.setAttribute(
      "aria-label",
      "The network; arrow keys go from unit to unit, Enter keeps one and opens its weights",
    );
  }

  // ---- its units: made again only when the structure or the room changes

  lay() {
    const { hidden } = this.lab.settings,
      held = this.node.getRootNode().activeElement?.dataset?.key;
    const units = (l, count) => Array.from({ length: count }, (_, j) => this.unit(l, j));
    const features = Object.keys(FEATURES).map(name => this.feature(name));
    this.units = [features, ...hidden.map((count, l) => units(l + 1, count)), units(hidden.length + 1, 1)];
    this.rows = this.units.map(column => column.filter(one => one.isOn)); // as the network has them
    const columns = this.units.map((column, l) =>
      element("div", "column", this.head(l), ...column.map(one => one.node)),
    );
    this.card.close();
    this.node.replaceChildren(this.wires.canvas, ...columns, this.card.node);
    this.units.flat().forEach(({ unit }) => {
      unit.tabIndex = -1;
    });
    this.units[1][0].unit.tabIndex = 0;
    if (this.pinned && !this.unitOf(this.pinned)) this.pinned = null;
    Object.assign(this, { peeked: null, near: null, marked: null });
    this.wires.anchor(this.node, this.rows, this.units);
    if (held) this.node.querySelector(`[data-key="${held}"]`)?.focus();
  }

  head(l) {
    const { hidden } = this.lab.settings,
      count = hidden[l - 1];
    if (l === 0) return element("div", "head", "features");
    if (l > hidden.length) return element("div", "head", "output");
    const less = this.resizer("−", "One unit less", l, count - 1),
      more = this.resizer("+", "One unit more", l, count + 1);
    more.disabled = count === MOST_UNITS;
    return element("div", "head", counted(count, "unit"), element("div", "row", less, more));
  }

  resizer(sign, label, layer, count) {
    const one = button(sign, () => this.resize(layer, count));
    one.setAttribute("aria-label", `${label} in layer ${layer}`);
    one.dataset.key = `${label}-${layer}`;
    return one;
  }

  // A layer without units is none.
  resize(layer, count) {
    const { hidden } = this.lab.settings;
    this.lab.set({
      hidden: hidden.map((old, l) => (l === layer - 1 ? Math.min(count, MOST_UNITS) : old)).filter(Boolean),
    });
  }

  feature(name) {
    const { settings, dark } = this.lab,
      isOn = settings.features.includes(name),
      surface = new Surface();
    const unit = element("button", `unit${isOn ? "" : " off"}`, surface.canvas, element("i", "value"));
    const title = `${name}: click to ${isOn ? "leave it out" : "take it in"}`;
    Object.assign(unit, { type: "button", title, onclick: () => this.toggle(name) });
    unit.setAttribute("aria-pressed", isOn);
    unit.setAttribute("aria-label", `feature ${name}`);
    unit.dataset.key = `feature-${name}`;
    if (!isOn) {
      // the others are painted with the network
      const values = featured([name], GRID);
      surface.paint(values, GRID, largest(values), dark);
    }
    return { node: element("div", "feature", element("span", "", name), unit), unit, surface, isOn };
  }

  toggle(name) {
    const { features } = this.lab.settings,
      next = Object.keys(FEATURES).filter(one => (one === name) !== features.includes(one));
    if (next.length) this.lab.set({ features: next });
    else this.lab.remark("One feature must stay: without any, the network sees nothing.");
  }

  unit(layer, j) {
    const surface = new Surface(),
      unit = element("button", "unit", surface.canvas, element("i", "value"));
    unit.type = "button";
    unit.onpointerenter = () => this.peek([layer, j]);
    unit.onpointerleave = unit.onblur = () => this.peek(null);
    unit.onfocus = () => {
      if (unit.matches(":focus-visible")) this.peek([layer, j]);
    };
    unit.onclick = event => this.pin([layer, j], !event.detail);
    unit.setAttribute(
      "aria-label",
      layer > this.lab.settings.hidden.length ? "output" : `layer ${layer}, unit ${j + 1}`,
    );
    unit.dataset.key = `unit-${layer}-${j}`;
    return { node: unit, unit, surface, isOn: true };
  }

  unitOf([layer, j]) {
    return this.units[layer]?.[j]?.unit;
  }

  // ---- which unit is shown large and written out: the one under the pointer, else the kept one, else the output

  get shown() {
    return this.peeked ?? this.pinned ?? [this.lab.network.shape.length - 1, 0];
  }

  get isKept() {
    return same(this.pinned, this.shown);
  }

  peek(which) {
    this.peeked = which;
    this.lab.look();
  }

  // by keys: its first weight takes the focus.
  pin(which, byKeys) {
    this.pinned = same(which, this.pinned) && !byKeys ? null : which;
    this.lab.look(this.pinned !== null);
    if (byKeys) this.lab.unitFormula.focus();
  }

  unpin() {
    if (!this.pinned) return;
    this.pinned = null;
    this.lab.look();
  }

  // A weight is being typed in the formula: its unit is kept, and its connection stands out.
  attend(unit, near) {
    Object.assign(this, { pinned: unit, near });
    this.lab.look();
  }

  ignore() {
    this.near = null;
    this.paintWires();
  }

  returnTo(unit) {
    this.unitOf(unit).focus();
    this.unpin();
  }

  // Arrow keys: up and down in a column, left and right from column to column.
  walk(event) {
    if (event.key === "Escape") this.unpin();
    const by = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    const l = this.units.findIndex(column => column.some(one => one.unit === event.target));
    if (!by || l < 0) return;
    event.preventDefault();
    const j = this.units[l].findIndex(one => one.unit === event.target),
      column = this.units[clamp(l + by[0], 0, this.units.length - 1)];
    const next = column[clamp(j + by[1], 0, column.length - 1)].unit;
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  // ---- connections under the pointer

  placeIn(event) {
    const box = this.node.getBoundingClientRect();
    return [event.clientX - box.left + this.node.scrollLeft, event.clientY - box.top];
  }

  nearTo(event) {
    if (this.card.editing) return;
    const isBetweenUnits =
      event &&
      (event.target === this.node || event.target === this.wires.canvas || event.target.classList?.contains("column"));
    const place = isBetweenUnits && this.placeIn(event),
      near = isBetweenUnits ? this.wires.at(...place) : null,
      isOther = !same(near, this.near);
    this.node.style.cursor = near ? "pointer" : "";
    this.near = near;
    if (near) this.card.tell(near, ...place);
    else this.card.close();
    if (isOther) this.paintWires();
  }

  press(event) {
    if (this.card.node.contains(event.target) || event.target.closest?.("button")) return;
    const [x, y] = this.placeIn(event),
      near = this.wires.at(x, y, 12);
    if (!near) {
      this.unpin();
      return;
    }
    this.near = near;
    this.card.edit(near, x, y);
  }

  // ---- drawing

  paint() {
    const { answers, settings, dark } = this.lab;
    answers.surfaces.forEach((layer, l) => {
      const edge = settings.discretize ? answers.edge(l) : null;
      layer.forEach((values, j) => this.rows[l][j].surface.paint(values, GRID, answers.limit(l, values), dark, edge));
    });
    this.paintWires();
  }

  paintWires() {
    this.wires.paint(this.lab.network, this.lab.dark, this.near, this.peeked ?? this.pinned);
  }

  // The unit that is shown large has a frame.
  markShown() {
    const unit = this.unitOf(this.shown);
    if (unit === this.marked) return;
    this.marked?.classList.remove("shown");
    unit.classList.add("shown");
    this.marked = unit;
  }

  // Every unit's answer at the pointed place, written on it.
  writeAnswers(acts) {
    this.rows.forEach((row, l) =>
      row.forEach(({ unit }, j) => {
        unit.lastChild.textContent = this.brief(acts[l][j]);
      }),
    );
  }

  brief(value) {
    return (Math.abs(value) >= 9.95 ? value.toFixed(0) : value.toFixed(1)).replace("-", "\u2212");
  }
}
