// The formula of the shown unit, with its numbers at the pointed place in it; each weight is a field.
const TERM_REM = 8.4,
  LINE_REM = 3.1,
  REST_REM = 4.4; // room of a product, of a line of products, and of all that is not the sum

const signed = value => (value < 0 ? `(${three(value)})` : three(value));

class UnitFormula {
  constructor(lab) {
    Object.assign(this, { lab, node: lab.formula });
  }

  // Its fields stay as long as the unit does; then only the numbers change. shown: [layer, unit]; point: [x, y].
  show(shown, point) {
    const { network, settings, answers } = this.lab,
      [l, j] = shown;
    const sign = JSON.stringify([shown, network.shape, settings.features, network.activation]);
    if (sign !== this.sign) {
      this.sign = sign;
      this.lay(shown);
    }
    const acts = answers.at(point),
      from = acts[l - 1],
      active = this.node.getRootNode().activeElement;
    this.terms.forEach(({ input, times, which }) => {
      if (input !== active) input.value = plain(weightAt(network, which));
      if (times) times.textContent = ` · ${signed(from[which.i])}`;
    });
    const [x, y] = point.map(value => value.toFixed(1).replace("-", "\u2212"));
    this.where.textContent = `${unitTitle(network, shown)} at x = ${x}, y = ${y}`;
    this.result.replaceChildren(...this.resultOf(this.sum(l, j, from), acts[l][j], answers.isOutput(l)));
  }

  sum(l, j, from) {
    const { weights, biases, inputs } = this.lab.network.layers[l - 1];
    let z = biases[j];
    for (let i = 0; i < inputs; i++) z += weights[j * inputs + i] * from[i];
    return z;
  }

  resultOf(z, answer, isOutput) {
    const name = isOutput ? "sigmoid" : this.lab.network.activation,
      number = value => element("b", "", three(value));
    const parts = [
      element("span", "", "z = ", number(z)),
      element("span", "", `${isOutput ? "p" : "a"} = ${name}(${three(z)}) = `, number(answer)),
    ];
    return isOutput
      ? [...parts, element("small", "", answer > 0.5 ? "more than one half: blue" : "not more than one half: orange")]
      : parts;
  }

  lay(shown) {
    const { inputs } = this.lab.network.layers[shown[0] - 1],
      complaint = element("div", "complaint");
    complaint.setAttribute("role", "alert");
    this.terms = [...Array(inputs).keys(), -1].map(i => this.term(shown, i, complaint));
    this.where = element("div", "where");
    this.result = element("div", "result");
    const first = element("span", "term", element("small", "", "\u00a0"), element("span", "", "z ="));
    this.node.replaceChildren(
      this.where,
      element("div", "sum", first, ...this.terms.map(({ node }) => node)),
      complaint,
      this.result,
    );
    this.keepRoom();
  }

  // The room of the longest sum is kept, so that nothing moves while the pointer wanders.
  keepRoom() {
    const { network, room } = this.lab,
      px = 16 * rem(),
      most = Math.max(...network.shape.slice(0, -1)) + 2; // its inputs, z and the bias
    const perLine = Math.max(1, Math.floor((room * 0.98) / (TERM_REM * px)));
    this.node.style.minHeight = `${(Math.ceil(most / perLine) * LINE_REM + REST_REM) * px}px`;
  }

  // One product of the sum, or its bias (i is -1), with the field for its weight.
  term([l, j], i, complaint) {
    const { lab } = this,
      which = { l: l - 1, j, i },
      title = unitTitle(lab.network, [l, j]);
    const name = i < 0 ? "bias" : l === 1 ? lab.settings.features[i] : `unit ${i + 1}`,
      times = i < 0 ? null : element("span", "");
    const label = i < 0 ? `Bias of ${title}` : `Weight of ${name} in ${title}`;
    const input = weightField({
      label,
      complaint,
      value: () => weightAt(lab.network, which),
      onPut: value => lab.put(which, value),
    });
    this.listen(input, [l, j], which);
    return {
      input,
      times,
      which,
      node: element("span", "term", element("small", "", name), element("span", "", i ? "+ " : "", input, times ?? "")),
    };
  }

  listen(input, unit, which) {
    const { diagram } = this.lab;
    input.addEventListener("focus", () => {
      input.select();
      diagram.attend(unit, which);
    });
    input.addEventListener("blur", () => diagram.ignore());
    input.addEventListener("keydown", event => {
      if (event.key === "Escape") diagram.returnTo(unit);
    });
  }

  focus() {
    this.terms[0].input.focus();
  }
}
