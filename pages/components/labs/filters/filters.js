// Classic filters on a noisy picture: a convolution, the median and Harris' corners side by side, and which of them is
// a convolution.
const WRONG = 0.1,
  TRIED = 64; // a pixel further off than this is plainly wrong; px of the part on which sums are tried
const NARROWEST = 200; // px: 12.5 rem, as in the style sheet; a column of pictures is not made narrower
const percent = percentThree;
const TIE = 1e-9,
  EDGE = 2; // share of the largest response; px at the border without corners
const SAME = { padding: "same", fill: "reflect" };

class Filters extends Lab {
  build() {
    this.trialOf = new Trial(this);
    this.pixel = new PixelNumbers(this);
    const view = (name, title) => {
      const sheet = new Sheet({ label: title, onPoint: (row, column) => this.point(row, column) });
      const heading = element("h4", "", title),
        caption = element("figcaption");
      this[name] = { sheet, heading, caption, node: element("figure", "view", heading, sheet.node, caption) };
      return this[name].node;
    };
    this.views = element(
      "div",
      "views",
      view("given", "With noise"),
      view("mean", "Convolution"),
      view("middle", "Median"),
      view("corner", "Harris corners"),
    );
    this.marks = svg("path", { class: "ring" });
    this.overlay = svg("svg", { class: "marks", "aria-hidden": "true" }, this.marks);
    this.corner.sheet.node.append(this.overlay);
    this.pixel.layNumbers();
    this.trialOf.layTrial();
    this.nothing = element("p", "", "Choose a picture above.");
    this.stage.append(this.nothing, this.views);
    this.said.after(this.pixel.numbers);
    this.taskList.before(this.trialOf.trial);
    this.about = element("small", "about");
    this.strengthKnob = this.knob("strength");
    this.seedKnob = element(
      "div",
      "",
      button("Draw it anew", () => this.set({ seed: (this.settings.seed + 1) % 10000 })),
    );
    const group = (title, ...nodes) => element("div", "group", element("h4", "", title), ...nodes);
    const first = (...parts) => {
      const node = group(...parts);
      node.classList.add("first");
      return node;
    };
    this.side.append(
      first("Noise", this.knob("noise", "Kind"), this.strengthKnob, this.seedKnob),
      group("Convolution", this.knob("kernel"), this.about),
      group("Median", this.knob("size", "Window")),
      group(
        "Harris corners",
        this.knob("threshold"),
        this.knob("spread", "Neighbourhood"),
        this.knob("k", "k, against edges"),
        this.knob("response", "Show R itself"),
      ),
      this.resetButton(),
    );
  }

  get gallery() {
    return this.data.kernels.find(({ name }) => name === this.settings.kernel);
  }

  get keepsBrightness() {
    return Math.abs(this.gallery.weights.flat().reduce((sum, weight) => sum + weight, 0) - 1) < 1e-9;
  }

  // Computes something anew only when what it depends on has changed.
  memo(name, key, compute) {
    const text = JSON.stringify([this.pictureSign, key]);
    this.known ??= new Map();
    if (this.known.get(name)?.text !== text) this.known.set(name, { text, value: compute() });
    return this.known.get(name).value;
  }

  compute() {
    const { noise, strength, seed, kernel, size, spread, k, threshold } = this.settings,
      drawn = [noise, strength, seed];
    this.clean = this.memo("clean", [], () => ({
      height: this.image.height,
      width: this.image.width,
      values: this.image.planes[0],
    }));
    this.hit = this.memo("hit", drawn, () => noisy(this.clean, noise, strength, seed));
    this.meant = this.memo("mean", [drawn, kernel], () => convolved(this.hit, this.gallery.weights));
    this.middled = this.memo("median", [drawn, size], () => median(this.hit, size));
    this.slopes = this.memo("harris", [drawn, spread, k], () => harris(this.hit, spread, k));
    this.most = this.memo("most", [drawn, spread, k], () =>
      this.slopes.values.reduce((high, value) => Math.max(high, value), 0),
    );
    this.corners = this.memo("corners", [drawn, spread, k, threshold], () => cornersOf(this.slopes, threshold));
    this.tries = this.trialOf.try();
  }

  draw() {
    this.nothing.hidden = Boolean(this.image);
    for (const node of [this.views, this.pixel.numbers, this.trialOf.trial]) node.hidden = !this.image;
    if (!this.image) return;
    this.compute();
    if (!this.at || this.at[0] >= this.clean.height || this.at[1] >= this.clean.width)
      this.at = [this.clean.height >> 1, this.clean.width >> 1];
    this.strengthKnob.hidden = this.seedKnob.hidden = this.settings.noise === "none";
    this.about.textContent = this.gallery.sentence;
    this.show();
    this.idle = this.summary();
    this.trialOf.drawTrial();
    this.pixel.numbersAt();
    this.say(this.idle);
  }

