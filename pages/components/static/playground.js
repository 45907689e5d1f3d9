// A small network that learns before your eyes: every unit shows its own surface, every connection its weight.
const REACH = 6, GRID = 40, MOST_LAYERS = 6, MOST_UNITS = 16, MOST_OWN = 200; // the plane is -6..6 both ways; cells of a surface
const FEATURES = { x: (x, y) => x, y: (x, y) => y, "x²": (x, y) => x * x, "y²": (x, y) => y * y, "x·y": (x, y) => x * y, "sin x": x => Math.sin(x), "sin y": (x, y) => Math.sin(y) };
const BROKEN = 1e6; // a weight beyond this has run away
const KEPT_EVERY = 25, MOST_HISTORY = 2000; // epochs from one copy of the weights to the next; points of the curves

// ---- points: [x, y, class] with class 0 or 1, drawn from a seed
const DATASETS = {
  xor(random, noise, count) {
    return Array.from({ length: count }, () => {
      const side = () => { const value = (random() * 2 - 1) * 5; return value + (value > 0 ? 0.3 : -0.3); }, x = side(), y = side();
      return [x + noise * 3 * normal(random), y + noise * 3 * normal(random), +(x * y < 0)];
    });
  },
  circle(random, noise, count) {
    return Array.from({ length: count }, (_, i) => {
      const inside = i % 2, radius = inside ? random() * 2.5 : 3.5 + random() * 1.5, turn = random() * 2 * Math.PI;
      return [radius * Math.sin(turn) + noise * 3 * normal(random), radius * Math.cos(turn) + noise * 3 * normal(random), inside];
    });
  },
  gaussians(random, noise, count) {
    return Array.from({ length: count }, (_, i) => {
      const one = i % 2, spread = 0.7 + 4 * noise;
      return [(one ? 2 : -2) + spread * normal(random), (one ? 2 : -2) + spread * normal(random), one];
    });
  },
  spirals(random, noise, count) {
    return Array.from({ length: count }, (_, i) => {
      const one = i % 2, share = (i >> 1) / (count / 2), radius = 5 * share, turn = 3.5 * Math.PI * share + (one ? Math.PI : 0);
      return [radius * Math.sin(turn) + noise * 2 * normal(random), radius * Math.cos(turn) + noise * 2 * normal(random), one];
    });
  },
};

