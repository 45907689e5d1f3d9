// A small network that learns before your eyes: every unit shows its own surface, every connection its weight.
const { REACH, FEATURES, DATASETS, MOST_OWN, middle, featured, readPoints } = PLAYGROUND_POINTS;
const GRID = 40, FINE_GRID = 100; // cells of a surface, and of the large one at rest
const MOST_LAYERS = 6, MOST_UNITS = 16, MOST_WEIGHT = 1000, DRAWN = 500; // points of a dataset: half of them are 250 to learn from
const IN_PYTHON = { x: "x", y: "y", "x²": "x**2", "y²": "y**2", "x·y": "x * y", "sin x": "np.sin(x)", "sin y": "np.sin(y)" };
const BROKEN = 1e6, HEALTHY = 3; // a weight beyond this has run away; a loss below this is worth going back to
const KEPT_EVERY = 25, MOST_HISTORY = 1500; // epochs from one copy of the weights to the next; points of the curves
const BY_HEART = "It knows the training points by heart and fails on the others: more points, less noise, fewer units or regularization would help.";
const PACES = [4, 20, 60, 250, Infinity]; // epochs a second
const LEARN_MS = 9, DRAW_MS = 12, TOLD_EVERY = 120; // ms of a frame for learning and for drawing; ms from one text to the next
const SPLIT_FROM = 20; // fewer points placed by hand are all learned from
const MOST_CARRIED = 200; // weights and biases that a link has room for

// Where on a curve with flat ends (both control points in the middle) the share u of the way across is reached; then how far down it is.
function descent(u) {
  let low = 0, high = 1;
  for (let i = 0; i < 24; i++) { const t = (low + high) / 2; if (1.5 * t - 1.5 * t * t + t * t * t < u) low = t; else high = t; }
  return low * low * (3 - 2 * low);
}

// A weight as it can be typed again.
const plain = value => String(Number(value.toPrecision(3))).replace("-", "\u2212");
const signed = value => (value < 0 ? `(${three(value)})` : three(value));

// A canvas for signed values of a square grid; its pixels are kept from one painting to the next.
class Surface {
  constructor() { this.canvas = element("canvas"); }

  // edge: null for all shades; else two colours only, and the page itself where a value is no further than this from zero.
  paint(values, side, limit, dark, edge = null) {
    if (this.canvas.width !== side) {
      this.canvas.width = this.canvas.height = side;
      this.pen = this.canvas.getContext("2d");
      this.image = this.pen.createImageData(side, side);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    const { pixels } = this, word = ([r, g, b]) => (b << 16) | (g << 8) | r, colours = ends(dark);
    const below = word(colours.negative), above = word(colours.positive), scale = FINE / limit;
    for (let i = 0; i < values.length; i++) {
      const value = values[i], size = Math.abs(value), depth = edge === null ? ALPHAS[Math.min(FINE, size * scale) | 0] : size > edge ? 150 : 0;
      pixels[i] = (value < 0 ? below : above) | (depth << 24);
    }
    this.pen.putImageData(this.image, 0, 0);
  }
}

// Kernel and bias of a layer, row by row as Keras has them.
function inKeras({ inputs, units, weights, biases }, short) {
  const row = i => Array.from({ length: units }, (_, j) => short(weights[j * inputs + i]));
  return [Array.from({ length: inputs }, (_, i) => row(i)), [...biases].map(short)];
}

const copied = ({ weights, biases }) => ({ weights: weights.slice(), biases: biases.slice() });

class Playground extends Lab {
  build() {
    Object.assign(this, { epoch: 0, history: [], point: [2, 1], pinned: null, peeked: null, near: null, playing: null, past: [], told: 0, cost: 0 });
    this.buildDesk();
    this.buildPlane();
    this.stage.append(this.controls(), this.desk);
    this.code = element("pre", "script");
    this.code.tabIndex = 0;
    this.code.setAttribute("aria-label", "The script");
    this.script = element("details", "exported", element("summary", "", "The same network in Keras, with these weights"), this.code, copyButton(this.code));
    this.script.ontoggle = () => this.writeScript();
    this.formula.after(this.script, this.carrier());
    this.host.addEventListener("keydown", event => {
      if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.target.tagName === "INPUT" || !this.isOwn) return;
      event.preventDefault();
      this.takeBack();
    });
    this.laySide();
  }

  laySide() {
    this.ownKnobs = element("div", "own", this.knob("paint", "Place points of class"), this.ownButtons(), this.pasting());
    this.noiseKnob = this.knob("noise");
    this.strengthKnob = this.knob("strength", "Its strength");
    this.side.append(
      element("h4", "", "Data"), this.datasetButtons(), this.ownKnobs, this.noiseKnob, this.knob("share", "Train share"), this.knob("seed"),
      element("h4", "", "Learning"), this.knob("rate", "Learning rate"), this.knob("activation"), this.knob("batch", "Batch size"),
      this.knob("penalty", "Regularization"), this.strengthKnob, this.knob("stop", "Stop at epoch"),
      element("h4", "", "View"), this.knob("show_test", "Show test points"), this.knob("discretize", "Two colours only"), this.resetButton(),
    );
  }

  // What a lecturer shares is this very network, not only what it began from.
  carrier() {
    this.carryButton = button("Put these weights into the link", () => this.carry());
    this.carried = element("span", "carried");
    this.carried.setAttribute("role", "status");
    return element("div", "row middle carrier", this.carryButton, this.carried);
  }

  controls() {
    this.playButton = button("Play", () => (this.playing ? this.pause() : this.play()), "play");
    this.pace = Object.assign(element("input"), { type: "range", min: 0, max: PACES.length - 1, step: 1, value: 2 });
    this.pace.setAttribute("aria-label", "Speed");
    this.count = element("b", "count");
    this.layerCount = element("span", "");
    this.fewer = button("−", () => this.set({ hidden: this.settings.hidden.slice(0, -1) }));
    this.more = button("+", () => this.set({ hidden: [...this.settings.hidden, 4] }));
    this.fewer.setAttribute("aria-label", "One layer less");
    this.more.setAttribute("aria-label", "One layer more");
    this.undo = button("Back to before it broke", () => this.recover());
    this.undo.classList.add("primary");
    const again = button("Begin again, same seed", () => this.beginAgain(), "reset"), next = button("One epoch", () => this.once(), "next");
    const player = element("div", "player", again, this.playButton, next, element("label", "speed", "Speed", this.pace));
    player.setAttribute("role", "group");
    player.setAttribute("aria-label", "Learning");
    return element("div", "row middle controls", player, element("span", "", "epoch ", this.count), element("span", "layers", this.fewer, this.layerCount, this.more), this.undo);
  }

  buildDesk() {
    this.wires = element("canvas", "wires");
    this.card = element("div", "card");
    this.card.hidden = true;
    this.net = element("div", "net");
    this.net.onpointermove = event => this.nearTo(event);
    this.net.onpointerleave = () => this.nearTo(null);
    this.net.onclick = event => this.pressNet(event);
    this.net.onkeydown = event => this.walk(event);
    this.net.setAttribute("role", "group");
    this.net.setAttribute("aria-label", "The network; arrow keys go from unit to unit, Enter keeps one and opens its weights");
    this.desk = element("div", "desk", this.net);
  }

