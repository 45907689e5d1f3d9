// Back-propagation by hand: a graph of small matrices; values flow right, gradients flow back, every number can be taken apart.
const { forward, backward, numerical, update, termsOf, from: sourcesOf, gradientsOf, count, like } = BACKPROPAGATION;
const MOST_ROUNDS = 2000, TOO_LARGE = 1e12, FEW_ROUNDS = 300, MOST_SIZE = 1e6; // the last: of a weight that is typed
const SURE = { sigmoid: [-1600, 800], xor: [1600, 1600, 1600, 1600, -800, -2400, -1600, 1600, 800] }; // every answer is certain, and wrong
const NEAR = { tape: [1e-6, 1e-12], numerical: [1e-4, 1e-7] }; // relative, and what rounding leaves of nothing
const TENSORFLOW = {
  dense: ([x, w, b]) => `${x} @ ${w} + ${b}`,
  sigmoid: ([z]) => `tf.sigmoid(${z})`,
  mean_squared_error: ([p, y]) => `tf.reduce_mean((${p} - ${y}) ** 2)`,
  binary_crossentropy: ([p, y]) => `-tf.reduce_mean(${y} * tf.math.log(${p} + 1e-7) + (1 - ${y}) * tf.math.log(1 - ${p} + 1e-7))`,
};

const numberText = value => (Number.isFinite(value) ? three(value) : Number.isNaN(value) ? "NaN" : value < 0 ? "−∞" : "∞");
const bracketed = (value, first) => (value < 0 && !first ? `(${numberText(value)})` : numberText(value));
const strong = text => element("b", "", text);
const isRight = (a, b, [relative, rest]) => Math.abs(a - b) <= rest + relative * Math.abs(b);
const product = (factors, isFirst) => factors.map(({ value }, f) => bracketed(value, isFirst && f === 0)).join(" · ");
const sumOf = terms => terms.map((factors, t) => product(factors, t === 0)).join(" + ");
const paragraph = text => element("p", "", text);
const headed = (...titles) => element("tr", "", ...titles.map(title => element("th", "", title)));
const difference = (a, b) => (a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b)));

// How large the numbers of a gradient are; what is no number is said first.
function sizeOf(matrix) {
  const values = matrix.flat(), odd = values.find(value => !Number.isFinite(value));
  if (odd !== undefined) return numberText(odd);
  return values.every(value => value === 0) ? "0" : `at most ${numberText(largest(values))}`;
}

// The powers of ten around some losses.
function decades(losses) {
  const seen = losses.filter(loss => loss > 0 && loss < TOO_LARGE), power = (value, round) => 10 ** round(Math.log10(value));
  if (!seen.length) return { low: 1, high: 10 };
  const low = power(Math.min(...seen), Math.floor);
  return { low, high: Math.max(10 * low, Math.min(1e5, power(1.001 * Math.max(...seen), Math.ceil))) };
}

class BackPropagation extends Lab {
  build() {
    this.player = new Player({ length: () => this.most() + 1, interval: 900, onStep: at => this.walkTo(at), label: "Forward, backward, update" });
    const pause = this.player.pause.bind(this.player);
    this.player.pause = () => { const played = this.player.timer; pause(); if (played) this.set({}); }; // the address follows when it stands still
    this.where = element("span", "where");
    this.columns = element("div", "columns");
    this.wires = svg("svg", { class: "wires", "aria-hidden": "true" });
    this.graph = element("div", "graph", this.wires, this.columns);
    Object.assign(this.graph, { tabIndex: 0 });
    this.graph.setAttribute("role", "group");
    this.graph.setAttribute("aria-label", "The computation; arrow keys step forward and back");
    this.graph.onkeydown = this.player.node.onkeydown = event => this.press(event);
    const far = button("100 rounds", () => { this.player.pause(); this.walkTo(this.settings.step + 100 * this.long); this.set({}); });
    const again = button("Back to the start", () => { this.player.pause(); this.set({ step: 0 }); });
    this.about = element("span", "about");
    const system = element("div", "row middle", this.knob("system"), this.about);
    this.stage.append(system, element("div", "row middle walk", this.player.node, far, again, this.where), element("div", "scroll", this.graph));
    this.buildTable();
    this.buildSide();
  }

