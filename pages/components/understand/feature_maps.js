// A network for one picture: columns of maps from left to right; a click opens a map beside what it is made of.
// Level one is the overview, level two one map; Esc goes back. All that follows the pointer happens here.
// The parts, maps/*.js, have each their own nodes; they read the view's network, scale, dark and width.
const SCALES = [
  ["map", "each map"],
  ["layer", "each layer"],
  ["network", "whole network"],
];
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }; // layers or rows, maps
const ASIDE = 56; // px
const views = new WeakMap();

class View {
  constructor(host) {
    this.host = host;
    this.scale = "layer";
    this.opened = null; // the map that is taken apart
    this.pinned = null; // what stays lit in the overview: { layer, m, at }
    this.wanted = null; // what was asked for beside the first maps: { pages, stage }
    this.next = null; // what is done once that is here
    this.said = element("div", "said");
    this.said.setAttribute("role", "status");
    this.key = element("div", "key");
    this.stage = element("div", "stage");
    host.replaceChildren(this.bar(), this.said, this.stage);
    host.onkeydown = event => this.press(event);
    host.onpointerenter = () => {
      if (this.dark !== isDark(host)) this.draw();
    };
    new ResizeObserver(() => {
      if (Math.abs(host.clientWidth - this.width) > 8 || rem() !== this.rem) this.draw();
    }).observe(host);
  }

  bar() {
    const choice = element("div", "scales", element("span", "", "Colour scale"));
    choice.setAttribute("role", "radiogroup");
    choice.setAttribute("aria-label", "Colour scale");
    for (const [scale, words] of SCALES) {
      const radio = element("input");
      Object.assign(radio, { type: "radio", name: "scale", checked: scale === this.scale });
      radio.onchange = () => {
        this.scale = scale;
        this.draw();
      };
      choice.append(element("label", "", radio, words));
    }
    this.ways = element("div", "ways");
    return element("div", "bar", element("div", "controls", choice, this.ways, this.key));
  }

  show(packet) {
    if (this.sign === packet.header.sign) return;
    this.sign = packet.header.sign;
    this.network = new ShownNetwork(packet);
    this.wanted ??= packet.header.wanted;
    if (this.opened && !this.opened.holds) this.opened = null;
    this.draw();
    const { next } = this;
    this.next = null;
    next?.();
    const layers = packet.header.layers.slice(0, -1),
      names = layers.map(one => one.name);
    if (this.names === names.join(" ")) return;
    this.names = names.join(" ");
    const many = layers.length > MANY;
    this.ways.replaceChildren(...(many ? [layerChoice("Go to", layers, -1, place => this.goTo(place + 1))] : []));
    if (many && !this.opened) this.goTo(names.indexOf(packet.header.first) + 1);
  }

  // Asks the server for what is not here; all that was asked for goes along.
  ask({ pages = {}, stage = this.wanted.stage }, next = null) {
    this.wanted = { pages: { ...this.wanted.pages, ...pages }, stage };
    this.next = next;
    this.tell(this.wanted);
  }

  // Other maps of a layer: those around this one.
  turnPage(layer, m, next = null) {
    this.ask({ pages: { [this.network.steps[layer].name]: Math.max(0, m) } }, next);
  }

  // The stage of a base in which a layer stands.
  unfold(layer) {
    this.ask({ stage: this.network.steps[layer].stage }, () => this.goTo(layer));
  }

  // Brings the column of a layer to the left side, beside what is faded there.
  goTo(layer) {
    if (this.opened) this.close();
    if (!this.network.steps[layer].shown) return this.unfold(layer);
    const { columns } = this.overview;
    const column = columns.querySelector(`[data-layer="${layer}"]`);
    const [from, to] = [columns, column].map(one => one.getBoundingClientRect().left);
    columns.scrollLeft += to - from - ASIDE;
  }

  draw() {
    if (!this.network) return;
    this.width = this.host.clientWidth;
    this.rem = rem();
    this.dark = isDark(this.host);
    this.border = getComputedStyle(this.host).getPropertyValue("--st-border-color").trim();
    for (const [name, colour] of Object.entries(ends(this.dark)))
      this.host.style.setProperty(`--signed-${name}`, css(colour));
    if (this.opened) this.drawOpened();
    else this.drawOverview();
  }