  buildPlane() {
    this.output = new Surface();
    this.dots = svg("g");
    this.mark = svg("g", { class: "mark" }, svg("circle", { r: 0.2 }), svg("path", { d: "M-.45,0H.45M0,-.45V.45" }));
    this.plane = svg("svg", { viewBox: `${-REACH} ${-REACH} ${2 * REACH} ${2 * REACH}`, tabindex: 0, role: "application" }, this.dots, this.mark);
    const keys = "Arrow keys move the place whose numbers are shown; with own points, Enter places one or takes it away, Alt and arrows move it";
    this.plane.setAttribute("aria-label", `The plane. ${keys}`);
    this.plane.onpointerdown = event => this.press(event);
    this.plane.onpointermove = event => this.drag(event);
    this.plane.onpointerup = event => this.drop(event);
    this.plane.onpointercancel = () => { this.held = null; };
    this.plane.onkeydown = event => this.key(event);
    this.plane.onpointerleave = () => { if (!this.held) this.pointing(false); };
    this.plane.onfocus = () => { if (this.plane.matches(":focus-visible")) this.pointing(true); };
    this.plane.onblur = () => this.pointing(false);
    this.heading = element("h4", "");
    this.ramp = element("div", "ramped");
    this.box = element("div", "big", this.output.canvas, this.plane);
    const axes = { x: { low: 0, high: 10, label: "epoch" }, y: { low: 0, high: 1, label: "loss" } };
    this.losses = new Plot({ label: "Loss over the epochs", ...axes, onPoint: x => this.readLoss(x), onLeave: () => this.readLoss(null) });
    this.figures = element("div", "figures");
    this.sight = element("div", "sight", this.heading, this.box, this.ramp, this.figures, this.losses.node);
    this.desk.append(this.sight);
  }

  datasetButtons() {
    const row = element("div", "datasets");
    this.sets = Object.fromEntries(this.fields.dataset.choices.map(name => {
      const picture = element("canvas"), one = button(name, () => this.set({ dataset: name }));
      one.prepend(picture);
      row.append(one);
      return [name, { one, picture }];
    }));
    return row;
  }

  ownButtons() {
    this.back = button("Undo", () => this.takeBack());
    this.clear = button("Take all away", () => this.own([]));
    return element("div", "row", this.back, this.clear);
  }

  pasting() {
    const field = Object.assign(element("textarea"), { rows: 4, maxLength: 100_000, spellcheck: false, placeholder: "1.5, −2, blue\n0.3, 2.2, orange" });
    field.setAttribute("aria-label", "Points, one a line: x, y, class");
    this.pasted = element("div", "pasted");
    this.pasted.setAttribute("role", "status");
    const paste = button("Take these points", () => this.paste(field.value));
    const how = element("small", "", "One point a line: x, y and its class, one of two.");
    return element("details", "paste", element("summary", "", "Paste points from a table"), how, field, paste, this.pasted);
  }

  paste(text) {
    const { points, told, complaint } = readPoints(text);
    this.pasted.textContent = complaint ?? `Taken: ${told}`;
    this.pasted.classList.toggle("complaint", Boolean(complaint));
    if (points) this.own(points);
  }

  // ---- data and network

  drawn(name, count = DRAWN) {
    if (name === "own") return this.settings.own.map(([x, y, label]) => [x, y, label]);
    return DATASETS[name](generator(this.settings.seed), this.settings.noise, count);
  }

  // Points for learning and for testing. With points of your own it goes on where it is, all other changes begin anew.
  prepare() {
    const { dataset, noise, share, seed, features, own } = this.settings, sign = JSON.stringify([dataset, noise, share, seed, features]);
    const points = JSON.stringify([sign, dataset === "own" ? own : 0]);
    if (points === this.pointSign) return false;
    const anew = sign !== this.dataSign;
    Object.assign(this, { dataSign: sign, pointSign: points });
    this.points = this.drawn(dataset);
    const isTest = this.split(this.points.length, share, generator(seed + 1), dataset === "own");
    this.train = this.packed(i => !isTest[i]);
    this.test = this.packed(i => isTest[i]);
    this.isTest = isTest;
    if (anew) Object.assign(this, { grid: featured(features, GRID), fineGrid: null });
    this.paintPoints();
    return anew;
  }

  // Which points are kept for testing. A point placed by hand keeps its part when others come.
  split(count, share, random, isOwn) {
    if (isOwn) return Array.from({ length: count }, () => { const drawn = random(); return count >= SPLIT_FROM && drawn >= share; });
    const order = shuffled(count, random), isTest = new Array(count).fill(false);
    order.slice(clamp(Math.round(count * share), 1, count)).forEach(i => { isTest[i] = true; });
    return isTest;
  }

  packed(test) {
    const { features } = this.settings, kept = this.points.filter((_, i) => test(i));
    return { features: Float64Array.from(kept.flatMap(([x, y]) => features.map(name => FEATURES[name](x, y)))), targets: Float64Array.from(kept.map(([, , label]) => label)) };
  }

  reset() {
    if (this.settings.own.length) this.past.push(this.settings.own);
    this.pause();
    super.reset();
    this.restart();
  }

  get shape() { return [this.settings.features.length, ...this.settings.hidden, 1]; }

  restart() {
    const { activation, seed, weights, epoch } = this.settings;
    this.network = new Network(this.shape, activation, seed);
    if (weights.length) this.load(weights);
    this.surfaces = this.shape.map(units => Array.from({ length: units }, () => new Float32Array(GRID * GRID)));
    Object.assign(this, { random: generator(seed + 2), epoch, history: [], broken: false, copy: null, cost: 0, isFresh: true });
    this.measure();
    this.show(true);
  }

  beginAgain() {
    this.pause();
    if (this.settings.weights.length) this.set({ weights: [], epoch: 0 });
    this.restart();
  }

  // ---- weights in the link

  // Weights from a link are those of one structure and one set of points; whatever makes it begin anew drops them.
  settle(settings) {
    const { dataset, noise, share, seed, features, hidden, activation } = settings, known = this.known;
    const sign = JSON.stringify([dataset, noise, share, seed, features, hidden, activation]), isOther = known && known.sign !== sign && known.revision === this.data.revision;
    this.known = { sign, revision: this.data.revision };
    return isOther ? { ...settings, weights: [], epoch: 0 } : settings;
  }

  // Layer by layer: the weights of each unit, then the biases.
  load(weights) {
    let at = 0;
    for (const layer of this.network.layers) for (const values of [layer.weights, layer.biases]) {
      values.set(weights.slice(at, at + values.length));
      at += values.length;
    }
  }

  carry() {
    const weights = this.network.layers.flatMap(layer => [...layer.weights, ...layer.biases]).map(value => Number(value.toPrecision(6)));
    this.carriedSign = JSON.stringify(weights);
    this.set({ weights, epoch: this.epoch });
  }

