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
    this.tiles = steps.map(() => []); // by layer and map; of a flat layer one for all values
    this.layouts = []; // by layer, see mapLayout and cellLayout
    this.columns = element("div", "columns", ...this.graph.regions.map(region => this.region(region)));
    this.columns.style.setProperty("--gap", `${this.gap}px`);
    this.connections = new Connections(this);
    const [open, point] = [index => view.openAnswer(index), index => this.lightAnswer(index)];
    this.answer = answerColumn(this.network, view.dark, open, point);
    const scroller = new Scroller(this.columns);
    this.node = element("div", `overview${isBeside ? " wide" : ""}`, scroller.node, this.answer);
    this.wires = new AnswerWires(this);
    this.node.onpointerleave = () => this.leave();
    // Between the tiles of a layer nothing changes; elsewhere nothing is pointed at any more.
    this.node.onpointerover = event => event.target.closest(".maps, .tile, .answers, .more") || this.leave();
    this.node.onclick = event => this.pinned && !event.target.closest("button") && this.unpin();
    this.walk = new Walk(this);
  }

  // Once it stands on the page.
  lay() {
    this.connections.lay();
    this.wires.lay();
    const { pinned } = this.view;
    if (pinned && this.isThere(pinned)) this.pin(pinned.layer, pinned.m, pinned.at);
  }

  // Above each column of a region the band of the block that its layers belong to.
  bands(layers) {
    const firsts = new Map(layers.map(layer => [this.graph.places[layer].column, layer]).reverse());
    return [...firsts].flatMap(([column, layer]) => {
      const bands = blockBand(this.network.steps, layer);
      for (const band of bands) Object.assign(band.style, { gridColumn: column + 1, gridRow: 1 });
      return bands;
    });
  }

  isThere({ layer, m, at }) {
    const step = this.network.steps[layer];
    return step && layer < this.network.last && this.network.has(layer, m) && at[0] < step.h && at[1] < step.w;
  }

  leave() {
    if (!this.now || this.pinned) return;
    this.clear();
    this.idle();
  }

  region({ layers, under }) {
    const { places } = this.graph;
    const sections = layers.map(layer => {
      const section = layer ? this.column(layer) : this.imageColumn();
      const { column, lane } = places[layer];
      Object.assign(section.style, { gridColumn: column + 1, gridRow: lane + 2 });
      section.classList.toggle("lower", lane > 0);
      section.dataset.layer = layer;
      return section;
    });
    const node = element("div", "region", ...this.bands(layers), ...sections);
    node.hidden = sections.every(section => section.hidden);
    if (under) node.style.paddingBottom = `${10 + TRACK * Math.min(under, MOST_TRACKS)}px`;
    return node;
  }

  idle() {
    const hasMaps = this.network.steps.some(step => step.isMap && step.link);
    const [what, where] = hasMaps ? ["a map", "what feeds it"] : ["a value", "what feeds it"];
    this.view.said.replaceChildren(
      isTouched()
        ? `Tap ${what} to see ${where}; tap it again to take it apart.`
        : `Point at ${what} to see ${where}. Click it, or an answer, to take it apart; Shift+click keeps it lit.`,
    );
    this.view.tellScale(this.view.scale === "network" ? this.view.limit(1, 0) : null);
  }

  // ---- the columns

  imageColumn() {
    const { shape, name } = this.network.picture;
    this.imageTile = imageTile(this.network, this.wide);
    this.imageTile.onpointermove = event => {
      if (this.pinned) return;
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
    const words = `${values.join(", ")} of 255, scaled to ${scaled}`;
    this.view.said.replaceChildren(`picture · row ${y}, column ${x}: ${words}`);
  }

  column(layer) {
    const step = this.network.steps[layer];
    if (!step.shown) return foldedColumn(this.view, layer);
    const values = step.isMap ? this.mapGrid(layer) : this.valueGrid(layer);
    const section = element("section", "column", columnHead(step), values);
    if (step.shown < step.count) section.append(pager(this.view, layer));
    return section;
  }

  mapGrid(layer) {
    const step = this.network.steps[layer];
    const layout = mapLayout(step, this.target, tallFor(this.graph, layer, this.tall));
    const { zoom, across } = layout;
    this.layouts[layer] = layout;
    const grid = element("div", "maps");
    grid.style.gridTemplateColumns = `repeat(${across}, max-content)`;
    grid.append(mapSheet(step, layout, m => this.view.limit(layer, m), this.view.dark, this.view.border));
    for (let m = step.first; m < step.end; m++) grid.append(this.mapTile(layer, m, zoom));
    return grid;
  }

  mapTile(layer, m, zoom) {
    const step = this.network.steps[layer];
    const tile = placeOn(step, zoom);
    tile.tabIndex = -1;
    Object.assign(tile.dataset, { layer, map: m });
    tile.setAttribute("role", "button");
    tile.setAttribute("aria-label", `${step.name}, map ${m + 1} of ${step.count}`);
    tile.onpointermove = event => event.pointerType !== "touch" && this.light(layer, m, ...pixelAt(event, tile));
    tile.onfocus = () => {
      if (tile.matches(":focus-visible")) this.light(layer, m, step.h >> 1, step.w >> 1);
    };
    // A key clicks nowhere: then it begins with the strongest pixel.
    tile.onclick = event => this.choose(event, layer, m, event.detail ? pixelAt(event, tile) : null);
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
    tile.tabIndex = -1;
    Object.assign(tile.dataset, { layer, map: step.first });
    tile.setAttribute("role", "button");
    tile.setAttribute("aria-label", `${step.name}: ${counted(step.count, "value")} from ${range}`);
    const valueAt = event => {
      const [y, x] = pixelAt(event, tile);
      return step.first + Math.min(step.shown - 1, x * rows + y);
    };
    tile.onpointermove = event => event.pointerType !== "touch" && this.light(layer, valueAt(event), 0, 0);
    tile.onclick = event => this.choose(event, layer, valueAt(event), null);
    tile.onfocus = () => {
      if (tile.matches(":focus-visible")) this.light(layer, +tile.dataset.map, 0, 0);
    };
    tile.classList.toggle("opens", this.view.canOpen(layer, step.first));
    this.tiles[layer][0] = tile;
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

  // ---- keys and clicks

  press(event, arrow) {
    if (event.key === "Escape" && this.pinned) {
      event.preventDefault();
      this.unpin();
    } else this.walk.press(event, arrow);
  }

  // A click opens a map; with Shift, or by the first tap of a finger, what feeds it stays lit. at: the pixel, null for
  // the strongest.
  choose(event, layer, m, at) {
    event.stopPropagation();
    const isLit = this.pinned?.layer === layer && this.pinned.m === m;
    const isKept = event.shiftKey || (event.pointerType === "touch" && !isLit);
    const canOpen = this.view.canOpen(layer, m);
    if (canOpen && !isKept) this.view.open(layer, m, at);
    else if (isLit && (!at || String(at) === String(this.pinned.at))) this.unpin();
    else this.pin(layer, m, at ?? this.network.strongest(layer, m));
  }

  // What feeds a value stays lit wherever the pointer goes.
  pin(layer, m, at) {
    this.pinned = null;
    this.light(layer, m, ...at);
    this.pinned = this.view.pinned = { layer, m, at };
    const { closed } = this.network.steps[layer];
    this.view.said.append(
      closed ? ` · ${closed}` : "",
      this.view.heldWords(this.view.canOpen(layer, m) ? "takes it apart" : "lets it go"),
    );
  }

  unpin() {
    this.pinned = this.view.pinned = null;
    this.leave();
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
