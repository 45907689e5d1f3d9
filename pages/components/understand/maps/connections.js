// What runs between the layers: a sparse skeleton that is always seen, and the connections of what is pointed at.
// Everything is laid out once per drawing; a move of the pointer sets a few paths and asks the page for no layout.
const SAMPLES = [5, 3]; // connections of the skeleton at each end of a layer; of a long network the second
const LONG = 60; // layers
const TRACK = 8; // px between connections that pass a region by
const MOST_TRACKS = 6; // beyond which they share one
const LEVELS = 4; // thicknesses of connections
const VEIL = 0.72; // how much of what does not matter is hidden

class Connections {
  // overview: laid out on the page; its tiles are never moved until the next drawing.
  constructor(overview) {
    Object.assign(this, { overview, network: overview.network, graph: overview.graph });
    this.skeleton = svg("path", { class: "skeleton" });
    this.veil = svg("path", { class: "veil", "fill-rule": "evenodd", opacity: VEIL });
    this.lit = [];
    for (const sign of ["negative", "plain", "positive"])
      for (let level = 0; level < LEVELS; level++) this.lit.push(svg("path", { class: `lit ${sign} level${level}` }));
    this.halo = svg("path", { class: "windows halo" });
    this.windows = svg("path", { class: "windows" });
    this.around = svg("path", { class: "around" });
    this.behind = svg("svg", { class: "wires behind", "aria-hidden": "true" }, this.skeleton);
    const front = [this.veil, ...this.lit, this.halo, this.windows, this.around];
    this.front = svg("svg", { class: "wires front", "aria-hidden": "true" }, ...front);
    overview.columns.prepend(this.behind);
    overview.columns.append(this.front);
  }

  // Measures where everything stands, and draws the skeleton.
  lay() {
    const { columns, tiles, imageTile } = this.overview;
    for (const one of [this.behind, this.front]) one.style.width = one.style.height = "0";
    const origin = columns.getBoundingClientRect();
    const [left, top] = [origin.left - columns.scrollLeft, origin.top - columns.scrollTop];
    const boxOf = node => {
      const box = node.getBoundingClientRect();
      return { x: box.left - left, y: box.top - top, w: box.width, h: box.height };
    };
    this.boxes = this.network.steps.slice(0, -1).map((step, layer) => {
      if (!layer) return boxOf(imageTile.firstChild);
      if (!step.shown) return { x: 0, y: 0, w: 0, h: 0 };
      return boxOf(step.isMap ? tiles[layer][step.first].parentElement : tiles[layer][0].firstChild);
    });
    this.bottoms = [...columns.querySelectorAll(".region")].map(node => {
      const box = boxOf(node);
      return box.y + box.h - (Number.parseFloat(node.style.paddingBottom) || 0);
    });
    for (const one of [this.behind, this.front]) {
      one.style.width = `${columns.scrollWidth}px`;
      one.style.height = `${columns.scrollHeight}px`;
    }
    this.gap = this.overview.gap;
    this.skeleton.setAttribute("d", this.skeletonPath());
  }

  // Where a map, or a value of a flat layer, is drawn; null where it is not.
  cell(layer, m) {
    const step = this.network.steps[layer];
    const box = this.boxes[layer];
    if (!layer) return box;
    if (!this.network.has(layer, m)) return null;
    const at = m - step.first;
    if (!step.isMap) {
      const { rows, side } = this.overview.layouts[layer];
      return { x: box.x + Math.floor(at / rows) * side, y: box.y + (at % rows) * side, w: side, h: side };
    }
    const { across, zoom } = this.overview.layouts[layer];
    const [w, h] = [step.w * zoom, step.h * zoom];
    // Lines from cells side by side begin below each other, so that none hides another.
    const begin = ((at % across) + 1) / (across + 1);
    return { x: box.x + (at % across) * (w + GAP), y: box.y + Math.floor(at / across) * (h + GAP), w, h, at: begin };
  }

  // ---- the way from one place to another

