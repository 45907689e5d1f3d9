// Activations: a walk along a curve and its slope, and softmax of ten logits with all its arithmetic.
const FLAT = 0.01; // a slope nearer to 0 than this is called saturated
const END = 6,
  STEP = 0.1; // how far the walk goes to either side, and one arrow key
const LARGEST_LOGIT = 50,
  SHIFT = 10,
  LAST_POWER = 88.7; // exp of more is beyond float32
const LEAK = 0.2; // Keras' negative_slope of leaky_relu

// The error function as a series of positive terms (Abramowitz and Stegun 1964, 7.1.6); beyond 6 it is 1 to all digits.
function erf(x) {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x,
    sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) sum += term *= (2 * x * x) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const { sigmoid } = ACTIVATIONS;
const normalShare = x => 0.5 * (1 + erf(x / Math.SQRT2)),
  normalDensity = x => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
const bracketed = x => (x < 0 ? `(${three(x)})` : three(x)),
  minus = x => three(x === 0 ? 0 : -x);

// Near 1 all digits count.
const fine = value =>
  Math.abs(value) < 0.99 ? bracketed(value) : value < 0 ? `(−${(-value).toFixed(8)})` : value.toFixed(8);

// f and its slope; wrote and sloped say them with the numbers in; y: how far the axis goes.
const CURVES = {
  linear: { f: x => x, slope: () => 1, y: [-6, 6], wrote: x => `x = ${three(x)}`, sloped: () => "1" },
  sigmoid: {
    f: sigmoid,
    slope: x => sigmoid(x) * sigmoid(-x),
    y: [-0.2, 1.2],
    wrote: x => `1 / (1 + exp(−x)) = 1 / (1 + exp(${minus(x)})) = ${three(sigmoid(x))}`,
    sloped: x => `f · (1 − f) = ${three(sigmoid(x))} · ${three(sigmoid(-x))} = ${three(sigmoid(x) * sigmoid(-x))}`,
  },
  relu: {
    f: x => (x > 0 ? x : 0),
    slope: x => (x > 0 ? 1 : 0),
    y: [-1, 6],
    wrote: x => `x if x > 0 else 0 = ${three(x > 0 ? x : 0)}`,
    sloped: x => `1 if x > 0 else 0 = ${x > 0 ? 1 : 0}`,
  },
  tanh: {
    f: Math.tanh,
    slope: x => 1 - Math.tanh(x) ** 2,
    y: [-1.2, 1.2],
    wrote: x => `(exp(x) − exp(−x)) / (exp(x) + exp(−x)) = ${three(Math.tanh(x))}`,
    sloped: x => `1 − f² = 1 − ${fine(Math.tanh(x))}² = ${three(1 - Math.tanh(x) ** 2)}`,
  },
  leaky_relu: {
    f: x => (x > 0 ? x : LEAK * x),
    slope: x => (x > 0 ? 1 : LEAK),
    y: [-2, 6],
    wrote: x => `x if x > 0 else ${LEAK} · x = ${three(x > 0 ? x : LEAK * x)}`,
    sloped: x => `1 if x > 0 else ${LEAK} = ${x > 0 ? 1 : LEAK}`,
  },
  elu: {
    f: x => (x > 0 ? x : Math.expm1(x)),
    slope: x => (x > 0 ? 1 : Math.exp(x)),
    y: [-2, 6],
    wrote: x => `x if x > 0 else exp(x) − 1 = ${three(x > 0 ? x : Math.expm1(x))}`,
    sloped: x => `1 if x > 0 else exp(x) = ${three(x > 0 ? 1 : Math.exp(x))}`,
  },
  gelu: {
    f: x => x * normalShare(x),
    slope: x => normalShare(x) + x * normalDensity(x),
    y: [-1, 6],
    wrote: x => `x · Φ(x) = ${bracketed(x)} · ${three(normalShare(x))} = ${three(x * normalShare(x))}`,
    sloped: x => {
      const [share, density] = [normalShare(x), normalDensity(x)];
      return `Φ(x) + x · φ(x) = ${three(share)} + ${bracketed(x)} · ${three(density)} = ${three(share + x * density)}`;
    },
  },
  silu: {
    f: x => x * sigmoid(x),
    slope: x => sigmoid(x) * (1 + x * sigmoid(-x)),
    y: [-1, 6],
    wrote: x => `x · sigmoid(x) = ${bracketed(x)} · ${three(sigmoid(x))} = ${three(x * sigmoid(x))}`,
    sloped: x => {
      const [s, rest] = [sigmoid(x), sigmoid(-x)];
      return (
        `s · (1 + x · (1 − s)) = ${three(s)} · (1 + ${bracketed(x)} ` +
        `· ${three(rest)}) = ${three(s * (1 + x * rest))}`
      );
    },
  },
  softplus: {
    f: x => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    slope: sigmoid,
    y: [-1, 6],
    wrote: x =>
      `ln(1 + exp(x)) = ln(1 + ${three(Math.exp(x))}) = ${three(Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))))}`,
    sloped: x => `sigmoid(x) = ${three(sigmoid(x))}`,
  },
};
// Letters in a formula.
const SIGNS = {
  gelu: "Φ(x) is the share of a normal distribution below x, φ(x) its bell curve at x.",
  silu: "s is sigmoid(x).",
};
const BUMPS = { gelu: -0.752, silu: -1.278 }; // where they turn: flat, but not saturated

