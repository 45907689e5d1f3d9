// How many places a window stops at, on one side of a picture; and what becomes of a size in a chain of layers.
const CELL = 22,
  STOPS_HIGH = 210,
  MOST_ROWS = 34; // px: a cell at most, room for the stops; stops drawn each on a row of its own
const PICTURE = 190,
  MAP_GAP = 46; // px: side of the picture with its border, and from there to the map
const SMALLEST = 5,
  LARGEST = 64; // px: sides of the squares of a chain
const PADDINGS = ["valid", "same", "number"];
const LINK = [
  ["kernel", 1, 15],
  ["stride", 1, 8],
  ["dilation", 1, 8],
  ["filters", 0, 1024],
]; // what is typed, with its range

const many = (count, one, more) => (count === 1 ? one : more);
const slideOf = (size, { kernel, stride, dilation, padding, cells }) =>
  slide(size, kernel, { stride, dilation, padding: padding === "number" ? cells : padding });

// Sizes along a chain; 0 where a window does not fit, and there it ends.
function sizesOf(size, chain) {
  const found = [size];
  for (const link of chain) {
    found.push(slideOf(found.at(-1), link).out);
    if (!found.at(-1)) break;
  }
  return found;
}

// Channels along a chain, as far as sizes are: a pooling (0 filters) leaves them as they are.
function channelsOf(channels, chain) {
  const found = [channels];
  for (const { filters } of chain) found.push(filters || found.at(-1));
  return found;
}

// The cells of one side, border included, that some window reads.
function readCells({ size, before, after, kernel, stride, dilation, out }) {
  const read = Array(size + before + after).fill(false);
  for (let i = 0; i < out; i++) for (let k = 0; k < kernel; k++) read[i * stride + k * dilation] = true;
  return read;
}

class Sizes extends Lab {
  build() {
    this.layers = new LayerChain(this);
    this.side1 = new Strip(this);
    this.most = 12; // layers of a chain
    this.strip = this.pointable("strip", "Stops of the window along one side; left and right arrow move it", event =>
      this.side1.followStrip(event),
    );
    this.plan = this.pointable(
      "plan",
      "The picture with its border, and its feature map; arrow keys move the window",
      event => this.followPlan(event),
    );
    this.stage.append(
      element("h4", "", "One side of the picture"),
      this.strip,
      element("h4", "planned", "Both sides: the picture with its border, and its feature map"),
      this.plan,
    );
    this.cellsKnob = this.knob("cells", "Cells at every side");
    this.side.append(
      ...["size", "kernel"].map(name => this.firstKnob(name)),
      ...["stride", "dilation", "padding"].map(name => this.knob(name)),
      this.cellsKnob,
      this.knob("channels", "Channels of the input"),
      this.resetButton(),
    );
    this.layers.layChain();
  }

  pointable(name, label, follow) {
    const node = svg("svg", { class: name, tabindex: 0, role: "img", "aria-label": label });
    node.onpointermove = node.onpointerdown = follow;
    onLeaving(node, () => this.light(null));
    node.onkeydown = event => this.press(event);
    return node;
  }

  draw() {
    const it = (this.slid = slideOf(this.settings.size, this.settings));
    this.read = readCells(it);
    this.count = this.read.length;
    // cells at the end beyond the last window
    this.end = this.count - (it.out ? (it.out - 1) * it.stride + it.reach : 0);
    // cells that windows step over
    this.holes = this.read.filter((read, i) => !read && i < this.count - this.end).length;
    this.cellsKnob.hidden = this.settings.padding !== "number";
    this.side1.drawStrip(it);
    this.drawPlan(it);
    this.describe(it);
    this.layers.drawChain();
    this.light(null);
  }

  stopAt(x) {
    return clamp(Math.round(x / this.slid.stride), 0, this.slid.out - 1);
  }

