// How compared runs are told apart: one hue for validation and one for training, and for each run a dash, a lightness
// and, where it is drawn, its name.
const DASHES = ["", "9 4", "2 3", "10 3 2 3", "5 3", "14 4 2 4 2 4", "1 5", "16 5"];
const DEEPEST = 58; // % of black on a light page, of white on a dark one: the hue is still seen

// How far a run's line goes from its hue: two are told apart by their dashes, more by lightness too.
const shadeOf = (place, count) => `${count > 2 ? Math.round((DEEPEST * place) / (count - 1)) : 0}%`;

function dashSample(place, count) {
  const sample = svg("svg", { class: "dash", viewBox: "0 0 34 8", width: 34, height: 8, "aria-hidden": "true" });
  addSvg(sample, "line", { x1: 0, x2: 34, y1: 4, y2: 4, "stroke-dasharray": DASHES[place] });
  sample.style.setProperty("--shade", shadeOf(place, count));
  return sample;
}
