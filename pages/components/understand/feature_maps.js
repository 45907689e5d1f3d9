// A network for one picture: columns of maps from left to right; a click opens a map beside what it is made of.
// Level one is the overview, level two one map; Esc goes back. All that follows the pointer happens here.
const SCALES = [
  ["map", "each map"],
  ["layer", "each layer"],
  ["network", "whole network"],
];
// px that a map, a column and the picture may take; the first with which everything fits beside each other is used
const SIZES = [
  [64, 560, 140],
  [56, 560, 140],
  [48, 560, 140],
  [40, 560, 112],
  [32, 560, 112],
  [32, 560, 84],
  [32, 720, 84],
  [26, 560, 84],
  [26, 720, 84],
];
const SCROLLED = [32, 480, 84]; // where nothing fits, as on a phone, columns scroll anyway
const GAP = 3,
  COLUMN_GAP = 16,
  LEAST = 74,
  ANSWER = 286; // px
const SEEN = 132,
  BIG = 288,
  CARD = 60,
  KERNEL = 42; // px, of an opened map
const ANSWERS = 20; // classes with bars of their own; the others are counted
const NUMBERS = 5; // a window up to this side is shown as numbers too
const views = new WeakMap();

// One step of the network: the scaled picture first, then every layer.
function steps({ header, at }) {
  const [height, width, channels] = header.picture.shape;
  const first = {
    name: "input",
    kind: "Input",
    words: "scaled to 0..1",
    shape: [height, width, channels],
    shown: channels,
    values: header.input,
    low: 0,
    high: 1,
  };
  return [first, ...header.layers].map(layer => {
    const isMap = layer.shape.length === 3;
    const [h, w, count] = isMap ? layer.shape : [1, 1, layer.shape[0]];
    const all = at(layer.values, h * w * layer.shown);
    return {
      ...layer,
      isMap,
      h,
      w,
      count,
      all,
      limit: largest(all),
      map: m => all.subarray(m * h * w, (m + 1) * h * w),
    };
  });
}

class View {
  constructor(host) {
    this.host = host;
    this.scale = "layer";
    this.open = null; // {layer, map} of the opened map
    this.lit = [];
    this.said = element("div", "said");
    this.said.setAttribute("role", "status");
    this.key = element("div", "key");
    this.stage = element("div", "stage");
    host.replaceChildren(this.bar(), this.stage);
    host.onkeydown = event => this.press(event);
    host.onpointerenter = () => {
      if (this.dark !== isDark(host)) this.draw();
    };
    new ResizeObserver(() => {
      if (Math.abs(host.clientWidth - this.width) > 8) this.draw();
    }).observe(host);
  }

  bar() {
    const choice = element("div", "scales");
    choice.setAttribute("role", "radiogroup");
    choice.setAttribute("aria-label", "Colour scale");
    choice.append(element("span", "", "Colour scale"));
    this.radios = SCALES.map(([scale, words]) => {
      const radio = element("input");
      Object.assign(radio, { type: "radio", name: "scale", checked: scale === this.scale });
      radio.onchange = () => {
        this.scale = scale;
        this.draw();
      };
      choice.append(element("label", "", radio, words));
      return radio;
    });
    return element("div", "bar", element("div", "controls", choice, this.key), this.said);
  }

  show(packet) {
    if (this.sign === packet.header.sign) return;
    this.sign = packet.header.sign;
    this.packet = packet;
    this.steps = steps(packet);
    if (this.open && !this.canOpen(this.open.layer, this.open.map)) this.open = null;
    this.draw();
  }

  draw() {
    if (!this.packet) return;
    this.width = this.host.clientWidth;
    this.dark = isDark(this.host);
    this.lit = [];
    if (this.open) this.drawOpened();
    else this.drawOverview();
  }

  limit(layer, map) {
    if (this.scale === "map" && this.steps[layer].isMap) return largest(this.steps[layer].map(map));
    if (this.scale === "network") return Math.max(...this.steps.slice(1, -1).map(step => step.limit), 1e-9);
    return this.steps[layer].limit;
  }

  // ---- level one

  drawOverview() {
    const inner = this.steps.slice(1, -1);
    [this.target, this.tall, this.wide] = SIZES.find(size => this.taken(inner, ...size) <= this.width) ?? SCROLLED;
    const scroll = this.stage.querySelector(".columns")?.scrollLeft ?? 0;
    const columns = element("div", "columns", this.pictureColumn());
    this.tiles = this.steps.map(() => []);
    inner.forEach((_step, i) => columns.append(this.column(i + 1)));
    columns.append(this.answerColumn());
    columns.onpointerleave = () => {
      this.clear();
      this.idle();
    };
    this.stage.replaceChildren(columns);
    columns.scrollLeft = scroll;
    const first = this.tiles.flat()[0];
    if (first) first.tabIndex = 0;
    this.idle();
  }