  drawCarrier() {
    const { parameters, layers } = this.network;
    const isLarge = layers.some(layer => [layer.weights, layer.biases].some(values => values.some(value => !(Math.abs(value) <= MOST_WEIGHT))));
    this.carryButton.disabled = parameters > MOST_CARRIED || isLarge;
    const told = this.carriedWords(parameters, isLarge);
    if (this.carried.textContent !== told) this.carried.textContent = told;
  }

  carriedWords(parameters, isLarge) {
    const { weights, epoch } = this.settings;
    if (parameters > MOST_CARRIED) return `A link has room for ${MOST_CARRIED} weights and biases; this network has ${grouped(parameters)}.`;
    if (isLarge) return `A weight is beyond ${grouped(MOST_WEIGHT)}.`;
    if (weights.length) return `The link in the address bar opens at epoch ${grouped(epoch)}, with the weights of then.`;
    return "The link in the address bar opens at epoch 0, with the weights of this seed.";
  }

  recover() {
    this.copy.layers.forEach(({ weights, biases }, l) => { this.network.layers[l].weights.set(weights); this.network.layers[l].biases.set(biases); });
    for (const { dWeights, dBiases } of this.network.layers) { dWeights.fill(0); dBiases.fill(0); }
    this.epoch = this.copy.epoch;
    this.history = this.history.filter(one => one.epoch <= this.epoch);
    this.broken = false;
    this.measure();
    const { rate, penalty, strength } = this.settings, steady = penalty === "L2" ? 0.25 / strength : Infinity; // beyond it L2 alone overshoots
    const calmer = clamp(Number(Math.min(rate / 10, steady).toPrecision(3)), this.fields.rate.low, this.fields.rate.high);
    this.tellWhy(`Back at epoch ${grouped(this.epoch)}; it goes on with a rate of ${three(calmer)}.`);
    this.set({ rate: calmer });
  }

  // ---- learning

  get canLearn() { return this.train.targets.length > 0 && !this.broken; }

  play() {
    const { stop } = this.settings;
    if (stop && this.epoch >= stop) this.tellWhy(`It was to stop at epoch ${grouped(stop)}: set a later one, or 0, and it goes on.`);
    if (!this.canLearn || (stop && this.epoch >= stop)) { this.show(true); return; }
    this.face("pause", "Pause");
    this.why = null;
    let last = performance.now(), owed = 1, skipped = 0;
    const frame = () => {
      if (!this.host.isConnected) { this.playing = null; return; }
      const now = performance.now(), pace = PACES[this.pace.value];
      owed = Math.min(owed + ((now - last) / 1000) * pace, Math.max(1, pace / 4));
      last = now;
      const learned = this.learn(owed, now + LEARN_MS);
      owed -= learned;
      // A large network is drawn less often, so that drawing never takes the time from learning.
      if (learned && (++skipped * DRAW_MS >= this.cost || !this.playing)) { skipped = 0; this.show(!this.playing); }
      if (this.playing) this.playing = requestAnimationFrame(frame);
    };
    this.playing = requestAnimationFrame(frame);
  }

  pause() {
    const wasPlaying = this.playing;
    cancelAnimationFrame(this.playing);
    this.playing = null;
    this.face("play", "Play");
    if (wasPlaying) this.show(true);
  }

  face(sign, label) {
    this.playButton.replaceChildren(icon(sign));
    this.playButton.title = label;
    this.playButton.setAttribute("aria-label", label);
  }

  once() { this.pause(); if (this.canLearn) { this.why = null; this.learn(1, Infinity); } this.show(true); }

  // Whole epochs until the clock says so; returns how many. The last one is measured.
  learn(owed, until) {
    const { rate, batch, penalty, strength, stop } = this.settings, cost = kind => (penalty === kind ? strength : 0);
    const how = { rate, batchSize: batch, random: this.random, l1: cost("L1"), l2: cost("L2") };
    let learned = 0;
    while (learned + 1 <= owed && (!learned || performance.now() < until)) {
      this.network.epoch(this.train.features, this.train.targets, how);
      this.epoch++;
      learned++;
      if (stop && this.epoch === stop) { this.tellWhy(`Paused at epoch ${grouped(stop)}, as you wished.`); this.pauseSoon(); break; }
    }
    if (learned) {
      this.isFresh = false;
      this.measure();
      this.judgeTasks();
    }
    return learned;
  }

  pauseSoon() { cancelAnimationFrame(this.playing); this.playing = null; this.face("play", "Play"); }

  measure() {
    const judged = ({ features, targets }) => (targets.length ? this.network.measure(features, targets) : { loss: NaN, accuracy: NaN });
    const train = judged(this.train);
    const ran = this.network.layers.some(({ weights }) => weights.some(w => !(Math.abs(w) < BROKEN)));
    if (ran || (this.train.targets.length && !Number.isFinite(train.loss))) { this.broken = true; this.pauseSoon(); }
    this.now = { epoch: this.epoch, train, test: judged(this.test) };
    if (this.history.at(-1)?.epoch === this.epoch) this.history.pop();
    this.history.push({ epoch: this.epoch, train: train.loss, test: this.now.test.loss });
    if (this.history.length > MOST_HISTORY) this.history = this.history.filter((_, i) => i % 2 === 0);
    const isHealthy = !this.broken && train.loss < HEALTHY;
    if (!this.copy || (isHealthy && this.epoch >= this.copy.epoch + KEPT_EVERY)) this.copy = { epoch: this.epoch, layers: this.network.layers.map(copied) };
  }

  // ---- drawing after a change of the settings

  draw() {
    this.drawKnobs();
    const { activation, features, weights } = this.settings, structure = JSON.stringify([this.shape, activation]), carried = JSON.stringify(weights);
    const dataAnew = this.prepare(), structureAnew = structure !== this.structure, weightsAnew = carried !== this.carriedSign;
    const laid = JSON.stringify([this.shape, features, Math.round(this.room), this.dark, rem()]);
    if (this.structure && structureAnew) this.tellWhy("The network has another structure now: it begins anew, at epoch 0.");
    else if (this.structure && dataAnew) this.tellWhy("Other points, other beginnings: it begins anew, at epoch 0.");
    if (laid !== this.laid) this.lay();
    Object.assign(this, { structure, laid, carriedSign: carried });
    if (structureAnew || dataAnew || weightsAnew) this.restart();
    else { this.measure(); this.show(true); }
    this.drawSets();
  }

  // What these settings make of the knobs: some of them have no meaning now.
  drawKnobs() {
    const { penalty, hidden, own, show_test: showTest } = this.settings;
    this.host.classList.toggle("dark", this.dark);
    this.ownKnobs.hidden = !this.isOwn;
    this.noiseKnob.hidden = this.isOwn;
    this.strengthKnob.hidden = penalty === "none";
    this.plane.classList.toggle("bare", !showTest);
    this.plane.classList.toggle("places", this.isOwn);
    [this.back.disabled, this.clear.disabled] = [!this.past.length, !own.length];
    [this.fewer.disabled, this.more.disabled] = [!hidden.length, hidden.length === MOST_LAYERS];
    this.layerCount.textContent = `${hidden.length} hidden ${hidden.length === 1 ? "layer" : "layers"}`;
  }

