// Convolution in two dimensions: picture, kernel and map side by side; wherever the pointer is, that window is taken
// apart.
const COLOURS = ["red", "green", "blue"],
  MOST = 6,
  GAP = 18,
  NARROW = 640,
  STOPS = 144; // kernels; px; px; stops of an animation
const LARGE = 10000,
  FAINT = 1e-6; // stops of a map that takes long; what lies below is rounding and gets no colour
const WRITABLE = 23; // px that a pixel must have so that its value can be written into it
const THUMB = 76,
  PART = 140,
  AROUND = 25; // px of a small map and of a channel's; pixels shown around a window too small to be seen
const TITLES = { linear: "", relu: "ReLU", sigmoid: "sigmoid", tanh: "tanh" };
const times = (...numbers) => numbers.join("×");
const flat = plane => Float64Array.from(plane.flat());
const square = (size, value) =>
  Array.from({ length: size }, (_, y) => Array.from({ length: size }, (_, x) => value(y, x)));
const short = value =>
  // .53 where room is dear
  Math.abs(value) >= 100 ? three(value) : Number(value.toFixed(2)).toString().replace("0.", ".").replace("-", "\u2212");
const fitting = value => (three(value).length > 6 ? short(value) : three(value));

// A slice in another size: its middle stays in the middle.
function resized(plane, size) {
  const shift = Math.floor((size - plane.length) / 2);
  return square(size, (y, x) => plane[y - shift]?.[x - shift] ?? 0);
}

// Every k-th value of a map, for its small picture.
function sampled(values, height, width, k) {
  const tall = Math.ceil(height / k),
    wide = Math.ceil(width / k),
    few = new Float64Array(tall * wide);
  for (let y = 0; y < tall; y++) for (let x = 0; x < wide; x++) few[y * wide + x] = values[y * k * width + x * k];
  return { values: few, height: tall, width: wide };
}

