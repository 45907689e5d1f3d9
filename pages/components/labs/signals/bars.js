// Numbers as bars that are drawn with the pressed pointer.
// Numbers as bars, from column `first` of `columns`. With onDraw(i, value) they follow the pressed pointer; onEnd()
// when it lets go.
class Bars {
  constructor({ label, name, onDraw = null, onEnd = null }) {
    Object.assign(this, { name, onDraw, onEnd, held: false });
    this.node = svg("svg", { class: `bars${onDraw ? " draws" : ""}`, role: "img", "aria-label": label });
    if (onDraw) this.node.onpointerdown = event => this.press(event);
  }

  show(values, { columns = values.length, first = 0, wide, tall, extras = [] }) {
    if (!this.held) this.scale = this.scaleOf(values, tall); // a scale that moves under the hand can't be drawn on
    Object.assign(this, { values, first, wide });
    this.node.setAttribute("width", columns * wide);
    this.node.setAttribute("height", tall);
    this.bars = values.map((value, i) => this.bar(value, i));
    this.node.replaceChildren(
      svg("line", { x1: 0, x2: columns * wide, y1: this.scale.y(0), y2: this.scale.y(0) }),
      ...this.bars,
      ...extras,
    );
  }

  // Where bars are drawn there is room beyond the largest; below zero, too, where some numbers are, and for weights.
  scaleOf(values, tall) {
    const most = Math.max(1, largest(values)),
      top = this.onDraw ? most * 1.15 : 0,
      inset = this.onDraw ? 4 : 2;
    const high = Math.max(top, ...values),
      low = Math.min(this.name === "weight" || values.some(v => v < 0) ? -top : 0, ...values),
      span = high - low || 1,
      room = tall - 2 * inset;
    return {
      y: value => inset + ((high - value) / span) * room,
      value: y => clamp(high - ((y - inset) / room) * span, Math.max(low, -LARGEST), Math.min(high, LARGEST)),
      step: stepOf(most),
    };
  }

  bar(value, i) {
    const [from, to] = [this.scale.y(value), this.scale.y(0)];
    return svg("rect", {
      x: (this.first + i) * this.wide + 3,
      width: Math.max(1, this.wide - 6),
      y: Math.min(from, to),
      height: Math.max(1, Math.abs(from - to)),
      class: `${this.name}${value < 0 ? " less" : ""}`,
    });
  }

  press(event) {
    if (event.button) return;
    this.held = true;
    this.node.setPointerCapture(event.pointerId);
    const end = () => {
      this.held = false;
      this.node.onpointermove = this.node.onpointerup = this.node.onpointercancel = null;
      this.onEnd();
    };
    Object.assign(this.node, { onpointermove: moved => this.drawTo(moved), onpointerup: end, onpointercancel: end });
    this.drawTo(event);
  }

  drawTo(event) {
    const box = this.node.getBoundingClientRect(),
      i = Math.floor((event.clientX - box.left) / this.wide) - this.first;
    const { value, step } = this.scale,
      drawn = rounded(Math.round(value(event.clientY - box.top) / step) * step);
    if (i >= 0 && i < this.values.length && drawn !== this.values[i]) this.onDraw(i, drawn);
  }
}