  idle() {
    const words = this.steps.some(step => step.isMap && step.link)
      ? "Point at a map to see what feeds it. Click it to take it apart."
      : "Point at a value to read it.";
    this.said.replaceChildren(words);
    this.tellScale(this.scale === "network" ? this.limit(1, 0) : null);
  }

  tellScale(limit) {
    this.key.replaceChildren(legend(limit, this.dark));
  }

  // How a layer's maps are laid out: px per value, maps side by side, width of the column in px.
  grid(step, target, tall) {
    const zoom = zoomOf(Math.max(step.h, step.w), target),
      each = step.w * zoom + GAP;
    const rows = Math.max(1, Math.min(step.shown, Math.floor(tall / (step.h * zoom + GAP))));
    const across = Math.max(Math.ceil(step.shown / rows), Math.min(step.shown, Math.floor(LEAST / each)));
    return { zoom, across, width: Math.max(LEAST, across * each) };
  }

  // The same for the cells of a flat layer.
  cells(step, tall) {
    const side = step.shown <= 64 ? 10 : step.shown <= 512 ? 8 : step.shown <= 2048 ? 5 : 3;
    const rows = Math.min(step.shown, Math.floor((step.shown <= 512 ? 256 : tall) / side)),
      across = Math.ceil(step.shown / rows);
    return { side, rows, across, width: Math.max(LEAST, across * side) };
  }

  taken(inner, target, tall, wide) {
    const columns = inner.map(step => (step.isMap ? this.grid(step, target, tall) : this.cells(step, tall)).width);
    return columns.reduce((sum, width) => sum + width + COLUMN_GAP, Math.max(wide, LEAST) + COLUMN_GAP + ANSWER + 8);
  }

  heading(step) {
    const head = element("div", "head", element("b", "", step.kind));
    head.title = step.name;
    head.append(element("span", "", step.words || "\u00a0"), element("span", "shape", step.shape.join("×")));
    if (step.link) {
      if (step.kind === "Dropout") head.append(element("span", "", "off when answering"));
      head.append(element("span", "range", `${three(step.low)} … ${three(step.high)}`));
    }
    return head;
  }

  pictureColumn() {
    const { shape, name } = this.packet.header.picture,
      [h, w] = shape;
    const canvas = element("canvas"),
      tile = element("div", "tile picture", canvas);
    this.paintPicture(canvas);
    place(canvas, h, w, zoomOf(Math.max(h, w), this.wide));
    tile.onpointermove = event => {
      this.clear();
      const [y, x] = this.pixel(event, canvas, h, w),
        pixels = this.pictureValues();
      const values = Array.from({ length: shape[2] }, (_, c) => Math.round(pixels[(y * w + x) * shape[2] + c]));
      this.said.replaceChildren(
        `picture · row ${y}, column ${x}: ${values.join(", ")} of ` +
          `255, scaled to ${values.map(v => three(v / 255)).join(", ")}`,
      );
    };
    this.pictureTile = tile;
    const head = element(
      "div",
      "head",
      element("b", "", "Picture"),
      element("span", "", name),
      element("span", "shape", shape.join("×")),
      element("span", "range", "0 … 255"),
    );
    head.title = name;
    return element("section", "column", head, tile);
  }

  pictureValues() {
    const { shape, pixels } = this.packet.header.picture;
    return this.packet.at(pixels, shape[0] * shape[1] * shape[2]);
  }

  paintPicture(canvas) {
    const [h, w, channels] = this.packet.header.picture.shape,
      values = this.pictureValues();
    canvas.width = w;
    canvas.height = h;
    const pen = canvas.getContext("2d"),
      image = pen.createImageData(w, h);
    for (let i = 0; i < h * w; i++) {
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = values[i * channels + (channels === 3 ? c : 0)];
      image.data[4 * i + 3] = 255;
    }
    pen.putImageData(image, 0, 0);
  }

  column(layer) {
    const step = this.steps[layer],
      section = element("section", "column", this.heading(step));
    section.append(step.isMap ? this.mapGrid(layer) : this.valueGrid(layer));
    if (step.shown < step.count)
      section.append(element("div", "rest", `the first ${grouped(step.shown)} of ${grouped(step.count)}`));
    return section;
  }

