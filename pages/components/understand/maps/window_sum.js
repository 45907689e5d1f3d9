// A convolution's map: each input map times its own kernel, what they add up to, the bias, the activation, the result.
const CARDS = 5; // input maps side by side with their kernels before there are pages
const CARD = 64; // px of an input map; larger where there are few
const KERNEL = 42; // px
const SUM = 104; // px
const RESULT = 224; // px

class WindowSum {
  // opened: the map that is taken apart.
  constructor(opened) {
    Object.assign(this, { opened, view: opened.view, network: opened.network, page: 0 });
    const { layer, map, step } = opened;
    this.parts = this.partsOfSum();
    this.sums = this.total();
    this.limit = Math.max(largest(this.sums), ...this.parts.map(one => one.limit));
    this.kernelLimit = largest(this.parts.flatMap(one => Array.from(this.weights(one))));
    this.output = opened.big(layer, map, this.sideOf(RESULT, step), true);
    this.rows = element("div", "cards");
    this.rows.setAttribute("role", "list");
    this.pager = element("span", "pager");
    this.sumTile = this.signed(this.sums, this.sideOf(SUM, step));
    opened.listen(this.sumTile);
    this.bias = element("div", "step");
    this.formula = element("div", "formula");
    this.numbers = element("div", "numbers");
    this.player = new Player(step.h * step.w, place => this.slide(place));
    this.nodes = this.lay();
    this.turn(0);
  }

  // ---- what is added up

  // The input maps with a kernel that is not all zero, those that add most over the whole map first.
  partsOfSum() {
    const { layer, map, network } = this.opened;
    const parts = network.inputs(layer, map).map((channel, index) => {
      const made = convolved(network, layer, map, index, channel);
      const size = made.reduce((sum, value) => sum + Math.abs(value), 0);
      return { channel, index, made, size, limit: largest(made) };
    });
    const read = parts.filter(one => this.weights(one).some(Boolean));
    this.unread = parts.length - read.length;
    return (read.length ? read : parts.slice(0, 1)).sort((a, b) => b.size - a.size);
  }

  // What all input maps add, before the bias.
  total() {
    const { layer, map, network, step } = this.opened;
    const sum = new Float32Array(step.h * step.w);
    for (let i = 0; i < sum.length; i++) sum[i] = network.rest(layer, map, Math.floor(i / step.w), i % step.w);
    for (const { made } of this.parts) for (let i = 0; i < sum.length; i++) sum[i] += made[i];
    return sum;
  }

  weights({ index }) {
    return this.network.kernel(this.opened.layer, this.opened.map, index);
  }

  // What a part adds at the pixel that is looked at.
  added({ made }) {
    const [y, x] = this.opened.at;
    return made[y * this.opened.step.w + x];
  }

  // ---- the pictures

  sideOf(side, { h, w }) {
    return Math.min(Math.max(side, Math.min(2 * Math.max(h, w), 2 * side)) * rem(), this.view.width - 8);
  }

  // Values on the scale that all parts of the sum share, unless each map has its own.
  signed(values, side) {
    const { h, w } = this.opened.step;
    const limit = this.view.scale === "map" ? largest(values) : this.limit;
    return tileOf(values, { h, w }, zoomOf(Math.max(h, w), side), limit, this.view.dark);
  }

  lay() {
    const { step } = this.opened;
    const { product } = step.kernel;
    const isOne = this.parts.length === 1;
    const note = isOne ? "" : "largest contributions first";
    const left = part(`Input ${isOne ? "map" : "maps"} × kernel`, note, this.rows, this.pager);
    left.classList.add("inputs");
    if (product) left.append(element("div", "rest", "each kernel is depthwise × pointwise"));
    if (this.unread)
      left.append(element("div", "rest", `${counted(this.unread, "other map")} not read: all weights 0`));
    const sum = part("Sum", isOne ? "" : `of ${counted(this.parts.length, "map")}`, this.sumTile, this.bias);
    sum.classList.add("adds");
    const whole = part("The map", "point at a pixel", this.output, this.player.node, this.formula);
    whole.classList.add("asked");
    const hint = isOne ? "" : element("span", "", "of the input map that is chosen");
    this.one = element("section", "part one", element("h4", "", "One window", hint), this.numbers);
    return [left, sum, whole, element("div", "beside", this.opened.thumb, this.one)];
  }

  // The other pages of input maps.
  turn(by) {
    const pages = Math.ceil(this.parts.length / CARDS);
    this.page = clamp(this.page + by, 0, pages - 1);
    const first = this.page * CARDS;
    this.shown = this.parts.slice(first, first + CARDS);
    this.chosen = null;
    this.cards = this.shown.map(one => this.card(one));
    const others = this.parts.filter(one => !this.shown.includes(one));
    this.others = others.length ? this.otherCard(others) : null;
    this.rows.replaceChildren(...[...this.cards, this.others].filter(Boolean).map(card => card.node));
    this.flow = null;
    const step = (words, label, way, isOff) => navigationButton(words, label, () => this.turnAndFollow(way), isOff);
    const words = `${first + 1} to ${first + this.shown.length} of ${this.parts.length}`;
    const ways = [
      step("‹", "Input maps that add more", -1, this.page === 0),
      step("›", "Input maps that add less", 1, this.page === pages - 1),
    ];
    this.pager.replaceChildren(...(pages > 1 ? [ways[0], element("span", "", words), ways[1]] : []));
  }

  turnAndFollow(by) {
    this.turn(by);
    this.opened.follow();
  }

  get side() {
    return (this.parts.length > 3 ? 1 : 1.5) * CARD * rem();
  }

