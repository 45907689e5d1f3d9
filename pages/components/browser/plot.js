// A plot with axes: lines and dots in the reader's own units. Nodes are kept, only their numbers change.
const DIGIT_PX = 6.8; // px of a digit in the type of the axes
let plotCount = 0; // names the window of each plot

class Plot {
  // x, y: { low, high, label, log }. onPoint(x, y, event) follows the pointer, onPress(x, y, event) hears it pressed,
  // both in units.
  constructor({ label, x, y, width = 360, height = 240, onPoint = null, onPress = null, onLeave = null }) {
    Object.assign(this, { x, y, width, height, parts: new Map() });
    this.axes = svg("g", { class: "axes" });
    this.inside = svg("g");
    this.window = svg("rect"); // lines end at the axes, dots may lie on them
    this.windowed = `url(#plot-${++plotCount})`;
    const clip = svg("defs", {}, svg("clipPath", { id: `plot-${plotCount}` }, this.window));
    this.node = svg("svg", { class: "plot", role: "img", "aria-label": label }, clip, this.axes, this.inside);
    if (onPoint) this.node.onpointermove = event => onPoint(...this.units(event), event);
    if (onPress)
      this.node.onpointerdown = event => {
        if (!event.button) onPress(...this.units(event), event);
      };
    if (onLeave) this.node.onpointerleave = onLeave;
  }

  // Where the axes begin and end; px when the room has changed.
  frame({ x = this.x, y = this.y, width = this.width, height = this.height } = {}) {
    Object.assign(this, { x, y, width, height });
    const r = rem(),
      across = this.labelled(x, width / 70),
      up = this.labelled(y, height / 50),
      wide = text => text.length * DIGIT_PX * r;
    const beside = Math.max(0, ...up.map(({ text }) => wide(text))),
      left = Math.max(44 * r, beside + 10);
    const isLong = y.label.length > 3; // such a name would meet the highest number: it gets a line of its own
    const box = (this.box = { left, right: width - 8, top: isLong ? 22 * r : 8, bottom: height - 34 * r });
    this.node.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.node.style.width = `${width}px`;
    const within = {
      x: box.left - 1,
      y: box.top - 2,
      width: box.right - box.left + 2,
      height: box.bottom - box.top + 4,
    };
    for (const [key, value] of Object.entries(within)) this.window.setAttribute(key, value);
    const line = (x1, y1, x2, y2) => svg("line", { x1, y1, x2, y2 }),
      label = (at, words) => svg("text", at, words);
    const inside = (at, text) => Math.min(at, width - wide(text) / 2 - 1); // the last number is not cut off
    this.axes.replaceChildren(
      ...up.flatMap(({ value, text }) => [
        line(box.left, this.up(value), box.right, this.up(value)),
        label({ x: box.left - 6, y: this.up(value) + 4, "text-anchor": "end" }, text),
      ]),
      ...across.flatMap(({ value, text }) => [
        line(this.across(value), box.bottom, this.across(value), box.bottom + 4),
        label({ x: inside(this.across(value), text), y: box.bottom + 17 * r, "text-anchor": "middle" }, text),
      ]),
      label({ x: (box.left + box.right) / 2, y: height - 3, "text-anchor": "middle", class: "axis" }, x.label),
      label({ x: 4, y: isLong ? 12 * r : 14 * r, class: "axis" }, y.label),
    );
    return this;
  }

  labelled(axis, wanted) {
    return this.ticks(axis, Math.max(2, wanted)).map(value => ({ value, text: this.written(value, axis) }));
  }

  ticks({ low, high, log }, wanted) {
    if (log) {
      const from = Math.ceil(Math.log10(low) - 1e-9),
        to = Math.floor(Math.log10(high) + 1e-9),
        step = Math.max(1, Math.ceil((to - from) / wanted));
      return Array.from({ length: Math.max(0, Math.floor((to - from) / step) + 1) }, (_, i) => 10 ** (from + i * step));
    }
    const raw = (high - low) / wanted,
      power = 10 ** Math.floor(Math.log10(raw)),
      step = [1, 2, 5, 10].map(n => n * power).find(n => n >= raw);
    const found = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
      found.push(Number((i * step).toPrecision(6)));
    return found;
  }

  // On a log axis every tick is a power of ten: 10⁻⁵ where 0.00001 would not fit beside the axis.
  written(value, { log }) {
    if (!log || (value >= 0.001 && value < 10000)) return three(value);
    const power = [...String(Math.round(Math.log10(value)))];
    return `10${power.map(sign => (sign === "-" ? "⁻" : SUPERSCRIPT[sign])).join("")}`;
  }

  share(value, { low, high, log }) {
    if (!log) return (value - low) / (high - low);
    return (Math.log(Math.max(value, low)) - Math.log(low)) / (Math.log(high) - Math.log(low));
  }

  across(value) {
    return this.box.left + this.share(value, this.x) * (this.box.right - this.box.left);
  }
  up(value) {
    return this.box.bottom - this.share(value, this.y) * (this.box.bottom - this.box.top);
  }

  units(event) {
    const box = this.node.getBoundingClientRect();
    const px = [
      ((event.clientX - box.left) * this.width) / box.width,
      ((event.clientY - box.top) * this.height) / box.height,
    ];
    const back = (share, { low, high, log }) => (log ? low * (high / low) ** share : low + share * (high - low));
    return [
      back((px[0] - this.box.left) / (this.box.right - this.box.left), this.x),
      back((this.box.bottom - px[1]) / (this.box.bottom - this.box.top), this.y),
    ];
  }

  part(tag, name) {
    if (!this.parts.has(name)) this.parts.set(name, this.inside.appendChild(svg(tag, { class: name })));
    return this.parts.get(name);
  }

  // A line through points [[x, y], ...]; what is not finite interrupts it. The name is its class.
  line(name, points) {
    let pen = "M";
    const bound = value => clamp(value, -1e5, 1e5);
    const path = points.map(([x, y]) => {
      if (!Number.isFinite(x) || !Number.isFinite(y)) {
        pen = "M";
        return "";
      }
      const step = `${pen}${bound(this.across(x)).toFixed(1)},${bound(this.up(y)).toFixed(1)}`;
      pen = "L";
      return step;
    });
    const drawn = this.part("path", name);
    drawn.setAttribute("clip-path", this.windowed);
    drawn.setAttribute("d", path.join(""));
  }

  // Dots at points [[x, y], ...].
  dots(name, points, radius = 4) {
    const group = this.part("g", name);
    while (group.childNodes.length > points.length) group.lastChild.remove();
    points.forEach(([x, y], i) => {
      const dot = group.childNodes[i] ?? group.appendChild(svg("circle"));
      const at = { cx: this.across(x), cy: this.up(y), r: radius * rem() };
      for (const [key, value] of Object.entries(at))
        dot.setAttribute(key, Number.isFinite(value) ? clamp(value, -1e5, 1e5) : -99);
    });
  }
}
