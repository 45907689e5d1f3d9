// Logistic regression on pixels: a picture flattened into a column, one weight for every entry, trained here from zero.
const MOST_STEPS = 2000, KEPT_EVERY = 20, FAR = 100, FRAME_MS = 12; // steps that can be walked; from one copy of the weights to the next; ms of a frame for learning
const BLANK = Math.LN2, RUNAWAY = 2 * BLANK; // the loss of who says 0.5 to everything; a loss at which learning is stopped
const ENTRIES = 7, NUDGE = 1e-5; // rows of the magnified column; half-width of finite differences
const CHANNELS = { 1: ["grey"], 3: ["red", "green", "blue"] };

// ---- arithmetic; core/learn/logistic.py says the same in NumPy

const flatIndex = (row, column, channel, width, channels) => (row * width + column) * channels + channel;
const placeOf = (index, width, channels) => [Math.floor(index / channels / width), Math.floor(index / channels) % width, index % channels];

// Which pictures are learned from and which are held out: of each class the same share, drawn by the seed.
function dealtOut(counts, share, seed) {
  const random = generator(seed), isTrain = new Uint8Array(counts[0] + counts[1]);
  let start = 0;
  for (const count of counts) {
    const taken = Math.min(Math.max(1, Math.floor(count * share + 0.5)), count - 1);
    for (const place of shuffled(count, random).subarray(0, taken)) isTrain[start + place] = 1;
    start += count;
  }
  const places = Int32Array.from(isTrain.keys());
  return { train: places.filter(i => isTrain[i]), test: places.filter(i => !isTrain[i]) };
}

// The loss of one picture from its logit, so that no sure answer overflows.
const surprise = (z, y) => Math.max(z, 0) - z * y + Math.log1p(Math.exp(-Math.abs(z)));

// Softmax of two logits; the larger is taken away first, so that no power overflows.
function pairSoftmax(z1, z2) {
  const most = Math.max(z1, z2), [first, second] = [Math.exp(z1 - most), Math.exp(z2 - most)];
  return [first / (first + second), second / (first + second)];
}

// One weight for each input, all pictures at once. pixels: bytes, picture after picture, each in the order of its column.
class PixelRegression {
  constructor({ pixels, inputs, counts }, { train, test }) {
    const total = counts[0] + counts[1];
    Object.assign(this, { pixels, inputs, train, test, b: 0, w: new Float64Array(inputs), slope: new Float64Array(inputs), z: new Float64Array(total) });
    this.labels = Uint8Array.from({ length: total }, (_, j) => j >= counts[0]);
  }

  // The logits of all pictures.
  forward() {
    const { pixels, inputs, w, z, b } = this;
    for (let j = 0; j < z.length; j++) z[j] = this.product(w, pixels, j * inputs, inputs) / 255 + b;
  }

  product(w, pixels, from, count) {
    let even = 0, odd = 0, i = 0; // two sums side by side: neither waits for the other's last addition
    for (; i + 1 < count; i += 2) { even += w[i] * pixels[from + i]; odd += w[i + 1] * pixels[from + i + 1]; }
    if (i < count) even += w[i] * pixels[from + i];
    return even + odd;
  }

  difference(j) { return ACTIVATIONS.sigmoid(this.z[j]) - this.labels[j]; } // a − y

  // (1/m) X (A − Y)ᵀ into `slope`; returns the slope of the bias.
  gradient() {
    const { pixels, inputs, train, slope } = this;
    let bias = 0;
    slope.fill(0);
    for (const j of train) {
      const d = this.difference(j), scaled = d / 255, from = j * inputs;
      bias += d;
      for (let i = 0; i < inputs; i++) slope[i] += scaled * pixels[from + i];
    }
    for (let i = 0; i < inputs; i++) slope[i] /= train.length;
    return bias / train.length;
  }

  step(rate) {
    const bias = this.gradient(), { w, slope } = this;
    for (let i = 0; i < w.length; i++) w[i] -= rate * slope[i];
    this.b -= rate * bias;
    this.forward();
  }

  measure(places) {
    let loss = 0, right = 0;
    for (const j of places) { loss += surprise(this.z[j], this.labels[j]); right += this.isRight(j); }
    return { loss: loss / places.length, accuracy: right / places.length };
  }

  isRight(j) { return this.z[j] > 0 === this.labels[j] > 0; }
  x(j, i) { return this.pixels[j * this.inputs + i] / 255; }

  // How the loss changes with one weight: by the formula, and by its own values a little right and left.
  slopeOf(i) {
    const { train, z, labels } = this;
    let exact = 0, right = 0, left = 0;
    for (const j of train) {
      const x = this.x(j, i);
      exact += this.difference(j) * x;
      right += surprise(z[j] + NUDGE * x, labels[j]);
      left += surprise(z[j] - NUDGE * x, labels[j]);
    }
    return { exact: exact / train.length, measured: (right - left) / (2 * NUDGE * train.length) };
  }

  // Below this rate every step brings the loss down: 8 m over the largest eigenvalue of X Xᵀ, the bias taken in; by power iteration.
  largestRate() {
    const { pixels, inputs, train } = this, direction = new Float64Array(inputs).fill(1), next = new Float64Array(inputs);
    let bias = 1, size = 1;
    for (let round = 0; round < 7; round++) {
      let nextBias = 0;
      next.fill(0);
      for (const j of train) {
        const share = this.product(direction, pixels, j * inputs, inputs) / 255 + bias;
        nextBias += share;
        for (let i = 0; i < inputs; i++) next[i] += (share * pixels[j * inputs + i]) / 255;
      }
      size = Math.sqrt(nextBias ** 2 + next.reduce((sum, value) => sum + value * value, 0));
      bias = nextBias / size;
      for (let i = 0; i < inputs; i++) direction[i] = next[i] / size;
    }
    return (8 * train.length) / size;
  }
}

// ---- the lab

