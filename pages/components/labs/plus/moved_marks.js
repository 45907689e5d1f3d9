// All marks moved at once, or one: what moves with them in the answer, and what pooling forgets of it.

class MovedMarks {
  constructor(lab) {
    this.lab = lab;
  }

  layMove() {
    const pad = element(
      "div",
      "pad",
      ...Object.entries(ARROWS).map(([key, by]) => {
        const name = key.slice(5).toLowerCase(),
          one = button({ up: "↑", left: "←", right: "→", down: "↓" }[name], () => this.lab.planting.move(by));
        one.setAttribute("aria-label", `Move ${name}`);
        one.classList.add(name);
        return one;
      }),
    );
    this.small = { before: this.smallRow("before"), now: this.smallRow("now") };
    this.moved = element("div", "moved");
    this.moved.setAttribute("role", "status");
    this.poolTitle = element("h4");
    const head = [element("span"), element("h4", "", "Picture"), element("h4", "", "Answer"), this.poolTitle];
    const row = (name, sheets) => [element("span", "name", name), ...Object.values(sheets).map(sheet => sheet.node)];
    const table = element(
      "div",
      "scroll",
      element("div", "compare", ...head, ...row("Before", this.small.before), ...row("Now", this.small.now)),
    );
    const knobs = element(
      "div",
      "row middle moving",
      this.lab.knob("moves", "The arrows move"),
      pad,
      this.lab.knob("pool", "Max pooling, window"),
      element(
        "div",
        "stack",
        button("Compare from here", () => this.lab.planting.rebase()),
        button("Move back", () => this.lab.set({ marks: this.lab.settings.start, down: 0, right: 0 })),
      ),
    );
    return element("section", "", element("h3", "", "Move it"), knobs, this.moved, table);
  }

  smallRow(when) {
    const sheet = what => new Sheet({ label: `${what} ${when === "now" ? "now" : "before the move"}` });
    return {
      picture: sheet("Picture"),
      answer: sheet("Answer"),
      pooled: sheet("Answers above the threshold after max pooling"),
    };
  }

  drawMove() {
    const { size, pool, threshold } = this.lab.settings,
      top = Math.max(0.5, this.lab.full - threshold),
      side = Math.min(SMALL, Math.max(84, (this.lab.room - 110) / 3 / rem()));
    this.poolTitle.replaceChildren("ReLU, then max pooling");
    this.mapChanged = this.lab.now.values.filter(
      (value, i) => value >= threshold !== this.lab.before.values[i] >= threshold,
    ).length;
    this.poolChanged = [...this.lab.now.highest].flatMap((value, i) =>
      value >= threshold !== this.lab.before.highest[i] >= threshold ? [i] : [],
    );
    for (const [name, sheets] of Object.entries(this.small)) {
      const { plane, values, pooled } = this.lab[name];
      sheets.picture.image({ height: size, width: size, planes: [this.lab.bright(plane)] }, side);
      sheets.answer.signed(values, size, size, side, this.lab.full);
      sheets.pooled.signed(pooled.values, pooled.height, pooled.width, side, top);
      for (const frame of sheets.pooled.frames.keys()) sheets.pooled.frame(frame);
      this.poolChanged.forEach(i =>
        sheets.pooled.frame(`changed c${i}`, square(Math.floor(i / pooled.width), i % pooled.width, 0)),
      );
    }
    this.tellMove(pool);
  }

  // Where the answer near a mark is largest.
  peakNear({ row, column }, { values }) {
    const { size } = this.lab.settings;
    let best = [row, column];
    for (let y = Math.max(0, row - 1); y <= Math.min(size - 1, row + 1); y++)
      for (let x = Math.max(0, column - 1); x <= Math.min(size - 1, column + 1); x++)
        if (values[y * size + x] > values[best[0] * size + best[1]]) best = [y, x];
    return best;
  }

  movedMarks() {
    const { marks, start } = this.lab.settings;
    return marks
      .map((mark, i) => {
        const before = this.peakNear(start[i], this.lab.before),
          now = this.peakNear(mark, this.lab.now);
        return {
          mark,
          by: [mark.row - start[i].row, mark.column - start[i].column],
          answer: [now[0] - before[0], now[1] - before[1]],
        };
      })
      .filter(({ by }) => by[0] || by[1]);
  }

  // Of the answers whose window lies inside the picture before and after: how many moved along unchanged.
  alongWithPicture() {
    const { size, down, right } = this.lab.settings,
      inner = i => i > 0 && i < size - 1;
    let all = 0,
      equal = 0;
    for (let y = 1; y < size - 1; y++)
      for (let x = 1; x < size - 1; x++) {
        if (!inner(y - down) || !inner(x - right)) continue;
        all++;
        if (
          Math.abs(this.lab.now.values[y * size + x] - this.lab.before.values[(y - down) * size + x - right]) < ROUNDING
        )
          equal++;
      }
    return { all, equal };
  }

  // Why an answer did not move as its mark did: without noise it would have, or something else stands there.
  otherwise(mark) {
    const { marks, start, size, kernel, noise } = this.lab.settings,
      i = marks.indexOf(mark),
      calm = list => ({ values: responsesTo(drawnMarks(list, size), size, kernel) }),
      [from, to] = [this.peakNear(start[i], calm(start)), this.peakNear(mark, calm(marks))],
      alone = same([to[0] - from[0], to[1] - from[1]], [mark.row - start[i].row, mark.column - start[i].column]);
    return noise && alone
      ? ": without noise it would have."
      : ": another mark, the border or the kernel is in the way.";
  }

  // Pooling forgets a move only where there was one: answers above the threshold that changed their place.
  forgotten(pool) {
    if (pool === 1) return ".";
    return this.mapChanged
      ? `, though ${this.mapChanged} unpooled ones did: pooling has forgotten the move (invariance).`
      : ", and no unpooled one did either.";
  }

  tellMove(pool) {
    const { down, right } = this.lab.settings,
      moved = this.movedMarks(),
      { all, equal } = this.alongWithPicture();
    const whole = down || right,
      cells = this.lab.now.highest.length,
      changed = this.poolChanged.length;
    const lines = whole
      ? [
          `The picture moved by ${pair([down, right])}: ${equal} of ${all} inner answers moved ` +
            `by ${pair([down, right])} with it, unchanged${equal === all ? ": shift equivariance" : ""}.`,
        ]
      : moved
          .slice(0, 3)
          .map(
            ({ mark, by, answer }) =>
              `The ${NAMES[mark.shape][0]} moved by ${pair(by)}, its answer moved by ` +
              `${pair(answer)}${same(by, answer) ? "." : this.otherwise(mark)}`,
          );
    const forgets = changed
      ? `${changed} of ${cells} pooled cells changed between found and not found (dashed).`
      : `0 of ${cells} pooled cells changed${this.forgotten(pool)}`;
    const told = lines.length
      ? [...lines, forgets]
      : [
          "Drag a mark, or use the arrows: you see here what moves " +
            "with it, and what stays. Moves are written (down, right).",
        ];
    this.moved.replaceChildren(...told.map(line => element("div", "", line)));
  }
}
