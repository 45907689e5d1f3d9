// Which channels feed which: a column of channels on each side and the kernels between them.

class Wiring {
  constructor(lab) {
    this.lab = lab;
  }

  // Columns of channels with a bank of kernels between each two of them.
  drawWiring() {
    const { shown, channels, height, width, kernel_size } = this.lab.settings,
      { output } = this.lab.cost,
      room = this.lab.room,
      unit = rem();
    const ends = [Math.max(height, width), Math.max(output[0], output[1])],
      largest = Math.max(...ends),
      sideOf = size => Math.max(6, (SQUARE * unit * size) / largest);
    const left = 34 * unit,
      right = room - 34 * unit;
    this.field = unit * (shown === "transposed" ? LOW_FIELD : FIELD);
    this.nodes = [{ name: "in", count: channels, x: left, side: sideOf(ends[0]) }];
    if (shown === "separable")
      this.nodes.push({ name: "mid", count: channels, x: left + (right - left) * 0.4, side: sideOf(ends[1]) });
    this.nodes.push({ name: "out", count: output[2], x: right, side: sideOf(ends[1]) });
    this.nodes.forEach(column => this.layColumn(column));
    const kernel = shown === "1x1" ? 1 : kernel_size;
    this.banks = this.nodes
      .slice(1)
      .map((to, i) =>
        this.layBank(
          this.nodes[i],
          to,
          shown === "separable" && i === 1 ? 1 : kernel,
          shown === "depthwise" || (shown === "separable" && i === 0)
            ? channels
            : shown === "grouped"
              ? this.lab.groups
              : 1,
        ),
      );
    const top = 22 * unit,
      all = svg(
        "g",
        { transform: `translate(0 ${top})` },
        ...this.banks.flatMap(bank => bank.wires.map(wire => wire.node)),
        ...this.banks.flatMap(bank => bank.slices.map(slice => slice.node)),
        ...this.nodes.flatMap(column => column.drawn),
        ...this.areas(),
      );
    const label = (x, anchor, text) => svg("text", { x, y: 12 * unit, "text-anchor": anchor }, text);
    const size = (h, w) => (h && w ? `${h}×${w}` : "no place");
    const kernels = this.banks.map(bank =>
      label(bank.x, "start", `${bank.to.count} of ${bank.kernel}×${bank.kernel}×${bank.depth}`),
    );
    this.lab.wiring.replaceChildren(
      label(0, "start", `${channels} in, ${size(height, width)}`),
      ...(room > 480 * unit || shown !== "separable" ? kernels : []),
      label(room, "end", `${output[2]} out, ${size(output[0], output[1])}`),
      all,
    );
    const tall = top + this.field;
    this.lab.wiring.setAttribute("viewBox", `0 0 ${room} ${tall}`);
    this.lab.wiring.style.height = `${tall}px`;
  }

  layColumn(column) {
    const rows = drawn(column.count),
      pitch = Math.min(44 * rem(), this.field / rows.length),
      start = (this.field - pitch * rows.length) / 2;
    column.side = Math.min(column.side, pitch - 5);
    Object.assign(column, {
      rows,
      pitch,
      start,
      y: new Map(rows.map((channel, i) => [channel, start + (i + 0.5) * pitch])),
      squares: new Map(),
      drawn: [],
    });
    for (const [channel, y] of column.y) {
      if (channel === null) {
        column.drawn.push(
          svg(
            "text",
            { x: column.x, y: y + 4, "text-anchor": "middle", class: "rest" },
            `+${column.count - HEAD - TAIL}`,
          ),
        );
        continue;
      }
      const square = svg("rect", {
        x: column.x - column.side / 2,
        y: y - column.side / 2,
        width: column.side,
        height: column.side,
        rx: 1.5,
        class: `channel ${column.name === "in" ? "in" : "out"}`,
      });
      column.squares.set(channel, square);
      column.drawn.push(square);
      if (column.name === "mid") continue;
      const away = (column.name === "in" ? -1 : 1) * ((SQUARE / 2) * rem() + 5);
      column.drawn.push(
        svg("text", { x: column.x + away, y: y + 4, "text-anchor": column.name === "in" ? "end" : "start" }, channel),
      );
    }
  }

  // The kernels between two columns: a row for each output channel, in it a slice for each input channel that it reads.
  layBank(from, to, kernel, groups) {
    const space = to.x - from.x,
      width = Math.min(space * 0.52, from.rows.length * 22 * rem()),
      pitch = width / from.rows.length;
    const side = Math.min(pitch - 1.5, to.pitch - 5, (5 + 3 * Math.min(kernel, 5)) * rem()),
      x = to.x - (to.side / 2 + 14 * rem()) - width;
    const bank = { from, to, kernel, groups, depth: from.count / groups, x, width, slices: [], wires: [] };
    const [reads, gives] = [from.count / groups, to.count / groups];
    for (const [output, y] of to.y) {
      if (output === null) continue;
      const row = from.rows
        .map((input, i) => ({ input, at: x + (i + 0.5) * pitch }))
        .filter(({ input }) => input !== null && Math.floor(input / reads) === Math.floor(output / gives));
      for (const { input, at } of row) {
        bank.slices.push({
          input,
          output,
          node: this.slice(at - side / 2, y - side / 2, side, kernel, Math.floor(output / gives) % 2),
        });
        bank.wires.push({
          input,
          output,
          node: svg("line", {
            x1: from.x + from.side / 2,
            y1: from.y.get(input),
            x2: row[0].at - side / 2 - 1,
            y2: y,
            class: "wire",
          }),
        });
      }
      if (row.length)
        bank.wires.push({
          input: null,
          output,
          node: svg("line", { x1: row.at(-1).at + side / 2 + 1, y1: y, x2: to.x - to.side / 2, y2: y, class: "wire" }),
        });
    }
    return bank;
  }

