// The pictures of filters: weights as signed planes, and parts of sheets, each at a whole multiple.
const DIVISION = 1; // px between two planes

// The weights of one filter, as many planes as it has side by side; three colours as a colour picture before them.
class KernelPicture {
  constructor(kernel, at) {
    Object.assign(this, kernel);
    [this.planeCount, this.rows, this.columns] = kernel.shape;
    this.values = at(kernel.planes, this.planeCount * this.rows * this.columns);
  }

  draw(side, dark, limit = largest(this.values)) {
    const box = element("span", "kernel");
    if (this.colours) box.append(colourKernel(this.values, this.rows, this.columns, side));
    else box.append(planesPicture(this.values, this.shape, side, dark, limit));
    box.title = this.words();
    return box;
  }

  words() {
    const what = this.colours ? "its three colours together, mid grey is zero" : `from ${counted(this.count, "input")}`;
    const cut = this.planeCount < this.count ? `: the ${this.planeCount} strongest are shown` : "";
    return `${this.rows}×${this.columns} weights, ${what}${cut}`;
  }
}

// Planes in a grid that is as nearly square as may be, within `side` px.
function planesPicture(values, [count, rows, columns], side, dark, limit) {
  const across = Math.ceil(Math.sqrt((count * rows) / columns)),
    down = Math.ceil(count / across);
  const zoom = Math.max(
    1,
    Math.floor(Math.min((side - DIVISION * across) / (across * columns), (side - DIVISION * down) / (down * rows))),
  );
  const canvas = element("canvas", "crisp planes"),
    pen = canvas.getContext("2d"),
    tile = element("canvas");
  const [wide, tall] = [columns * zoom + DIVISION, rows * zoom + DIVISION];
  canvas.width = across * wide - DIVISION;
  canvas.height = down * tall - DIVISION;
  pen.imageSmoothingEnabled = false;
  for (let i = 0; i < count; i++) {
    const x = (i % across) * wide,
      y = Math.floor(i / across) * tall;
    paint(tile, values.subarray(i * rows * columns, (i + 1) * rows * columns), rows, columns, limit, dark);
    pen.drawImage(tile, x, y, columns * zoom, rows * zoom);
    if (count > 1) {
      pen.fillStyle = dark ? "rgba(148,163,184,.3)" : "rgba(100,116,139,.25)";
      pen.fillRect(x + columns * zoom, y, DIVISION, tall);
      pen.fillRect(x, y + rows * zoom, wide, DIVISION);
    }
  }
  return canvas;
}

function colourKernel(values, rows, columns, side) {
  const canvas = element("canvas", "crisp planes"),
    pen = canvas.getContext("2d"),
    area = rows * columns,
    most = largest(values);
  canvas.width = columns;
  canvas.height = rows;
  const image = pen.createImageData(columns, rows);
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = 127.5 * (1 + values[c * area + i] / most);
    image.data[4 * i + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
  const zoom = Math.max(1, Math.floor(side / Math.max(rows, columns)));
  canvas.style.width = `${columns * zoom}px`;
  canvas.style.height = `${rows * zoom}px`;
  return canvas;
}

// Picture `i` of a sheet, at most `side` px; all of one sheet are enlarged alike.
function fromSheet(sheet, i, side) {
  const node = element("span", "shot"),
    [width, height] = sheet.size,
    [rows, columns] = sheet.sizes[i];
  const zoom = zoomOf(Math.max(width, height), side);
  Object.assign(node.style, {
    width: `${columns * zoom}px`,
    height: `${rows * zoom}px`,
    backgroundImage: `url("${sheet.uri}")`,
    backgroundSize: `${sheet.columns * width * zoom}px auto`,
    backgroundPosition: `-${(i % sheet.columns) * width * zoom}px -${Math.floor(i / sheet.columns) * height * zoom}px`,
  });
  node.classList.toggle("crisp", zoom >= 1);
  return node;
}

// The same with a frame around a part of it, told in px of the image.
function framed(sheet, i, side, [top, bottom, left, right], [height, width]) {
  const node = fromSheet(sheet, i, side);
  if (bottom === top || right === left) return node; // it sees padding only
  const frame = element("i", "frame"),
    share = (part, all) => `${(100 * part) / all}%`;
  Object.assign(frame.style, {
    top: share(top, height),
    left: share(left, width),
    width: share(right - left, width),
    height: share(bottom - top, height),
  });
  node.append(frame);
  return node;
}

// Means per class as small bars from zero, the highest one coloured.
function classBars(means, width, height) {
  const known = means.map(mean => mean ?? 0),
    low = Math.min(0, ...known),
    high = Math.max(0, ...known),
    span = high - low || 1,
    best = known.indexOf(Math.max(...known)),
    step = width / means.length;
  const picture = svg("svg", { width, height, class: "class-bars", role: "img" });
  known.forEach((mean, i) => {
    const y = (high - Math.max(0, mean)) / span;
    const part = { x: i * step, y: y * height, width: Math.max(1, step - 1), height: (Math.abs(mean) / span) * height };
    addSvg(picture, "rect", { ...part, class: i === best && high > low ? "best" : "" });
  });
  return picture;
}
