// The picture with its border and the map beside it.
class Views {
  constructor(lab) {
    this.lab = lab;
  }

  drawInput() {
    const { ground, picture, down, across, slides_over } = this.lab.plan,
      [{ height, width }] = this.lab.padded,
      isTable = slides_over === "numbers";
    this.lab.table.node.hidden = !isTable;
    this.lab.input.node.hidden = isTable;
    this.lab.inputTitle.textContent = isTable ? "Your numbers" : "Picture";
    if (isTable)
      this.lab.table.show(this.lab.padded[0].values, height, width, {
        above: down.before,
        left: across.before,
        room: this.lab.sideRoom,
        dark: this.lab.dark,
      });
    else {
      const key = `${ground} ${this.lab.sideRoom} ${this.lab.dark}`;
      if (key !== this.painted) this.paintInput(height, width);
      this.painted = key;
    }
    const border = [down.before, down.after, across.before, across.after],
      isEven = new Set(border).size === 1;
    const name = isTable
      ? times(picture.height, picture.width)
      : `${this.lab.data.told.name}: ${this.lab.data.told.words}`;
    const words = !border.some(Boolean)
      ? ""
      : isEven
        ? `, with a border of ${border[0]}`
        : `, with a border of ${border[0]} above, ${border[1]} below, ${border[2]} left, ${border[3]} right`;
    this.lab.inputWords.textContent = `${name}${words}.`;
  }

  paintInput(height, width) {
    const { picture, down, across } = this.lab.plan,
      planes = this.lab.padded.map(({ values }) => values);
    this.lab.input.image({ height, width, planes }, this.lab.sideRoom / this.lab.rem);
    const pen = this.lab.input.canvas.getContext("2d"),
      { ink } = this.lab;
    pen.globalCompositeOperation = "destination-out"; // the border lets the page shine through
    pen.fillStyle = "rgb(0 0 0 / .62)";
    const [top, bottom, left, right] = [
      down.before,
      down.before + picture.height,
      across.before,
      across.before + picture.width,
    ];
    for (const box of [
      [0, 0, width, top],
      [0, bottom, width, height - bottom],
      [0, top, left, picture.height],
      [right, top, width - right, picture.height],
    ])
      pen.fillRect(...box);
    const hasBorder = height > picture.height || width > picture.width;
    this.lab.input.frame("edge", hasBorder ? [top, bottom, left, right] : null);
    const inside = i => {
      const y = Math.floor(i / width),
        x = i % width;
      return y >= top && y < bottom && x >= left && x < right;
    };
    write(
      this.lab.input,
      planes.length === 1 ? planes[0] : null,
      i => (!inside(i) ? ink : planes[0][i] > 0.46 ? "#111" : "#fff"),
      this.lab.host,
    );
  }

  drawOutput() {
    const { down, across, kernels, chosen, depth, slides_over } = this.lab.plan,
      [height, width] = [down.out, across.out],
      kernel = kernels[chosen];
    const zoom = slides_over === "numbers" ? 44 * this.lab.rem : this.lab.input.zoom,
      side = (Math.max(height, width) * zoom + 0.01) / this.lab.rem,
      limit = Math.max(FAINT, largest(this.lab.map)),
      text = this.lab.ink;
    const shown = slides_over === "numbers" ? "signed" : this.lab.settings.shown;
    this.lab.outputTitle.replaceChildren(
      kernels.length > 1 ? `Map ${chosen + 1}` : "Map",
      element("small", "", times(height, width)),
    );
    if (shown === "signed") {
      this.lab.output.signed(this.lab.map, height, width, side, limit);
      write(
        this.lab.output,
        this.lab.map,
        i => (strength(this.lab.map[i], limit) > 0.5 ? (this.lab.dark ? "#111" : "#fff") : text),
        this.lab.host,
      );
      this.lab.outputWords.replaceChildren(legend(limit, this.lab.dark));
    } else {
      const top = shown === "brightness" && depth === 3 && kernel.slices.length === 1 ? 3 : 1;
      const planes =
        shown === "colours" && depth === 3
          ? this.lab.sums.channelMaps(kernel)
          : [top === 1 ? this.lab.map : this.lab.map.map(value => value / top)];
      this.lab.output.image({ height, width, planes }, side);
      write(
        this.lab.output,
        planes.length === 1 ? this.lab.map : null,
        i => (this.lab.map[i] > 0.46 * top ? "#111" : "#fff"),
        this.lab.host,
      );
      this.lab.outputWords.textContent =
        planes.length === 3
          ? "Each channel alone, as photo programs do it; a network layer adds the three."
          : `0 is black, ${top} is white${top === 3 ? ", as three channels are added" : ""}; ` +
            "what lies outside is cut off.";
    }
  }
}
