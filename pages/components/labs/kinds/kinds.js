// Kinds of convolution: which channels feed which, what that costs, and what MobileNet makes of it.
const KINDS = ["standard", "grouped", "1x1", "depthwise", "separable", "transposed"];
const HEAD = 6,
  TAIL = 5,
  DRAWN = 12; // channels drawn at most: all of 12, or the first six and the last five with the rest counted
const FIELD = 324,
  LOW_FIELD = 256,
  SQUARE = 20; // px: height of the wiring, the same above a second picture, side of a channel
const SPREAD_SIDE = 7; // cells of the small input that is spread

const product = factors => factors.reduce((all, factor) => all * factor, 1);
const sum = numbers => numbers.reduce((all, number) => all + number, 0);
const divisor = (a, b) => (b ? divisor(b, a % b) : a);
const whole = n => grouped(n);

// Side of the output of a transposed convolution, and how many input cells of one row write each of its cells.
const spread = (size, kernel, stride, padding = "valid") =>
  size * stride + (padding === "valid" ? Math.max(kernel - stride, 0) : 0);
const cutOff = (kernel, stride, padding) => (padding === "same" ? Math.max(kernel - stride, 0) >> 1 : 0);
function writers(size, kernel, stride, padding = "valid") {
  const counts = Array(spread(size, kernel, stride, padding)).fill(0),
    cut = cutOff(kernel, stride, padding);
  for (let i = 0; i < size; i++)
    for (let k = 0; k < kernel; k++) {
      const cell = i * stride + k - cut;
      if (cell in counts) counts[cell]++;
    }
  return counts;
}

// The asked number of groups, or the largest below it that divides both sides.
function sharedGroups({ channels, filters, groups }) {
  const both = divisor(channels, filters);
  let count = Math.min(groups, both);
  while (both % count) count--;
  return count;
}

// What a kind gives and takes: its output, the factors whose products are its weights, and how often every weight is
// used.
function costOf(kind, settings) {
  const { height, width, channels, filters, strides, padding, use_bias } = settings,
    side = kind === "1x1" ? 1 : settings.kernel_size;
  const sides = [height, width].map(size =>
    kind === "transposed" ? spread(size, side, strides, padding) : slide(size, side, { stride: strides, padding }).out,
  );
  const depth = kind === "grouped" ? channels / sharedGroups(settings) : channels,
    out = kind === "depthwise" ? channels : filters;
  const terms = {
    depthwise: [[side, side, channels]],
    separable: [
      [side, side, channels],
      [channels, filters],
    ],
  }[kind] ?? [[side, side, depth, filters]];
  const places = kind === "transposed" ? [height, width] : sides,
    weights = sum(terms.map(product));
  return {
    output: [...sides, out],
    fits: product(sides) > 0,
    terms,
    places,
    biases: use_bias ? out : 0,
    parameters: weights + (use_bias ? out : 0),
    multiply_adds: product(places) * weights,
  };
}

// 0.125 is 1/8, and what is no such part has three digits.
function ratio(value) {
  const parts = Math.round(1 / value);
  return value === 1
    ? "1"
    : parts > 1 && parts < 1000 && Math.abs(parts * value - 1) < 1e-12
      ? `1/${parts}`
      : three(value);
}

// Which channels are drawn: numbers, and null where the rest is only counted.
const drawn = count =>
  count <= DRAWN
    ? Array.from({ length: count }, (_, i) => i)
    : [...Array(HEAD).keys(), null, ...Array.from({ length: TAIL }, (_, i) => count - TAIL + i)];
const list = (first, last) => (first === last ? `input channel ${first}` : `input channels ${first} to ${last}`);

