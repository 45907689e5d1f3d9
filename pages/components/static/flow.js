// Draws an experiment from left to right: pictures, layers as boxes that narrow, classes.
const TALLEST = 92, DEEPEST = 56;

function box(layer, widest) {
  const place = document.createElement("div"), shape = document.createElement("i");
  const name = document.createElement("b"), size = document.createElement("span");
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
  return picture;
}

export default function ({ data, parentElement }) {
  const [samples, layers, classes] = parentElement.querySelector(".flow").children;
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
  classes.replaceChildren(...data.classes.map(name => Object.assign(document.createElement("div"), { textContent: name })));
}