// Ten numbers made probabilities: every step of the way.
function softmaxOf(logits, temperature = 1) {
  const max = Math.max(...logits),
    less = logits.map(z => (z - max) / temperature),
    powers = less.map(Math.exp);
  const sum = powers.reduce((all, one) => all + one, 0),
    shares = powers.map(one => one / sum);
  return { max, less, powers, sum, shares };
}

const lossFor = ({ less, sum }, target) => Math.log(sum) - less[target];
const gradientFor = ({ shares }, target, temperature) =>
  shares.map((p, i) => (p - (i === target ? 1 : 0)) / temperature);
const total = values => values.reduce((sum, one) => sum + one, 0);
// what rounding leaves of a 0 is none
const near = value => (Math.abs(value) < 1e-12 ? 0 : Number(value.toPrecision(12)));

// Ten bars below each other. With onMove(row, value, first) they follow the pointer and the keys: left, right, Home and
// End move a bar,
// up and down go to the next.
class Bars {
  constructor({ label, signed = false, onMove = null, onRelease = null }) {
    Object.assign(this, { label, signed, onMove, onRelease, values: [], limit: 1 });
    this.tracks = Array.from({ length: 10 }, (_, i) => this.track(i));
    this.node = element("div", `tracks${signed ? " signed" : ""}`, ...this.tracks);
  }

  track(i) {
    const track = element("div", "track", element("i"), element("u"));
    track.setAttribute("role", this.onMove ? "slider" : "img");
    track.setAttribute("aria-label", `${this.label} of class ${i}`);
    if (!this.onMove) return track;
    track.tabIndex = i ? -1 : 0;
    track.setAttribute("aria-valuemin", -LARGEST_LOGIT);
    track.setAttribute("aria-valuemax", LARGEST_LOGIT);
    const follow = event => {
      const { left, width } = track.getBoundingClientRect();
      this.onMove(
        i,
        clamp(
          Number((((event.clientX - left) / width) * 2 * this.limit - this.limit).toFixed(1)),
          -this.limit,
          this.limit,
        ),
        false,
      );
    };
    track.onpointerdown = event => {
      if (event.button) return;
      track.setPointerCapture(event.pointerId);
      this.held = true;
      this.onMove(i, this.values[i], true);
      follow(event);
    };
    track.onpointermove = event => {
      if (this.held) follow(event);
    };
    track.onfocus = () =>
      this.tracks.forEach((one, at) => {
        one.tabIndex = at === i ? 0 : -1;
      });
    track.onpointerup = track.onpointercancel = () => {
      this.held = false;
      this.onRelease();
    };
    track.onkeydown = event => this.press(event, i);
    return track;
  }

