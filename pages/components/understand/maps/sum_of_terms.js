// A sum term by term, the largest first, beside where the term that is pointed at comes from.
const FEW_TERMS = 10; // before more are asked for
const WHOLE = { mean: "mean", max: "largest value" }; // what global pooling takes of a map

class SumOfTerms {
  // opened: the unit that is taken apart; sum: of its layer, see `core.lens.last_sum`. words: of the sum, "the logit".
  constructor(opened, sum, unit, words, note) {
    Object.assign(this, { opened, sum, unit, words, note, view: opened.view, network: opened.network });
    Object.assign(this, { at: 0, isLong: false });
    this.all = termsOf(this.network, sum, unit);
    this.list = element("section", "part");
    this.where = element("div", "where");
    this.thumb = element("div", "sees", element("h4", "", "On the picture"), imageTile(this.network, SEEN * rem()));
    this.nodes = [this.list, element("div", "origins", this.where, this.thumb)];
    this.tell();
  }

  one(name) {
    return this.network.at(this.sum[name] + this.unit, 1)[0];
  }

  // What all terms and the bias come to.
  get total() {
    return this.all.reduce((sum, term) => sum + term.product, 0) + this.one("rest") + this.one("bias");
  }

  tell() {
    const shown = this.all.slice(0, this.isLong ? this.all.length : FEW_TERMS);
    const most = largest(this.all.map(term => term.product));
    this.buttons = shown.map((term, i) => this.term(i, term, most));
    const rest = this.one("rest") + this.all.slice(shown.length).reduce((sum, term) => sum + term.product, 0);
    const lines = [];
    const left = this.sum.count - shown.length;
    if (left) lines.push([`the other ${grouped(left)} together`, rest]);
    lines.push(["bias", this.one("bias")], [`together, ${this.words}`, this.total]);
    const head = ["comes from", "value", "× weight", "= product"].map(words => element("span", "title", words));
    const table = element("div", "terms", ...head, ...this.buttons);
    const sum = element("div", "formula", ...sumLines(lines));
    const more = shown.length < this.all.length ? this.longer() : null;
    const title = element("h4", "", "Values × weights", element("span", "", this.note));
    this.list.replaceChildren(...[title, table, more, sum].filter(Boolean));
  }

  longer() {
    const button = element("button", "longer", `Show the ${this.all.length} largest`);
    button.type = "button";
    button.onclick = () => {
      this.isLong = true;
      this.tell();
      this.opened.follow();
    };
    return button;
  }

  term(i, { input, value, weight, product }, most) {
    const fill = element("i", "fill");
    const size = (50 * Math.abs(product)) / most;
    Object.assign(fill.style, {
      width: `${size}%`,
      left: product < 0 ? `${50 - size}%` : "50%",
      background: css(product < 0 ? ends(this.view.dark).negative : ends(this.view.dark).positive),
    });
    const where = element("span", "", originWords(this.network, this.originOf(input)));
    const bar = element("span", "product", element("span", "track", fill), element("span", "number", three(product)));
    const numbers = [value, weight].map(number => element("span", "number", three(number)));
    const row = element("button", "addend", where, ...numbers, bar);
    row.type = "button";
    row.onpointermove = event => event.pointerType !== "touch" && this.point(i);
    row.onfocus = () => this.point(i);
    row.onclick = () => {
      this.point(i);
      this.where.scrollIntoView({ block: "nearest" });
    };
    return row;
  }

  originOf(input) {
    return originOf(this.network, this.sum.source, input);
  }

  // ---- where a term comes from

  point(i) {
    if (this.at === i && this.where.firstChild) return;
    this.at = i;
    this.opened.follow();
  }

  follow(marks) {
    this.buttons.forEach((button, i) => {
      button.setAttribute("aria-pressed", i === this.at);
    });
    const { input, product } = this.all[this.at];
    const origin = this.originOf(input);
    const { layer, m, box } = origin;
    const step = this.network.steps[layer];
    const field = this.network.field(layer, m, box ?? [0, step.h, 0, step.w]);
    this.where.replaceChildren(this.map(marks, origin));
    if (field) marks.frame(this.thumb.lastChild, field, "field");
    const words = element("b", "", originWords(this.network, origin));
    this.view.said.replaceChildren(words, ` × weight = ${three(product)} · ${this.view.sees(field)}`);
  }

  map(marks, origin) {
    const { layer, m, box, how } = origin;
    const step = this.network.steps[layer];
    if (!step.isMap || !this.network.has(layer, m))
      return part("Comes from", "", element("div", "rest", originWords(this.network, origin)));
    const zoom = zoomOf(Math.max(step.h, step.w), Math.min(this.view.sideFor(step), BIG * rem()));
    const tile = tileOf(step.map(m), step, zoom, this.view.limit(layer, m), this.view.dark, "big");
    if (box) marks.frame(tile, box, "at");
    return part(`${step.name}, map ${m + 1}`, box ? "the value in its frame" : `its ${WHOLE[how]}`, tile);
  }
}

// Where a flat value comes from: { layer, m, box, how }, box null for a value of a flat layer and for the whole map, of
// which `how` is what was taken.
function originOf(network, layer, i) {
  const { link, isMap, sources } = network.steps[layer];
  const isJoined = sources.length > 1 && link.does !== "concatenate"; // of several values, none of which it is
  if (isMap || !link || isJoined || link.reads === "everything") return { layer, m: i, box: null };
  const [{ source, maps, box }] = network.reads(layer, i, 0, 0);
  if (link.reads === "flattened") return { layer: source, m: maps[0], box };
  if (link.reads === "whole map") return { layer: source, m: i, box: null, how: link.does };
  return originOf(network, source, maps[0]);
}

function originWords(network, { layer, m, box, how }) {
  const step = network.steps[layer];
  if (!step.isMap) return `${step.name}, unit ${m + 1}`;
  return box
    ? `${step.name}, map ${m + 1}, row ${box[0]}, column ${box[2]}`
    : `${step.name}, ${WHOLE[how]} of map ${m + 1}`;
}
