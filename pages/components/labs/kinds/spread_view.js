// A transposed convolution writes: every input cell its share, summed where shares meet.

class SpreadView {
  constructor(lab) {
    this.lab = lab;
  }

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
    const { height, width, kernel_size: k, strides, padding } = this.lab.settings,
      sides = [Math.min(height, SPREAD_SIDE), Math.min(width, SPREAD_SIDE)];
    const [down, across] = sides.map(side => writers(side, k, strides, padding)),
      counts = Float64Array.from(down.flatMap(a => across.map(b => a * b))),
      space = Math.min(270, (this.lab.room / rem() - 40) * 0.62);
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
      .map(([count, cells]) => `${count}: ${counted(cells, "cell")}`)
      .join(" · ");
    const verdict =
      k < strides
        ? `The kernel is smaller than the step: gaps that nothing writes.`
        : Math.max(...sides) === 1
          ? "One input cell writes alone: nothing meets."
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
      this.lab.say(this.lab.idle);
      return;
    }
    const { kernel_size: k, strides, padding } = this.lab.settings,
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
    this.lab.say(
      `Input row ${row}, column ${column} writes ${k}×${k} ` +
        `cells${away ? `, ${away} of them beyond the border` : ""}; ${others || "none"} ` +
        `of the ${cells} ${others === 1 ? "is" : "are"} written by others too, and summed.`,
    );
  }

  // The input cells that write one output cell.
  trace(row, column) {
    const { kernel_size: k, strides, padding } = this.lab.settings,
      cut = cutOff(k, strides, padding),
      count = this.writers[0][row] * this.writers[1][column];
    const from = (at, side) => [
      Math.max(0, Math.ceil((at + cut - k + 1) / strides)),
      Math.min(side, Math.floor((at + cut) / strides) + 1),
    ];
    this.written.frame("now", [row, row + 1, column, column + 1]);
    this.small.frame("now", count ? [...from(row, this.small.height), ...from(column, this.small.width)] : null);
    this.lab.say(
      `Output row ${row}, column ${column} is written by ` +
        `${count ? counted(count, "input cell") : "no input cell"}${count > 1 ? ": the sum of what they write" : ""}.`,
    );
  }
}
