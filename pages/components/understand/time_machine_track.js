// The track of the time machine: a tick for every saved epoch, above it the validation accuracy, the best one flagged.
const LINE = { top: 8, bottom: 26 }, // px at ordinary type: where the accuracy is drawn
  RAIL = 36,
  WORDS = 53,
  TALL = 58,
  MARGIN = 12, // left and right, so that the knob has room at both ends
  CLOSEST = 5; // px between two ticks

class Track {
  // take: is given the place of an epoch that was pointed at or moved to.
  constructor(take) {
    this.take = take;
    this.picture = svg("svg", { "aria-hidden": "true" });
    this.node = element("div", "track", this.picture);
    Object.assign(this.node, { tabIndex: 0, role: "slider" });
    this.node.setAttribute("aria-label", "After epoch");
    this.node.onpointerdown = event => this.grab(event);
    this.node.onpointermove = event => this.isHeld && this.point(event);
    for (const end of ["pointerup", "pointercancel"]) this.node.addEventListener(end, () => (this.isHeld = false));
    new ResizeObserver(() => this.draw()).observe(this.node);
  }

  grab(event) {
    if (event.button > 0) return;
    this.isHeld = true;
    this.node.setPointerCapture(event.pointerId);
    this.point(event);
  }

  point(event) {
    const box = this.node.getBoundingClientRect(),
      last = this.told.epochs.length - 1,
      share = (event.clientX - box.left - MARGIN * rem()) / (box.width - 2 * MARGIN * rem());
    this.take(clamp(Math.round(share * last), 0, last));
  }

  // told: what the server said; at: the place of the knob.
  show(told, at) {
    Object.assign(this, { told, at });
    const { epochs, names, reached } = told,
      accuracy = reached[at] ? `, validation accuracy ${reached[at]}` : "";
    this.node.setAttribute("aria-valuemin", epochs[0]);
    this.node.setAttribute("aria-valuemax", epochs.at(-1));
    this.node.setAttribute("aria-valuenow", epochs[at]);
    this.node.setAttribute("aria-valuetext", `epoch ${names[at]}${accuracy}`);
    this.draw();
  }

  draw() {
    const width = this.node.clientWidth;
    if (!width || !this.told) return;
    const type = rem(),
      last = this.told.epochs.length - 1,
      x = place => (MARGIN + (place / last) * (width / type - 2 * MARGIN)) * 1;
    this.picture.setAttribute("viewBox", `0 0 ${width / type} ${TALL}`);
    this.picture.style.height = `${TALL * type}px`;
    this.picture.replaceChildren(
      ...this.borders(x),
      ...this.accuracy(x),
      ...this.rail(x, last),
      ...this.words(x, last),
      svg("circle", { class: "knob", cx: x(this.at), cy: RAIL, r: 7 }),
    );
  }

  rail(x, last) {
    const every = Math.ceil((CLOSEST * last) / (x(last) - x(0))),
      places = [...Array(last + 1).keys()].filter(place => place % every === 0 || place === last);
    return [
      svg("line", { class: "rail", x1: x(0), x2: x(last), y1: RAIL, y2: RAIL }),
      svg("line", { class: "lived", x1: x(0), x2: x(this.at), y1: RAIL, y2: RAIL }),
      ...places.map(place => svg("line", { class: "tick", x1: x(place), x2: x(place), y1: RAIL - 4, y2: RAIL + 4 })),
    ];
  }

  // The accuracy between its own lowest and highest value: how it went, not how high it is, which the words say.
  accuracy(x) {
    const { accuracy, best } = this.told,
      known = accuracy.filter(value => value !== null),
      [low, high] = [Math.min(...known), Math.max(...known)],
      y = value =>
        high > low ? LINE.bottom - ((value - low) / (high - low)) * (LINE.bottom - LINE.top) : LINE.bottom - 6,
      points = accuracy.flatMap((value, place) => (value === null ? [] : [`${x(place)},${y(value)}`]));
    const found = points.length > 1 ? [svg("polyline", { class: "accuracy", points: points.join(" ") })] : [];
    if (best === null) return found;
    const at = x(best),
      top = accuracy[best] === null ? LINE.top : y(accuracy[best]);
    return [
      ...found,
      svg("line", { class: "pole", x1: at, x2: at, y1: top - 7, y2: RAIL }),
      svg("path", { class: "flag", d: `M${at} ${top - 7}l7 2.5l-7 2.5z` }),
    ];
  }

  borders(x) {
    return this.told.borders.flatMap(([epoch, what]) => {
      const after = this.told.epochs.findIndex(one => one > epoch),
        at = x(after - 0.5),
        line = svg("line", { class: "border", x1: at, x2: at, y1: 2, y2: RAIL + 6 });
      line.append(svg("title", {}, what));
      return [line, svg("text", { class: "border", x: at + 3, y: 8 }, what)];
    });
  }

  // The first and the last epoch, the best one, and where the knob stands; that one never overlaps another.
  words(x, last) {
    const { epochs, best } = this.told,
      taken = [];
    return [this.at, best, 0, last].flatMap(place => {
      if (place === null || taken.some(other => Math.abs(x(other) - x(place)) < 22)) return [];
      taken.push(place);
      return [svg("text", { class: place === this.at ? "here" : "", x: x(place), y: WORDS }, `${epochs[place]}`)];
    });
  }
}
