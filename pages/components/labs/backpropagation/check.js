// The gradients three times: ours, those of automatic differentiation, and finite differences. Do they agree?
const TENSORFLOW = {
  dense: ([x, w, b]) => `${x} @ ${w} + ${b}`,
  sigmoid: ([z]) => `tf.sigmoid(${z})`,
  mean_squared_error: ([p, y]) => `tf.reduce_mean((${p} - ${y}) ** 2)`,
  binary_crossentropy: ([p, y]) =>
    `-tf.reduce_mean(${y} * tf.math.log(${p} + 1e-7) + (1 - ${y}) * tf.math.log(1 - ${p} + 1e-7))`,
};

class GradientCheck {
  constructor(lab) {
    this.lab = lab;
    this.rows = element("tbody");
    const head = headed("", "ours", "automatic differentiation", "finite differences", "difference", "");
    this.askButton = button("Ask TensorFlow", () => this.ask());
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
    this.nodes = [element("div", "scroll", table), element("div", "row middle", this.askButton, this.told), code];
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
    const numbers = place => [lab.now.all, differences, tape].map(values => at(values, place));
    this.failing = this.places.filter((place, row) => !this.showRow(this.cells[row], place, ...numbers(place))).length;
    this.showAsked(asked, told);
  }

  // One number of a gradient three times, and whether they agree; what is not known yet does not fail.
  showRow(cells, { name, i, j }, ours, far, auto) {
    const isKnown = this.lab.knows(name),
      other = auto ?? far;
    const isFine =
      isRight(ours, other, auto === null ? NEAR.numerical : NEAR.tape) && isRight(ours, far, NEAR.numerical);
    const title = cellName(name, i, j, this.lab.now.all[name]),
      verdict = isFine ? "✓ equal" : this.wrongWords(ours, other);
    const known = [numberText(ours), numberText(difference(ours, other)), verdict].map(text => (isKnown ? text : ""));
    const texts = [title, known[0], auto === null ? "–" : numberText(auto), numberText(far), known[1], known[2]];
    texts.forEach((text, c) => {
      cells[c].textContent = text;
    });
    cells.at(-1).className = !isKnown ? "" : isFine ? "right" : "wrong";
    return isFine || !isKnown;
  }

  wrongWords(ours, other) {
    if (!Number.isFinite(ours)) return "✗ no number";
    if (isRight(ours, -other, NEAR.numerical)) return "✗ wrong sign";
    return ours * other < 0 ? "✗ wrong sign and size" : `✗ ${three(ours / other)} times the true one`;
  }

  // ---- TensorFlow, on the server

  question() {
    return { system: this.lab.settings.system, parameters: this.lab.now.parameters };
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
      rows = value => JSON.stringify(value).replaceAll(",", ", ");
    return [
      "import tensorflow as tf",
      "",
      ...Object.entries(data).map(([name, value]) => `${name} = tf.constant(${rows(value)}, tf.float64)`),
      ...Object.entries(parameters).map(([name, value]) => `${name} = tf.Variable(${rows(value)}, dtype=tf.float64)`),
      "with tf.GradientTape() as tape:",
      ...operations.map(({ name, does, inputs }) => `    ${name} = ${TENSORFLOW[does](inputs)}`),
      `print(tape.gradient(loss, [${Object.keys(start).join(", ")}]))`,
    ].join("\n");
  }
}
