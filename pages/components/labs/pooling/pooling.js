// Pooling: a window slides over the picture and leaves one number of what it sees; what that forgets, and what it makes
// steady.
const CHANNELS = ["red", "green", "blue"],
  SMALL = 170,
  LARGE = 260,
  GAP = 20,
  NARROW = 520,
  COUNTS = 0.1,
  LISTED = 9,
  DENSE = 5;
// px; px; px; px; change of a value that counts, of 1; numbers written out; side from which the cells are small
const times = (...numbers) => numbers.join("×");
const percent = percentThree;
const mean = (values, of = value => value) => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += of(values[i]);
  return sum / values.length;
};

class Pooling extends Lab {
  build() {
    this.forgetting = new WhatIsLost(this);
    this.moving = new MovedPicture(this);
    this.numberView = new NumberView(this);
    this.at = this.settings.place; // null: the busiest window
    const leave = () => this.tellIdle();
    this.input = new Sheet({
      label: "Picture; arrow keys move the window",
      onPoint: (y, x, event) => {
        if (this.fits) this.look(...this.stopAt(y, x), event);
      },
      onLeave: leave,
    });
    this.output = new Sheet({
      label: "After pooling; arrow keys choose a pixel of it",
      onPoint: (y, x, event) => this.look(y, x, event),
      onLeave: leave,
    });
    this.own = new Sheet({ label: "After pooling, at its own size" });
    this.titles = { input: element("h4"), output: element("h4") };
    this.complaint = element("div", "complaint");
    this.complaint.setAttribute("role", "alert");
    this.windows = element("div", "row windows");
    this.tables = CHANNELS.map((_, c) => new Cells({ label: `Window, channel ${c}`, first: 0 }));
    this.tableTitles = CHANNELS.map(() => element("h4"));
    this.tableFigures = CHANNELS.map((_, c) => element("figure", "", this.tableTitles[c], this.tables[c].node));
    this.windows.append(...this.tableFigures);
    this.trio = element(
      "div",
      "row pooling",
      element(
        "figure",
        "",
        this.titles.input,
        this.input.node,
        this.numberView.table.node,
        (this.pictureWords = element("figcaption")),
      ),
      element("figure", "", this.titles.output, this.output.node, this.numberView.result.node),
      (this.ownFigure = element("figure", "", element("h4", "", "As the network sees it"), this.own.node)),
    );
    this.stage.append(this.complaint, this.trio, this.windows);
    this.windowKnobs = [...["size", "stride"].map(name => this.firstKnob(name)), this.knob("padding")];
    this.side.append(this.knob("operation"), ...this.windowKnobs, this.knob("slides_over"), this.resetButton());
    this.pictureParts = [this.forgetting.layLost(), this.moving.layMove()];
    this.host.querySelector(".bench").after(...this.pictureParts);
  }

  // Another picture is kept while numbers are on show, and wants to be seen when somebody chooses it.
  receive(data) {
    const { image } = this;
    super.receive(data);
    if (this.image !== image) this.picture = this.image;
  }

  take(data) {
    const isOther = data.picture?.sign !== this.pictureSign;
    if (data.revision !== this.data.revision) this.at = data.settings.place;
    super.take(data);
    if (isOther && this.isTable) this.set({ slides_over: "picture" });
  }

  get isTable() {
    return this.settings.slides_over === "numbers";
  }

  // Shows a window; the link holds the one that was pressed, or reached by keys.
  look(y, x, event) {
    this.light(y, x);
    this.noteIf(event, { place: [y, x] });
  }

  get global() {
    return this.settings.operation.startsWith("global");
  }

  get kind() {
    return this.settings.operation.replace("global ", "");
  }

  // What the current settings read: { down, across }, or the whole picture as one window.
  slides() {
    const { height, width } = this.image,
      { size, stride, padding } = this.settings;
    if (this.global) return { down: slide(height, height), across: slide(width, width) };
    return { down: slide(height, size, { stride, padding }), across: slide(width, size, { stride, padding }) };
  }