class Kinds extends Lab {
  build() {
    this.title = element("h4");
    this.wiring = svg("svg", {
      class: "wiring",
      tabindex: 0,
      role: "img",
      "aria-label": "Wiring of the channels; arrow keys go through them",
    });
    this.wiring.onpointerleave = () => this.light(null);
    this.wiring.onblur = () => this.light(null);
    this.wiring.onkeydown = event => this.press(event);
    this.stage.append(this.chooser(), this.title, this.wiring, this.spreading());
    this.groupsNote = element("div", "complaint");
    this.groupsNote.setAttribute("role", "alert");
    const names = { channels: "Channels in", filters: "Channels out", kernel_size: "Kernel size", use_bias: "Biases" },
      before = ["height", "width", "channels", "filters", "kernel_size", "strides", "padding"];
    this.side.append(
      ...before.map(name => this.knob(name, names[name])),
      this.knob("groups"),
      this.groupsNote,
      this.knob("use_bias", names.use_bias),
      this.resetButton(),
    );
    this.bars = element("tbody");
    this.share = element("p", "share");
    const head = ["Kind", "Output", "Parameters", "Multiply-adds"].map(words => element("th", "", words));
    this.taskList.before(
      element("h3", "", "What each kind costs"),
      element("div", "scroll", element("table", "costs", element("thead", "", element("tr", "", ...head)), this.bars)),
      this.share,
    );
    this.layMobilenet();
  }

  // ---- the six kinds, to choose from

  chooser() {
    const group = element("div", "kinds"),
      buttons = KINDS.map(kind => {
        const one = element("button", "kind", this.emblem(kind), element("span", "", kind));
        Object.assign(one, { type: "button", onclick: () => this.set({ shown: kind }) });
        one.setAttribute("role", "radio");
        return one;
      });
    group.setAttribute("role", "radiogroup");
    group.setAttribute("aria-label", "Kind");
    group.append(...buttons);
    group.onkeydown = event => {
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      const next = buttons[(KINDS.indexOf(this.settings.shown) + by + KINDS.length) % KINDS.length];
      next.click();
      next.focus();
    };
    this.knobs.set("shown", value =>
      buttons.forEach((one, i) => {
        one.setAttribute("aria-checked", KINDS[i] === value);
        one.tabIndex = KINDS[i] === value ? 0 : -1;
      }),
    );
    return group;
  }

  // Four channels and their wires, small.
  emblem(kind) {
    const y = i => 7 + i * 9,
      lines = (x, to, linked) =>
        [0, 1, 2, 3].flatMap(i =>
          [0, 1, 2, 3].filter(j => linked(i, j)).map(j => svg("line", { x1: x, y1: y(i), x2: to, y2: y(j) })),
        );
    const dots = (x, side, name) =>
      [0, 1, 2, 3].map(i =>
        svg("rect", { x: x - side / 2, y: y(i) - side / 2, width: side, height: side, class: name }),
      );
    const all = () => true,
      own = (i, j) => i === j,
      pair = (i, j) => i >> 1 === j >> 1,
      linked = { grouped: pair, depthwise: own }[kind] ?? all;
    const wires =
      kind === "separable" ? [...lines(6, 29, own), ...lines(29, 52, all), ...dots(29, 4, "in")] : lines(6, 52, linked);
    const [from, to] = kind === "transposed" ? [4, 8] : [6, 6];
    return svg(
      "svg",
      { viewBox: "0 0 58 41", class: `emblem${kind === "1x1" ? " thin" : ""}`, "aria-hidden": "true" },
      ...wires,
      ...dots(6, from, "in"),
      ...dots(52, to, "out"),
    );
  }

  // ---- drawing

  draw() {
    const { shown } = this.settings;
    this.cost = costOf(shown, this.settings);
    this.groups = sharedGroups(this.settings);
    this.drawWiring();
    this.describe();
    this.drawBars();
    this.spreadPart.hidden = shown !== "transposed";
    if (shown === "transposed") this.drawSpread();
    this.light(null);
  }