  drawOverview() {
    const scroll = this.overview?.columns.scrollLeft || this.scrolled || 0;
    this.overview = new Overview(this);
    this.stage.replaceChildren(this.overview.node);
    this.overview.columns.scrollLeft = scroll;
    this.overview.idle();
    this.overview.lay();
  }

  drawOpened() {
    this.scrolled = this.overview?.columns.scrollLeft || this.scrolled;
    this.stage.replaceChildren(this.opened.draw());
    this.tellScale(
      this.opened.layer && this.opened.map !== undefined ? this.limit(this.opened.layer, this.opened.map) : null,
    );
    this.opened.follow();
  }

  // at: row and column of the pixel to begin with; without it the strongest. isPinned: whether it stays.
  openMap(layer, map, at = null, isPinned = false) {
    if (!this.network.canOpen(layer, map)) {
      // Where the map that it goes on from stands on another page, that page is asked for.
      const { pages, isAll } = missing(this.network, layer, map);
      if (isAll) this.ask({ pages }, () => this.network.canOpen(layer, map) && this.openMap(layer, map, at, isPinned));
      return;
    }
    this.opened = new OpenedMap(this, layer, map);
    Object.assign(this.opened, { at, isPinned });
    this.bring();
  }

  openAnswer(index) {
    this.opened = new OpenedAnswer(this, index);
    this.bring();
  }

  // Whether a map, or a unit, can be taken apart.
  canOpen(layer, m) {
    const isHere = this.network.canOpen(layer, m) || hasTerms(this.network, layer, m);
    return isHere || missing(this.network, layer, m).isAll;
  }

  // at: row and column of the pixel to begin with; without it the strongest.
  open(layer, m, at = null) {
    if (!hasTerms(this.network, layer, m)) return this.openMap(layer, m, at);
    this.opened = new OpenedUnit(this, layer, m);
    this.bring();
  }

  // Draws what was opened where it is seen without scrolling.
  bring() {
    this.draw();
    this.stage.firstChild.focus({ preventScroll: true });
    const { top } = this.host.getBoundingClientRect();
    if (top < 0 || top > window.innerHeight / 3) this.host.scrollIntoView({ block: "start" });
  }

  close() {
    const { opened } = this;
    this.opened = null;
    this.draw();
    opened.home(this.overview)?.focus({ preventScroll: true });
    if (!this.overview.pinned) this.overview.idle();
  }

  // px that a step's map may take when it is opened
  sideFor(step) {
    return openedSide(step, this.width);
  }

  limit(layer, map) {
    return this.network.limit(this.scale, layer, map);
  }

  tellScale(limit) {
    const told = `${limit} ${this.dark}`;
    if (told !== this.told) this.key.replaceChildren(legend(limit, this.dark));
    this.told = told;
  }

  // One value in words; field: the part of the picture behind it.
  say(layer, m, y, x, field, isPinned = false) {
    const step = this.network.steps[layer];
    const where = step.isMap
      ? `map ${m + 1} of ${step.count} · row ${y}, column ${x}`
      : `value ${m + 1} of ${grouped(step.count)}`;
    this.said.replaceChildren(
      element("b", "", step.name),
      ` · ${where}: `,
      element("b", "", three(this.network.value(layer, m, y, x))),
      ` · ${this.sees(field)}`,
      isPinned ? this.heldWords("lets it go") : "",
    );
  }

  // does: what happens when it is clicked again.
  heldWords(does) {
    return element(
      "span",
      "held",
      isTouched() ? ` · kept: another tap ${does}` : " · kept: Esc or the same click lets it go",
    );
  }

  sees(field) {
    if (!field) return "sees padding only";
    const [height, width] = this.network.picture.shape;
    const tall = field[1] - field[0];
    const wide = field[3] - field[2];
    if (tall === height && wide === width) return "sees the whole picture";
    return `sees ${tall}×${wide} px of the picture`;
  }

  press(event) {
    if (event.target.type === "radio") return;
    (this.opened ?? this.overview)?.press(event, ARROWS[event.key]);
  }
}

export default function ({ data, setStateValue, parentElement }) {
  const host = parentElement.querySelector(".inside");
  if (!views.has(host)) views.set(host, new View(host));
  const view = views.get(host);
  view.tell = wanted => setStateValue("wanted", wanted);
  view.show(unpack(data));
}
