// Classic filters on a noisy picture: a convolution, the median and Harris' corners side by side, and which of them is
// a convolution.
// core/learn/filters.py says the same with SciPy; beyond the border stands the mirrored picture.
const WRONG = 0.1,
  TRIED = 64; // a pixel further off than this is plainly wrong; px of the part on which sums are tried
const NARROWEST = 200; // px: 12.5 rem, as in the style sheet; a column of pictures is not made narrower
const percent = share => `${three(100 * share)}\u202f%`;
const SAME = { padding: "same", fill: "reflect" };

// ---- arithmetic: a plane is { height, width, values }

const noises = {
  none: plane => plane.values.slice(),
  Gaussian: (plane, strength, random) => plane.values.map(value => clamp(value + strength * normal(random), 0, 1)),
  "salt and pepper": (plane, strength, random) =>
    plane.values.map(value => {
      const drawn = random();
      return drawn < strength / 2 ? 0 : drawn < strength ? 1 : value;
    }),
};
const noisy = (plane, noise, strength, seed) => ({ ...plane, values: noises[noise](plane, strength, generator(seed)) });

const rounded = (plane, border) =>
  bordered(
    plane.values,
    plane.height,
    plane.width,
    { before: border, after: border },
    { before: border, after: border },
    "reflect",
  );
const convolved = (plane, rows) => ({
  ...plane,
  values: convolve2d({ ...plane, planes: [plane.values] }, { size: rows.length, planes: [rows.flat()] }, SAME).values,
});

// The middle one of each window's sorted values. The window is kept sorted by insertion: short windows make that the
// fastest.
function median(plane, size) {
  const { height, width } = plane,
    wide = rounded(plane, size >> 1),
    values = zeros(height * width),
    window = zeros(size * size),
    middle = (size * size) >> 1;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let count = 0;
      for (let row = y; row < y + size; row++)
        for (let i = row * wide.width + x, end = i + size; i < end; i++) {
          const value = wide.values[i];
          let at = count++;
          for (; at > 0 && window[at - 1] > value; at--) window[at] = window[at - 1];
          window[at] = value;
        }
      values[y * width + x] = window[middle];
    }
  return { ...plane, values };
}

// A Gaussian over so many px as SciPy takes: four times its spread to either side; first across, then down.
// Weight by weight over whole rows: the inner loop runs along memory, which is what makes it fast.
function blurred({ height, width, values }, spread) {
  const reach = Math.floor(4 * spread + 0.5),
    bell = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / spread) ** 2));
  const total = bell.reduce((sum, weight) => sum + weight, 0),
    across = zeros(height * width),
    down = zeros(height * width),
    line = zeros(width + 2 * reach);
  const places = Int32Array.from(line, (_, x) => cellAt(x - reach, width, "reflect"));
  for (let y = 0; y < height; y++) {
    const start = y * width;
    for (let x = 0; x < line.length; x++) line[x] = values[start + places[x]];
    for (let j = 0; j < bell.length; j++) {
      const weight = bell[j] / total;
      for (let x = 0; x < width; x++) across[start + x] += weight * line[x + j];
    }
  }
  for (let y = 0; y < height; y++)
    for (let j = 0; j < bell.length; j++) {
      const weight = bell[j] / total,
        start = y * width,
        from = cellAt(y + j - reach, height, "reflect") * width;
      for (let x = 0; x < width; x++) down[start + x] += weight * across[from + x];
    }
  return { height, width, values: down };
}

const SOBEL = [
    [-1, 0, 1],
    [-2, 0, 2],
    [-1, 0, 1],
  ],
  SOBEL_DOWN = [
    [-1, -2, -1],
    [0, 0, 0],
    [1, 2, 1],
  ];

// Harris and Stephens 1988: slopes' products weighed over the neighbourhood, R = det - k trace^2.
function harris(plane, spread, k) {
  const x = convolved(plane, SOBEL).values,
    y = convolved(plane, SOBEL_DOWN).values,
    weighed = product => blurred({ ...plane, values: product }, spread).values;
  const xx = weighed(x.map(value => value * value)),
    yy = weighed(y.map(value => value * value)),
    xy = weighed(x.map((value, i) => value * y[i]));
  return { ...plane, xx, yy, xy, values: xx.map((value, i) => value * yy[i] - xy[i] ** 2 - k * (value + yy[i]) ** 2) };
}

