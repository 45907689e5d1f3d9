// XOR with three networks: the plane they split, what the hidden layer does to the four corners, and many starts side by side.
const CORNERS = [[0, 0], [0, 1], [1, 0], [1, 1]], TARGETS = [0, 1, 1, 0], NAMES = ["(0, 0)", "(0, 1)", "(1, 0)", "(1, 1)"];
const NETS = { "1 unit": [2, 1], "2-2-1": [2, 2, 1], "2-10-10-10-1": [2, 10, 10, 10, 1] };
const IDEAS = { "1 unit": "One sigmoid unit draws one straight line.", "2-2-1": "Two hidden units draw two lines, the output joins them.", "2-10-10-10-1": "Three hidden layers of ten: 261 numbers to learn." };
const LN2 = Math.log(2), PLATEAU = 0.6; // what guessing costs; a loss below 0.6 has left the plateau there
const RAN = 3; // a loss beyond this is called run away: more than four times that of guessing
const FRAMES = 200, SLICE = 10; // pictures of one run; ms of training in one frame of the screen
const SPAN = { low: -0.5, high: 1.5 }, FINE_GRID = 44, TINY_GRID = 14, CURVE = 100, MOST_COLLECTIONS = 12, NOTHING = 1e-9; // the plane that is drawn, its cells, points of a faint curve; collections that are kept; numbers below are rounding
const CLOSE = 28, SAME_PLACE = 8; // px: corners nearer than this share a label; nearer than that one dot would hide the other
const LATTICE = Array.from({ length: 9 }, (_, i) => i / 8), THREAD = Array.from({ length: 25 }, (_, i) => i / 24); // lines drawn on the input plane, and their points

// One start of one network, kept as pictures so that any step can be shown again: a picture every so many steps, walked on from.
class Film {
  constructor(settings, frames = FRAMES) {
    const { net, activation, rate, steps, seed } = settings;
    Object.assign(this, { settings, rate, steps, seed, at: 0, ran: false, waited: null });
    this.stride = Math.max(1, Math.ceil(steps / frames));
    this.network = new Network(NETS[net], activation, seed);
    this.loss = new Float64Array(steps + 1).fill(NaN);
    this.stills = [];
    this.note();
  }

  get done() { return this.ran || this.at >= this.steps; }

  // Loss now and, every so often, a copy of all weights.
  note() {
    if (this.at % this.stride === 0) this.stills.push(weightsOf(this.network));
    if (this.at === this.steps) this.write(measureCorners(this.network));
  }

  write(loss) {
    this.loss[this.at] = loss;
    if (this.waited === null && loss < PLATEAU) this.waited = this.at;
    if (!(loss <= RAN)) this.ran = true;
  }

  // Trains until `until` says stop.
  advance(until) {
    while (!this.done && !until()) for (let i = 0; i < 64 && !this.done; i++) this.one();
    return this.done;
  }

  one() {
    this.write(stepCorners(this.network, this.rate));
    if (this.ran) return;
    this.at++;
    this.note();
  }

  // The network as it was after `step` steps.
  networkAt(step) {
    const { net, activation, rate, seed } = this.settings, still = Math.min(Math.floor(step / this.stride), this.stills.length - 1);
    const network = new Network(NETS[net], activation, seed);
    putWeights(network, this.stills[still]);
    for (let at = still * this.stride; at < Math.min(step, this.at); at++) stepCorners(network, rate);
    return network;
  }
}

const weightsOf = network => network.layers.map(({ weights, biases }) => [weights.slice(), biases.slice()]);
const putWeights = (network, kept) => kept.forEach(([weights, biases], l) => { network.layers[l].weights.set(weights); network.layers[l].biases.set(biases); });

// What the network answers for one point.
function answerAt(network, x, y) {
  network.acts[0][0] = x;
  network.acts[0][1] = y;
  return network.forward();
}

const shown = value => (Math.abs(value) < NOTHING ? 0 : value);
const surprise = (p, target) => -Math.log(clamp(target ? p : 1 - p, EPSILON, 1 - EPSILON));

// One step on all four corners; returns the loss before it.
function stepCorners(network, rate) {
  let loss = 0;
  for (let n = 0; n < 4; n++) {
    loss += surprise(answerAt(network, CORNERS[n][0], CORNERS[n][1]), TARGETS[n]);
    network.backward(TARGETS[n]);
  }
  network.update(rate, 4);
  return loss / 4;
}

const answersOf = network => CORNERS.map(([x, y]) => answerAt(network, x, y));
const measureCorners = network => answersOf(network).reduce((sum, p, n) => sum + surprise(p, TARGETS[n]), 0) / 4;
const rightOf = answers => answers.filter((p, n) => p > 0.5 === TARGETS[n] > 0.5).length;

// The whole run at once; for the known answers and for comparing with NumPy.
function trainCorners(net, seed, steps, rate, activation = "sigmoid") {
  const film = new Film({ net, seed, steps, rate, activation }, 1);
  film.advance(() => false);
  return film;
}