  drawPlan(it) {
    const unit = rem(),
      { count } = this,
      tall = Math.min(PICTURE * unit, this.room * 0.5),
      side = tall / count,
      gap = Math.min(MAP_GAP * unit, this.room * 0.08),
      inner = it.before * side,
      span = it.size * side;
    const runs = this.unread(),
      across = runs.flatMap(([from, to]) => [
        svg("rect", { x: from * side, y: 0, width: (to - from) * side, height: tall, class: "unread" }),
        svg("rect", { x: 0, y: from * side, width: tall, height: (to - from) * side, class: "unread" }),
      ]);
    this.window = svg("rect", { class: "window" });
    this.spots = svg("path", { class: "spots" });
    this.answer = svg("rect", { class: "answer" });
    this.gone = svg("text", { x: tall + gap, y: 14 * unit }, it.out ? "" : "no map: the window fits nowhere");
    const left = tall + gap,
      map = it.out * side,
      parts = [
        svg("defs", {}, this.side1.hatch("unread")),
        svg("rect", { x: 0.5, y: 0.5, width: tall - 1, height: tall - 1, class: "whole" }),
        svg("rect", { x: inner, y: inner, width: span, height: span, class: "picture" }),
        this.lines(0, 0, count, side),
        ...across,
        this.spots,
        this.window,
        svg("rect", { x: left, y: 0, width: map, height: map, class: "map" }),
        this.lines(left, 0, it.out, side),
        this.answer,
        this.gone,
      ];
    this.plan.replaceChildren(
      ...parts,
      svg("text", { x: 0, y: tall + 15 * unit }, `${count}×${count}${it.before + it.after ? " with border" : ""}`),
      svg("text", { x: left, y: tall + 15 * unit }, it.out ? `${it.out}×${it.out}` : ""),
    );
    const high = tall + 22 * unit;
    this.plan.setAttribute("viewBox", `0 0 ${this.room} ${high}`);
    this.plan.style.height = `${high}px`;
    this.planned = { side, left, tall };
  }

  // Where no window reads, as runs from ... to of one side.
  unread() {
    const runs = [];
    this.read.forEach((read, i) => {
      if (read) return;
      if (runs.length && runs.at(-1)[1] === i) runs.at(-1)[1]++;
      else runs.push([i, i + 1]);
    });
    return runs;
  }

  lines(x, y, count, side) {
    const long = count * side,
      every = side < 4 ? [] : Array.from({ length: Math.max(0, count - 1) }, (_, i) => (i + 1) * side);
    return svg("path", {
      d: every.map(at => `M${x + at} ${y}v${long}M${x} ${y + at}h${long}`).join(""),
      class: "lines",
    });
  }

  // A pointer over the picture takes the window along; over the map it asks where a value came from.
  followPlan(event) {
    if (!this.slid.out) return;
    const { side, left, tall } = this.planned,
      box = this.plan.getBoundingClientRect(),
      x = event.clientX - box.left,
      y = event.clientY - box.top;
    const onMap = x >= left - 4,
      place = at =>
        onMap ? clamp(Math.floor(at / side), 0, this.slid.out - 1) : this.stopAt(at / side - this.slid.reach / 2);
    if (x > tall + 4 && !onMap) return;
    this.light(place(onMap ? x - left : x), place(y));
  }

  press(event) {
    const [down, across] =
      { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key] ?? [];
    const flat = event.currentTarget === this.strip;
    if (down === undefined || !this.slid.out || (flat && down)) return;
    event.preventDefault();
    const move = (at, by) => clamp((at ?? 0) + by, 0, this.slid.out - 1);
    if (this.at === null) this.light(0, flat ? null : 0);
    else this.light(move(this.at, across), flat ? null : move(this.row, down));
  }

