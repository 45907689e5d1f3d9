// From the last layer to the answers, which stand outside of the columns that scroll: a fan, and the terms of a class.
const FAN = 12; // lines of the fan
const TERMS_DRAWN = 24; // of a class, the largest

class AnswerWires {
  // overview: laid out on the page, the answers beside the columns.
  constructor(overview) {
    Object.assign(this, { overview, network: overview.network });
    this.fan = svg("path", { class: "skeleton" });
    this.lit = ["negative", "positive"].map(sign => svg("path", { class: `lit ${sign} level2` }));
    this.node = svg("svg", { class: "wires out", "aria-hidden": "true" }, this.fan, ...this.lit);
    overview.node.append(this.node);
    overview.columns.addEventListener("scroll", () => this.later());
  }

  // The sides of both ends, in px of the overview: anew after a scroll, once per frame.
  later() {
    this.asked ??= requestAnimationFrame(() => {
      this.asked = null;
      if (this.node.isConnected) this.lay();
    });
  }

  lay() {
    const { columns, node, answer } = this.overview;
    if (!node.classList.contains("wide")) return;
    const [whole, shown] = [node, columns].map(one => one.getBoundingClientRect());
    this.shift = { x: shown.left - whole.left - columns.scrollLeft, y: shown.top - whole.top };
    this.end = shown.right - whole.left;
    const rows = [...answer.querySelectorAll("[data-class]")];
    this.rows = new Map(
      rows.map(row => {
        const box = row.getBoundingClientRect();
        return [+row.dataset.class, { x: box.left - whole.left - 3, y: (box.top + box.bottom) / 2 - whole.top }];
      }),
    );
    const places = [...this.rows.values()];
    const { connections } = this.overview;
    const [source] = this.network.steps.at(-1).sources;
    const starts = connections.lastColumn(source, 4);
    const ends = spread(places.length, FAN / 2).map(i => places[i]);
    this.fan.setAttribute("d", starts.flatMap(m => ends.map(to => this.way(source, m, to))).join(""));
  }

  // From a value of a layer to a place beside an answer; from outside of what is seen it begins at the side.
  way(source, m, to) {
    const { connections } = this.overview;
    const [cell, box] = [connections.cell(source, m), connections.boxes[source]];
    if (!cell) return "";
    const side = Math.min(this.end, box.x + box.w + this.shift.x);
    const x = Math.min(side, cell.x + cell.w + this.shift.x);
    const y = cell.y + cell.h / 2 + this.shift.y;
    return `M${x} ${y}H${side}${curve(side, y, to.x, to.y)}`;
  }

  // The largest terms of a class, by their signs.
  light(index) {
    const { sum } = this.network.answer;
    const to = this.rows?.get(index);
    if (!sum || !to) return [];
    const terms = termsFor(this.network, sum, index).slice(0, TERMS_DRAWN);
    const paths = [[], []];
    for (const { input, product } of terms) paths[+(product > 0)].push(this.way(sum.source, input, to));
    this.lit.forEach((path, i) => path.setAttribute("d", paths[i].join("")));
    return terms;
  }

  // While something is pointed at, the fan steps back.
  hush(isQuiet) {
    this.fan.classList.toggle("quiet", isQuiet);
  }

  clear() {
    for (const path of this.lit) path.removeAttribute("d");
    this.hush(false);
  }
}