const percentOf = value => `${Math.round(100 * value)}\u202f%`;
const near0 = value => (Math.abs(value) < 1e-12 ? 0 : value); // what rounding leaves of a 0 is none
const inBrackets = value => (value < 0 ? `(${three(value)})` : three(value));

class LogisticRegression extends Lab {
  build() {
    Object.assign(this, { channel: 0, at: 0, top: 0, pointing: false, weightSheets: [], tiles: [], trail: [] });
    this.buildPicture();
    this.buildTraining();
    this.buildTiles();
    this.notice = element("div", "notice");
    this.notice.setAttribute("role", "alert");
    this.body = element("div", "body", this.judged, this.unroll, this.learning, this.said, this.formula);
    this.stage.append(this.notice, this.body);
    this.buildScript();
    this.buildSide();
    this.taskList.before(this.buildSoftmax());
  }

  buildSide() {
    this.fields = { ...this.fields, dataset: { ...this.fields.dataset, choices: this.data.offered } };
    this.shapes = element("div", "shapes scroll");
    this.count = element("small", "");
    this.back = button("", () => { this.set({ rate: this.steady }); this.restart(); });
    this.back.classList.add("primary");
    this.back.hidden = true;
    this.side.append(this.knob("dataset", "Pictures"), element("div", "classes", this.classMenu("first", "Class y = 0", "second"), this.classMenu("second", "Class y = 1", "first")),
      this.wrongClass = element("div", "complaint"), this.count, this.knob("rate", "Learning rate"), this.back, this.knob("share", "Train share"), this.knob("seed"), this.shapes, this.resetButton());
    this.wrongClass.setAttribute("role", "alert");
  }

  // A menu of the dataset's classes; the class that the other menu holds is refused in place.
  classMenu(name, label, other) {
    const menu = element("select");
    menu.setAttribute("aria-label", label);
    menu.onchange = () => {
      const taken = Number(menu.value);
      if (taken !== this.settings[other]) { this.set({ [name]: taken, picture: 0 }); return; }
      const { classes } = this.offer, { first, second } = this.settings;
      const back = button(`Back to ${classes[this.settings[name]]}`, () => this.refresh());
      this.wrongClass.replaceChildren(`Twice ${classes[taken]}: there is nothing to tell apart. It goes on with ${classes[first]} and ${classes[second]}. `, back);
    };
    this.knobs.set(name, value => {
      const { classes } = this.offer;
      if (!same([...menu.options].map(one => one.textContent), classes)) menu.replaceChildren(...classes.map((text, i) => Object.assign(element("option", "", text), { value: i })));
      menu.value = value;
    });
    return element("div", "knob", element("span", "label", label, this.tip(this.fields[name])), menu);
  }

  get offer() { return this.data.choices[this.settings.dataset]; }

  // Another dataset brings its own classes and rate; a link that names them keeps them.
  settle(settings) {
    const { classes, first, second, rate } = this.data.choices[settings.dataset], moved = this.settledOn && this.settledOn !== settings.dataset;
    this.settledOn = settings.dataset;
    this.wrongClass?.replaceChildren();
    if (moved) return { ...settings, first, second, rate, picture: 0 };
    const legal = settings.first !== settings.second && Math.max(settings.first, settings.second) < classes.length;
    return legal ? settings : { ...settings, first, second };
  }

  // ---- pictures from the server

  // Takes over the pictures of the classes that are chosen; those of a choice given up meanwhile are left alone.
  adopt() {
    const told = this.data.pictures;
    if (!told || told.sign === this.packSign || ["dataset", "first", "second"].some(name => told[name] !== this.settings[name])) return;
    const { pixels, dataset, first, second, counts, width, channels, sign } = told;
    const bytes = Uint8Array.from(atob(pixels), letter => letter.charCodeAt(0)), inputs = bytes.length / (counts[0] + counts[1]);
    this.packSign = sign;
    const names = [first, second].map(i => this.data.choices[dataset].classes[i]);
    this.pack = { pixels: bytes, inputs, counts, width, channels, height: inputs / width / channels, dataset, first, second, names };
  }

  take(data) {
    const fresh = data.revision !== this.data.revision, news = data.pictures?.sign !== this.data.pictures?.sign || !same(data.refused, this.data.refused);
    if (fresh) this.settledOn = null;
    super.take(data);
    if (!fresh && news) this.refresh();
  }

  get isLoaded() { return Boolean(this.pack) && ["dataset", "first", "second"].every(name => this.pack[name] === this.settings[name]); }

  tellWaiting() {
    const { settings, data } = this, { dataset } = settings, other = this.pack?.dataset ?? data.offered[0], refused = data.refused?.dataset === dataset ? data.refused.words : null;
    const missing = !data.offered.includes(dataset) && `${dataset} is not on this machine: choose it once on the Data page, which fetches it.`;
    const why = missing || refused;
    this.body.hidden = !this.pack;
    this.body.classList.toggle("stale", !this.isLoaded);
    this.notice.hidden = this.isLoaded || (this.pack && !why); // pictures that come soon move nothing on the page
    if (this.isLoaded) return;
    this.tally.textContent = "The pictures are on their way.";
    const home = button(`Back to ${other}`, () => this.goBack(other)), again = button("Try again", () => this.act("again", Date.now()));
    this.notice.classList.toggle("complaint", Boolean(why));
    this.notice.replaceChildren(...(why ? [`${why} `, ...(missing ? [] : [again, " "]), home] : ["The pictures are on their way."]));
  }

  // To the pictures that are still here, with their classes.
  goBack(dataset) {
    const { first, second } = this.pack ?? this.data.choices[dataset], { rate } = this.data.choices[dataset];
    this.settledOn = dataset;
    this.set({ dataset, first, second, rate, picture: 0 });
  }

  // ---- one picture, its column, its products

