// A convolution's map: every input map, its kernel, and what its window adds to the sum.
const CARD = 60; // px of an input map
const KERNEL = 42; // px
const READABLE = 4; // px per value from which on pixels of a card can be told
const NUMBERS = 5; // a window up to this side is shown as numbers too

class WindowSum {
  // opened: the map that is taken apart.
  constructor(opened) {
    Object.assign(this, { opened, view: opened.view, network: opened.network });
    const { layer, map, network, step } = opened;
    const inputs = this.inputs();
    const all = inputs.flatMap((_c, i) => Array.from(network.kernel(layer, map, i)));
    this.kernelLimit = largest(all);
    const { count } = network.before(layer);
    this.rest = step.link.reads === "all maps" ? Math.max(0, count - inputs.length) : 0; // input maps without a card
    this.cards = inputs.map((c, i) => this.card(c, i, (inputs.length <= 4 ? 2 : 1) * CARD * rem()));
    this.output = opened.big(layer, map, opened.view.sideFor(step), true);
    this.formula = element("div", "formula");
    this.numbers = element("div", "numbers");
    this.large = element("div", "large"); // the input map of the window, where its card is too small to tell pixels
    this.nodes = this.lay();
  }

  inputs() {
    const { layer, map, network, step } = this.opened;
    if (step.link.reads === "own map") return [Math.floor(map / step.link.multiplier)];
    return [...Array(Math.min(network.before(layer).shown, step.kernel.channels)).keys()];
  }

  lay() {
    const isMany = this.cards.length > 4;
    const cards = element("div", "cards", ...this.cards.map(card => card.node));
    cards.setAttribute("role", "list");
    const note = this.opened.step.kernel.product
      ? "kernel = depthwise × pointwise"
      : `orange ${three(-this.kernelLimit)} … blue +${three(this.kernelLimit)}`;
    const left = part("Input maps × kernel", note, cards);
    left.className = `part inputs${isMany ? " many" : ""}`;
    const whole = part("The map", "point at a pixel", this.output, this.formula);
    const hint = this.cards.length > 1 ? element("span", "", "click an input map for another") : "";
    const one = element("section", "part", element("h4", "", "One window", hint), this.large, this.numbers);
    return [left, element("div", "beside", whole, this.opened.thumb, one)];
  }

  // An input map of this channel with the kernel of this index.
  card(channel, index, side) {
    const { layer, map, network, step } = this.opened;
    const before = network.before(layer);
    const tile = this.opened.big(network.source(layer), channel, side, false);
    const [rows, columns] = step.kernel.size;
    const weights = element("canvas", "crisp");
    paint(weights, network.kernel(layer, map, index), rows, columns, this.kernelLimit, this.view.dark);
    place(weights, rows, columns, zoomOf(Math.max(rows, columns), KERNEL * rem()));
    const number = element("span", "number");
    const times = element("span", "times", "×");
    const node = element("button", "card", tile, times, element("span", "weights", weights), number);
    const isColour = before.kind === "Input" && before.count === 3;
    const label = isColour ? ["red", "green", "blue"][channel] : `map ${channel + 1}`;
    Object.assign(node, { type: "button", title: `input ${label}` });
    node.onclick = () => {
      this.opened.chosen = index;
      this.opened.follow();
      this.numbers.scrollIntoView({ block: "nearest" });
    };
    return { node, tile, number, channel, index, label };
  }

  follow([{ box }], value) {
    const { marks, chosen } = this.opened;
    const sums = this.cards.map(card => this.sum(card));
    const most = largest(sums);
    // Where every sum is zero, none is the largest.
    const shown =
      chosen ??
      Math.max(
        0,
        sums.findIndex(sum => Math.abs(sum) === most),
      );
    this.cards.forEach((card, i) => {
      card.number.textContent = three(sums[i]);
      card.number.style.background = tint(sums[i], most, this.view.dark);
      card.node.setAttribute("aria-pressed", i === shown);
      if (!isEmpty(box)) marks.frame(card.tile, box, "window");
    });
    this.formula.replaceChildren(...sumLines(this.terms(sums, value)));
    this.enlarge(this.cards[shown], box);
    this.tellNumbers(this.cards[shown], sums[shown]);
  }

  enlarge(card, box) {
    const { layer, marks } = this.opened;
    const before = this.network.before(layer);
    const canvas = card.tile.firstChild;
    if (canvas.offsetWidth >= READABLE * before.w) return;
    if (this.enlarged !== card) {
      const side = Math.min(rem() * Math.max(BIG, 2 * before.h, 2 * before.w), this.view.sideFor(before));
      this.large.replaceChildren(this.opened.big(this.network.source(layer), card.channel, side, false));
      this.enlarged = card;
    }
    if (!isEmpty(box)) marks.frame(this.large.firstChild, box, "window");
  }

  window(card) {
    return this.network.window(this.opened.layer, card.channel, ...this.opened.at);
  }

  weights(card) {
    return this.network.kernel(this.opened.layer, this.opened.map, card.index);
  }

  sum(card) {
    const weights = this.weights(card);
    return this.window(card).reduce((sum, v, i) => sum + (v ?? 0) * weights[i], 0);
  }

  terms(sums, value) {
    const { activation } = this.opened.step;
    const total = sums.reduce((a, b) => a + b, 0);
    const bias = this.network.bias(this.opened.layer, this.opened.map);
    const windows = sums.length === 1 ? "the window's sum" : `sum of ${sums.length} windows`;
    const first = [
      [windows, total],
      ["bias", bias],
    ];
    if (this.rest) return [...first, [`and ${this.rest} more input maps`, null], [activation, value]];
    const last = activation === "linear" ? "the value" : `after ${activation}`;
    return [...first, ["together", total + bias], [last, value]];
  }

  // Window, kernel and their products as numbers.
  tellNumbers(card, sum) {
    const [rows, columns] = this.opened.step.link.size;
    const values = this.window(card);
    const weights = Array.from(this.weights(card));
    const products = values.map((v, i) => (v ?? 0) * weights[i]);
    const title = element("div", "rest", `input ${card.label}`);
    if (Math.max(rows, columns) > NUMBERS) {
      const words = `${rows}×${columns} products, together ${three(sum)}`;
      this.numbers.replaceChildren(title, element("div", "rest", words));
      return;
    }
    const table = (numbers, limit, words) => numberTable(numbers, columns, limit, this.view.dark, words);
    this.numbers.replaceChildren(
      title,
      table(values, this.view.limit(this.network.source(this.opened.layer), card.channel), "window"),
      element("span", "sign", "×"),
      table(weights, this.kernelLimit, "kernel"),
      element("span", "sign", "="),
      table(products, largest(products), `products, together ${three(sum)}`),
    );
  }
}
