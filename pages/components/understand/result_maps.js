// Maps of one size in a grid, or one map over the picture that it is about; the value under the pointer is told.
const LARGE = 64,
  ALONE = 360; // px that a map takes in a grid unless it is told, and alone

class Maps {
  constructor(host, { header, at }) {
    Object.assign(this, header);
    [this.height, this.width] = header.shape;
    this.host = host;
    this.area = this.height * this.width;
    this.all = at(header.maps, header.labels.length * this.area);
    this.limit = steady(`maps ${this.measure}`, largest(this.all));
    this.pixels = header.image && at(header.image.pixels, header.image.shape[0] * header.image.shape[1] * 3);
  }

  draw() {
    const dark = (this.host.dark = isDark(this.host)),
      grid = element("div", this.image ? "over" : "grid");
    this.said = element(
      "span",
      "said",
      `${isTouched() ? "Tap" : "Point at"} ${this.image ? "the picture" : "a map"} to read it.`,
    );
    this.labels.forEach((label, i) => grid.append(this.tile(label, i, dark)));
    const heading = element("div", "heading", element("b", "", this.measure), this.said, legend(this.limit, dark));
    this.host.replaceChildren(heading, grid);
  }

  tile(label, i, dark) {
    const canvas = element("canvas", "map"),
      figure = element("figure", "", canvas);
    const [high, wide] = this.image ? this.image.shape : [this.height, this.width];
    const side = this.image ? Math.min(ALONE, this.host.clientWidth) : (this.side ?? LARGE);
    const zoom = zoomOf(Math.max(high, wide), side);
    paint(canvas, this.all.subarray(i * this.area, (i + 1) * this.area), this.height, this.width, this.limit, dark);
    place(canvas, high, wide, zoom);
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${label || this.measure}: ${three(this.low(i))} to ${three(this.high(i))}`);
    canvas.onpointermove = event => this.say(event, canvas, label, i);
    if (this.image) figure.prepend(this.picture(high, wide, zoom));
    if (label) figure.append(element("figcaption", "", label));
    return figure;
  }

  // The picture below its map, in grey, so that only the map has colours.
  picture(high, wide, zoom) {
    const canvas = element("canvas", "below"),
      pen = canvas.getContext("2d");
    canvas.width = wide;
    canvas.height = high;
    const image = pen.createImageData(wide, high);
    for (let i = 0; i < high * wide; i++) {
      const [r, g, b] = this.pixels.subarray(3 * i, 3 * i + 3);
      image.data.fill(0.299 * r + 0.587 * g + 0.114 * b, 4 * i, 4 * i + 3);
      image.data[4 * i + 3] = 255;
    }
    pen.putImageData(image, 0, 0);
    place(canvas, high, wide, zoom);
    return canvas;
  }

  low(i) {
    return this.all.subarray(i * this.area, (i + 1) * this.area).reduce((a, b) => Math.min(a, b), Infinity);
  }

  high(i) {
    return this.all.subarray(i * this.area, (i + 1) * this.area).reduce((a, b) => Math.max(a, b), -Infinity);
  }

  say(event, canvas, label, i) {
    const box = canvas.getBoundingClientRect();
    const inside = (part, count) => Math.max(0, Math.min(count - 1, Math.floor(part * count)));
    const y = inside((event.clientY - box.top) / box.height, this.height);
    const x = inside((event.clientX - box.left) / box.width, this.width);
    const value = three(this.all[i * this.area + y * this.width + x]);
    this.said.replaceChildren(`${label ? `${label} · ` : ""}row ${y}, column ${x}: `, element("b", "", value));
  }
}

export default function ({ data, parentElement }) {
  const host = parentElement.querySelector(".result"),
    packet = unpack(data);
  if (host.sign === packet.header.sign) return;
  host.sign = packet.header.sign;
  const maps = new Maps(host, packet);
  host.onpointerenter = () => {
    if (host.dark !== isDark(host)) maps.draw();
  };
  maps.draw();
}