  mapGrid(layer) {
    const step = this.steps[layer],
      { zoom, across } = this.grid(step, this.target, this.tall);
    const grid = element("div", "maps");
    grid.style.gridTemplateColumns = `repeat(${across}, max-content)`;
    grid.dataset.across = across;
    for (let m = 0; m < step.shown; m++) grid.append(this.mapTile(layer, m, zoom));
    return grid;
  }

  mapTile(layer, m, zoom) {
    const step = this.steps[layer],
      canvas = element("canvas"),
      tile = element("div", "tile", canvas);
    paint(canvas, step.map(m), step.h, step.w, this.limit(layer, m), this.dark);
    place(canvas, step.h, step.w, zoom);
    Object.assign(tile, { tabIndex: -1 });
    Object.assign(tile.dataset, { layer, map: m });
    tile.setAttribute("role", "button");
    tile.setAttribute("aria-label", `${step.name}, map ${m + 1} of ${step.count}`);
    tile.onpointermove = event => this.light(layer, m, ...this.pixel(event, canvas, step.h, step.w));
    tile.onfocus = () => {
      if (tile.matches(":focus-visible")) this.light(layer, m, step.h >> 1, step.w >> 1);
    };
    tile.onclick = () => this.openMap(layer, m);
    this.tiles[layer][m] = tile;
    return tile;
  }

  // A flat layer as small cells, filled column by column.
  valueGrid(layer) {
    const step = this.steps[layer],
      { side, rows, across } = this.cells(step, this.tall);
    const laid = new Float32Array(rows * across);
    for (let i = 0; i < step.shown; i++) laid[(i % rows) * across + Math.floor(i / rows)] = step.all[i];
    const canvas = element("canvas"),
      tile = element("div", "tile values", canvas);
    paint(canvas, laid, rows, across, this.limit(layer, 0), this.dark);
    place(canvas, rows, across, side);
    tile.setAttribute("role", "img");
    tile.setAttribute(
      "aria-label",
      `${step.name}: ${step.count} values from ${three(step.low)} to ${three(step.high)}`,
    );
    tile.onpointermove = event => {
      const [y, x] = this.pixel(event, canvas, rows, across),
        i = x * rows + y;
      if (i >= step.shown) {
        this.clear();
        return;
      }
      this.light(layer, i, 0, 0);
      this.mark(tile, [y, y + 1, x, x + 1], "at");
    };
    if (this.canOpen(layer, 0)) {
      tile.onclick = event => {
        const [y, x] = this.pixel(event, canvas, rows, across);
        this.openMap(layer, Math.min(step.shown - 1, x * rows + y));
      };
      tile.classList.add("opens");
    }
    tile.rows = rows;
    this.tiles[layer].grid = tile;
    return tile;
  }

  answerColumn() {
    const { classes, truth } = this.packet.header.answer,
      step = this.steps[this.steps.length - 1];
    const order = classes.map((_, i) => i);
    if (classes.length > ANSWERS) order.sort((a, b) => classes[b].share - classes[a].share);
    const best = classes.reduce((most, one, i) => (one.share > classes[most].share ? i : most), 0);
    const limit = Math.max(...classes.map(one => Math.abs(one.logit ?? 0)), 1e-9);
    const table = element("div", "answers");
    table.append(element("span", ""), element("span", "title", "logit"), element("span", "title", "probability"));
    order.slice(0, ANSWERS).forEach(i => table.append(...this.answerRow(classes[i], i === best, limit)));
    const section = element("section", "column answer", this.heading(step), table);
    if (classes.length > ANSWERS)
      section.append(element("div", "rest", `the likeliest ${ANSWERS} of ${classes.length} classes`));
    if (truth !== null) {
      const right = truth === best,
        words = right ? `: it is ${classes[truth].name}` : `: it is ${classes[truth].name}, not ${classes[best].name}`;
      section.append(
        element("div", `verdict ${right ? "right" : "wrong"}`, element("b", "", right ? "✓ right" : "✗ wrong"), words),
      );
    }
    return section;
  }

  answerRow(one, isBest, limit) {
    const name = element("span", `name${isBest ? " best" : ""}`, one.name);
    name.title = one.name;
    const logit = element("span", "logit"),
      fill = element("i", "fill");
    if (one.logit !== null) {
      const part = (50 * Math.abs(one.logit)) / limit;
      Object.assign(fill.style, {
        width: `${part}%`,
        left: one.logit < 0 ? `${50 - part}%` : "50%",
        background: css(one.logit < 0 ? ends(this.dark).negative : ends(this.dark).positive),
      });
      logit.append(element("span", "track", fill), element("span", "number", three(one.logit)));
      logit.title = `logit ${one.logit}`;
    } else logit.append(element("span", "track"), element("span", "number", "–"));
    const share = element("i", "fill teal");
    share.style.width = `${100 * one.share}%`;
    const probability = element(
      "span",
      "probability",
      element("span", "track", share),
      element("span", "number", one.text),
    );
    probability.title = `probability ${one.share}`;
    return [name, logit, probability];
  }

