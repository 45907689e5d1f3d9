// The plane: what the shown unit answers all over it, the points on it, and a place to read numbers at.
const FINE_AFTER = 90; // ms at rest, before the surface is computed in fine cells

class Plane {
  // point: the place that was pointed at last; own: hears what is done to points of one's own.
  constructor(lab, own) {
    Object.assign(this, { lab, own, point: [2, 1], isPointing: false });
    this.surface = new Surface();
    this.dots = svg("g");
    this.mark = svg("g", { class: "mark" }, svg("circle", { r: 0.2 }), svg("path", { d: "M-.45,0H.45M0,-.45V.45" }));
    const viewBox = `${-REACH} ${-REACH} ${2 * REACH} ${2 * REACH}`;
    this.pane = svg("svg", { viewBox, tabindex: 0, role: "application" }, this.dots, this.mark);
    const keys =
      "Arrow keys move the place whose numbers are shown; with own " +
      "points, Enter places one or takes it away, Alt and arrows move it";
    this.pane.setAttribute("aria-label", `The plane. ${keys}`);
    this.heading = element("h4", "");
    this.ramp = element("div", "ramped");
    this.box = element("div", "big", this.surface.canvas, this.pane);
    this.nodes = [this.heading, this.box, this.ramp];
    this.listen();
  }

  // ---- pointer and keys

  listen() {
    const { pane, own } = this;
    pane.onpointerdown = event => this.press(event);
    pane.onpointermove = event => {
      this.goTo(this.placeOf(event));
      own.drag(this.point);
    };
    pane.onpointerup = event => own.drop(this.placeOf(event));
    pane.onpointercancel = () => own.letGo();
    pane.onkeydown = event => this.key(event);
    pane.onpointerleave = () => {
      if (!own.held) this.pointing(false);
    };
    pane.onfocus = () => {
      if (pane.matches(":focus-visible")) this.pointing(true);
    };
    pane.onblur = () => this.pointing(false);
  }

  placeOf(event) {
    const box = this.pane.getBoundingClientRect(),
      round = value => Number(clamp(value, -REACH, REACH).toFixed(2));
    const [right, down] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    return [round(-REACH + 2 * REACH * right), round(REACH - 2 * REACH * down)];
  }

  press(event) {
    if (event.button) return;
    this.goTo(this.placeOf(event));
    if (this.own.press(this.point)) this.pane.setPointerCapture(event.pointerId);
  }

  key(event) {
    const by = { ArrowLeft: [-0.25, 0], ArrowRight: [0.25, 0], ArrowUp: [0, 0.25], ArrowDown: [0, -0.25] }[event.key];
    if (by) {
      const next = this.point.map((value, axis) => Number(clamp(value + by[axis], -REACH, REACH).toFixed(2)));
      if (event.altKey) this.own.move(this.point, next);
      this.goTo(next);
    } else if (!(event.key === "Enter" || event.key === " ") || !this.own.placeOrErase(this.point)) return;
    event.preventDefault();
  }

  goTo(point) {
    this.point = point;
    this.mark.setAttribute("transform", `translate(${point[0]} ${-point[1]})`);
    this.pointing(true);
  }

  pointing(isOn) {
    this.isPointing = isOn;
    this.lab.showPlace();
  }

  // ---- drawing

  // Are the test points seen, and can points be placed?
  allow(test, placing) {
    this.pane.classList.toggle("bare", !test);
    this.pane.classList.toggle("places", placing);
  }

  // points: a PointSet. Those that test are paler.
  showPoints({ points, isTest }) {
    const r = points.length > 100 ? 0.12 : 0.17,
      kind = (label, i) => `${label ? "one" : "zero"}${isTest[i] ? " held" : ""}`;
    const dot = ([x, y, label], i) => svg("circle", { cx: x, cy: -y, r, "stroke-width": 0.03, class: kind(label, i) });
    this.dots.replaceChildren(...points.map(dot));
  }

  // shown: [layer, unit].
  paint(shown) {
    const [l, j] = shown,
      { answers } = this.lab,
      values = answers.surfaces[l][j];
    this.paintSurface(values, GRID, l);
    this.paintHead(shown, answers.limit(l, values));
  }

  paintSurface(values, side, l) {
    const { answers, settings, dark } = this.lab;
    this.surface.paint(values, side, answers.limit(l, values), dark, settings.discretize ? answers.edge(l) : null);
  }

  // The name of the unit and what its colours mean, written again only when that is another.
  paintHead(shown, limit) {
    const { lab } = this,
      { isKept } = lab.diagram,
      isOutput = lab.answers.isOutput(shown[0]);
    const sign = `${shown}${isOutput}${three(limit)}${lab.dark}${isKept}`;
    if (sign === this.headSign) return;
    this.headSign = sign;
    const told = isKept ? "kept; click it again to let go" : isOutput ? "how sure it is of blue" : "what it answers";
    this.heading.replaceChildren(unitTitle(lab.network, shown), element("small", "", told));
    const ramp = legend(limit, lab.dark);
    if (isOutput) {
      ramp.firstChild.replaceWith("0, orange");
      ramp.lastChild.replaceWith("1, blue");
    }
    this.ramp.replaceChildren(ramp, element("small", "", `x, y: \u2212${REACH} to ${REACH}`));
  }

  // At rest the surface is computed again in fine cells.
  refine(shown) {
    clearTimeout(this.finer);
    if (this.lab.playing) return;
    this.finer = setTimeout(() => {
      if (!this.lab.playing && this.box.isConnected && this.box.clientWidth)
        this.paintSurface(this.lab.answers.finely(shown), FINE_GRID, shown[0]);
    }, FINE_AFTER);
  }
}