  buildTable() {
    this.rows = element("tbody");
    const head = headed("", "ours", "automatic differentiation", "finite differences", "difference", "");
    this.askButton = button("Ask TensorFlow", () => this.ask());
    this.told = element("span", "told");
    this.told.setAttribute("role", "status");
    this.code = element("pre");
    const table = element("table", "three", element("thead", "", head), this.rows);
    const code = element("details", "code", element("summary", "", "The Python that is asked"), this.code, copyButton(this.code));
    const proof = element("div", "proof", element("h3", "", "Is it right?"), element("div", "scroll", table));
    proof.append(element("div", "row middle", this.askButton, this.told), code, this.buildGuard());
    this.formula.after(proof);
  }

  // Its table and its sentence stay, only their words change.
  buildGuard() {
    const show = button("A sure wrong answer", () => { this.player.pause(); this.set({ start: SURE[this.settings.system], step: this.long - 1 }); });
    this.guardTable = element("table");
    this.price = element("p");
    this.guard = element("div", "guard", element("h3", "", "What ε is for"),
      paragraph("The loss takes the logarithm of σ. When the unit is sure and wrong, σ is exactly 0 or 1, and log(0) is −∞."),
      paragraph("A little ε keeps it finite; a saturated unit still learns nothing, as σ · (1 − σ) is 0."), this.guardTable, this.price, show);
    return this.guard;
  }

  buildSide() {
    const axes = { x: { low: 0, high: 10, label: "round" }, y: { low: 0.01, high: 1, label: "loss", log: true } };
    this.plot = new Plot({ label: "Loss, round by round", ...axes });
    this.key = element("div", "keyed", element("span", "good", element("i"), "right"), element("span", "bad", element("i"), "broken"));
    this.broken = element("p", "broken");
    this.slipList = element("div", "slips");
    this.hide = button("Hide a mistake", () => this.hideOne());
    this.guess = element("select");
    this.guess.setAttribute("aria-label", "Which gradient is broken?");
    this.answer = element("span", "answer");
    this.answer.setAttribute("role", "status");
    this.quiz = element("div", "quiz", this.guess, button("It is this one", () => this.judgeGuess()), button("Give up", () => this.giveUp()));
    this.side.append(element("div", "curve", this.key, this.plot.node), this.broken, this.knob("rate", "Learning rate"));
    this.side.append(element("h4", "", "Break it on purpose"), this.slipList, element("div", "row", this.hide, this.resetButton()), this.quiz, this.answer);
  }

  // ---- settings

  settle(settings) {
    const { system } = settings, known = this.known, isOther = known && known.system !== system && known.revision === this.data.revision;
    this.system = this.data.systems[system];
    this.gradients = gradientsOf(this.system);
    this.order = [...this.system.operations.map(({ name }) => name), "d_loss", ...this.gradients.map(({ name }) => name), "update"];
    if (known?.system !== system) this.forget();
    this.known = { system, revision: this.data.revision };
    return isOther ? { ...settings, start: [], slips: [], step: 0, rate: this.system.rate } : this.fitting(settings);
  }

  // What a link says of another system's weights or gradients has no place in this one.
  fitting({ start, slips, step, ...settings }) {
    const size = Object.values(this.system.start).flat(2).length, known = this.mistakes().map(([name, slip]) => `${name}:${slip}`);
    return { ...settings, start: start.length === size ? start : [], slips: slips.filter(slip => known.includes(slip)), step: Math.min(step, this.most()) };
  }

  // All that can be made: [gradient, "dropped" or "flipped"]; where there is no factor, none can be forgotten.
  mistakes() {
    const slips = ({ to, operation }) => (operation.backward[to].forgotten ? ["dropped", "flipped"] : ["flipped"]);
    return this.gradients.flatMap(gradient => slips(gradient).map(slip => [gradient.name, slip]));
  }

  // The mistake that was hidden, and what was said of it.
  forget() {
    this.hidden = this.seen = null;
    this.answer.textContent = "";
  }

  reset() { this.player.pause(); this.forget(); super.reset(); }