  // From the right side of a cell to the left side of another, around the layers between them.
  way(source, from, layer, to) {
    const [x0, y0] = [from.x + from.w, from.y + from.h * (from.at ?? 1 / 2)];
    const [x1, y1] = [to.x, to.y + to.h / 2];
    const { ranks } = this.graph;
    const out = this.boxes[source].x + this.boxes[source].w;
    if (ranks[layer] - ranks[source] <= 1) return `M${x0} ${y0}H${out}${curve(out, y0, x1, y1)}`;
    const start = out + this.gap;
    const end = Math.max(start, this.boxes[layer].x - this.gap);
    if (this.isOver(source, layer)) return `M${x0} ${y0}H${end}${curve(end, y0, x1, y1)}`;
    const low = this.trackOf(source, layer);
    return `M${x0} ${y0}H${out}${curve(out, y0, start, low)}H${end}${curve(end, low, x1, y1)}`;
  }

  // The height at which a connection passes the layers between its ends: beside its own branch where that is over,
  // else under all of them.
  trackOf(source, layer) {
    const { places, regions, tracks } = this.graph;
    const [from, to] = [places[source], places[layer]];
    const first = from.column === regions[from.region].columns - 1 ? from.region + 1 : from.region;
    const last = to.column === 0 ? to.region - 1 : to.region;
    const passed = this.bottoms.slice(first, Math.max(first, last) + 1);
    const track = tracks.get(`${source} ${layer}`);
    return Math.max(...passed, this.bottoms[from.region]) + 10 + TRACK * (track % MOST_TRACKS);
  }

  // Whether nothing stands right of a layer in its branch, up to a layer that it is connected with.
  isOver(source, layer) {
    const { places } = this.graph;
    const [from, to] = [places[source], places[layer]];
    const isBetween = one => one.region === from.region && one.lane === from.lane && one.column > from.column;
    const isBefore = one => one.region < to.region || one.column < to.column;
    const isNear = to.region === from.region || (to.region === from.region + 1 && to.column === 0);
    return isNear && !places.some(one => isBetween(one) && isBefore(one));
  }

  skeletonPath() {
    const { steps } = this.network;
    const most = SAMPLES[steps.length > LONG ? 1 : 0];
    const found = [];
    for (let layer = 1; layer < steps.length - 1; layer++)
      for (const m of this.firstColumn(layer, most))
        for (const { source, maps } of this.network.reads(layer, m, 0, 0))
          for (const c of maps ?? this.lastColumn(source, most - 1)) {
            const [from, to] = [this.cell(source, c), this.cell(layer, m)];
            if (from && to) found.push(this.way(source, this.atEdge(source, from), layer, to));
          }
    return found.join("");
  }

  // The skeleton begins beside the maps, not within them.
  atEdge(source, from) {
    const box = this.boxes[source];
    return { ...from, x: box.x, w: box.w, at: 1 / 2 };
  }

  // Maps, or values, at the left side of a layer, spread over its height.
  firstColumn(layer, most) {
    const { first, shown } = this.network.steps[layer];
    if (!shown) return [];
    const [rows, across, isDown] = this.rows(layer);
    return spread(rows, most).map(row => first + (isDown ? row : row * across));
  }

  lastColumn(layer, most) {
    const step = this.network.steps[layer];
    if (!step.shown) return [];
    const [rows, across, isDown] = this.rows(layer);
    const last = row =>
      isDown
        ? row + Math.floor((step.shown - 1 - row) / rows) * rows
        : Math.min(step.shown - 1, (row + 1) * across - 1);
    return layer ? spread(rows, most).map(row => step.first + last(row)) : [0];
  }

  // Rows of a layer's cells, cells side by side, and whether they are filled column by column.
  rows(layer) {
    const step = this.network.steps[layer];
    if (!layer) return [1, 1, false];
    const { rows, across } = this.overview.layouts[layer];
    return step.isMap ? [Math.ceil(step.shown / across), across, false] : [rows, across, true];
  }

  // ---- what is pointed at

