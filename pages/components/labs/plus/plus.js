// The plus detector: plant marks, add noise, let one kernel find them; move them, and the answers move too, until
// pooling forgets it.
const NAMES = { "+": ["plus", "pluses"], "×": ["cross", "crosses"] };
const MOST = 60,
  SMALL = 150,
  GAP = 20,
  NARROW = 520,
  ROUNDING = 1e-9; // marks; px; px; px; sums in another order
const ARROWS = { ArrowUp: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowDown: [1, 0] };
const pair = ([down, right]) => `(${three(down)}, ${three(right)})`;
const square = (row, column, around = 1) => [row - around, row + around + 1, column - around, column + around + 1];

class PlusDetector extends Lab {
  build() {
    this.planting = new Planting(this);
    this.moves = new MovedMarks(this);
    this.verdict = new Verdict(this);
    Object.assign(this, { chosen: 0, held: null, at: null });
    const point = (row, column) => this.light([row, column]),
      leave = () => this.light(null);
    this.picture = new Sheet({
      label: "Picture; arrow keys choose a pixel, Enter plants or removes, Shift and arrows move the mark there",
      onPoint: point,
      onLeave: leave,
      onPress: (row, column, event) => this.planting.press(row, column, event),
      onDrag: (row, column) => this.planting.drag(row, column),
    });
    this.answer = new Sheet({ label: "Answers of the kernel; arrow keys choose one", onPoint: point, onLeave: leave });
    this.picture.node.addEventListener("pointerup", () => this.planting.letGo());
    this.picture.node.addEventListener("keydown", event => this.planting.shove(event), true);
    this.cells = new Cells({
      label: "Kernel",
      first: 0,
      onEdit: (row, column, value) => this.set({ kernel: this.settings.kernel.with(3 * row + column, value) }),
    });
    this.legend = element("div", "found");
    const figure = (title, node, caption) =>
      element("figure", "", element("h4", "", title), node, element("figcaption", "", caption));
    this.pictureWords = element("span");
    this.trio = element(
      "div",
      "trio",
      figure("Picture", this.picture.node, this.pictureWords),
      figure("Kernel", this.cells.node, "Type other weights."),
      figure("Answer", this.answer.node, "The sum of the products at every place."),
    );
    this.stage.append(this.trio, this.legend);
    this.side.append(
      this.firstKnob("noise"),
      this.knob("seed"),
      this.knob("plant", "A click plants"),
      this.firstKnob("threshold"),
      this.knob("size"),
      element(
        "div",
        "row",
        button("Remove all", () => this.set({ marks: [], start: [], down: 0, right: 0 })),
        this.resetButton(),
      ),
    );
    this.host.querySelector(".bench").after(this.moves.layMove());
  }

  // Settings that are legal one by one, made legal together.
  settle(settings) {
    const inside = ({ row, column }) => row < settings.size && column < settings.size,
      paired = settings.start.length === settings.marks.length;
    const kept = settings.marks
      .map((mark, i) => [mark, paired ? settings.start[i] : mark])
      .filter(both => both.every(inside));
    const now = kept.map(([mark]) => mark),
      before = kept.map(([, start]) => start);
    return { ...settings, marks: now, start: before };
  }

  draw() {
    this.now = this.world(this.settings.marks, this.settings.down, this.settings.right);
    this.before = this.world(this.settings.start, 0, 0);
    this.chosen = clamp(this.chosen, 0, Math.max(0, this.settings.marks.length - 1));
    this.judge();
    this.drawLarge();
    this.moves.drawMove();
    this.light(this.at);
  }

  world(marks, down, right) {
    const { size, kernel, noise, seed, threshold, pool } = this.settings,
      field = this.field(seed, size),
      plane = drawnMarks(marks, size),
      turn = i => ((i % size) + size) % size;
    for (let i = 0; i < plane.length; i++)
      plane[i] += noise * field[turn(Math.floor(i / size) - down) * size + turn((i % size) - right)];
    const values = responsesTo(plane, size, kernel),
      above = values.map(value => Math.max(0, value - threshold));
    const window = { size: pool, padding: "same" };
    return {
      plane,
      values,
      found: maximaOf(values, size, threshold),
      pooled: pool2d(above, size, size, window),
      highest: pool2d(values, size, size, window).values,
    };
  }

  field(seed, size) {
    const key = `${seed} ${size}`;
    if (this.fieldKey !== key) Object.assign(this, { fieldKey: key, noiseField: evens(seed, size * size) });
    return this.noiseField;
  }

