// An activation and its slope as curves, with what is read from them at x.

class CurveView {
  constructor(lab) {
    this.lab = lab;
  }

  buildCurve() {
    const walk = x => this.lab.set({ x: Number(clamp(x, -END, END).toFixed(2)) });
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
      walk(this.lab.settings.x + by);
    };
    this.key = element("div", "keyed");
    this.lab.stage.append(this.key, node);
  }

  drawCurve() {
    const { activation, compare, x } = this.lab.settings,
      one = CURVES[activation],
      other = compare === activation ? null : CURVES[compare];
    const both = other ? [one, other] : [one],
      low = Math.min(...both.map(({ y }) => y[0])),
      high = Math.max(...both.map(({ y }) => y[1]));
    this.plot.frame({
      y: { low, high, label: "" },
      width: this.lab.room,
      height: clamp(0.6 * this.lab.room, 240, 320) * rem(),
    });
    this.drawLines(one, other, x, low, high);
    this.writeKey(activation, other && compare);
    const shown = other ? [activation, compare] : [activation];
    const twice = compare === activation ? [element("div", "", "You compare it with itself: choose another.")] : [];
    this.lab.say(...shown.map(which => element("div", "", ...this.tellOf(which, x))), ...twice);
    this.lab.formula.replaceChildren(...shown.flatMap(which => this.written(which, x)));
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
}
