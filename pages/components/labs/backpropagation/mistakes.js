// Gradients broken on purpose: chosen from a menu, or hidden as a riddle.

// All mistakes that can be made: [gradient, "dropped" or "flipped"]; where there is no factor, none can be forgotten.
function mistakesOf(gradients) {
  const slips = ({ to, operation }) => (operation.backward[to].forgotten ? ["dropped", "flipped"] : ["flipped"]);
  return gradients.flatMap(gradient => slips(gradient).map(slip => [gradient.name, slip]));
}

class Mistakes {
  // hidden: { gradient: mistake }, the riddle; row: how many have been solved at the first guess, one after another.
  constructor(lab) {
    Object.assign(this, { lab, hidden: null, row: 0, isFirst: true });
    this.menuList = element("div", "slips");
    this.hideButton = button("Hide a mistake", () => this.hide());
    this.guess = element("select");
    this.guess.setAttribute("aria-label", "Which gradient is broken?");
    this.answer = element("span", "answer");
    this.answer.setAttribute("role", "status");
    this.quiz = element(
      "div",
      "quiz",
      this.guess,
      button("It is this one", () => this.judge()),
      button("Give up", () => this.giveUp()),
    );
    const row = element("div", "row", this.hideButton, lab.resetButton());
    this.nodes = [element("h4", "", "Break it on purpose"), this.menuList, row, this.quiz, this.answer];
  }

  lay() {
    const { gradients } = this.lab;
    this.menus = gradients.map(gradient => ({ name: gradient.name, menu: this.menu(gradient) }));
    this.menuList.replaceChildren(
      ...this.menus.map(({ name, menu }) => element("label", "slip", element("span", "", name), menu)),
    );
    this.guess.replaceChildren(
      ...gradients.map(({ name }) => Object.assign(element("option", "", name), { value: name })),
    );
  }

  menu({ name, to, operation }) {
    const { forgotten } = operation.backward[to];
    const choices = { "": "right", ...(forgotten && { dropped: `forget ${forgotten}` }), flipped: "flip its sign" };
    const menu = element(
      "select",
      "",
      ...Object.entries(choices).map(([value, text]) => Object.assign(element("option", "", text), { value })),
    );
    menu.setAttribute("aria-label", `${name}: a mistake`);
    menu.onchange = () =>
      this.lab.set({ slips: this.menus.filter(one => one.menu.value).map(one => `${one.name}:${one.menu.value}`) });
    return menu;
  }

  show() {
    const made = Object.fromEntries(this.lab.settings.slips.map(slip => slip.split(":")));
    for (const { name, menu } of this.menus) {
      menu.value = made[name] ?? "";
      menu.disabled = Boolean(this.hidden);
      menu.parentNode.classList.toggle("made", Boolean(made[name]));
    }
    this.quiz.hidden = !this.hidden;
    this.hideButton.disabled = Boolean(this.hidden);
  }

  // ---- the riddle

  // A mistake that nobody sees would be no riddle: each of these changes a gradient of a weight in the first round.
  riddles(parameters) {
    const { system, gradients, data } = this.lab,
      values = forward(system, parameters, data.guard.epsilon),
      right = backward(system, values);
    const differs = (wrong, known, name) =>
      wrong[name].flat().some((one, i) => !isRight(one, known[name].flat()[i], NEAR.numerical));
    // what another convention has is no mistake
    const known = [right, ...this.lab.otherGradients(parameters).map(({ gradients: others }) => others)];
    const isSeen = slip => {
      const wrong = backward(system, values, slip);
      return known.every(one => Object.keys(system.start).some(name => differs(wrong, one, `d_${name}`)));
    };
    return mistakesOf(gradients)
      .map(slip => Object.fromEntries([slip]))
      .filter(isSeen);
  }

  hide() {
    const { lab } = this,
      here = this.riddles(lab.parameters()),
      found = here.length ? here : this.riddles(lab.system.start);
    lab.player.pause();
    this.isFirst = true;
    this.hidden = found[Math.floor(Math.random() * found.length)];
    this.answer.textContent = "One gradient is wrong now. Its rule is written as it should be; its numbers are not.";
    lab.set({ slips: [], step: lab.long, start: here.length ? lab.settings.start : [] });
    this.guess.focus(); // the button that was pressed sleeps now
  }

  judge() {
    const { value } = this.guess;
    if (value in this.hidden) {
      this.row = this.isFirst ? this.row + 1 : 0;
      this.reveal("Found:", this.isFirst ? ` ${this.row} at the first guess in a row.` : "");
      return;
    }
    Object.assign(this, { row: 0, isFirst: false });
    this.answer.textContent =
      `${value} follows its rule. Look where the ` + "table first goes wrong, and take a number apart.";
  }

  get isFound() {
    return this.row >= 2;
  }

  giveUp() {
    this.row = 0;
    this.reveal("It was");
  }

  reveal(words, more = "") {
    const [[name, slip]] = Object.entries(this.hidden),
      { operation, to } = this.lab.gradients.find(one => one.name === name);
    const what = slip === "dropped" ? `which forgot ${operation.backward[to].forgotten}` : "which had the wrong sign";
    this.hidden = null;
    this.answer.textContent = `${words} ${name}, ${what}.${more}`;
    this.lab.set({ slips: [`${name}:${slip}`] });
    this.hideButton.focus();
  }

  // The mistake that was hidden, and what was said of it.
  forget() {
    this.hidden = null;
    this.answer.textContent = "";
  }
}
