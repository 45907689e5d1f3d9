// Level two: one map beside what it is made of, one pixel of it followed back to the numbers behind it.
const SEEN = 132; // px of the picture

class OpenedMap {
  constructor(view, layer, map) {
    // at: the pixel that is looked at; a pointer over the map tries others, and `pinned` comes back when it leaves.
    Object.assign(this, { view, layer, map, at: null, pinned: null, chosen: null, marks: new Marks() });
  }

  // Whether the map is still there after the picture or the network has changed.
  get holds() {
    return this.network.canOpen(this.layer, this.map);
  }

  get network() {
    return this.view.network;
  }

  get step() {
    return this.network.steps[this.layer];
  }

  // The nodes, anew for each network, width and scale of colours.
  draw() {
    const { step } = this;
    if (!this.at || this.at[0] >= step.h || this.at[1] >= step.w)
      this.at = this.network.strongest(this.layer, this.map);
    this.pinned = this.at;
    this.marks = new Marks();
    this.thumb = this.thumbnail();
    this.content = this.takenApart();
    const room = element("div", "opened", this.navigation(), element("div", "parts", ...this.content.nodes));
    room.tabIndex = -1;
    room.setAttribute("aria-label", `${step.name}, map ${this.map + 1}, taken apart`);
    return room;
  }

  takenApart() {
    if (this.step.sources.length > 1) return new MapJoin(this);
    return this.step.link.does === "convolve" ? new WindowSum(this) : new MapPair(this);
  }

  navigation() {
    const { layer, map, step, network } = this;
    const words = ` ${step.words} · map ${map + 1} of ${step.count}`;
    return element(
      "div",
      "navigation",
      navigationButton("← All layers", "Back to all layers", () => this.view.close(), false),
      navigationButton("‹", "Map before", () => this.turn(0, -1), !network.canOpen(layer, map - 1) || map === 0),
      navigationButton("›", "Next map", () => this.turn(0, 1), !network.canOpen(layer, map + 1)),
      element("span", "what", element("b", "", step.name), words),
      element("span", "keys", "Esc back · arrows: other maps and layers · Shift+arrows: the pixel"),
    );
  }

  thumbnail() {
    return element("div", "sees", element("h4", "", "On the picture"), imageTile(this.network, SEEN * rem()));
  }

  // A large map; with `listens` its pixels are chosen by pointing.
  big(layer, m, side, listens) {
    const step = this.network.steps[layer];
    const zoom = zoomOf(Math.max(step.h, step.w), side);
    const tile = tileOf(step.map(m), step, zoom, this.view.limit(layer, m), this.view.dark, "big");
    if (listens) this.listen(tile);
    tile.classList.toggle("listens", listens);
    return tile;
  }

  listen(tile) {
    const look = at => {
      this.at = at;
      this.follow();
    };
    // A finger scrolls; and a map that appears under a resting pointer has not been pointed at.
    tile.onpointermove = event => {
      if (event.pointerType !== "touch" && (event.movementX || event.movementY)) look(pixelAt(event, tile));
    };
    tile.onclick = event => {
      this.pinned = pixelAt(event, tile);
      look(this.pinned);
    };
    tile.onpointerleave = () => look(this.pinned);
  }

  // Everything that depends on the pixel.
  follow() {
    this.marks.clear();
    const { layer, map, at } = this;
    const [y, x] = at;
    const here = [y, y + 1, x, x + 1];
    const field = this.network.field(layer, map, here);
    if (this.content.output) this.marks.frame(this.content.output, here, "at");
    if (field) this.marks.frame(this.thumb.lastChild, field, "field");
    this.view.say(layer, map, y, x, field);
    this.content.follow(this.network.reads(layer, map, y, x), this.network.value(layer, map, y, x));
  }

  // ---- keys

  press(event, arrow) {
    if (event.key === "Escape") {
      event.preventDefault();
      this.view.close();
    }
    if (!arrow) return;
    event.preventDefault();
    if (event.shiftKey) this.nudge(...arrow);
    else this.turn(...arrow);
  }

  // Another map of the layer, or the nearest layer whose maps can be opened.
  turn(layers, maps) {
    const { network } = this;
    let { layer, map } = this;
    if (maps) map += maps;
    else
      do {
        layer += layers;
      } while (layer > 0 && layer <= network.last && !network.canOpen(layer, 0));
    if (layer < 1 || layer > network.last || map < 0) return;
    map = Math.min(map, network.steps[layer].shown - 1);
    if (network.canOpen(layer, map)) this.view.openMap(layer, map, maps ? this.pinned : null);
  }

  nudge(dy, dx) {
    const { h, w } = this.step;
    this.at = [Math.max(0, Math.min(h - 1, this.at[0] + dy)), Math.max(0, Math.min(w - 1, this.at[1] + dx))];
    this.pinned = this.at;
    this.follow();
  }

  // What is focused when the overview is back.
  home(overview) {
    const tiles = overview.tiles[this.layer];
    return tiles[this.map] ?? tiles.grid;
  }
}

function navigationButton(words, label, act, isOff) {
  const button = element("button", "", words);
  Object.assign(button, { type: "button", onclick: act, disabled: isOff });
  button.setAttribute("aria-label", label);
  return button;
}

const part = (title, note, ...nodes) =>
  element("section", "part", element("h4", "", title, element("span", "", note)), ...nodes);

// Terms of a sum below each other: [words, number], null for a number that is not told.
function sumLines(rows) {
  return rows.flatMap(([words, value], i) => {
    const last = i === rows.length - 1 ? " last" : "";
    return [
      element("span", `term${last}`, words),
      element("span", `number${last}`, value === null ? "…" : three(value)),
    ];
  });
}

// Numbers as a table, tinted by size; null is padding. winner: which of them is framed.
function numberTable(values, columns, limit, dark, words, winner = -1) {
  const grid = element("div", "table");
  grid.style.gridTemplateColumns = `repeat(${columns}, minmax(3.1em, max-content))`;
  values.forEach((value, i) => {
    const cell = element("span", i === winner ? "winner" : "", value === null ? "pad" : three(value));
    if (value !== null) cell.style.background = tint(value, limit, dark);
    else cell.className = "pad";
    grid.append(cell);
  });
  return element("figure", "", grid, element("figcaption", "", words));
}