  // Each planted mark is found or missed; a maximum where nothing stands is false.
  judge() {
    const { marks } = this.settings,
      at = ([row, column]) => marks.findIndex(mark => mark.row === row && mark.column === column);
    const hits = new Set(this.now.found.map(at));
    this.hits = marks.map((_, i) => hits.has(i));
    this.wrong = this.now.found.filter(place => at(place) < 0);
  }

  tally(shape) {
    const mine = this.settings.marks.map((mark, i) => [mark, this.hits[i]]).filter(([mark]) => mark.shape === shape);
    return { planted: mine.length, found: mine.filter(([, hit]) => hit).length };
  }

  drawLarge() {
    const { size, kernel } = this.settings,
      narrow = this.room < NARROW * rem(),
      kernelWidth = narrow ? 0 : 132 * rem() + 2 * GAP;
    const side = Math.min(360, (this.room - kernelWidth - (narrow ? 4 : 8)) / (narrow ? 1 : 2) / rem());
    this.white = 1 + this.settings.noise; // no pixel can be brighter
    this.full = this.white * kernel.reduce((sum, weight) => sum + Math.abs(weight), 0) || 1;
    this.trio.classList.toggle("narrow", narrow);
    this.picture.image({ height: size, width: size, planes: [this.bright(this.now.plane)] }, side);
    this.pictureWords.textContent = `Click plants or removes, drag moves. Black 0, white ${three(this.white)}.`;
    this.answer.signed(this.now.values, size, size, side, this.full);
    this.cells.show(kernel, 3, 3, { limit: Math.max(1, largest(kernel)), dark: this.dark });
    for (const sheet of [this.picture, this.answer]) this.ring(sheet);
    this.showChosen();
    this.tellFound();
  }

  // As a picture is painted, from black to white.
  bright(plane) {
    return plane.map(value => value / this.white);
  }

  ring(sheet) {
    for (const name of sheet.frames.keys()) if (/^(hit|miss|false) /.test(name)) sheet.frame(name);
    this.settings.marks.forEach(({ row, column }, i) =>
      sheet.frame(`${this.hits[i] ? "hit" : "miss"} m${i}`, square(row, column)),
    );
    this.wrong.forEach(([row, column], i) => sheet.frame(`false m${i}`, square(row, column)));
  }

  showChosen() {
    const mark = this.settings.moves === "one mark" && this.settings.marks[this.chosen];
    this.picture.frame("chosen", mark ? square(mark.row, mark.column, 0) : null);
  }

  tellFound() {
    const sign = (name, text) => element("span", "sign", element("i", `sample ${name}`), text);
    const pluses = this.tally("+"),
      crosses = this.tally("×"),
      all = [
        ["+", pluses],
        ["×", crosses],
      ].filter(([, tally]) => tally.planted);
    const found = all
      .map(([shape, { planted, found }]) => `${found} of ${counted(planted, ...NAMES[shape])}`)
      .join(", ");
    const missed = pluses.planted + crosses.planted - pluses.found - crosses.found;
    this.legend.replaceChildren(
      sign("hit", `found: ${found || "0"}`),
      sign("miss", `missed: ${missed}`),
      sign("false", `false: ${this.wrong.length}`),
    );
    this.idle = this.verdict.words();
  }

  // The products at one place: where the pointer is, or the strongest answer.
  light(at) {
    const { size, kernel } = this.settings,
      { values, plane } = this.now;
    this.at = at?.every(place => place < size) ? at : null;
    const strongest = values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
    const [row, column] = this.at ?? [Math.floor(strongest / size), strongest % size];
    this.picture.frame("window", this.at ? square(row, column) : null);
    this.answer.frame("now", this.at ? square(row, column, 0) : null);
    const pixel = (y, x) => (y < 0 || x < 0 || y >= size || x >= size ? 0 : plane[y * size + x]);
    const products = kernel.map(
        (weight, i) => `${three(weight)}·${pixel(row + Math.floor(i / 3) - 1, column + (i % 3) - 1).toFixed(2)}`,
      ),
      places = grouped(size * size);
    this.formula.replaceChildren(
      element("div", "products", products.join(" + "), " = ", element("b", "", three(values[row * size + column]))),
      element("div", "", `${this.at ? "At" : "The strongest answer, at"} row ${row}, column ${column}.`),
      element(
        "div",
        "shared",
        "Shared by all places: ",
        element("b", "", "9 weights"),
        `. A Dense layer from ${places} pixels to ${places} answers: ${places} · ${places} = `,
        element("b", "", `${grouped(size ** 4)} weights`),
        ", and each place would learn the plus anew.",
      ),
    );
    this.say(this.at ? this.sentence(row, column, values[row * size + column]) : this.idle);
  }