  press(event, i) {
    const far = 2 * LARGEST_LOGIT,
      by = { ArrowRight: 0.1, ArrowLeft: -0.1, PageUp: 1, PageDown: -1, Home: -far, End: far }[event.key];
    const next = this.tracks[i + ({ ArrowUp: -1, ArrowDown: 1 }[event.key] ?? NaN)];
    if (by || next) event.preventDefault();
    next?.focus();
    if (by) this.onMove(i, Number(clamp(this.values[i] + by, -LARGEST_LOGIT, LARGEST_LOGIT).toFixed(6)), true);
  }

  // Where eyes see a length, a screen reader says the number.
  read(track, i, value) {
    if (!this.onMove) {
      track.setAttribute("aria-label", `${this.label} of class ${i}: ${three(value)}`);
      return;
    }
    track.setAttribute("aria-valuenow", value);
    track.setAttribute("aria-valuetext", three(value));
  }

  // before: where the bars stood, marked by a line; null for no mark.
  show(values, limit, before = null) {
    Object.assign(this, { values, limit });
    const place = value => (this.signed ? 50 + (50 * value) / limit : (100 * value) / limit);
    this.tracks.forEach((track, i) => {
      const [bar, mark] = track.childNodes,
        from = this.signed ? 50 : 0,
        to = place(values[i]);
      const moved = before && Math.abs(before[i] - values[i]) > 1e-9;
      Object.assign(bar.style, { left: `${Math.min(from, to)}%`, width: `${Math.abs(to - from)}%` });
      bar.classList.toggle("less", values[i] < 0);
      mark.hidden = !moved;
      if (moved) mark.style.left = `${clamp(place(before[i]), 0, 100)}%`;
      this.read(track, i, values[i]);
    });
  }
}

class Activations extends Lab {
  build() {
    this.buildCurve();
    this.buildLogits();
    this.side.append(
      this.knob("activation"),
      this.knob("compare", "Compare with"),
      this.knob("x", "x"),
      this.resetButton(),
    );
  }

  // ---- the curve

  buildCurve() {
    const walk = x => this.set({ x: Number(clamp(x, -END, END).toFixed(2)) });
    this.plot = new Plot({
      label: "x, moved along the function",
      x: { low: -END, high: END, label: "x" },
      y: { low: -1, high: 1, label: "" },
      onPress: (x, _, event) => {
        this.plot.node.setPointerCapture(event.pointerId);
        this.walking = true;
        walk(x);
      },
      onPoint: x => {
        if (this.walking) walk(x);
      },
    });
    const { node } = this.plot;
    node.onpointerup = node.onpointercancel = () => {
      this.walking = false;
    };
    node.setAttribute("role", "slider");
    node.setAttribute("tabindex", 0);
    node.setAttribute("aria-valuemin", -END);
    node.setAttribute("aria-valuemax", END);
    node.onkeydown = event => {
      const arrows = { ArrowRight: STEP, ArrowUp: STEP, ArrowLeft: -STEP, ArrowDown: -STEP };
      const by = { ...arrows, PageUp: 1, PageDown: -1, Home: -2 * END, End: 2 * END }[event.key];
      if (!by) return;
      event.preventDefault();
      walk(this.settings.x + by);
    };
    this.key = element("div", "keyed");
    this.stage.append(this.key, node);
  }

  drawCurve() {
    const { activation, compare, x } = this.settings,
      one = CURVES[activation],
      other = compare === activation ? null : CURVES[compare];
    const both = other ? [one, other] : [one],
      low = Math.min(...both.map(({ y }) => y[0])),
      high = Math.max(...both.map(({ y }) => y[1]));
    this.plot.frame({
      y: { low, high, label: "" },
      width: this.room,
      height: clamp(0.6 * this.room, 240, 320) * rem(),
    });
    this.drawLines(one, other, x, low, high);
    this.writeKey(activation, other && compare);
    const shown = other ? [activation, compare] : [activation];
    const twice = compare === activation ? [element("div", "", "You compare it with itself: choose another.")] : [];
    this.say(...shown.map(which => element("div", "", ...this.tellOf(which, x))), ...twice);
    this.formula.replaceChildren(...shown.flatMap(which => this.written(which, x)));
  }

