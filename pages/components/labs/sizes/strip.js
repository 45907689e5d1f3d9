// One side of the picture with all stops of the window, drawn to be pointed at.

class Strip {
  constructor(lab) {
    this.lab = lab;
  }

  hatch(id) {
    return svg(
      "pattern",
      { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("rect", { width: 2, height: 6, class: "stripe" }),
    );
  }

  drawStrip(it) {
    const unit = rem(),
      { count } = this.lab,
      side = Math.min(CELL * unit, this.lab.room / count),
      gap = side > 6 ? 1 : side > 3 ? 0.5 : 0,
      rows = Math.max(1, Math.min(it.out, MOST_ROWS));
    const step = Math.min(20 * unit, (STOPS_HIGH * unit) / rows),
      top = 36 * unit,
      stops = top + CELL * unit + 8,
      out = stops + STOPS_HIGH * unit + 10,
      thick = Math.max(2, Math.min(step - 1.5, 12 * unit));
    const deep = (STOPS_HIGH * unit - rows * step) / 2; // few stops stand in the middle of their room
    this.cells = this.lab.read.map((read, i) => {
      const inside = i >= it.before && i < it.before + it.size,
        name = [inside ? "cell1" : "cell1 border", read ? "" : "lost"].join(" ");
      return svg("rect", {
        x: i * side,
        y: top,
        width: side - gap,
        height: Math.min(CELL * unit, Math.max(side, 14 * unit)),
        class: name,
      });
    });
    this.stops = Array.from({ length: it.out }, (_, i) =>
      svg("rect", {
        x: i * it.stride * side,
        y: stops + deep + (i % rows) * step,
        width: it.reach * side - gap,
        height: thick,
        rx: 1,
        class: "stop",
      }),
    );
    const wide = Math.max(1, Math.min(side, it.stride * side)) - gap,
      middle = ((it.reach - 1) * side) / 2;
    this.outs = Array.from({ length: it.out }, (_, i) =>
      svg("rect", {
        x: i * it.stride * side + middle,
        y: out,
        width: wide,
        height: Math.min(CELL * unit, Math.max(side, 14 * unit)),
        class: "cell1 map",
      }),
    );
    const label = (x, y, text, anchor = "start") => svg("text", { x, y, "text-anchor": anchor }, text),
      odd = it.after > it.before;
    const border = it.before + it.after ? ` + border: ${it.before} before, ${it.after} after` : "";
    const extra = odd ? [label(Math.min(count * side, this.lab.room), top - 6, "↓ the extra one", "end")] : [];
    this.lab.strip.classList.toggle("dense", side < 5);
    this.lab.strip.replaceChildren(
      svg("defs", {}, this.hatch("lost")),
      label(0, 12 * unit, `input: ${it.size}${border}`),
      ...extra,
      ...this.cells,
      ...this.stops,
      ...this.outs,
      label(0, out + CELL * unit + 16 * unit, `output: ${it.out}`),
    );
    const height = out + (CELL + 22) * unit;
    this.lab.strip.setAttribute("viewBox", `0 0 ${this.lab.room} ${height}`);
    this.lab.strip.style.height = `${height}px`;
    this.cellSide = side;
  }

  followStrip(event) {
    const x = (event.clientX - this.lab.strip.getBoundingClientRect().left) / this.cellSide - this.lab.slid.reach / 2;
    this.lab.light(this.lab.slid.out ? this.lab.stopAt(x) : null);
  }
}