  draw() {
    this.image = this.isTable ? this.numberView.table.picture : this.picture;
    if (!this.image) return;
    for (const part of [...this.pictureParts, this.ownFigure, this.input.node, this.output.node])
      part.hidden = this.isTable;
    for (const part of [this.numberView.table, this.numberView.result]) part.node.hidden = !this.isTable;
    for (const knob of this.windowKnobs) knob.classList.toggle("idle", this.global);
    const result = pooled(this.image, this.settings),
      { height, width } = this.image,
      { size } = this.settings;
    this.complaint.textContent = result
      ? ""
      : `A window of ${times(size, size)} does not fit a picture of ${times(height, width)}.` +
        ` Take a smaller one, or padding “same”; what you see is still the last that did.`;
    this.fits = Boolean(result);
    this.host.classList.toggle("stale", !this.fits);
    if (!this.fits) return;
    const shown = `${this.isTable || this.pictureSign} ${this.global}`;
    if (this.shown && this.shown !== shown) this.at = null; // another picture begins at its own place
    Object.assign(this, { result, slid: this.slides(), shown });
    this.drawPictures();
    this.forgetting.drawLost();
    this.moving.drawMove();
    const { down, across } = this.slid,
      kept = this.at && this.at[0] < down.out && this.at[1] < across.out;
    this.light(...(kept ? this.at : this.busiest()));
    this.tellIdle();
  }

  drawPictures() {
    const narrow = this.room < NARROW * rem(),
      { height, width, planes } = this.image,
      { result } = this;
    const side = Math.min(narrow ? 240 : 300, (narrow ? this.room - 4 : (this.room - 2 * GAP) / 2.6) / rem());
    this.titles.input.replaceChildren(
      this.isTable ? "Your numbers " : "Picture ",
      element("small", "", times(height, width, planes.length)),
    );
    this.titles.output.replaceChildren(
      "After pooling ",
      element("small", "", times(result.height, result.width, planes.length)),
    );
    this.pictureWords.textContent = this.isTable ? "" : (this.data.told?.words ?? "");
    if (this.isTable) {
      this.numberView.show();
      return;
    }
    this.input.image(this.image, side);
    const px = Math.max(height, width) * this.input.zoom,
      shown = most => (most + 0.01) / rem();
    this.output.image(result, shown(px));
    this.own.image(result, shown(Math.max(result.height, result.width) * this.input.zoom));
    for (const [sheet, { planes: values }] of [
      [this.input, this.image],
      [this.output, result],
    ])
      write(sheet, values.length === 1 ? values[0] : null, i => (values[0][i] > 0.46 ? "#111" : "#fff"), this.host);
    this.pictureWords.style.maxWidth = `${width * this.input.zoom}px`;
  }

  // The window with the most different numbers, so that there is something to see at once.
  busiest() {
    const { down, across } = this.slid,
      step = Math.max(1, Math.floor(Math.max(down.out, across.out) / 16));
    let best = [0, 0],
      most = -1;
    for (let y = 0; y < down.out; y += step)
      for (let x = 0; x < across.out; x += step) {
        const values = this.seen(y, x, 0)
            .flat()
            .filter(value => value !== null),
          spread = Math.max(...values.slice(0, 64)) - Math.min(...values.slice(0, 64));
        if (spread > most) {
          most = spread;
          best = [y, x];
        }
      }
    return best;
  }

  // Which window reads a pixel; of several the one that begins last.
  stopAt(row, column) {
    const place = (at, { before, stride, out }) => clamp(Math.floor((at + before) / stride), 0, out - 1);
    return this.global ? [0, 0] : [place(row, this.slid.down), place(column, this.slid.across)];
  }

  box(y, x) {
    const { down, across } = this.slid,
      top = y * down.stride - down.before,
      left = x * across.stride - across.before;
    return { top, left, bottom: top + down.reach, right: left + across.reach };
  }

  // The numbers under a window, row by row; null outside the picture.
  seen(y, x, channel) {
    const { top, left, bottom, right } = this.box(y, x),
      { height, width, planes } = this.image;
    return Array.from({ length: bottom - top }, (_, i) =>
      Array.from({ length: right - left }, (_, j) => {
        const row = top + i,
          column = left + j;
        return row < 0 || column < 0 || row >= height || column >= width ? null : planes[channel][row * width + column];
      }),
    );
  }