  drawLines(one, other, x, low, high) {
    const along = f => Array.from({ length: 241 }, (_, i) => -END + i / 20).map(at => [at, f(at)]),
      none = [];
    const jumps = (point, before) => before && Math.abs(point[1] - before[1]) > 0.5; // a jump is no line
    const steps = f => along(f).flatMap((point, i, all) => (jumps(point, all[i - 1]) ? [[NaN, NaN], point] : [point]));
    const at = one.f(x),
      steep = one.slope(x);
    this.plot.line("zero", [
      [-END, 0],
      [END, 0],
      [NaN, NaN],
      [0, low],
      [0, high],
    ]);
    this.plot.line("guide", [
      [x, low],
      [x, high],
    ]);
    this.plot.line("other", other ? along(other.f) : none);
    this.plot.line("otherslope", other ? steps(other.slope) : none);
    this.plot.line("curve", along(one.f));
    this.plot.line("slope", steps(one.slope));
    this.plot.line("tangent", [
      [x - 1.5, at - 1.5 * steep],
      [x + 1.5, at + 1.5 * steep],
    ]);
    this.plot.dots("otherat", other ? [[x, other.f(x)]] : none, 4);
    this.plot.dots("slopeat", [[x, steep]], 4);
    this.plot.dots("at", [[x, at]], 6);
    this.plot.node.setAttribute("aria-valuenow", x);
    this.plot.node.setAttribute("aria-valuetext", `x ${three(x)}, value ${three(at)}, slope ${three(steep)}`);
  }

  writeKey(activation, compared) {
    const name = (className, words) => element("span", className, element("i"), words);
    const other = compared ? [name("other", compared), name("otherslope", "its slope")] : [];
    this.key.replaceChildren(
      name("curve", activation),
      name("slope", "its slope"),
      name("tangent", "tangent at x"),
      ...other,
    );
  }

  written(name, x) {
    const { wrote, sloped } = CURVES[name],
      signs = SIGNS[name] ? element("small", "", SIGNS[name]) : "";
    return [
      element("div", "", element("b", "", name), `  f(x) = ${wrote(x)}`),
      element("div", "slopeline", `f′(x) = ${sloped(x)}`, signs),
    ];
  }

  // What happens here to a gradient on its way back.
  tellOf(name, x) {
    const { f, slope } = CURVES[name],
      steep = slope(x);
    const told = [element("b", "", name), ` of ${three(x)} is ${three(f(x))}, its slope ${three(steep)}. `];
    if (name === "relu" && x === 0) return [...told, "Here is its kink: Keras takes the slope of the left side."];
    if (name === "relu" && steep === 0)
      return [...told, "Here it is ", element("b", "", "dead"), ": no gradient comes back through it."];
    if (steep === 1) return [...told, "A gradient comes back through it whole."];
    if (Math.abs(steep) >= FLAT) return [...told, `A gradient that comes back is multiplied by ${three(steep)}.`];
    if (Math.abs(x - BUMPS[name]) < 0.2) return [...told, "Here it turns: flat, but only at this point."];
    const left = Math.abs(steep) < 1e-4 ? "next to nothing" : `only ${three(100 * Math.abs(steep))}%`;
    return [...told, "Here it ", element("b", "", "saturates"), `: of a gradient ${left} comes back.`];
  }

  // ---- ten logits

