// Level one: columns of maps from the picture to the answer; what is pointed at lights up with all that feeds it.
class Overview {
  // view: what it stands in; it knows the network, the colours and where words go.
  constructor(view) {
    Object.assign(this, { view, network: view.network, marks: new Marks(), now: null, pinned: null });
    const { steps } = this.network;
    this.graph = graphOf(steps);
    const isBeside = view.width >= BESIDE * rem();
    const room = view.width + (isBeside ? 0 : ANSWER * rem());
    [this.target, this.tall, this.wide, this.gap] = sizesFor(steps, this.graph, room);
    this.tiles = steps.map(() => []); // by layer and map; of a flat layer one, `grid`
    this.layouts = []; // by layer, see mapLayout and cellLayout
    this.columns = element("div", "columns", ...this.graph.regions.map(region => this.region(region)));
    this.columns.style.setProperty("--gap", `${this.gap}px`);
    this.connections = new Connections(this);
    const [open, point] = [index => view.openAnswer(index), index => this.lightAnswer(index)];
    this.answer = answerColumn(this.network, view.dark, open, point);
    const scroller = new Scroller(this.columns);
    this.node = element("div", `overview${isBeside ? " wide" : ""}`, scroller.node, this.answer);
    this.wires = new AnswerWires(this);
    this.node.style.setProperty("--minus", css(ends(view.dark).negative));
    this.node.style.setProperty("--plus", css(ends(view.dark).positive));
    this.node.onpointerleave = () => this.leave();
    // Between the tiles of a layer nothing changes; elsewhere nothing is pointed at any more.
    this.node.onpointerover = event => event.target.closest(".maps, .tile, .answers, .more") || this.leave();
    const first = this.tiles.flat()[0];
    if (first) first.tabIndex = 0;
  }

  // Once it stands on the page.
  lay() {
    this.connections.lay();
    this.wires.lay();
  }

  leave() {
    if (!this.now) return;
    this.clear();
    this.idle();
  }

  region({ layers, under }) {
    const { places } = this.graph;
    const sections = layers.map(layer => {
      const section = layer ? this.column(layer) : this.imageColumn();
      const { column, lane } = places[layer];
      Object.assign(section.style, { gridColumn: column + 1, gridRow: lane + 1 });
      section.dataset.layer = layer;
      if (!lane) section.prepend(...blockBand(this.network.steps, layer));
      return section;
    });
    const node = element("div", "region", ...sections);
    if (under) node.style.paddingBottom = `${10 + TRACK * Math.min(under, MOST_TRACKS)}px`;
    return node;
  }

  idle() {
    const canOpen = this.network.steps.some(step => step.isMap && step.link);
    this.view.said.replaceChildren(
      canOpen
        ? "Point at a map to see what feeds it. Click a map or an answer to take it apart."
        : "Point at a value to read it. Click an answer to take it apart.",
    );
    this.view.tellScale(this.view.scale === "network" ? this.view.limit(1, 0) : null);
  }

  // ---- the columns

  imageColumn() {
    const { shape, name } = this.network.picture;
    this.imageTile = imageTile(this.network, this.wide);
    this.imageTile.onpointermove = event => {
      this.clear();
      this.tellPixel(...pixelAt(event, this.imageTile));
    };
    const head = element(
      "div",
      "head",
      element("b", "", "Picture"),
      element("span", "", name),
      element("span", "shape", shape.join("×")),
      element("span", "range", "0 … 255"),
    );
    head.title = name;
    return element("section", "column", head, this.imageTile);
  }

  tellPixel(y, x) {
    const [, w, channels] = this.network.picture.shape;
    const pixels = this.network.pixels();
    const values = Array.from({ length: channels }, (_, c) => Math.round(pixels[(y * w + x) * channels + c]));
    const scaled = values.map(value => three(value / 255)).join(", ");
    this.view.said.replaceChildren(`picture · row ${y}, column ${x}: ${values.join(", ")} of 255, scaled to ${scaled}`);
  }

  column(layer) {
    const step = this.network.steps[layer];
    const values = step.isMap ? this.mapGrid(layer) : this.valueGrid(layer);
    const section = element("section", "column", columnHead(step), values);
    if (step.shown < step.count)
      section.append(element("div", "rest", `the first ${grouped(step.shown)} of ${grouped(step.count)}`));
    return section;
  }

  mapGrid(layer) {
    const step = this.network.steps[layer];
    const layout = mapLayout(step, this.target, tallFor(this.graph, layer, this.tall));
    const { zoom, across } = layout;
    this.layouts[layer] = layout;
    const grid = element("div", "maps");
    grid.style.gridTemplateColumns = `repeat(${across}, max-content)`;
    grid.dataset.across = across;
    for (let m = 0; m < step.shown; m++) grid.append(this.mapTile(layer, m, zoom));
    return grid;
  }

  mapTile(layer, m, zoom) {
    const step = this.network.steps[layer];
    const tile = tileOf(step.map(m), step, zoom, this.view.limit(layer, m), this.view.dark);

    tile.tabIndex = -1;
    Object.assign(tile.dataset, { layer, map: m });
    tile.setAttribute("role", "button");
    tile.setAttribute("aria-label", `${step.name}, map ${m + 1} of ${step.count}`);
    tile.onpointermove = event => event.pointerType !== "touch" && this.light(layer, m, ...pixelAt(event, tile));
    tile.onfocus = () => {
      if (tile.matches(":focus-visible")) this.light(layer, m, step.h >> 1, step.w >> 1);
    };
    // A key clicks nowhere: then it begins with the strongest pixel.
    tile.onclick = event => this.view.openMap(layer, m, event.detail ? pixelAt(event, tile) : null);
    this.tiles[layer][m] = tile;
    return tile;
  }