// Values written into the pixels of a sheet, where there is room; ink(i) is the colour of each.
function write(sheet, values, ink, host) {
  sheet.ink ??= sheet.node.appendChild(element("canvas", "ink"));
  const { height, width, zoom } = sheet,
    fits = values && zoom >= WRITABLE * rem();
  sheet.ink.hidden = !fits;
  if (!fits) return;
  const sharp = devicePixelRatio || 1,
    pen = sheet.ink.getContext("2d");
  Object.assign(sheet.ink, { width: width * zoom * sharp, height: height * zoom * sharp });
  Object.assign(sheet.ink.style, { width: `${width * zoom}px`, height: `${height * zoom}px` });
  pen.scale(sharp, sharp);
  pen.font = `${clamp(zoom * 0.31, 9, 14)}px ${getComputedStyle(host).fontFamily}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (let i = 0; i < values.length; i++) {
    pen.fillStyle = ink(i);
    pen.fillText(short(values[i]), ((i % width) + 0.5) * zoom, (Math.floor(i / width) + 0.5) * zoom, zoom - 2);
  }
}

class Convolution extends Lab {
  build() {
    Object.assign(this, { at: null, kept: new Map(), slice: 0 });
    const point = (row, column) => {
      if (!this.fits) return;
      this.player.pause();
      this.light(...this.stopAt(row, column));
    };
    this.input = new Sheet({ label: "Picture with its border; arrow keys move the window", onPoint: point });
    this.output = new Sheet({
      label: "Map; arrow keys choose a pixel of it",
      onPoint: (y, x) => {
        this.player.pause();
        this.light(y, x);
      },
    });
    this.table = new Cells({
      label: "Numbers of the picture",
      onPoint: point,
      onEdit: (row, column, value) => this.editNumber(row, column, value),
    });
    this.cover = this.output.node.appendChild(element("i", "cover"));
    this.complaint = element("div", "complaint");
    this.complaint.setAttribute("role", "alert");
    this.inputWords = element("figcaption");
    this.around = element("canvas", "crisp");
    this.aroundBox = element("div", "around", this.around, element("figcaption", "", "The window, enlarged"));
    this.outputWords = element("figcaption");
    this.tableButtons = this.layTableButtons();
    const left = element(
      "figure",
      "",
      (this.inputTitle = element("h4")),
      this.input.node,
      this.table.node,
      this.tableButtons,
      this.inputWords,
      this.aroundBox,
    );
    const right = element("figure", "", (this.outputTitle = element("h4")), this.output.node, this.outputWords);
    this.trio = element("div", "trio", left, (this.kernelBox = this.layKernel()), right);
    this.player = new Player({
      length: () => Math.ceil(this.stops / this.stride),
      onStep: at => this.reveal(at),
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
      ...["slides_over", "size", "stride", "dilation", "padding"].map(name => this.knob(name)),
      (this.cellsKnob = this.knob("cells", "Cells at every side")),
      (this.fillKnob = this.knob("fill", "Border")),
      this.knob("activation"),
      this.knob("shown", "Map painted as"),
      this.resetButton(),
    );
    this.depth = element("div", "depth");
    this.formula.after(this.channels, this.depth, this.layExamples());
  }

  layKernel() {
    this.menu = element(
      "select",
      "",
      ...["Own", ...this.data.gallery.map(({ name }) => name)].map(name =>
        Object.assign(element("option", "", name), { value: name }),
      ),
    );
    this.menu.setAttribute("aria-label", "Classic kernels");
    this.menu.onchange = () => this.takeClassic(this.menu.value);
    this.kernel = new Cells({ label: "Weights", onEdit: (row, column, value) => this.editWeight(row, column, value) });
    this.bias = new Cells({ label: "Bias", onEdit: (_row, _column, value) => this.edit({ bias: value }) });
    this.separate = Object.assign(element("input"), {
      type: "checkbox",
      onchange: () => this.separateSlices(this.separate.checked),
    });
    this.separate.setAttribute("role", "switch");
    this.separateRow = element(
      "label",
      "knob bool",
      element("span", "label", "A slice for each channel"),
      this.separate,
    );
    this.sliceRow = element("span", "choice");
    this.sliceRow.setAttribute("role", "group");
    this.sliceRow.setAttribute("aria-label", "Slice of the kernel");
    this.kernelTitle = element("h4");
    this.sentence = element("figcaption");
    return element(
      "figure",
      "kernel",
      this.kernelTitle,
      this.menu,
      this.separateRow,
      this.sliceRow,
      this.kernel.node,
      element("span", "bias", "+ bias", this.bias.node),
      this.sentence,
    );
  }

  layTableButtons() {
    const more = (rows, columns) => () => this.resizeNumbers(rows, columns);
    const labelled = (sign, ariaLabel, onclick) => Object.assign(button(sign, onclick), { ariaLabel });
    const pair = (name, one, less, plus) =>
      element(
        "span",
        "pair",
        name,
        labelled("\u2212", `One ${one} less`, less),
        labelled("+", `One ${one} more`, plus),
      );
    return element(
      "div",
      "pairs",
      pair("Rows", "row", more(-1, 0), more(1, 0)),
      pair("Columns", "column", more(0, -1), more(0, 1)),
    );
  }

  layExamples() {
    const classic = name => ({ slices: [this.data.gallery.find(one => one.name === name).weights], bias: 0 });
    const plain = { stride: 1, dilation: 1, padding: "valid", activation: "linear", shown: "signed", chosen: 0 };
    const mixing = [
      [0.299, 0.587, 0.114],
      [1, 0, -1],
    ].map(weights => ({ slices: weights.map(weight => [[weight]]), bias: 0 }));
    const six = ["Sobel y", "Sobel x", "Diagonal line", "Outline", "Sharpen", "Box blur 3x3"].map(classic);
    const ready = {
      "The numbers of tf.nn.conv2d": {
        ...plain,
        slides_over: "numbers",
        numbers: [
          [1, 2, 3],
          [4, 5, 6],
        ],
        size: 2,
        kernels: [
          {
            slices: [
              [
                [1, 2],
                [3, 4],
              ],
            ],
            bias: 0,
          },
        ],
      },
      "Six kernels, six maps": {
        ...plain,
        slides_over: "picture",
        padding: "same",
        fill: "reflect",
        size: 3,
        kernels: six,
      },
      "1×1 on colours: grey, and red against blue": { ...plain, slides_over: "picture", size: 1, kernels: mixing },
    };
    const buttons = Object.entries(ready).map(([name, settings]) =>
      button(name, () => this.set(structuredClone(settings))),
    );
    return element("div", "examples", element("h3", "", "Ready examples"), element("div", "row", ...buttons));
  }

  // ---- settings

  // Who chooses another picture wants to see it, not the numbers.
  take(data) {
    const isOther = data.picture?.sign !== this.pictureSign;
    super.take(data);
    if (isOther && this.settings.slides_over === "numbers") this.set({ slides_over: "picture" });
  }

  get chosen() {
    return this.settings.kernels[this.settings.chosen];
  }
  get picture() {
    return this.settings.slides_over === "numbers" ? this.numbersAsPicture() : this.image;
  }

  numbersAsPicture() {
    const { numbers } = this.settings;
    return { height: numbers.length, width: numbers[0].length, planes: [flat(numbers)] };
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
  editSlice(plane) {
    this.edit({ slices: this.chosen.slices.map((one, i) => (i === this.sliceAt ? plane : one)) });
  }
  editWeight(row, column, value) {
    this.editSlice(
      this.chosen.slices[this.sliceAt].map((line, y) =>
        line.map((old, x) => (y === row && x === column ? value : old)),
      ),
    );
  }
  get sliceAt() {
    return this.chosen.slices.length === 3 && this.picture.planes.length === 3 ? this.slice : 0;
  }
  separateSlices(on) {
    this.edit({ slices: on ? [0, 1, 2].map(() => this.chosen.slices[0]) : [this.chosen.slices[this.sliceAt]] });
  }

  takeClassic(name) {
    const found = this.data.gallery.find(one => one.name === name);
    if (!found) return;
    const size = found.weights.length,
      slices = this.chosen.slices.map((plane, c) => (c === this.sliceAt ? found.weights : resized(plane, size)));
    this.set({
      size,
      kernels: this.settings.kernels.map((kernel, i) => (i === this.settings.chosen ? { ...kernel, slices } : kernel)),
    });
  }

  addKernel() {
    const kernel = {
      slices: [square(this.settings.size, (y, x) => (y === x && y === (this.settings.size - 1) >> 1 ? 1 : 0))],
      bias: 0,
    };
    this.set({ kernels: [...this.settings.kernels, kernel], chosen: this.settings.kernels.length });
  }

  removeKernel() {
    this.set({
      kernels: this.settings.kernels.filter((_, i) => i !== this.settings.chosen),
      chosen: Math.max(0, this.settings.chosen - 1),
    });
  }

  editNumber(row, column, value) {
    const { before: above } = this.plan.down,
      { before: left } = this.plan.across;
    this.set({
      numbers: this.settings.numbers.map((line, y) =>
        line.map((old, x) => (y === row - above && x === column - left ? value : old)),
      ),
    });
  }

  resizeNumbers(rows, columns) {
    const { numbers } = this.settings,
      tall = clamp(numbers.length + rows, 1, 12),
      wide = clamp(numbers[0].length + columns, 1, 12);
    this.set({
      numbers: Array.from({ length: tall }, (_, y) => Array.from({ length: wide }, (_, x) => numbers[y]?.[x] ?? 0)),
    });
  }

  // ---- arithmetic, with what did not change kept from the last time

  once(key, make) {
    const made = this.kept.get(key) ?? make();
    this.fresh.set(key, made);
    return made;
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

  // The slices of a kernel as the picture needs them: one for each channel.
  slicesOf(kernel, depth) {
    return Array.from({ length: depth }, (_, c) => kernel.slices[kernel.slices.length === depth ? c : 0]);
  }

  // The sums of all windows under a kernel. Where one slice serves all channels, the channels can be added first.
  sumsOf(kernel) {
    const { windows, down, across, depth } = this.plan,
      slices = this.slicesOf(kernel, depth),
      isShared = kernel.slices.length !== depth || depth === 1;
    const planes = isShared ? [this.together] : this.padded;
    const parts = planes.map((plane, c) =>
      this.correlated(`${windows} ${isShared ? "all" : c}`, plane, slices[c], down, across),
    );
    return parts.length === 1 ? parts[0] : this.once(`sum ${windows} ${JSON.stringify(slices)}`, () => summed(parts));
  }

  // A convolution is linear: where few weights of a large map changed, only what the change gives is added.
  correlated(where, plane, slice, down, across) {
    const weights = flat(slice),
      name = `last ${where}`,
      last = down.out * across.out < LARGE ? null : this.kept.get(name);
    const sums = this.once(`sums ${where} ${weights}`, () => {
      const change = last ? weights.map((weight, i) => weight - last.weights[i]) : weights;
      if (!last || change.filter(Boolean).length > 2) return correlate(plane, weights, down, across);
      const more = correlate(plane, change, down, across);
      for (let i = 0; i < more.length; i++) more[i] += last.sums[i];
      return more;
    });
    this.fresh.set(name, { weights, sums });
    return sums;
  }

  mapOf(kernel) {
    const { activation, windows } = this.plan,
      act = ACTIVATIONS[activation],
      { bias } = kernel;
    return this.once(`map ${windows} ${activation} ${JSON.stringify(kernel)}`, () => {
      const sums = this.sumsOf(kernel);
      return bias === 0 && activation === "linear" ? sums : sums.map(value => act(value + bias));
    });
  }

  // ---- the picture of it all

  draw() {
    const plan = this.planned();
    this.fresh = new Map();
    this.cellsKnob.hidden = this.settings.padding !== "number";
    this.fillKnob.hidden = this.settings.padding === "valid";
    this.drawKernel(plan);
    this.measure(plan);
    this.tellSize(plan);
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
    this.padded = this.once(`padded ${ground}`, () =>
      picture.planes.map(plane => bordered(plane, picture.height, picture.width, down, across, fill)),
    );
    this.together =
      this.padded.length === 1
        ? this.padded[0]
        : this.once(`together ${ground}`, () => ({
            ...this.padded[0],
            values: summed(this.padded.map(({ values }) => values)),
          }));
    this.map = this.mapOf(plan.kernels[plan.chosen]);
    Object.assign(this, { stops: down.out * across.out, stride: Math.ceil((down.out * across.out) / STOPS) });
    this.drawInput();
    this.drawOutput();
    this.drawMaps();
    this.drawChannels();
    this.drawDepth();
    this.layWork();
    if (!this.at || this.at[2] !== ground) this.at = [...this.strongest(), ground];
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
    this.sideRoom = this.isNarrow
      ? Math.min(this.room, 340 * this.rem)
      : Math.min(460, (this.room - this.kernelBox.offsetWidth - 2 * GAP) / 2);
    this.ink = getComputedStyle(this.host).color;
    this.accent = getComputedStyle(this.host).getPropertyValue("--st-primary-color");
  }

  set(changes) {
    this.isEdit = true;
    super.set(changes);
    this.isEdit = false;
  }

  drawInput() {
    const { ground, picture, down, across, slides_over } = this.plan,
      [{ height, width }] = this.padded,
      isTable = slides_over === "numbers";
    this.table.node.hidden = this.tableButtons.hidden = !isTable;
    this.input.node.hidden = isTable;
    this.inputTitle.textContent = isTable ? "Your numbers" : "Picture";
    if (isTable) this.drawTable(height, width);
    else {
      const key = `${ground} ${this.sideRoom} ${this.dark}`;
      if (key !== this.painted) this.paintInput(height, width);
      this.painted = key;
    }
    const border = [down.before, down.after, across.before, across.after],
      isEven = new Set(border).size === 1;
    const name = isTable ? times(picture.height, picture.width) : `${this.data.told.name}: ${this.data.told.words}`;
    const words = !border.some(Boolean)
      ? ""
      : isEven
        ? `, with a border of ${border[0]}`
        : `, with a border of ${border[0]} above, ${border[1]} below, ${border[2]} left, ${border[3]} right`;
    this.inputWords.textContent = `${name}${words}.`;
  }

  paintInput(height, width) {
    const { picture, down, across } = this.plan,
      planes = this.padded.map(({ values }) => values);
    this.input.image({ height, width, planes }, this.sideRoom / this.rem);
    const pen = this.input.canvas.getContext("2d"),
      { ink } = this;
    pen.globalCompositeOperation = "destination-out"; // the border lets the page shine through
    pen.fillStyle = "rgb(0 0 0 / .62)";
    const [top, bottom, left, right] = [
      down.before,
      down.before + picture.height,
      across.before,
      across.before + picture.width,
    ];
    for (const box of [
      [0, 0, width, top],
      [0, bottom, width, height - bottom],
      [0, top, left, picture.height],
      [right, top, width - right, picture.height],
    ])
      pen.fillRect(...box);
    const hasBorder = height > picture.height || width > picture.width;
    this.input.frame("edge", hasBorder ? [top, bottom, left, right] : null);
    const inside = i => {
      const y = Math.floor(i / width),
        x = i % width;
      return y >= top && y < bottom && x >= left && x < right;
    };
    write(
      this.input,
      planes.length === 1 ? planes[0] : null,
      i => (!inside(i) ? ink : planes[0][i] > 0.5 ? "#111" : "#fff"),
      this.host,
    );
  }

  drawTable(height, width) {
    const { down, across, picture } = this.plan,
      { values } = this.padded[0];
    const isPad = (row, column) =>
      row < down.before ||
      row >= down.before + picture.height ||
      column < across.before ||
      column >= across.before + picture.width;
    this.table.node.style.setProperty("--cell", `${clamp(Math.floor(this.sideRoom / width) - 2, 26, 48)}px`);
    this.table.show([...values], height, width, { dark: this.dark });
    this.table.mark("pad", isPad);
    this.table.cells.forEach((cell, i) => {
      cell.readOnly = isPad(Math.floor(i / width), i % width);
    });
  }

  drawOutput() {
    const { down, across, kernels, chosen, depth, slides_over } = this.plan,
      [height, width] = [down.out, across.out],
      kernel = kernels[chosen];
    const zoom = slides_over === "numbers" ? 44 * this.rem : this.input.zoom,
      side = (Math.max(height, width) * zoom + 0.01) / this.rem,
      limit = Math.max(FAINT, largest(this.map)),
      text = this.ink;
    const shown = slides_over === "numbers" ? "signed" : this.settings.shown;
    this.outputTitle.replaceChildren(
      kernels.length > 1 ? `Map ${chosen + 1}` : "Map",
      element("small", "", times(height, width)),
    );
    if (shown === "signed") {
      this.output.signed(this.map, height, width, side, limit);
      write(
        this.output,
        this.map,
        i => (strength(this.map[i], limit) > 0.5 ? (this.dark ? "#111" : "#fff") : text),
        this.host,
      );
      this.outputWords.replaceChildren(legend(limit, this.dark));
    } else {
      const top = shown === "brightness" && depth === 3 && kernel.slices.length === 1 ? 3 : 1;
      const planes =
        shown === "colours" && depth === 3
          ? this.channelMaps(kernel)
          : [top === 1 ? this.map : this.map.map(value => value / top)];
      this.output.image({ height, width, planes }, side);
      write(
        this.output,
        planes.length === 1 ? this.map : null,
        i => (this.map[i] > top / 2 ? "#111" : "#fff"),
        this.host,
      );
      this.outputWords.textContent =
        planes.length === 3
          ? "Each channel alone, as photo programs do it; a network layer adds the three."
          : `0 is black, ${top} is white${top === 3 ? ", as three channels are added" : ""}; ` +
            "what lies outside is cut off.";
    }
  }

  // What each channel would be alone, whole, for a picture in colours.
  channelMaps(kernel) {
    const { windows, down, across, activation } = this.plan,
      act = ACTIVATIONS[activation];
    return this.slicesOf(kernel, 3).map((plane, c) =>
      this.once(`alone ${windows} ${c} ${activation} ${kernel.bias} ${JSON.stringify(plane)}`, () =>
        this.correlated(`${windows} ${c}`, this.padded[c], plane, down, across).map(value => act(value + kernel.bias)),
      ),
    );
  }

  // ---- the kernel

  // A classic kernel stays one when zeros are laid around it.
  nameOf(slice) {
    return this.data.gallery.find(
      ({ weights }) => weights.length <= slice.length && same(resized(weights, slice.length), slice),
    );
  }

  drawKernel({ depth, size }) {
    const { kernels, chosen } = this.settings,
      slice = this.chosen.slices[this.sliceAt],
      known = this.nameOf(slice),
      isColour = depth === 3,
      separate = isColour && this.chosen.slices.length === 3;
    this.kernelTitle.replaceChildren(
      kernels.length > 1 ? `Kernel ${chosen + 1} of ${kernels.length}` : "Kernel",
      element("small", "", times(size, size, depth)),
    );
    this.menu.value = known?.name ?? "Own";
    this.separateRow.hidden = !isColour;
    this.separate.checked = separate;
    this.sliceRow.hidden = !separate;
    if (separate) this.drawSliceButtons();
    this.kernel.node.style.setProperty(
      "--cell",
      size < 4 ? "3.1rem" : size < 5 ? "2.5rem" : size < 6 ? "2.2rem" : "1.9rem",
    );
    this.kernel.node.classList.toggle("fine", size > 4);
    this.kernel.show(slice.flat(), size, size, { dark: this.dark, format: size > 4 ? short : three });
    this.bias.show([this.chosen.bias], 1, 1, { dark: this.dark, limit: Math.max(1, Math.abs(this.chosen.bias)) });
    const sum = slice.flat().reduce((a, b) => a + b, 0),
      clean = Math.abs(sum) < 1e-9 ? 0 : sum;
    this.sentence.textContent = `${known ? `${known.sentence} ` : ""}Its weights sum to ${three(clean)}.`;
  }

  drawSliceButtons() {
    const focused = [...this.sliceRow.children].indexOf(this.host.getRootNode().activeElement);
    const buttons = COLOURS.map((name, c) => {
      const one = button(words(name), () => {
        this.slice = c;
        this.refresh();
      });
      one.setAttribute("aria-checked", c === this.slice);
      one.setAttribute("role", "radio");
      return one;
    });
    this.sliceRow.replaceChildren(...buttons);
    buttons[focused]?.focus();
  }

  // ---- one window

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
    if (slides_over === "numbers") this.table.mark("window", reads);
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
    this.drawWork(top, left, y, x);
  }

  drawCover(y, x, revealed) {
    this.cover.hidden = revealed === null;
    if (revealed === null) return;
    const { down, across } = this.plan,
      [from, to, right] = [y / down.out, (y + 1) / down.out, (x + 1) / across.out].map(part => `${100 * part}%`);
    this.cover.style.clipPath = `polygon(${right} ${from}, 100% ${from}, 100% 100%, 0 100%, 0 ${to}, ${right} ${to})`;
  }

  // The grids of a window: made anew only when their number or size changes, so that nothing jumps under the pointer.
  layWork() {
    const { depth, size } = this.plan,
      isTiny = this.plan.slides_over !== "numbers" && this.input.zoom * this.plan.down.reach < 24 * this.rem;
    this.aroundBox.hidden = !isTiny;
    if (same(this.workFor, [depth, size])) return;
    this.workFor = [depth, size];
    this.rows = Array.from({ length: depth }, (_, c) => {
      const name = depth === 3 ? COLOURS[c] : "",
        grids = ["window", "weights", "products"].map(what => new Cells({ label: `${words(what)} ${name}` })),
        sum = element("b", "sum");
      return { name, grids, sum };
    });
    const head = (text, i) => (i ? "" : element("h4", "", text));
    const table = element(
      "div",
      `sums${size > 4 ? " fine" : ""}`,
      ...this.rows.flatMap(({ name, grids: [values, weights, products], sum }, i) => [
        element("div", "", head("Window", i), values.node),
        element("span", "operator", "×"),
        element("div", "", head("Weights", i), weights.node),
        element("span", "operator", "="),
        element("div", "", head("Products", i), products.node),
        element("span", "total", name ? `${name} ` : "sum ", sum),
      ]),
    );
    table.style.setProperty("--cell", `${{ 1: 3.2, 2: 3.2, 3: 2.9, 4: 2.5, 5: 2.05, 6: 1.85, 7: 1.7 }[size]}rem`);
    this.work.replaceChildren(table);
  }

  drawWork(top, left, y, x) {
    const { down, size, kernels, chosen, depth, picture, across, slides_over } = this.plan,
      kernel = kernels[chosen],
      slices = this.slicesOf(kernel, depth);
    const format = size > 4 || this.isNarrow ? short : fitting,
      { dark } = this;
    const isPad = (ky, kx) => {
      const row = top + ky * down.dilation - down.before,
        column = left + kx * down.dilation - across.before;
      return row < 0 || column < 0 || row >= picture.height || column >= picture.width;
    };
    const found = this.rows.map(({ grids: [windows, weighing, products], sum }, c) => {
      const values = square(
        size,
        (ky, kx) =>
          this.padded[c].values[(top + ky * down.dilation) * this.padded[c].width + left + kx * down.dilation],
      ).flat();
      const weights = slices[c].flat(),
        times = values.map((value, i) => value * weights[i]),
        total = times.reduce((a, b) => a + b, 0);
      windows.show(values, size, size, { dark, format, ...(slides_over === "numbers" ? {} : { limit: Infinity }) });
      if (slides_over !== "numbers") this.tintPixels(windows.cells, values, depth === 3 ? c : -1);
      windows.mark("pad", isPad);
      weighing.show(weights, size, size, { dark, format });
      products.show(times, size, size, { dark, format });
      sum.textContent = `= ${three(total)}`;
      return { values, weights, total };
    });
    this.tellSum(found, kernel.bias, y, x);
    if (!this.aroundBox.hidden) this.drawAround(top, left);
  }

  tintPixels(cells, values, channel) {
    values.forEach((value, i) => {
      const light = Math.round(255 * clamp(value, 0, 1)),
        rgb = [0, 1, 2].map(c => (channel < 0 || c === channel ? light : 0));
      cells[i].style.backgroundColor = css(rgb);
      cells[i].style.color = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] > 120 ? "#111" : "#fff";
    });
  }

  drawAround(top, left) {
    const { reach } = this.plan.down,
      side = Math.max(AROUND, reach + 12),
      zoom = Math.floor((150 * this.rem) / side),
      pen = this.around.getContext("2d");
    this.around.width = this.around.height = side * zoom;
    pen.imageSmoothingEnabled = false;
    const [fromY, fromX] = [top, left].map(edge => edge + Math.floor((reach - side) / 2));
    pen.drawImage(this.input.canvas, fromX, fromY, side, side, 0, 0, side * zoom, side * zoom);
    pen.lineWidth = 2;
    pen.strokeStyle = this.accent;
    pen.strokeRect((left - fromX) * zoom - 1, (top - fromY) * zoom - 1, reach * zoom + 2, reach * zoom + 2);
  }

  // The sum as one reads it: 0.2·−1 + 0.5·2 = 0.8, + bias 0.5 = 1.3, ReLU → 1.3.
  tellSum(found, bias, y, x) {
    const { activation } = this.plan,
      total = found.reduce((sum, one) => sum + one.total, 0),
      sum = total + bias,
      last = ACTIVATIONS[activation](sum);
    const colours =
      found.length === 3
        ? found.map(({ total: part }, c) => `${COLOURS[c]} ${three(part)}`).join(" + ")
        : this.terms(found[0]);
    const steps = [
      ` = ${three(total)}`,
      bias ? `, + bias ${three(bias)} = ${three(sum)}` : "",
      activation === "linear" ? "" : `, ${TITLES[activation]} → ${three(last)}`,
    ].join("");
    this.say(element("span", "place", `Row ${y + 1}, column ${x + 1}: `), colours, element("b", "", steps));
  }

  terms({ values, weights }) {
    const used = [...weights.keys()].filter(i => weights[i] !== 0),
      shown = used.length > 9 ? used.slice(0, 4) : used;
    const parts = shown.map(
      i => `${three(values[i])}·${weights[i] < 0 ? `(${three(weights[i])})` : three(weights[i])}`,
    );
    return (parts.join(" + ") || "every weight is 0") + (used.length > 9 ? ` + … (${used.length} products)` : "");
  }

  // ---- sizes, maps, channels

  tellSize({ down, across, padding }) {
    const sum = it =>
      padding === "same"
        ? `ceil(N / S) = ceil(${it.size} / ${it.stride}) = `
        : `floor((N + 2P − F) / S) + 1 = floor((${it.size} + ` +
          `${it.before + it.after} − ${it.reach}) / ${it.stride}) + 1 = `;
    const line = (name, it) => element("div", "", `${name}: `, sum(it), element("b", "", it.out || "fits nowhere"));
    const spread =
      down.dilation > 1 ? [element("div", "", `F = (${down.kernel} − 1) · ${down.dilation} + 1 = ${down.reach}`)] : [];
    this.formula.replaceChildren(
      ...spread,
      ...(down.size === across.size
        ? [line("Side of the map", down)]
        : [line("Height of the map", down), line("Width", across)]),
    );
  }

  // Small maps of all kernels, side by side: choosing one shows it large.
  drawMaps() {
    const { kernels, chosen, down, across } = this.plan,
      k = Math.ceil(Math.max(down.out, across.out) / THUMB);
    if (this.thumbs?.length !== kernels.length) this.layMaps(kernels.length);
    if (kernels.length > 1)
      this.thumbs.forEach(({ node, sheet, label }, i) => {
        const map = sampled(this.mapOf(kernels[i]), down.out, across.out, k);
        sheet.signed(map.values, map.height, map.width, THUMB);
        label.textContent = `${i + 1} ${this.nameOf(kernels[i].slices[0])?.name ?? "own"}`;
        node.setAttribute("aria-pressed", i === chosen);
        node.setAttribute("aria-label", `Map ${label.textContent}`);
      });
  }

  layMaps(count) {
    this.thumbs = Array.from({ length: count }, (_, i) => {
      const sheet = new Sheet({ label: "" }),
        label = element("span"),
        node = element("button", "thumb", sheet.node, label);
      Object.assign(node, { type: "button", onclick: () => this.set({ chosen: i }), hidden: count === 1 });
      return { node, sheet, label };
    });
    const add = button("Add a kernel", () => this.addKernel()),
      remove = button("Remove this one", () => this.removeKernel());
    add.disabled = count >= MOST;
    remove.hidden = count === 1;
    this.mapRow.replaceChildren(...this.thumbs.map(({ node }) => node), add, remove);
  }

  // What each channel gives, small, and that the map is their sum.
  drawChannels() {
    const { depth, kernels, chosen, down, across, activation, windows } = this.plan,
      kernel = kernels[chosen];
    this.channels.hidden = depth !== 3;
    if (depth !== 3) return;
    const k = Math.ceil(Math.max(down.out, across.out) / PART),
      few = it => ({ ...it, stride: it.stride * k, out: Math.ceil(it.out / k) }),
      [y, x] = [few(down), few(across)];
    const parts = this.slicesOf(kernel, 3).map((plane, c) =>
        this.correlated(`few ${windows} ${c}`, this.padded[c], plane, y, x),
      ),
      limit = Math.max(FAINT, ...parts.map(largest));
    const figure = (values, name) =>
      element(
        "figure",
        "",
        this.signedSheet(new Sheet({ label: name }), values, y.out, x.out, limit),
        element("figcaption", "", name),
      );
    const [red, green, blue] = parts.map((values, c) => figure(values, `${words(COLOURS[c])} slice on ${COLOURS[c]}`)),
      plus = () => element("span", "operator", "+");
    const whole = sampled(this.map, down.out, across.out, k),
      result = figure(whole.values, "The map");
    const tail = [
      kernel.bias ? element("span", "operator", `+ ${three(kernel.bias)}`) : "",
      element("span", "operator", TITLES[activation] ? `→ ${TITLES[activation]} →` : "="),
    ];
    this.channels.replaceChildren(
      element("h3", "", "Channel by channel"),
      element("div", "row middle", red, plus(), green, plus(), blue, ...tail, result),
    );
  }

  signedSheet(sheet, values, height, width, limit) {
    paint(sheet.canvas, values, height, width, limit, this.dark);
    sheet.size(height, width, PART);
    return sheet.node;
  }

  // Boxes as deep as the arrays are: picture, kernels, maps.
  drawDepth() {
    const { picture, depth, size, kernels, down, across } = this.plan,
      count = kernels.length;
    const box = (height, width, deep, colour, room = 84) => {
      const unit = Math.min(20, room / Math.max(height, width)),
        [h, w] = [height, width].map(cells => Math.max(8, cells * unit)),
        step = 5;
      const lies = Array.from({ length: deep }, (_, i) => deep - 1 - i);
      const planes = lies.map(i =>
        svg("rect", { x: i * step + 1, y: (deep - 1 - i) * step + 1, width: w, height: h, rx: 1.5, class: colour }),
      );
      return svg("svg", { width: w + deep * step + 2, height: h + deep * step + 2, "aria-hidden": "true" }, ...planes);
    };
    const labelled = (node, text) => element("figure", "", node, element("figcaption", "", text));
    const kernelBoxes = element("span", "boxes", ...kernels.map(() => box(size, size, depth, "kernelBox", 44)));
    const row = element(
      "div",
      "row middle boxed",
      labelled(box(picture.height, picture.width, depth, "dataBox"), times(picture.height, picture.width, depth)),
      element("span", "operator", "∗"),
      labelled(kernelBoxes, `${count} ${count === 1 ? "kernel" : "kernels"} of ${times(size, size, depth)}`),
      element("span", "operator", "="),
      labelled(box(down.out, across.out, count, "dataBox"), times(down.out, across.out, count)),
    );
    const parameters = (size * size * depth + 1) * count,
      deep =
        depth === 1 ? "the picture is grey, so a kernel has one slice" : "a kernel is as deep as its picture, 3 slices";
    const gives = count === 1 ? "One kernel gives one map" : `${count} kernels give ${count} maps`;
    const told =
      size === 1
        ? `A 1×1 kernel sees one pixel at a time: it changes the depth, here ${depth} → ${count}, and nothing else.`
        : `Kernel depth is picture depth: ${deep}. ${gives}, and the maps are the depth of what comes out.`;
    this.depth.replaceChildren(
      element("h3", "", "As a layer of a network"),
      row,
      element("p", "", `${told} It learns (${size}·${size}·${depth} + 1)·${count} = ${parameters} numbers.`),
    );
  }

  // ---- tasks and checks

  // What the chosen kernel answers at most on a picture of 15x15, its border left out.
  answers(value) {
    const planes = this.chosen.slices.length === 3 ? this.chosen.slices : [this.chosen.slices[0]],
      size = planes[0].length;
    const weights = planes[0].flat().map((_, i) => planes.reduce((sum, plane) => sum + plane.flat()[i], 0));
    return largest(
      convolve2d(
        {
          height: 15,
          width: 15,
          planes: [Float64Array.from({ length: 225 }, (_, i) => value(Math.floor(i / 15), i % 15))],
        },
        { size, planes: [weights] },
      ).values,
    );
  }

  isForVerticalEdges() {
    const upright = this.answers((_y, x) => (x < 7 ? 0 : 1)),
      lying = this.answers(y => (y < 7 ? 0 : 1)),
      even = this.answers(() => 1);
    return upright > 0.1 && lying < 0.02 * upright && even < 0.02 * upright;
  }

  isEvenBlur() {
    const { slices, bias } = this.chosen,
      isMean = plane => {
        const weights = plane.flat(),
          sum = weights.reduce((a, b) => a + b, 0);
        return weights.every(w => w >= 0) && weights.filter(w => w > 0).length > 1 && Math.abs(sum - 1) < 0.01;
      };
    return this.settings.size > 1 && bias === 0 && slices.every(isMean);
  }

  isShiftRight() {
    const middle = (this.settings.size - 1) >> 1; // the cell that 'same' puts over the pixel
    return (
      middle > 0 &&
      this.chosen.bias === 0 &&
      this.chosen.slices.every(plane =>
        plane.every((line, y) => line.every((weight, x) => weight === (y === middle && x === middle - 1 ? 1 : 0))),
      )
    );
  }

  tasks() {
    return [
      {
        words:
          "Make a kernel that answers only to vertical edges: strong " +
          "there, nothing at horizontal ones or on even ground.",
        hint: "Left and right must be weighed against each other; every row may say the same.",
        done: () => this.isForVerticalEdges(),
      },
      {
        words: "Blur the picture without making it brighter or darker.",
        hint: "A mean of neighbours: positive weights. What must they sum to? Look at 'brightness'.",
        done: () => this.isEvenBlur(),
      },
      {
        words: "Shift the picture one pixel to the right, with a kernel of 3 or 5.",
        hint: "Each pixel of the map must take the value of one neighbour only. Which one?",
        done: () => this.isShiftRight(),
      },
    ];
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