  buildLogits() {
    this.cells = new Cells({ label: "Logits", onEdit: (row, _, value) => this.type(row, value) });
    const onMove = (row, value, first) => this.move(row, value, first);
    this.bars = new Bars({ label: "Logit", signed: true, onMove, onRelease: () => this.drawLogits() });
    this.softBars = new Bars({ label: "Softmax" });
    this.sigmoidBars = new Bars({ label: "Sigmoid" });
    const read = label => new Cells({ label, onPoint: row => this.point(row), onLeave: () => this.point(null) });
    const labels = ["Logit less the largest", "Power of e", "Softmax", "Sigmoid", "Gradient of the loss"];
    [this.less, this.powers, this.shares, this.alone, this.pull] = labels.map(read);
    this.heads = {};
    this.feet = {};
    const column = (name, ...nodes) => {
      this.heads[name] = element("div", "head");
      this.feet[name] = element("div", "foot");
      return element("div", `column ${name}`, this.heads[name], element("div", "pair", ...nodes), this.feet[name]);
    };
    this.grid = element(
      "div",
      "ten scroll",
      column("true", this.buildTargets()),
      column("logit", this.cells.grid, this.bars.node),
      column("less", this.less.grid),
      column("powers", this.powers.grid),
      column("shares", this.shares.grid, this.softBars.node),
      column("pull", this.pull.grid),
      column("alone", this.alone.grid, this.sigmoidBars.node),
    );
    this.grid.onfocusout = () => this.point(null);
    this.complaint = this.cells.complaint;
    this.told = element("div", "told");
    this.told.setAttribute("role", "status");
    this.sums = element("div", "formula");
    const shifts = [
      button(`Add ${SHIFT} to all`, () => this.shift(SHIFT)),
      button(`Take ${SHIFT} from all`, () => this.shift(-SHIFT)),
    ];
    const first = button("The ten from the start", () => this.change([...this.fields.logits.default]));
    const title = element("h3", "", "Softmax: ten logits become ten probabilities");
    const controls = element("div", "row middle controls", this.knob("temperature"), ...shifts, first);
    this.taskList.before(
      element("section", "logits", title, controls, this.grid, this.complaint, this.told, this.sums),
    );
  }

  buildTargets() {
    this.targets = Array.from({ length: 10 }, (_, i) => {
      const one = button(String(i), () => this.set({ target: i }));
      one.setAttribute("role", "radio");
      one.setAttribute("aria-label", `Class ${i} is the true one`);
      return one;
    });
    const group = element("div", "targets", ...this.targets);
    group.setAttribute("role", "radiogroup");
    group.setAttribute("aria-label", "True class");
    group.onkeydown = event => {
      const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      const next = this.targets[(this.settings.target + by + 10) % 10];
      next.click();
      next.focus();
    };
    return group;
  }

  // All logits at once; what they were before is kept, so that the change can be told and marked.
  change(logits, before = this.settings.logits) {
    this.before = before;
    this.complaint.textContent = "";
    this.changed = logits;
    this.set({ logits });
  }

  move(row, value, first) {
    if (first) this.heldFrom = this.settings.logits;
    if (value !== this.settings.logits[row]) this.change(this.settings.logits.with(row, value), this.heldFrom);
  }

  type(row, value) {
    if (Math.abs(value) <= LARGEST_LOGIT) {
      this.change(this.settings.logits.with(row, value));
      return;
    }
    this.cells.cells[row].setAttribute("aria-invalid", "true");
    const kept = three(this.settings.logits[row]);
    this.complaint.textContent =
      `Class ${row}: a logit is from −${LARGEST_LOGIT} to ` + `${LARGEST_LOGIT}; ${kept} stays until you type one.`;
  }

  shift(by) {
    const logits = this.settings.logits.map(z => near(z + by));
    if (logits.every(z => Math.abs(z) <= LARGEST_LOGIT)) this.change(logits);
    else
      this.complaint.textContent =
        "One logit would go beyond " + `${by < 0 ? "−" : ""}${LARGEST_LOGIT}: all stay as they are.`;
  }

  point(row) {
    this.pointed = row;
    this.tellSums();
  }

  draw() {
    this.host.classList.toggle("dark", this.dark);
    this.drawCurve();
    this.drawLogits();
  }

