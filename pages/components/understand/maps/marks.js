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

// All maps of a layer on one canvas: hundreds of canvases would take too long to be drawn for each move of the pointer.
// layout: see mapLayout. limitOf: gives the value with full colour by map. border: a colour.
function mapSheet(step, { zoom, across }, limitOf, dark, border) {
  const [w, h] = [step.w * zoom, step.h * zoom];
  const rows = Math.ceil(step.shown / across);
  const [wide, high] = [across * (w + GAP) - GAP + 2, rows * (h + GAP) - GAP + 2];
  const sheet = element("canvas", "sheet");
  const scale = window.devicePixelRatio;
  Object.assign(sheet, { width: Math.ceil(wide * scale), height: Math.ceil(high * scale) });
  Object.assign(sheet.style, { width: `${wide}px`, height: `${high}px` });
  const pen = sheet.getContext("2d");
  pen.scale(scale, scale);
  pen.imageSmoothingEnabled = zoom < 1;
  pen.fillStyle = border;
  const one = element("canvas");
  for (let i = 0; i < step.shown; i++) {
    const [x, y] = [1 + (i % across) * (w + GAP), 1 + Math.floor(i / across) * (h + GAP)];
    paint(one, step.map(step.first + i), step.h, step.w, limitOf(step.first + i), dark);
    pen.fillRect(x - 1, y - 1, w + 2, h + 2);
    pen.clearRect(x, y, w, h);
    pen.drawImage(one, x, y, w, h);
  }
  return sheet;
}

// The place of a map on its sheet, as a tile without a picture of its own.
function placeOn({ h, w }, zoom) {
  const place = Object.assign(element("i", "place"), { width: w, height: h });
  Object.assign(place.style, { width: `${w * zoom}px`, height: `${h * zoom}px` });
  return Object.assign(element("div", "tile", place), { zoom });
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