  // Columns of channels with a bank of kernels between each two of them.
  drawWiring() {
    const { shown, channels, height, width, kernel_size } = this.settings,
      { output } = this.cost,
      room = this.room,
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
              ? this.groups
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
    this.wiring.replaceChildren(
      label(0, "start", `${channels} in, ${size(height, width)}`),
      ...(room > 480 * unit || shown !== "separable" ? kernels : []),
      label(room, "end", `${output[2]} out, ${size(output[0], output[1])}`),
      all,
    );
    const tall = top + this.field;
    this.wiring.setAttribute("viewBox", `0 0 ${room} ${tall}`);
    this.wiring.style.height = `${tall}px`;
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
        svg(
          "text",
          { x: column.x + away, y: y + 4, "text-anchor": column.name === "in" ? "end" : "start" },
          channel + 1,
        ),
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
            ? this.room
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
    this.wiring.classList.toggle("lighting", Boolean(at));
    for (const bank of this.banks)
      for (const { node } of [...bank.wires, ...bank.slices]) node.classList.toggle("lit", lit.has(node));
    this.nodes.forEach((column, i) =>
      column.squares.forEach((square, channel) => square.classList.toggle("lit", reached[i].has(channel))),
    );
    this.say(at ? this.sentence(at) : this.idle);
  }

  // What one channel reads or feeds, and its share of the parameters.
  sentence({ column, channel }) {
    const { shown, use_bias } = this.settings,
      { parameters } = this.cost,
      bias = use_bias ? 1 : 0,
      share = count => `${whole(count)} of ${whole(parameters)} parameters, ${three((100 * count) / parameters)} %`;
    const [first, last] = [this.banks[0], this.banks.at(-1)],
      own = last.kernel ** 2 * last.depth + bias,
      biased = bias ? " and a bias" : "";
    if (column === 0) {
      const group = Math.floor(channel / first.depth),
        each = first.to.count / first.groups,
        from = group * each + 1,
        to = from + each - 1,
        count = first.kernel ** 2 * each;
      const whom =
        shown === "separable"
          ? `its own kernel, and by way of it all ${last.to.count} output channels`
          : from === to
            ? `output channel ${from}`
            : `output channels ${from} to ${to}`;
      return (
        `Input channel ${channel + 1} feeds ${whom}: ` +
        `${share(shown === "separable" ? count + last.to.count : count)}.`
      );
    }
    if (shown === "separable" && column === 1)
      return (
        `Filtered channel ${channel + 1} reads input channel ${channel + 1} alone ` +
        `through ${first.kernel}×${first.kernel}×1: ${share(first.kernel ** 2)}.`
      );
    if (shown === "separable")
      return (
        `Output channel ${channel + 1} mixes all ${last.depth} filtered channels through ` +
        `1×1×${last.depth}${biased}: ${share(own)}; the ` +
        `${whole(first.kernel ** 2 * first.from.count)} of the first step serve all outputs.`
      );
    const start = Math.floor(channel / (last.to.count / last.groups)) * last.depth;
    const verb = shown === "transposed" ? "is written by" : "reads";
    return (
      `Output channel ${channel + 1} ${verb} ${list(start + 1, start + last.depth)} ` +
      `through ${last.kernel}×${last.kernel}×${last.depth} weights${biased}: ${share(own)}.`
    );
  }