  light(y, x) {
    if (!this.fits) return;
    this.at = [y, x];
    const { height, width } = this.image,
      box = this.box(y, x),
      { winners } = this.result,
      at = y * this.result.width + x;
    if (this.isTable) this.numberView.light(y, x, box);
    this.input.frame("window", [
      Math.max(0, box.top),
      Math.min(height, box.bottom),
      Math.max(0, box.left),
      Math.min(width, box.right),
    ]);
    for (const sheet of [this.output, this.own]) sheet.frame("now", [y, y + 1, x, x + 1]);
    CHANNELS.forEach((_, c) => {
      const winner = winners[c]?.[at] ?? -1,
        row = Math.floor(winner / width),
        column = winner % width;
      this.input.frame(`won c${c}`, winner < 0 ? null : [row, row + 1, column, column + 1]);
    });
    this.showWindows(y, x, box);
    this.tellFormula(y, x);
    this.say(this.sentence(y, x));
  }

  showWindows(y, x, box) {
    const { planes, width } = this.image,
      at = y * this.result.width + x;
    const isDense = this.settings.size >= DENSE,
      format = isDense ? value => value.toFixed(2).replace("0.", ".") : three;
    this.windows.hidden = this.global;
    this.windows.classList.toggle("dense", isDense);
    this.tableFigures.forEach((figure, c) => {
      figure.hidden = this.global || c >= planes.length;
      if (figure.hidden) return;
      const values = this.seen(y, x, c),
        winner = this.result.winners[c][at];
      this.tableTitles[c].replaceChildren(
        planes.length === 1 ? "The window" : `The window, ${CHANNELS[c]}`,
        element("small", "", `→ ${three(this.result.planes[c][at])}`),
      );
      this.tables[c].show(values.flat(), values.length, values.length, {
        limit: this.isTable ? Math.max(1e-6, largest(planes[c])) : 1,
        dark: this.dark,
        format,
      });
      this.tables[c].mark("won", (i, j) => winner >= 0 && (box.top + i) * width + box.left + j === winner);
    });
  }

  sentence(y, x) {
    const { planes, width } = this.image,
      at = y * this.result.width + x,
      winner = this.result.winners[0][at],
      count = this.inside(y, x),
      colour = planes.length > 1 ? `${CHANNELS[0]}: ` : "";
    if (this.kind === "average")
      return (
        `Output row ${y}, column ${x}: all ${count} pixels count alike, ` +
        `each ${percent(1 / count)}. None can be told from the others any more.`
      );
    const place = `row ${Math.floor(winner / width)}, column ${winner % width}`;
    return (
      `Output row ${y}, column ${x}: ${colour}of ${count} pixels the one in ${place} wins ` +
      `with ${three(this.result.planes[0][at])}. The number goes on, its place does not.`
    );
  }

  inside(y, x) {
    const { top, left, bottom, right } = this.box(y, x),
      { height, width } = this.image;
    return (Math.min(bottom, height) - Math.max(top, 0)) * (Math.min(right, width) - Math.max(left, 0));
  }

  tellIdle() {
    if (!this.fits) return;
    const { height, width, planes } = this.image,
      count = this.result.height * this.result.width * planes.length,
      all = height * width * planes.length;
    this.say(
      `${grouped(count)} of ${counted(all, "number")} go on, ` +
        `${percent(count / all)}.${planes.length > 1 ? " Every channel is pooled on its own." : ""} ` +
        "Point at a window to take it apart. Rows and columns count from 0.",
    );
  }

  tellFormula(y, x) {
    const { height, width, planes } = this.image,
      { down, across } = this.slid,
      { padding } = this.settings,
      depth = planes.length,
      { result } = this;
    const side = (name, it) =>
      padding === "same"
        ? `${name}: ceil(${it.size} / ${it.stride}) = ${it.out}`
        : `${name}: floor((${it.size} − ${it.reach}) / ${it.stride}) + 1 = ${it.out}`;
    const sizes = this.global
      ? "One window, as large as the picture: one number for each channel."
      : `${side("Height", down)}; ${side("width", across)}`;
    const shapes = element(
      "b",
      "",
      `${times(height, width, depth)} → ${this.global ? depth : times(result.height, result.width, depth)}`,
    );
    const numbers = this.global
      ? []
      : this.seen(y, x, 0)
          .flat()
          .filter(value => value !== null);
    const list =
      numbers.length && numbers.length <= LISTED ? numbers.map(three).join(", ") : counted(this.inside(y, x), "number");
    const value = three(result.planes[0][y * result.width + x]);
    this.formula.replaceChildren(
      element("div", "", this.kind === "max" ? `max(${list}) = ` : `mean(${list}) = `, element("b", "", value)),
      element("div", "", sizes),
      element("div", "", shapes, ", channels stay; ", element("b", "", "0 parameters"), ": there is nothing to learn."),
      element("code", "", this.forgetting.source()),
    );
  }