  // ---- what feeds what

  pixel(event, canvas, h, w) {
    const box = canvas.getBoundingClientRect();
    const inside = (value, count) => Math.max(0, Math.min(count - 1, Math.floor(value * count)));
    return [inside((event.clientY - box.top) / box.height, h), inside((event.clientX - box.left) / box.width, w)];
  }

  // The values of the step before that one value of a layer reads: {maps: [...] or null for all, box: [y0, y1, x0,
  // x1]}, ends excluded.
  reads(layer, m, y, x) {
    const step = this.steps[layer],
      before = this.steps[layer - 1],
      { link } = step;
    const whole = [0, before.h, 0, before.w];
    if (link.reads === "everything") return { maps: null, box: whole };
    if (link.reads === "whole map") return { maps: [m], box: whole };
    if (link.reads === "flattened") {
      const c = m % before.count,
        place = Math.floor(m / before.count),
        row = Math.floor(place / before.w),
        column = place % before.w;
      return { maps: [c], box: [row, row + 1, column, column + 1] };
    }
    const top = y * link.stride - link.before[0],
      left = x * link.stride - link.before[1],
      reach = (link.size - 1) * link.dilation + 1;
    const box = [
      Math.max(0, top),
      Math.min(before.h, top + reach),
      Math.max(0, left),
      Math.min(before.w, left + reach),
    ];
    return { maps: link.reads === "all maps" ? null : [Math.floor(m / link.multiplier)], box };
  }

  // The part of the picture behind a part of a layer.
  field(layer, m, box) {
    for (let at = layer; at > 0; at--) {
      if (box[0] >= box[1] || box[2] >= box[3]) return null; // padding only
      const first = this.reads(at, m, box[0], box[2]),
        last = this.reads(at, m, box[1] - 1, box[3] - 1);
      box = [first.box[0], last.box[1], first.box[2], last.box[3]];
      m = first.maps ? first.maps[0] : 0;
    }
    return box[0] < box[1] && box[2] < box[3] ? box : null;
  }

  light(layer, m, y, x) {
    const now = `${layer} ${m} ${y} ${x}`;
    if (this.now === now) return;
    this.clear();
    this.now = now;
    const step = this.steps[layer],
      value = step.isMap ? step.map(m)[y * step.w + x] : step.all[m];
    const { maps, box } = this.reads(layer, m, y, x),
      field = this.field(layer, m, [y, y + 1, x, x + 1]);
    if (step.isMap) {
      this.tiles[layer][m].classList.add("now");
      this.lit.push(() => this.tiles[layer]?.[m]?.classList.remove("now"));
      this.mark(this.tiles[layer][m], [y, y + 1, x, x + 1], "at");
    }
    if (layer > 1) this.lightInputs(layer, m, maps, box);
    if (field) this.mark(this.pictureTile, field, "field");
    this.say(layer, m, y, x, value, field);
    if (this.scale !== "network") this.tellScale(this.limit(layer, m));
  }

  lightInputs(layer, m, maps, box) {
    const before = this.steps[layer - 1],
      tiles = this.tiles[layer - 1];
    if (!before.isMap) {
      if (!maps) {
        this.mark(tiles.grid, null, "field");
        return;
      }
      const rows = tiles.grid.rows,
        at = maps[0];
      if (at < before.shown)
        this.mark(tiles.grid, [at % rows, (at % rows) + 1, Math.floor(at / rows), Math.floor(at / rows) + 1], "at");
      return;
    }
    const strength = maps ? null : this.strengths(layer, m);
    for (const c of maps ?? tiles.keys()) {
      if (tiles[c])
        this.mark(tiles[c], box[0] < box[1] ? box : null, "window", strength ? 0.25 + 0.75 * strength[c] : 1);
    }
  }

  // How strongly a map listens to each input map: the mean size of its kernel there, 1 for the strongest.
  strengths(layer, m) {
    const { kernel } = this.steps[layer];
    if (!kernel || m >= kernel.filters) return null;
    const size = kernel.size ** 2,
      found = [];
    for (let c = 0; c < kernel.channels; c++)
      found.push(this.kernel(layer, m, c).reduce((sum, w) => sum + Math.abs(w), 0) / size);
    const most = Math.max(...found, 1e-12);
    return found.map(value => value / most);
  }

  kernel(layer, m, c) {
    const { kernel } = this.steps[layer],
      size = kernel.size ** 2;
    return this.packet.at(kernel.values + (m * kernel.channels + c) * size, size);
  }