  buildPicture() {
    const onLeave = () => this.leave(), sheet = label => new Sheet({ label, onPoint: (row, column) => this.pointAt(row, column, this.channel), onLeave });
    this.picture = sheet("The picture; arrow keys go from pixel to pixel");
    this.products = sheet("Weight times pixel");
    this.pictureHead = element("h4", "");
    this.verdict = element("figcaption", "verdict");
    this.productLegend = element("figcaption", "");
    this.productHead = element("h4", "");
    this.strip = element("canvas", "crisp");
    this.lens = element("i", "lens");
    this.column = element("div", "strip", this.strip, this.lens);
    this.listenToColumn();
    this.rows = Array.from({ length: ENTRIES }, (_, k) => this.entry(k));
    this.columnHead = element("h4", "");
    const head = element("div", "entry head", ...["entry", "x", "w", "w · x"].map(text => element("span", "", text)));
    const table = element("div", "entries", head, ...this.rows.map(row => row.node), this.sum = element("div", "rest"), this.rest = element("div", "rest"));
    const figure = (className, ...nodes) => element("figure", className, ...nodes);
    this.figures = [figure("", this.pictureHead, this.picture.node, this.verdict), figure("", this.productHead, this.products.node, this.productLegend)];
    this.unroll = element("div", "row flat", this.figures[0], figure("as-column", this.columnHead, element("div", "unrolled", this.column, table)), this.figures[1]);
  }

  entry(k) {
    const cells = Array.from({ length: 4 }, () => element("span", "")), node = element("div", "entry", ...cells);
    node.onpointerenter = () => this.point(this.top + k);
    node.onpointerleave = () => this.leave();
    return { node, cells };
  }