  describe() {
    const { shown, channels, filters, kernel_size: k, strides, groups, height, width } = this.settings,
      { output, terms, biases, places, parameters, multiply_adds, fits } = this.cost;
    const titles = {
      standard: "Standard: every output reads every input",
      grouped: "Grouped: parts of the channels work apart",
      "1x1": "1x1: mixes channels, sees no neighbours",
      depthwise: "Depthwise: every channel alone",
      separable: "Depthwise separable: alone, then mixed",
      transposed: "Transposed: every input value writes a kernel",
    };
    this.title.textContent = titles[shown];
    const odd = this.groups !== groups;
    const dividing = Array.from({ length: divisor(channels, filters) }, (_, i) => i + 1).filter(
      count => divisor(channels, filters) % count === 0,
    );
    const choices =
      dividing.length > 9 ? `${dividing.slice(0, 6).join(", ")} … ${dividing.at(-1)}` : dividing.join(", ");
    this.groupsNote.textContent = odd
      ? `${groups} groups do not divide ${channels} and ${filters} channels alike: ` +
        `drawn with ${this.groups}. These do: ${choices}.`
      : "";
    const sentences = {
      standard:
        `Each of the ${filters} output channels has a kernel of its ` +
        `own, ${k}×${k}×${channels}: it reads every input channel.`,
      grouped:
        `${this.groups} ${this.groups === 1 ? "group" : "groups apart"}: ${channels / this.groups} ` +
        `input channels feed ${filters / this.groups} output channels ` +
        `through kernels of ${k}×${k}×${channels / this.groups}.`,
      "1x1":
        `A kernel of 1×1×${channels} mixes the channels of one pixel: ` +
        `only the depth changes, from ${channels} to ${filters}.`,
      depthwise:
        `Each channel has one kernel of ${k}×${k} and stays ` +
        `alone: ${channels} in, ${channels} out, nothing is mixed.`,
      separable:
        `First every channel alone with ${k}×${k}, then ` +
        `1×1×${channels} mixes them: two cheap steps for a dear one.`,
      transposed:
        `Every input value writes ${k}×${k} cells, ${strides} ` +
        `apart: ${height}×${width} becomes ${output[0]}×${output[1]}.`,
    };
    this.idle = fits
      ? sentences[shown]
      : `A kernel of ${k}×${k} does not fit an input of ${height}×${width}: ` +
        "take padding “same”, a smaller kernel or a larger input.";
    const weights = terms.map(factors => factors.map(whole).join("·")).join(" + "),
      inside = terms.length > 1 ? `(${weights})` : weights;
    const line = (name, text, value) => element("div", "", `${name} = ${text} = `, element("b", "", value));
    this.formula.replaceChildren(
      line("parameters", weights + (biases ? ` + ${whole(biases)}` : ""), whole(parameters)),
      fits
        ? line("multiply-adds", `${places.join("·")} · ${inside}`, whole(multiply_adds))
        : element("div", "", "multiply-adds: the kernel fits nowhere"),
    );
  }

  // ---- costs side by side

  drawBars() {
    const costs = KINDS.map(kind => costOf(kind, this.settings)),
      most = name => Math.max(1, ...costs.filter(cost => cost.fits).map(cost => cost[name]));
    const limit = { parameters: most("parameters"), multiply_adds: most("multiply_adds") },
      base = costs[0];
    const bar = (cost, name) =>
      element(
        "td",
        "",
        this.bar(cost[name] / limit[name]),
        element("span", "amount", whole(cost[name])),
        element("small", "", base.fits ? ` × ${ratio(cost[name] / base[name])}` : ""),
      );
    const rows = KINDS.map((kind, i) => {
      const cost = costs[i],
        name = element("button", "name", kind),
        row = element("tr", kind === this.settings.shown ? "now" : "", element("td", "", name));
      Object.assign(name, { type: "button", onclick: () => this.set({ shown: kind }) });
      if (cost.fits)
        row.append(element("td", "", cost.output.join("×")), bar(cost, "parameters"), bar(cost, "multiply_adds"));
      else
        row.append(
          Object.assign(element("td", "", `a kernel of ${this.settings.kernel_size} does not fit`), { colSpan: 3 }),
        );
      return row;
    });
    this.refill(this.bars, rows);
    const { filters, kernel_size: k, use_bias } = this.settings,
      separable = costs[4];
    this.share.textContent = base.fits
      ? `Separable / standard = 1/C_out + 1/k² = 1/${filters} + 1/${k * k} = ${three(1 / filters + 1 / k ** 2)} · ` +
        `counted: ${whole(separable.multiply_adds)} / ${whole(base.multiply_adds)} = ` +
        `${three(separable.multiply_adds / base.multiply_adds)}` +
        (use_bias ? " (multiply-adds; biases come on top of the parameters)" : "")
      : "";
  }

