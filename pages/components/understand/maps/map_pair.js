// Whose mean and variance a normalization takes.
const NORMALIZED = {
  BatchNormalization: "Mean and variance of this map are running means of training: the same for every picture.",
  LayerNormalization: "Mean and variance are those of all maps at this place, in this picture.",
  GroupNormalization: "Mean and variance are those of this group of maps, in this picture.",
};

// Any other layer's map: the map before and after, side by side, and for pooling the window's numbers.
class MapPair {
  // opened: the map that is taken apart.
  constructor(opened) {
    Object.assign(this, { opened, view: opened.view, network: opened.network });
    const { layer, map, network, step } = opened;
    const before = network.before(layer);
    this.channel = network.origin(layer, map, 0, 0)[1] ?? Math.min(map, before.end - 1);
    const longer = Math.max(before.h, before.w);
    const room = opened.view.sideFor(before);
    this.side = Math.floor(Math.min(room, zoomOf(longer, room) * longer));
    this.input = this.inputTile();
    this.output = step.isMap ? opened.big(layer, map, this.side, true) : null;
    this.formula = element("div", "formula");
    this.numbers = element("div", "numbers");
    this.named = element("span", "");
    this.tellInput();
    const isSliding = step.isMap && step.link.size[0] * step.link.size[1] > 1;
    if (isSliding) this.player = new Player(step.h * step.w, place => this.slide(place));
    const after = this.output
      ? part("After", `${step.h}×${step.w} · point at a pixel`, this.output, this.player?.node, this.formula)
      : part("After", "one number", this.formula);
    after.classList.add("asked");
    const one = element("section", "part", element("h4", "", "One window"), this.numbers, opened.thumb);
    const head = element("h4", "", "Before", this.named);
    this.nodes = [element("section", "part", head, this.input), after, one];
  }

  inputTile() {
    const { layer, network, step } = this.opened;
    const tile = this.opened.big(network.source(layer), this.channel, this.side, false);
    if (step.isMap && !MOVED.includes(step.link.reads)) this.opened.listen(tile, at => placeOver(step, at));
    return tile;
  }

  tellInput() {
    const { name, h, w } = this.network.before(this.opened.layer);
    this.named.textContent = `${name}, map ${this.channel + 1} · ${h}×${w}`;
  }

  // Where places are exchanged, the value may come from another map of those before.
  comeFrom(channel) {
    if (channel === this.channel) return;
    this.channel = channel;
    const tile = this.inputTile();
    this.input.replaceWith(tile);
    this.input = tile;
    this.tellInput();
  }

  follow([{ box }], value) {
    const { layer, map, step, marks, network } = this.opened;
    const [, channel = this.channel, row, column] = network.origin(layer, map, ...this.opened.at);
    this.comeFrom(channel);
    const isOne = step.link.reads === "all maps" || step.link.reads === "everything";
    const read = isOne ? [row, row + 1, column, column + 1] : box;
    if (!isEmpty(read)) marks.frame(this.input, read, "window");
    if (step.link.does === "mean" || step.link.does === "max") this.tellPooling(box, value);
    else this.tellValue(box, value);
  }

  tellValue(box, value) {
    const { layer, map, step, network } = this.opened;
    const lines = workedOut(network, layer, map, ...this.opened.at);
    this.formula.replaceChildren(...sumLines(lines ?? [["the value", value]]));
    if (step.link.does === "interpolate") {
      this.tellWindow(this.valuesIn(box), box[3] - box[2], -1);
      return;
    }
    this.numbers.replaceChildren(element("div", "rest", this.sentence()));
  }

  sentence() {
    const { kind, link } = this.opened.step;
    if (kind.includes("Dropout") || kind === "GaussianNoise" || kind === "StochasticDepth")
      return `${kind} works in training only: nothing changes here.`;
    if (link.does !== "normalize")
      return MOVED.includes(link.reads) ? "The same value at another place." : "Every value on its own.";
    return NORMALIZED[kind] ?? "Mean and variance were given beforehand.";
  }

  tellPooling(box, value) {
    const { step, marks } = this.opened;
    const columns = box[3] - box[2];
    const values = this.valuesIn(box);
    const winner = step.link.does === "max" ? values.indexOf(Math.max(...values)) : -1;
    if (winner >= 0) {
      const y = box[0] + Math.floor(winner / columns);
      const x = box[2] + (winner % columns);
      marks.frame(this.input, [y, y + 1, x, x + 1], "won");
      this.formula.replaceChildren(...sumLines([[`largest of ${values.length}: row ${y}, column ${x}`, value]]));
    } else this.formula.replaceChildren(...sumLines([[`mean of ${counted(values.length, "value")}`, value]]));
    this.tellWindow(values, columns, winner);
  }

  // To a pixel by its number in reading order; null ends it.
  slide(place) {
    const { w } = this.opened.step;
    const at = place === null ? null : [Math.floor(place / w), place % w];
    cover(this.output, at);
    this.opened.show(at ?? this.opened.rest);
  }

  valuesIn([y0, y1, x0, x1]) {
    const before = this.network.before(this.opened.layer);
    const map = before.map(this.channel);
    const values = [];
    for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) values.push(map[y * before.w + x]);
    return values;
  }

  tellWindow(values, columns, winner) {
    if (columns > NUMBERS || values.length > NUMBERS ** 2) {
      this.numbers.replaceChildren(
        element("div", "rest", winner < 0 ? "The whole map is averaged." : "The whole map is searched."),
      );
      return;
    }
    const limit = this.view.limit(this.network.source(this.opened.layer), this.channel);
    const words = winner < 0 ? "window" : "window, the largest framed";
    this.numbers.replaceChildren(numberTable(values, columns, limit, this.view.dark, words, winner));
  }
}