  // Puts a frame over a part of a tile, or around all of it.
  mark(tile, box, kind, opacity = 1) {
    const canvas = tile.firstChild,
      frame = element("div", `frame ${kind}`);
    const sy = canvas.offsetHeight / canvas.height,
      sx = canvas.offsetWidth / canvas.width;
    const [y0, y1, x0, x1] = box ?? [0, canvas.height, 0, canvas.width];
    Object.assign(frame.style, {
      top: `${y0 * sy}px`,
      left: `${x0 * sx}px`,
      height: `${(y1 - y0) * sy}px`,
      width: `${(x1 - x0) * sx}px`,
      opacity,
    });
    tile.append(frame);
    this.lit.push(() => frame.remove());
    return frame;
  }

  clear() {
    this.lit.forEach(undo => undo());
    this.lit = [];
    this.now = null;
  }

  say(layer, m, y, x, value, field) {
    const step = this.steps[layer],
      what = step.isMap
        ? `map ${m + 1} of ${step.count} · row ${y}, column ${x}`
        : `value ${m + 1} of ${grouped(step.count)}`;
    const [h, w] = this.packet.header.picture.shape;
    const whole = field && field[1] - field[0] === h && field[3] - field[2] === w;
    const sees = !field
      ? "sees padding only"
      : whole
        ? "sees the whole picture"
        : `sees ${field[1] - field[0]}×${field[3] - field[2]} px of the picture`;
    this.said.replaceChildren(
      element("b", "", step.name),
      ` · ${what}: `,
      element("b", "", three(value)),
      ` · ${sees}`,
    );
  }

  // ---- level two

  canOpen(layer, m) {
    const step = this.steps[layer],
      before = this.steps[layer - 1];
    return Boolean(before?.isMap && m < step.shown && (step.isMap || step.link.reads === "whole map"));
  }

  openMap(layer, m) {
    if (!this.canOpen(layer, m)) return;
    this.open = { layer, map: m };
    this.at = null;
    this.chosen = null;
    this.draw();
    this.stage.firstChild.focus({ preventScroll: true });
    if (this.host.getBoundingClientRect().top < 0) this.host.scrollIntoView({ block: "start" });
  }

  close() {
    const { layer, map } = this.open;
    this.open = null;
    this.draw();
    const tile = this.tiles[layer][map] ?? this.tiles[layer].grid;
    tile?.focus({ preventScroll: true });
    this.idle();
  }

  drawOpened() {
    const { layer, map } = this.open,
      step = this.steps[layer];
    if (!this.at || this.at[0] >= step.h || this.at[1] >= step.w) this.at = this.strongest(layer, map);
    const room = element("div", "opened");
    room.tabIndex = -1;
    room.setAttribute("aria-label", `${step.name}, map ${map + 1}, taken apart`);
    room.append(this.navigation(), element("div", "parts"));
    const parts = room.lastChild;
    if (step.link.does === "convolve") this.sumParts(parts, layer, map);
    else this.pairParts(parts, layer, map);
    this.stage.replaceChildren(room);
    this.tellScale(this.limit(layer, map));
    this.follow();
  }

  strongest(layer, m) {
    const step = this.steps[layer];
    if (!step.isMap) return [0, 0];
    const values = step.map(m);
    let best = 0;
    values.forEach((value, i) => {
      if (Math.abs(value) > Math.abs(values[best])) best = i;
    });
    return [Math.floor(best / step.w), best % step.w];
  }

  navigation() {
    const { layer, map } = this.open,
      step = this.steps[layer];
    const button = (words, label, act, off) => {
      const one = element("button", "", words);
      Object.assign(one, { type: "button", onclick: act, disabled: off });
      one.setAttribute("aria-label", label);
      return one;
    };
    const title = element(
      "span",
      "what",
      element("b", "", step.name),
      ` ${step.words} · map ${map + 1} of ${step.count}`,
    );
    return element(
      "div",
      "navigation",
      button("← All layers", "Back to all layers", () => this.close(), false),
      button("‹", "Map before", () => this.turn(0, -1), !this.canOpen(layer, map - 1) || map === 0),
      button("›", "Next map", () => this.turn(0, 1), !this.canOpen(layer, map + 1)),
      title,
      element("span", "keys", "Esc back · arrows: other maps and layers · Shift+arrows: the pixel"),
    );
  }

