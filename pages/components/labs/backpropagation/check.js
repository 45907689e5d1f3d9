// The gradients three times: ours, those of automatic differentiation, and finite differences. Do they agree?
const gathered = reduce => (reduce === "mean" ? "tf.reduce_mean" : "tf.reduce_sum");
const TENSORFLOW = {
  dense: ([x, w, b]) => `${x} @ ${w} + ${b}`,
  sigmoid: ([z]) => `tf.sigmoid(${z})`,
  squared_error: ([p, y], reduce) => `${gathered(reduce)}((${p} - ${y}) ** 2)${reduce === "mean" ? "" : " / 2"}`,
  binary_crossentropy: ([p, y], reduce) =>
    `-${gathered(reduce)}(${y} * tf.math.log(${p} + 1e-7) + (1 - ${y}) * tf.math.log(1 - ${p} + 1e-7))`,
  guarded_crossentropy: ([p, y], reduce) =>
    `-${gathered(reduce)}((${y} + delta) * tf.math.log(${p} + delta) ` +
    `+ (1 - ${y} + delta) * tf.math.log(1 - ${p} + delta)) / (1 + 2 * delta)`,
};
const DELTA = "delta = ((1 + 4e-7) ** 0.5 - 1) / 2  # (p + delta) * (1 - p + delta) = p * (1 - p) + 1e-7";

class GradientCheck {
  constructor(lab) {
    this.lab = lab;
    this.rows = element("tbody");
    const head = headed("", "ours", "automatic differentiation", "finite differences", "difference", "");
    this.askButton = button("Ask TensorFlow", () => this.ask());
    this.note = element("p", "told");
    this.told = element("span", "told");
    this.told.setAttribute("role", "status");
    this.code = element("pre");
    const table = element("table", "three", element("thead", "", head), this.rows);
    const code = element(
      "details",
      "code",
      element("summary", "", "The Python that is asked"),
      this.code,
      copyButton(this.code),
    );
    this.nodes = [
      element("div", "scroll", table),
      this.note,
      element("div", "row middle", this.askButton, this.told),
      code,
    ];
  }

  // A row for each number of each gradient of a weight; places: [{ name, i, j }, ...].
  lay() {
    const cellsOf = (name, value) => value.flatMap((row, i) => row.map((_, j) => ({ name: `d_${name}`, i, j })));
    this.places = Object.entries(this.lab.system.start).flatMap(([name, value]) => cellsOf(name, value));
    this.cells = this.places.map(() => count(6).map(() => element("td", "value")));
    this.rows.replaceChildren(...this.cells.map(cells => element("tr", "", ...cells)));
  }

  show() {
    const { lab } = this,
      asked = this.question(),
      told = this.answerTo(asked),
      { epsilon, h } = lab.data.guard;
    const differences = numerical(lab.system, asked.parameters, epsilon, h),
      at = (values, { name, i, j }) => values?.[name][i][j] ?? null;
    const tape =
      told?.gradients &&
      Object.fromEntries(Object.entries(told.gradients).map(([name, value]) => [`d_${name}`, value]));
    for (const known of [differences, tape ?? {}]) this.takeShares(known);
    this.others = lab.otherGradients(asked.parameters);
    this.note.textContent = this.noteWords();
    const numbers = place => [lab.now.all, differences, tape].map(values => at(values, place));
    this.elsewhere = 0;
    this.failing = this.places.filter((place, row) => !this.showRow(this.cells[row], place, ...numbers(place))).length;
    this.showAsked(asked, told);
  }

  // The note's bias is a share of the true gradient: that share is what it is held against.
  takeShares(known) {
    for (const name of Object.keys(known)) {
      const share = shareOf(this.lab.system, name.slice(2));
      if (share !== 1) known[name] = known[name].map(row => row.map(value => share * value));
    }
  }

  noteWords() {
    if (this.lab.settings.loss !== "note") return "";
    return (
      "A convention: each d_W is the gradient of the summed loss, each d_b that of the same loss divided by N. " +
      "So it is compared with; a step is the sum's, with a rate for the biases that is N times smaller."
    );
  }