  // Shows one stop: what it reads, and where its answer goes. Without a row the window stands in the first.
  light(at, row = null) {
    Object.assign(this, { at, row });
    const { stride, dilation, kernel, reach, before, size } = this.slid,
      read = at === null ? [] : Array.from({ length: kernel }, (_, k) => at * stride + k * dilation);
    this.side1.cells.forEach((cell, i) => cell.classList.toggle("lit", read.includes(i)));
    this.side1.stops.forEach((stop, i) => stop.classList.toggle("now", i === at));
    this.side1.outs.forEach((one, i) => one.classList.toggle("lit", i === at));
    const { side, left } = this.planned,
      top = (row ?? 0) * stride,
      lay = (node, x, y, long) =>
        Object.entries({ x, y, width: long, height: long }).forEach(([name, value]) => node.setAttribute(name, value));
    for (const node of [this.window, this.spots, this.answer]) node.toggleAttribute("hidden", at === null);
    if (at === null) {
      this.say(this.idle);
      return;
    }
    lay(this.window, at * stride * side, top * side, reach * side);
    lay(this.answer, left + at * side, (row ?? 0) * side, side);
    this.spots.setAttribute(
      "d",
      read
        .flatMap(x =>
          Array.from(
            { length: kernel },
            (_, k) => `M${x * side} ${(top + k * dilation) * side}h${side}v${side}h${-side}z`,
          ),
        )
        .join(""),
    );
    const names = read.map(i => (i < before || i >= before + size ? "border" : i - before)),
      cells = names.filter(name => name !== "border"),
      border = names.length - cells.length;
    const told = [
      cells.length
        ? `${many(cells.length, "cell", "cells")} ` +
          (cells.length > 6 ? `${cells.slice(0, 3).join(", ")} … ${cells.at(-1)}` : cells.join(", "))
        : "",
      border ? `${border} of the border` : "",
    ]
      .filter(Boolean)
      .join(" and ");
    this.say(
      row === null
        ? `Stop ${at} (of 0 to ${this.slid.out - 1}) reads ${told}.`
        : `Row ${row}, column ${at} of the map: along the row it reads ${told}.`,
    );
  }

  describe(it) {
    const { padding } = this.settings,
      border = it.before + it.after,
      room = it.size + border - it.reach,
      line = (...parts) => element("div", "", ...parts),
      bold = text => element("b", "", text);
    const spread = it.dilation > 1 ? [line(`F = (${it.kernel} − 1) · ${it.dilation} + 1 = ${it.reach}`)] : [];
    const cut = room % it.stride ? `floor(${three(room / it.stride)}) + 1 = ` : "";
    const plain = () =>
      line(
        "floor((N + 2P − F) / S) + 1 = ",
        `floor((${it.size} + ${padding === "number" ? `2·${it.before}` : border} − ${it.reach}) / ${it.stride}) + 1 = `,
        cut,
        bold(it.out || "no place"),
      );
    const kept = () => [
      line("ceil(N / S) = ", `ceil(${it.size} / ${it.stride}) = `, bold(it.out)),
      line(
        "border = max((out − 1) · S + F − N, 0) = ",
        `max((${it.out} − 1) · ${it.stride} + ${it.reach} − ${it.size}, 0) = `,
        bold(border),
        border ? ` = ${it.before} before + ${it.after} after` : "",
      ),
    ];
    this.formula.replaceChildren(...spread, ...(padding === "same" ? kept() : [plain()]));
    this.idle = this.sentence(it, border);
  }

