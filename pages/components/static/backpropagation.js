// Back-propagation by hand: a graph of small matrices; values flow right, gradients flow back, every number can be taken apart.
const { forward, backward, numerical, update, termsOf, from: sourcesOf, gradientsOf, count, like } = BACKPROPAGATION;
const MOST_ROUNDS = 2000, TOO_LARGE = 1e12, FEW_ROUNDS = 300;
const SURE = { sigmoid: [-1600, 800], xor: [1600, 1600, 1600, 1600, -800, -2400, -1600, 1600, 800] }; // every answer is certain, and wrong
const NEAR = { tape: [1e-6, 1e-12], numerical: [1e-4, 1e-7] }; // relative, and what rounding leaves of nothing
const SLIP_WORDS = { flipped: "flip its sign" };

const numberText = value => (Number.isFinite(value) ? three(value) : Number.isNaN(value) ? "NaN" : value < 0 ? "−∞" : "∞");
const bracketed = (value, first) => (value < 0 && !first ? `(${numberText(value)})` : numberText(value));
const strong = text => element("b", "", text);
const isRight = (a, b, [relative, rest]) => Math.abs(a - b) <= rest + relative * Math.abs(b);
const difference = (a, b) => (a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b)));

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
    const system = element("div", "row middle", this.knob("system"));
    this.stage.append(system, element("div", "row middle walk", this.player.node, far, again, this.where), element("div", "scroll", this.graph));
    this.buildTable();
    this.buildSide();
  }

  buildTable() {
    this.rows = element("tbody");
    const head = ["", "ours", "automatic differentiation", "finite differences", "difference", ""].map(title => element("th", "", title));
    this.askButton = button("Ask TensorFlow", () => this.ask());
    this.told = element("span", "told");
    this.told.setAttribute("role", "status");
    this.code = element("pre");
    const copy = button("Copy", () => navigator.clipboard?.writeText(this.code.textContent));
    this.guard = element("div", "guard");
    const table = element("table", "three", element("thead", "", element("tr", "", ...head)), this.rows);
    this.formula.after(element("div", "proof", element("h3", "", "Is it right?"), element("div", "scroll", table), element("div", "row middle", this.askButton, this.told),
      element("details", "code", element("summary", "", "The Python that is asked"), this.code, copy), this.guard));
  }

  buildSide() {
    this.plot = new Plot({ label: "Loss, round by round", x: { low: 0, high: 10, label: "round" }, y: { low: 0.01, high: 1, label: "loss", log: true } });
    this.key = element("div", "keyed", element("span", "good", element("i"), "right"), element("span", "bad", element("i"), "broken"));
    this.broken = element("p", "broken");
    this.slipList = element("div", "slips");
    this.hide = button("Hide a mistake", () => this.hideOne());
    this.guess = element("select");
    this.guess.setAttribute("aria-label", "Which gradient is broken?");
    this.answer = element("span", "answer");
    this.answer.setAttribute("role", "status");
    this.quiz = element("div", "quiz", this.guess, button("It is this one", () => this.judgeGuess()), button("Give up", () => this.giveUp()));
    this.side.append(element("div", "curve", this.key, this.plot.node), this.broken, this.knob("rate", "Learning rate"), element("h4", "", "Break it on purpose"), this.slipList, element("div", "row", this.hide, this.resetButton()), this.quiz, this.answer);
  }

  // ---- settings

  settle(settings) {
    const { system, start } = settings, known = this.known, isOther = known && known.system !== system && known.revision === this.data.revision;
    this.system = this.data.systems[system];
    this.gradients = gradientsOf(this.system);
    this.order = [...this.system.operations.map(({ name }) => name), "d_loss", ...this.gradients.map(({ name }) => name), "update"];
    if (known?.system !== system) { this.hidden = null; this.seen = null; this.answer.textContent = ""; }
    this.known = { system, revision: this.data.revision };
    if (isOther) return { ...settings, start: [], slips: [], step: 0, rate: this.system.rate };
    const size = Object.values(this.system.start).flat(2).length, slips = settings.slips.filter(slip => this.gradients.some(({ name }) => slip.startsWith(`${name}:`)));
    return { ...settings, start: start.length === size ? start : [], slips, step: Math.min(settings.step, this.most()) };
  }

  get long() { return this.order.length; }
  most() { return MOST_ROUNDS * this.long; }
  get round() { return this.settings.step ? Math.floor((this.settings.step - 1) / this.long) : 0; }
  get phase() { return this.settings.step ? ((this.settings.step - 1) % this.long) + 1 : 0; } // how many steps of the round are done
  knows(name) { return name in this.system.data || name in this.system.start || this.order.indexOf(name) < this.phase; }
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
    if (this.player.timer && !isEnd) { this.settings = { ...this.settings, step: reached }; this.refresh(); } else { this.player.timer && this.player.pause(); this.set({ step: reached }); }
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
    this.nodes = new Map();
    const { operations, data } = this.system, column = (...nodes) => element("div", "column", ...nodes), under = names => element("div", "under", ...names.map(name => this.node(name)));
    this.columns.replaceChildren(column(this.node("x")), ...operations.map(operation => column(this.node(operation.name, operation), under(operation.inputs.filter(name => name in this.system.start || (name in data && name !== "x"))))));
    this.graph.classList.toggle("many", operations.length > 3); // short of room: weights one below the other, formulas cut
    this.wireNodes = this.system.operations.flatMap(({ name, inputs }) => inputs.map(input => ({ input, name, path: svg("path") })));
    this.wires.replaceChildren(...this.wireNodes.map(({ path }) => path));
    this.laySlips();
    this.layRows();
  }

  node(name, operation = null) {
    const isData = name in this.system.data, isParameter = name in this.system.start, node = { name, operation };
    const cells = (label, onEdit) => {
      const table = new Cells({ label, onPoint: (i, j) => this.point(label, i, j), onLeave: () => this.point(null), onEdit });
      table.grid.addEventListener("focusin", event => { const at = table.cells.indexOf(event.target); if (at >= 0) this.point(label, Math.floor(at / table.columns), at % table.columns); });
      table.grid.addEventListener("focusout", () => this.point(null));
      return table;
    };
    node.value = cells(name, isParameter ? (i, j, value) => this.edit(name, i, j, value) : null);
    const tables = element("div", "tables", node.value.node);
    if (!isData) {
      node.gradient = cells(`d_${name}`);
      tables.append(element("div", "back", element("span", "dname", `d_${name}`), node.gradient.node));
    }
    const role = isData ? (name === "y" ? "truth" : "data") : isParameter ? "learned" : operation.text;
    const small = Object.assign(element("small", "", role), { title: role });
    node.box = element("div", `node ${isData ? "data" : isParameter ? "learned" : "operation"}`, element("div", "name", strong(name), small), tables);
    this.nodes.set(name, node);
    return node.box;
  }

  edit(name, i, j, value) {
    const now = this.shown();
    const flat = Object.keys(this.system.start).flatMap(key => like(now[key], (r, c) => (key === name && r === i && c === j ? value : now[key][r][c])).flat());
    if (!flat.every(one => Math.abs(one) <= 1e6)) return;
    this.player.pause();
    this.set({ start: flat, step: 0 });
  }

  // The values to be seen: after the update the weights are the new ones.
  shown() {
    const now = this.rounds[Math.min(this.round, this.rounds.length - 1)];
    return this.phase === this.long ? { ...now.all, ...now.after } : now.all;
  }

  draw() {
    this.lay();
    this.rounds = this.walk(this.slips(), this.round);
    this.player.at = this.settings.step;
    const all = this.shown(), doing = this.order[this.phase - 1] ?? "";
    const show = (table, name) => {
      const value = all[name], flat = value.flat();
      table.show(this.knows(name) ? flat : flat.map(() => null), value.length, value[0].length, { limit: largest(flat.filter(Number.isFinite)), format: numberText, dark: this.dark });
    };
    for (const { name, box, value, gradient } of this.nodes.values()) {
      show(value, name);
      if (gradient) show(gradient, `d_${name}`);
      box.classList.toggle("doing", doing === name || doing === `d_${name}` || (doing === "update" && name in this.system.start));
      box.classList.toggle("waits", !this.knows(name));
    }
    for (const { input, name, path } of this.wireNodes) {
      const back = doing === `d_${input}` && this.takes(name, input);
      path.setAttribute("class", back ? "backward" : doing === name ? "forward" : "");
    }
    this.wire();
    this.where.textContent = `round ${grouped(this.round + 1)}, step ${this.phase} of ${this.long}`;
    this.drawTable();
    this.drawCurve();
    this.drawSlips();
    this.drawGuard();
    this.explain();
  }

  takes(operation, input) { return this.gradients.some(gradient => gradient.to === input && gradient.operation.name === operation); }

  // Lines between the boxes, once these stand in their places.
  wire() {
    const outer = this.columns.getBoundingClientRect(), box = name => this.nodes.get(name).box.getBoundingClientRect();
    this.wires.setAttribute("width", this.columns.scrollWidth);
    this.wires.setAttribute("height", this.columns.scrollHeight);
    for (const { input, name, path } of this.wireNodes) {
      const a = box(input), b = box(name), isBelow = a.top > b.bottom - 4;
      const [x1, y1] = isBelow ? [a.left + a.width / 2, a.top] : [a.right, a.top + 30 * rem()], [x2, y2] = isBelow ? [clamp(x1, b.left + 8, b.right - 8), b.bottom] : [b.left, b.top + 30 * rem()];
      path.setAttribute("d", isBelow ? `M${x1 - outer.left},${y1 - outer.top} L${x2 - outer.left},${y2 - outer.top}` : `M${x1 - outer.left},${y1 - outer.top} L${x2 - outer.left},${y2 - outer.top}`);
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
    if (name === "d_loss") return [[["d_loss = ∂loss/∂loss = ", strong("1")], ["Every gradient says how the loss changes; the loss changes with itself one to one."]], []];
    const gradient = this.gradients.find(one => one.name === name), operation = this.system.operations.find(one => one.name === name);
    if (gradient) return this.gradientStory(gradient, here, value, i, j, all);
    if (operation) return this.forwardStory(operation, here, value, i, j, all);
    if (name in this.system.start && this.phase === this.long) return this.updateStory(name, here, i, j);
    return [[[`${here} = `, value], [name in this.system.start ? "A number that training changes. Click it and type another one to begin from there." : name === "y" ? "The truth: what the answer should be." : "Given: data is never changed."]], []];
  }

  gradientStory({ name, to, operation }, here, value, i, j, all) {
    const way = operation.backward[to], slip = this.hidden?.[name] ? "" : this.slips()[name], terms = termsOf(all, operation, to, i, j, slip);
    const sum = terms.map((factors, t) => factors.map((factor, f) => bracketed(factor.value, t === 0 && f === 0)).join(" · ")).join(" + ");
    const wrong = slip ? ` (broken on purpose: ${slip === "dropped" ? `without ${way.forgotten}` : "with the wrong sign"})` : "";
    return [[[`${name} = ${way.text}${wrong}`, element("small", "", `because ${way.local}`)], [`${here} = ${sum} = `, value, ...this.factorNames(terms, all)]], terms.flatMap(factors => factors.flatMap(({ cells }) => cells))];
  }

  // What the factors are called, where there is room for it: in a product that stands alone.
  factorNames(terms, all) {
    return terms.length > 1 ? [] : [element("small", "", terms[0].map(({ text, cells }) => text || this.label(...cells[0], all)).join(" · "))];
  }

  forwardStory(operation, here, value, i, j, all) {
    const terms = sourcesOf(all, operation, i, j), cells = terms.flatMap(factors => factors.flatMap(one => one.cells)), { does, name, text } = operation;
    const sum = terms.map((factors, t) => factors.map((factor, f) => bracketed(factor.value, t === 0 && f === 0)).join(" · ")).join(" + ");
    const shown = { dense: sum, sigmoid: `1 / (1 + exp(−${bracketed(terms[0][0].value)}))` }[does] ?? `(${sum}) / ${terms.length}`;
    return [[[`${name} = ${text}`], [`${here} = ${shown} = `, value]], cells];
  }

  updateStory(name, here, i, j) {
    const { parameters, all, after } = this.rounds[Math.min(this.round, this.rounds.length - 1)], slope = all[`d_${name}`][i][j];
    return [[[`${name} ← ${name} − rate · d_${name}`], [`${here} ← ${numberText(parameters[name][i][j])} − ${three(this.settings.rate)} · ${bracketed(slope)} = `, strong(numberText(after[name][i][j]))]], [[`d_${name}`, i, j]]];
  }

  sentence(doing) {
    const now = this.rounds.at(-1);
    if (!(now.loss < TOO_LARGE)) return [`In round ${this.rounds.length} the loss is beyond all bounds: the steps overshoot. `, this.backButton()];
    if (!doing) return ["Step forward: the data meets the weights, operation by operation, until one number is left, the loss. Point at any number to see where it comes from."];
    if (doing === "loss") return ["The forward pass is done: loss ", strong(numberText(this.shown().loss[0][0])), ". Now back: how would the loss change if each number here were a little larger?"];
    if (doing === "d_loss") return ["The way back begins with 1. Every step from here multiplies by the slope of one operation: the chain rule."];
    if (doing === "update") return ["Each weight goes a small step against its gradient. The next round begins with the new weights."];
    const gradient = this.gradients.find(({ name }) => name === doing);
    if (!gradient) return [`Forward: ${doing} is computed from what stands left of it.`];
    return gradient.to in this.system.start ? [`${doing} says how the loss changes with ${gradient.to}: this is what training needs.`] : [`${doing} passes through ${gradient.operation.name}: the gradient that arrives, times the slope of this one operation.`];
  }

  backButton() { return button(`Take ${this.system.rate} and begin again`, () => this.set({ rate: this.system.rate, start: [], slips: [], step: 0 })); }

  // ---- the three gradients

  layRows() {
    this.places = Object.entries(this.system.start).flatMap(([name, value]) => value.flatMap((row, i) => row.map((_, j) => ({ name: `d_${name}`, i, j }))));
    this.rowNodes = this.places.map(() => count(6).map(() => element("td", "value")));
    this.rows.replaceChildren(...this.rowNodes.map(cells => element("tr", "", ...cells)));
  }

  question() { return { system: this.settings.system, parameters: this.rounds[Math.min(this.round, this.rounds.length - 1)].parameters }; }

  drawTable() {
    const asked = this.question(), id = JSON.stringify(asked), tape = this.data.tape?.id === id && this.data.tape.gradients, known = this.rounds[Math.min(this.round, this.rounds.length - 1)].all;
    const differences = numerical(this.system, asked.parameters, this.data.guard.epsilon, this.data.guard.h);
    this.failing = 0;
    this.places.forEach(({ name, i, j }, row) => {
      const isKnown = this.knows(name), ours = known[name][i][j], far = differences[name][i][j], auto = tape ? tape[name.slice(2)][i][j] : null;
      const other = auto ?? far, right = isRight(ours, other, auto === null ? NEAR.numerical : NEAR.tape) && isRight(ours, far, NEAR.numerical);
      if (isKnown && !right) this.failing++;
      const texts = [this.label(name, i, j, known), isKnown ? numberText(ours) : "", auto === null ? "–" : numberText(auto), numberText(far), isKnown ? numberText(difference(ours, other)) : "", isKnown ? (right ? "✓ equal" : this.wrongWords(ours, other)) : ""];
      texts.forEach((text, c) => { this.rowNodes[row][c].textContent = text; });
      this.rowNodes[row][5].className = !isKnown ? "" : right ? "right" : "wrong";
    });
    const waiting = this.waiting === id && this.data.tape?.id !== id, refused = this.data.tape?.id === id ? this.data.tape.error : "";
    this.askButton.disabled = waiting || Boolean(tape);
    this.told.textContent = waiting ? "TensorFlow starts, a few seconds the first time ..." : refused || (tape ? `tf.GradientTape answered; its loss is ${numberText(this.data.tape.loss)}.` : "tf.GradientTape differentiates the same lines by itself.");
    this.code.textContent = this.python(asked);
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
    const rows = value => JSON.stringify(value).replaceAll(",", ", "), { operations, data, start } = this.system;
    const lines = { dense: ([x, w, b]) => `${x} @ ${w} + ${b}`, sigmoid: ([z]) => `tf.sigmoid(${z})`, mean_squared_error: ([p, y]) => `tf.reduce_mean((${p} - ${y}) ** 2)`,
      binary_crossentropy: ([p, y]) => `-tf.reduce_mean(${y} * tf.math.log(${p} + 1e-7) + (1 - ${y}) * tf.math.log(1 - ${p} + 1e-7))` };
    return ["import tensorflow as tf", "", ...Object.entries(data).map(([name, value]) => `${name} = tf.constant(${rows(value)}, tf.float64)`), ...Object.entries(parameters).map(([name, value]) => `${name} = tf.Variable(${rows(value)}, dtype=tf.float64)`),
      "with tf.GradientTape() as tape:", ...operations.map(({ name, does, inputs }) => `    ${name} = ${lines[does](inputs)}`), `print(tape.gradient(loss, [${Object.keys(start).join(", ")}]))`].join("\n");
  }

  // ---- broken on purpose

  laySlips() {
    this.menus = this.gradients.map(({ name, to, operation }) => {
      const { forgotten } = operation.backward[to], choices = [["", "right"], ...(forgotten ? [["dropped", `forget ${forgotten}`]] : []), ["flipped", SLIP_WORDS.flipped]];
      const menu = element("select", "", ...choices.map(([value, text]) => Object.assign(element("option", "", text), { value })));
      menu.setAttribute("aria-label", `${name}: a mistake`);
      menu.onchange = () => this.set({ slips: this.menus.filter(one => one.menu.value).map(one => `${one.name}:${one.menu.value}`) });
      return { name, menu };
    });
    this.slipList.replaceChildren(...this.menus.map(({ name, menu }) => element("label", "slip", element("span", "", name), menu)));
    this.guess.replaceChildren(...this.gradients.map(({ name }) => Object.assign(element("option", "", name), { value: name })));
  }

  drawSlips() {
    const made = Object.fromEntries(this.settings.slips.map(slip => slip.split(":"))), any = Object.keys(this.slips()).length > 0;
    for (const { name, menu } of this.menus) { menu.value = made[name] ?? ""; menu.disabled = Boolean(this.hidden); menu.parentNode.classList.toggle("made", Boolean(made[name])); }
    this.quiz.hidden = !this.hidden;
    this.hide.disabled = Boolean(this.hidden);
    this.key.hidden = !any;
    this.broken.textContent = any ? this.brokenWords() : "Break a gradient below: the check above fails, and training goes wrong beside the right one.";
  }

  brokenWords() {
    const right = this.walk({}, this.round), at = Math.min(this.round, this.rounds.length - 1), loss = this.rounds[at].loss, good = right[Math.min(this.round, right.length - 1)].loss, before = this.rounds[0].loss;
    if (!at) return "Same start, so the same loss: go some rounds on to see what the mistake does.";
    const verdict = !(loss < before) ? "the broken one rises: it walks uphill" : loss > good * 1.02 ? "the broken one falls, but behind the right one" : loss < good * 0.98 ? "the broken one even falls faster: only the check sees this mistake" : "nearly the same: only the check sees this mistake";
    return `After ${at} ${at === 1 ? "round" : "rounds"}: ${numberText(good)} right, ${numberText(loss)} broken; ${verdict}.`;
  }

  drawCurve() {
    const any = Object.keys(this.slips()).length > 0, until = Math.max(this.round, 0), good = any ? this.walk({}, until) : this.rounds, points = rounds => rounds.slice(0, until + 1).map(({ loss }, i) => [i, loss]);
    const finite = [...points(good), ...(any ? points(this.rounds) : [])].map(([, loss]) => loss).filter(loss => loss > 0 && loss < TOO_LARGE), low = Math.min(...finite), high = Math.max(...finite), round = power => 10 ** power;
    const range = finite.length ? { low: round(Math.floor(Math.log10(low))), high: Math.max(10 * low, Math.min(1e5, round(Math.ceil(Math.log10(high * 1.001))))) } : { low: 1, high: 10 };
    this.plot.frame({ width: Math.min(this.side.clientWidth || 280, 420), height: 170 * rem(), x: { low: 0, high: Math.max(10, until), label: "round" }, y: { ...range, label: "loss", log: true } });
    this.plot.line("good", points(good));
    this.plot.line("bad", any ? points(this.rounds) : []);
    this.plot.dots("at", [[Math.min(until, this.rounds.length - 1), this.rounds[Math.min(until, this.rounds.length - 1)].loss]], 4);
  }

  hideOne() {
    const one = this.gradients[Math.floor(Math.random() * this.gradients.length)], can = one.operation.backward[one.to].forgotten ? ["dropped", "flipped"] : ["flipped"];
    this.hidden = { [one.name]: can[Math.floor(Math.random() * can.length)] };
    this.answer.textContent = "One gradient is wrong now. Its rule is written as it should be; its numbers are not.";
    this.set({ slips: [], step: Math.max(this.long, this.settings.step) });
  }

  judgeGuess() {
    const right = this.guess.value in this.hidden;
    if (right) { this.found = true; this.reveal("Found:"); } else this.answer.textContent = `${this.guess.value} follows its rule. Look where the table first goes wrong, and take a number apart.`;
  }

  giveUp() { this.reveal("It was"); }

  reveal(words) {
    const [[name, slip]] = Object.entries(this.hidden), { operation, to } = this.gradients.find(one => one.name === name);
    this.hidden = null;
    this.answer.textContent = `${words} ${name}, ${slip === "dropped" ? `which forgot ${operation.backward[to].forgotten}` : "which had the wrong sign"}.`;
    this.set({ slips: [`${name}:${slip}`] });
  }

  // ---- the guard

  drawGuard() {
    const sure = SURE[this.settings.system];
    this.guard.hidden = !sure;
    if (!sure) return;
    const { parameters } = this.question(), { epsilon } = this.data.guard, weights = this.gradients.find(({ to }) => to in this.system.start).name, at = eps => { const all = backward(this.system, forward(this.system, parameters, eps)); return [all.loss[0][0], all.d_sigma.flat(), all[weights].flat(), all]; };
    const [loss, slopes, turns, all] = at(epsilon), [bareLoss, bareSlopes, bareTurns] = at(0), last = this.system.operations.at(-2).inputs[0], n = all.y.length;
    const shortcut = Math.max(...all[`d_${last}`].map(([value], i) => difference(value, (all.sigma[i][0] - all.y[i][0]) / n))), gap = loss - bareLoss;
    const most = values => (values.every(value => value === 0) ? "0" : values.every(Number.isFinite) ? `at most ${numberText(largest(values))}` : numberText(values.find(value => !Number.isFinite(value))));
    const row = (...texts) => element("tr", "", ...texts.map(text => element("td", "value", text)));
    const head = element("tr", "", ...["", "loss", "size of d_sigma", `size of ${weights}`].map(title => element("th", "", title)));
    this.guardButton ??= button("A sure wrong answer", () => { this.player.pause(); this.set({ start: SURE[this.settings.system], step: this.long - 1 }); });
    this.guard.replaceChildren(element("h3", "", "What ε is for"),
      element("p", "", "The loss takes the logarithm of σ. When the unit is sure and wrong, σ is exactly 0 or 1, and log(0) is −∞. A little ε keeps it finite; a saturated unit still learns nothing, as σ · (1 − σ) is 0."),
      element("table", "", head, row("with ε = 10⁻⁷", numberText(loss), most(slopes), most(turns)), row("without ε", numberText(bareLoss), most(bareSlopes), most(bareTurns))),
      element("p", "", `The price: ε shifts the loss ${Number.isFinite(gap) ? `by ${numberText(gap)}` : "from ∞"}, and the shortcut d_${last} = (σ − y) / N is not quite exact: it is off by ${numberText(100 * shortcut)} %.`), this.guardButton);
  }

  // ---- tasks and checks

  tasks() {
    return [
      { words: "Find the broken gradient: hide a mistake, then say which one it is.", hint: "Point at the first number of each gradient: where the sum written out does not give the number behind it, something is missing. All gradients before that one are right.", done: () => this.found === true },
      { words: `Bring XOR's loss below 0.1 in at most ${FEW_ROUNDS} rounds, without mistakes.`, hint: "A larger learning rate goes further each round; 5 is not too much here.",
        done: () => this.settings.system === "xor" && !Object.keys(this.slips()).length && this.round <= FEW_ROUNDS && this.rounds[Math.min(this.round, this.rounds.length - 1)].loss < 0.1 },
      { words: "Make the check fail while the loss never rises, for ten rounds or more.", hint: "Some mistakes change only how long the step is.",
        done: () => this.settings.slips.length > 0 && this.failing > 0 && this.round >= 10 && this.rounds.slice(1, this.round + 1).every(({ loss }, i) => loss <= this.rounds[i].loss) },
    ];
  }

  checks() {
    const answer = (name, value) => () => {
      const system = this.data.systems[name], all = backward(system, forward(system, system.start, this.data.guard.epsilon)), flat = all[value].flat();
      return flat.length > 1 ? flat : flat[0];
    };
    return Object.fromEntries(this.data.checks.map(({ id }) => [id, answer(...id.split(":"))]));
  }
}

export default mount(BackPropagation);