  sentence(row, column, value) {
    const { marks, threshold } = this.settings,
      i = marks.findIndex(mark => mark.row === row && mark.column === column),
      mark = marks[i];
    const told = `Row ${row}, column ${column} answers ${three(value)}`;
    if (mark) return `${told}: a ${NAMES[mark.shape][0]} stands here and is ${this.hits[i] ? "found" : "missed"}.`;
    if (this.wrong.some(([y, x]) => y === row && x === column))
      return `${told}: counted as found, but nothing stands here.`;
    const verdict = value < threshold ? "below the threshold." : "above the threshold, but a neighbour answers more.";
    return `${told}: ${verdict}`;
  }

  tasks() {
    const clean = () => !this.wrong.length;
    this.question = new NumberQuestion({ ask: draw => this.asked(draw) });
    return [
      {
        words: "Say what the kernel answers, before you see it.",
        hint: "Count the pixels of the mark that lie under a weight of 1. Beyond the border there are zeros.",
        asked: this.question,
        done: () => this.question.isDone,
      },
      {
        words: "At noise 1.5 or more, plant three pluses and find all of them, with none false.",
        hint:
          "Give them room: touching marks answer for each other. " +
          "Then find a threshold between the marks and the noise.",
        done: () => {
          const { planted, found } = this.tally("+");
          return this.settings.noise >= 1.5 && planted >= 3 && found === planted && clean();
        },
      },
      {
        words: "Move a plus so that its answer moves, and no pooled cell changes.",
        hint: "A step inside one pooling window is forgotten. A larger window forgets more.",
        done: () =>
          this.settings.pool > 1 &&
          !this.moves.poolChanged.length &&
          this.before.highest.some(value => value >= this.settings.threshold) &&
          this.moves.movedMarks().some(({ by, answer }) => same(by, answer)),
      },
      {
        words: "Plant two pluses and two crosses, and change the kernel so that it finds the crosses only.",
        hint: "A kernel looks for what it looks like. What must not answer gets weights below 0.",
        done: () => {
          const pluses = this.tally("+"),
            crosses = this.tally("×");
          return (
            pluses.planted >= 2 && crosses.planted >= 2 && !pluses.found && crosses.found === crosses.planted && clean()
          );
        },
      },
    ];
  }

  // One mark without noise, and a place near it.
  asked(draw) {
    const shape = ["+", "×"][draw(0, 1)],
      mark = { row: draw(0, 5), column: draw(0, 5), shape },
      near = at => clamp(at + draw(-1, 1), 0, 5),
      at = [near(mark.row), near(mark.column)],
      kernel = this.fields.kernel.default,
      values = responsesTo(drawnMarks([mark], 6), 6, kernel),
      answer = values[at[0] * 6 + at[1]],
      name = NAMES[shape][0];
    return {
      words:
        `In a picture of 6×6 without noise, one ${name} has its centre at row ${mark.row}, column ${mark.column}. ` +
        `The plus kernel answers at row ${at[0]}, column ${at[1]} with`,
      answer,
      because: `so many of its pixels lie under the kernel's ones`,
      show: () => {
        this.at = at;
        this.set({ size: 6, marks: [mark], start: [mark], noise: 0, kernel, down: 0, right: 0 });
      },
    };
  }

  checks() {
    const kernel = this.fields.kernel.default,
      mark = ([row, column]) => ({ row, column, shape: "+" });
    const noisy = (places, seed) => {
      const field = evens(seed, 100);
      return drawnMarks(places.map(mark), 10).map((value, i) => value + field[i]);
    };
    const found = (places, seed) => () => maximaOf(responsesTo(noisy(places, seed), 10, kernel), 10, 5.5);
    const differing = () => {
      const plane = noisy(
          [
            [2, 3],
            [6, 7],
          ],
          1,
        ),
        moved = plane.map((_, i) => plane[((Math.floor(i / 10) + 8) % 10) * 10 + (((i % 10) + 9) % 10)]);
      const before = responsesTo(plane, 10, kernel),
        after = responsesTo(moved, 10, kernel);
      return after.filter((value, i) => {
        const y = Math.floor(i / 10),
          x = i % 10;
        return y > 2 && y < 9 && x > 1 && x < 9 && Math.abs(value - before[(y - 2) * 10 + x - 1]) > ROUNDING;
      }).length;
    };
    const one = () => responsesTo(drawnMarks([mark([4, 4])], 9), 9, kernel)[40];
    return {
      one,
      first: found(
        [
          [2, 3],
          [6, 7],
        ],
        1,
      ),
      second: found(
        [
          [4, 5],
          [7, 2],
        ],
        2,
      ),
      moved: differing,
      weights: () => [kernel.length, 100 * 100],
    };
  }
}

export default mount(PlusDetector);