  // Shows what feeds a map: its connections, everything else behind a veil.
  light(layer, m, reads) {
    const paths = this.lit.map(() => []);
    const holes = [];
    const to = this.cell(layer, m);
    if (to) holes.push(to);
    for (const { source, maps } of reads) {
      const signs = maps ? null : this.signs(layer, m);
      for (const c of maps ?? this.all(source)) {
        const from = this.cell(source, c);
        if (!from || !to) continue;
        if (source && this.network.steps[source].isMap) holes.push(from);
        paths[signs ? levelOf(signs[c] ?? 0) : LEVELS + 1].push(this.way(source, from, layer, to));
        if (!source) break; // the picture is one
      }
    }
    this.lit.forEach((path, i) => path.setAttribute("d", paths[i].join("")));
    this.around.setAttribute("d", to ? outline(to) : "");
    this.veil.setAttribute("d", this.veiled(holes));
    this.behind.classList.add("quiet");
  }

  // Maps of a layer that stand on the page; of values only so many that lines can be told.
  all(source) {
    const { first, shown, isMap } = this.network.steps[source];
    const places = isMap ? [...Array(shown).keys()] : spread(shown, 24);
    return places.map(place => first + place);
  }

  // For each input map how strongly this map listens, -1 to 1, below zero where its kernel takes away; null unknown.
  signs(layer, m) {
    const strengths = this.network.strengths(layer, m);
    return strengths?.map((size, c) => {
      const weights = this.network.kernel(layer, m, c - this.network.before(layer).first);
      return weights.reduce((sum, w) => sum + w, 0) < 0 ? -size : size;
    });
  }

  // Frames around the values that one pixel reads: [source, m, box] each.
  frame(windows) {
    const d = windows.map(([source, m, box]) => this.boxPath(source, m, box)).join("");
    this.halo.setAttribute("d", d);
    this.windows.setAttribute("d", d);
  }

  boxPath(source, m, [y0, y1, x0, x1]) {
    const cell = this.cell(source, m);
    if (!cell || !source) return "";
    const { zoom } = this.overview.layouts[source];
    const [w, h] = [Math.max(3, (x1 - x0) * zoom), Math.max(3, (y1 - y0) * zoom)];
    return outline({ x: cell.x + x0 * zoom, y: cell.y + y0 * zoom, w, h });
  }

  // All layers that are seen, but not some cells.
  veiled(holes) {
    const { scrollLeft, clientWidth } = this.overview.columns;
    const seen = this.boxes.filter((box, i) => i && box.x + box.w > scrollLeft && box.x < scrollLeft + clientWidth);
    const grown = ({ x, y, w, h }) => ({ x: x - 2, y: y - 2, w: w + 4, h: h + 4 });
    return [...seen.map(grown), ...holes].map(outline).join("");
  }

  // Hides all but some values.
  veilAllBut(places) {
    this.veil.setAttribute("d", this.veiled(places.map(([layer, m]) => this.cell(layer, m)).filter(Boolean)));
    this.behind.classList.add("quiet");
  }

  clear() {
    for (const path of [...this.lit, this.halo, this.windows, this.around, this.veil]) path.removeAttribute("d");
    this.behind.classList.remove("quiet");
  }
}

const outline = ({ x, y, w, h }) => `M${x} ${y}h${w}v${h}h${-w}z`;

function curve(x0, y0, x1, y1) {
  const bend = Math.max(10, (x1 - x0) / 2);
  return `C${x0 + bend} ${y0} ${x1 - bend} ${y1} ${x1} ${y1}`;
}

// At most so many of the numbers below a count, evenly.
function spread(count, most) {
  if (count <= most) return [...Array(count).keys()];
  return Array.from({ length: most }, (_, i) => Math.round((i * (count - 1)) / Math.max(1, most - 1)));
}

// The path for a strength from -1 to 1.
function levelOf(strength) {
  const level = Math.min(LEVELS - 1, Math.floor(Math.abs(strength) * LEVELS));
  return strength < 0 ? level : 2 * LEVELS + level;
}
