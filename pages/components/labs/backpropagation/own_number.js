// A number that somebody has worked out: it is told of which convention it is, and called wrong only where it is of
// none.
class OwnNumber {
  constructor(lab) {
    Object.assign(this, { lab, isFound: false });
    this.place = element("select");
    this.place.setAttribute("aria-label", "Gradient that you worked out");
    this.input = Object.assign(element("input", "number"), { type: "text", inputMode: "text", autocomplete: "off" });
    this.input.setAttribute("aria-label", "Your number");
    this.input.onkeydown = event => {
      if (event.key === "Enter") this.judge();
    };
    this.verdict = element("span", "verdict");
    this.verdict.setAttribute("role", "status");
    this.node = element(
      "div",
      "own",
      element("h4", "", "Your own number"),
      element(
        "div",
        "row middle",
        this.place,
        this.input,
        button("Is it right?", () => this.judge()),
      ),
      this.verdict,
    );
    this.place.onchange = () => this.verdict.replaceChildren();
  }

  lay() {
    const all = forward(this.lab.system, this.lab.system.start, 0);
    this.choices = this.lab.check.places;
    this.place.replaceChildren(
      ...this.choices.map(({ name, i, j }, at) =>
        Object.assign(element("option", "", cellName(name, i, j, all[name.slice(2)])), { value: at }),
      ),
    );
    this.verdict.replaceChildren();
  }

  judge() {
    const { lab } = this,
      { name, i, j } = this.choices[this.place.value],
      { parameters } = lab.now,
      here = this.place.selectedOptions[0].textContent,
      said = typed(this.input.value);
    if (said === null) {
      this.tell("", "Type a number.");
      return;
    }
    const right = backward(lab.system, forward(lab.system, parameters, lab.data.guard.epsilon))[name][i][j],
      isAsWritten = value => Math.abs(said - value) <= 1e-9 + 0.005 * Math.abs(value), // three digits are enough
      other = lab.otherGradients(parameters).find(({ gradients }) => isAsWritten(gradients[name][i][j]));
    if (isAsWritten(right))
      this.tell("right", `✓ ${here} of ${lossWords(lab.system, lab.settings.loss)}, chosen above.`);
    else if (other) this.tell("right", `✓ That is ${here} of ${other.words}; above, another convention is chosen.`);
    else this.tell("wrong", `✗ ${this.wrongWords(said, right)}`);
    const isAtStart = !lab.settings.start.length && lab.round === 0 && lab.settings.system === "linear";
    if (isAtStart && !isAsWritten(right) && other) this.isFound = true;
    lab.judgeTasks();
  }

  wrongWords(said, right) {
    if (right !== 0 && Math.abs(said + right) <= 0.005 * Math.abs(right)) return "The sign is wrong.";
    return "It is of no convention here. Point at the gradient above: its sum is written out.";
  }

  tell(kind, words) {
    this.verdict.className = `verdict ${kind}`;
    this.verdict.textContent = words;
  }
}

// What is differentiated, in words.
function lossWords({ operations }, loss) {
  const isSquare = operations.at(-1).does === "squared_error";
  return {
    mean: isSquare ? "the mean squared error" : "the mean cross-entropy",
    sum: isSquare ? "half the summed squares" : "the summed cross-entropy",
    note: `the note's rule, d_W of ${isSquare ? "half the summed squares" : "the sum"} and d_b a mean`,
  }[loss];
}