  get long() { return this.order.length; }
  most() { return MOST_ROUNDS * this.long; }
  get round() { return this.settings.step ? Math.floor((this.settings.step - 1) / this.long) : 0; }
  get phase() { return this.settings.step ? ((this.settings.step - 1) % this.long) + 1 : 0; } // how many steps of the round are done
  get now() { return this.rounds[Math.min(this.round, this.rounds.length - 1)]; }
  knows(name) { return name in this.system.data || name in this.system.start || this.order.indexOf(name) < this.phase; }
  get isBroken() { return Object.keys(this.slips()).length > 0; }
  slips() { return { ...Object.fromEntries(this.settings.slips.map(slip => slip.split(":"))), ...this.hidden }; }

  parameters() {
    const flat = [...this.settings.start];
    return Object.fromEntries(Object.entries(this.system.start).map(([name, value]) => [name, flat.length ? like(value, () => flat.shift()) : value]));
  }

  // ---- the walk: rounds of one start, computed as far as they are looked at

  walk(slips, until) {
    const key = JSON.stringify([this.settings.system, this.settings.start, this.settings.rate, slips]), kept = this.walks ??= new Map();
    if (!kept.has(key)) { if (kept.size > 5) kept.clear(); kept.set(key, [this.begun(this.parameters(), slips)]); }
    const rounds = kept.get(key);
    while (rounds.length <= until && rounds.at(-1).loss < TOO_LARGE) rounds.push(this.begun(rounds.at(-1).after, slips));
    return rounds;
  }

  begun(parameters, slips) {
    const all = backward(this.system, forward(this.system, parameters, this.data.guard.epsilon), slips);
    return { parameters, all, loss: all.loss[0][0], after: update(parameters, all, this.settings.rate) };
  }

  walkTo(at) {
    const step = clamp(at, 0, this.most()), rounds = this.walk(this.slips(), Math.floor(Math.max(0, step - 1) / this.long));
    const last = rounds.length * this.long, isEnd = step >= last && !(rounds.at(-1).loss < TOO_LARGE);
    this.seen = null;
    const reached = isEnd ? Math.min(step, last) : step;
    if (this.player.timer && !isEnd) {
      this.settings = { ...this.settings, step: reached };
      this.refresh();
      return;
    }
    if (this.player.timer) this.player.pause();
    this.set({ step: reached });
  }

