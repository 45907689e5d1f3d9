// How compared runs are told apart: one hue for validation and one for training, a dash for each run.
const DASHES = ["", "9 4", "2 3", "10 3 2 3", "5 3", "14 4 2 4 2 4", "1 5", "16 5"];
const SVG_NS = "http://www.w3.org/2000/svg";

function svg(tag, parent, attributes = {}, text) {
  const node = document.createElementNS(SVG_NS, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  parent?.appendChild(node);
  return node;
}

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function dashSample(place) {
  const sample = svg("svg", null, { class: "dash", viewBox: "0 0 34 8", width: 34, height: 8, "aria-hidden": "true" });
  svg("line", sample, { x1: 0, x2: 34, y1: 4, y2: 4, "stroke-dasharray": DASHES[place] });
  return sample;
}