  // Another map of the layer, or the nearest layer whose maps can be opened.
  turn(layers, maps) {
    let { layer, map } = this.open;
    if (maps) map += maps;
    else
      do {
        layer += layers;
      } while (layer > 0 && layer < this.steps.length && !this.canOpen(layer, 0));
    if (layer < 1 || layer >= this.steps.length || map < 0) return;
    map = Math.min(map, this.steps[layer].shown - 1);
    if (!this.canOpen(layer, map)) return;
    const at = maps ? this.at : null;
    this.openMap(layer, map);
    if (at) {
      this.at = at;
      this.follow();
    }
  }

  big(layer, m, side, listen) {
    const step = this.steps[layer],
      canvas = element("canvas"),
      tile = element("div", "tile big", canvas);
    paint(canvas, step.map(m), step.h, step.w, this.limit(layer, m), this.dark);
    place(canvas, step.h, step.w, zoomOf(Math.max(step.h, step.w), side));
    if (listen)
      tile.onpointermove = event => {
        this.at = this.pixel(event, canvas, step.h, step.w);
        this.follow();
      };
    tile.classList.toggle("listens", Boolean(listen));
    return tile;
  }

  side() {
    return Math.max(120, Math.min(BIG, this.width - 40));
  }

  // A convolution: every input map, its kernel, and what it adds to the sum.
  sumParts(parts, layer, m) {
    const step = this.steps[layer],
      before = this.steps[layer - 1],
      { kernel, link } = step;
    const inputs =
      link.reads === "own map"
        ? [Math.floor(m / link.multiplier)]
        : [...Array(Math.min(before.shown, kernel.channels)).keys()];
    this.kernelLimit = largest(inputs.reduce((all, _c, i) => all.concat(Array.from(this.kernel(layer, m, i))), []));
    const side = inputs.length <= 4 ? 2 * CARD : CARD;
    this.cards = inputs.map((c, i) => this.card(layer, m, c, i, side));
    const cards = element("div", "cards", ...this.cards.map(card => card.node));
    cards.setAttribute("role", "list");
    const note = kernel.product
      ? "kernel = depthwise × pointwise"
      : `orange ${three(-this.kernelLimit)} … blue +${three(this.kernelLimit)}`;
    const left = element(
      "section",
      "part inputs",
      element("h4", "", `Input maps × kernel`, element("span", "", note)),
      cards,
    );
    this.output = this.big(layer, m, this.side(), true);
    this.formula = element("div", "formula");
    this.numbers = element("div", "numbers");
    this.thumb = this.thumbnail();
    left.classList.toggle("many", inputs.length > 4);
    const whole = element(
      "section",
      "part",
      element("h4", "", "The map", element("span", "", "point at a pixel")),
      this.output,
      this.formula,
    );
    const hint = inputs.length > 1 ? element("span", "", "click an input map for another") : "";
    const one = element("section", "part", element("h4", "", "One window", hint), this.numbers);
    parts.append(left, element("div", "beside", whole, this.thumb, one));
    this.rest = before.count - inputs.length > 0 && link.reads === "all maps" ? before.count - inputs.length : 0;
  }

  card(layer, m, c, i, side) {
    const step = this.steps[layer],
      before = this.steps[layer - 1],
      { kernel } = step;
    const map = this.big(layer - 1, c, side, false),
      weights = element("canvas", "crisp");
    paint(weights, this.kernel(layer, m, i), kernel.size, kernel.size, this.kernelLimit, this.dark);
    place(weights, kernel.size, kernel.size, zoomOf(kernel.size, KERNEL));
    const number = element("span", "number"),
      node = element("button", "card", map, element("span", "times", "×"), element("span", "weights", weights), number);
    const colour = before.kind === "Input" && before.count === 3 ? ["red", "green", "blue"][c] : `map ${c + 1}`;
    node.type = "button";
    node.title = `input ${colour}`;
    node.onclick = () => {
      this.chosen = i;
      this.follow();
    };
    return { node, map, number, channel: c, index: i, label: colour };
  }

  // Anything else: the map before and after, side by side.
  pairParts(parts, layer, m) {
    const step = this.steps[layer],
      before = this.steps[layer - 1],
      c = this.reads(layer, m, 0, 0).maps[0];
    const side = Math.floor(
      Math.min(this.side(), zoomOf(Math.max(before.h, before.w), this.side()) * Math.max(before.h, before.w)),
    );
    this.cards = null;
    this.input = this.big(layer - 1, c, side, false);
    this.formula = element("div", "formula");
    this.numbers = element("div", "numbers");
    this.thumb = this.thumbnail();
    const words = `${before.name}, map ${c + 1}`;
    parts.append(
      element(
        "section",
        "part",
        element("h4", "", "Before", element("span", "", `${words} · ${before.h}×${before.w}`)),
        this.input,
      ),
    );
    if (step.isMap) {
      this.output = this.big(layer, m, side, true);
      parts.append(
        element(
          "section",
          "part",
          element("h4", "", "After", element("span", "", `${step.h}×${step.w} · point at a pixel`)),
          this.output,
          this.formula,
        ),
      );
    } else {
      this.output = null;
      parts.append(
        element("section", "part", element("h4", "", "After", element("span", "", "one number")), this.formula),
      );
    }
    parts.append(element("section", "part", element("h4", "", "One window"), this.numbers, this.thumb));
  }