  listenToColumn() {
    const { column } = this, follow = event => {
      const { top, height } = column.getBoundingClientRect();
      this.point(clamp(Math.floor(((event.clientY - top) / height) * this.pack.inputs), 0, this.pack.inputs - 1), true);
    };
    column.tabIndex = 0;
    column.setAttribute("role", "slider");
    column.setAttribute("aria-label", "The column; arrow keys go from entry to entry, Page Up and Page Down from row to row of the picture");
    column.setAttribute("aria-valuemin", 0);
    column.onpointermove = column.onpointerdown = follow;
    column.onpointerleave = column.onblur = () => this.leave();
    column.onfocus = () => { if (column.matches(":focus-visible")) this.point(this.at); };
    column.onkeydown = event => {
      const { inputs, width, channels } = this.pack, line = width * channels;
      const to = { ArrowDown: this.at + 1, ArrowRight: this.at + 1, ArrowUp: this.at - 1, ArrowLeft: this.at - 1, PageDown: this.at + line, PageUp: this.at - line, Home: 0, End: inputs - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      this.point(clamp(to, 0, inputs - 1));
    };
  }

  pointAt(row, column, channel) {
    this.channel = channel;
    this.point(flatIndex(row, column, channel, this.pack.width, this.pack.channels));
  }

  // Shows one entry everywhere: in the picture, the column, the weights and the products. centred: the magnified rows follow.
  point(index, centred = false) {
    const { inputs, width, channels } = this.pack;
    this.at = clamp(index, 0, inputs - 1);
    this.channel = placeOf(this.at, width, channels)[2];
    this.pointing = true;
    if (centred || this.at < this.top || this.at >= this.top + ENTRIES) this.top = clamp(this.at - (ENTRIES >> 1), 0, Math.max(0, inputs - ENTRIES));
    this.showEntry();
    this.judgeTasks();
  }

  // Begins in the middle of the picture.
  centre() {
    const { height, width, channels, inputs } = this.pack;
    this.at = flatIndex(height >> 1, width >> 1, 0, width, channels);
    this.top = clamp(this.at - (ENTRIES >> 1), 0, inputs - ENTRIES);
    this.channel = 0;
  }

  leave() {
    if (!this.pointing) return;
    this.pointing = false;
    this.showEntry();
  }

  // ---- training

  buildTraining() {
    const axis = { low: 0, high: 20, label: "step" };
    this.losses = new Plot({ label: "Loss over the steps", x: axis, y: { low: 0, high: 0.8, label: "loss" } });
    this.accuracies = new Plot({ label: "Accuracy over the steps", x: axis, y: { low: 0, high: 1, label: "accuracy" } });
    this.player = new Player({ length: () => MOST_STEPS + 1, interval: 70, onStep: at => this.walkTo(at), label: "Gradient descent" });
    this.player.toggle.addEventListener("click", () => cancelAnimationFrame(this.rushing));
    this.steps = element("span", "count");
    this.weightHead = element("h4", "");
    this.weightRow = element("div", "channels");
    this.weightLegend = element("figcaption", "");
    const key = element("div", "keyed", element("span", "train", element("i"), "training"), element("span", "test", element("i"), "held out"));
    const controls = element("div", "row middle controls", this.player.node, button(`${FAR} steps`, () => this.far(FAR)), button("Back to w = 0", () => this.restart(), "reset"), this.steps);
    this.weightFigure = element("figure", "", this.weightHead, this.weightRow, this.weightLegend);
    this.curves = element("div", "curves", key, element("div", "pair", this.losses.node, this.accuracies.node));
    this.learning = element("section", "learning", controls, element("div", "row grown", this.weightFigure, this.curves));
  }

  restart() {
    this.pause();
    this.begin();
    this.show();
  }

  pause() {
    cancelAnimationFrame(this.rushing);
    this.player.pause();
  }

  // A fresh model on the pictures as they are dealt out now.
  begin() {
    const { share, seed } = this.settings;
    this.model = new PixelRegression(this.pack, dealtOut(this.pack.counts, share, seed));
    this.model.forward();
    this.largest = this.model.largestRate();
    this.model.gradient();
    this.faint = 8 * this.largest * largest(this.model.slope); // weights below this are painted paler: they are seen to grow
    Object.assign(this, { trail: [], rates: [], kept: [], step: 0, isWarned: false });
    this.player.at = 0;
    this.record();
  }

  record() {
    const { model } = this;
    this.trail[this.step] = { train: model.measure(model.train), test: model.measure(model.test) };
    if (this.step % KEPT_EVERY === 0) this.kept[this.step / KEPT_EVERY] = { w: model.w.slice(), b: model.b };
  }

  // Who goes on after having been stopped is not stopped again, as long as there are numbers.
  get ranAway() { return !(this.trail[this.step]?.train.loss < (this.isWarned ? 1e9 : RUNAWAY)); }

  // Goes to a step: back by way of a copy of the weights, on by learning; a step once made is made again with its own rate.
  walkTo(at) {
    if (!this.isLoaded) { this.pause(); return; }
    if (at < this.step) this.backTo(at);
    else if (at > this.step && this.ranAway) this.isWarned = true;
    while (this.step < Math.min(at, MOST_STEPS) && !this.ranAway) this.advance();
    this.player.at = this.step;
    if (this.ranAway || this.step === MOST_STEPS) this.pause();
    this.show();
    this.judgeTasks();
  }

  backTo(at) {
    const copy = this.kept[Math.floor(at / KEPT_EVERY)];
    this.model.w.set(copy.w);
    this.model.b = copy.b;
    this.model.forward();
    this.step = Math.floor(at / KEPT_EVERY) * KEPT_EVERY;
    while (this.step < at) this.advance();
  }

  advance() {
    this.rates[this.step] ??= this.settings.rate;
    this.model.step(this.rates[this.step]);
    this.step++;
    if (this.step >= this.trail.length) this.record();
  }

  // Many steps, as many in each frame as its time allows, so that the weights are seen to grow.
  far(count) {
    this.pause();
    const goal = Math.min(MOST_STEPS, this.step + count);
    if (this.ranAway) this.isWarned = true;
    const frame = () => {
      const until = performance.now() + FRAME_MS;
      do this.advance(); while (this.step < goal && !this.ranAway && performance.now() < until);
      this.walkTo(this.step);
      if (this.step < goal && !this.ranAway && this.host.isConnected) this.rushing = requestAnimationFrame(frame);
    };
    if (this.isLoaded && this.step < goal && !this.ranAway) this.rushing = requestAnimationFrame(frame);
  }

  // ---- pictures judged

  buildTiles() {
    this.tileRows = element("div", "tile-rows");
    this.tileHead = element("div", "row middle", this.knob("shown", "Show"), this.tally = element("span", "tally"));
    this.judged = element("section", "judged", this.tileHead, this.tileRows);
    this.tileRows.onkeydown = event => {
      const tiles = [...this.tileRows.querySelectorAll("button")], at = tiles.indexOf(event.target), by = { ArrowRight: 1, ArrowDown: this.perRow, ArrowLeft: -1, ArrowUp: -this.perRow }[event.key];
      if (!by || at < 0) return;
      event.preventDefault();
      tiles[clamp(at + by, 0, tiles.length - 1)].focus();
    };
  }

  draw() {
    this.adopt();
    this.tellWaiting();
    this.drawSoftmax();
    if (!this.pack) return;
    this.drawShapes();
    if (!this.isLoaded) { this.pause(); return; }
    const { share, seed, rate } = this.settings, sign = JSON.stringify([this.packSign, share, seed]);
    if (sign !== this.modelSign) {
      this.pause();
      this.begin();
      if (this.inputsBefore !== this.pack.inputs) this.centre();
      Object.assign(this, { modelSign: sign, inputsBefore: this.pack.inputs });
      this.drawShapes();
    } else if (rate !== this.rated) { // another rate goes on from here
      this.trail.length = Math.min(this.trail.length, this.step + 1);
      this.rates.length = Math.min(this.rates.length, this.step);
    }
    this.rated = rate;
    this.laySheets();
    this.layTiles();
    this.show();
  }

  // ---- layout: what changes with the pictures and the room, not with every step

  // What the picture may take, so that its column and its products stand beside it; rem().
  get sideOfOne() {
    const beside = (this.room / rem() - 16.4 * 16 - 58) / 2;
    return beside < 100 ? 150 : Math.min(this.pack.channels === 1 ? 176 : 192, beside);
  }

  laySheets() {
    const { height, width, channels, inputs, names } = this.pack, side = this.sideOfOne, [first, second] = names, isGrey = channels === 1;
    const chosen = this.settings.picture < this.model.z.length ? this.settings.picture : 0;
    const planes = Array.from({ length: channels }, (_, c) => Float64Array.from({ length: height * width }, (__, p) => this.model.x(chosen, p * channels + c)));
    this.chosen = chosen;
    this.picture.image({ height, width, planes }, side);
    this.columnHead.replaceChildren("As one column", element("small", "", `${grouped(inputs)} entries`));
    this.productHead.textContent = "Products w · x";
    if (this.weightSheets.length !== channels) {
      this.weightSheets = CHANNELS[channels].map((name, c) => new Sheet({ label: `Weights, ${name}`, onPoint: (row, column) => this.pointAt(row, column, c), onLeave: () => this.leave() }));
      this.weightRow.replaceChildren(...this.weightSheets.map((sheet, c) => element("div", "channel", sheet.node, element("small", "", isGrey ? "" : CHANNELS[3][c]))));
    }
    this.weightHead.replaceChildren("The weights w", element("small", "", isGrey ? "" : "one picture for each colour"));
    this.says = [`orange speaks for ${first}, blue for ${second}`, first, second];
    this.unrollColumn(this.picture.height * this.picture.zoom);
    const drawn = this.picture.height * this.picture.zoom;
    this.pictureHead.replaceChildren("A picture", element("small", "", drawn < 140 * rem() ? "" : `${height} × ${width} × ${channels}`)); // beside a small one there is no room
    for (const node of this.figures) node.style.width = `${drawn}px`;
    this.weightFigure.style.width = isGrey ? `${drawn}px` : "";
    this.sizeCurves(isGrey ? drawn : 3 * 130 * rem());
  }

  // Both curves beside the weights, or one above the other there, or below them.
  sizeCurves(taken) {
    const r = rem(), whole = this.room, rest = whole - taken - 30, half = room => (room - 18) / 2;
    this.weightSide = this.pack.channels === 1 ? this.picture.height * this.picture.zoom / r + 1 : whole < 420 * r ? 100 : 130;
    const isBeside = rest > 380 * r || (rest > 240 * r && this.pack.channels === 3);
    const [width, height] = rest > 380 * r ? [half(rest), 190] : isBeside ? [rest, 130] : whole > 520 ? [half(whole), 190] : [whole, 170];
    this.curves.style.flexBasis = isBeside ? "0" : "100%";
    this.curveSize = { width: Math.floor(width) - 1, height: height * r };
  }

  // The column at the height of the picture. Where entries are finer than a row of the screen, each row shows their mean colour.
  unrollColumn(tall) {
    const { inputs, channels } = this.pack, rows = Math.min(inputs, Math.round(tall)), pen = this.strip.getContext("2d");
    Object.assign(this.strip, { width: 1, height: rows });
    Object.assign(this.strip.style, { height: `${tall}px` });
    this.column.style.height = `${tall}px`;
    const sums = new Float64Array(rows * 3), counts = new Float64Array(rows * 3), pixels = pen.createImageData(1, rows);
    for (let i = 0; i < inputs; i++) {
      const row = Math.floor((i / inputs) * rows), x = this.model.x(this.chosen, i);
      for (let c = 0; c < 3; c++) if (channels === 1 || i % 3 === c) { sums[3 * row + c] += x; counts[3 * row + c]++; }
    }
    for (let row = 0; row < rows; row++) {
      for (let c = 0; c < 3; c++) pixels.data[4 * row + c] = (255 * sums[3 * row + c]) / Math.max(1, counts[3 * row + c]);
      pixels.data[4 * row + 3] = 255;
    }
    pen.putImageData(pixels, 0, 0);
    this.column.setAttribute("aria-valuemax", inputs - 1);
  }

  // Which pictures are shown: as many of each class as fit into a few rows.
  layTiles() {
    const { height, width, channels, names } = this.pack, zoom = Math.max(1, Math.floor((width <= 12 ? 6 : width <= 32 ? 2 : 1) * rem())), side = zoom * width;
    const isWide = this.room > 520 * rem(), beside = Math.max(...names.map(name => name.length)) > 3 ? 84 : 48, wide = this.room - (isWide ? beside * rem() : 0);
    this.perRow = Math.max(1, Math.floor((wide + 5) / (side + 6)));
    this.mostTiles = this.perRow * (isWide ? 1 : 2);
    const sign = JSON.stringify([this.modelSign, zoom, this.mostTiles]);
    if (sign === this.tileSign) return;
    this.tileSign = sign;
    this.tileRows.style.setProperty("--beside", `${beside / 16}rem`);
    this.tiles = new Map();
    this.tileRows.replaceChildren(...this.groups = [0, 1].map(label => {
      const head = element("small", "", `${names[label]} `, element("span", "", `y = ${label}`)), list = element("div", "tiles");
      return Object.assign(element("div", "tile-group", head, list), { list });
    }));
    this.makeTile = j => {
      const canvas = element("canvas", "crisp"), told = element("span", ""), tile = element("button", "tile", canvas, told);
      const pen = canvas.getContext("2d"), pixels = pen.createImageData(width, height);
      Object.assign(canvas, { width, height });
      for (let p = 0; p < width * height; p++) {
        for (let c = 0; c < 3; c++) pixels.data[4 * p + c] = this.pack.pixels[j * this.pack.inputs + p * channels + (channels === 3 ? c : 0)];
        pixels.data[4 * p + 3] = 255;
      }
      pen.putImageData(pixels, 0, 0);
      place(canvas, height, width, zoom);
      Object.assign(tile, { type: "button", onclick: () => this.open(j), told });
      return tile;
    };
  }

  open(j) {
    this.opened = j;
    this.set({ picture: j });
  }

  // ---- what changes with every step

  show() {
    if (!this.model) return;
    this.showWeights();
    this.showCurves();
    this.showTiles();
    this.showEntry();
    this.writeScript();
    const far = this.settings.rate > this.largest;
    this.steady = this.calmRate();
    this.back.hidden = !far && !this.ranAway;
    this.back.textContent = `Take ${three(this.steady)} and begin again`;
    this.fromPicture.disabled = false;
    this.steps.textContent = `step ${grouped(this.step)}`;
  }

  // The largest rate of the knob that is safe on these pictures, with some room.
  calmRate() { return this.fields.rate.steps.findLast(rate => rate < 0.7 * this.largest) ?? this.fields.rate.low; }

  showWeights() {
    const { height, width, channels } = this.pack, { w } = this.model, limit = Math.max(largest(w), this.faint), size = height * width;
    this.weightSheets.forEach((sheet, c) => sheet.signed(channels === 1 ? w : Float64Array.from({ length: size }, (_, p) => w[p * channels + c]), height, width, this.weightSide, limit));
    this.weightLegend.replaceChildren(legend(limit, this.dark), element("div", "", this.says[0]));
    const products = new Float64Array(size);
    for (let i = 0; i < w.length; i++) products[Math.floor(i / channels)] += w[i] * this.model.x(this.chosen, i);
    const most = Math.max(largest(products), this.faint);
    this.products.signed(products, height, width, this.picture.height * this.picture.zoom / rem() + 1, most);
    this.productLegend.replaceChildren(legend(most, this.dark), element("div", "", channels === 1 ? this.says[0] : "the three colours added"));
  }

  showCurves() {
    const seen = this.trail.slice(0, this.step + 1), every = Math.max(1, Math.floor(seen.length / 400));
    const high = Math.max(0.8, ...seen.map(({ train, test }) => Math.max(train.loss, test.loss)).filter(Number.isFinite));
    const x = { low: 0, high: Math.max(20, this.step), label: "step" }, along = (which, what) => seen.map((one, i) => [i, one[which][what]]).filter((_, i) => i % every === 0 || i === this.step);
    this.losses.frame({ x, y: { low: 0, high: Math.min(high, 50), label: "loss" }, ...this.curveSize });
    this.accuracies.frame({ x, y: { low: 0, high: 1, label: "accuracy" }, ...this.curveSize });
    this.losses.line("blank", [[0, BLANK], [x.high, BLANK]]);
    for (const which of ["train", "test"]) {
      this.losses.line(which, along(which, "loss"));
      this.accuracies.line(which, along(which, "accuracy"));
    }
  }

  showTiles() {
    const { shown } = this.settings, { model, tiles } = this, places = shown === "training" ? model.train : model.test, held = this.host.getRootNode().activeElement;
    const wanted = [0, 1].map(label => [...places].filter(j => model.labels[j] === label && (shown !== "wrong" || (this.step && !model.isRight(j)))).slice(0, this.mostTiles));
    wanted.forEach((list, label) => {
      const nodes = list.map(j => tiles.get(j) ?? tiles.set(j, this.makeTile(j)).get(j)), { childNodes } = this.groups[label].list;
      if (nodes.length !== childNodes.length || nodes.some((node, i) => node !== childNodes[i])) this.groups[label].list.replaceChildren(...nodes);
      list.forEach((j, i) => this.showTile(nodes[i], j));
    });
    const flat = wanted.flat(), first = flat.includes(this.chosen) ? this.chosen : flat[0];
    flat.forEach(j => { tiles.get(j).tabIndex = j === first ? 0 : -1; });
    if (held?.isConnected && held.classList.contains("tile")) held.focus();
    this.tallyUp(places, flat.length);
  }

  showTile(tile, j) {
    const { model, says } = this, p = ACTIVATIONS.sigmoid(model.z[j]), isOpen = model.z[j] === 0, right = model.isRight(j), isWrong = !isOpen && !right;
    tile.told.textContent = `${isWrong ? "✗ " : ""}${p.toFixed(2)}`;
    tile.classList.toggle("missed", isWrong);
    tile.classList.toggle("open", j === this.chosen);
    tile.setAttribute("aria-pressed", j === this.chosen);
    tile.setAttribute("aria-label", `${says[1 + model.labels[j]]}, probability of ${says[2]} ${p.toFixed(2)}${isOpen ? "" : right ? ", right" : ", wrong"}`);
  }

  tallyUp(places, count) {
    const right = [...places].filter(j => this.model.isRight(j)).length, of = this.settings.shown === "training" ? "training pictures" : "held-out pictures";
    if (!this.step) this.tally.textContent = `It says 0.5 of all ${places.length} ${of}: it has learned nothing yet.`;
    else this.tally.textContent = `${right} of ${places.length} ${of} right. Below each: the probability of ${this.says[2]}.${this.settings.shown === "wrong" && !count ? " None is wrong." : ""}`;
  }

  // ---- one entry of the column, and the sum that it is part of

  showEntry() {
    if (!this.model) return;
    const { width, channels, inputs } = this.pack, { model, at, chosen } = this, [row, column, channel] = placeOf(at, width, channels), box = [row, row + 1, column, column + 1];
    this.picture.frame("now", box);
    this.products.frame("now", box);
    this.weightSheets.forEach((sheet, c) => sheet.frame("now", c === channel || !this.pointing ? box : null));
    for (const sheet of [this.picture, this.products, ...this.weightSheets]) sheet.at = [row, column];
    const tall = this.picture.height * this.picture.zoom, each = tall / inputs;
    Object.assign(this.lens.style, { top: `${at * each}px`, height: `${Math.max(3, each)}px` });
    this.column.setAttribute("aria-valuenow", at);
    this.column.setAttribute("aria-valuetext", `entry ${at}: row ${row}, column ${column}${channels === 3 ? `, ${CHANNELS[3][channel]}` : ""}, ${three(model.x(chosen, at))}`);
    const limit = Math.max(largest(model.w), this.faint);
    this.rows.forEach(({ node, cells }, k) => {
      const i = this.top + k, x = model.x(chosen, i), w = model.w[i];
      [String(i), three(x), three(w), three(w * x)].forEach((text, n) => { if (cells[n].textContent !== text) cells[n].textContent = text; });
      cells[2].style.background = tint(w, limit, this.dark);
      cells[3].style.background = tint(w * x, limit, this.dark);
      node.dataset.channel = channels === 3 ? CHANNELS[3][i % 3] : "";
      node.classList.toggle("now", i === at);
    });
    const left = model.z[chosen] - model.b - this.rows.reduce((sum, _, k) => sum + model.w[this.top + k] * model.x(chosen, this.top + k), 0);
    this.sum.replaceChildren(`entry ${this.indexSum(row, column, channel)} = `, element("b", "", grouped(at)));
    this.rest.textContent = `the other ${grouped(inputs - ENTRIES)} add ${three(near0(left))}`;
    this.writeFormula();
    this.say(...(this.pointing ? this.wordsOfEntry(row, column, channel) : this.wordsOfStep()));
  }

  writeFormula() {
    const { model, chosen, at, says } = this, z = model.z[chosen], p = ACTIVATIONS.sigmoid(z), y = model.labels[chosen], lost = surprise(z, y);
    const { exact, measured } = model.slopeOf(at), line = (...parts) => element("div", "", ...parts), bold = text => element("b", "", text);
    const judged = model.isRight(chosen) ? element("span", "right", "✓ right") : element("span", "wrong", "✗ wrong");
    this.verdict.replaceChildren(`Truly ${says[1 + y]}. `, ...(z === 0 ? ["It says 0.5: it can’t tell."] : [`It says ${p > 0.5 ? says[2] : says[1]}: `, judged]));
    this.formula.replaceChildren(
      line(`z = w·x + b = ${three(near0(z - model.b))} ${model.b < 0 ? "−" : "+"} ${three(Math.abs(model.b))} = `, bold(three(z))),
      line(`p = σ(z) = 1 / (1 + exp(−z)) = 1 / (1 + exp(${three(near0(-z))})) = `, bold(three(p)), ` for ${says[2]}`),
      line(y ? `loss = −ln p = −ln ${three(p)} = ` : `loss = −ln(1 − p) = −ln ${three(ACTIVATIONS.sigmoid(-z))} = `, bold(three(lost)), ` as it is truly ${says[1 + y]}`),
      line(`∂loss/∂w[${at}] = (1/m) Σ x[${at}] · (a − y) over ${model.train.length} pictures = `, bold(three(exact)), `; by finite differences ${three(near0(measured))}`),
      line(`w[${at}] ← w[${at}] − rate · ∂loss/∂w[${at}] = ${three(model.w[at])} − ${three(this.settings.rate)} · ${inBrackets(exact)} = `, bold(three(near0(model.w[at] - this.settings.rate * exact)))));
  }

  // How the place in the column is counted.
  indexSum(row, column, channel) {
    const { width, channels } = this.pack;
    return channels === 1 ? `${row} · ${width} + ${column}` : `(${row} · ${width} + ${column}) · ${channels} + ${channel}`;
  }

  wordsOfEntry(row, column, channel) {
    const { model, at, chosen, says, pack: { channels } } = this, x = model.x(chosen, at), w = model.w[at];
    const told = [`Row ${row}, column ${column}${channels === 3 ? `, ${CHANNELS[3][channel]}` : ""} is entry `, element("b", "", grouped(at)), ` of the column: x = ${three(x)}. `];
    if (w === 0) return [...told, this.step ? "Its weight is still 0: it says nothing." : "Its weight is 0 as long as nothing is learned."];
    if (x === 0) return [...told, `It is black, so its weight of ${three(w)} says nothing here.`];
    return [...told, `Times its weight ${three(w)} it speaks for ${w > 0 ? says[2] : says[1]}, with ${three(Math.abs(w * x))}.`];
  }

  wordsOfStep() {
    const { step, trail, settings: { rate }, largest: most, says, model } = this, now = trail[step], steps = `${grouped(step)} ${step === 1 ? "step" : "steps"}`, risen = step && now.train.loss > trail[step - 1].train.loss;
    if (this.ranAway) return [`Stopped: after ${steps} the loss is ${three(now.train.loss)}, and saying 0.5 to everything costs 0.693. `,
      `A rate of ${three(rate)} oversteps; below ${three(most)} every step on these pictures brings the loss down.`];
    if (risen) return [`The loss has risen with this step: a rate of ${three(rate)} is more than ${three(most)}, below which it always falls on these pictures.`];
    const unsure = ["All weights are 0, so it says 0.5 to every picture, and the loss is ln 2 = ", element("b", "", three(now.train.loss))];
    if (!step) return [...unsure, rate > most ? `. A rate of ${three(rate)} is more than ${three(most)}: watch the loss.` : ". Press play."];
    const told = [`After ${steps} it has `, element("b", "", percentOf(now.train.accuracy)),
      " of the training pictures right and ", element("b", "", percentOf(now.test.accuracy)), " of those held out. "];
    if (now.train.accuracy - now.test.accuracy > 0.15) return [...told, `${grouped(model.inputs + 1)} numbers to set and ${model.train.length} pictures to learn from: it learns them by heart.`];
    return [...told, `Blue pixels speak for ${says[2]}, orange ones for ${says[1]}.`];
  }

  // ---- shapes, beside those of Keras

  drawShapes() {
    const { pack: { inputs, counts, height, width, channels, dataset }, model } = this, most = this.data.choices[dataset].most, m = model?.train.length ?? "m", n = grouped(inputs), pair = (a, b) => `(${a}, ${b})`;
    const rows = [["X", pair(n, m), pair(m, n)], ["Y", pair(1, m), pair(m, 1)], ["w", pair(n, 1), pair(n, 1)], ["b", "1 number", "(1,)"], ["Z", pair(1, m), pair(m, 1)]];
    const cells = (tag, texts) => element("tr", "", ...texts.map(text => element(tag, "", text)));
    const table = element("table", "", element("thead", "", cells("th", ["", "by hand", "in Keras"])), element("tbody", "", ...rows.map(row => cells("td", row))));
    const sizes = element("div", "", `${height} · ${width} · ${channels} = `, element("b", "", n), ` inputs, ${grouped(inputs + 1)} parameters`);
    this.shapes.replaceChildren(element("h4", "", "Shapes"), sizes, table, element("small", "", "By hand a picture is a column and Z = wᵀX + b. For Keras it is a row: Dense(1) computes X·w + b."));
    const capped = counts.some(count => count === most);
    this.count.textContent = `${counts[0]} + ${counts[1]} pictures${capped ? `: of each class at most ${most}, so that they travel and learn quickly` : ""}.`;
  }

  // ---- the same in Keras

  buildScript() {
    this.code = element("pre", "script");
    this.code.tabIndex = 0;
    this.code.setAttribute("aria-label", "The script");
    const note = element("small", "", "NumPy deals the pictures out in another order than this page, so its figures differ a little.");
    this.exported = element("details", "exported", element("summary", "", "The same in Keras"), this.code, element("div", "row middle", copyButton(this.code), note));
    this.exported.ontoggle = () => { this.writeScript(); this.code.scrollTop = this.code.scrollHeight; }; // the network stands at its end
    this.body.append(this.exported);
  }

  writeScript() {
    if (!this.exported.open || !this.isLoaded) return;
    const { first, second, rate, share, seed } = this.settings, { inputs } = this.pack, { script, most } = this.offer, digits = value => String(value).replace(/e-0?/, "e-");
    const lines = `import keras
import numpy as np

${script}

chosen = np.concatenate([np.flatnonzero(labels == label)[:${most}] for label in (${first}, ${second})])  # y = 0, then y = 1
x = images[chosen].reshape(len(chosen), -1) / 255  # (m, ${inputs}): for Keras a picture is a row
y = (labels[chosen] == ${second}).astype("float32")[:, None]
held_out = np.random.default_rng(${seed}).random(len(chosen)) >= ${share}

model = keras.Sequential([
    keras.Input((${inputs},)),
    keras.layers.Dense(1, activation="sigmoid", kernel_initializer="zeros"),
])
model.compile(keras.optimizers.SGD(${digits(rate)}), "binary_crossentropy", metrics=["accuracy"])
model.fit(
    x[~held_out], y[~held_out], batch_size=len(x), epochs=${Math.max(1, this.step)},
    validation_data=(x[held_out], y[held_out]),
)`;
    if (this.code.textContent !== lines) this.code.textContent = lines;
  }

  // ---- a sigmoid is softmax of two classes

  buildSoftmax() {
    const bar = name => { const parts = [element("i"), element("i")]; this[name] = parts; return element("div", "share-bar", ...parts); };
    const shift = by => this.set({ z1: clamp(Number((this.settings.z1 + by).toFixed(6)), -10, 10), z2: clamp(Number((this.settings.z2 + by).toFixed(6)), -10, 10) });
    this.shiftUp = button("Add 1 to both", () => shift(1));
    this.shiftDown = button("Take 1 from both", () => shift(-1));
    this.fromPicture = button("Take 0 and the picture’s z", () => this.set({ z1: 0, z2: clamp(Number(this.model.z[this.chosen].toFixed(4)), -10, 10) }));
    this.equal = element("div", "said");
    this.equal.setAttribute("role", "status");
    this.equalFormula = element("div", "formula");
    const row = (title, name) => element("div", "share", element("span", "", title), bar(name));
    return element("section", "two", element("h3", "", "A sigmoid is softmax of two classes"),
      element("div", "row logit-knobs", this.knob("z1", "Logit z₁"), this.knob("z2", "Logit z₂"), element("div", "row middle", this.shiftUp, this.shiftDown, this.fromPicture)),
      row("softmax(z₁, z₂)", "softShares"), row("sigmoid(z₂ − z₁)", "sigmoidShares"), this.equal, this.equalFormula);
  }

  drawSoftmax() {
    const { z1, z2 } = this.settings, p = pairSoftmax(z1, z2), q = ACTIVATIONS.sigmoid(z2 - z1), names = this.pack?.names ?? ["class 1", "class 2"];
    const fill = ([left, right], first, second) => [[left, first, names[0]], [right, second, names[1]]].forEach(([node, value, name]) => {
      node.style.flexGrow = value;
      node.textContent = value > 0.16 ? `${name} ${three(value)}` : "";
      node.title = `${name}: ${value}`;
    });
    fill(this.softShares, ...p);
    fill(this.sigmoidShares, 1 - q, q);
    this.shiftUp.disabled = Math.max(z1, z2) > 9;
    this.shiftDown.disabled = Math.min(z1, z2) < -9;
    this.fromPicture.disabled = !this.model;
    this.equal.replaceChildren("Only the difference counts: z₂ − z₁ = ", element("b", "", three(near0(z2 - z1))),
      ". Adding the same number to both changes nothing, so one of the two can be 0, and one logit is enough for two classes.");
    this.equalFormula.replaceChildren(
      element("div", "", `softmax: exp(z₂) / (exp(z₁) + exp(z₂)) = ${three(Math.exp(z2))} / (${three(Math.exp(z1))} + ${three(Math.exp(z2))}) = `, element("b", "", three(p[1]))),
      element("div", "", `sigmoid: 1 / (1 + exp(−(z₂ − z₁))) = 1 / (1 + ${three(Math.exp(z1 - z2))}) = `, element("b", "", three(q))));
  }

  reset() {
    super.reset();
    if (this.isLoaded) this.restart();
  }

  // ---- tasks and checks

  tasks() {
    const held = j => this.model.test.includes(j), now = () => this.trail[this.step];
    return [
      {
        words: "After 50 steps or more, open a held-out picture that it gets wrong: which pixels misled it?",
        hint: "Choose wrong above the pictures, press one, and look at its products.",
        done: () => Boolean(this.model) && this.step >= 50 && this.opened === this.chosen && held(this.chosen) && !this.model.isRight(this.chosen),
      },
      {
        words: "Let it learn by heart: all training pictures right, and at most 70 % of those held out.",
        hint: "Colour shapes have thousands of inputs and few pictures. Walk on, or take a smaller share to learn from.",
        done: () => Boolean(now()) && this.step > 0 && now().train.accuracy === 1 && now().test.accuracy <= 0.7,
      },
      {
        words: "Give the second class a probability of 0.73 with both logits above 2.",
        hint: "Which difference gives 0.73? It is that of 0 and 1.",
        done: () => this.settings.z1 > 2 && this.settings.z2 > 2 && Math.abs(pairSoftmax(this.settings.z1, this.settings.z2)[1] - 0.73) < 0.0051,
      },
    ];
  }

  checks() {
    const hand = () => { // two pictures of two pixels, in bytes 255 times larger than the numbers that a reader sees
      const model = new PixelRegression({ pixels: [765, 1020, 255, 510], inputs: 2, counts: [1, 1] }, { train: [0, 1], test: [] });
      model.forward();
      return model;
    };
    return {
      inputs: () => flatIndex(63, 63, 2, 64, 3) + 1,
      index: () => flatIndex(2, 5, 1, 64, 3),
      shapes: () => { const n = flatIndex(63, 63, 2, 64, 3) + 1; return [[n, 209], [1, 209], [n, 1], [1, 209]]; },
      unsure: () => Number(hand().measure([0, 1]).loss.toFixed(6)),
      gradient: () => { const model = hand(); model.gradient(); return [...model.slope]; },
      differences: () => [0, 1].map(i => Number(hand().slopeOf(i).measured.toFixed(6))),
      softmax: () => Number(pairSoftmax(1, 3)[1].toFixed(6)),
    };
  }
}

export default mount(LogisticRegression);