  tasks() {
    const { ceil } = Math;
    this.question = new NumberQuestion({ ask: draw => this.asked(draw) });
    return [
      {
        words: "Say what pooling leaves, before you see it.",
        hint: "Window [row, column] begins stride rows down and stride columns to the right of the one before.",
        asked: this.question,
        done: () => this.question.isDone,
      },
      {
        words: "Halve both sides of the picture with windows that overlap.",
        hint: "Windows overlap where the step is smaller than the window.",
        done: () => {
          const { image, result } = this;
          return (
            Boolean(result) &&
            !this.global &&
            this.settings.size > this.settings.stride &&
            [
              [result.height, image.height],
              [result.width, image.width],
            ].every(([out, all]) => out === ceil(all / 2))
          );
        },
      },
      {
        words: "Find a pooling that loses nothing at all.",
        hint: "How small can a window be?",
        done: () =>
          Boolean(this.result) &&
          !this.global &&
          !this.isTable &&
          this.settings.size === 1 &&
          this.forgetting.error === 0,
      },
      {
        words:
          "Move the picture by two pixels or more and keep every pooled value within 0.1, though its pixels change.",
        hint: "What does a window as large as the picture know of places?",
        done: () =>
          Boolean(this.result) &&
          !this.isTable &&
          !this.complaint.textContent &&
          Math.hypot(this.settings.down, this.settings.right) >= 2 &&
          this.moving.pictureChange.changed > 0 &&
          this.moving.pooledChange.changed === 0,
      },
    ];
  }

  // Pooling of small numbers, and one place of what it leaves.
  asked(draw) {
    const numbers = Array.from({ length: 4 }, () => Array.from({ length: 4 }, () => draw(0, 9))),
      [kind, stride] = [["max", "average"][draw(0, 1)], draw(1, 2)],
      flat = numbers.flat(),
      { values, width, height } = pool2d(flat, 4, 4, { size: 2, stride, kind }),
      place = [draw(0, height - 1), draw(0, width - 1)],
      [top, left] = place.map(at => at * stride);
    const seen = [0, 1].flatMap(y => [0, 1].map(x => numbers[top + y][left + x])).join(", ");
    return {
      words: `${kind} pooling, window 2, step ${stride}, of ${python(numbers)}, at [${place.join(", ")}] gives`,
      answer: values[place[0] * width + place[1]],
      because: `the window sees ${seen}`,
      show: () => {
        this.at = place;
        this.set({ slides_over: "numbers", numbers, operation: kind, size: 2, stride, padding: "valid", place });
      },
    };
  }

  checks() {
    const example = [1, 1, 2, 4, 5, 6, 7, 8, 3, 2, 1, 0, 1, 2, 3, 4],
      nine = [...Array(9).keys()];
    const rows = ({ height, width, values }) =>
      Array.from({ length: height }, (_, y) => [...values.slice(y * width, (y + 1) * width)]);
    const small = kind => () => rows(pool2d(example, 4, 4, { size: 2, kind })),
      near = kind => () => rows(pool2d(nine, 3, 3, { size: 2, stride: 1, kind }));
    const shape = () => {
      const out = pooled(
        { height: 28, width: 28, planes: [zeros(784)] },
        { operation: "max", size: 2, stride: 2, padding: "valid" },
      );
      return [out.height, out.width, out.planes.length];
    };
    const whole = () => [
      ...pooled({ height: 4, width: 4, planes: [Float64Array.from(example)] }, { operation: "global average" })
        .planes[0],
    ];
    return {
      shape,
      parameters: () => 0,
      max: small("max"),
      average: small("average"),
      global: whole,
      overlapping: near("max"),
      "overlapping mean": near("average"),
    };
  }
}

export default mount(Pooling);
