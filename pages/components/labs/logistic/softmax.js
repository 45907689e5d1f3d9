// A sigmoid is softmax of two classes: two logits, and the same two shares computed in both ways.
const MOST_LOGIT = 10,
  NAMED_FROM = 0.16; // a smaller share has no room for its name

class PairSection {
  // lab: its knobs and settings; set(changes). logit(): of the picture that is taken apart, null before there is one.
  constructor(lab, logit) {
    Object.assign(this, { lab, logit });
    this.up = button("Add 1 to both", () => this.shift(1));
    this.down = button("Take 1 from both", () => this.shift(-1));
    this.take = button("Take 0 and the picture’s z", () => this.takeLogit());
    this.complaint = element("div", "complaint");
    this.said = element("div", "said");
    this.formula = element("div", "formula");
    for (const node of [this.complaint, this.said]) node.setAttribute("role", "status");
    const buttons = element("div", "row middle", this.up, this.down, this.take);
    this.node = element(
      "section",
      "two",
      element("h3", "", "A sigmoid is softmax of two classes"),
      element("div", "row logit-knobs", lab.knob("z1", "Logit z₁"), lab.knob("z2", "Logit z₂"), buttons),
      this.complaint,
      this.row("softmax(z₁, z₂)", "soft"),
      this.row("sigmoid(z₂ − z₁)", "sigmoid"),
      this.said,
      this.formula,
    );
  }

  row(title, name) {
    this[name] = [element("i"), element("i")];
    return element("div", "share", element("span", "", title), element("div", "share-bar", ...this[name]));
  }

  shift(by) {
    const moved = z => clamp(Number((z + by).toFixed(6)), -MOST_LOGIT, MOST_LOGIT),
      { z1, z2 } = this.lab.settings;
    this.lab.set({ z1: moved(z1), z2: moved(z2) });
  }

  takeLogit() {
    const z = this.logit(),
      z2 = clamp(Number(z.toFixed(4)), -MOST_LOGIT, MOST_LOGIT);
    this.lab.set({ z1: 0, z2 });
    if (Math.abs(z) > MOST_LOGIT)
      this.complaint.textContent = `Its z of ${three(z)} is beyond this knob, which goes to ${three(z2)}.`;
  }

  draw(names) {
    const { z1, z2 } = this.lab.settings,
      p = pairSoftmax(z1, z2),
      q = ACTIVATIONS.sigmoid(z2 - z1);
    this.complaint.textContent = "";
    this.fill(this.soft, p, names);
    this.fill(this.sigmoid, [ACTIVATIONS.sigmoid(z1 - z2), q], names);
    this.up.disabled = Math.max(z1, z2) > MOST_LOGIT - 1;
    this.down.disabled = Math.min(z1, z2) < 1 - MOST_LOGIT;
    this.showTake();
    this.said.replaceChildren(
      "Only the difference counts: z₂ − z₁ = ",
      bold(three(near0(z2 - z1))),
      ". Adding the same number to both changes nothing, so one of " +
        "the two can be 0, and one logit is enough for two classes.",
    );
    const [first, second, less] = [z1, z2, z1 - z2].map(z => three(Math.exp(z)));
    this.formula.replaceChildren(
      element(
        "div",
        "",
        `softmax: exp(z₂) / (exp(z₁) + exp(z₂)) = ${second} / (${first} + ${second}) = `,
        bold(three(p[1])),
      ),
      element("div", "", `sigmoid: 1 / (1 + exp(−(z₂ − z₁))) = 1 / (1 + ${less}) = `, bold(three(q))),
    );
  }

  showTake() {
    this.take.disabled = this.logit() === null;
  }

  fill(bars, shares, names) {
    bars.forEach((bar, i) => {
      bar.style.flexGrow = shares[i];
      bar.textContent = shares[i] > NAMED_FROM ? `${names[i]}: ${three(shares[i])}` : "";
      bar.title = `${names[i]}: ${shares[i]}`;
    });
  }
}
