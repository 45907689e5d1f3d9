// Convolution in two dimensions: picture, kernel and map side by side; wherever the pointer is, that window is taken
// apart.
const COLOURS = ["red", "green", "blue"],
  MOST = 6,
  GAP = 18,
  NARROW = 640,
  STOPS = 144; // kernels; px; px; stops of an animation
const ROOMY = 256, // px of a picture, in which photos are still seen; and its side on a phone, above the knobs
  PHONE = 240;
const LARGE = 10000,
  FAINT = 1e-6; // stops of a map that takes long; what lies below is rounding and gets no colour
const THUMB = 76,
  PART = 140,
  AROUND = 25; // px of a small map and of a channel's; pixels shown around a window too small to be seen
const TITLES = { linear: "", relu: "ReLU", sigmoid: "sigmoid", tanh: "tanh" };
const times = (...numbers) => numbers.join("×");
const flat = plane => Float64Array.from(plane.flat());
const square = (size, value) =>
  Array.from({ length: size }, (_, y) => Array.from({ length: size }, (_, x) => value(y, x)));
const fitting = value => (three(value).length > 6 ? short(value) : three(value));

// A slice in another size: its middle stays in the middle.
function resized(plane, size) {
  const shift = Math.floor((size - plane.length) / 2);
  return square(size, (y, x) => plane[y - shift]?.[x - shift] ?? 0);
}

class Convolution extends Lab {
  build() {
    this.kernelPanel = new KernelPanel(this);
    this.sums = new Sums(this);
    this.views = new Views(this);
    this.windowSum = new WindowSum(this);
    this.asLayer = new AsLayer(this);
    this.judge = new KernelJudge(this);
    this.code = new TensorflowLine(this);
    Object.assign(this, { at: this.settings.place, kept: new Map(), slice: 0 });
    const look = (y, x, event) => {
      this.player.pause();
      this.light(y, x);
      this.noteIf(event, { place: [y, x] });
    };
    const point = (row, column, event) => {
      if (this.fits) look(...this.stopAt(row, column), event);
    };
    this.input = new Sheet({ label: "Picture with its border; arrow keys move the window", onPoint: point });
    this.output = new Sheet({
      label: "Map; arrow keys choose a pixel of it",
      onPoint: look,
    });
    this.table = new NumberTable({
      numbers: () => this.settings.numbers,
      change: numbers => this.set({ numbers }),
      onPoint: point,
    });
    this.cover = this.output.node.appendChild(element("i", "cover"));
    this.complaint = element("div", "complaint");
    this.complaint.setAttribute("role", "alert");
    this.inputWords = element("figcaption");
    this.around = element("canvas", "crisp");
    this.aroundBox = element("div", "around", this.around, element("figcaption", "", "The window, enlarged"));
    this.outputWords = element("figcaption");
    const left = element(
      "figure",
      "",
      (this.inputTitle = element("h4")),
      this.input.node,
      this.table.node,
      this.inputWords,
      this.aroundBox,
    );
    const right = element("figure", "", (this.outputTitle = element("h4")), this.output.node, this.outputWords);
    this.trio = element("div", "trio", left, (this.kernelBox = this.kernelPanel.layKernel()), right);
    this.player = new Player({
      length: () => Math.ceil(this.stops / this.stride),
      onStep: at => {
        this.reveal(at);
        if (!this.player.timer && this.at) this.note({ place: this.at.slice(0, 2) });
      },
      label: "Slide the window",
    });
    this.mapRow = element("div", "maps");
    this.work = element("div", "work scroll");
    this.channels = element("div", "channels");
    this.stage.append(
      this.trio,
      this.complaint,
      element("div", "row middle controls", this.player.node, this.mapRow),
      this.work,
    );
    this.side.append(
      this.knob("slides_over"),
      ...["size", "stride"].map(name => this.firstKnob(name)),
      ...["dilation", "padding"].map(name => this.knob(name)),
      (this.cellsKnob = this.knob("cells", "Cells at every side")),
      (this.fillKnob = this.knob("fill", "Border")),
      this.knob("activation"),
      this.knob("shown", "Map painted as"),
      this.resetButton(),
    );
    this.depth = element("div", "depth");
    this.formula.after(this.code.node, this.channels, this.depth, this.asLayer.layExamples());
  }

  // Who chooses another picture wants to see it, not the numbers.
  take(data) {
    const isOther = data.picture?.sign !== this.pictureSign;
    if (data.revision !== this.data.revision) this.at = data.settings.place;
    super.take(data);
    if (isOther && this.settings.slides_over === "numbers") this.set({ slides_over: "picture" });
  }

  get chosen() {
    return this.settings.kernels[this.settings.chosen];
  }