  // A flat layer as small cells, filled column by column.
  valueGrid(layer) {
    const step = this.network.steps[layer];
    const layout = cellLayout(step, tallFor(this.graph, layer, this.tall));
    const { side, rows, across } = layout;
    this.layouts[layer] = layout;
    const laid = new Float32Array(rows * across);
    for (let i = 0; i < step.shown; i++) laid[(i % rows) * across + Math.floor(i / rows)] = step.all[i];
    const size = { h: rows, w: across };
    const tile = tileOf(laid, size, side, this.view.limit(layer, 0), this.view.dark, "values");
    const range = `${three(step.low)} to ${three(step.high)}`;
    tile.setAttribute("role", "img");
    tile.setAttribute("aria-label", `${step.name}: ${counted(step.count, "value")} from ${range}`);
    tile.onpointermove = event => this.lightCell(layer, rows, ...pixelAt(event, tile));
    if (this.network.canOpen(layer, 0)) {
      tile.onclick = event => {
        const [y, x] = pixelAt(event, tile);
        this.view.openMap(layer, Math.min(step.shown - 1, x * rows + y));
      };
      tile.classList.add("opens");
    }
    Object.assign(tile, { rows, side });
    this.tiles[layer].grid = tile;
    return tile;
  }

  // ---- what feeds what

  clear() {
    this.marks.clear();
    this.connections.clear();
    this.wires.clear();
    this.now = null;
    this.lines = null;
  }

  lightCell(layer, rows, y, x) {
    const i = x * rows + y;
    if (i < this.network.steps[layer].shown) this.light(layer, i, 0, 0);
    else this.leave();
  }

  // Shows what feeds a value of a layer: connections of its map, windows of the pixel, its part of the picture.
  light(layer, m, y, x) {
    const now = `${layer} ${m} ${y} ${x}`;
    if (this.pinned || this.now === now) return;
    this.now = now;
    const reads = this.network.reads(layer, m, y, x);
    const lines = `${layer} ${m}`;
    if (this.lines !== lines) {
      this.wires.clear();
      this.wires.hush(true);
      this.connections.light(layer, m, reads);
      this.lines = lines;
    }
    const here = [y, y + 1, x, x + 1];
    const windows = reads.flatMap(({ source, maps, box }) => this.windows(source, maps, box));
    this.connections.frame(this.network.steps[layer].isMap ? [...windows, [layer, m, here]] : windows);
    const field = this.network.field(layer, m, here);
    this.marks.clear();
    if (field) this.marks.frame(this.imageTile, field, "field");
    this.view.say(layer, m, y, x, field);
    if (this.view.scale !== "network") this.view.tellScale(this.view.limit(layer, m));
  }

  windows(source, maps, box) {
    const { isMap } = this.network.steps[source];
    if (!source || !isMap || isEmpty(box)) return [];
    return (maps ?? this.connections.all(source)).map(c => [source, c, box]);
  }

  // Shows the largest terms of a class.
  lightAnswer(index) {
    const now = `answer ${index}`;
    if (this.pinned || this.now === now) return;
    this.clear();
    this.now = now;
    const { sum, classes } = this.network.answer;
    const terms = this.wires.light(index);
    this.wires.hush(true);
    this.connections.veilAllBut(terms.map(({ input }) => [sum.source, input]));
    const [most] = terms;
    const words = most
      ? ` · most from ${originWords(this.network, originOf(this.network, sum.source, most.input))}`
      : "";
    this.view.said.replaceChildren(element("b", "", classes[index].name), `: ${classes[index].text}${words}`);
  }

  // ---- keys

  press(event, arrow) {
    const tile = event.target.closest?.(".tile[role=button]");
    if (!tile) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      tile.click();
    }
    if (arrow) {
      event.preventDefault();
      this.walk(tile, ...arrow);
    }
  }

  // From tile to tile; at the side of a column on to the next layer with maps.
  walk(tile, dy, dx) {
    const layer = +tile.dataset.layer;
    const map = +tile.dataset.map;
    const across = +tile.parentElement.dataset.across;
    const column = (map % across) + dx;
    let next = this.tiles[layer][map + dy * across + dx];
    if (dx && (column < 0 || column >= across || !next)) next = this.besides(layer, Math.floor(map / across), dx);
    if (!next) return;
    tile.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  // The tile of the nearest layer with maps to the left or right, in the same row.
  besides(layer, row, dx) {
    let other = layer + dx;
    while (this.tiles[other] && !this.tiles[other].length) other += dx;
    const there = this.tiles[other];
    if (!there?.length) return null;
    const wide = +there[0].parentElement.dataset.across;
    const start = Math.min(row * wide, Math.floor((there.length - 1) / wide) * wide);
    return there[Math.min(there.length - 1, dx > 0 ? start : start + wide - 1)];
  }
}

// The layers of a block stand under one band with its name; other columns leave the room of it.
function blockBand(steps, layer) {
  if (!steps.some(step => step.block)) return [];
  const { block } = steps[layer],
    begins = block && block !== steps[layer - 1].block;
  const band = element("div", `band${block ? " of-block" : ""}${begins ? " begins" : ""}`, begins ? block : "");
  return [band];
}

function columnHead(step) {
  const head = element("div", "head", element("b", "", ...breakable(step.isPart ? step.name : step.kind)));
  head.title = step.name;
  const words = [step.isPart && step.kind, step.words].filter(Boolean).join(" · ");
  head.append(element("span", "", words || "\u00a0"), element("span", "shape", step.shape.join("×")));
  if (step.link) {
    if (step.kind === "Dropout") head.append(element("span", "", "off when answering"));
    head.append(element("span", "range", `${three(step.low)} … ${three(step.high)}`));
  }
  return head;
}