  tellWhy(why) { this.why = { words: why, until: performance.now() + 4000 }; }

  drawSets() {
    const sign = JSON.stringify([this.settings.seed, this.settings.noise, this.settings.own, this.dark]);
    for (const [name, { one }] of Object.entries(this.sets)) one.setAttribute("aria-pressed", name === this.settings.dataset);
    if (sign === this.setSign) return;
    this.setSign = sign;
    for (const [name, { picture }] of Object.entries(this.sets)) {
      Object.assign(picture, { width: 62, height: 62 });
      const pen = picture.getContext("2d"), colour = label => css(ends(this.dark)[label ? "positive" : "negative"]), points = this.drawn(name, 120);
      const block = (label, ...box) => { pen.fillStyle = colour(label); pen.fillRect(...box); };
      for (const [x, y, label] of points) block(label, 31 + (x * 29) / REACH - 1, 31 - (y * 29) / REACH - 1, 2.5, 2.5);
      if (!points.length) { block(1, 22, 30, 19, 3); block(1, 30, 22, 3, 19); } // a plus: place some
    }
  }

  // Columns of units from the features to the output; made again only when the structure or the room changes.
  lay() {
    const { hidden } = this.settings, held = this.host.getRootNode().activeElement?.dataset?.key;
    this.size();
    const units = (l, count) => Array.from({ length: count }, (_, j) => this.unit(l, j));
    this.units = [Object.keys(FEATURES).map(name => this.featureUnit(name)), ...hidden.map((count, l) => units(l + 1, count)), units(hidden.length + 1, 1)];
    const columns = this.units.map((column, l) => element("div", "column", this.head(l), ...column.map(one => one.node)));
    this.net.replaceChildren(this.wires, ...columns, this.card);
    this.walkable = this.units.flat().map(one => one.unit);
    this.walkable.forEach(unit => { unit.tabIndex = -1; });
    this.units[1][0].unit.tabIndex = 0;
    if (this.pinned && !this.units[this.pinned[0]]?.[this.pinned[1]]) this.pinned = null;
    Object.assign(this, { peeked: null, near: null, editing: null });
    this.card.hidden = true;
    this.anchor();
    if (held) this.host.querySelector(`[data-key="${held}"]`)?.focus();
  }

  // How large units and plane are, and how far apart: as the room and the widest layer allow.
  size() {
    const { hidden } = this.settings, r = rem(), isWide = this.room > 500 * r, isDeep = hidden.length > 4, most = Math.max(7, ...hidden);
    const side = (most > 12 ? 26 : most > 9 || isDeep ? 31 : 40) * r;
    const plane = isWide ? clamp(this.room * (isDeep ? 0.32 : 0.36), 200 * r, 320 * r) : Math.min(this.room - 2, 360 * r);
    const free = (isWide ? this.room - plane - 28 * r : this.room) - 3.3 * 16 * r - (hidden.length + 2) * side - 14;
    const sizes = { unit: side, gap: clamp(free / (hidden.length + 1), 25 * r, 92 * r), between: most > 9 ? 4 * r : 8 * r, plane };
    this.desk.classList.toggle("tall", !isWide);
    for (const [name, px] of Object.entries(sizes)) this.desk.style.setProperty(`--${name}`, `${px}px`);
  }

  head(l) {
    const { hidden } = this.settings, count = hidden[l - 1], resize = (sign, to, label, off) => {
      const one = Object.assign(button(sign, () => this.resize(l - 1, to)), { disabled: off });
      one.setAttribute("aria-label", `${label} in layer ${l}`);
      one.dataset.key = `${label}-${l}`;
      return one;
    };
    if (l === 0) return element("div", "head", "features");
    if (l > hidden.length) return element("div", "head", "output");
    const sizes = element("div", "row", resize("−", count - 1, "One unit less", false), resize("+", count + 1, "One unit more", count === MOST_UNITS));
    return element("div", "head", `${count} ${count === 1 ? "unit" : "units"}`, sizes);
  }

  // A layer without units is none.
  resize(layer, count) { this.set({ hidden: this.settings.hidden.map((old, l) => (l === layer ? Math.min(count, MOST_UNITS) : old)).filter(Boolean) }); }

  featureUnit(name) {
    const isOn = this.settings.features.includes(name), surface = new Surface(), unit = element("button", `unit${isOn ? "" : " off"}`, surface.canvas, element("i", "value"));
    const node = element("div", "feature", element("span", "", name), unit);
    Object.assign(unit, { type: "button", title: `${name}: click to ${isOn ? "leave it out" : "take it in"}`, onclick: () => this.toggle(name) });
    unit.setAttribute("aria-pressed", isOn);
    unit.setAttribute("aria-label", `feature ${name}`);
    unit.dataset.key = `feature-${name}`;
    if (!isOn) surface.paint(featured([name], GRID), GRID, largest(featured([name], GRID)), this.dark);
    return { node, unit, surface, name, isOn };
  }

  toggle(name) {
    const { features } = this.settings, next = Object.keys(FEATURES).filter(one => (one === name) !== features.includes(one));
    if (next.length) this.set({ features: next }); else { this.tellWhy("One feature must stay: without any, the network sees nothing."); this.explain(); }
  }

  unit(layer, j) {
    const surface = new Surface(), unit = element("button", "unit", surface.canvas, element("i", "value"));
    unit.type = "button";
    unit.onpointerenter = () => this.peek([layer, j]);
    unit.onpointerleave = unit.onblur = () => this.peek(null);
    unit.onfocus = () => { if (unit.matches(":focus-visible")) this.peek([layer, j]); };
    unit.onclick = event => this.pin([layer, j], !event.detail);
    unit.setAttribute("aria-label", layer > this.settings.hidden.length ? "output" : `layer ${layer}, unit ${j + 1}`);
    unit.dataset.key = `unit-${layer}-${j}`;
    return { node: unit, unit, surface };
  }

  // ---- which unit is shown large and written out: the one under the pointer, else the kept one, else the output

  get shown() { return this.peeked ?? this.pinned ?? [this.shape.length - 1, 0]; }

  peek(which) { this.peeked = which; this.look(); }

  // by keys: its first weight takes the focus.
  pin(which, byKeys) {
    this.pinned = same(which, this.pinned) && !byKeys ? null : which;
    this.look();
    if (byKeys) this.formula.querySelector("input")?.focus();
  }

  look() { this.paintPlane(); this.paintWires(); this.formulate(); this.refine(); }

  title([layer, j] = this.shown) { return layer === this.shape.length - 1 ? "Output" : `Layer ${layer}, unit ${j + 1}`; }

