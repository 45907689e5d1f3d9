// Kernels as a table of small pictures: a row per filter, a column per input map; or side by side where there is one
// input.
const GAP = 1,
  SINGLE = 36,
  CELL = 24,
  TALL = 860; // px: between kernels, of one among few and among many, of a whole table
const COLOURS = ["red", "green", "blue"];

class Layer {
  constructor(layer, numbers, host) {
    Object.assign(this, layer);
    this.numbers = numbers;
    this.area = layer.rows * layer.columns;
    this.longer = Math.max(layer.rows, layer.columns);
    this.limit = steady(`kernels ${layer.name}`, Math.max(Math.abs(layer.low), Math.abs(layer.high), 1e-9));
    this.host = host;
  }

  plane(filter, channel) {
    return this.numbers.subarray(
      (filter * this.channels + channel) * this.area,
      (filter * this.channels + channel + 1) * this.area,
    );
  }

  draw(width, dark) {
    const few = this.channels <= 4;
    const room = few ? SINGLE : Math.min(CELL, width / this.channels - GAP, TALL / this.filters - GAP);
    const zoom = Math.max(1, Math.floor(room / this.longer));
    const box = element("section", "layer", this.heading(dark));
    const read = `${isTouched() ? "Tap" : "Point at"} a kernel to read it.`;
    this.words = element("div", "words", few ? read : `A row per filter, a column per input map. ${read}`);
    box.append(this.words, few ? this.small(zoom, dark) : this.matrix(zoom, dark));
    return box;
  }

  heading(dark) {
    const what = this.product ? "depthwise × pointwise, " : this.own ? "one channel each, " : "";
    const cut =
      this.filters < this.allFilters || this.channels < this.allChannels
        ? ` · the first ${counted(this.filters, "filter")} and ${counted(this.channels, "input")} ` +
          `of ${this.allFilters} and ${this.allChannels}`
        : "";
    const inputs = counted(this.allChannels, "input map");
    const words =
      `${what}${grouped(this.allFilters)} ${this.own ? "kernels" : `filters of ${inputs}`}, ` +
      `${this.rows}×${this.columns} · ${three(this.low)} … ${three(this.high)}${cut}`;
    return element("div", "heading", element("b", "", this.name), element("span", "", words), legend(this.limit, dark));
  }

  // A few inputs: each filter as a small group.
  small(zoom, dark) {
    const grid = element("div", "groups");
    for (let f = 0; f < this.filters; f++) {
      const group = element("div", "group");
      if (this.colours) group.append(this.colour(f, zoom));
      for (let c = 0; c < this.channels; c++) group.append(this.one(f, c, zoom, dark));
      grid.append(group);
    }
    return grid;
  }

  one(f, c, zoom, dark) {
    const canvas = element("canvas", "crisp");
    paint(canvas, this.plane(f, c), this.rows, this.columns, this.limit, dark);
    place(canvas, this.rows, this.columns, zoom);
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${this.name}, kernel ${f + 1}, input ${c + 1}`);
    canvas.onpointermove = event => {
      const at = canvas.getBoundingClientRect();
      this.say(f, c, Math.floor((event.clientY - at.top) / zoom), Math.floor((event.clientX - at.left) / zoom));
    };
    return canvas;
  }

  // Three channels as one colour picture: zero is mid grey.
  colour(f, zoom) {
    const canvas = element("canvas", "crisp whole"),
      pen = canvas.getContext("2d");
    canvas.width = this.columns;
    canvas.height = this.rows;
    const image = pen.createImageData(this.columns, this.rows),
      most = Math.max(...[0, 1, 2].map(c => largest(this.plane(f, c))));
    for (let i = 0; i < this.area; i++) {
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = 127.5 * (1 + this.plane(f, c)[i] / most);
      image.data[4 * i + 3] = 255;
    }
    pen.putImageData(image, 0, 0);
    place(canvas, this.rows, this.columns, zoom);
    canvas.title = `kernel ${f + 1} as a colour picture; mid grey is zero`;
    return canvas;
  }

  // Many inputs: one picture of all kernels.
  matrix(zoom, dark) {
    const [tall, wide] = [this.rows * zoom + GAP, this.columns * zoom + GAP];
    const canvas = element("canvas", "crisp"),
      pen = canvas.getContext("2d"),
      tile = element("canvas");
    canvas.width = this.channels * wide;
    canvas.height = this.filters * tall;
    canvas.style.width = `${canvas.width}px`;
    pen.imageSmoothingEnabled = false;
    pen.fillStyle = dark ? "rgba(148,163,184,.22)" : "rgba(100,116,139,.22)";
    for (let f = 0; f <= this.filters; f++) pen.fillRect(0, f * tall - GAP, canvas.width, GAP);
    for (let c = 0; c <= this.channels; c++) pen.fillRect(c * wide - GAP, 0, GAP, canvas.height);
    for (let f = 0; f < this.filters; f++)
      for (let c = 0; c < this.channels; c++) {
        paint(tile, this.plane(f, c), this.rows, this.columns, this.limit, dark);
        pen.drawImage(tile, c * wide, f * tall, wide - GAP, tall - GAP);
      }
    canvas.setAttribute("role", "img");
    canvas.setAttribute(
      "aria-label",
      `${this.name}: ${counted(this.filters, "filter")} by ${counted(this.channels, "input map")}`,
    );
    canvas.onpointermove = event => {
      const at = canvas.getBoundingClientRect(),
        y = (event.clientY - at.top) / tall,
        x = (event.clientX - at.left) / wide;
      if (y >= 0 && x >= 0 && y < this.filters && x < this.channels)
        this.say(
          Math.floor(y),
          Math.floor(x),
          Math.floor(((y % 1) * tall) / zoom),
          Math.floor(((x % 1) * wide) / zoom),
        );
    };
    return element("div", "scroll", canvas);
  }

  say(f, c, y, x) {
    const row = Math.max(0, Math.min(this.rows - 1, y)),
      column = Math.max(0, Math.min(this.columns - 1, x));
    const from = this.own ? "" : ` · input ${this.colours ? COLOURS[c] : c + 1}`;
    this.words.replaceChildren(
      `kernel ${f + 1}${from} · row ${row}, column ${column}: `,
      element("b", "", three(this.plane(f, c)[row * this.columns + column])),
    );
  }
}

export default function ({ data, parentElement }) {
  const host = parentElement.querySelector(".kernels"),
    { header, at } = unpack(data);
  const draw = () => {
    host.dark = isDark(host);
    const drawn = one =>
      new Layer(one, at(one.values, one.filters * one.channels * one.rows * one.columns), host).draw(
        host.clientWidth,
        host.dark,
      );
    if (header.layers.length <= MANY) {
      host.replaceChildren(...header.layers.map(drawn));
      return;
    }
    const names = header.layers.map(one => one.name);
    host.chosen = Math.max(0, names.indexOf(host.chosenName));
    const choice = layerChoice("Kernels of", header.layers, host.chosen, place => {
      host.chosenName = names[place];
      host.lastChild.replaceWith(drawn(header.layers[place]));
    });
    host.replaceChildren(choice, drawn(header.layers[host.chosen]));
  };
  host.onpointerenter = () => {
    if (host.dark !== isDark(host)) draw();
  };
  if (host.sign === header.sign) return;
  host.sign = header.sign;
  draw();
}