  sentence(it, border) {
    const stops = `The window stops ${many(it.out, "once", `${it.out} times`)}`,
      { end, holes } = this;
    if (!it.out)
      return (
        `The window reaches over ${counted(it.reach, "cell")}, the input with its border has ` +
        `${it.size + border}: it fits nowhere. Take a smaller window, or more border.`
      );
    if (holes)
      return (
        `${stops} and steps over ${counted(holes, "cell")} in ` +
        `between${end ? `; the last ${many(end, "one is", `${end} are`)} beyond its reach` : ""}: ` +
        `nothing reads ${many(holes + end, "it", "them")}.`
      );
    if (end && end <= it.after)
      return (
        `${stops}. The last ${many(end, "row and the last column", `${end} rows and columns`)} ` +
        "of the border are seen by no window; of the picture nothing is lost."
      );
    if (end)
      return (
        `${stops}. The last ` +
        `${many(end, "row and the last column are", `${end} rows and columns are`)} seen by no window.`
      );
    if (it.after > it.before)
      return (
        `The border is ${counted(border, "cell")}: ${it.before} before and ${it.after} ` +
        "after. The extra column goes to the end, and the extra row to the bottom."
      );
    return `${stops}, and every cell is seen.`;
  }

  tasks() {
    this.question = new NumberQuestion({ ask: draw => this.asked(draw) });
    return [
      {
        words: "Say how large a map is, before you see it.",
        hint: "How often can the window step until it stands at the end? Once more for where it begins.",
        asked: this.question,
        done: () => this.question.isDone,
      },
      {
        words: "Find a stride and a border that turn 32 into 11.",
        hint: "With a step of 3, eleven stops take 30 steps: how many cells must there be?",
        done: () => this.settings.size === 32 && this.slid.out === 11,
      },
      {
        words: "Lose two or more cells at the end, without a border.",
        hint: "Only a step above 2 can lose two.",
        done: () => this.slid.out > 0 && this.settings.padding === "valid" && this.end > 1,
      },
      {
        words: "Build a chain of three or more layers that makes exactly 1 of 100.",
        hint: "Halve as often as you like; a window as large as what is left stops once.",
        done: () =>
          this.settings.size === 100 &&
          this.settings.chain.length > 2 &&
          this.layers.found.at(-1) === 1 &&
          this.layers.found.length === this.settings.chain.length + 1,
      },
    ];
  }

  // One window on one side.
  asked(draw) {
    const [size, kernel, stride] = [draw(12, 64), draw(2, 7), draw(1, 3)],
      padding = ["valid", "same", "number"][draw(0, 2)],
      cells = padding === "number" ? draw(1, 2) : 0,
      it = slideOf(size, { kernel, stride, dilation: 1, padding, cells }),
      border = { valid: "no border", same: "padding same", number: `a border of ${cells}` }[padding];
    return {
      words: `${size} wide, window ${kernel}, stride ${stride}, ${border}: the map is wide`,
      answer: it.out,
      because:
        padding === "same"
          ? `ceil(${size} / ${stride})`
          : `floor((${size} + ${2 * cells} − ${kernel}) / ${stride}) + 1`,
      show: () => this.set({ size, kernel, stride, dilation: 1, padding, cells }),
    };
  }

  checks() {
    const out = (size, kernel, options) => () => slide(size, kernel, options).out;
    const ready = Object.entries(this.data.ready).map(([name, { size, chain }]) => [
      name,
      () => sizesOf(size, chain).slice(1),
    ]);
    return {
      "32, kernel 5": out(32, 5),
      "28, pooling 2, step 2": out(28, 2, { stride: 2 }),
      "7, kernel 3, step 2": out(7, 3, { stride: 2 }),
      "28, kernel 3, step 2, same": out(28, 3, { stride: 2, padding: "same" }),
      "32, kernel 3, dilation 2": out(32, 3, { dilation: 2 }),
      "227, kernel 11, step 4 (AlexNet)": out(227, 11, { stride: 4 }),
      ...Object.fromEntries(ready),
      ...Object.fromEntries(
        Object.entries(this.data.ready).map(([name, { size, channels, chain }]) => {
          const [sizes, deep] = [sizesOf(size, chain), channelsOf(channels, chain)],
            values = at => sizes.at(at) ** 2 * deep.at(at);
          return [`values ${name}`, () => [values(0), values(-1)]];
        }),
      ),
    };
  }
}

export default mount(Sizes);