  // New rows, and the keyboard stays where it was.
  refill(body, rows) {
    const buttons = () => [...body.querySelectorAll("button")],
      at = buttons().indexOf(body.getRootNode().activeElement);
    body.replaceChildren(...rows);
    if (at >= 0) buttons()[at].focus();
  }

  bar(share, behind = share) {
    const node = element("span", "bar", element("i", "behind"), element("i", "front"));
    node.children[0].style.width = `${100 * behind}%`;
    node.children[1].style.width = `${100 * share}%`;
    return node;
  }

  // ---- a transposed convolution at work

  spreading() {
    this.small = new Sheet({
      label: "Small input of a transposed convolution; arrow keys go through its cells",
      onPoint: (row, column) => this.write(row, column),
      onLeave: () => this.write(null),
    });
    this.written = new Sheet({
      label: "Its output: how many input cells write each cell; arrow keys go through them",
      onPoint: (row, column) => this.trace(row, column),
      onLeave: () => this.write(null),
    });
    this.numbers = this.written.node.appendChild(svg("svg", { class: "numbers", "aria-hidden": "true" }));
    this.counted = element("p", "share");
    const figure = (sheet, caption) => element("figure", "", sheet.node, caption);
    this.captions = [element("figcaption"), element("figcaption")];
    this.spreadPart = element(
      "div",
      "spread",
      element("h4", "", "Seen on a small input"),
      element("div", "row", figure(this.small, this.captions[0]), figure(this.written, this.captions[1])),
      this.counted,
    );
    return this.spreadPart;
  }

  drawSpread() {
    const { height, width, kernel_size: k, strides, padding } = this.settings,
      sides = [Math.min(height, SPREAD_SIDE), Math.min(width, SPREAD_SIDE)];
    const [down, across] = sides.map(side => writers(side, k, strides, padding)),
      counts = Float64Array.from(down.flatMap(a => across.map(b => a * b))),
      space = Math.min(270, (this.room / rem() - 40) * 0.62);
    this.writers = [down, across];
    this.small.signed(
      new Float64Array(sides[0] * sides[1]).fill(0.12),
      ...sides,
      Math.min(space / 2, 20 * SPREAD_SIDE),
      1,
    );
    this.written.signed(counts, down.length, across.length, space, 2.5 * Math.max(3, ...counts));
    for (const sheet of [this.small, this.written]) sheet.node.style.setProperty("--side", `${sheet.zoom}px`);
    this.captions[0].textContent = `input, ${sides.join("×")}`;
    this.captions[1].textContent = `output, ${down.length}×${across.length}: by how many written`;
    this.number(counts, down.length, across.length);
    const tally = new Map();
    counts.forEach(count => tally.set(count, (tally.get(count) ?? 0) + 1));
    const told = [...tally]
      .sort(([a], [b]) => a - b)
      .map(([count, cells]) => `${count}: ${whole(cells)} ${cells === 1 ? "cell" : "cells"}`)
      .join(" · ");
    const verdict =
      k < strides
        ? `The kernel is smaller than the step: gaps that nothing writes.`
        : k % strides
          ? `${k} is no multiple of the step ${strides}: neighbours are written unequally often, a checkerboard.`
          : "The kernel is a multiple of the step: inside, every cell is written equally often.";
    this.counted.replaceChildren(element("span", "", `Written by ${told}.`), " ", element("b", "", verdict));
  }

  // The counts in their cells, where they can be read.
  number(counts, height, width) {
    const side = this.written.zoom,
      readable = side >= 11 * rem();
    this.numbers.setAttribute("viewBox", `0 0 ${width * side} ${height * side}`);
    this.numbers.replaceChildren(
      ...(readable
        ? [...counts].map((count, i) =>
            svg(
              "text",
              {
                x: ((i % width) + 0.5) * side,
                y: (Math.floor(i / width) + 0.5) * side,
                "text-anchor": "middle",
                "dominant-baseline": "central",
              },
              count,
            ),
          )
        : []),
    );
  }

