// Draws an experiment from left to right: pictures, layers as boxes that narrow, classes.
const TALLEST = 112,
  DEEPEST = 60,
  SAMPLE = 32; // px, in usual type

function box(layer, widest) {
  const shape = element("i");
  const [side, depth] = layer.size;
  shape.style.height = `${Math.max(6, (side / widest) * TALLEST) * rem()}px`;
  shape.style.width = `${Math.max(6, Math.min(DEEPEST, 5 * Math.log2(1 + depth))) * rem()}px`;
  return element("div", "layer", shape, element("b", "", layer.name), element("span", "", layer.shape));
}

function sample(source) {
  const picture = element("img");
  picture.src = source;
  picture.alt = "";
  // Pixels are shown at a whole multiple of their size, so that each stays a square.
  picture.onload = () => {
    const room = SAMPLE * rem(),
      times = Math.max(1, Math.floor(room / Math.max(picture.naturalWidth, picture.naturalHeight)));
    if (picture.naturalWidth <= room) picture.style.width = picture.style.height = `${picture.naturalWidth * times}px`;
  };
  return picture;
}

export default function ({ data, parentElement }) {
  const [samples, layers, classes] = ["samples", "layers", "classes"].map(name =>
    parentElement.querySelector(`.${name}`),
  );
  const drawn = JSON.stringify([data, rem()]);
  if (samples.dataset.drawn === drawn) return;
  samples.dataset.drawn = drawn;
  samples.replaceChildren(...data.samples.map(sample));
  if (!data.samples.length) {
    samples.append(element("p", "", "These pictures are made ready when you first train or open the Data page."));
  }
  const widest = Math.max(...data.layers.map(layer => layer.size[0]), 1);
  layers.replaceChildren(...data.layers.map(layer => box(layer, widest)));
  classes.replaceChildren(...data.classes.map(name => element("div", "", name)));
}
