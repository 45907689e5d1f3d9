// An image to paint over. Its pixels are covered here at once; the server is asked what the network says of it when the
// brush is lifted, and while it moves as often as it answers, at most a few times a second.
const BIG = 352, // px of the image
  PAUSE = 250; // ms between two questions while the brush moves
const FILLS = { grey: "Grey", mean: "Its mean colour", black: "Black", white: "White" };
const VIEWS = new WeakMap();

class CoveredImage {
  constructor(root, gestures) {
    Object.assign(this, { gestures, sign: "", asked: 0 });
    this.canvas = element("canvas", "picture paint");
    this.canvas.tabIndex = 0;
    this.seen = new OneImage({ large: BIG, picture: this.canvas });
    this.said = element("p", "said");
    const radio = (group, value, words) => {
      const input = Object.assign(element("input"), { type: "radio", name: group, value });
      return element("label", "", input, words);
    };
    this.fills = element("fieldset", "", element("legend", "", "Cover with"));
    this.fills.append(...Object.entries(FILLS).map(([value, words]) => radio("fill", value, words)));
    this.fills.onchange = () => this.tell();
    this.ways = element("fieldset", "", element("legend", "", "Brush"), radio("way", "cover", "covers"));
    this.ways.append(radio("way", "uncover", "uncovers"));
    this.ways.querySelector("input").checked = true;
    this.size = Object.assign(element("input"), { type: "range", min: 1, step: 1 });
    this.size.setAttribute("aria-label", "Size of the brush");
    this.sizeWords = element("output");
    this.size.oninput = () => this.saySize();
    this.clear = Object.assign(element("button", "", "Clear"), { type: "button" });
    this.clear.onclick = () => {
      this.mask.fill(0);
      this.tell();
    };
    this.suggest = Object.assign(element("button", "", "Cover what matters most"), { type: "button" });
    this.suggest.title = "Tries a square of the brush's size everywhere and covers where the answer loses most.";
    this.suggest.onclick = () => this.tell("suggest", Number(this.size.value));
    this.host = root.querySelector(".one-image");
    this.host.classList.add("painted");
    this.edge = svg("path");
    this.edges = svg("svg", { class: "edges", "aria-hidden": "true", preserveAspectRatio: "none" }, this.edge);
    const { picture, verdict, bars } = this.seen;
    this.host.replaceChildren(
      element(
        "div",
        "easel",
        element("div", "sheet", picture, this.edges),
        element("label", "knob", element("b", "", "Size of the brush"), this.sizeWords, this.size),
      ),
      element(
        "div",
        "main",
        verdict,
        bars,
        this.said,
        this.fills,
        this.ways,
        element("div", "buttons", this.suggest, this.clear),
      ),
    );
    this.listen();
  }

  draw(data) {
    const isOther = data.sign !== this.sign;
    Object.assign(this, { data, sign: data.sign });
    if (isOther) this.pixels = bytesOf(data.pixels);
    if (!this.mask || (!this.held && !this.gestures.waits)) this.take(data);
    this.seen.fit(data.shape);
    this.paint();
    this.seen.say({
      classes: data.classes,
      names: data.names,
      truth: data.truth,
      answer: data.answers[1],
      share: data.best[1],
      shares: data.shares[1],
      before: data.answers[0],
    });
    this.said.textContent = data.said;
    this.canvas.setAttribute("aria-label", `${data.name}, to paint over. ${data.said}`);
    this.askAgain?.();
  }

  // How it stands on the server.
  take({ mask, fill, brush, shape: [height, width] }) {
    const bits = bytesOf(mask);
    this.mask = Uint8Array.from({ length: height * width }, (_, i) => (bits[i >> 3] >> (7 - (i & 7))) & 1);
    this.fills.querySelector(`[value=${fill}]`).checked = true;
    if (this.size.max !== `${Math.ceil(Math.max(height, width) / 2)}`) {
      this.size.max = Math.ceil(Math.max(height, width) / 2);
      this.size.value = brush;
      this.saySize();
    }
  }