  drawLogits() {
    const { logits, temperature, target } = this.settings,
      now = softmaxOf(logits, temperature);
    const alone = logits.map(sigmoid),
      pull = gradientFor(now, target, temperature);
    if (this.changed !== logits || this.warmth !== temperature) this.before = null;
    this.warmth = temperature;
    this.now = { ...now, alone, pull };
    const then = this.before && softmaxOf(this.before, temperature),
      most = Math.max(...logits.map(Math.abs));
    // a bar dragged to its end finds more room next time
    if (!this.bars.held) this.scale = [5, 10, 20].find(limit => limit > most) ?? LARGEST_LOGIT;
    const dark = this.dark,
      column = (cells, values, limit) =>
        cells.show(values, 10, 1, { limit, dark, format: value => three(near(value)) });
    column(this.cells, logits, this.scale);
    column(this.less, now.less, Infinity);
    column(this.powers, now.powers, Infinity);
    column(this.shares, now.shares, Infinity);
    column(this.alone, alone, Infinity);
    column(this.pull, pull, 1 / temperature);
    this.bars.show(logits, this.scale, this.before);
    this.softBars.show(now.shares, 1, then?.shares);
    this.sigmoidBars.show(alone, 1, this.before?.map(sigmoid));
    this.targets.forEach((one, i) => {
      one.setAttribute("aria-checked", i === target);
      one.tabIndex = i === target ? 0 : -1;
    });
    this.headColumns(now, alone, pull, temperature);
    this.tellChange(then?.shares, alone);
    this.tellSums();
  }

  headColumns({ max, sum, shares }, alone, pull, temperature) {
    const over = temperature === 1 ? "" : ` / ${three(temperature)}`,
      put = (name, title, note, foot) => {
        this.heads[name].replaceChildren(element("b", "", title), element("small", "", note));
        this.feet[name].textContent = foot;
      };
    put("true", "true", "class", "");
    put("logit", "logit z", `drag, or type`, `max ${three(max)}`);
    put("less", over ? `(z − max)${over}` : "z − max", "at most 0", "");
    put("powers", "exp of it", "at most 1", `sum ${three(sum)}`);
    put("shares", "softmax p", `exp / ${three(sum)}`, `sum ${near(total(shares))}`);
    put("pull", over ? `(p − y)${over}` : "p − y", "gradient", `sum ${three(near(total(pull)))}`);
    put("alone", "ten sigmoids", "each for itself", `sum ${three(total(alone))}`);
  }

  tellChange(then, alone) {
    const { logits } = this.settings,
      { shares } = this.now,
      best = shares.indexOf(Math.max(...shares)),
      bold = text => element("b", "", text);
    if (!this.before) {
      const together = `together they are ${three(total(alone))}. Move one logit.`;
      const rest = `, so what one wins the others lose. The sigmoids know nothing of each other: ${together}`;
      this.told.replaceChildren(
        "Softmax shares out 1: ",
        bold(`class ${best} has ${three(100 * shares[best])}%`),
        rest,
      );
      return;
    }
    const moved = (a, b) => a.filter((value, i) => Math.abs(value - b[i]) > 1e-12 * Math.abs(value)).length;
    const count = moved(logits, this.before),
      soft = moved(shares, then),
      single = moved(alone, this.before.map(sigmoid));
    if (count === 10 && soft === 0) {
      const others = single
        ? `; ${single} of 10 sigmoids did.`
        : "; nor did a sigmoid, as all ten are next to 0 or 1 by now.";
      const why =
        " Softmax sees only differences, so the max may be taken away first, and exp never sees a number above 0.";
      this.told.replaceChildren("All ten logits moved together, and ", bold("no softmax value changed"), others, why);
    } else {
      const rest =
        count === 1 && soft < 10
          ? ". The others move too, by less than a number can hold."
          : ". Thin lines mark where they were.";
      const changed = bold(`${soft} of 10 softmax values changed, ${single} of 10 sigmoids`);
      this.told.replaceChildren(`You moved ${count === 1 ? "one logit" : `${count} logits`}: `, changed, rest);
    }
  }

