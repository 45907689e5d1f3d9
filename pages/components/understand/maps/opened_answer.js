// Level two of an answer: values times weights, plus bias, make its logit; all logits together make its probability.
const FEW_TERMS = 10; // before more are asked for

class OpenedAnswer {
  // index: of the class; two classes share one logit, which speaks for the second.
  constructor(view, index) {
    Object.assign(this, { view, index, at: 0, isLong: false, marks: new Marks() });
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
    const parts = [this.sum ? this.terms() : this.noTerms(), this.activation()];
    if (this.sum) parts.splice(1, 0, this.place());
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

  // ---- values x weights + bias

  numbers(name) {
    const { terms } = this.sum;
    return this.network.at(this.sum[name] + this.unit * terms, terms);
  }

  one(name) {
    return this.network.at(this.sum[name] + this.unit, 1)[0];
  }

  terms() {
    const [inputs, values, weights] = ["inputs", "values", "weights"].map(name => this.numbers(name));
    const products = values.map((value, i) => value * weights[i]);
    const shown = this.isLong ? products.length : Math.min(FEW_TERMS, products.length);
    const most = largest(products);
    this.buttons = [...inputs.slice(0, shown)].map((_input, i) =>
      this.term(i, [values[i], weights[i], products[i]], most),
    );
    const hidden = products.subarray(shown).reduce((a, b) => a + b, 0);
    const rest = this.one("rest") + hidden;
    const bias = this.one("bias");
    const told = products.subarray(0, shown).reduce((a, b) => a + b, 0);
    const lines = [];
    const left = this.sum.count - shown;
    if (left) lines.push([`${grouped(left)} smaller terms`, rest]);
    lines.push(["bias", bias], ["together, the logit", told + rest + bias]);
    const head = ["comes from", "value", "× weight", "= product"].map(words => element("span", "title", words));
    const table = element("div", "terms", ...head, ...this.buttons);
    const sum = element("div", "formula", ...sumLines(lines));
    const more = shown < products.length && this.longer(products.length);
    const note = this.sum.units === 1 ? "one logit for both classes: it speaks for the second" : "largest first";
    return part("Values × weights", note, table, more || null, sum);
  }

  longer(count) {
    const button = element("button", "longer", `Show the ${count} largest`);
    button.type = "button";
    button.onclick = () => {
      this.isLong = true;
      this.view.draw();
    };
    return button;
  }

  term(i, [value, weight, product], most) {
    const fill = element("i", "fill");
    const size = (50 * Math.abs(product)) / most;
    Object.assign(fill.style, {
      width: `${size}%`,
      left: product < 0 ? `${50 - size}%` : "50%",
      background: css(product < 0 ? ends(this.view.dark).negative : ends(this.view.dark).positive),
    });
    const where = element("span", "", originWords(this.network, this.originOf(i)));
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

  originOf(i) {
    return originOf(this.network, this.sum.source, this.numbers("inputs")[i]);
  }

  // ---- where a term comes from

  place() {
    this.where = element("div", "where");
    this.thumb = element("div", "sees", element("h4", "", "On the picture"), imageTile(this.network, SEEN * rem()));
    return element("div", "origins", this.where, this.thumb);
  }

  point(i) {
    if (this.at === i && this.where.firstChild) return;
    this.at = i;
    this.follow();
  }

  follow() {
    if (!this.sum) {
      this.view.said.replaceChildren("The largest logit is the answer.");
      return;
    }
    this.marks.clear();
    this.buttons.forEach((button, i) => {
      button.setAttribute("aria-pressed", i === this.at);
    });
    const { layer, m, box } = this.originOf(this.at);
    const step = this.network.steps[layer];
    const field = this.network.field(layer, m, box ?? [0, step.h, 0, step.w]);
    this.where.replaceChildren(this.map(layer, m, box));
    if (field) this.marks.frame(this.thumb.lastChild, field, "field");
    const words = originWords(this.network, { layer, m, box });
    const product = this.numbers("values")[this.at] * this.numbers("weights")[this.at];
    this.view.said.replaceChildren(element("b", "", words), ` × weight = ${three(product)} · ${this.view.sees(field)}`);
  }

  map(layer, m, box) {
    const step = this.network.steps[layer];
    if (!step.isMap || m >= step.shown)
      return part("Comes from", "", element("div", "rest", originWords(this.network, { layer, m, box })));
    const zoom = zoomOf(Math.max(step.h, step.w), Math.min(this.view.sideFor(step), BIG * rem()));
    const tile = tileOf(step.map(m), step, zoom, this.view.limit(layer, m), this.view.dark, "big");
    // A frame is laid over the canvas as it stands on the page.
    queueMicrotask(() => box && tile.isConnected && this.marks.frame(tile, box, "at"));
    return part(`${step.name}, map ${m + 1}`, box ? "the value in its frame" : "its mean", tile);
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
      return cells.map((words, at) =>
        element("span", `${at ? "number" : "name"}${i === this.index ? " best" : ""}`, words),
      );
    });
    const lines = [
      [`e^(${three(classes[this.index].logit)} − ${three(most)})`, powers[this.index]],
      [`divided by the sum over ${classes.length} classes`, total],
      ["probability", powers[this.index] / total],
    ];
    const table = element("div", "powers", ...head, ...rows);
    return part("Softmax", "from logits to probabilities", table, element("div", "formula", ...sumLines(lines)));
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
    if (!arrow?.[0]) return;
    event.preventDefault();
    this.turn(arrow[0]);
  }

  turn(by) {
    const index = this.index + by;
    if (index >= 0 && index < this.network.answer.classes.length) this.view.openAnswer(index);
  }

  // What is focused when the overview is back.
  home(overview) {
    return overview.node.querySelector(`[data-class="${this.index}"]`);
  }
}

// Where a flat value comes from: { layer, m, box }, box null for the whole map or a value of a flat layer.
function originOf(network, layer, i) {
  const { link, isMap } = network.steps[layer];
  if (isMap || !link || link.reads === "everything") return { layer, m: i, box: null };
  const [{ source, maps, box }] = network.reads(layer, i, 0, 0);
  if (link.reads === "flattened") return { layer: source, m: maps[0], box };
  if (link.reads === "whole map") return { layer: source, m: i, box: null };
  return originOf(network, source, i);
}

function originWords(network, { layer, m, box }) {
  const step = network.steps[layer];
  if (!step.isMap) return `${step.name}, unit ${m + 1}`;
  return box ? `${step.name}, map ${m + 1}, row ${box[0]}, column ${box[2]}` : `${step.name}, mean of map ${m + 1}`;
}
