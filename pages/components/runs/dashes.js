// How compared runs are told apart: one hue for validation and one for training, a dash for each run.
const DASHES = ["", "9 4", "2 3", "10 3 2 3", "5 3", "14 4 2 4 2 4", "1 5", "16 5"];

function dashSample(place) {
  const sample = svg("svg", { class: "dash", viewBox: "0 0 34 8", width: 34, height: 8, "aria-hidden": "true" });
  addSvg(sample, "line", { x1: 0, x2: 34, y1: 4, y2: 4, "stroke-dasharray": DASHES[place] });
  return sample;
}