// Places of the corners: largest of their 3x3 neighbourhood, and above a share of the largest of all.
function cornersOf({ height, width, values }, threshold) {
  const most = values.reduce((high, value) => Math.max(high, value), 0),
    found = [];
  if (most <= 1e-9) return found; // an even picture has none
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const value = values[y * width + x];
      if (value < threshold * most) continue;
      const near = [-1, 0, 1]
        .flatMap(dy => [-1, 0, 1].map(dx => [y + dy, x + dx]))
        .filter(([row, column]) => row >= 0 && row < height && column >= 0 && column < width);
      if (near.every(([row, column]) => values[row * width + column] <= value)) found.push([y, x]);
    }
  return found;
}

const mse = (a, b) => a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length;
const decibels = error => -10 * Math.log10(error);
const wrongShare = (a, b) => a.reduce((count, value, i) => count + (Math.abs(value - b[i]) > WRONG), 0) / a.length;

// Is f(a + b) = f(a) + f(b), and f(2a) = 2 f(a)? The largest difference of each, and where it stands.
function tried(f, a, b) {
  const of = values => f({ ...a, values }).values,
    [fa, fb] = [of(a.values), of(b.values)];
  const worst = (left, right) => {
    let at = 0;
    for (let i = 0; i < left.length; i++) if (Math.abs(left[i] - right[i]) > Math.abs(left[at] - right[at])) at = i;
    return {
      at,
      left: left[at],
      right: right[at],
      holds: Math.abs(left[at] - right[at]) <= 1e-9 * Math.max(1, largest(right)),
    };
  };
  return {
    sum: worst(
      of(a.values.map((value, i) => value + b.values[i])),
      fa.map((value, i) => value + fb[i]),
    ),
    double: worst(
      of(a.values.map(value => 2 * value)),
      fa.map(value => 2 * value),
    ),
  };
}

// A part of a plane.
function cut(plane, top, left, height, width) {
  const values = zeros(height * width);
  for (let y = 0; y < height; y++)
    values.set(
      plane.values.subarray((top + y) * plane.width + left, (top + y) * plane.width + left + width),
      y * width,
    );
  return { height, width, values };
}

// ---- the lab