  // One input map, its kernel and what comes of it.
  card(one) {
    const { layer, step } = this.opened;
    const source = this.network.source(layer);
    const [rows, columns] = step.kernel.size;
    const input = this.opened.big(source, one.channel, this.side, false);
    const kernel = element("canvas", "crisp");
    paint(kernel, this.weights(one), rows, columns, this.kernelLimit, this.view.dark);
    place(kernel, rows, columns, zoomOf(Math.max(rows, columns), KERNEL * rem()));
    const made = this.signed(one.made, this.side);
    const number = element("span", "number");
    const name = element("small", "", this.label(one));
    const sign = words => element("span", "times", words);
    const pictures = [input, sign("×"), element("span", "weights", kernel), sign("="), made, number];
    const node = element("button", "card", name, ...pictures);
    node.type = "button";
    node.setAttribute("aria-label", `input ${this.label(one)}: its window`);
    node.onclick = () => this.choose(one);
    this.opened.listen(
      input,
      at => placeOver(step, at),
      () => this.choose(one),
    );
    this.opened.listen(made, undefined, () => this.choose(one));
    return { one, node, input, made, number };
  }

  label({ channel }) {
    const before = this.network.before(this.opened.layer);
    const isColour = before.kind === "Input" && before.count === 3;
    return isColour ? ["red", "green", "blue"][channel] : `map ${channel + 1}`;
  }

  // All input maps that have no card on this page, together.
  otherCard(others) {
    const { h, w } = this.opened.step;
    const made = new Float32Array(h * w);
    for (const one of others) for (let i = 0; i < made.length; i++) made[i] += one.made[i];
    const tile = this.signed(made, this.side);
    const number = element("span", "number");
    this.opened.listen(tile);
    const words = element("small", "", `the other ${others.length} together`);
    return { one: { made }, node: element("div", "card others", words, tile, number), made: tile, number };
  }

  choose(one) {
    this.chosen = one;
    this.opened.follow();
  }

  // ---- what follows the pixel

  follow([{ box }], value) {
    const { marks, at } = this.opened;
    const here = [at[0], at[0] + 1, at[1], at[1] + 1];
    const all = [...this.cards, this.others].filter(Boolean);
    const added = all.map(card => this.added(card.one));
    const most = largest(added);
    const places = added.slice(0, this.cards.length).map(Math.abs);
    const chosen = this.chosen ?? this.shown[places.indexOf(Math.max(...places))];
    all.forEach((card, i) => {
      card.number.textContent = three(added[i]);
      card.number.style.background = tint(added[i], most, this.view.dark);
      if (card.input) card.node.setAttribute("aria-pressed", card.one === chosen);
      if (card.input && !isEmpty(box)) marks.frame(card.input, box, "window");
      marks.frame(card.made, here, "at");
    });
    marks.frame(this.sumTile, here, "at");
    this.tellBias();
    this.formula.replaceChildren(...sumLines(this.terms(value)));
    this.tellNumbers(chosen);
    this.drawFlow(all, added);
  }

  drawFlow(all, added) {
    if (!this.sumTile.isConnected) return;
    if (!this.flow) {
      this.opened.room.querySelector(".flow")?.remove();
      this.flow = new Flow(this.opened.room);
      this.flow.lay([...all.map(card => [card.number, this.sumTile]), [this.sumTile, this.output]]);
    }
    this.flow.carry([...added, added.reduce((a, b) => a + b, 0)]);
  }

  tellBias() {
    const { layer, map, step } = this.opened;
    const bias = this.network.bias(layer, map);
    const swatch = element("i", "swatch");
    swatch.style.background = tint(bias, Math.max(Math.abs(bias), this.limit), this.view.dark);
    const words = step.activation === "linear" ? "" : ` → ${step.activation}`;
    this.bias.replaceChildren("+ bias ", swatch, ` ${three(bias)}${words} →`);
  }

  terms(value) {
    const { layer, map, at } = this.opened;
    const lines = workedOut(this.network, layer, map, ...at);
    if (!lines) return [["the value", value]];
    const count = this.parts.length; // not of those whose weights are all 0
    return [[count === 1 ? "the window's sum" : `sum of ${count} windows`, lines[0][1]], ...lines.slice(1)];
  }

  // Each value of the window times its weight.
  tellNumbers(one) {
    const { layer, step } = this.opened;
    const values = this.network.window(layer, one.channel, ...this.opened.at);
    const table = productTable(values, Array.from(this.weights(one)), step.link.size[1], this.view.dark);
    const sum = element("div", "rest", `input ${this.label(one)}: all products together `);
    sum.append(element("b", "", three(this.added(one))));
    this.numbers.replaceChildren(table, sum, ...this.steps(one));
  }

  // The two steps of a separable convolution: what its depthwise kernel makes of the window, and how much of it counts.
  steps({ index }) {
    const { layer, map, at } = this.opened;
    const found = this.network.twoSteps(layer, map, index, ...at) ?? [];
    return found.map(({ sum, weight, product }, d) => {
      const which = found.length > 1 ? ` kernel ${d + 1}` : "";
      const lines = [
        [`step 1, depthwise${which}: the window's sum`, sum],
        ["step 2: × pointwise weight", weight],
        ["together", product],
      ];
      return element("div", "formula", ...sumLines(lines));
    });
  }

  // ---- the window that slides

  // To a pixel by its number in reading order; null ends it.
  slide(place) {
    const { w } = this.opened.step;
    const at = place === null ? null : [Math.floor(place / w), place % w];
    for (const tile of [...this.cards.map(card => card.made), this.others?.made, this.sumTile, this.output])
      if (tile) cover(tile, at);
    this.opened.show(at ?? this.opened.rest);
  }
}