  // The room of one picture: two side by side, or one below the other on a phone.
  get sideOfOne() {
    return this.room / rem() >= 2 * NARROWEST + 24 ? (this.room - 24) / 2 / rem() : this.room / rem();
  }

  show() {
    const { noise, kernel, size, response } = this.settings,
      { hit, meant, middled, slopes } = this,
      isClean = noise === "none";
    this.paint(this.given, hit);
    this.given.heading.textContent = isClean ? "The picture" : `With ${noise} noise`;
    this.given.caption.replaceChildren(isClean ? "No noise on it." : this.quality(hit));
    this.paint(this.mean, meant, !this.keepsBrightness);
    this.mean.heading.textContent = `Convolution: ${kernel}`;
    this.mean.caption.replaceChildren(
      this.keepsBrightness ? this.quality(meant) : legend(largest(meant.values), this.dark),
    );
    this.paint(this.middle, middled);
    this.middle.heading.textContent = `Median ${size}×${size}`;
    this.middle.caption.replaceChildren(this.quality(middled));
    this.paint(this.corner, response ? slopes : hit, response);
    const count = counted(this.corners.length, "corner");
    this.corner.caption.replaceChildren(
      response ? element("span", "", `${count}; R: `, legend(largest(slopes.values), this.dark)) : count,
    );
    this.ring();
  }

  // Brightness as grey, other answers by their sign; a picture that has not changed is not painted again.
  paint(view, plane, signed = false) {
    const side = Math.min(400, this.sideOfOne),
      state = [plane, signed, side, this.dark];
    if (view.painted?.every((value, i) => value === state[i])) return;
    view.painted = state;
    if (signed) view.sheet.signed(plane.values, plane.height, plane.width, side);
    else view.sheet.image({ ...plane, planes: [plane.values] }, side);
  }

  ring() {
    const { height, width, zoom } = this.corner.sheet,
      r = Math.max(2.5 / zoom, 0.75) + 1 / zoom;
    this.overlay.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.marks.setAttribute(
      "d",
      this.corners
        .map(([y, x]) => `M${x + 0.5 - r} ${y + 0.5}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`)
        .join(""),
    );
  }

  // How far a picture is from the clean one.
  quality(plane) {
    const { error, wrong, gone } = this.measured(plane);
    if (error === 0) return "Equal to the clean picture.";
    const specks =
      plane !== this.hit && this.settings.noise === "salt and pepper"
        ? ` ${percent(gone)} of the specks are gone.`
        : "";
    return (
      `Mean squared error ${three(error)}, PSNR ${three(decibels(error))} ` +
      `dB; ${percent(wrong)} of pixels plainly wrong.${specks}`
    );
  }

  measured(plane) {
    plane.measured ??= {
      error: mse(plane.values, this.clean.values),
      wrong: wrongShare(plane.values, this.clean.values),
      gone: this.gone(plane),
    };
    return plane.measured;
  }

  // The share of specks that are back near their clean value.
  gone({ values }) {
    let specks = 0,
      gone = 0;
    this.clean.values.forEach((clean, i) => {
      if (Math.abs(this.hit.values[i] - clean) <= WRONG) return;
      specks += 1;
      gone += Math.abs(values[i] - clean) <= WRONG;
    });
    return specks ? gone / specks : 1;
  }

  summary() {
    const { noise, kernel, size } = this.settings;
    const sentence = this.gallery.sentence[0].toLowerCase() + this.gallery.sentence.slice(1);
    if (!this.keepsBrightness)
      return (
        `${kernel}: ${sentence} Its weights do not sum to 1, so ` +
        "its answer is no brightness: orange below zero, blue above."
      );
    if (noise === "none")
      return (
        "Without noise every change takes the picture away from itself. " +
        "Put noise on it and see which filter helps."
      );
    const alone = this.memo("alone", [kernel, size], () =>
        [convolved(this.clean, this.gallery.weights), median(this.clean, size)].map(plane =>
          mse(plane.values, this.clean.values),
        ),
      ),
      [mean, middle] = [this.meant, this.middled].map((plane, i) => ({
        alone: alone[i],
        error: this.measured(plane).error,
      })),
      better = middle.error < mean.error ? "the median" : kernel,
      dB = [mean, middle].map(({ error }) => decibels(error)).sort((a, b) => b - a);
    return (
      `Here ${better} comes nearer to the clean picture: ${three(dB[0])} against ${three(dB[1])} dB. ` +
      `${reasonFor(this.settings, this.gallery.weights, mean, middle)} Mean squared errors without noise: ` +
      `${three(mean.alone)} and ${three(middle.alone)} (median); noise adds ` +
      `${three(mean.error - mean.alone)} and ${three(middle.error - middle.alone)}.`
    );
  }

