// One picture as numbers in a row, and the same numbers laid out again in rows of another length.
const ACROSS = 320; // px of a drawing, before large type
const NEIGHBOURS = 2; // values shown on each side of the one under the pointer

function pixelsOf(image) {
  const canvas = element("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height).data;
}

// The flat vector: row after row, in each pixel after pixel, in each channel after channel.
function flattened(bytes, channels) {
  const values = new Uint8Array((bytes.length / 4) * channels);
  for (let pixel = 0; pixel < bytes.length / 4; pixel++)
    for (let channel = 0; channel < channels; channel++)
      values[pixel * channels + channel] = bytes[pixel * 4 + channel];
  return values;
}

// The vector in rows of `width` pixels; what is left at the end fills no row and is not drawn.
function lay(canvas, values, width, channels) {
  const height = Math.max(1, Math.floor(values.length / channels / width));
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d"),
    image = context.createImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++)
      image.data[pixel * 4 + channel] = values[pixel * channels + (channels === 1 ? 0 : channel)];
    image.data[pixel * 4 + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  const room = ACROSS * rem(),
    times = width <= room ? Math.floor(room / width) : room / width;
  canvas.style.width = `${width * times}px`;
  canvas.style.height = `${height * times}px`;
}

// The values around one place of the vector, each with its index.
function strip(place, values, at, channels) {
  const first = clamp(at - NEIGHBOURS * channels, 0, Math.max(0, values.length - 1)),
    last = Math.min(values.length, at + (NEIGHBOURS + 1) * channels);
  const cells = [];
  for (let index = first; index < last; index++) {
    const cell = element("span", index >= at && index < at + channels ? "cell on" : "cell");
    cell.append(element("b", "", String(values[index])), element("small", "", grouped(index)));
    cells.push(cell);
  }
  const before = first > 0 ? element("span", "dots", "…") : null,
    after = last < values.length ? element("span", "dots", "…") : null;
  place.replaceChildren(...[before, ...cells, after].filter(Boolean));
}

function words(width, data) {
  const rows = Math.floor((data.width * data.height) / width),
    left = data.width * data.height - rows * width;
  if (width === data.width) return `Reshape((${data.height}, ${data.width}, ${data.channels})): the picture is back.`;
  const lost = left ? ` ${counted(left, "pixel")} fill no row: Keras refuses such a shape.` : "";
  const same = `Rows of ${counted(width, "pixel")}: the same numbers in the same order, and no picture`;
  return `${same}: only the shape knows where a row ends.${lost}`;
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".flatten"),
    canvas = root.querySelector("canvas"),
    slider = root.querySelector("input"),
    place = root.querySelector(".strip"),
    said = root.querySelector("p"),
    where = root.querySelector(".where");
  const image = new Image();
  let values = null;
  const at = (row, column) => {
    const pixel = row * Number(slider.value) + column,
      index = pixel * data.channels;
    if (!values || index >= values.length) return;
    const line = Math.floor(pixel / data.width);
    where.textContent = `pixel ${grouped(pixel)} = row ${line} x ${data.width} + column ${pixel % data.width}`;
    strip(place, values, index, data.channels);
  };
  const draw = () => {
    if (!values) return;
    lay(canvas, values, Number(slider.value), data.channels);
    said.textContent = words(Number(slider.value), data);
    root.querySelector("output").textContent = slider.value;
    at(0, 0);
  };
  slider.min = Math.max(1, Math.floor(data.width / 2));
  slider.max = data.width * 2;
  slider.value = data.width;
  slider.oninput = draw;
  canvas.onpointermove = event => {
    const box = canvas.getBoundingClientRect();
    const column = clamp(Math.floor(((event.clientX - box.left) / box.width) * canvas.width), 0, canvas.width - 1),
      row = clamp(Math.floor(((event.clientY - box.top) / box.height) * canvas.height), 0, canvas.height - 1);
    at(row, column);
  };
  image.onload = () => {
    values = flattened(pixelsOf(image), data.channels);
    draw();
  };
  image.src = data.uri;
  return () => {
    slider.oninput = canvas.onpointermove = image.onload = null;
  };
}