  // One number of a gradient three times, and whether they agree; what is not known yet does not fail.
  showRow(cells, { name, i, j }, ours, far, auto) {
    const isKnown = this.lab.knows(name),
      other = auto ?? far;
    const isFine =
      isRight(ours, other, auto === null ? NEAR.numerical : NEAR.tape) && isRight(ours, far, NEAR.numerical);
    const title = cellName(name, i, j, this.lab.now.all[name]),
      elsewhere = isFine ? null : this.conventionOf(ours, { name, i, j }),
      verdict = isFine ? "✓ equal" : (elsewhere ?? this.wrongWords(ours, other));
    const known = [numberText(ours), numberText(difference(ours, other)), verdict].map(text => (isKnown ? text : ""));
    const texts = [title, known[0], auto === null ? "–" : numberText(auto), numberText(far), known[1], known[2]];
    texts.forEach((text, c) => {
      cells[c].textContent = text;
    });
    cells.at(-1).className = !isKnown ? "" : isFine ? "right" : elsewhere ? "elsewhere" : "wrong";
    if (isKnown && elsewhere) this.elsewhere++;
    return isFine || !isKnown || elsewhere !== null;
  }

  // Under which other convention a number is right.
  conventionOf(value, { name, i, j }) {
    const found = this.others.find(({ gradients }) => isRight(value, gradients[name][i][j], NEAR.tape));
    return found && value !== 0 ? `that is ${name} of ${found.words}` : null;
  }

  wrongWords(ours, other) {
    if (!Number.isFinite(ours)) return "✗ no number";
    if (isRight(ours, -other, NEAR.numerical)) return "✗ wrong sign";
    return ours * other < 0 ? "✗ wrong sign and size" : `✗ ${three(ours / other)} times the true one`;
  }

  // ---- TensorFlow, on the server

  question() {
    const { system, loss, epsilon_in } = this.lab.settings;
    return { system, loss, epsilon_in, parameters: this.lab.now.parameters };
  }

  // What TensorFlow has said about just these numbers: { loss, gradients } or { error }.
  answerTo(asked) {
    const { tape } = this.lab.data;
    return tape?.id === JSON.stringify(asked) ? tape : null;
  }

  ask() {
    const asked = this.question();
    this.waiting = JSON.stringify(asked);
    this.turn = (this.turn ?? this.lab.data.tape?.turn ?? 0) + 1;
    this.lab.act("tape", { id: this.waiting, turn: this.turn, ...asked });
    this.show();
  }

  take() {
    this.waiting = null;
    this.show();
  }

  showAsked(asked, told) {
    const isWaiting = this.waiting === JSON.stringify(asked) && !told;
    this.askButton.disabled = isWaiting || Boolean(told?.gradients);
    const said = isWaiting ? "TensorFlow starts, a few seconds the first time ..." : this.toldWords(told);
    if (this.told.textContent !== said) this.told.textContent = said; // said aloud once, not at every step
    this.code.textContent = this.python(asked);
  }

  toldWords(told) {
    if (!told) return "tf.GradientTape differentiates the same lines by itself.";
    return told.error || `tf.GradientTape answered; its loss is ${numberText(told.loss)}.`;
  }

  python({ parameters }) {
    const { operations, data, start } = this.lab.system,
      rows = value => JSON.stringify(value).replaceAll(",", ", "),
      names = Object.keys(start),
      takesShares = names.some(name => shareOf(this.lab.system, name) !== 1);
    return [
      "import tensorflow as tf",
      "",
      ...Object.entries(data).map(([name, value]) => `${name} = tf.constant(${rows(value)}, tf.float64)`),
      ...Object.entries(parameters).map(([name, value]) => `${name} = tf.Variable(${rows(value)}, dtype=tf.float64)`),
      ...(operations.at(-1).does === "guarded_crossentropy" ? [DELTA] : []),
      "with tf.GradientTape() as tape:",
      ...operations.map(({ name, does, inputs, reduce }) => `    ${name} = ${TENSORFLOW[does](inputs, reduce)}`),
      `${names.map(name => `d_${name}`).join(", ")} = tape.gradient(loss, [${names.join(", ")}])`,
      ...(takesShares ? [`N = ${data.y.length}  # the note takes the mean for each bias`] : []),
      `print(${names.map(name => `d_${name}${shareOf(this.lab.system, name) === 1 ? "" : " / N"}`).join(", ")})`,
    ].join("\n");
  }
}