  // The arithmetic of one class: the true one, or the one that is pointed at.
  tellSums() {
    for (const cells of [this.less, this.powers, this.shares, this.pull, this.alone])
      cells.mark("window", row => row === this.pointed);
    const { logits, temperature, target } = this.settings,
      { max, less, powers, sum, shares, pull } = this.now,
      k = this.pointed ?? target;
    const over = text => (temperature === 1 ? text : `(${text}) / ${three(temperature)}`),
      all = three(sum);
    const line = (text, result, ...more) => element("div", "", text, element("b", "", result), ...more);
    const way =
      pull[k] === 0
        ? ": this logit stays"
        : pull[k] < 0
          ? ": descent raises this logit"
          : ": descent lowers this logit";
    const [surprise, loss] = this.surprise(target),
      power = `exp(${over(`${three(logits[k])} − ${bracketed(max)}`)})`;
    const slope = temperature === 1 ? "p − y" : "(p − y) / temperature";
    this.sums.replaceChildren(
      line(
        `p of class ${k} = ${power} / sum = exp(${three(near(less[k]))}) / ${all} = ${three(powers[k])} / ${all} = `,
        three(shares[k]),
      ),
      line(`${shares.map(p => three(near(p))).join(" + ")} = `, String(near(total(shares)))),
      line(`loss (cross-entropy) = −ln p of the true class ${target} = ${surprise} = `, loss),
      line(
        `∂loss/∂z of class ${k} = ${slope} = ${over(`${this.shareOf(k)} − ${k === target ? 1 : 0}`)} = `,
        three(pull[k]),
        way,
      ),
      element("div", "", this.overflow(max / temperature)),
    );
  }

  // What the others have: p less than 1, to all digits.
  restOf(k) {
    return total(this.now.shares.filter((_, i) => i !== k));
  }

  // Where three digits would say 1, what a share lacks tells more.
  shareOf(k) {
    return this.now.shares[k] > 0.995 ? `(1 − ${three(this.restOf(k))})` : three(this.now.shares[k]);
  }

  // −ln p and its value. Where p is too small for a number its logarithm is not.
  surprise(k) {
    const { less, sum, shares } = this.now,
      loss = shares[k] > 0.5 ? -Math.log1p(-this.restOf(k)) : lossFor(this.now, k);
    const told =
      shares[k] === 0
        ? `ln ${three(sum)} − ${bracketed(near(less[k]))}`
        : `−ln ${this.shareOf(k)}`.replace("ln (", "ln(");
    return [told, three(loss === 0 ? 0 : loss)];
  }

  // What exp would be without taking the max away.
  overflow(largest) {
    if (largest > LAST_POWER)
      return `Without taking the max away exp(${three(largest)}) is beyond float32: it would overflow.`;
    const power = `exp(${three(largest)}) = ${three(Math.exp(largest))}`;
    return (
      "Without taking the max away the largest power would be " +
      `${power}; from exp(${LAST_POWER}) on float32 overflows.`
    );
  }

  tasks() {
    const shown = name => [this.settings.activation, this.settings.compare].includes(name),
      { tanh, relu } = CURVES;
    return [
      {
        words: "Find where sigmoid is steepest, and how steep it is there.",
        hint: "The slope is the dashed curve: go to its top.",
        done: () => this.settings.activation === "sigmoid" && Math.abs(this.settings.x) <= 0.05,
      },
      {
        words: "Find a place where tanh saturates and relu lets the whole gradient back.",
        hint: "Show both, one as the function, one to compare; then go far to one side.",
        done: () =>
          shown("tanh") && shown("relu") && tanh.slope(this.settings.x) < FLAT && relu.slope(this.settings.x) === 1,
      },
      {
        words: "Without touching a logit, give one class more than 99%.",
        hint: "What divides all logits before softmax?",
        done: () => same(this.settings.logits, this.fields.logits.default) && Math.max(...this.now.shares) > 0.99,
      },
    ];
  }

  checks() {
    return {
      sigmoid: () => CURVES.sigmoid.f(0),
      sigmoid_slope: () => CURVES.sigmoid.slope(0),
      tanh_slope: () => CURVES.tanh.slope(0),
      relu: () => CURVES.relu.f(-3),
      softmax: () => softmaxOf([1, 2, 3]).shares.map(p => Number(p.toFixed(4))),
      sum: () => near(total(softmaxOf(this.fields.logits.default).shares)),
    };
  }
}

export default mount(Activations);
