// One number taken apart: the rule that it follows, and the numbers that it is made of.
class Story {
  constructor(lab) {
    this.lab = lab;
  }

  // of { name, i, j }: [lines of parts, cells that it is made of].
  tell({ name, i, j }) {
    const { lab } = this,
      all = lab.shown(),
      here = cellName(name, i, j, all[name]),
      value = strong(numberText(all[name][i][j]));
    if (name === "d_loss")
      return [[["d_loss = ∂loss/∂loss = ", strong("1")], ["The loss changes with itself one to one."]], []];
    const gradient = lab.gradients.find(one => one.name === name),
      operation = lab.system.operations.find(one => one.name === name);
    if (gradient) return this.ofGradient(gradient, here, value, i, j, all);
    if (operation) return this.ofOperation(operation, here, value, i, j, all);
    if (name in lab.system.start && lab.phase === lab.long) return this.ofUpdate(name, here, i, j);
    return [[[`${here} = `, value], [this.role(name)]], []];
  }

  role(name) {
    if (name in this.lab.system.start)
      return "A number that training changes. Click it and type another one to begin from there.";
    return name === "y" ? "The truth: what the answer should be." : "Given: data is never changed.";
  }

  // A mistake that is hidden is not told: its rule is written as it should be.
  ofGradient({ name, to, operation }, here, value, i, j, all) {
    const { lab } = this,
      way = operation.backward[to],
      slip = lab.mistakes.hidden?.[name] ? "" : lab.slips()[name];
    const terms = termsOf(all, operation, to, i, j, slip),
      mistake = { dropped: `without ${way.forgotten}`, flipped: "with the wrong sign" }[slip];
    const rule = [
      `${name} = ${way.text}${mistake ? ` (broken on purpose: ${mistake})` : ""}`,
      element("small", "", `because ${way.local}`),
    ];
    return [[rule, [`${here} = ${sumOf(terms)} = `, value, ...this.factorNames(terms, all)]], this.cellsOf(terms)];
  }

  // What the factors are called, where there is room for it: in a product that stands alone.
  factorNames(terms, all) {
    if (terms.length > 1) return [];
    const name = ({ text, cells: [cell] }) => text || cellName(...cell, all[cell[0]]);
    return [element("small", "", terms[0].map(name).join(" · "))];
  }

  ofOperation(operation, here, value, i, j, all) {
    const terms = sourcesOf(all, operation, i, j),
      { does, name, text } = operation,
      sum = sumOf(terms);
    const gathered = operation.reduce === "mean" ? `(${sum}) / ${terms.length}` : sum,
      shown = { dense: sum, sigmoid: `1 / (1 + exp(−${bracketed(terms[0][0].value)}))` }[does] ?? gathered;
    return [[[`${name} = ${text}`], [`${here} = ${shown} = `, value]], this.cellsOf(terms)];
  }

  cellsOf(terms) {
    return terms.flatMap(factors => factors.flatMap(({ cells }) => cells));
  }

  ofUpdate(name, here, i, j) {
    const { parameters, all, after } = this.lab.now,
      step = `${three(this.lab.settings.rate)} · ${bracketed(all[`d_${name}`][i][j])}`;
    const moved = [
      `${here} ← ${numberText(parameters[name][i][j])} − ${step} = `,
      strong(numberText(after[name][i][j])),
    ];
    return [[[`${name} ← ${name} − rate · d_${name}`], moved], [[`d_${name}`, i, j]]];
  }

  // What the last step did.
  sentence(doing) {
    const { lab } = this,
      gradient = lab.gradients.find(({ name }) => name === doing),
      known = {
        "": [
          "Step forward: the data meets the weights, operation by operation, until one number is left, the loss. ",
          "Point at any number to see where it comes from.",
        ],
        loss: [
          "The forward pass is done: loss ",
          strong(numberText(lab.now.loss)),
          ". Now back: how would the loss change if each number here were a little larger?",
        ],
        d_loss: [
          "The way back begins with 1. Every step from here multiplies by the slope of one operation: the chain rule.",
        ],
        update: ["Each weight goes a small step against its gradient. The next round begins with the new weights."],
      }[doing];
    if (known) return known;
    if (!gradient) return [`Forward: ${doing} is computed from what stands left of it and below.`];
    if (gradient.to in lab.system.start)
      return [`${doing} says how the loss changes with ${gradient.to}: this is what training needs.`];
    return [
      `${doing} passes through ${gradient.operation.name}: the ` +
        "gradient that arrives, times the slope of this one operation.",
    ];
  }
}
