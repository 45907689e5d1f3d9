// Any other layer's map: the map before and after, side by side, and for pooling the window's numbers.
class MapPair {
  // opened: the map that is taken apart.
  constructor(opened) {
    Object.assign(this, { opened, view: opened.view, network: opened.network });
    const { layer, map, network, step } = opened;
    const before = network.before(layer);
    [this.channel] = network.reads(layer, map, 0, 0)[0].maps;
    const longer = Math.max(before.h, before.w);
    const room = opened.view.sideFor(before);
    const side = Math.floor(Math.min(room, zoomOf(longer, room) * longer));
    this.input = opened.big(network.source(layer), this.channel, side, false);
    if (step.isMap) opened.listen(this.input, at => placeOver(step, at));
    this.output = step.isMap ? opened.big(layer, map, side, true) : null;
    this.formula = element("div", "formula");
    this.numbers = element("div", "numbers");
    const size = `${before.name}, map ${this.channel + 1} · ${before.h}×${before.w}`;
    const isSliding = step.isMap && step.link.size[0] * step.link.size[1] > 1;
    if (isSliding) this.player = new Player(step.h * step.w, place => this.slide(place));
    const after = this.output
      ? part("After", `${step.h}×${step.w} · point at a pixel`, this.output, this.player?.node, this.formula)
      : part("After", "one number", this.formula);
    after.classList.add("asked");
    const one = element("section", "part", element("h4", "", "One window"), this.numbers, opened.thumb);
    this.nodes = [part("Before", size, this.input), after, one];
  }

  follow([{ box }], value) {
    const { step, marks } = this.opened;
    if (!isEmpty(box)) marks.frame(this.input, box, "window");
    if (step.link.does === "mean" || step.link.does === "max") this.tellPooling(box, value);
    else this.tellValue(box, value);
  }

  tellValue(box, value) {
    const { layer, step, network } = this.opened;
    const before = network.before(layer);
    const first = isEmpty(box)
      ? ["a zero of the border", 0]
      : ["before", before.map(this.channel)[box[0] * before.w + box[2]]];
    if (step.link.does === "interpolate") return this.tellBetween(box, value);
    const last = step.kind === "Activation" ? `after ${step.activation}` : "after";
    this.formula.replaceChildren(...sumLines([first, [last, value]]));
    const isIdle = step.kind.includes("Dropout") || step.kind === "GaussianNoise";
    const words = isIdle ? `${step.kind} works in training only: nothing changes here.` : "Every value on its own.";
    this.numbers.replaceChildren(element("div", "rest", words));
  }

  tellBetween(box, value) {
    const values = this.valuesIn(box);
    this.formula.replaceChildren(...sumLines([[`drawn from ${counted(values.length, "value")}`, value]]));
    this.tellWindow(values, box[3] - box[2], -1);
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