  // The cells that one input cell writes.
  write(row, column) {
    if (row === null) {
      this.small.frame("now");
      this.written.frame("now");
      this.say(this.idle);
      return;
    }
    const { kernel_size: k, strides, padding } = this.settings,
      cut = cutOff(k, strides, padding),
      [down, across] = this.writers;
    const [top, left] = [row * strides - cut, column * strides - cut],
      box = [Math.max(0, top), Math.min(down.length, top + k), Math.max(0, left), Math.min(across.length, left + k)];
    this.small.frame("now", [row, row + 1, column, column + 1]);
    this.written.frame("now", box);
    const cells = (box[1] - box[0]) * (box[3] - box[2]);
    let others = 0;
    for (let y = box[0]; y < box[1]; y++) for (let x = box[2]; x < box[3]; x++) if (down[y] * across[x] > 1) others++;
    const away = k * k - cells;
    this.say(
      `Input row ${row + 1}, column ${column + 1} writes ${k}×${k} ` +
        `cells${away ? `, ${away} of them beyond the border` : ""}; ${others || "none"} ` +
        `of the ${cells} ${others === 1 ? "is" : "are"} written by others too, and summed.`,
    );
  }

  // The input cells that write one output cell.
  trace(row, column) {
    const { kernel_size: k, strides, padding } = this.settings,
      cut = cutOff(k, strides, padding),
      count = this.writers[0][row] * this.writers[1][column];
    const from = (at, side) => [
      Math.max(0, Math.ceil((at + cut - k + 1) / strides)),
      Math.min(side, Math.floor((at + cut) / strides) + 1),
    ];
    this.written.frame("now", [row, row + 1, column, column + 1]);
    this.small.frame("now", count ? [...from(row, this.small.height), ...from(column, this.small.width)] : null);
    this.say(
      `Output row ${row + 1}, column ${column + 1} is written by ${count || "no"} input ` +
        `${count === 1 ? "cell" : "cells"}${count > 1 ? ": the sum of what they write" : ""}.`,
    );
  }

  // ---- MobileNet

  layMobilenet() {
    const rows = this.data.mobilenet,
      total = name => sum(rows.map(row => row[name])),
      most = name => Math.max(...rows.map(row => row[name]));
    const limit = { parameters: most("standard_parameters"), multiply_adds: most("standard_multiply_adds") };
    const pair = (row, name, top) =>
      element(
        "td",
        "",
        top ? this.bar(row[name] / top, row[`standard_${name}`] / top) : "",
        element("span", "amount", whole(row[name])),
        element("small", "", ` of ${whole(row[`standard_${name}`])}`),
      );
    const part = row => element("td", "", ratio(row.multiply_adds / row.standard_multiply_adds));
    const line = row => {
      const name = element("button", "name", row.name),
        what =
          `${row.kernel_size}×${row.kernel_size}` +
          (row.strides > 1 ? ` step ${row.strides}` : "") +
          (row.layers > 1 ? " + 1×1" : "");
      Object.assign(name, {
        type: "button",
        title: "Take its sizes into the lab above",
        onclick: () => this.adopt(row),
      });
      return element(
        "tr",
        "",
        element("td", "", name),
        element("td", "", what),
        element("td", "", `${row.input.join("×")} → ${row.output.join("×")}`),
        pair(row, "parameters", limit.parameters),
        pair(row, "multiply_adds", limit.multiply_adds),
        part(row),
      );
    };
    const all = Object.fromEntries(
      ["parameters", "multiply_adds", "standard_parameters", "standard_multiply_adds"].map(name => [name, total(name)]),
    );
    const sums = element(
      "tr",
      "total",
      element("td", "", "total"),
      element("td", "", `${total("layers")} convolutions`),
      element("td"),
      pair(all, "parameters"),
      pair(all, "multiply_adds"),
      part(all),
    );
    const head = [
      "",
      "Kernels",
      "Input → output",
      "Parameters, of what standard ones need",
      "Multiply-adds, of what standard ones need",
      "×",
    ].map(words => element("th", "", words));
    const fixed = total("non_trainable"),
      caption = element(
        "p",
        "share",
        `MobileNet 1.00 for 224×224 pictures: ${whole(all.parameters)} parameters, ` +
          `${whole(all.parameters - fixed)} trainable, ${whole(fixed)} not. In standard convolutions ` +
          `it would take ${three(all.standard_multiply_adds / all.multiply_adds)} times the work ` +
          `and ${three(all.standard_parameters / all.parameters)} times the parameters. ` +
          "Each row counts its normalization; click a name to take its sizes into the lab.",
      );
    this.taskList.before(
      element("h3", "", "MobileNet: separable all the way"),
      caption,
      element(
        "div",
        "scroll",
        element(
          "table",
          "costs mobilenet",
          element("thead", "", element("tr", "", ...head)),
          element("tbody", "", ...rows.map(line), sums),
        ),
      ),
    );
  }