  thumbnail() {
    const [h, w] = this.packet.header.picture.shape,
      canvas = element("canvas"),
      tile = element("div", "tile picture", canvas);
    this.paintPicture(canvas);
    place(canvas, h, w, zoomOf(Math.max(h, w), SEEN));
    return element("div", "sees", element("h4", "", "On the picture"), tile);
  }

  // Everything that depends on the pixel.
  follow() {
    if (!this.open) return;
    this.clear();
    const { layer, map } = this.open,
      step = this.steps[layer],
      [y, x] = this.at;
    const value = step.isMap ? step.map(map)[y * step.w + x] : step.all[map];
    const { box } = this.reads(layer, map, y, x),
      field = this.field(layer, map, [y, y + 1, x, x + 1]);
    if (this.output) this.mark(this.output, [y, y + 1, x, x + 1], "at");
    if (field) this.mark(this.thumb.lastChild, field, "field");
    this.say(layer, map, y, x, value, field);
    if (this.cards) this.followSum(layer, map, y, x, box, value);
    else this.followPair(layer, map, box, value);
  }

  // Values of a window on an input map; null where it reaches over the edge.
  window(layer, c, y, x) {
    const { link } = this.steps[layer],
      before = this.steps[layer - 1],
      values = before.map(c),
      found = [];
    for (let u = 0; u < link.size; u++)
      for (let v = 0; v < link.size; v++) {
        const row = y * link.stride - link.before[0] + u * link.dilation,
          column = x * link.stride - link.before[1] + v * link.dilation;
        found.push(
          row < 0 || column < 0 || row >= before.h || column >= before.w ? null : values[row * before.w + column],
        );
      }
    return found;
  }

  followSum(layer, m, y, x, box, value) {
    const step = this.steps[layer],
      { kernel } = step;
    const sums = this.cards.map(card => {
      const weights = this.kernel(layer, m, card.index);
      return this.window(layer, card.channel, y, x).reduce((sum, v, i) => sum + (v ?? 0) * weights[i], 0);
    });
    const most = largest(sums),
      chosen = this.chosen ?? sums.findIndex(sum => Math.abs(sum) === most);
    this.cards.forEach((card, i) => {
      card.number.textContent = three(sums[i]);
      card.number.style.background = tint(sums[i], most, this.dark);
      card.node.setAttribute("aria-pressed", i === chosen);
      if (box[0] < box[1] && box[2] < box[3]) this.mark(card.map, box, "window");
    });
    const bias = kernel.bias === null ? 0 : this.packet.at(kernel.bias, step.count)[m],
      total = sums.reduce((a, b) => a + b, 0);
    const lines = [
      [sums.length === 1 ? "the window's sum" : `sum of ${sums.length} windows`, total],
      ["bias", bias],
    ];
    if (this.rest) {
      this.lines([...lines, [`and ${this.rest} more input maps`, null], [step.activation, value]]);
    } else
      this.lines([
        ...lines,
        ["together", total + bias],
        [step.activation === "linear" ? "the value" : `after ${step.activation}`, value],
      ]);
    this.windowNumbers(layer, m, this.cards[chosen], y, x, sums[chosen]);
  }

  lines(rows) {
    this.formula.replaceChildren(
      ...rows.flatMap(([words, value], i) => {
        const last = i === rows.length - 1 ? " last" : "";
        return [
          element("span", `term${last}`, words),
          element("span", `number${last}`, value === null ? "…" : three(value)),
        ];
      }),
    );
  }

  // Window, kernel and their products as numbers.
  windowNumbers(layer, m, card, y, x, sum) {
    const { link } = this.steps[layer],
      size = link.size,
      values = this.window(layer, card.channel, y, x),
      weights = Array.from(this.kernel(layer, m, card.index));
    const products = values.map((v, i) => (v ?? 0) * weights[i]);
    const title = element("div", "rest", `input ${card.label}`);
    if (size > NUMBERS) {
      this.numbers.replaceChildren(title, element("div", "rest", `${size}×${size} products, together ${three(sum)}`));
      return;
    }
    this.numbers.replaceChildren(
      title,
      this.table(values, size, this.limit(layer - 1, card.channel), "window"),
      element("span", "sign", "×"),
      this.table(weights, size, this.kernelLimit, "kernel"),
      element("span", "sign", "="),
      this.table(products, size, largest(products), `products, together ${three(sum)}`),
    );
  }

