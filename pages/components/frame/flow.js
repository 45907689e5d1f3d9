// Draws an experiment from left to right: pictures, layers as boxes that narrow, classes.
const TALLEST = 112,
  DEEPEST = 60,
  SAMPLE = 32;

function box(layer, widest) {
  const place = document.createElement("div"),
    shape = document.createElement("i");
  const name = document.createElement("b"),
    size = document.createElement("span");
  place.className = "layer";
  const [side, depth] = layer.size;
  shape.style.height = `${Math.max(6, (side / widest) * TALLEST)}px`;
  shape.style.width = `${Math.max(6, Math.min(DEEPEST, 5 * Math.log2(1 + depth)))}px`;
  name.textContent = layer.name;
  size.textContent = layer.shape;
  place.append(shape, name, size);
  return place;
}

function sample(source) {
  const picture = document.createElement("img");
  picture.src = source;
  picture.alt = "";
  // Pixels are shown at a whole multiple of their size, so that each stays a square.
  picture.onload = () => {
    const times = Math.max(1, Math.floor(SAMPLE / Math.max(picture.naturalWidth, picture.naturalHeight)));
    if (picture.naturalWidth <= SAMPLE)
      picture.style.width = picture.style.height = `${picture.naturalWidth * times}px`;
  };
  return picture;
}

export default function ({ data, parentElement }) {
  const [samples, layers, classes] = ["samples", "layers", "classes"].map(name =>
    parentElement.querySelector(`.${name}`),
  );
  const drawn = JSON.stringify(data);
  if (samples.dataset.drawn === drawn) return;
  samples.dataset.drawn = drawn;
  samples.replaceChildren(...data.samples.map(sample));
  if (!data.samples.length) {
    const words = document.createElement("p");
    words.textContent = "These pictures are fetched when you first train or open the Data page.";
    samples.append(words);
  }
  const widest = Math.max(...data.layers.map(layer => layer.size[0]), 1);
  layers.replaceChildren(...data.layers.map(layer => box(layer, widest)));
  classes.replaceChildren(
    ...data.classes.map(name => Object.assign(document.createElement("div"), { textContent: name })),
  );
}