  get picture() {
    return this.settings.slides_over === "numbers" ? this.table.picture : this.image;
  }

  // Kernels of one layer have one size, and the chosen one must be there.
  settle(settings) {
    const fit = kernel =>
      kernel.slices[0].length === settings.size
        ? kernel
        : { ...kernel, slices: kernel.slices.map(plane => resized(plane, settings.size)) };
    return {
      ...settings,
      kernels: settings.kernels.map(fit),
      chosen: Math.min(settings.chosen, settings.kernels.length - 1),
    };
  }

  edit(changes) {
    this.set({
      kernels: this.settings.kernels.map((kernel, i) =>
        i === this.settings.chosen ? { ...kernel, ...changes } : kernel,
      ),
    });
  }

  planned() {
    const { size, stride, dilation, padding, cells, fill, kernels, chosen, activation, slides_over, numbers } =
        this.settings,
      picture = this.picture;
    const options = { stride, dilation, padding: padding === "number" ? cells : padding };
    const down = slide(picture.height, size, options),
      across = slide(picture.width, size, options);
    const border = down.before + down.after + across.before + across.after ? fill : "none";
    const ground =
      `${slides_over === "numbers" ? JSON.stringify(numbers) : this.pictureSign} ` +
      `${[down.before, down.after, across.before, across.after, border]}`;
    return {
      picture,
      down,
      across,
      size,
      stride,
      fill,
      kernels,
      chosen,
      activation,
      slides_over,
      padding,
      ground,
      windows: `${ground} ${[size, stride, dilation]}`,
      depth: picture.planes.length,
    };
  }

  draw() {
    const plan = this.planned();
    this.fresh = new Map();
    this.cellsKnob.hidden = this.settings.padding !== "number";
    this.fillKnob.hidden = this.settings.padding === "valid";
    this.kernelPanel.drawKernel(plan);
    this.measure(plan);
    this.asLayer.tellSize(plan);
    this.fits = plan.down.out > 0 && plan.across.out > 0;
    this.host.classList.toggle("stale", !this.fits);
    this.refuse(plan);
    if (this.fits) this.drawPlan(plan);
    this.kept = this.fresh;
  }

  refuse({ down, across, size }) {
    const tight = down.out ? across : down,
      sides = tight.before + tight.after;
    const spread = tight.reach > size ? `, spread to ${tight.reach},` : "",
      border = sides ? ` and a border of ${sides}` : "";
    this.complaint.textContent = this.fits
      ? ""
      : `A kernel of ${size}${spread} fits nowhere on ${tight.size}${border}. ` +
        "Take a smaller kernel, 'same' or a larger " +
        `picture.${this.plan ? " The map stays the last one that could be." : ""}`;
    if (!this.fits) this.say(""); // the sum of a window that is no more
  }

  drawPlan(plan) {
    this.plan = plan;
    const { picture, down, across, fill, ground } = plan;
    this.padded = this.sums.once(`padded ${ground}`, () =>
      picture.planes.map(plane => bordered(plane, picture.height, picture.width, down, across, fill)),
    );
    this.together =
      this.padded.length === 1
        ? this.padded[0]
        : this.sums.once(`together ${ground}`, () => ({
            ...this.padded[0],
            values: summed(this.padded.map(({ values }) => values)),
          }));
    this.map = this.sums.mapOf(plan.kernels[plan.chosen]);
    Object.assign(this, { stops: down.out * across.out, stride: Math.ceil((down.out * across.out) / STOPS) });
    this.views.drawInput();
    this.views.drawOutput();
    this.asLayer.drawMaps();
    this.asLayer.drawChannels();
    this.asLayer.drawDepth();
    this.code.show();
    this.windowSum.layWork();
    if (!this.at || (this.at[2] ?? ground) !== ground) this.at = [...this.strongest(), ground];
    this.light(clamp(this.at[0], 0, down.out - 1), clamp(this.at[1], 0, across.out - 1), this.revealed);
  }

  strongest() {
    let best = 0;
    for (let i = 0; i < this.map.length; i++) if (Math.abs(this.map[i]) > Math.abs(this.map[best])) best = i;
    return [Math.floor(best / this.plan.across.out), best % this.plan.across.out];
  }

  // Room for each of the two pictures, in px. Not asked after every edit: measuring a page that just changed takes
  // long.
  measure({ size, depth }) {
    const layout = `${size} ${depth}`;
    if (this.isEdit && this.layout === layout) return;
    Object.assign(this, { layout, rem: rem() });
    this.isNarrow = this.host.clientWidth < NARROW;
    const beside = (this.room - this.kernelBox.offsetWidth - 2 * GAP) / 2,
      isUnder = !this.isNarrow && beside < ROOMY * this.rem; // a large kernel gives way, or photos would shrink
    this.trio.classList.toggle("under", isUnder);
    this.sideRoom = this.isNarrow
      ? Math.min(this.room, PHONE * this.rem)
      : Math.min(460 * this.rem, isUnder ? (this.room - GAP) / 2 : beside);
    this.ink = getComputedStyle(this.host).color;
    this.accent = getComputedStyle(this.host).getPropertyValue("--st-primary-color");
  }