  // One slice of a kernel: kernel x kernel cells, as long as they can be told apart.
  slice(x, y, side, kernel, odd) {
    const step = side / kernel,
      lines = step < 2.5 ? [] : Array.from({ length: kernel - 1 }, (_, i) => (i + 1) * step);
    const grid = lines.map(at => `M${x + at} ${y}v${side}M${x} ${y + at}h${side}`);
    const path = `M${x} ${y}h${side}v${side}h${-side}z${grid.join("")}`;
    return svg("path", { d: path, class: `slice${odd ? " odd" : ""}` });
  }

  // Where the pointer finds a channel: a whole row around it.
  areas() {
    return this.nodes.flatMap((column, i) => {
      const from = i ? this.banks[i - 1].x - 4 : 0,
        to =
          i === this.nodes.length - 1
            ? this.lab.room
            : i
              ? column.x + column.side / 2 + 8
              : column.x + (SQUARE / 2) * rem() + 14;
      return [...column.y]
        .filter(([channel]) => channel !== null)
        .map(([channel, y]) => {
          const area = svg("rect", {
            x: from,
            y: y - column.pitch / 2,
            width: to - from,
            height: column.pitch,
            class: "area",
          });
          area.onpointerenter = area.onpointerdown = () => this.light({ column: i, channel });
          return area;
        });
    });
  }

  press(event) {
    const [down, across] =
      { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[event.key] ?? [];
    if (down === undefined) {
      if (event.key === "Escape") this.light(null);
      return;
    }
    event.preventDefault();
    if (!this.at) {
      this.light({ column: this.nodes.length - 1, channel: 0 });
      return;
    }
    const column = clamp(this.at.column + across, 0, this.nodes.length - 1),
      channels = this.nodes[column].rows.filter(channel => channel !== null);
    const y = this.nodes[this.at.column].y.get(this.at.channel),
      away = channel => Math.abs(this.nodes[column].y.get(channel) - y); // across: to the nearest
    const next = clamp(
      channels.reduce((best, channel, i) => (away(channel) < away(channels[best]) ? i : best), 0) + down,
      0,
      channels.length - 1,
    );
    this.light({ column, channel: channels[next] });
  }

  // Lights all that feeds a channel, or for an input channel all that it feeds.
  light(at) {
    this.at = at;
    const reached = this.nodes.map(() => new Set());
    if (at) reached[at.column].add(at.channel);
    const lit = new Set(),
      follow = (bank, i, backwards) => {
        for (const { input, output, node } of [...bank.wires, ...bank.slices]) {
          if (!reached[backwards ? i + 1 : i].has(backwards ? output : input)) continue;
          lit.add(node);
          if (backwards) reached[i].add(input);
          else reached[i + 1].add(output);
        }
        for (const wire of bank.wires) if (wire.input === null && reached[i + 1].has(wire.output)) lit.add(wire.node);
      };
    if (at) for (let i = at.column - 1; i >= 0; i--) follow(this.banks[i], i, true);
    if (at && at.column === 0) this.banks.forEach((bank, i) => follow(bank, i, false));
    this.lab.wiring.classList.toggle("lighting", Boolean(at));
    for (const bank of this.banks)
      for (const { node } of [...bank.wires, ...bank.slices]) node.classList.toggle("lit", lit.has(node));
    this.nodes.forEach((column, i) =>
      column.squares.forEach((square, channel) => square.classList.toggle("lit", reached[i].has(channel))),
    );
    this.lab.say(at ? this.sentence(at) : this.lab.idle);
  }

  // What one channel reads or feeds, and its share of the parameters.
  sentence({ column, channel }) {
    const { shown, use_bias } = this.lab.settings,
      { parameters } = this.lab.cost,
      bias = use_bias ? 1 : 0,
      share = count => `${whole(count)} of ${whole(parameters)} parameters, ${three((100 * count) / parameters)} %`;
    const [first, last] = [this.banks[0], this.banks.at(-1)],
      own = last.kernel ** 2 * last.depth + bias,
      biased = bias ? " and a bias" : "";
    if (column === 0) {
      const group = Math.floor(channel / first.depth),
        each = first.to.count / first.groups,
        from = group * each,
        to = from + each - 1,
        count = first.kernel ** 2 * each;
      const whom =
        shown === "separable"
          ? `its own kernel, and by way of it all ${last.to.count} output channels`
          : from === to
            ? `output channel ${from}`
            : `output channels ${from} to ${to}`;
      return (
        `Input channel ${channel} feeds ${whom}: ` + `${share(shown === "separable" ? count + last.to.count : count)}.`
      );
    }
    if (shown === "separable" && column === 1)
      return (
        `Filtered channel ${channel} reads input channel ${channel} alone ` +
        `through ${first.kernel}×${first.kernel}×1: ${share(first.kernel ** 2)}.`
      );
    if (shown === "separable")
      return (
        `Output channel ${channel} mixes all ${last.depth} filtered channels through ` +
        `1×1×${last.depth}${biased}: ${share(own)}; the ` +
        `${whole(first.kernel ** 2 * first.from.count)} of the first step serve all outputs.`
      );
    const start = Math.floor(channel / (last.to.count / last.groups)) * last.depth;
    const verb = shown === "transposed" ? "is written by" : "reads";
    return (
      `Output channel ${channel} ${verb} ${list(start, start + last.depth - 1)} ` +
      `through ${last.kernel}×${last.kernel}×${last.depth} weights${biased}: ${share(own)}.`
    );
  }
}
