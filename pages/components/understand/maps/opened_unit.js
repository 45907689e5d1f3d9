// Level two of a unit of a Dense layer: values times weights, plus bias, and the activation.
class OpenedUnit {
  constructor(view, layer, unit) {
    Object.assign(this, { view, layer, unit, marks: new Marks() });
  }

  get network() {
    return this.view.network;
  }

  get step() {
    return this.network.steps[this.layer];
  }

  // Whether the unit is still there after the picture or the network has changed.
  get holds() {
    return hasTerms(this.network, this.layer, this.unit);
  }

  draw() {
    const { step, unit } = this;
    this.marks = new Marks();
    this.terms = new SumOfTerms(this, step.sum, unit, "z", "largest first");
    const room = element(
      "div",
      "opened",
      this.navigation(),
      element("div", "parts", ...this.terms.nodes, this.after()),
    );
    room.tabIndex = -1;
    room.setAttribute("aria-label", `${step.name}, unit ${unit + 1}, taken apart`);
    return room;
  }

  after() {
    const { activation } = this.step;
    const value = this.network.value(this.layer, this.unit, 0, 0);
    const { total } = this.terms;
    const steps = ACTIVATIONS[activation]?.(total) ?? [[`${activation} over all units`, value]];
    return part("The value", activation, element("div", "formula", ...sumLines([["z", total], ...steps])));
  }

  navigation() {
    const { step, unit } = this;
    const turn = by => () => this.turn(by);
    return element(
      "div",
      "navigation",
      navigationButton("← All layers", "Back to all layers", () => this.view.close(), false),
      navigationButton("‹", "Unit before", turn(-1), unit === 0),
      navigationButton("›", "Next unit", turn(1), unit === step.count - 1),
      element("span", "what", element("b", "", step.name), ` ${step.words} · unit ${unit + 1} of ${step.count}`),
      element("span", "keys", "Esc back · left and right: other units"),
    );
  }

  follow() {
    this.marks.clear();
    this.terms.follow(this.marks);
  }

  press(event, arrow) {
    if (event.key === "Escape") {
      event.preventDefault();
      this.view.close();
    }
    const ends = { Home: -this.unit, End: this.step.count - 1 - this.unit };
    const by = ends[event.key] ?? arrow?.[0] ?? arrow?.[1];
    if (by === undefined) return;
    event.preventDefault();
    this.turn(by);
  }

  turn(by) {
    if (by && hasTerms(this.network, this.layer, this.unit + by)) this.view.open(this.layer, this.unit + by);
  }

  // What is focused when the overview is back.
  home(overview) {
    const [tile] = overview.tiles[this.layer];
    if (tile) tile.dataset.map = this.unit;
    return tile;
  }
}

// Whether the terms of a unit are known.
const hasTerms = (network, layer, unit) => {
  const { sum } = network.steps[layer];
  return Boolean(sum) && unit >= 0 && unit < sum.units;
};