  saySize() {
    this.sizeWords.textContent = `${this.size.value} px`;
  }

  get fill() {
    return this.fills.querySelector(":checked").value;
  }

  paint() {
    const { shape, fills } = this.data,
      channels = shape[2],
      colour = fills[this.fill];
    const covered = this.pixels.map((value, i) => (this.mask[Math.floor(i / channels)] ? colour[i % channels] : value));
    putPixels(this.canvas, covered, shape);
    this.outline(shape);
  }

  // A line round what is covered: a grey square on grey cloth is not seen otherwise.
  outline([height, width]) {
    const is = (row, column) =>
        row >= 0 && row < height && column >= 0 && column < width && this.mask[row * width + column],
      path = [];
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        if (!is(row, column)) continue;
        if (!is(row - 1, column)) path.push(`M${column},${row}h1`);
        if (!is(row + 1, column)) path.push(`M${column},${row + 1}h1`);
        if (!is(row, column - 1)) path.push(`M${column},${row}v1`);
        if (!is(row, column + 1)) path.push(`M${column + 1},${row}v1`);
      }
    this.edges.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.edge.setAttribute("d", path.join(""));
  }

  written() {
    if (!this.mask.includes(1)) return "";
    const bits = new Uint8Array(Math.ceil(this.mask.length / 8));
    this.mask.forEach((one, i) => {
      bits[i >> 3] |= one << (7 - (i & 7));
    });
    let text = "";
    for (const byte of bits) text += String.fromCharCode(byte);
    return btoa(text);
  }

  tell(action = "cover", patch = 0) {
    this.asked = performance.now();
    this.askAgain = null;
    this.paint();
    this.gestures.sendNewest({ action, mask: this.written(), fill: this.fill, patch });
  }

  // While the brush moves: not before the last question is answered, nor sooner than a moment after it.
  tellSoon() {
    const isFree = () => !this.gestures.waits && performance.now() - this.asked >= PAUSE;
    if (isFree()) this.tell();
    else this.askAgain = () => setTimeout(() => this.askAgain && this.held && isFree() && this.tell(), PAUSE);
  }

  listen() {
    const at = event => {
      const box = this.canvas.getBoundingClientRect();
      return [
        ((event.clientX - box.left) * this.canvas.width) / box.width,
        ((event.clientY - box.top) * this.canvas.height) / box.height,
      ];
    };
    this.canvas.onpointerdown = event => {
      if (event.button) return;
      this.canvas.setPointerCapture(event.pointerId);
      this.held = true;
      this.last = at(event);
      this.stroke(this.last);
    };
    this.canvas.onpointermove = event => {
      if (this.held) for (const one of event.getCoalescedEvents?.() ?? [event]) this.stroke(at(one));
    };
    this.canvas.onpointerup = this.canvas.onpointercancel = () => {
      if (!this.held) return;
      this.held = false;
      this.tell();
    };
  }

  // A square of the brush's size at every place between two moves.
  stroke(to) {
    const [height, width] = this.data.shape,
      side = Number(this.size.value),
      value = this.ways.querySelector(":checked").value === "cover" ? 1 : 0,
      steps = Math.max(1, Math.ceil(Math.max(...to.map((end, i) => Math.abs(end - this.last[i])))));
    for (let step = 1; step <= steps; step++) {
      const [x, y] = to.map((end, i) => this.last[i] + ((end - this.last[i]) * step) / steps);
      const left = Math.round(x - side / 2),
        top = Math.round(y - side / 2);
      for (let row = Math.max(0, top); row < Math.min(height, top + side); row++)
        this.mask.fill(value, row * width + clamp(left, 0, width), row * width + clamp(left + side, 0, width));
    }
    this.last = to;
    this.paint();
    this.tellSoon();
  }
}

export default function (component) {
  const root = component.parentElement,
    gestures = Gestures.of(component).hear(component);
  if (!VIEWS.has(root)) VIEWS.set(root, new CoveredImage(root, gestures));
  VIEWS.get(root).draw(component.data);
  return () => VIEWS.delete(root);
}