  adopt(row) {
    const [height, width, channels] = row.input,
      shown = row.layers > 1 ? "separable" : row.kernel_size > 1 ? "standard" : "1x1";
    this.set({
      shown,
      height,
      width,
      channels,
      filters: row.output[2],
      kernel_size: row.kernel_size,
      strides: row.strides,
      padding: "same",
      use_bias: false,
    });
    this.stage.scrollIntoView({
      block: "nearest",
      behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
    });
  }

  // ---- tasks and known answers

  tasks() {
    const cost = kind => costOf(kind, this.settings);
    return [
      {
        words: "Find a setting in which the separable kind needs more parameters than the standard one.",
        hint: "What does its second step add when there is next to nothing to save?",
        done: () => cost("separable").parameters > cost("standard").parameters,
      },
      {
        words: "Choose groups so that the grouped kind costs an eighth of the standard one.",
        hint: "Each group reads only its part of the channels.",
        done: () =>
          this.groups === this.settings.groups &&
          cost("grouped").fits &&
          cost("grouped").multiply_adds * 8 === cost("standard").multiply_adds,
      },
      {
        words: "Make a transposed convolution that turns 7×7 into 14×14 without a checkerboard.",
        hint: "The step doubles the size. Which kernels does it divide?",
        done: () => {
          const { shown, height, width, kernel_size, strides } = this.settings,
            { output } = cost("transposed");
          return (
            shown === "transposed" && height === 7 && width === 7 && output[0] === 14 && kernel_size % strides === 0
          );
        },
      },
    ];
  }

  checks() {
    const sizes = {
        height: 28,
        width: 28,
        channels: 16,
        filters: 32,
        kernel_size: 3,
        strides: 1,
        padding: "same",
        groups: 4,
        use_bias: true,
      },
      rows = this.data.mobilenet;
    const free = { ...sizes, use_bias: false },
      parameters = KINDS.map(kind => [kind, () => costOf(kind, sizes).parameters]),
      steps = rows.flatMap(row => this.steps(row));
    const total = () => sum(steps.map(step => step.parameters)),
      fixed = () => sum(steps.map(step => step.fixed));
    return {
      ...Object.fromEntries(parameters),
      share: () => costOf("separable", free).multiply_adds / costOf("standard", free).multiply_adds,
      "7 to 14": () => spread(7, 2, 2),
      layers: () => steps.length,
      total,
      trainable: () => total() - fixed(),
      fixed,
    };
  }

  // The layers of one row of MobileNet, counted here: kernels, and four numbers per channel of the normalization.
  steps({ name, layers, input, output, kernel_size, strides }) {
    const [height, width, channels] = input,
      filters = output[2],
      last = name === "classes",
      sizes = { height, width, channels, filters, kernel_size, strides, padding: "same", groups: 1, use_bias: last };
    const step = (kind, maps, more) => ({
      parameters: costOf(kind, { ...sizes, ...more }).parameters + (last ? 0 : 4 * maps),
      fixed: last ? 0 : 2 * maps,
    });
    return layers > 1
      ? [step("depthwise", channels), step("1x1", filters, { strides: 1 })]
      : [step("standard", filters)];
  }
}

export default mount(Kinds);
