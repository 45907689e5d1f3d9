// What the little ε in the loss is for, and what it costs. Its table and its sentence stay, only their words change.
// every answer is certain, and wrong
const SURE = { sigmoid: [-1600, 800], xor: [1600, 1600, 1600, 1600, -800, -2400, -1600, 1600, 800] };

class Guard {
  constructor(onSure) {
    this.table = element("table");
    this.price = element("p");
    const paragraph = text => element("p", "", text);
    this.convention = paragraph("");
    this.node = element(
      "div",
      "guard",
      element("h3", "", "What ε is for"),
      paragraph(
        "The loss takes the logarithm of σ. When the unit is sure and wrong, σ is exactly 0 or 1, and log(0) is −∞.",
      ),
      paragraph("A little ε keeps it finite; a saturated unit still learns nothing, as σ · (1 − σ) is 0."),
      this.convention,
      this.table,
      this.price,
      button("A sure wrong answer", onSure),
    );
  }

  // With ε and without, at these weights.
  show({ system, gradients, settings, now, data }) {
    this.node.hidden = !SURE[settings.system];
    if (this.node.hidden) return;
    this.convention.textContent = this.conventionOf(settings.epsilon_in);
    const weights = gradients.find(({ to }) => to in system.start).name;
    const [guarded, bare] = [data.guard.epsilon, 0].map(epsilon =>
      backward(system, forward(system, now.parameters, epsilon)),
    );
    const told = all => [numberText(all.loss[0][0]), sizeOf(all.d_sigma), sizeOf(all[weights])];
    const row = (title, all) => element("tr", "", ...[title, ...told(all)].map(text => element("td", "value", text)));
    const head = headed("", "loss", "size of d_sigma", `size of ${weights}`);
    this.table.replaceChildren(head, row("with ε = 10⁻⁷", guarded), row("without ε", bare));
    this.price.textContent = this.priceOf(system, guarded, bare);
  }

  // Two conventions: both are the exact slope of a loss, and a tape finds it.
  conventionOf(place) {
    if (place === "loss") return "Here ε stands in the logarithms; some notes have it in d_loss instead.";
    return (
      "Here ε stands in d_loss = (σ − y) / (σ · (1 − σ) + ε), as some notes have it. That is the exact slope of the " +
      "loss above, whose δ is all but ε: the two conventions differ by about 10⁻⁷."
    );
  }

  priceOf(system, { loss, sigma, y, ...guarded }, bare) {
    const last = system.operations.at(-2).inputs[0],
      gap = loss[0][0] - bare.loss[0][0];
    const share = system.operations.at(-1).reduce === "mean" ? 1 / y.length : 1;
    const off = Math.max(
      ...guarded[`d_${last}`].map(([value], i) => difference(value, (sigma[i][0] - y[i][0]) * share)),
    );
    const shift = Number.isFinite(gap) ? `shifts the loss by ${numberText(gap)}` : "brings the loss down from ∞";
    return (
      `The price: ε ${shift}, and the shortcut d_${last} = ` +
      `${share === 1 ? "σ − y" : "(σ − y) / N"} is not quite exact: it is off by ${numberText(100 * off)} %.`
    );
  }
}
