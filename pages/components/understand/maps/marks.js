// Maps on the screen: as tiles that tell which pixel is pointed at, with frames over them that are taken off together.
class Marks {
  constructor() {
    this.undo = [];
  }

  // Puts a frame over a part of a tile, or around all of it.
  frame(tile, box, kind, opacity = 1) {
    const { zoom, firstChild: canvas } = tile;
    const frame = element("div", `frame ${kind}`);
    const [y0, y1, x0, x1] = box ?? [0, canvas.height, 0, canvas.width];
    Object.assign(frame.style, {
      top: `${y0 * zoom}px`,
      left: `${x0 * zoom}px`,
      height: `${(y1 - y0) * zoom}px`,
      width: `${(x1 - x0) * zoom}px`,
      opacity,
    });
    tile.append(frame);
    this.undo.push(() => frame.remove());
  }

  clear() {
    for (const undo of this.undo) undo();
    this.undo = [];
  }
}

// Values as a tile of so many px per value, which it remembers: a frame needs no layout of the page.
function tileOf(values, { h, w }, zoom, limit, dark, kind = "") {
  const canvas = element("canvas");
  paint(canvas, values, h, w, limit, dark);
  place(canvas, h, w, zoom);
  return Object.assign(element("div", `tile ${kind}`.trim(), canvas), { zoom });
}

// Row and column of a tile's pixel under the pointer.
function pixelAt(event, tile) {
  const canvas = tile.firstChild;
  const box = canvas.getBoundingClientRect();
  const inside = (value, count) => Math.max(0, Math.min(count - 1, Math.floor(value * count)));
  return [
    inside((event.clientY - box.top) / box.height, canvas.height),
    inside((event.clientX - box.left) / box.width, canvas.width),
  ];
}

// The picture itself, its longer side at most so many px.
function imageTile(network, side) {
  const [h, w, channels] = network.picture.shape;
  const values = network.pixels();
  const canvas = element("canvas");
  Object.assign(canvas, { width: w, height: h });
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(w, h);
  for (let i = 0; i < h * w; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = values[i * channels + (channels === 3 ? c : 0)];
    image.data[4 * i + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
  const zoom = zoomOf(Math.max(h, w), side);
  place(canvas, h, w, zoom);
  return Object.assign(element("div", "tile picture", canvas), { zoom });
}

// Hides what comes after a pixel, in reading order; null shows everything.
function cover(tile, at) {
  tile.querySelector(".cover")?.remove();
  if (!at) return;
  const { zoom, firstChild: canvas } = tile;
  const [top, bottom, right] = [at[0] * zoom, (at[0] + 1) * zoom, (at[1] + 1) * zoom];
  const [w, h] = [canvas.width * zoom, canvas.height * zoom];
  const node = element("div", "cover");
  const corners = [
    [right, top],
    [w, top],
    [w, h],
    [0, h],
    [0, bottom],
    [right, bottom],
  ];
  node.style.clipPath = `polygon(${corners.map(([x, y]) => `${x}px ${y}px`).join(",")})`;
  tile.append(node);
}