class Filters extends Lab {
  build() {
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
    this.layNumbers();
    this.layTrial();
    this.nothing = element("p", "", "Choose a picture above.");
    this.stage.append(this.nothing, this.views);
    this.said.after(this.numbers);
    this.taskList.before(this.trial);
    this.about = element("small", "about");
    this.strengthKnob = this.knob("strength");
    this.seedKnob = element(
      "div",
      "",
      button("Draw it anew", () => this.set({ seed: (this.settings.seed + 1) % 10000 })),
    );
    const group = (title, ...nodes) => element("div", "group", element("h4", "", title), ...nodes);
    this.side.append(
      group("Noise", this.knob("noise", "Kind"), this.strengthKnob, this.seedKnob),
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

  layNumbers() {
    this.window = new Cells({ label: "Window of the convolution" });
    this.weights = new Cells({ label: "Weights" });
    this.sorted = new Cells({ label: "Values of the median's window, sorted" });
    this.matrix = new Cells({ label: "Products of the slopes" });
    this.eigen = element("div", "eigen");
    const part = (title, ...nodes) =>
      element("div", "part", element("h4", "", title), element("div", "row middle", ...nodes));
    this.numbers = element(
      "div",
      "numbers row",
      part("Window times weights", this.window.node, element("span", "operator", "×"), this.weights.node),
      part("Sorted, for the median", this.sorted.node),
      part("Products of slopes", this.matrix.node, this.eigen),
    );
  }

  layTrial() {
    this.trialBody = element("tbody");
    this.trialWords = element("p", "trial-words");
    const head = ["Filter f", "f(a + b) = f(a) + f(b)?", "f(2a) = 2 f(a)?", "So it is"].map(title =>
      element("th", "", title),
    );
    this.trial = element(
      "div",
      "trial",
      element("h3", "", "What is a convolution, and what is not"),
      this.trialWords,
      element("div", "scroll", element("table", "", element("thead", "", element("tr", "", ...head)), this.trialBody)),
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
    this.tries = this.try();
  }

  draw() {
    this.nothing.hidden = Boolean(this.image);
    for (const node of [this.views, this.numbers, this.trial]) node.hidden = !this.image;
    if (!this.image) return;
    this.compute();
    if (!this.at || this.at[0] >= this.clean.height || this.at[1] >= this.clean.width)
      this.at = [this.clean.height >> 1, this.clean.width >> 1];
    this.strengthKnob.hidden = this.seedKnob.hidden = this.settings.noise === "none";
    this.about.textContent = this.gallery.sentence;
    this.show();
    this.idle = this.summary();
    this.drawTrial();
    this.numbersAt();
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
    const count = `${grouped(this.corners.length)} ${this.corners.length === 1 ? "corner" : "corners"}`;
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
    const { noise, kernel } = this.settings;
    const sentence = this.gallery.sentence[0].toLowerCase() + this.gallery.sentence.slice(1);
    if (!this.keepsBrightness)
      return (
        `${kernel}: ${sentence} Its weights do not sum to 1, so ` +
        "its answer is no brightness: orange below zero, blue above."
      );
    if (noise === "none")
      return (
        "Without noise both filters can only take something away. " +
        "Put noise on the picture and see which of them helps."
      );
    const [mean, middle] = [this.meant, this.middled].map(plane => this.measured(plane).error),
      better = middle < mean ? "the median" : kernel;
    const why =
      noise === "Gaussian"
        ? "Small errors of both signs cancel in a mean; the median uses a single value."
        : "A speck pulls every mean that it falls into; among sorted values " +
          "it stands at an end, and the middle one does not ask for it.";
    return (
      `${why} Here ${better} comes nearer to the clean picture: ` +
      `${three(decibels(Math.min(mean, middle)))} against ${three(decibels(Math.max(mean, middle)))} dB.`
    );
  }

  // ---- under the pointer

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
    this.numbersAt();
    this.say(this.sentenceAt());
  }

  valuesAt(size) {
    const [row, column] = this.at,
      half = size >> 1,
      { height, width, values } = this.hit;
    return Array.from(
      { length: size * size },
      (_, i) =>
        values[
          cellAt(row - half + Math.floor(i / size), height, "reflect") * width +
            cellAt(column - half + (i % size), width, "reflect")
        ],
    );
  }

  sentenceAt() {
    const [row, column] = this.at,
      i = row * this.clean.width + column,
      { most } = this,
      R = this.slopes.values[i];
    const what =
      R >= this.settings.threshold * most && most > 1e-9
        ? "a corner, if no neighbour has more"
        : R < -0.001 * most
          ? "an edge"
          : "neither edge nor corner";
    const noise = this.settings.noise === "none" ? "" : ` with noise ${three(this.hit.values[i])},`;
    const [clean, mean, middle] = [this.clean, this.meant, this.middled].map(plane => three(plane.values[i]));
    return (
      `Row ${row + 1}, column ${column + 1}: ${clean} in the clean picture,${noise} ` +
      `${mean} after the convolution, ${middle} after the median. R says ${what}.`
    );
  }

  numbersAt() {
    const { weights } = this.gallery,
      { size, k } = this.settings,
      seen = this.valuesAt(weights.length),
      flat = weights.flat(),
      i = this.at[0] * this.clean.width + this.at[1];
    const sorted = this.valuesAt(size).sort((a, b) => a - b),
      middle = sorted.length >> 1,
      { dark } = this;
    this.window.show(seen, weights.length, weights.length, { limit: 1, dark });
    this.weights.show(flat, weights.length, weights.length, { dark });
    this.sorted.show(sorted, size, size, { limit: 1, dark });
    this.sorted.mark("now", (row, column) => row * size + column === middle);
    const [xx, yy, xy] = [this.slopes.xx[i], this.slopes.yy[i], this.slopes.xy[i]],
      spread = Math.hypot((xx - yy) / 2, xy),
      mean = (xx + yy) / 2;
    this.matrix.show([xx, xy, xy, yy], 2, 2, { dark });
    this.eigen.replaceChildren(
      element("div", "", `eigenvalues ${three(mean + spread)} and ${three(Math.max(0, mean - spread))}`),
      element("small", "", "both large: corner; one: edge; none: even"),
    );
    const terms = flat.map((weight, j) => [weight, seen[j]]).filter(([weight]) => weight !== 0);
    const told = terms
      .slice(0, 9)
      .map(([weight, value]) => `${weight < 0 ? `(${three(weight)})` : three(weight)}·${three(value)}`);
    const more = terms.length > told.length ? ` + … (${terms.length} products)` : "";
    const spelled =
      `(${three(xx)}·${three(yy)} − ${three(Math.abs(xy))}²) ` + `− ${three(k)}·(${three(xx)} + ${three(yy)})²`;
    this.formula.replaceChildren(
      element(
        "div",
        "",
        "Convolution: ",
        element("b", "", three(this.meant.values[i])),
        ` = ${told.join(" + ")}${more}`,
      ),
      element(
        "div",
        "",
        "Median: ",
        element("b", "", three(sorted[middle])),
        ` = number ${middle + 1} of ${sorted.length} sorted values`,
      ),
      element(
        "div",
        "",
        "Harris: R = ",
        element("b", "", three(this.slopes.values[i])),
        ` = det − k · trace² = ${spelled}`,
      ),
    );
  }

  // ---- is it a convolution?

  // a: the middle of the clean picture; b: the noise on it, or, without noise, the same part from right to left.
  try() {
    const { height, width } = this.clean,
      tall = Math.min(TRIED, height),
      wide = Math.min(TRIED, width),
      top = (height - tall) >> 1,
      left = (width - wide) >> 1;
    const a = cut(this.clean, top, left, tall, wide),
      hit = cut(this.hit, top, left, tall, wide),
      added = hit.values.map((value, i) => value - a.values[i]);
    const isNoise = added.some(value => value !== 0),
      b = {
        ...a,
        values: isNoise ? added : a.values.map((_, i) => a.values[Math.floor(i / wide) * wide + wide - 1 - (i % wide)]),
      };
    const { noise, strength, seed, size, spread, k, kernel } = this.settings,
      drawn = [noise, strength, seed];
    const filters = [
      [`Convolution, ${kernel}`, kernel, plane => convolved(plane, this.gallery.weights)],
      [`Median ${size}×${size}`, size, plane => median(plane, size)],
      ["Harris' R", [spread, k], plane => harris(plane, spread, k)],
    ];
    return {
      top,
      left,
      tall,
      wide,
      isNoise,
      rows: filters.map(([name, setting, f], i) => [
        name,
        this.memo(`try ${i}`, [drawn, setting], () => tried(f, a, b)),
      ]),
    };
  }

  drawTrial() {
    const { tall, wide, isNoise, rows } = this.tries;
    const b = isNoise ? "the noise on it" : "its mirror image";
    this.trialWords.textContent =
      "All three treat every pixel alike; a convolution is also linear: the filter of a sum is " +
      `the sum of the filters. Tried now on the middle ${tall}×${wide} pixels; a is the clean picture, b is ${b}.`;
    this.trialBody.replaceChildren(
      ...rows.map(([name, { sum, double }]) =>
        element(
          "tr",
          "",
          element("td", "", name),
          this.verdict(sum),
          this.verdict(double),
          element(
            "td",
            sum.holds && double.holds ? "right" : "wrong",
            sum.holds && double.holds ? "a convolution" : "not a convolution",
          ),
        ),
      ),
    );
  }

  verdict({ holds, left, right, at }) {
    if (holds) return element("td", "", `yes (largest difference ${three(Math.abs(left - right))})`);
    const there = button("Show where", () =>
      this.point(this.tries.top + Math.floor(at / this.tries.wide), this.tries.left + (at % this.tries.wide)),
    );
    return element("td", "", `no: ${three(left)} is not ${three(right)} `, there);
  }

  tasks() {
    const answer = step =>
      this.gallery.weights
        .flatMap((row, y) => row.map((weight, x) => weight * step(y - (row.length >> 1), x - (row.length >> 1))))
        .reduce((sum, term) => sum + term, 0);
    const isBetter = () =>
      this.image &&
      this.settings.noise !== "none" &&
      this.keepsBrightness &&
      this.measured(this.meant).error < this.measured(this.middled).error;
    const isVertical = () =>
      Math.abs(answer((_y, x) => x > 0)) > 1e-9 &&
      Math.abs(answer(y => y > 0)) < 1e-9 &&
      Math.abs(answer(() => 1)) < 1e-9;
    return [
      {
        words: "Find a noise that a convolution takes away better than the median does (more dB).",
        hint: "A mean cancels many small errors. Which noise makes small errors everywhere?",
        done: isBetter,
      },
      {
        words: "Choose a kernel that answers to vertical edges and to no horizontal one.",
        hint: "What stands left of the edge, and what right of it, must not count alike; above and below must.",
        done: isVertical,
      },
      {
        words: "Set Harris' threshold so that exactly four corners are marked.",
        hint: "Without noise it is easier; on a square from Shapes easiest.",
        done: () => this.image && this.corners.length === 4,
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
