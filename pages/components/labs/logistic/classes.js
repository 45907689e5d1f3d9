// Which classes are told apart: one from another, or one from all the others together.
const ALL_OTHERS = "all others";

// not(name) is what all but one class are called.
const not = name => `not ${name}`;

class ClassChoice {
  // lab: its knobs, settings, offer and tips; set(changes), refresh().
  constructor(lab) {
    this.lab = lab;
    this.complaint = element("div", "complaint");
    this.complaint.setAttribute("role", "alert");
    this.first = this.menu("first", "Class y = 0");
    this.node = element(
      "div",
      "told-apart",
      lab.knob("against", "Tell a class from"),
      element("div", "classes", this.first, this.menu("second", "Class y = 1")),
      this.complaint,
    );
  }

  show() {
    this.first.hidden = this.lab.isAgainstAll;
  }

  menu(name, label) {
    const { lab } = this,
      menu = element("select");
    menu.setAttribute("aria-label", label);
    menu.onchange = () => this.choose(name, Number(menu.value));
    lab.knobs.set(name, value => {
      const { classes } = lab.offer,
        options = [...menu.options].map(one => one.textContent);
      if (!same(options, classes))
        menu.replaceChildren(...classes.map((text, i) => Object.assign(element("option", "", text), { value: i })));
      menu.value = value;
    });
    return element("div", "knob", element("span", "label", label, lab.tip(lab.fields[name])), menu);
  }

  // The class that the other menu holds is refused in place.
  choose(name, taken) {
    const { lab } = this,
      { first, second } = lab.settings,
      { classes } = lab.offer;
    if (lab.isAgainstAll || taken !== (name === "first" ? second : first)) {
      lab.set({ [name]: taken, picture: 0 });
      return;
    }
    const swap = button("Swap the two", () => lab.set({ first: second, second: first, picture: 0 }));
    const back = button(`Back to ${classes[lab.settings[name]]}`, () => lab.refresh());
    this.complaint.replaceChildren(
      `Twice ${classes[taken]}: there is nothing to tell apart. ` +
        `It goes on with ${classes[first]} and ${classes[second]}. `,
      swap,
      " ",
      back,
    );
  }

  // Settings that are legal together; another dataset brings its own classes and rate, a link that names them keeps
  // them.
  settle(settings) {
    const { lab } = this,
      { classes, first, second, rate } = lab.data.choices[settings.dataset] ?? {};
    if (!classes) return { ...settings, dataset: "Digits", first: 1, second: 8 }; // taken away meanwhile
    const moved = this.settledOn && this.settledOn !== settings.dataset;
    this.settledOn = settings.dataset;
    this.complaint.replaceChildren();
    if (moved) return { ...settings, first, second, rate, picture: 0, step: 0 };
    const inside = settings.second < classes.length && settings.first < classes.length,
      legal = inside && settings.first !== settings.second;
    if (legal) return settings;
    if (settings.against === ALL_OTHERS && settings.second < classes.length)
      return { ...settings, first: settings.second === 0 ? 1 : 0 };
    return { ...settings, first, second };
  }
}