class Playground extends Lab {
  build() {
    this.epoch = 0;
    this.stage.append(this.net = element("div", "net"), this.figures = element("div", "figures"));
    this.links = svg("svg", { class: "links" });
    this.card = element("div", "card");
    this.card.hidden = true;
    this.output = element("canvas");
    this.points = svg("svg", { viewBox: `${-REACH} ${-REACH} ${2 * REACH} ${2 * REACH}`, tabindex: 0, "aria-label": "The plane with its points; with own points, click to place or to take away" });
    this.points.onpointerdown = event => this.plant(event);
    this.losses = new Plot({ label: "Loss over the epochs", x: { low: 0, high: 10, label: "epoch" }, y: { low: 0, high: 1, label: "loss" } });
    this.playing = null;
    const play = this.playButton = button("Play", () => (this.playing ? this.pause() : this.play()), "play");
    this.stage.append(element("div", "row middle", element("div", "player", button("Begin again, same seed", () => this.restart(), "reset"), play, button("One epoch", () => this.once(), "next")), this.undo = button("Back to before it broke", () => this.recover())));
    this.undo.classList.add("primary");
    this.formula.before(this.losses.node);
    this.side.append(element("h4", "", "Data"), this.datasetButtons(), this.ownKnob = this.knob("paint", "Place points of class"), ...["noise", "share", "seed"].map(name => this.knob(name)),
      element("h4", "", "Learning"), this.knob("rate", "Learning rate"), this.knob("activation"), this.knob("batch", "Batch size"), this.knob("penalty", "Regularization"), this.strengthKnob = this.knob("strength", "Its strength"), this.resetButton());
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

  // ---- data and network

  drawn(name, count = 300) {
    if (name === "own") return this.settings.own.map(([x, y, label]) => [x, y, label]);
    return DATASETS[name](generator(this.settings.seed), this.settings.noise, count);
  }

  prepare() {
    const { dataset, noise, share, seed, features, own } = this.settings, sign = JSON.stringify([dataset, noise, share, seed, features, dataset === "own" ? own : 0]);
    if (sign === this.dataSign) return;
    this.dataSign = sign;
    this.data = this.drawn(dataset);
    const order = [...shuffled(this.data.length, generator(seed + 1))], cut = this.data.length < 2 ? this.data.length : clamp(Math.round(this.data.length * share), 1, this.data.length);
    this.train = this.packed(order.slice(0, cut));
    this.held = this.packed(order.slice(cut));
    this.grid = new Float64Array(GRID * GRID * features.length);
    for (let i = 0; i < GRID; i++) for (let j = 0; j < GRID; j++) features.forEach((name, k) => { this.grid[(i * GRID + j) * features.length + k] = FEATURES[name](-REACH + (2 * REACH * (j + 0.5)) / GRID, REACH - (2 * REACH * (i + 0.5)) / GRID); });
    this.fresh = true;
  }

  packed(places) {
    const { features } = this.settings;
    return { places, features: Float64Array.from(places.flatMap(i => features.map(name => FEATURES[name](this.data[i][0], this.data[i][1])))), targets: Float64Array.from(places.map(i => this.data[i][2])) };
  }

  reset() { this.pause(); super.reset(); this.restart(); }

  get shape() { return [this.settings.features.length, ...this.settings.hidden, 1]; }

  restart() {
    const { activation, seed } = this.settings;
    this.network = new Network(this.shape, activation, seed);
    this.random = generator(seed + 2);
    this.epoch = 0;
    this.history = [];
    this.broken = false;
    this.keepWeights();
    this.measure();
    this.show();
  }

  keepWeights() { this.copy = { epoch: this.epoch, layers: this.network.layers.map(({ weights, biases }) => ({ weights: weights.slice(), biases: biases.slice() })) }; }

  recover() {
    this.copy.layers.forEach(({ weights, biases }, l) => { this.network.layers[l].weights.set(weights); this.network.layers[l].biases.set(biases); });
    this.epoch = this.copy.epoch;
    this.history = this.history.filter(one => one.epoch <= this.epoch);
    this.broken = false;
    this.set({ rate: this.settings.rate / 10 });
  }

  // ---- learning

  play() {
    if (!this.train.targets.length || this.broken) return;
    this.playButton.replaceChildren(icon("pause"));
    this.playButton.title = "Pause";
    this.playButton.setAttribute("aria-label", "Pause");
    const frame = () => {
      if (!this.host.isConnected) { this.playing = null; return; }
      this.advance(1);
      if (this.playing) this.playing = requestAnimationFrame(frame);
    };
    this.playing = requestAnimationFrame(frame);
  }

  pause() {
    cancelAnimationFrame(this.playing);
    this.playing = null;
    this.playButton.replaceChildren(icon("play"));
    this.playButton.title = "Play";
    this.playButton.setAttribute("aria-label", "Play");
  }

  once() { this.pause(); if (this.train.targets.length && !this.broken) this.advance(1); }

  advance(epochs) {
    const { rate, batch, penalty, strength } = this.settings;
    for (let i = 0; i < epochs; i++) {
      if (this.epoch % KEPT_EVERY === 0) this.keepWeights();
      this.network.epoch(this.train.features, this.train.targets, { rate, batchSize: batch, random: this.random, l1: penalty === "L1" ? strength : 0, l2: penalty === "L2" ? strength : 0 });
      this.epoch++;
    }
    this.measure();
    this.show();
    this.judgeTasks();
  }

  measure() {
    const learned = this.train.targets.length ? this.network.measure(this.train.features, this.train.targets) : { loss: NaN, accuracy: NaN };
    const held = this.held.targets.length ? this.network.measure(this.held.features, this.held.targets) : { loss: NaN, accuracy: NaN };
    const ran = this.network.layers.some(({ weights }) => weights.some(w => !(Math.abs(w) < BROKEN)));
    if (ran || (this.train.targets.length && !Number.isFinite(learned.loss))) { this.broken = true; this.pause(); }
    this.now = { epoch: this.epoch, train: learned, held };
    this.history.push({ epoch: this.epoch, train: learned.loss, held: held.loss });
    if (this.history.length > MOST_HISTORY) this.history = this.history.filter((_, i) => i % 2 === 0);
  }

  // ---- drawing

  draw() {
    const { dataset, penalty, activation, seed } = this.settings, structure = JSON.stringify([this.shape, activation, seed]);
    this.host.classList.toggle("dark", this.dark);
    this.ownKnob.hidden = dataset !== "own";
    this.strengthKnob.hidden = penalty === "none";
    this.prepare();
    const anew = structure !== this.structure || this.fresh;
    if (anew) this.why = this.structure && structure !== this.structure ? "The network has another structure now: it begins anew." : "";
    const laid = JSON.stringify([this.shape, this.settings.features, Math.round(this.room), this.dark]);
    if (laid !== this.laid) this.lay();
    Object.assign(this, { structure, laid, fresh: false });
    if (anew) this.restart(); else this.show();
    this.drawSets();
  }

  drawSets() {
    for (const [name, { one, picture }] of Object.entries(this.sets)) {
      one.setAttribute("aria-pressed", name === this.settings.dataset);
      Object.assign(picture, { width: 62, height: 62 });
      const pen = picture.getContext("2d");
      for (const [x, y, label] of this.drawn(name, 120)) { pen.fillStyle = css(ends(this.dark)[label ? "positive" : "negative"]); pen.fillRect(31 + (x * 29) / REACH - 1, 31 - (y * 29) / REACH - 1, 2.5, 2.5); }
    }
  }

  // Columns of units from the features to the output; made again only when the structure or the room changes.
  lay() {
    const { features, hidden } = this.settings, deep = hidden.length + 2, r = rem(), side = clamp(this.room * 0.34, 200 * r, 300 * r);
    const gap = clamp((this.room - side - 100 * r - hidden.length * 44 * r) / (deep - 1), 34, 90);
    this.net.style.setProperty("--gap", `${gap}px`);
    this.units = [Object.keys(FEATURES).map(name => this.featureUnit(name)), ...hidden.map((count, l) => Array.from({ length: count }, (_, j) => this.unit(l + 1, j)))];
    const head = (...nodes) => element("div", "head", ...nodes), more = (label, act, off) => Object.assign(button(label, act), { disabled: off });
    const columns = [element("div", "column", head("features"), ...this.units[0].map(unit => unit.node)), ...hidden.map((count, l) => element("div", "column", head(`${count} ${count === 1 ? "unit" : "units"}`,
      element("div", "row", more("−", () => this.resize(l, count - 1)), more("+", () => this.resize(l, count + 1), count === MOST_UNITS))), ...this.units[l + 1].map(unit => unit.node)))];
    const box = element("div", "big", this.output, this.points), layers = element("div", "row", more("− layer", () => this.set({ hidden: hidden.slice(0, -1) }), !hidden.length), more("+ layer", () => this.set({ hidden: [...hidden, 4] }), hidden.length === MOST_LAYERS));
    Object.assign(box.style, { width: `${side}px`, height: `${side}px` });
    this.heading = element("span", "", "output");
    this.net.replaceChildren(this.links, ...columns, element("div", "column", head(layers, this.heading), box), this.card);
    this.box = box;
    this.layLinks();
  }

  resize(layer, count) { this.set({ hidden: count ? this.settings.hidden.map((old, l) => (l === layer ? Math.min(count, MOST_UNITS) : old)) : this.settings.hidden.filter((_, l) => l !== layer) }); }

  featureUnit(name) {
    const on = this.settings.features.includes(name), picture = element("canvas"), unit = element("button", `unit${on ? "" : " off"}`, picture), row = element("div", "feature", element("span", "", name), unit);
    Object.assign(unit, { type: "button", title: on ? `${name}: click to leave it out` : `${name}: click to take it in`, onclick: () => this.toggle(name) });
    unit.setAttribute("aria-pressed", on);
    unit.setAttribute("aria-label", `feature ${name}`);
    return { node: row, unit, picture, name, on };
  }

  toggle(name) {
    const { features } = this.settings, next = Object.keys(FEATURES).filter(one => (one === name) !== features.includes(one));
    if (next.length) this.set({ features: next }); else this.say("One feature must stay: without any, the network sees nothing.");
  }

  unit(layer, j) {
    const picture = element("canvas"), unit = element("button", "unit", picture);
    Object.assign(unit, { type: "button", onpointerenter: () => this.peek([layer, j]), onpointerleave: () => this.peek(null), onfocus: () => this.peek([layer, j]), onblur: () => this.peek(null) });
    unit.setAttribute("aria-label", `layer ${layer}, unit ${j + 1}: show what it answers`);
    return { node: unit, unit, picture };
  }

  peek(which) { this.peeked = which; this.show(); }

  active() { return this.units[0].filter(one => one.on); }

  layLinks() {
    const origin = this.net.getBoundingClientRect(), scrolled = this.net.scrollLeft, at = (node, end) => { const box = node.getBoundingClientRect(); return [box[end] - origin.left + scrolled, (box.top + box.bottom) / 2 - origin.top]; };
    const rows = [this.active().map(one => one.unit), ...this.units.slice(1).map(column => column.map(one => one.unit)), [this.box]];
    this.wires = rows.slice(1).map((to, l) => to.flatMap((target, j) => rows[l].map((source, i) => this.wire(l, j, i, at(source, "right"), at(target, "left")))));
    this.links.replaceChildren(...this.wires.flat().flatMap(({ path, hit }) => [path, hit]));
    this.links.setAttribute("width", this.net.scrollWidth);
    this.links.setAttribute("height", this.net.scrollHeight);
  }

  wire(l, j, i, [x1, y1], [x2, y2]) {
    const d = `M${x1},${y1}C${(x1 + x2) / 2},${y1} ${(x1 + x2) / 2},${y2} ${x2},${y2}`, path = svg("path", { d }), hit = svg("path", { d, class: "hit" });
    hit.onpointerenter = event => this.tellWeight(l, j, i, event);
    hit.onpointerleave = () => { if (!this.editing) this.card.hidden = true; };
    hit.onclick = event => this.editWeight(l, j, i, event);
    return { path, hit, l, at: () => j * this.network.layers[l].inputs + i };
  }

  tellWeight(l, j, i, event) {
    if (this.editing) return;
    this.card.replaceChildren(`weight ${three(this.network.layers[l].weights[j * this.network.layers[l].inputs + i])}, click to edit`);
    this.putCard(event);
  }

  putCard(event) {
    const box = this.net.getBoundingClientRect();
    this.card.hidden = false;
    Object.assign(this.card.style, { left: `${event.clientX - box.left + this.net.scrollLeft + 10}px`, top: `${event.clientY - box.top + 10}px` });
  }

  editWeight(l, j, i, event) {
    const { weights, inputs } = this.network.layers[l], input = element("input");
    this.editing = true;
    input.value = three(weights[j * inputs + i]);
    input.setAttribute("aria-label", "Weight");
    const end = () => { this.editing = false; this.card.hidden = true; };
    input.onkeydown = key => {
      if (key.key === "Escape") end();
      if (key.key !== "Enter") return;
      const value = typed(input.value);
      if (value === null || Math.abs(value) > 1000) { this.say(`“${input.value.slice(0, 12)}” can't be a weight: type a number from −1000 to 1000. ${three(weights[j * inputs + i])} stays.`); return; }
      weights[j * inputs + i] = value;
      end();
      this.measure();
      this.show();
    };
    input.onblur = end;
    this.card.replaceChildren("weight", input);
    this.putCard(event);
    input.focus();
    input.select();
  }

  show() {
    this.paintSurfaces();
    this.paintWires();
    this.paintPoints();
    this.explain();
  }

  // One pass over the grid gives the surface of every unit.
  paintSurfaces() {
    const { network } = this, inputs = network.shape[0], cells = GRID * GRID, surfaces = network.shape.map(units => Array.from({ length: units }, () => new Float32Array(cells)));
    for (let g = 0; g < cells; g++) {
      for (let k = 0; k < inputs; k++) network.acts[0][k] = this.grid[g * inputs + k];
      network.forward();
      for (let l = 0; l < surfaces.length; l++) for (let j = 0; j < surfaces[l].length; j++) surfaces[l][j][g] = network.acts[l][j];
    }
    this.active().forEach(({ picture }, k) => paint(picture, surfaces[0][k], GRID, GRID, largest(surfaces[0][k]), this.dark));
    this.units[0].filter(one => !one.on).forEach(({ picture, name }) => paint(picture, this.featureSurface(name), GRID, GRID, largest(this.featureSurface(name)), this.dark));
    for (let l = 1; l < surfaces.length - 1; l++) surfaces[l].forEach((surface, j) => paint(this.units[l][j].picture, surface, GRID, GRID, Math.max(1, largest(surface)), this.dark));
    const shown = this.peeked ? surfaces[this.peeked[0]]?.[this.peeked[1]] : surfaces.at(-1)[0].map(p => 2 * p - 1);
    paint(this.output, shown, GRID, GRID, this.peeked ? Math.max(1, largest(shown)) : 1, this.dark);
    this.heading.textContent = this.peeked ? `layer ${this.peeked[0]}, unit ${this.peeked[1] + 1}` : "output";
  }

  featureSurface(name) { return Float32Array.from({ length: GRID * GRID }, (_, g) => FEATURES[name](-REACH + (2 * REACH * ((g % GRID) + 0.5)) / GRID, REACH - (2 * REACH * (Math.floor(g / GRID) + 0.5)) / GRID)); }

  paintWires() {
    const colours = ends(this.dark);
    for (const { path, l, at } of this.wires.flat()) {
      const weight = this.network.layers[l].weights[at()];
      path.setAttribute("stroke", css(weight < 0 ? colours.negative : colours.positive));
      path.setAttribute("stroke-width", clamp(Math.abs(weight) * 1.6, 0.4, 9));
      path.setAttribute("stroke-opacity", clamp(0.25 + Math.abs(weight) * 0.5, 0, 0.95));
    }
  }

  paintPoints() {
    if (this.pointSign === this.dataSign) return;
    this.pointSign = this.dataSign;
    const held = new Set(this.held.places);
    this.points.replaceChildren(...this.data.map(([x, y, label], i) => svg("circle", { cx: x, cy: -y, r: 0.14, "stroke-width": 0.03, class: `${label ? "one" : "zero"}${held.has(i) ? " held" : ""}` })));
  }

  // Own points: a click places one of the chosen class, a click on a point takes it away.
  plant(event) {
    const box = this.points.getBoundingClientRect(), x = -REACH + (2 * REACH * (event.clientX - box.left)) / box.width, y = REACH - (2 * REACH * (event.clientY - box.top)) / box.height;
    const { dataset, own, paint: label } = this.settings;
    if (dataset !== "own") { this.say("Choose own under Data to place points here."); return; }
    const near = own.findIndex(([px, py]) => Math.hypot(px - x, py - y) < 0.25);
    if (near >= 0) this.set({ own: own.filter((_, i) => i !== near) });
    else if (own.length < MOST_OWN) this.set({ own: [...own, [Number(x.toFixed(2)), Number(y.toFixed(2)), label === "blue" ? 1 : 0]] });
    else this.say(`${MOST_OWN} points are the most: click on one to take it away.`);
  }

  explain() {
    const { train, held } = this.now, percent = value => (Number.isFinite(value) ? `${Math.round(100 * value)} %` : "–"), loss = value => (Number.isFinite(value) ? value.toFixed(3) : "–");
    const figure = (name, kind, values) => element("span", kind, `${name}: loss `, element("b", "", loss(values.loss)), ", right ", element("b", "", percent(values.accuracy)));
    this.figures.replaceChildren(element("span", "", "epoch ", element("b", "", grouped(this.epoch))), figure("train", "train", train), figure("test", "held", held), element("span", "", `${grouped(this.network.parameters)} parameters`));
    const far = Math.max(10, this.epoch), top = Math.max(0.7, ...this.history.map(one => Math.max(one.train || 0, one.held || 0)).filter(Number.isFinite));
    this.losses.frame({ width: Math.min(this.room, 620), height: 150 * rem(), x: { low: 0, high: far, label: "epoch" }, y: { low: 0, high: Math.min(top, 5), label: "loss" } });
    this.losses.line("train", this.history.map(one => [one.epoch, one.train]));
    this.losses.line("held", this.history.map(one => [one.epoch, one.held]));
    this.undo.hidden = !this.broken;
    this.say(this.words());
  }

  words() {
    const { train, held } = this.now, classes = new Set(this.data.map(([, , label]) => label));
    if (this.broken) return `It ran away at a rate of ${three(this.settings.rate)}: every step overshot further. Go back, and on with a tenth of the rate.`;
    if (!this.data.length) return "No points yet: choose a colour and click into the plane.";
    if (classes.size < 2) return "All points are of one class: the network can only learn to say so everywhere. Place some of the other colour.";
    if (!this.epoch) return this.why || "Press play. Hover a unit to see what it answers, a connection to read its weight.";
    if (this.held.targets.length >= 20 && train.accuracy > 0.98 && held.accuracy < train.accuracy - 0.1) return "It knows the training points by heart and fails on the others: more points, less noise, fewer units or regularization would help.";
    if (this.epoch > 300 && train.loss > 0.6) return "It hardly learns: it may need another feature, more units, or another rate.";
    return train.accuracy === 1 ? "Every training point is on its side by now." : "Blue is where it says one, orange where it says zero, pale where it is unsure.";
  }

  tasks() {
    const { now, settings } = { now: () => this.now, settings: () => this.settings };
    const plain = () => settings().features.every(name => name === "x" || name === "y");
    return [
      { words: "Learn xor from x and y alone, 95 % right on the test points.", hint: "It can't be done without a hidden layer.", done: () => settings().dataset === "xor" && plain() && now().held.accuracy >= 0.95 },
      { words: "Learn the circle without any hidden layer, 95 % right.", hint: "Which features make a circle a straight line?", done: () => settings().dataset === "circle" && !settings().hidden.length && now().held.accuracy >= 0.95 },
      { words: "Learn the spirals, 90 % right on the test points.", hint: "Two layers of eight, patience, and perhaps the sines.", done: () => settings().dataset === "spirals" && now().held.accuracy >= 0.9 },
    ];
  }
}

export default mount(Playground);
