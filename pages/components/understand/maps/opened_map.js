// Level two: one map beside what it is made of, one pixel of it followed back to the numbers behind it.
const SEEN = 132; // px of the picture

class OpenedMap {
  constructor(view, layer, map) {
    // at: the pixel that is looked at; a pointer over a map tries others, and `rest` comes back when it leaves.
    // isPinned: a click keeps `rest`, wherever the pointer goes.
    Object.assign(this, { view, layer, map, at: null, rest: null, isPinned: false, marks: new Marks() });
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
    this.rest = this.at;
    this.marks = new Marks();
    this.thumb = this.thumbnail();
    this.content = this.takenApart();
    this.room = element("div", "parts", ...this.content.nodes);
    const room = element("div", "opened", this.navigation(), this.room);
    room.tabIndex = -1;
    room.setAttribute("aria-label", `${step.name}, map ${this.map + 1}, taken apart`);
    return room;
  }

  takenApart() {
    if (this.step.sources.length > 1) return new MapJoin(this);
    return this.step.kernel ? new WindowSum(this) : new MapPair(this);
  }

  navigation() {
    const { layer, map, step, network } = this;
    const words = ` ${step.words} · map ${map + 1} of ${step.count}`;
    return element(
      "div",
      "navigation",
      navigationButton("← All layers", "Back to all layers", () => this.view.close(), false),
      navigationButton("‹", "Map before", () => this.turn(0, -1), map === 0),
      navigationButton("›", "Next map", () => this.turn(0, 1), map + 1 >= step.count),
      element("span", "what", element("b", "", step.name), words),
      element("span", "keys", "Esc back · arrows: other maps and layers · Shift+arrows: the pixel · click: keep it"),
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

  // The pixels of a tile are chosen by pointing; a click pins one, or lets it go.
  // from: gives the pixel of the map for one of the tile. also: called with each click or move.
  listen(tile, from = at => at, also = () => {}) {
    // A finger scrolls; and a map that appears under a resting pointer has not been pointed at.
    tile.onpointermove = event => {
      if (event.pointerType === "touch" || !(event.movementX || event.movementY)) return;
      this.content.player?.hold(true);
      if (this.isPinned) return;
      also();
      this.show(from(pixelAt(event, tile)));
    };
    tile.onclick = event => {
      event.stopPropagation();
      also();
      this.pin(from(pixelAt(event, tile)));
    };
    tile.onpointerleave = () => {
      this.content.player?.hold(false);
      if (!this.isPinned && !this.content.player?.isPlaying) this.show(this.rest);
    };
    tile.classList.add("pointed");
  }

  show(at) {
    this.at = at;
    this.follow();
  }

  pin(at) {
    this.content.player?.stop();
    this.isPinned = !(this.isPinned && String(at) === String(this.rest));
    this.rest = at;
    this.show(at);
  }

  // Everything that depends on the pixel.
  follow() {
    this.marks.clear();
    const { layer, map, at } = this;
    const [y, x] = at;
    const here = [y, y + 1, x, x + 1];
    const field = this.network.field(layer, map, here);
    if (this.content.output) this.marks.frame(this.content.output, here, this.isPinned ? "at pin" : "at");
    if (field) this.marks.frame(this.thumb.lastChild, field, "field");
    this.view.say(layer, map, y, x, field, this.isPinned);
    this.content.follow(this.network.reads(layer, map, y, x), this.network.value(layer, map, y, x));
  }

  // ---- keys

  press(event, arrow) {
    if (event.target.closest("select")) return;
    if (event.key === "Escape") {
      event.preventDefault();
      if (this.isPinned) this.pin(this.rest);
      else this.view.close();
    }
    if (event.key === "Home" || event.key === "End")
      this.turnTo(event, event.key === "Home" ? this.step.first : this.step.end - 1);
    if (event.key === " " && !event.target.closest("button, select")) this.slide(event);
    if (!arrow) return;
    event.preventDefault();
    if (event.shiftKey) this.nudge(...arrow);
    else this.turn(...arrow);
  }

  // The first or the last map of the layer.
  turnTo(event, map) {
    event.preventDefault();
    if (map !== this.map) this.turn(0, map - this.map);
  }

  slide(event) {
    if (!this.content.player) return;
    event.preventDefault();
    this.content.player.toggle();
  }

  // Another map of the layer, or the nearest layer whose maps can be opened.
  turn(layers, maps) {
    const { network } = this;
    let { layer, map } = this;
    if (maps) map += maps;
    else
      do {
        layer += layers;
      } while (layer > 0 && layer <= network.last && !network.canOpen(layer, network.steps[layer].first));
    if (layer < 1 || layer > network.last || map < 0) return;
    const { first, end, count } = network.steps[layer];
    if (maps && !network.has(layer, map) && map < count) {
      this.view.turnPage(layer, map, () => this.view.openMap(layer, map, this.rest, this.isPinned));
      return;
    }
    map = clamp(map, first, end - 1);
    if (map !== this.map || layer !== this.layer)
      this.view.openMap(layer, map, maps ? this.rest : null, maps && this.isPinned);
  }

  nudge(dy, dx) {
    const { h, w } = this.step;
    this.rest = [clamp(this.at[0] + dy, 0, h - 1), clamp(this.at[1] + dx, 0, w - 1)];
    this.show(this.rest);
  }

  // What is focused when the overview is back.
  home(overview) {
    const tiles = overview.tiles[this.layer];
    return tiles[this.map] ?? tiles[0];
  }
}

function navigationButton(words, label, act, isOff) {
  const button = element("button", "", words);
  Object.assign(button, { type: "button", onclick: act, disabled: isOff });
  button.setAttribute("aria-label", label);
  return button;
}