  table(values, columns, limit, words, winner = -1) {
    const grid = element("div", "table");
    grid.style.gridTemplateColumns = `repeat(${columns}, minmax(3.1em, max-content))`;
    values.forEach((value, i) => {
      const cell = element("span", i === winner ? "winner" : "", value === null ? "pad" : three(value));
      if (value !== null) cell.style.background = tint(value, limit, this.dark);
      else cell.className = "pad";
      grid.append(cell);
    });
    return element("figure", "", grid, element("figcaption", "", words));
  }

  followPair(layer, m, box, value) {
    const step = this.steps[layer],
      before = this.steps[layer - 1],
      { link } = step,
      c = this.reads(layer, m, ...this.at).maps[0],
      map = before.map(c);
    const valid = box[0] < box[1] && box[2] < box[3];
    if (valid) this.mark(this.input, box, "window");
    if (link.does === "mean" || link.does === "max") this.followPool(map, before, box, link, c, layer, value);
    else {
      const old = valid ? map[box[0] * before.w + box[2]] : null;
      this.lines([
        [old === null ? "a zero of the border" : "before", old ?? 0],
        [step.kind === "Activation" ? `after ${step.activation}` : "after", value],
      ]);
      this.numbers.replaceChildren(
        element(
          "div",
          "rest",
          step.kind === "Dropout" ? "Dropout works in training only: nothing changes here." : "Every value on its own.",
        ),
      );
    }
  }

  followPool(map, before, box, link, c, layer, value) {
    const values = [],
      columns = box[3] - box[2];
    for (let y = box[0]; y < box[1]; y++) for (let x = box[2]; x < box[3]; x++) values.push(map[y * before.w + x]);
    const winner = link.does === "max" ? values.indexOf(Math.max(...values)) : -1;
    if (winner >= 0) {
      const y = box[0] + Math.floor(winner / columns),
        x = box[2] + (winner % columns);
      this.mark(this.input, [y, y + 1, x, x + 1], "won");
      this.lines([[`largest of ${values.length}: row ${y}, column ${x}`, value]]);
    } else this.lines([[`mean of ${grouped(values.length)} values`, value]]);
    const small = columns <= NUMBERS && values.length <= NUMBERS ** 2;
    this.numbers.replaceChildren(
      small
        ? this.table(
            values,
            columns,
            this.limit(layer - 1, c),
            winner < 0 ? "window" : "window, the largest framed",
            winner,
          )
        : element("div", "rest", "The whole map is averaged."),
    );
  }

  // ---- keys

  press(event) {
    const arrows = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (event.target.type === "radio") return;
    if (this.open) {
      if (event.key === "Escape") {
        event.preventDefault();
        this.close();
      }
      if (!arrows) return;
      event.preventDefault();
      if (event.shiftKey) this.nudge(...arrows);
      else this.turn(...arrows);
      return;
    }
    const tile = event.target.closest?.(".tile[role=button]");
    if (!tile) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      tile.click();
    }
    if (arrows) {
      event.preventDefault();
      this.step(tile, ...arrows);
    }
  }

  nudge(dy, dx) {
    const step = this.steps[this.open.layer];
    this.at = [Math.max(0, Math.min(step.h - 1, this.at[0] + dy)), Math.max(0, Math.min(step.w - 1, this.at[1] + dx))];
    this.follow();
  }

  // From tile to tile; at the side of a column on to the next layer with maps.
  step(tile, dy, dx) {
    const layer = +tile.dataset.layer,
      map = +tile.dataset.map,
      across = +tile.parentElement.dataset.across;
    const row = Math.floor(map / across),
      column = map % across;
    let next = this.tiles[layer][map + dy * across + dx];
    if (dx && (column + dx < 0 || column + dx >= across || !next)) {
      let other = layer + dx;
      while (this.tiles[other] && !this.tiles[other].length) other += dx;
      const there = this.tiles[other];
      if (!there?.length) return;
      const wide = +there[0].parentElement.dataset.across,
        start = Math.min(row * wide, Math.floor((there.length - 1) / wide) * wide);
      next = there[Math.min(there.length - 1, dx > 0 ? start : start + wide - 1)];
    }
    if (!next) return;
    tile.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}

export default function ({ data, parentElement }) {
  const host = parentElement.querySelector(".inside");
  if (!views.has(host)) views.set(host, new View(host));
  views.get(host).show(unpack(data));
}
