// A map of several inputs: the map of each, and what they give together.
const SIGNS = { add: "+", multiply: "×", mean: "and", concatenate: "" };
const WORDS = { add: "the sum", multiply: "the product", mean: "the mean", concatenate: "passed on" };

class MapJoin {
  // opened: the map that is taken apart.
  constructor(opened) {
    Object.assign(this, { opened, view: opened.view, network: opened.network });
    const { layer, map, network, step } = opened;
    this.inputs = network.reads(layer, map, 0, 0).map(({ source, maps }) => ({ source, map: maps[0] }));
    const side = Math.min(opened.view.sideFor(step), Math.floor(this.view.width / (this.inputs.length + 2)));
    for (const input of this.inputs) input.tile = opened.big(input.source, input.map, side, false);
    this.output = opened.big(layer, map, side, true);
    this.formula = element("div", "formula");
    const before = this.inputs.map(input => this.labelled(input));
    const after = part("After", `${step.h}×${step.w} · point at a pixel`, this.output, this.formula);
    after.classList.add("asked");
    this.nodes = [...before, after, opened.thumb];
  }

  labelled({ source, map, tile }) {
    const { name, h, w } = this.network.steps[source];
    return part(name, `map ${map + 1} · ${h}×${w}`, tile);
  }

  follow(reads, value) {
    const { does } = this.opened.step.link;
    const lines = reads.map(({ source, maps, box }, i) => {
      this.opened.marks.frame(this.inputs[i].tile, box, "window");
      const words = `${i ? `${SIGNS[does]} ` : ""}${this.network.steps[source].name}`;
      return [words, this.network.value(source, maps[0], box[0], box[2])];
    });
    this.formula.replaceChildren(...sumLines([...lines, [WORDS[does] ?? "after", value]]));
  }
}