  point(row, column) {
    this.at = [row, column];
    const half = this.gallery.weights.length >> 1,
      reach = this.settings.size >> 1,
      { height, width } = this.clean;
    const box = by => [
      Math.max(0, row - by),
      Math.min(height, row + by + 1),
      Math.max(0, column - by),
      Math.min(width, column + by + 1),
    ];
    for (const [view, by] of [
      [this.given, half],
      [this.mean, half],
      [this.middle, reach],
      [this.corner, Math.ceil(this.settings.spread)],
    ]) {
      view.sheet.at = [row, column];
      view.sheet.frame("window", box(by));
      view.sheet.frame("now", view === this.given ? null : box(0));
    }
    this.pixel.numbersAt();
    this.say(this.pixel.sentenceAt());
  }

  tasks() {
    const gain = () =>
      this.image && this.settings.noise !== "none" && this.keepsBrightness
        ? decibels(this.measured(this.meant).error) - decibels(this.measured(this.middled).error)
        : 0;
    this.aboutWindows = new NumberQuestion({ ask: windowQuestion });
    this.aboutCorners = new NumberQuestion({ ask: cornerQuestion });
    return [
      {
        words: "Say what a filter answers, before you see it.",
        hint: "A median sorts. A kernel counts what is bright: where its weights there cancel, it does not answer.",
        asked: this.aboutWindows,
        done: () => this.aboutWindows.isDone,
      },
      {
        words:
          "Find noise and filters with which a convolution comes 1.5 dB nearer to the clean picture than the median.",
        hint:
          "A mean cancels many small errors, and a wider one more of them. " +
          "Which noise makes small errors everywhere?",
        done: () => gain() >= 1.5,
      },
      {
        words: "Say what Harris' R is, before you see it.",
        hint: "Their product, less k times the square of their sum.",
        asked: this.aboutCorners,
        done: () => this.aboutCorners.isDone,
      },
    ];
  }

  checks() {
    const plane = (size, value) => ({
      height: size,
      width: size,
      values: Float64Array.from({ length: size * size }, (_, i) => value(Math.floor(i / size), i % size)),
    });
    const speck = plane(5, (y, x) => Number(y === 2 && x === 2)),
      ramp = plane(5, (_, x) => x / 10),
      square = plane(40, (y, x) => Number(y >= 8 && y < 32 && x >= 8 && x < 32));
    const binomial = [
        [1, 2, 1],
        [2, 4, 2],
        [1, 2, 1],
      ].map(row => row.map(weight => weight / 16)),
      weights = name => this.data.kernels.find(kernel => kernel.name === name).weights;
    const example = plane(64, (y, x) =>
      (y - 44) ** 2 + (x - 42) ** 2 < 196 ? 0.1 : y >= 10 && y < 30 && x >= 8 && x < 28 ? 0.9 : 0.2 + (0.4 * x) / 63,
    );
    const gone = (filtered, specks) =>
      specks.filter(i => Math.abs(filtered.values[i] - example.values[i]) <= WRONG).length / specks.length;
    return {
      "speck mean": () => convolved(speck, binomial).values[12],
      "speck median": () => median(speck, 3).values.reduce((most, value) => Math.max(most, value), 0),
      ramp: () => convolved(ramp, weights("Sobel x")).values[12],
      harris: () => {
        const { values } = harris(square, 1.5, 0.05);
        return [
          [8, 8],
          [8, 20],
          [20, 20],
        ].map(([y, x]) => Math.sign(Math.round(values[y * 40 + x] * 1e9)));
      },
      corners: () => cornersOf(harris(square, 1.5, 0.05), 0.1).length,
      specks: () => {
        const hit = noisy(example, "salt and pepper", 0.05, 1),
          specks = [...hit.values.keys()].filter(i => Math.abs(hit.values[i] - example.values[i]) > WRONG);
        const [mean, middle] = [gone(convolved(hit, weights("Gaussian 3x3")), specks), gone(median(hit, 3), specks)];
        return (
          `median ${middle >= 0.99 ? "at least 99 %" : percent(middle)}, ` +
          `Gaussian ${mean < 0.5 ? "below half" : percent(mean)}`
        );
      },
    };
  }
}

export default mount(Filters);