  // Arrow keys: up and down in a column, left and right from column to column.
  walk(event) {
    if (event.key === "Escape" && this.pinned) { this.pinned = null; this.look(); }
    const by = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    const l = this.units.findIndex(column => column.some(one => one.unit === event.target));
    if (!by || l < 0) return;
    event.preventDefault();
    const j = this.units[l].findIndex(one => one.unit === event.target), column = this.units[clamp(l + by[0], 0, this.units.length - 1)];
    const next = column[clamp(j + by[1], 0, column.length - 1)].unit;
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  // ---- connections: on one canvas, as a large network has more than a thousand of them

  active() { return this.units[0].filter(one => one.isOn); }

  // Where the curves begin and end, in px of the diagram.
  anchor() {
    const origin = this.net.getBoundingClientRect(), scrolled = this.net.scrollLeft, rows = [this.active(), ...this.units.slice(1)], edge = ({ unit }) => {
      const { left, right, top, bottom } = unit.getBoundingClientRect();
      return { left: left - origin.left + scrolled, right: right - origin.left + scrolled, y: (top + bottom) / 2 - origin.top, bottom: bottom - origin.top };
    };
    this.ends = rows.map(column => column.map(edge));
    const feet = this.units.map(column => edge(column.at(-1)).bottom), zoom = Math.min(2, devicePixelRatio || 1);
    const width = Math.ceil(this.ends.at(-1)[0].right + 4), height = Math.ceil(Math.max(...feet) + 4);
    Object.assign(this.wires, { width: width * zoom, height: height * zoom });
    Object.assign(this.wires.style, { width: `${width}px`, height: `${height}px` });
    this.pen = this.wires.getContext("2d");
    this.pen.scale(zoom, zoom);
  }

  paintWires() {
    const { pen, ends: at, near } = this, colours = ends(this.dark), [below, above] = [css(colours.negative), css(colours.positive)], chosen = this.peeked ?? this.pinned;
    pen.clearRect(0, 0, this.wires.width, this.wires.height);
    this.network.layers.forEach(({ weights, biases, inputs, units }, l) => {
      const x1 = at[l][0].right, x2 = at[l + 1][0].left, mid = (x1 + x2) / 2;
      for (let j = 0; j < units; j++) {
        const to = at[l + 1][j], faint = chosen && !(chosen[0] === l + 1 && chosen[1] === j) ? 0.22 : 1;
        for (let i = 0; i < inputs; i++) {
          const weight = weights[j * inputs + i], size = Math.abs(weight), isNear = near && near.l === l && near.j === j && near.i === i;
          pen.globalAlpha = isNear ? 1 : faint * clamp(0.2 + size * 0.5, 0, 0.95);
          pen.lineWidth = clamp(size * 1.6, 0.4, 8) + (isNear ? 1.5 : 0);
          pen.strokeStyle = weight < 0 ? below : above;
          pen.beginPath();
          pen.moveTo(x1, at[l][i].y);
          pen.bezierCurveTo(mid, at[l][i].y, mid, to.y, x2, to.y);
          pen.stroke();
        }
        pen.globalAlpha = clamp(0.25 + Math.abs(biases[j]), 0, 1); // the bias: a small square at the unit's foot
        pen.fillStyle = biases[j] < 0 ? below : above;
        pen.fillRect(x2 - 7, to.bottom - 6, 6, 6);
      }
    });
  }

  // The bias or the connection next to a place of the diagram; i is -1 for a bias.
  wireAt(x, y, reach = 8) {
    const l = this.ends.findIndex((column, at) => at < this.ends.length - 1 && x > column[0].right - 2 && x < this.ends[at + 1][0].left + 2);
    if (l < 0) return null;
    const [from, to] = [this.ends[l], this.ends[l + 1]], foot = to.findIndex(({ left, bottom }) => Math.abs(x - left + 4) < 7 && Math.abs(y - bottom + 3) < 6);
    if (foot >= 0) return { l, j: foot, i: -1 };
    const share = descent(clamp((x - from[0].right) / (to[0].left - from[0].right), 0, 1));
    let best = null, least = reach;
    to.forEach((target, j) => from.forEach((source, i) => {
      const off = Math.abs(source.y + (target.y - source.y) * share - y);
      if (off < least) { least = off; best = { l, j, i }; }
    }));
    return best;
  }

  placeIn(event) { const box = this.net.getBoundingClientRect(); return [event.clientX - box.left + this.net.scrollLeft, event.clientY - box.top]; }

  nearTo(event) {
    if (this.editing) return;
    const isOnNet = event && (event.target === this.net || event.target === this.wires || event.target.classList?.contains("column"));
    const near = isOnNet ? this.wireAt(...this.placeIn(event)) : null;
    this.net.style.cursor = near ? "pointer" : "";
    const isOther = !same(near, this.near);
    this.near = near;
    if (near) this.tellWeight(...this.placeIn(event)); else this.card.hidden = true;
    if (isOther) this.paintWires();
  }

  valueOf({ l, j, i }) { const { weights, biases, inputs } = this.network.layers[l]; return i < 0 ? biases[j] : weights[j * inputs + i]; }

  // Without a place the card stays where it is: its number lives while the pointer rests.
  tellWeight(x, y) {
    this.card.replaceChildren(`${this.near.i < 0 ? "bias" : "weight"} ${three(this.valueOf(this.near))}`, element("small", "", "click to edit"));
    if (x !== undefined) this.putCard(x, y);
  }

  putCard(x, y) {
    this.card.hidden = false;
    const { scrollLeft, clientWidth, clientHeight } = this.net, { offsetWidth, offsetHeight, style } = this.card;
    style.left = `${Math.max(scrollLeft, Math.min(x + 12, scrollLeft + clientWidth - offsetWidth - 4))}px`;
    style.top = `${Math.max(0, Math.min(y + 12, clientHeight - offsetHeight - 4))}px`;
  }

  pressNet(event) {
    if (this.card.contains(event.target) || event.target.closest?.("button")) return;
    const [x, y] = this.placeIn(event), near = this.wireAt(x, y, 12);
    if (near) this.edit(near, x, y); else if (this.pinned) { this.pinned = null; this.look(); }
  }

  edit(near, x, y) {
    this.editing = this.near = near;
    const complaint = element("div", "complaint"), input = this.field(near, near.i < 0 ? "Bias" : "Weight", complaint), before = this.valueOf(near);
    const end = () => {
      this.editing = this.near = null;
      this.card.hidden = true;
      this.look();
    };
    complaint.setAttribute("role", "alert");
    input.addEventListener("keydown", event => {
      if (event.key === "Escape") { this.put(near, before); end(); }
      if (event.key === "Enter" && !input.getAttribute("aria-invalid")) end();
    });
    input.addEventListener("blur", end);
    this.card.replaceChildren(near.i < 0 ? "bias" : "weight", input, complaint);
    this.putCard(x, y);
    input.focus();
    input.select();
  }

  // A field for one weight or bias: a legal number is taken at once, anything else refused with its reason.
  field(which, label, complaint) {
    const input = Object.assign(element("input", "weight"), { type: "text", autocomplete: "off", spellcheck: false, value: plain(this.valueOf(which)) });
    input.setAttribute("aria-label", label);
    input.refuse = text => { complaint.textContent = text; if (text) input.setAttribute("aria-invalid", "true"); else input.removeAttribute("aria-invalid"); };
    input.addEventListener("input", () => {
      const value = typed(input.value), said = input.value.trim() === "" ? "An empty field" : `“${input.value.slice(0, 12)}”`;
      if (value === null) input.refuse(`${said} is no number: ${three(this.valueOf(which))} stays.`);
      else if (Math.abs(value) > MOST_WEIGHT) input.refuse(`${said} is beyond ${grouped(MOST_WEIGHT)}: ${three(this.valueOf(which))} stays.`);
      else { input.refuse(""); this.put(which, value); }
    });
    input.addEventListener("blur", () => { input.value = plain(this.valueOf(which)); input.refuse(""); });
    return input;
  }

  put({ l, j, i }, value) {
    const { weights, biases, inputs } = this.network.layers[l];
    if (i < 0) biases[j] = value; else weights[j * inputs + i] = value;
    this.isFresh = false;
    this.measure();
    this.tellWhy("Set by hand. Learning goes on from here; Begin again brings the seed's weights back.");
    this.show(true);
    this.judgeTasks();
  }

  // ---- drawing while it learns

  // Everything that the weights change; texts only now and then, as nobody reads sixty of them a second.
  show(inFull = false) {
    const begun = performance.now();
    this.answerGrid();
    this.paintUnits();
    this.paintPlane();
    this.paintWires();
    this.count.textContent = grouped(this.epoch);
    if (inFull || begun - this.told > TOLD_EVERY) {
      this.told = begun;
      this.paintLosses();
      this.explain();
      this.formulate();
      this.paintValues();
      if (this.near && !this.editing && !this.card.hidden) this.tellWeight();
    }
    if (!this.playing) { this.refine(); this.writeScript(); }
    this.cost = 0.7 * this.cost + 0.3 * (performance.now() - begun);
  }

  // One pass over the grid gives the surface of every unit.
  answerGrid() {
    const { network, grid, surfaces } = this, inputs = network.shape[0], from = network.acts[0], depth = surfaces.length;
    for (let g = 0, at = 0; g < GRID * GRID; g++) {
      for (let k = 0; k < inputs; k++) from[k] = grid[at++];
      network.forward();
      for (let l = 0; l < depth; l++) { const acts = network.acts[l], layer = surfaces[l]; for (let j = 0; j < layer.length; j++) layer[j][g] = acts[j]; }
    }
    const answers = surfaces[depth - 1][0];
    for (let g = 0; g < answers.length; g++) answers[g] = 2 * answers[g] - 1; // a probability, centred for its colours
  }

  paintUnits() {
    const { discretize } = this.settings, rows = [this.active(), ...this.units.slice(1)];
    this.surfaces.forEach((layer, l) => {
      const edge = discretize && l > 0 ? this.edge(l) : null;
      layer.forEach((values, j) => rows[l][j].surface.paint(values, GRID, this.limit(l, values), this.dark, edge));
    });
    this.rows = rows;
  }

  // Where two colours meet: a sigmoid inside the network answers 0 to 1, the other units and the output around 0.
  edge(l) { return this.settings.activation === "sigmoid" && l < this.surfaces.length - 1 ? 0.5 : 0; }

  limit(l, values) { return l === 0 ? largest(values) : l === this.surfaces.length - 1 ? 1 : Math.max(1, largest(values)); }

  paintPlane() {
    const [l, j] = this.shown, values = this.surfaces[l][j], limit = this.limit(l, values), chosen = JSON.stringify(this.shown), isOutput = l === this.surfaces.length - 1;
    this.output.paint(values, GRID, limit, this.dark, this.settings.discretize ? this.edge(l) : null);
    if (chosen !== this.headed) {
      this.headed = chosen;
      this.units.flat().forEach(one => one.unit.classList.remove("shown"));
      this.units[l][j].unit.classList.add("shown");
    }
    const kept = same(this.pinned, this.shown) ? " kept" : "", sign = `${chosen}${three(limit)}${this.dark}${kept}`;
    if (sign === this.rampSign) return;
    this.rampSign = sign;
    this.heading.replaceChildren(this.title(), element("small", "", kept ? "kept; click it again to let go" : isOutput ? "how sure it is of blue" : "what it answers"));
    const ramp = legend(isOutput ? 1 : limit, this.dark);
    if (isOutput) { ramp.firstChild.replaceWith("0, orange"); ramp.lastChild.replaceWith("1, blue"); }
    this.ramp.replaceChildren(ramp, element("small", "", `x, y: \u2212${REACH} to ${REACH}`));
  }

  // At rest the large surface is computed again in fine cells.
  refine() {
    clearTimeout(this.finer);
    if (this.playing) return;
    this.finer = setTimeout(() => {
      if (this.playing || !this.host.isConnected || !this.box.clientWidth) return;
      const { network } = this, [l, j] = this.shown, inputs = network.shape[0], values = new Float32Array(FINE_GRID * FINE_GRID), isOutput = l === network.layers.length;
      this.fineGrid ??= featured(this.settings.features, FINE_GRID);
      for (let g = 0; g < values.length; g++) {
        for (let k = 0; k < inputs; k++) network.acts[0][k] = this.fineGrid[g * inputs + k];
        network.forward();
        values[g] = isOutput ? 2 * network.acts[l][j] - 1 : network.acts[l][j];
      }
      this.output.paint(values, FINE_GRID, this.limit(l, values), this.dark, this.settings.discretize ? this.edge(l) : null);
    }, 90);
  }

  paintPoints() {
    const r = this.points.length > 100 ? 0.12 : 0.17, kind = (label, i) => `${label ? "one" : "zero"}${this.isTest[i] ? " held" : ""}`;
    this.dots.replaceChildren(...this.points.map(([x, y, label], i) => svg("circle", { cx: x, cy: -y, r, "stroke-width": 0.03, class: kind(label, i) })));
  }

  paintLosses() {
    const high = Math.max(10, this.epoch), worst = this.history.reduce((most, one) => Math.max(most, one.train || 0, one.test || 0), 0.75), height = 132 * rem();
    this.losses.frame({ width: this.sight.clientWidth || 240, height, x: { low: 0, high, label: "epoch" }, y: { low: 0, high: Math.min(worst, 4), label: "loss" } });
    this.losses.line("train", this.history.map(one => [one.epoch, one.train]));
    this.losses.line("test", this.history.map(one => [one.epoch, one.test]));
  }

  // Read back: both losses at the epoch under the pointer.
  readLoss(x) {
    this.read = x === null ? null : this.history.reduce((best, one) => (Math.abs(one.epoch - x) < Math.abs(best.epoch - x) ? one : best), this.history[0]);
    this.losses.dots("read", this.read ? [[this.read.epoch, this.read.train], [this.read.epoch, this.read.test]] : [], 3);
    this.paintFigures();
  }

  paintFigures() {
    const { train, test } = this.now, loss = value => (Number.isFinite(value) ? value.toFixed(3) : "–");
    const figure = (kind, value, told) => element("span", kind, `${kind} `, element("b", "", loss(value)), element("small", "", ` ${told}`));
    const right = ({ accuracy }) => (Number.isFinite(accuracy) ? `${(100 * accuracy).toFixed(accuracy === 1 ? 0 : 1)} % right` : "no points");
    if (this.read) this.figures.replaceChildren(figure("train", this.read.train, `at epoch ${grouped(this.read.epoch)}`), figure("test", this.read.test, ""));
    else this.figures.replaceChildren(figure("train", train.loss, right(train)), figure("test", test.loss, right(test)));
  }

  // ---- words and numbers

  explain() {
    this.paintFigures();
    this.undo.hidden = !this.broken;
    this.drawCarrier();
    const said = this.words();
    if (said !== this.lastSaid) { this.lastSaid = said; this.say(said); }
  }

  words() {
    if (this.broken) return this.brokenWords();
    if (!this.points.length) return "No points yet: choose a colour and click into the plane.";
    const { train, test } = this.now, classes = new Set(this.points.map(([, , label]) => label)), [only] = classes;
    if (classes.size < 2) return `All points are of one class, ${only ? "blue" : "orange"}: the network can only learn to say so everywhere. Place some of the other colour.`;
    if (this.why && performance.now() < this.why.until) return this.why.words;
    const twice = this.isOwn && this.doubled();
    if (twice) return twice;
    if (!this.epoch) return "Press play. Hover a unit to see what it answers, a connection to read its weight; click to edit.";
    if (this.isFresh) return `These weights came with the link, from epoch ${grouped(this.epoch)}. Play goes on from here; Begin again takes those of the seed.`;
    if (this.test.targets.length >= 20 && train.accuracy > 0.98 && test.accuracy < train.accuracy - 0.1) return BY_HEART;
    if (this.epoch > 300 && train.loss > 0.6) return "It hardly learns: it may need another feature, more units, or another rate.";
    return train.accuracy === 1 ? "Every training point is on its side by now." : "Blue is where it says one, orange where it says zero, pale where it is unsure.";
  }

  brokenWords() {
    const what = `It ran away at a rate of ${three(this.settings.rate)}: every step overshot further, until a weight passed ${grouped(BROKEN)} or was no number any more.`;
    return `${what} Go back to epoch ${grouped(this.copy.epoch)}, and on with a smaller one.`;
  }

  // Points that lie on one another.
  doubled() {
    const seen = new Map();
    let again = 0;
    for (const [x, y, label] of this.points) {
      const key = `${x} ${y}`;
      const place = `${three(x)}, ${three(y)}`;
      if (seen.has(key) && seen.get(key) !== label) return `A blue and an orange point both lie at ${place}: no network can have both right. It will say about one half there.`;
      if (seen.has(key)) again++;
      seen.set(key, label);
    }
    return again ? `${again === 1 ? "One point lies" : `${again} points lie`} on another of the same colour: learning counts such a place more than once.` : "";
  }

  // Answers of all units at the pointed place.
  answers() {
    const { network } = this;
    this.settings.features.forEach((name, k) => { network.acts[0][k] = FEATURES[name](...this.point); });
    network.forward();
    return network.acts;
  }

  // The formula of the shown unit with its numbers in it. Its fields stay as long as the unit does; then only the numbers change.
  formulate() {
    const sign = JSON.stringify([this.shown, this.shape, this.settings.features, this.settings.activation]);
    if (sign !== this.formulaSign) { this.formulaSign = sign; this.writeFormula(); }
    const acts = this.answers(), [l, j] = this.shown, { weights, biases, inputs } = this.network.layers[l - 1], active = this.host.getRootNode().activeElement;
    let z = biases[j];
    for (let i = 0; i < inputs; i++) z += weights[j * inputs + i] * acts[l - 1][i];
    this.terms.forEach(({ input, times, which }) => {
      if (input !== active) input.value = plain(this.valueOf(which));
      if (times) times.textContent = ` · ${signed(acts[l - 1][which.i])}`;
    });
    const [x, y] = this.point.map(value => value.toFixed(1).replace("-", "\u2212"));
    this.where.textContent = `${this.title()} at x = ${x}, y = ${y}`;
    this.result.replaceChildren(...this.resultOf(z, acts[l][j], l === acts.length - 1));
  }

  resultOf(z, answer, isOutput) {
    const name = isOutput ? "sigmoid" : this.settings.activation, number = value => element("b", "", three(value));
    const parts = [element("span", "", "z = ", number(z)), element("span", "", `${isOutput ? "p" : "a"} = ${name}(${three(z)}) = `, number(answer))];
    return isOutput ? [...parts, element("small", "", answer > 0.5 ? "more than one half: blue" : "not more than one half: orange")] : parts;
  }

  writeFormula() {
    const [l] = this.shown, { inputs } = this.network.layers[l - 1], complaint = element("div", "complaint");
    complaint.setAttribute("role", "alert");
    this.terms = [...Array(inputs).keys(), -1].map(i => this.term(i, complaint));
    this.where = element("div", "where");
    this.result = element("div", "result");
    const first = element("span", "term", element("small", "", "\u00a0"), element("span", "", "z ="));
    this.formula.replaceChildren(this.where, element("div", "sum", first, ...this.terms.map(({ node }) => node)), complaint, this.result);
    // The room of the longest sum is kept, so that nothing moves while the pointer wanders.
    const most = Math.max(...this.shape.slice(0, -1)) + 2, perLine = Math.max(1, Math.floor((this.room * 0.98) / (8.4 * 16 * rem())));
    this.formula.style.minHeight = `${(Math.ceil(most / perLine) * 3.1 + 4.4) * 16 * rem()}px`;
  }

  // One product of the sum, or its bias (i is -1), with the field for its weight.
  term(i, complaint) {
    const kept = this.shown, [l, j] = kept, which = { l: l - 1, j, i }; // the pointer may have gone on when a field hears of it
    const name = i < 0 ? "bias" : l === 1 ? this.settings.features[i] : `unit ${i + 1}`, times = i < 0 ? null : element("span", "");
    const input = this.field(which, i < 0 ? `Bias of ${this.title()}` : `Weight of ${name} in ${this.title()}`, complaint);
    input.addEventListener("focus", () => { input.select(); this.pinned = kept; this.near = which; this.look(); });
    input.addEventListener("blur", () => { this.near = null; this.paintWires(); });
    input.addEventListener("keydown", event => {
      if (event.key !== "Escape") return;
      this.units[l][j].unit.focus();
      this.pinned = null;
      this.look();
    });
    return { input, times, which, node: element("span", "term", element("small", "", name), element("span", "", i ? "+ " : "", input, times ?? "")) };
  }

  // Every unit's answer at the pointed place, written on it.
  paintValues() {
    if (!this.isPointing) return;
    const acts = this.answers();
    this.rows.forEach((column, l) => column.forEach(({ unit }, j) => { unit.lastChild.textContent = this.brief(acts[l][j]); }));
  }

  brief(value) { return (Math.abs(value) >= 9.95 ? value.toFixed(0) : value.toFixed(1)).replace("-", "\u2212"); }

  pointing(isOn) {
    this.isPointing = isOn;
    this.desk.classList.toggle("pointing", isOn);
    this.paintValues();
  }

  // ---- the plane: a place to read numbers at, and points of your own

  inPlane(event) {
    const box = this.plane.getBoundingClientRect(), round = value => Number(clamp(value, -REACH, REACH).toFixed(2));
    return [round(-REACH + (2 * REACH * (event.clientX - box.left)) / box.width), round(REACH - (2 * REACH * (event.clientY - box.top)) / box.height)];
  }

  goTo(point) {
    this.point = point;
    this.mark.setAttribute("transform", `translate(${point[0]} ${-point[1]})`);
    if (!this.isPointing) this.pointing(true); else this.paintValues();
    this.formulate();
  }

  nearest([x, y], reach = 0.3) {
    let best = -1, least = reach;
    this.settings.own.forEach(([px, py], i) => { const off = Math.hypot(px - x, py - y); if (off <= least) { least = off; best = i; } });
    return best;
  }

  get isOwn() { return this.settings.dataset === "own"; }

  // A press on an own point begins to move it; let go without moving, it is taken away. Elsewhere a press places one.
  press(event) {
    if (event.button) return;
    const point = this.inPlane(event);
    this.goTo(point);
    if (!this.isOwn) { this.tellWhy("Choose own under Data to place points of your own here."); this.explain(); return; }
    this.plane.setPointerCapture(event.pointerId);
    this.held = { at: this.nearest(point), from: point, own: this.settings.own, moved: false };
  }

  drag(event) {
    const point = this.inPlane(event), { held } = this;
    this.goTo(point);
    if (!held || held.at < 0) return;
    held.moved ||= Math.hypot(point[0] - held.from[0], point[1] - held.from[1]) > 0.12;
    if (held.moved) this.set({ own: held.own.map((one, i) => (i === held.at ? [...point, one[2]] : one)) });
  }

  drop(event) {
    const { held } = this, point = this.inPlane(event);
    this.held = null;
    if (!held) return;
    if (held.moved) { this.past.push(held.own); this.refresh(); } else if (held.at >= 0) this.own(held.own.filter((_, i) => i !== held.at)); else this.plant(point);
  }

  plant(point) {
    const { own, paint: label } = this.settings;
    if (own.length < MOST_OWN) this.own([...own, [...point, label === "blue" ? 1 : 0]]);
    else { this.tellWhy(`${MOST_OWN} points are the most: click on one to take it away.`); this.explain(); }
  }

  own(points) { this.past.push(this.settings.own); this.set({ own: points }); }
  takeBack() { if (this.past.length) this.set({ dataset: "own", own: this.past.pop() }); }

  key(event) {
    const by = { ArrowLeft: [-0.25, 0], ArrowRight: [0.25, 0], ArrowUp: [0, 0.25], ArrowDown: [0, -0.25] }[event.key], at = this.nearest(this.point);
    const { own } = this.settings;
    if (by) {
      const next = this.point.map((value, axis) => Number(clamp(value + by[axis], -REACH, REACH).toFixed(2)));
      if (event.altKey && this.isOwn && at >= 0) this.own(own.map((one, i) => (i === at ? [...next, one[2]] : one)));
      this.goTo(next);
    } else if (this.isOwn && (event.key === "Enter" || event.key === " ")) { if (at >= 0) this.own(own.filter((_, i) => i !== at)); else this.plant(this.point); }
    else return;
    event.preventDefault();
  }

  // ---- out of here: the network, its weights and its points as a script

  writeScript() {
    if (!this.script.open) return;
    const { features, hidden, activation, rate, batch, penalty, strength } = this.settings, short = value => Number(value.toPrecision(7));
    const rows = value => JSON.stringify(value).replaceAll(",", ", "), costs = penalty === "none" ? "" : `, kernel_regularizer=keras.regularizers.${penalty}(${strength})`;
    const dense = (units, name) => `    keras.layers.Dense(${units}, "${name}"${costs}),`, learned = this.points.filter((_, i) => !this.isTest[i]);
    this.code.textContent = [
      "import keras", "import numpy as np", "",
      `x, y, label = np.array(${rows(learned.map(([x, y, label]) => [short(x), short(y), label]))}).T`,
      `features = np.stack([${features.map(name => IN_PYTHON[name]).join(", ")}], axis=1)`, "",
      "model = keras.Sequential([", `    keras.Input((${features.length},)),`, ...hidden.map(units => dense(units, activation)), dense(1, "sigmoid"), "])",
      `model.compile(keras.optimizers.SGD(${rate}), "binary_crossentropy", metrics=["accuracy"])`,
      `weights = ${rows(this.network.layers.flatMap(layer => inKeras(layer, short)))}`,
      "model.set_weights([np.array(part) for part in weights])",
      "print(model.evaluate(features, label, verbose=0))",
      `model.fit(features, label, batch_size=${batch}, epochs=10)`, "",
    ].join("\n");
  }

  // ---- tasks and known answers

  tasks() {
    const isPlain = () => this.settings.features.every(name => name === "x" || name === "y");
    const knows = (dataset, share) => this.settings.dataset === dataset && this.now.test.accuracy >= share;
    return [
      { words: "Learn xor from x and y alone, 95 % right on the test points.", hint: "It can't be done without a hidden layer.", done: () => knows("xor", 0.95) && isPlain() },
      {
        words: "Learn the circle without any hidden layer, 95 % right.",
        hint: "Which features make a circle a straight line?",
        done: () => knows("circle", 0.95) && !this.settings.hidden.length,
      },
      { words: "Learn the spirals, 90 % right on the test points.", hint: "Two layers of eight, patience, and perhaps the sines.", done: () => knows("spirals", 0.9) },
    ];
  }

  checks() {
    const corners = Float64Array.from([0, 0, 0, 1, 1, 0, 1, 1]), targets = Float64Array.from([0, 1, 1, 0]);
    const zero = () => { const net = new Network([2, 3, 1], "tanh", 1); net.layers.forEach(({ weights }) => weights.fill(0)); return net.measure(corners, targets).loss; };
    return { unsure: () => Number(zero().toFixed(6)), gradients: () => this.byHand(), keras: () => Number(this.cornersLearned(corners, targets).toFixed(7)) };
  }

  // The same small network as core/learn/playground.py works out with a pencil.
  byHand() {
    const net = new Network([2, 2, 1], "relu", 0), [hidden, output] = net.layers;
    hidden.weights.set([1, 0.5, -1, 1]);
    output.weights.set([1, -2]);
    net.acts[0].set([1, 2]);
    net.forward();
    net.backward(1);
    return [[hidden.dWeights[0], hidden.dWeights[2]], [hidden.dWeights[1], hidden.dWeights[3]], [...output.dWeights], [...hidden.dBiases]];
  }

  cornersLearned(corners, targets) {
    const net = new Network([2, 8, 8, 1], "tanh", 1), order = Int32Array.from([0, 1, 2, 3]);
    for (let step = 0; step < 200; step++) net.step(corners, targets, order, 0, 4, 0.5);
    return net.measure(corners, targets).loss;
  }
}

export default mount(Playground);
