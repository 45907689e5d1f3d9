// A row of maps for each class that is explained; a click makes one large, with what it means.
const TILE = 168,
  SMALL = 100,
  GAP = 14,
  LARGE = 420, // px of an image at most
  BEGIN = 70; // percent of the way from the image alone to the map alone

class Gallery {
  constructor(host) {
    Object.assign(this, { host, opened: "", mix: BEGIN });
    host.onkeydown = event => {
      if (!this.opened) return;
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (event.key !== "Escape" && !step) return;
      if (event.target.type === "range" && step) return;
      event.preventDefault();
      this.open(event.key === "Escape" ? "" : this.beside(step));
    };
  }

  show(shown) {
    this.shown = shown;
    if (this.opened && !this.has(this.opened)) this.opened = "";
    this.draw();
  }

  has(kind) {
    return this.shown.sides.every(side => side.maps[kind]);
  }

  beside(step) {
    const kinds = this.shown.methods.map(method => method.kind).filter(kind => this.has(kind));
    return kinds[(kinds.indexOf(this.opened) + step + kinds.length) % kinds.length];
  }

  open(kind) {
    const before = this.opened;
    this.opened = kind;
    this.draw();
    this.host.querySelector(kind ? ".back" : `[data-kind="${before}"]`)?.focus();
  }

  draw() {
    const dark = (this.host.dark = isDark(this.host)),
      large = this.opened && this.shown.kinds.get(this.opened);
    this.dark = dark;
    const [read, enlarge] = isTouched()
      ? ["Touch the map to read it.", "Tap a map to see it large."]
      : ["Point at the map to read it.", "Point at a map to read it; click it to see it large."];
    this.said = element("span", "said", large ? read : enlarge);
    this.body = element("div", "body", ...(large ? this.large(large) : this.rows()));
    this.body.append(ramps(dark, large ? [large] : this.shown.methods));
    this.host.replaceChildren(this.bar(), this.body);
    this.blend();
  }

  bar() {
    const slider = Object.assign(element("input"), { type: "range", min: 0, max: 100, value: this.mix });
    slider.setAttribute("aria-label", "From the image alone to the map alone");
    slider.oninput = () => {
      this.mix = +slider.value;
      this.blend();
    };
    const save = element("button", "save", "Save as PNG");
    save.onclick = () => savePicture(this.body, `why-${this.opened || "all"}.png`);
    const mixing = element("label", "mix", "Image", slider, "Map");
    const back = element("button", "back", "All methods");
    back.onclick = () => this.open("");
    return element("div", "bar", this.opened ? back : null, this.said, mixing, save);
  }

  // Half way both are whole.
  blend() {
    this.host.style.setProperty("--picture", Math.min(1, (100 - this.mix) / 50));
    this.host.style.setProperty("--map", Math.min(1, this.mix / 50));
  }

  rows() {
    return this.shown.sides.map(side =>
      element(
        "section",
        "",
        this.heading(side),
        element("div", "tiles", this.whole(), ...this.shown.methods.map(method => this.drawn(side, method))),
      ),
    );
  }

  heading({ title, share, of, score }) {
    const words = `${share} · ${of} ${three(score)}`;
    return element("h3", "", element("b", "told", title), element("span", "told muted", words));
  }

  zoom(most) {
    const side = Math.max(...this.shown.image.shape),
      room = Math.min(most * rem(), this.host.clientWidth || most);
    return side <= room ? Math.floor(room / side) : room / side;
  }

  // All in one row where they are not too small for that, so that two classes stand below each other.
  get tile() {
    const count = this.shown.methods.length + 1,
      one = (this.host.clientWidth - (count - 1) * GAP) / count / rem();
    return one >= SMALL ? one : TILE;
  }

  whole() {
    const canvas = this.shown.colours(this.zoom(this.tile));
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", this.shown.image.name);
    return element("figure", "", canvas, element("figcaption", "", element("span", "told", this.shown.image.name)));
  }

  drawn(side, method) {
    const words = element("figcaption", "", element("span", "told", method.name));
    if (!side.maps[method.kind]) {
      const empty = element("div", "empty", element("span", "told", method.missing));
      empty.style.width = `${this.shown.image.shape[1] * this.zoom(this.tile)}px`;
      return element("figure", "", empty, words);
    }
    const button = element("button", "stack", ...this.stack(side, method, this.tile));
    button.dataset.kind = method.kind;
    button.title = method.means;
    button.setAttribute("aria-label", `${method.name}, ${side.title}`);
    button.onclick = () => this.open(method.kind);
    if (!largest(side.maps[method.kind].numbers)) words.append(element("span", "told muted", "zero everywhere"));
    else if (method.layer) words.append(element("span", "told muted", method.layer));
    return element("figure", "", button, words);
  }

  stack(side, method, most) {
    const zoom = this.zoom(most),
      map = this.shown.map(side, method, zoom, this.dark);
    map.onpointermove = event => this.read(event, map, side.maps[method.kind], method);
    return [this.shown.picture(zoom), map];
  }

  read(event, canvas, { numbers, shape }, method) {
    const box = canvas.getBoundingClientRect(),
      [high, wide] = shape,
      y = clamp(Math.floor(((event.clientY - box.top) / box.height) * high), 0, high - 1),
      x = clamp(Math.floor(((event.clientX - box.left) / box.width) * wide), 0, wide - 1),
      value = element("b", "", three(numbers[y * wide + x]));
    this.said.replaceChildren(`${method.name} · row ${y}, column ${x}: `, value, ` (${method.measure})`);
  }

  large(method) {
    const figures = this.shown.sides.map(side =>
      element("figure", "", this.heading(side), element("div", "stack", ...this.stack(side, method, LARGE))),
    );
    const range = `${method.signed ? `${three(-method.limit)} to ` : "0 to "}${three(method.limit)}`;
    const words = element(
      "div",
      "words",
      element("h2", "told", method.name),
      element("p", "told", method.means),
      element("h4", "told", "What it does not mean"),
      element("p", "told", method.limits),
      element("p", "told muted", `A value is: ${method.measure}; here ${range}.`),
      method.layer ? element("p", "told muted", `Maps of ${method.layer}.`) : null,
      element("p", "told muted", method.paper),
    );
    return [element("div", "large", ...figures, words)];
  }
}

const GALLERIES = new WeakMap();

export default function ({ data, parentElement }) {
  const host = parentElement.querySelector(".why"),
    packet = unpack(data);
  if (!GALLERIES.has(host)) GALLERIES.set(host, new Gallery(host));
  const gallery = GALLERIES.get(host);
  host.onpointerenter = () => host.dark !== isDark(host) && gallery.draw();
  if (host.sign === packet.header.sign) return;
  host.sign = packet.header.sign;
  gallery.show(new Shown(packet));
}