  press(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by || (event.target !== this.graph && event.target.tagName !== "BUTTON")) return;
    event.preventDefault();
    this.player.step(by);
  }

  // ---- the graph

  lay() {
    if (this.laid === this.system) return;
    this.laid = this.system;
    this.about.textContent = this.system.title.replace("-", "\u2212");
    this.nodes = new Map();
    const { operations, data, start } = this.system, column = (...nodes) => element("div", "column", ...nodes);
    const isUnder = name => name in start || (name in data && name !== "x");
    const under = ({ inputs }) => element("div", "under", ...inputs.filter(isUnder).map(name => this.node(name)));
    this.columns.replaceChildren(column(this.node("x")), ...operations.map(operation => column(this.node(operation.name, operation), under(operation))));
    this.graph.classList.toggle("many", operations.length > 3); // short of room: weights one below the other, formulas cut
    this.wireNodes = this.system.operations.flatMap(({ name, inputs }) => inputs.map(input => ({ input, name, path: svg("path") })));
    this.wires.replaceChildren(...this.wireNodes.map(({ path }) => path));
    this.laySlips();
    this.layRows();
  }

  node(name, operation = null) {
    const isData = name in this.system.data, isParameter = name in this.system.start, node = { name };
    node.value = this.cellsOf(name, isParameter ? (i, j, value) => this.edit(name, i, j, value) : null);
    const tables = element("div", "tables", node.value.node);
    if (!isData) {
      node.gradient = this.cellsOf(`d_${name}`);
      tables.append(element("div", "back", element("span", "dname", `d_${name}`), node.gradient.node));
    }
    const role = isData ? (name === "y" ? "truth" : "data") : isParameter ? "learned" : operation.text;
    const small = Object.assign(element("small", "", role), { title: role });
    node.box = element("div", `node ${isData ? "data" : isParameter ? "learned" : "operation"}`, element("div", "name", strong(name), small), tables);
    this.nodes.set(name, node);
    return node.box;
  }

  cellsOf(label, onEdit = null) {
    const table = new Cells({ label, onPoint: (i, j) => this.point(label, i, j), onLeave: () => this.point(null), onEdit });
    table.grid.addEventListener("focusin", event => {
      const at = table.cells.indexOf(event.target);
      if (at >= 0) this.point(label, Math.floor(at / table.columns), at % table.columns);
    });
    table.grid.addEventListener("focusout", () => this.point(null));
    return table;
  }

  // The other weights stay as they are seen, as far as they have not run away.
  edit(name, i, j, value) {
    const now = this.shown(), legal = one => (Number.isFinite(one) ? clamp(one, -MOST_SIZE, MOST_SIZE) : 0);
    const flat = Object.keys(this.system.start).flatMap(key => like(now[key], (r, c) => (key === name && r === i && c === j ? value : legal(now[key][r][c]))).flat());
    this.player.pause();
    this.set({ start: flat, step: 0 });
  }

  // The values to be seen: after the update the weights are the new ones.
  shown() { return this.phase === this.long ? { ...this.now.all, ...this.now.after } : this.now.all; }

  draw() {
    this.lay();
    this.rounds = this.walk(this.slips(), this.round);
    const last = this.rounds.length * this.long; // where it ran away
    if (this.settings.step > last) this.settings = { ...this.settings, step: last };
    this.player.at = this.settings.step;
    this.drawGraph();
    this.where.textContent = `round ${grouped(this.round + 1)}, step ${this.phase} of ${this.long}`;
    this.drawTable();
    this.drawCurve();
    this.drawSlips();
    this.drawGuard();
    this.explain();
  }

  drawGraph() {
    const doing = this.order[this.phase - 1] ?? "", isDone = name => doing === name || doing === `d_${name}` || (doing === "update" && name in this.system.start);
    for (const { name, box, value, gradient } of this.nodes.values()) {
      this.fill(value, name);
      if (gradient) this.fill(gradient, `d_${name}`);
      box.classList.toggle("doing", isDone(name));
      box.classList.toggle("waits", !this.knows(name));
    }
    for (const { input, name, path } of this.wireNodes) {
      const back = doing === `d_${input}` && this.takes(name, input);
      path.setAttribute("class", back ? "backward" : doing === name ? "forward" : "");
    }
    this.wire();
    if (doing !== this.followed) this.follow(this.nodes.get(doing.replace(/^d_/, "")));
    this.followed = doing;
  }

  // A table with its numbers, empty before these are known.
  fill(table, name) {
    const value = this.shown()[name], flat = value.flat(), limit = largest(flat.filter(Number.isFinite));
    table.show(this.knows(name) ? flat : flat.map(() => null), value.length, value[0].length, { limit, format: numberText, dark: this.dark });
  }

  // Where the graph is wider than its room, the box of this step is brought into view.
  follow(node) {
    const pane = this.graph.parentElement, room = pane.getBoundingClientRect(), box = node?.box.getBoundingClientRect();
    if (!box || (box.left >= room.left && box.right <= room.right)) return;
    pane.scrollLeft += box.left + box.width / 2 - room.left - room.width / 2;
  }

  takes(operation, input) { return this.gradients.some(gradient => gradient.to === input && gradient.operation.name === operation); }

  // Lines between the boxes, once these stand in their places.
  wire() {
    const outer = this.columns.getBoundingClientRect(), box = name => this.nodes.get(name).box.getBoundingClientRect();
    this.wires.setAttribute("width", this.columns.scrollWidth);
    this.wires.setAttribute("height", this.columns.scrollHeight);
    for (const { input, name, path } of this.wireNodes) {
      const a = box(input), b = box(name), isBelow = a.top > b.bottom - 4, beside = 30 * rem();
      const [x1, y1] = isBelow ? [a.left + a.width / 2, a.top] : [a.right, a.top + beside];
      const [x2, y2] = isBelow ? [clamp(x1, b.left + 8, b.right - 8), b.bottom] : [b.left, b.top + beside];
      path.setAttribute("d", `M${x1 - outer.left},${y1 - outer.top} L${x2 - outer.left},${y2 - outer.top}`);
    }
  }

  // ---- one number taken apart

  point(name, i, j) {
    this.seen = name && this.knows(name) ? { name, i, j } : null;
    this.explain();
  }

  explain() {
    const doing = this.order[this.phase - 1], first = doing === "update" ? Object.keys(this.system.start)[0] : doing;
    const { name, i, j } = this.seen ?? { name: first ?? "x", i: 0, j: 0 }, all = this.shown();
    const [lines, cells] = this.storyOf(name, i, j, all);
    const lit = new Set(cells.map(cell => cell.join()));
    for (const node of this.nodes.values()) for (const [key, table] of [[node.name, node.value], [`d_${node.name}`, node.gradient]]) {
      table?.mark("window", (r, c) => lit.has([key, r, c].join()));
      table?.mark("now", (r, c) => key === name && r === i && c === j);
    }
    this.formula.replaceChildren(...lines.map(parts => element("div", "", ...parts)));
    this.say(...this.sentence(doing));
  }

  label(name, i, j, all) {
    const value = all[name];
    return value.length * value[0].length === 1 ? name : value[0].length === 1 ? `${name}[${i}]` : value.length === 1 ? `${name}[${j}]` : `${name}[${i}, ${j}]`;
  }

  // [lines of parts, cells that it is made of]
  storyOf(name, i, j, all) {
    const here = this.label(name, i, j, all), value = strong(numberText(all[name][i][j]));
    if (name === "d_loss") return [[["d_loss = ∂loss/∂loss = ", strong("1")], ["The loss changes with itself one to one."]], []];
    const gradient = this.gradients.find(one => one.name === name), operation = this.system.operations.find(one => one.name === name);
    if (gradient) return this.gradientStory(gradient, here, value, i, j, all);
    if (operation) return this.forwardStory(operation, here, value, i, j, all);
    if (name in this.system.start && this.phase === this.long) return this.updateStory(name, here, i, j);
    return [[[`${here} = `, value], [this.roleOf(name)]], []];
  }

  roleOf(name) {
    if (name in this.system.start) return "A number that training changes. Click it and type another one to begin from there.";
    return name === "y" ? "The truth: what the answer should be." : "Given: data is never changed.";
  }

  gradientStory({ name, to, operation }, here, value, i, j, all) {
    const way = operation.backward[to], slip = this.hidden?.[name] ? "" : this.slips()[name], terms = termsOf(all, operation, to, i, j, slip);
    const mistake = { dropped: `without ${way.forgotten}`, flipped: "with the wrong sign" }[slip], wrong = mistake ? ` (broken on purpose: ${mistake})` : "";
    const rule = [`${name} = ${way.text}${wrong}`, element("small", "", `because ${way.local}`)];
    return [[rule, [`${here} = ${sumOf(terms)} = `, value, ...this.factorNames(terms, all)]], terms.flatMap(factors => factors.flatMap(({ cells }) => cells))];
  }

  // What the factors are called, where there is room for it: in a product that stands alone.
  factorNames(terms, all) {
    return terms.length > 1 ? [] : [element("small", "", terms[0].map(({ text, cells }) => text || this.label(...cells[0], all)).join(" · "))];
  }

  forwardStory(operation, here, value, i, j, all) {
    const terms = sourcesOf(all, operation, i, j), cells = terms.flatMap(factors => factors.flatMap(one => one.cells)), { does, name, text } = operation, sum = sumOf(terms);
    const shown = { dense: sum, sigmoid: `1 / (1 + exp(−${bracketed(terms[0][0].value)}))` }[does] ?? `(${sum}) / ${terms.length}`;
    return [[[`${name} = ${text}`], [`${here} = ${shown} = `, value]], cells];
  }

  updateStory(name, here, i, j) {
    const { parameters, all, after } = this.now, step = `${three(this.settings.rate)} · ${bracketed(all[`d_${name}`][i][j])}`;
    const lines = [[`${name} ← ${name} − rate · d_${name}`], [`${here} ← ${numberText(parameters[name][i][j])} − ${step} = `, strong(numberText(after[name][i][j]))]];
    return [lines, [[`d_${name}`, i, j]]];
  }

  sentence(doing) {
    if (!(this.now.loss < TOO_LARGE)) return [`In round ${this.rounds.length} the loss is beyond all bounds: the steps overshoot. `, this.backButton()];
    const gradient = this.gradients.find(({ name }) => name === doing), known = {
      "": ["Step forward: the data meets the weights, operation by operation, until one number is left, the loss. Point at any number to see where it comes from."],
      loss: ["The forward pass is done: loss ", strong(numberText(this.now.loss)), ". Now back: how would the loss change if each number here were a little larger?"],
      d_loss: ["The way back begins with 1. Every step from here multiplies by the slope of one operation: the chain rule."],
      update: ["Each weight goes a small step against its gradient. The next round begins with the new weights."],
    }[doing ?? ""];
    if (known) return known;
    if (!gradient) return [`Forward: ${doing} is computed from what stands left of it and below.`];
    if (gradient.to in this.system.start) return [`${doing} says how the loss changes with ${gradient.to}: this is what training needs.`];
    return [`${doing} passes through ${gradient.operation.name}: the gradient that arrives, times the slope of this one operation.`];
  }

  backButton() {
    return button(`Take ${this.system.rate} and begin again`, () => {
      this.graph.focus(); // this button goes
      this.set({ rate: this.system.rate, start: [], slips: [], step: 0 });
    });
  }

  // ---- the three gradients

  layRows() {
    this.places = Object.entries(this.system.start).flatMap(([name, value]) => value.flatMap((row, i) => row.map((_, j) => ({ name: `d_${name}`, i, j }))));
    this.rowNodes = this.places.map(() => count(6).map(() => element("td", "value")));
    this.rows.replaceChildren(...this.rowNodes.map(cells => element("tr", "", ...cells)));
  }

  question() { return { system: this.settings.system, parameters: this.now.parameters }; }

  // What TensorFlow has said about just these numbers: { loss, gradients } or { error }.
  answerTo(asked) { return this.data.tape?.id === JSON.stringify(asked) ? this.data.tape : null; }

  drawTable() {
    const asked = this.question(), told = this.answerTo(asked), { epsilon, h } = this.data.guard;
    const differences = numerical(this.system, asked.parameters, epsilon, h), at = (values, { name, i, j }) => values?.[name][i][j] ?? null;
    const tape = told?.gradients && Object.fromEntries(Object.entries(told.gradients).map(([name, value]) => [`d_${name}`, value]));
    this.failing = 0;
    this.places.forEach((place, row) => this.drawRow(this.rowNodes[row], place, at(this.now.all, place), at(differences, place), at(tape, place)));
    this.drawAsked(asked, told);
  }

  // One gradient three times, and whether they agree.
  drawRow(cells, { name, i, j }, ours, far, auto) {
    const isKnown = this.knows(name), other = auto ?? far;
    const right = isRight(ours, other, auto === null ? NEAR.numerical : NEAR.tape) && isRight(ours, far, NEAR.numerical);
    if (isKnown && !right) this.failing++;
    const texts = [this.label(name, i, j, this.now.all), isKnown ? numberText(ours) : "", auto === null ? "–" : numberText(auto), numberText(far)];
    texts.push(isKnown ? numberText(difference(ours, other)) : "", !isKnown ? "" : right ? "✓ equal" : this.wrongWords(ours, other));
    texts.forEach((text, c) => { cells[c].textContent = text; });
    cells.at(-1).className = !isKnown ? "" : right ? "right" : "wrong";
  }

  drawAsked(asked, told) {
    const isWaiting = this.waiting === JSON.stringify(asked) && !told;
    this.askButton.disabled = isWaiting || Boolean(told?.gradients);
    const said = isWaiting ? "TensorFlow starts, a few seconds the first time ..." : this.toldWords(told);
    if (this.told.textContent !== said) this.told.textContent = said; // said aloud once, not at every step
    this.code.textContent = this.python(asked);
  }

  toldWords(told) {
    if (!told) return "tf.GradientTape differentiates the same lines by itself.";
    return told.error || `tf.GradientTape answered; its loss is ${numberText(told.loss)}.`;
  }

  wrongWords(ours, other) {
    if (!Number.isFinite(ours)) return "✗ no number";
    if (isRight(ours, -other, NEAR.numerical)) return "✗ wrong sign";
    return ours * other < 0 ? "✗ wrong sign and size" : `✗ ${three(ours / other)} times the true one`;
  }

  ask() {
    const asked = this.question();
    this.waiting = JSON.stringify(asked);
    this.turn = (this.turn ?? this.data.tape?.turn ?? 0) + 1;
    this.act("tape", { id: this.waiting, turn: this.turn, ...asked });
    this.drawTable();
  }

  take(data) {
    const answered = !same([data.tape?.id, data.tape?.turn], [this.data.tape?.id, this.data.tape?.turn]);
    super.take(data);
    if (answered) { this.waiting = null; this.drawTable(); this.judgeTasks(); }
  }

  python({ parameters }) {
    const { operations, data, start } = this.system, rows = value => JSON.stringify(value).replaceAll(",", ", ");
    return [
      "import tensorflow as tf", "",
      ...Object.entries(data).map(([name, value]) => `${name} = tf.constant(${rows(value)}, tf.float64)`),
      ...Object.entries(parameters).map(([name, value]) => `${name} = tf.Variable(${rows(value)}, dtype=tf.float64)`),
      "with tf.GradientTape() as tape:",
      ...operations.map(({ name, does, inputs }) => `    ${name} = ${TENSORFLOW[does](inputs)}`),
      `print(tape.gradient(loss, [${Object.keys(start).join(", ")}]))`,
    ].join("\n");
  }

  // ---- broken on purpose

  laySlips() {
    this.menus = this.gradients.map(({ name, to, operation }) => {
      const { forgotten } = operation.backward[to], choices = { "": "right", ...(forgotten && { dropped: `forget ${forgotten}` }), flipped: "flip its sign" };
      const menu = element("select", "", ...Object.entries(choices).map(([value, text]) => Object.assign(element("option", "", text), { value })));
      menu.setAttribute("aria-label", `${name}: a mistake`);
      menu.onchange = () => this.set({ slips: this.menus.filter(one => one.menu.value).map(one => `${one.name}:${one.menu.value}`) });
      return { name, menu };
    });
    this.slipList.replaceChildren(...this.menus.map(({ name, menu }) => element("label", "slip", element("span", "", name), menu)));
    this.guess.replaceChildren(...this.gradients.map(({ name }) => Object.assign(element("option", "", name), { value: name })));
  }

  drawSlips() {
    const made = Object.fromEntries(this.settings.slips.map(slip => slip.split(":")));
    for (const { name, menu } of this.menus) {
      menu.value = made[name] ?? "";
      menu.disabled = Boolean(this.hidden);
      menu.parentNode.classList.toggle("made", Boolean(made[name]));
    }
    this.quiz.hidden = !this.hidden;
    this.hide.disabled = Boolean(this.hidden);
    this.key.classList.toggle("single", !this.isBroken);
    this.broken.textContent = this.isBroken ? this.brokenWords() : "Break a gradient below: the check fails, and training goes wrong beside the right one.";
  }

  brokenWords() {
    const right = this.walk({}, this.round), at = Math.min(this.round, this.rounds.length - 1);
    if (!at) return "Same start, so the same loss: go some rounds on to see what the mistake does.";
    const good = right[Math.min(this.round, right.length - 1)].loss, { loss } = this.rounds[at];
    return `After ${at} ${at === 1 ? "round" : "rounds"}: ${numberText(good)} right, ${numberText(loss)} broken; ${this.verdict(loss, good)}.`;
  }

  verdict(loss, good) {
    if (!(loss < this.rounds[0].loss)) return "the broken one rises: it walks uphill";
    if (loss > good * 1.02) return "the broken one falls, but behind the right one";
    return `${loss < good * 0.98 ? "the broken one even falls faster" : "nearly the same"}: only the check sees this mistake`;
  }

  drawCurve() {
    const until = this.round, points = rounds => rounds.slice(0, until + 1).map(({ loss }, i) => [i, loss]);
    const good = points(this.isBroken ? this.walk({}, until) : this.rounds), bad = this.isBroken ? points(this.rounds) : [];
    const y = { ...decades([...good, ...bad].map(([, loss]) => loss)), label: "loss", log: true };
    this.plot.frame({ width: Math.min(this.side.clientWidth || 280, 420), height: 184 * rem(), x: { low: 0, high: Math.max(10, until), label: "round" }, y });
    this.plot.line("good", good);
    this.plot.line("bad", bad);
    this.plot.dots("at", [[Math.min(until, this.rounds.length - 1), this.now.loss]], 4);
  }

  // A mistake that nobody sees would be no riddle: each of these changes a gradient of a weight in the first round.
  riddles(parameters) {
    const values = forward(this.system, parameters, this.data.guard.epsilon), right = backward(this.system, values);
    const differs = (wrong, name) => wrong[name].flat().some((one, i) => !isRight(one, right[name].flat()[i], NEAR.numerical));
    return this.mistakes().map(slip => Object.fromEntries([slip])).filter(slip => {
      const wrong = backward(this.system, values, slip);
      return this.places.some(({ name }) => differs(wrong, name));
    });
  }

  hideOne() {
    const here = this.riddles(this.parameters()), found = here.length ? here : this.riddles(this.system.start);
    this.player.pause();
    this.hidden = found[Math.floor(Math.random() * found.length)];
    this.answer.textContent = "One gradient is wrong now. Its rule is written as it should be; its numbers are not.";
    this.set({ slips: [], step: this.long, start: here.length ? this.settings.start : [] });
    this.guess.focus(); // the button that was pressed sleeps now
  }

  judgeGuess() {
    this.found ||= this.guess.value in this.hidden;
    if (this.guess.value in this.hidden) this.reveal("Found:");
    else this.answer.textContent = `${this.guess.value} follows its rule. Look where the table first goes wrong, and take a number apart.`;
  }

  giveUp() { this.reveal("It was"); }

  reveal(words) {
    const [[name, slip]] = Object.entries(this.hidden), { operation, to } = this.gradients.find(one => one.name === name);
    this.hidden = null;
    this.answer.textContent = `${words} ${name}, ${slip === "dropped" ? `which forgot ${operation.backward[to].forgotten}` : "which had the wrong sign"}.`;
    this.set({ slips: [`${name}:${slip}`] });
    this.hide.focus();
  }

  // ---- the guard

  drawGuard() {
    this.guard.hidden = !SURE[this.settings.system];
    if (this.guard.hidden) return;
    const { parameters } = this.now, weights = this.gradients.find(({ to }) => to in this.system.start).name;
    const [guarded, bare] = [this.data.guard.epsilon, 0].map(epsilon => backward(this.system, forward(this.system, parameters, epsilon)));
    const told = all => [numberText(all.loss[0][0]), sizeOf(all.d_sigma), sizeOf(all[weights])];
    const row = (title, all) => element("tr", "", ...[title, ...told(all)].map(text => element("td", "value", text)));
    this.guardTable.replaceChildren(headed("", "loss", "size of d_sigma", `size of ${weights}`), row("with ε = 10⁻⁷", guarded), row("without ε", bare));
    this.price.textContent = this.priceOf(guarded, bare);
  }

  priceOf({ loss, sigma, y, ...guarded }, bare) {
    const last = this.system.operations.at(-2).inputs[0], gap = loss[0][0] - bare.loss[0][0];
    const off = Math.max(...guarded[`d_${last}`].map(([value], i) => difference(value, (sigma[i][0] - y[i][0]) / y.length)));
    const shift = Number.isFinite(gap) ? `shifts the loss by ${numberText(gap)}` : "brings the loss down from ∞";
    return `The price: ε ${shift}, and the shortcut d_${last} = (σ − y) / N is not quite exact: it is off by ${numberText(100 * off)} %.`;
  }

  // ---- tasks and checks

  tasks() {
    return [
      {
        words: "Find the broken gradient: hide a mistake, then say which one it is.",
        hint: "Point at the first number of each gradient: where the sum written out does not give the number behind it, something is missing. "
          + "All gradients before that one are right.",
        done: () => this.found === true,
      },
      {
        words: `Bring XOR's loss below 0.1 in at most ${FEW_ROUNDS} rounds, without mistakes.`,
        hint: "A larger learning rate goes further each round; 5 is not too much here.",
        done: () => this.settings.system === "xor" && !this.isBroken && this.round <= FEW_ROUNDS && this.now.loss < 0.1,
      },
      {
        words: "Make the check fail while the loss never rises, for ten rounds or more.",
        hint: "Some mistakes change only how long the step is.",
        done: () => this.settings.slips.length > 0 && this.failing > 0 && this.round >= 10 && this.neverRose(),
      },
    ];
  }

  neverRose() { return this.rounds.slice(1, this.round + 1).every(({ loss }, i) => loss <= this.rounds[i].loss); }

  checks() {
    const answer = (name, value) => () => {
      const system = this.data.systems[name], all = backward(system, forward(system, system.start, this.data.guard.epsilon)), flat = all[value].flat();
      return flat.length > 1 ? flat : flat[0];
    };
    return Object.fromEntries(this.data.checks.map(({ id }) => [id, answer(...id.split(":"))]));
  }
}

export default mount(BackPropagation);