  set(changes) {
    this.isEdit = true;
    super.set(changes);
    this.isEdit = false;
  }

  // Which stop has its window around a cell of the picture with its border.
  stopAt(row, column) {
    const nearest = (cell, { reach, stride, out }) => clamp(Math.round((cell - (reach - 1) / 2) / stride), 0, out - 1);
    return [nearest(row, this.plan.down), nearest(column, this.plan.across)];
  }

  reveal(at) {
    if (!this.fits) return;
    const stop = Math.min(at * this.stride, this.stops - 1),
      wide = this.plan.across.out;
    this.light(Math.floor(stop / wide), stop % wide, at * this.stride);
  }

  // Shows one stop: its window on the picture, its pixel on the map, and its products. Nothing is computed but these.
  light(y, x, revealed = null) {
    if (!this.fits) return;
    const { down, across, stride, size, slides_over } = this.plan,
      [top, left] = [y * stride, x * stride];
    this.at = [y, x, this.plan.ground];
    this.revealed = revealed;
    if (revealed === null) this.player.at = Math.floor((y * across.out + x) / this.stride);
    const box = [top, top + down.reach, left, left + across.reach];
    const reads = (row, column) =>
      row >= top &&
      row < box[1] &&
      column >= left &&
      column < box[3] &&
      (row - top) % down.dilation === 0 &&
      (column - left) % down.dilation === 0;
    if (slides_over === "numbers") this.table.cells.mark("window", reads);
    else {
      this.input.frame("now", box);
      for (let i = 0; i < 49; i++) {
        const [ky, kx] = [Math.floor(i / size) * down.dilation, (i % size) * down.dilation],
          isRead = down.dilation > 1 && i < size * size && this.input.zoom >= 2;
        if (isRead || this.input.frames.has(`read r${i}`))
          this.input.frame(`read r${i}`, isRead ? [top + ky, top + ky + 1, left + kx, left + kx + 1] : null);
      }
      this.input.at = [top + ((down.reach - 1) >> 1), left + ((across.reach - 1) >> 1)];
    }
    this.output.at = [y, x];
    this.output.frame("now", [y, y + 1, x, x + 1]);
    this.drawCover(y, x, revealed);
    this.windowSum.drawWork(top, left, y, x);
  }

  drawCover(y, x, revealed) {
    this.cover.hidden = revealed === null;
    if (revealed === null) return;
    const { down, across } = this.plan,
      [from, to, right] = [y / down.out, (y + 1) / down.out, (x + 1) / across.out].map(part => `${100 * part}%`);
    this.cover.style.clipPath = `polygon(${right} ${from}, 100% ${from}, 100% 100%, 0 100%, 0 ${to}, ${right} ${to})`;
  }

  tasks() {
    return this.judge.tasks();
  }

  checks() {
    const nine = Float64Array.from({ length: 9 }, (_, i) => i + 1),
      rows = ({ values, height, width }) =>
        Array.from({ length: height }, (_, y) => [...values.slice(y * width, (y + 1) * width)]);
    const plane = (values, height, weights, options) =>
      rows(
        convolve2d(
          { height, width: values.length / height, planes: [values] },
          { size: weights.length, planes: [weights.flat()] },
          options,
        ),
      );
    const shape = (size, count) => {
      const image = { height: 32, width: 32, planes: [0, 1, 2].map(() => zeros(1024)) };
      const maps = Array.from({ length: count }, () =>
        convolve2d(image, { size, planes: [0, 1, 2].map(() => zeros(size * size)) }),
      );
      return [maps[0].height, maps[0].width, maps.length];
    };
    return {
      conv2d: () =>
        plane(nine.slice(0, 6), 2, [
          [1, 2],
          [3, 4],
        ]),
      "5x5x3": () => shape(5, 1),
      six: () => shape(5, 6),
      "1x1": () => shape(1, 2),
      wrap: () =>
        plane(
          nine,
          3,
          square(3, () => 1 / 9),
          { padding: "same", fill: "wrap" },
        ),
      reflect: () =>
        plane(
          nine.slice(0, 3),
          1,
          [
            [0, 0, 0],
            [1, 0, 0],
            [0, 0, 0],
          ],
          { padding: "same", fill: "reflect" },
        ),
    };
  }
}

export default mount(Convolution);
