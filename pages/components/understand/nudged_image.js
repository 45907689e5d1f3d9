// An image that is nudged: every value by the same number of grey values, each its own way. All sizes came at once.
const WIDE = 760, // px of the plot at most, and as long as its room is not known
  HIGH = 210,
  SIDE = 128; // px of the images below it
const VIEWS = new WeakMap();

class NudgedImage {
  constructor(root) {
    this.sign = "";
    this.canvas = element("canvas", "picture");
    this.seen = new OneImage({ picture: this.canvas });
    this.said = element("b");
    this.room = element("div", "room");
    this.slider = Object.assign(element("input"), { type: "range", min: 0, step: 1 });
    this.slider.setAttribute("aria-label", "Size of the nudge in grey values");
    this.slider.oninput = () => this.show(Number(this.slider.value));
    this.words = element("output");
    this.before = new OneImage({ large: SIDE, picture: element("canvas", "picture") });
    this.nudge = new OneImage({ large: SIDE, picture: element("canvas", "picture nudge") });
    this.amplified = element("figcaption");
    this.size = element("p", "hint");
    this.host = root.querySelector(".one-image");
    this.host.replaceChildren(
      this.seen.node,
      element(
        "div",
        "main",
        element("p", "title", this.said),
        this.room,
        element("label", "knob set", element("b", "", "Size of the nudge"), this.words, this.slider),
        element(
          "div",
          "pair",
          element("figure", "", this.before.picture, element("figcaption", "", "as it is")),
          element("figure", "", this.nudge.picture, this.amplified),
        ),
        this.size,
      ),
    );
    new ResizeObserver(() => this.data && this.room.clientWidth !== this.wide && this.curves()).observe(this.room);
  }

  draw(data) {
    const sign = `${data.sign}-${data.target}`,
      isOther = sign !== this.sign;
    Object.assign(this, { data, sign });
    if (isOther) {
      this.pixels = bytesOf(data.pixels);
      this.direction = new Int8Array(bytesOf(data.direction).buffer);
      this.slider.max = data.best.length - 1;
      this.slider.value = data.smallest ?? data.best.length - 1;
      putPixels(this.before.picture, this.pixels, data.shape);
    }
    this.seen.fit(data.shape);
    this.before.fit(data.shape);
    this.nudge.fit(data.shape);
    this.said.textContent = data.said;
    this.curves();
  }

  curves() {
    const { data } = this,
      r = rem();
    this.wide = this.room.clientWidth;
    if (!this.plot) {
      this.plot = new Plot({ label: "", x: { low: 0, high: 1, label: "" }, y: { low: 0, high: 1, label: "" } });
      this.room.append(this.plot.node);
    }
    this.plot.frame({
      x: { low: 0, high: data.best.length - 1, label: "grey values of 255" },
      y: { low: 0, high: 1, label: "" },
      width: Math.min(this.wide || WIDE * r, WIDE * r),
      height: HIGH * r,
    });
    data.classes.forEach(({ index }, i) => {
      this.plot.line(
        `class-${index}`,
        data.shares.map((shares, size) => [size, shares[i]]),
      );
      this.plot.part("path", `class-${index}`).style.color = classColour(index);
    });
    const at = data.smallest;
    this.plot.line(
      "flip-0",
      at
        ? [
            [at, 0],
            [at, 1],
          ]
        : [],
    ); // prettier-ignore
    this.plot.dots("flips", at ? [[at, data.best[at]]] : []);
    this.plot.node.setAttribute("aria-label", `Probabilities by the size of the nudge. ${data.said}`);
    this.show(Number(this.slider.value));
  }

  show(size) {
    const { data } = this,
      nudged = this.pixels.map((value, i) => clamp(value + size * this.direction[i], 0, 255)),
      difference = Float32Array.from(nudged, (value, i) => value - this.pixels[i]);
    putPixels(this.canvas, nudged, data.shape);
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", `${data.name}, nudged by ${size} grey values`);
    this.difference(difference, size);
    this.plot.line("cursor", [
      [size, 0],
      [size, 1],
    ]); // prettier-ignore
    this.words.textContent = counted(size, "grey value");
    this.seen.say({
      classes: data.classes,
      names: data.names,
      truth: data.truth,
      answer: data.answers[size],
      share: data.best[size],
      shares: data.shares[size],
      before: data.answers[0],
    });
  }

  difference(values, size) {
    const [height, width, channels] = this.data.shape,
      most = values.reduce((so, value) => Math.max(so, Math.abs(value)), 0),
      mean = values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length,
      planes = Float32Array.from({ length: height * width }, (_, i) => {
        let sum = 0;
        for (let c = 0; c < channels; c++) sum += values[i * channels + c];
        return sum / channels;
      });
    paint(this.nudge.picture, planes, height, width, most || 1, isDark(this.host));
    const times = most ? Math.round(255 / most) : 0;
    this.amplified.textContent = most ? `the nudge, ${grouped(times)} times as strong` : "no nudge";
    const colours = channels > 1 ? ", mean of the colours" : "";
    this.nudge.picture.title = `orange: darker, blue: lighter${colours}`;
    const cut = most < size && size ? " Some pixels are black or white already and can't go on." : "";
    this.size.textContent =
      `Largest change: ${counted(most, "grey value")} of 255; on average ${three(mean)}. ` +
      `Orange is darker, blue lighter${colours}.${cut}`;
  }
}

export default function ({ parentElement: root, data }) {
  if (!VIEWS.has(root)) VIEWS.set(root, new NudgedImage(root));
  VIEWS.get(root).draw(data);
  return () => VIEWS.delete(root);
}
