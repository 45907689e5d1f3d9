// The loss over the steps: of the shown start, step by step; faint, of the others.
const CURVE_POINTS = 400;

class LossCurve {
  // onGo(step): a click on the curve.
  constructor(onGo) {
    const label = "Loss over the steps; faint: the other starts";
    this.plot = new Plot({ label, x: { low: 0, high: 100, label: "step" }, y: { low: 0, high: 1, label: "" } });
    this.plot.node.onclick = event => onGo(Math.round(this.plot.units(event)[0]));
    const line = (name, text) => element("span", name, element("i"), text);
    const key = [
      line("mine", "this start"),
      line("learned", "others that learn it"),
      line("stuck", "others that don't"),
    ];
    this.nodes = [element("div", "keyed", ...key), this.plot.node];
  }

  lay(width, { steps, ran, loss }) {
    const high = ran ? RAN : Math.max(0.9, Math.min(RAN, 1.05 * loss[0]));
    this.plot.frame({
      width,
      height: 200 * rem(),
      x: { low: 0, high: 1.04 * steps, label: "step" },
      y: { low: 0, high, label: "" },
    });
  }

  show(film, at) {
    const points = film.curve(CURVE_POINTS);
    if (film.ran) points.push([film.at, Math.min(RAN, film.loss[film.at])]);
    this.plot.line("ln2", [
      [0, LN2],
      [film.steps, LN2],
    ]);
    this.plot.line("mine", points);
    this.plot.dots("now", [[at, Math.min(RAN, film.loss[at])]], 5);
  }

  showOthers(finished) {
    const { plot } = this,
      // a gap after each
      faint = ({ curve }) => [...curve.map(([at, loss]) => [at, Math.min(plot.y.high, loss)]), [NaN, NaN]];
    plot.line("others stuck", finished.filter(one => !one.learned).flatMap(faint));
    plot.line("others learned", finished.filter(one => one.learned).flatMap(faint));
    // over the faint ones
    for (const name of ["ln2", "mine", "now"]) if (plot.parts.has(name)) plot.inside.append(plot.parts.get(name));
  }
}