// Probabilities over the plane, made signed: -1 for a sure zero, 1 for a sure one.
function surfaceOf(network, cells) {
  const wide = SPAN.high - SPAN.low;
  return Float32Array.from({ length: cells * cells }, (_, g) => 2 * answerAt(network, SPAN.low + (wide * ((g % cells) + 0.5)) / cells, SPAN.high - (wide * (Math.floor(g / cells) + 0.5)) / cells) - 1);
}

// What the last hidden layer answers for a point.
function hiddenAt(network, x, y) {
  answerAt(network, x, y);
  return Float64Array.from(network.acts.at(-2));
}

const dotOf = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

// Two directions in which the hidden layer spreads the input plane most (principal components), by the power method.
function directionsOf(network) {
  const points = LATTICE.flatMap(x => LATTICE.map(y => hiddenAt(network, x, y))), units = points[0].length;
  const middle = Float64Array.from({ length: units }, (_, i) => points.reduce((sum, point) => sum + point[i], 0) / points.length);
  const moved = points.map(point => point.map((value, i) => value - middle[i])), found = [];
  for (let k = 0; k < 2; k++) {
    let way = Float64Array.from({ length: units }, (_, i) => 1 / (1 + i + k));
    for (let turn = 0; turn < 200; turn++) {
      const next = new Float64Array(units);
      for (const point of moved) { const along = dotOf(point, way); point.forEach((value, i) => { next[i] += along * value; }); }
      for (const other of found) { const along = dotOf(next, other); other.forEach((value, i) => { next[i] -= along * value; }); }
      const size = Math.hypot(...next);
      if (!(size > 1e-30)) break;
      way = next.map(value => value / size);
    }
    found.push(way);
  }
  return { middle, found };
}

class XOR extends Lab {
  build() {
    this.collections = new Map();
    this.seen = { learned: false, failed: false, line: false };
    this.choices = element("div", "nets");
    this.choices.setAttribute("role", "radiogroup");
    this.choices.setAttribute("aria-label", "Network");
    this.cards = Object.keys(NETS).map(net => this.card(net));
    this.choices.append(...this.cards.map(({ node }) => node));
    this.buildPlots();
    this.buildPlayer();
    this.buildStarts();
    this.layPanes();
    this.calm = button("Take 0.1 and begin again", () => this.set({ rate: 0.1 }));
    const knobs = [this.knob("rate", "Learning rate"), this.knob("steps"), this.knob("seed"), this.knob("starts", "Starts side by side")];
    this.side.append(...knobs, this.knob("activation", "Hidden activation"), this.calm, this.resetButton());
    this.calm.classList.add("primary");
  }

  layPanes() {
    const pane = (title, note, ...nodes) => element("div", "pane", element("h4", "", title, note), ...nodes), small = text => element("small", "", text);
    this.hiddenNote = small("");
    this.hiddenPane = pane("In the hidden layer", this.hiddenNote, this.bent.box);
    this.why = element("div", "pane");
    this.lossPane = pane("Loss", small("dashed: ln 2 = 0.693, the cost of guessing; click to go to a step"), this.key(), this.curve.node);
    this.lossPane.classList.add("wide");
    this.panes = element("div", "panes", pane("What it answers", small("blue: one, orange: zero"), this.plane.box), this.hiddenPane, this.why, this.transport, this.lossPane);
    this.stage.append(this.choices, this.panes);
    this.formula.after(this.startPane);
  }

  key() {
    const line = (name, text) => element("span", name, element("i"), text);
    return element("div", "keyed", line("mine", "this start"), line("learned", "others that learn it"), line("stuck", "others that don't"));
  }

