// Two plots of all methods together, and a row for each: its areas, its map as the weights become random, what that
// says. A row that is pointed at, or has the focus, stands out in both plots.
const WIDE = 460,
  HIGH = 240, // px of a plot at most
  THUMB = 64; // px of a map

const two = value => value.toFixed(2).replace("-", "\u2212");

class Checks {
  constructor(host, { header, at }) {
    Object.assign(this, header, { host });
    for (const told of [this.chance, ...this.methods])
      for (const name of ["deletion", "insertion"]) told[name].points = this.points(told[name], at);
    for (const method of this.methods)
      for (const map of method.maps) {
        map.numbers = at(map.values, map.shape[0] * map.shape[1]);
        Object.assign(map, { signed: method.signed, limit: largest(map.numbers) });
      }
  }

  points({ values, count }, at) {
    return [...at(values, count)].map((y, i) => [i / (count - 1), y]);
  }

  draw() {
    this.dark = this.host.dark = isDark(this.host);
    this.plots = {
      deletion: this.plot("deletion", "pixels deleted, those marked most first"),
      insertion: this.plot("insertion", "pixels put back into the blurred image"),
    };
    const titled = (plot, words) => element("figure", "", element("figcaption", "", ...words), plot.node);
    this.rows = this.methods.map(method => this.row(method));
    this.host.replaceChildren(
      element(
        "div",
        "plots",
        titled(this.plots.deletion, [element("b", "", "Deletion"), " the sooner it falls, the better"]),
        titled(this.plots.insertion, [element("b", "", "Insertion"), " the sooner it rises, the better"]),
      ),
      element(
        "p",
        "key",
        element("span", "mark lit"),
        "the method that you point at",
        element("span", "mark"),
        "the others",
        element("span", "mark chance"),
        `pixels by chance: area ${this.chance.deletion.area.toFixed(3)}, ${this.chance.insertion.area.toFixed(3)}`,
      ),
      element("div", "rows", ...this.rows),
    );
    this.light(this.methods[0].kind);
    this.fit();
  }

  plot(name, label) {
    const words = `${name}: probability of ${this.name}`;
    return new Plot({ label: words, x: { low: 0, high: 1, label }, y: { low: 0, high: 1, label: "" } });
  }

  fit() {
    const r = rem(),
      room = this.host.clientWidth || WIDE;
    this.wide = room;
    for (const [name, plot] of Object.entries(this.plots)) {
      plot.frame({ width: Math.min(room, WIDE * r), height: HIGH * r });
      plot.line("chance", this.chance[name].points);
      for (const method of this.methods) plot.line(method.kind, method[name].points);
    }
    this.light(this.lit);
  }

  light(kind) {
    this.lit = kind;
    for (const plot of Object.values(this.plots)) {
      for (const [name, path] of plot.parts) path.classList.toggle("lit", name === kind);
      const path = plot.parts.get(kind);
      if (path) plot.inside.append(path); // above the others
    }
    this.rows.forEach((row, i) => row.classList.toggle("lit", this.methods[i].kind === kind));
  }

  row(method) {
    const areas = `deletion ${method.deletion.area.toFixed(3)} · insertion ${method.insertion.area.toFixed(3)}`,
      row = element(
        "div",
        "row",
        element("div", "who", element("b", "", method.name), element("span", "muted", areas)),
        element("div", "strip", ...method.maps.map((map, i) => this.thumb(method, map, i))),
        element("p", "", method.words),
      );
    row.tabIndex = 0;
    row.onpointerenter = row.onfocus = () => this.light(method.kind);
    return row;
  }

  thumb(method, map, i) {
    const canvas = element("canvas"),
      [high, wide] = map.shape,
      longest = Math.max(high, wide),
      room = THUMB * rem(),
      zoom = longest <= room ? Math.floor(room / longest) : room / longest;
    paintMap(canvas, map.numbers, map.shape, map, this.dark);
    place(canvas, high, wide, zoom);
    const words = i ? `random to ${this.cuts[i - 1]}` : "as trained";
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${method.name}, ${words}`);
    const alike = i
      ? [method.spearman[i - 1] === null ? "empty" : `ρ ${two(method.spearman[i - 1])}`, method.ssim[i - 1]]
      : null;
    return element(
      "figure",
      "",
      canvas,
      element("figcaption", "", ...(i ? ["random to ", ...breakable(this.cuts[i - 1])] : ["as trained"])),
      alike ? element("span", "muted", `${alike[0]} · SSIM ${two(alike[1])}`) : null,
    );
  }
}

const CHECKS = new WeakMap();

export default function ({ data, parentElement }) {
  const host = parentElement.querySelector(".checks"),
    packet = unpack(data);
  if (host.sign === packet.header.sign) return;
  host.sign = packet.header.sign;
  const checks = new Checks(host, packet);
  checks.draw();
  host.onpointerenter = () => host.dark !== isDark(host) && CHECKS.get(host)?.draw();
  if (!CHECKS.has(host))
    new ResizeObserver(() => {
      const now = CHECKS.get(host);
      if (now && now.wide !== host.clientWidth) now.fit();
    }).observe(host);
  CHECKS.set(host, checks);
}