  card(net) {
    const told = element("span", "told"), node = element("button", "net", element("b", "", net), element("span", "", IDEAS[net]), told);
    Object.assign(node, { type: "button", onclick: () => this.set({ net }) });
    node.setAttribute("role", "radio");
    node.onkeydown = event => {
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key], all = this.cards;
      if (!by) return;
      event.preventDefault();
      const next = all[(all.findIndex(one => one.net === net) + by + all.length) % all.length];
      next.node.click();
      next.node.focus();
    };
    return { net, node, told };
  }

  buildPlots() {
    const framed = plot => { const ground = element("canvas"); return { plot, ground, box: element("div", "surface", ground, plot.node) }; };
    this.plane = framed(new Plot({ label: "What the network answers over the plane, and the four corners", x: { ...SPAN, label: "x₁" }, y: { ...SPAN, label: "x₂" } }));
    this.bent = framed(new Plot({ label: "The input plane bent through the last hidden layer, and the line of the output unit", x: { low: 0, high: 1, label: "h₁" }, y: { low: 0, high: 1, label: "h₂" } }));
    this.curve = new Plot({ label: "Loss over the steps; faint: the other starts", x: { low: 0, high: 100, label: "step" }, y: { low: 0, high: 1, label: "" } });
    this.curve.node.onclick = event => this.goTo(Math.round(this.curve.units(event)[0]));
  }

  buildPlayer() {
    const show = frame => {
      this.goTo(this.film.stride * frame, frame);
      if (this.at >= this.last()) this.player.pause();
    };
    this.player = new Player({ length: () => Math.ceil(this.last() / this.film.stride) + 1, interval: 160, label: "Learning", onStep: show });
    this.scrub = Object.assign(element("input", "scrub"), { type: "range", min: 0, step: 1 });
    this.scrub.setAttribute("aria-label", "Step shown; arrow keys go one step");
    this.scrub.oninput = () => { this.player.pause(); this.goTo(Number(this.scrub.value)); };
    this.count = element("span", "count");
    this.all = button("All steps", () => { this.player.pause(); this.toEnd(); });
    const back = button("Back to the start", () => { this.player.pause(); this.goTo(0); });
    this.transport = element("div", "transport wide", element("div", "row middle", this.player.node, this.all, back, this.count), this.scrub);
  }

  buildStarts() {
    this.startTitle = element("h3", "", "Many starts");
    this.shareTold = element("p", "share");
    this.depthTold = element("p", "share depth");
    this.strip = element("div", "strip");
    this.strip.setAttribute("role", "group");
    this.strip.setAttribute("aria-label", "One small picture for each start");
    this.strip.onkeydown = event => {
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key], all = [...this.strip.children], at = all.indexOf(event.target);
      if (!by || at < 0) return;
      event.preventDefault();
      all[clamp(at + by, 0, all.length - 1)].focus();
    };
    this.startPane = element("div", "starts", this.startTitle, this.shareTold, this.depthTold, this.strip);
  }

  // ---- training in the background, in slices of one frame

  draw() {
    const { net, activation, rate, steps, seed, starts } = this.settings, wanted = JSON.stringify([net, activation, rate, steps, seed]);
    this.host.classList.toggle("dark", this.dark);
    if (wanted !== this.wanted) this.begin(wanted);
    this.cards.forEach(one => { const on = one.net === net; one.node.setAttribute("aria-checked", on); one.node.tabIndex = on ? 0 : -1; });
    this.hiddenPane.hidden = net === "1 unit";
    this.why.hidden = net !== "1 unit";
    this.scrub.max = steps;
    this.all.textContent = `All ${grouped(steps)} steps`;
    this.layPlots();
    this.layStrip(starts);
    this.show();
    this.showStarts(true);
    this.work();
  }

  reset() {
    this.wanted = null; // begins anew even where nothing else changes
    super.reset();
  }

  begin(wanted) {
    this.wanted = wanted;
    this.player.pause();
    this.player.at = 0;
    this.film = new Film(this.settings);
    this.at = 0;
    this.basis = this.reach = null;
    if (this.wantsEnd) this.ending = true;
    this.wantsEnd = false;
    this.film.advance(this.clock(SLICE));
  }

  clock(most) { const begun = performance.now(); return () => performance.now() - begun > most; }

  collection(net) {
    const { activation, rate, steps } = this.settings, key = JSON.stringify([net, activation, rate, steps]);
    if (!this.collections.has(key) && this.collections.size >= MOST_COLLECTIONS) this.forget();
    if (!this.collections.has(key)) this.collections.set(key, { key, net, settings: { net, activation, rate, steps }, finished: [] });
    return this.collections.get(key);
  }

  // Starts of settings that are no longer on the screen.
  forget() {
    const { activation, rate, steps } = this.settings;
    for (const [key, { settings }] of this.collections) if (!same([settings.activation, settings.rate, settings.steps], [activation, rate, steps])) this.collections.delete(key);
  }

  // The shown start first, then the starts of this network, then those of the other two.
  work() {
    if (this.working) return;
    this.working = true;
    const turn = () => {
      if (!this.host.isConnected) { this.working = false; return; }
      const until = this.clock(SLICE);
      let more = true;
      while (more && !until()) more = this.workOn(until);
      if (more) requestAnimationFrame(turn); else { this.working = false; this.showStarts(true); }
    };
    requestAnimationFrame(turn);
  }

  workOn(until) {
    if (!this.film.done) {
      if (this.film.advance(until)) this.filmEnded();
      return true;
    }
    const nets = [this.settings.net, ...Object.keys(NETS).filter(net => net !== this.settings.net)], open = nets.map(net => this.collection(net)).find(one => one.finished.length < this.settings.starts);
    if (!open) return false;
    open.film ??= new Film({ ...open.settings, seed: open.finished.length }, 1);
    if (!open.film.advance(until)) return true;
    open.finished.push(this.summary(open.film));
    open.film = null;
    this.showStarts(open.finished.length === this.settings.starts);
    return true;
  }

  summary(film) {
    const right = rightOf(answersOf(film.network)), every = Math.max(1, Math.floor(film.steps / CURVE)), curve = [];
    for (let at = 0; at <= film.at; at += every) curve.push([at, film.loss[at]]);
    return { seed: film.seed, right, ran: film.ran, waited: film.waited, learned: right === 4 && !film.ran, curve, surface: surfaceOf(film.network, TINY_GRID) };
  }

  filmEnded() {
    this.basis = this.reach = null;
    if (this.ending || this.at > this.film.at) { this.ending = false; this.at = this.film.at; }
    this.layPlots();
    this.show();
    this.judgeTasks();
  }

  last() { return this.film.done ? this.film.at : this.settings.steps; }

  toEnd() {
    if (!this.film.done) { this.ending = true; return; }
    this.goTo(this.film.at);
  }

  goTo(step, frame = Math.round(step / this.film.stride)) {
    this.at = clamp(step, 0, this.film.at);
    this.player.at = frame;
    this.show();
    this.judgeTasks();
  }

  // ---- drawing

  layPlots() {
    const one = this.room <= 520, wide = one ? this.room : (this.room - 24) / 2, side = Math.min(wide, 330 * rem()), r = rem();
    const height = side - 10 * r; // so that both axes are as long as each other
    this.panes.classList.toggle("one", one);
    this.plane.plot.frame({ width: side, height });
    this.layHidden(side, height);
    this.curve.frame({ width: this.room, height: 200 * r, x: { low: 0, high: 1.04 * this.settings.steps, label: "step" }, y: { low: 0, high: this.film.ran ? RAN : Math.max(0.9, Math.min(RAN, 1.05 * this.film.loss[0])), label: "" } });
    for (const { plot, ground } of [this.plane, this.bent]) {
      const { box } = plot;
      Object.assign(ground.style, { left: `${box.left}px`, top: `${box.top}px`, width: `${box.right - box.left}px`, height: `${box.bottom - box.top}px` });
    }
  }

  // The plane of the hidden layer. Ten units are seen along two directions, those of the end of the run: they never turn while it plays.
  layHidden(width, height) {
    const { net, activation } = this.settings, deep = net === "2-10-10-10-1";
    if (net === "1 unit") { this.bent.plot.frame({ width, height }); return; }
    if (deep && !this.basis) this.basis = directionsOf(this.film.network);
    if (!this.reach) this.reach = deep ? this.reachOf() : { x: activation === "tanh" ? [-1, 1] : [0, 1], y: activation === "tanh" ? [-1, 1] : [0, 1] };
    const { x, y } = this.reach;
    this.bent.plot.frame({ width, height, x: { low: x[0], high: x[1], label: deep ? "widest direction" : "h₁" }, y: { low: y[0], high: y[1], label: deep ? "2nd" : "h₂" } });
    this.hiddenNote.textContent = deep ? "ten units, seen along two directions" : "what its two units answer";
  }

  // How far the corners go during the whole run, so that the axes stand still.
  reachOf() {
    const { net, activation, seed } = this.settings, walked = new Network(NETS[net], activation, seed), seen = [];
    for (let i = 0; i < this.film.stills.length; i += 4) {
      putWeights(walked, this.film.stills[i]);
      seen.push(...CORNERS.map(([x, y]) => this.seenAt(walked, x, y)));
    }
    seen.push(...CORNERS.map(([x, y]) => this.seenAt(this.film.network, x, y)));
    const [lows, highs] = [0, 1].map(k => seen.map(point => point[k])).reduce((both, values) => [[...both[0], Math.min(...values)], [...both[1], Math.max(...values)]], [[], []]);
    const half = Math.max(0.05, ...[0, 1].map(k => (highs[k] - lows[k]) / 2)) * 1.15;
    const side = k => [(lows[k] + highs[k]) / 2 - half, (lows[k] + highs[k]) / 2 + half];
    return { x: side(0), y: side(1) };
  }

  // Where a point of the input plane lies in the plane of the hidden layer.
  seenAt(network, x, y) {
    const hidden = hiddenAt(network, x, y);
    if (!this.basis) return [hidden[0], hidden[1]];
    const { middle, found } = this.basis;
    return found.map(way => way.reduce((sum, value, i) => sum + value * (hidden[i] - middle[i]), 0));
  }

  show() {
    const network = this.network = this.film.networkAt(this.at), { plot, ground } = this.plane, answers = this.answers = answersOf(network);
    paint(ground, surfaceOf(network, FINE_GRID), FINE_GRID, FINE_GRID, 1, this.dark);
    this.drawLines(plot, network);
    this.drawCorners(plot, CORNERS);
    if (this.settings.net === "1 unit") this.showWhy(network); else this.showHidden(network);
    this.showCurve();
    this.scrub.value = this.at;
    const bold = text => element("b", "", text), loss = this.film.loss[this.at]?.toFixed(3) ?? "–";
    this.count.replaceChildren("step ", bold(grouped(this.at)), ` of ${grouped(this.settings.steps)}, loss `, bold(loss), `, ${rightOf(answers)} of 4 right`);
    this.calm.hidden = !this.film.ran;
    this.noteSeen();
    this.showFormula(network, answers);
    this.say(...this.words(network, answers));
  }

  // The lines where a unit of the first layer answers its middle value: w₁·x₁ + w₂·x₂ + b = 0.
  drawLines(plot, network) {
    const { units, weights, biases } = network.layers[0], few = units <= 2;
    for (let j = 0; j < 2; j++) plot.line(`unit u${j}`, few && j < units ? lineOf(weights[2 * j], weights[2 * j + 1], biases[j], SPAN, SPAN) : []);
  }

  drawCorners(plot, places) {
    const spots = places.map(([x, y]) => [plot.across(x), plot.up(y)]), apart = (a, b) => Math.hypot(spots[a][0] - spots[b][0], spots[a][1] - spots[b][1]) / rem();
    const covers = n => spots.some((_, m) => !TARGETS[m] && apart(m, n) < SAME_PLACE);
    plot.dots("zero", places.filter((_, n) => !TARGETS[n]), 7);
    plot.dots("one", places.filter((_, n) => TARGETS[n] && !covers(n)), 7);
    plot.dots("one small", places.filter((_, n) => TARGETS[n] && covers(n)), 4); // so that the zero under it is seen
    const groups = []; // corners that lie together have one label
    for (const n of spots.keys()) {
      const group = groups.find(members => members.some(m => apart(m, n) < CLOSE));
      if (group) group.push(n); else groups.push([n]);
    }
    spots.forEach((_, n) => this.nameCorners(plot, spots[n], n, groups.find(([first]) => first === n) ?? []));
  }

  // The label of the corners that lie together with corner n: inside the axes, beside the dot.
  nameCorners(plot, [x, y], n, members) {
    const { box } = plot, name = plot.part("text", `name n${n}`), r = rem(), isLeft = x > box.right - (18 + 28 * members.length) * r;
    const isAbove = n % 2 ? y - 24 * r > box.top : y + 20 * r > box.bottom;
    name.textContent = members.map(m => CORNERS[m].join("")).join(", ");
    const at = { x: x + (isLeft ? -10 : 10) * r, y: y + (isAbove ? -9 : 17) * r, "text-anchor": isLeft ? "end" : "start" };
    for (const [key, value] of Object.entries(at)) name.setAttribute(key, value);
  }

  showHidden(network) {
    const { plot, ground } = this.bent, { x, y } = plot, { weights, biases } = network.layers.at(-1), logit = this.logit(network, weights, biases[0]), cells = 40;
    const values = Float32Array.from({ length: cells * cells }, (_, g) => 2 * ACTIVATIONS.sigmoid(logit.a * (x.low + ((x.high - x.low) * ((g % cells) + 0.5)) / cells) + logit.c * (y.high - ((y.high - y.low) * (Math.floor(g / cells) + 0.5)) / cells) + logit.b) - 1);
    paint(ground, values, cells, cells, 1, this.dark);
    plot.line("lattice", LATTICE.flatMap(t => [...THREAD.map(s => this.seenAt(network, t, s)), [NaN, NaN], ...THREAD.map(s => this.seenAt(network, s, t)), [NaN, NaN]]));
    plot.line("unit out", lineOf(logit.a, logit.c, logit.b, x, y));
    this.drawCorners(plot, CORNERS.map(([a, b]) => this.seenAt(network, a, b)));
  }

  // What the output unit adds up, as a function of the plane that is seen; of ten units the rest stands at its mean over the corners.
  logit(network, weights, bias) {
    if (!this.basis) return { a: weights[0], c: weights[1], b: bias };
    const [a, c] = this.basis.found.map(way => dotOf(way, weights)), places = CORNERS.map(([x, y]) => this.seenAt(network, x, y));
    const sums = CORNERS.map(([x, y]) => dotOf(hiddenAt(network, x, y), weights) + bias), rest = sums.reduce((sum, value, n) => sum + value - a * places[n][0] - c * places[n][1], 0) / 4;
    return { a, c, b: rest };
  }

  showCurve() {
    const { film, curve } = this, every = Math.max(1, Math.floor(film.steps / 400)), points = [];
    for (let at = 0; at <= film.at; at += every) points.push([at, film.loss[at]]);
    if (film.ran) points.push([film.at, Math.min(RAN, film.loss[film.at])]);
    curve.line("ln2", [[0, LN2], [film.steps, LN2]]);
    curve.line("mine", points);
    curve.dots("now", [[this.at, Math.min(RAN, film.loss[this.at])]], 5);
  }

  // The four inequalities that one unit would have to meet, with its numbers.
  showWhy(network) {
    const { weights, biases } = network.layers[0], [v, w, b] = [...weights, ...biases].map(shown);
    const met = value => value > NOTHING, cell = (text, className = "") => element("td", className, text);
    const rows = [["b < 0", b, met(-b)], ["w₂ + b > 0", w + b, met(w + b)], ["w₁ + b > 0", v + b, met(v + b)], ["w₁ + w₂ + b < 0", v + w + b, met(-v - w - b)]];
    const body = rows.map(([text, value, holds], n) => {
      const verdict = holds ? cell("✓ holds", "right") : cell("✗ fails", "wrong");
      return element("tr", "", cell(NAMES[n]), cell(text), cell(three(shown(value)), "value"), verdict);
    });
    const proof = "Add the second and the third: w₁ + w₂ + 2b > 0. Add the first and the last: w₁ + w₂ + 2b < 0. Both can't be, whatever the numbers are: at least one row always fails.";
    const title = element("h4", "", "Why one unit can't", element("small", "", `w₁ ${three(v)}, w₂ ${three(w)}, b ${three(b)}`));
    this.why.replaceChildren(title, element("table", "", element("tbody", "", ...body)), element("p", "", proof));
  }

  showFormula(network, answers) {
    const { layers } = network, name = this.settings.activation === "tanh" ? "tanh" : "σ", line = (...parts) => element("div", "", ...parts);
    const terms = answers.map((p, n) => (TARGETS[n] ? `ln ${three(p)}` : `ln(1 − ${three(p)})`)).join(" + ");
    const loss = line(`loss = −¼ · (${terms}) = `, element("b", "", three(measureCorners(network))));
    if (layers.length > 2) this.formula.replaceChildren(line("p = σ(W₄ · a(W₃ · a(W₂ · a(W₁ · x + b₁) + b₂) + b₃) + b₄), a = ", name), loss);
    else if (layers.length === 1) this.formula.replaceChildren(line(`p = σ(${sumOf(layers[0].weights, ["x₁", "x₂"], layers[0].biases[0])})`), loss);
    else {
      const hidden = ["₁", "₂"].map((sign, j) => line(`h${sign} = ${name}(${sumOf(layers[0].weights.subarray(2 * j, 2 * j + 2), ["x₁", "x₂"], layers[0].biases[j])})`));
      this.formula.replaceChildren(...hidden, line(`p = σ(${sumOf(layers[1].weights, ["h₁", "h₂"], layers[1].biases[0])})`), loss);
    }
  }

  // ---- many starts

  layStrip(starts) {
    if (this.strip.childNodes.length === starts) return;
    this.tiles = Array.from({ length: starts }, (_, seed) => {
      const picture = element("canvas", "crisp"), mark = element("span", "mark", String(seed)), node = element("button", "start", picture, mark);
      Object.assign(picture, { width: TINY_GRID, height: TINY_GRID });
      Object.assign(node, { type: "button", onclick: () => this.pick(seed) });
      return { node, picture, mark };
    });
    this.strip.replaceChildren(...this.tiles.map(({ node }) => node));
  }

  // A start from the strip is shown as it ended.
  pick(seed) {
    if (seed === this.settings.seed) { this.toEnd(); return; }
    this.wantsEnd = true;
    this.set({ seed });
    if (this.film.done) this.filmEnded();
  }

  // Drawn a few times a second while starts come in, and once more when all are there.
  showStarts(now = false) {
    const time = performance.now();
    if (!now && time - (this.shownAt ?? 0) < 200) return;
    this.shownAt = time;
    const mine = this.collection(this.settings.net), { starts } = this.settings, finished = mine.finished.slice(0, starts);
    this.tiles.forEach((tile, seed) => this.showTile(tile, finished[seed], seed));
    const { high } = this.curve.y, joined = list => list.flatMap(({ curve }) => [...curve.map(([at, loss]) => [at, Math.min(high, loss)]), [NaN, NaN]]);
    this.curve.line("others stuck", joined(finished.filter(one => !one.learned)));
    this.curve.line("others learned", joined(finished.filter(one => one.learned)));
    for (const name of ["ln2", "mine", "now"]) if (this.curve.parts.has(name)) this.curve.inside.append(this.curve.parts.get(name)); // over the faint ones
    for (const card of this.cards) card.told.textContent = this.told(this.collection(card.net).finished.slice(0, starts));
    this.shareTold.textContent = this.share(finished);
    this.depthTold.textContent = this.depth();
    this.judgeTasks();
  }

  showTile({ node, picture, mark }, one, seed) {
    const state = !one ? "waiting" : one.learned ? "learned" : one.ran ? "ran" : "stuck", sign = { waiting: "", learned: " ✓", ran: " ↯", stuck: " ✗" }[state];
    node.setAttribute("aria-pressed", seed === this.settings.seed);
    const face = `${state}${this.dark}${one ? this.wantedKey() : ""}`;
    if (node.dataset.face === face) return;
    node.dataset.face = face;
    node.className = `start ${state}`;
    mark.textContent = `${seed}${sign}`;
    const told = !one ? "not trained yet" : one.ran ? "ran away" : one.learned ? `learns XOR, plateau of ${grouped(one.waited)} steps` : `${one.right} of 4 right in the end`;
    node.title = `Seed ${seed}: ${told}`;
    node.setAttribute("aria-label", node.title);
    paint(picture, one?.surface ?? new Float32Array(TINY_GRID ** 2), TINY_GRID, TINY_GRID, 1, this.dark);
  }

  wantedKey() { return this.collection(this.settings.net).key; }

  told(finished) {
    if (!finished.length) return "waits its turn";
    return `${finished.filter(one => one.learned).length} of ${finished.length} starts learn it`;
  }

  share(finished) {
    const { starts, net, rate, steps } = this.settings, count = test => finished.filter(test).length, ran = count(one => one.ran);
    const so = finished.length < starts ? ` so far (${starts - finished.length} to go)` : "", away = ran ? ` ${ran} ran away.` : "";
    const first = `${count(one => one.learned)} of ${finished.length}${so} learn XOR with ${net}, rate ${three(rate)}, ${grouped(steps)} steps.${away}`;
    const left = finished.filter(one => one.waited !== null && !one.ran).sort((a, b) => a.waited - b.waited);
    if (!left.length && net === "1 unit") return `${first} None ever will: no straight line separates the corners.`;
    if (!left.length) return ran ? first : `${first} None has left the plateau at ln 2.`;
    const held = count(one => one.waited === null && !one.ran), waits = held ? `; ${held} never left it` : "", lasted = one => grouped(one.waited), [luckiest] = left;
    const middle = left[Math.floor(left.length / 2)];
    return `${first} The plateau at ln 2 lasted ${lasted(middle)} steps in the median, ${lasted(luckiest)} for the luckiest (seed ${luckiest.seed}), ${lasted(left.at(-1))} for the slowest${waits}.`;
  }

  // What depth gave and cost, with the numbers of both networks at the same rate.
  depth() {
    const { starts, rate, steps } = this.settings, [small, deep] = ["2-2-1", "2-10-10-10-1"].map(net => this.collection(net).finished.slice(0, starts));
    if (small.length < starts || deep.length < starts) return "The other networks train in the background, with the same rate, steps and seeds.";
    const [few, many] = [small, deep].map(finished => finished.filter(one => one.learned)), bad = small.find(one => !one.learned);
    const which = many.length && many.length <= 3 ? ` (seed ${many.map(one => one.seed).join(", ")})` : "";
    const both = `At rate ${three(rate)} and ${grouped(steps)} steps, ${few.length} of ${starts} starts of 2-2-1 learn XOR and ${many.length} of ${starts} of 2-10-10-10-1${which}. `;
    const fails = bad && few.length ? `A bad start can fail: 2-2-1 with seed ${bad.seed} does.` : "";
    if (many.length < few.length) return `${both}Deeper is not always better: through three layers of squashed slopes little gradient is left, so it waits longer at ln 2. ${fails}`;
    if (many.length > few.length) return `${both}The deep one has more ways out of a bad place, once its steps are large enough to leave the plateau. ${fails}`;
    return `${both}${fails}`;
  }

  // ---- words

  noteSeen() {
    if (!this.film.done || this.at < this.film.at || this.film.ran) return;
    const { net } = this.settings, all = rightOf(this.answers) === 4;
    if (net === "2-2-1") this.seen[all ? "learned" : "failed"] = true;
    if (net === "1 unit" && this.at >= 1000 && Math.abs(this.film.loss[this.at] - LN2) < 0.001) this.seen.line = true;
  }

  // Two corners of different classes that the hidden layer puts on one place, if there are.
  fallen(network) {
    if (network.layers.length < 2) return null;
    const places = CORNERS.map(([x, y]) => hiddenAt(network, x, y));
    const meet = (a, b) => TARGETS[a] !== TARGETS[b] && Math.hypot(...places[a].map((value, i) => value - places[b][i])) < 0.1;
    for (let a = 0; a < 4; a++) for (let b = a + 1; b < 4; b++) if (meet(a, b)) return `${NAMES[a]} and ${NAMES[b]}`;
    return null;
  }

  words(network, answers) {
    const { film, at } = this, { net, seed, rate } = this.settings, ended = film.done && at >= film.at;
    if (film.ran && ended) return [`Stopped at step ${grouped(at)}: the loss is ${three(film.loss[at])}, far above guessing. With a rate of ${three(rate)} every step jumps across the valley. Take less.`];
    if (!at) return [`Seed ${seed}, before the first step. Press play, or go through all steps at once.`];
    if (net === "1 unit") return this.wordsOfOne(answers, ended);
    return film.loss[at] > PLATEAU && rightOf(answers) < 4 ? this.wordsOnPlateau(network, ended) : this.wordsAfterPlateau(network, rightOf(answers), ended);
  }

  wordsOfOne(answers, ended) {
    if (!ended) return ["The line turns, but every step that mends one corner spoils another. More steps won't help: no straight line separates these corners."];
    const found = `After ${grouped(this.at)} steps one unit answers ${answers.map(three).join(", ")}: the loss is ${this.film.loss[this.at].toFixed(3)}, as good as guessing.`;
    return [found, " It has unlearned its weights, as every line it tried was wrong somewhere."];
  }

  wordsOnPlateau(network, ended) {
    const { net, seed } = this.settings, where = `Seed ${seed} is on the plateau: it answers about 0.5 everywhere, loss ${this.film.loss[this.at].toFixed(3)}. `;
    if (net !== "2-2-1" && this.fallen(network)) return [where, "The hidden layer puts all corners nearly in one place, so the gradient is small."];
    return [where, ended ? "It has not left it. Another seed, a larger rate or more steps may." : "It looks idle, but the weights drift."];
  }

  wordsAfterPlateau(network, right, ended) {
    const { film, at } = this, { seed } = this.settings, loss = film.loss[at], fallen = this.fallen(network);
    const waited = film.waited !== null && film.waited <= at ? `Seed ${seed} stayed on the plateau at ln 2 for ${grouped(film.waited)} steps. ` : "";
    const surer = loss > 0.1 ? "; the loss goes on falling as it grows surer" : "";
    if (right === 4) return [waited, `All four corners are right: the hidden layer has moved them until one line separates them${surer}.`];
    if (!fallen) return [waited, `${right} of 4 right, loss ${loss.toFixed(3)}.`, ended ? " A bad start or too few steps: try another seed." : ""];
    const bad = ended ? `A bad start: seed ${seed} ends at loss ${loss.toFixed(3)} with ${right} of 4 right.` : "";
    return [waited, `${fallen} lie in the same place by now: the answers should be 0 and 1, but no line separates them. `, bad];
  }

  // The share of starts of a network that learn; null while some are still to come.
  learnedOf(net) {
    const { starts } = this.settings, finished = this.collection(net).finished.slice(0, starts);
    return finished.length < starts ? null : finished.filter(one => one.learned).length / starts;
  }

  tasks() {
    const isMore = (deep, small) => deep !== null && small !== null && deep > small;
    return [
      {
        words: "Train one unit to its end, and see that its loss is that of guessing.",
        hint: "Choose 1 unit and press All steps.",
        done: () => this.seen.line,
      },
      {
        words: "See 2-2-1 from a start that learns XOR and from one that does not, both at their end.",
        hint: "Click small pictures below: ✓ has learnt, ✗ has not.",
        done: () => this.seen.learned && this.seen.failed,
      },
      {
        words: "Make more starts of 2-10-10-10-1 learn XOR than of 2-2-1.",
        hint: "It is not too small but too slow: its plateau is longer. What makes steps larger?",
        done: () => isMore(this.learnedOf("2-10-10-10-1"), this.learnedOf("2-2-1")),
      },
    ];
  }

  checks() {
    const single = () => trainCorners("1 unit", 0, 10000, 0.1), share = film => rightOf(answersOf(film.network)) / 4;
    return {
      single: () => Number(single().loss[10000].toFixed(5)), half: () => (share(single()) <= 0.75 ? "at most 3 of 4" : "4 of 4"),
      small: () => share(trainCorners("2-2-1", 0, 1000, 2)), deep: () => share(trainCorners("2-10-10-10-1", 0, 2000, 2)),
    };
  }
}

// A weighted sum with its numbers: 4.74·x₁ − 4.74·x₂ + 7.04.
function sumOf(weights, names, bias) {
  const sign = (value, isFirst) => (shown(value) < 0 ? (isFirst ? "−" : " − ") : isFirst ? "" : " + "), size = value => three(Math.abs(shown(value)));
  return [...weights].map((w, i) => `${sign(w, !i)}${size(w)}·${names[i]}`).join("") + sign(bias) + size(bias);
}

// The part of the line a·x + c·y + b = 0 that lies within a box: where it crosses the four sides.
function lineOf(a, c, b, x, y) {
  if (Math.abs(a) + Math.abs(c) < NOTHING) return [];
  const across = [x.low, x.high].map(at => [at, -(a * at + b) / c]), up = [y.low, y.high].map(at => [-(c * at + b) / a, at]), slack = 1e-9;
  const inside = ([px, py]) => px >= x.low - slack && px <= x.high + slack && py >= y.low - slack && py <= y.high + slack;
  const found = [...across, ...up].filter(inside).sort(([px, py], [qx, qy]) => px - qx || py - qy);
  return found.length > 1 ? [found[0], found.at(-1)] : [];
}

export default mount(XOR);
