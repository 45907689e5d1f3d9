// What every lab shares: knobs made from declared fields, and what becomes of a change.
// Read after tools.js and tasks.js; a lab is a class that extends Lab and ends its file with: export default
// mount(ItsClass);
const TELL_AFTER = 350; // ms after the last change: the address follows, pointers never wait for it
const keptSettings = new Map(); // by lab: they outlive a visit to another page

// ---- the lab itself

// data: { name, fields, settings, revision, checks, picture }. A lab has: build() once, draw() after every change;
// and may have tasks() -> [task], as in tasks.js, checks() -> { id: () => value } and settle(settings) -> settings,
// which makes settings that are legal one by one legal together.
class Lab {
  constructor(host, data) {
    Object.assign(this, { host, name: data.name, fields: data.fields, data });
    const known = keptSettings.get(this.name);
    this.settings = { ...(known && known.revision === data.revision ? known.settings : data.settings) };
    keptSettings.set(this.name, { revision: data.revision, settings: this.settings });
    this.knobs = new Map();
    for (const part of ["stage", "side", "said", "formula"]) this[part] = element("div", part);
    this.said.setAttribute("role", "status");
    this.taskList = element("div", "task-list");
    this.tries = 0; // changes that the reader made
    this.checkList = element("details", "checks");
    host.replaceChildren(
      element("div", "bench", element("div", "main", this.stage, this.said, this.formula), this.side),
      this.taskList,
      this.checkList,
    );
    this.receive(data);
    this.build();
    this.layTasks();
    this.layChecks();
    this.refresh();
    let width = host.clientWidth,
      type = rem();
    new ResizeObserver(() => {
      // the height tells of large type, switched on or off beside the lab
      if (Math.abs(host.clientWidth - width) <= 8 && rem() === type) return;
      [width, type] = [host.clientWidth, rem()];
      this.refresh();
    }).observe(host);
    this.tellBeforeOthers();
    host.addEventListener("pointerenter", () => {
      if (this.dark !== isDark(host)) this.refresh();
    });
  }

  // New data from the server: another picture, or settings that did not come from here.
  receive(data) {
    this.data = data;
    if (data.picture && data.picture.sign !== this.pictureSign) {
      this.pictureSign = data.picture.sign;
      this.image = unpackPicture(data.picture);
    }
  }

  take(data) {
    const fresh = data.revision !== this.data.revision,
      other = data.picture?.sign !== this.pictureSign;
    this.receive(data);
    if (fresh) this.settings = { ...data.settings };
    if (fresh || other) this.refresh();
  }

  get room() {
    return this.stage.clientWidth || this.host.clientWidth || 600;
  } // px for the picture

  // Changes settings, shows them, and lets the address follow.
  set(changes) {
    if (Object.entries(changes).some(([name, value]) => !same(value, this.settings[name]))) this.tries++;
    this.settings = { ...this.settings, ...changes };
    this.refresh();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), TELL_AFTER);
  }

  // Changes what the link holds and the screen already shows.
  note(changes) {
    if (Object.entries(changes).every(([name, value]) => same(this.settings[name], value))) return;
    this.settings = { ...this.settings, ...changes };
    keptSettings.set(this.name, { revision: this.data.revision, settings: this.settings });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), TELL_AFTER);
  }

  // Where somebody pressed or went by keys is held by the link; what the pointer only passes is not.
  noteIf(event, changes) {
    if (event && ["pointerdown", "keydown", "focus"].includes(event.type)) this.note(changes);
  }

  tell() {
    clearTimeout(this.timer);
    this.timer = null;
    this.send?.({ ...this.settings });
  }

  // Whoever turns to something else on the page, such as a button that uses what is set here, finds the server told.
  tellBeforeOthers() {
    const hear = event => {
      if (!this.host.isConnected)
        for (const name of ["pointerdown", "focusin"]) document.removeEventListener(name, hear, true);
      else if (this.timer && !event.composedPath().includes(this.host)) this.tell();
    };
    for (const name of ["pointerdown", "focusin"]) document.addEventListener(name, hear, true);
  }

  reset() {
    this.set(
      Object.fromEntries(Object.entries(this.fields).map(([name, field]) => [name, structuredClone(field.default)])),
    );
  }

  refresh() {
    this.dark = isDark(this.host);
    this.settings = this.settle?.(this.settings) ?? this.settings;
    keptSettings.set(this.name, { revision: this.data.revision, settings: this.settings });
    for (const [name, show] of this.knobs) show(this.settings[name]);
    this.draw();
    this.judgeTasks();
  }

  say(...parts) {
    this.said.replaceChildren(...parts);
  }

  // ---- knobs, from the declared fields

  // One knob: slider with number for ranges, buttons for choices, a switch for yes and no.
  knob(name, label = words(name)) {
    const field = this.fields[name],
      kind = field.choices ? "choices" : field.type;
    const range = () => this.range(name, field, label),
      choice = () => this.choice(name, field, label);
    const node = { choices: choice, bool: () => this.switch(name), int: range, float: range }[kind]();
    const head = element(
      "span",
      "label",
      label,
      field.unit ? element("small", "", ` ${field.unit}`) : "",
      this.tip(field),
    );
    return element(field.type === "bool" ? "label" : "div", `knob ${kind}`, head, node);
  }

  // One of the knobs that a phone shows above the picture.
  firstKnob(name, label) {
    const knob = this.knob(name, label);
    knob.classList.add("first");
    return knob;
  }

  tip({ what, advice }) {
    const tip = element("span", "tip", "?");
    tip.tabIndex = 0;
    tip.dataset.tip = [what, advice].filter(Boolean).join(" ");
    tip.setAttribute("aria-label", tip.dataset.tip);
    tip.onclick = event => event.preventDefault();
    tip.onpointerenter = tip.onfocus = () => this.keepInside(tip);
    return tip;
  }

  // A tip opens to the left of its sign, as far as the lab has room there.
  keepInside(tip) {
    const { left } = this.host.getBoundingClientRect(),
      { right } = tip.getBoundingClientRect(),
      wide = 17 * 16 * rem();
    tip.style.setProperty("--shift", `${Math.min(-8, right - left - wide)}px`);
  }

  // steps: the values that the slider offers, for numbers that are chosen by factors; others can be typed.
  range(name, { low, high, type, steps = [], step = type === "int" ? 1 : (high - low) / 100 }, label) {
    const shared = steps.length ? { min: 0, max: steps.length - 1, step: 1 } : { min: low, max: high, step };
    const nearest = value =>
      steps.reduce(
        (best, one, i) => (Math.abs(Math.log(one / value)) < Math.abs(Math.log(steps[best] / value)) ? i : best),
        0,
      );
    const slider = Object.assign(element("input"), { type: "range", ...shared }),
      number = Object.assign(element("input", "number"), { type: "text", inputMode: "decimal" });
    const complaint = element("small", "complaint"),
      legal = [low, high].map(bound => String(bound).replace("-", "\u2212")).join(" to ");
    slider.setAttribute("aria-label", label);
    number.setAttribute("aria-label", `${label}, typed`);
    slider.oninput = () => this.set({ [name]: steps.length ? steps[slider.value] : Number(slider.value) });
    const take = () => {
      const value = typed(number.value),
        bad = value === null || value < low || value > high || (type === "int" && value % 1);
      complaint.textContent = bad ? `Type ${type === "int" ? "a whole number" : "a number"} from ${legal}.` : "";
      if (!bad && value !== this.settings[name]) this.set({ [name]: value });
      return bad;
    };
    number.oninput = take;
    number.onblur = () => {
      if (take()) {
        number.value = this.settings[name];
        complaint.textContent = "";
      }
    };
    this.knobs.set(name, value => {
      slider.value = steps.length ? nearest(value) : value;
      if (number.getRootNode().activeElement !== number) number.value = Number(value.toPrecision(6));
    });
    return element("span", "slide", slider, number, complaint);
  }

  // titles: what values are called where their own names are no words.
  choice(name, { choices, titles = {} }, label) {
    if (choices.length > 5) return this.menu(name, choices, label, titles);
    const group = element("span", "choice"),
      buttons = choices.map(value => {
        const one = button(titles[value] ?? value, () => this.set({ [name]: value }));
        one.setAttribute("role", "radio");
        return one;
      });
    group.setAttribute("role", "radiogroup");
    group.setAttribute("aria-label", label);
    group.append(...buttons);
    group.onkeydown = event => {
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      const next = (buttons.indexOf(event.target) + by + buttons.length) % buttons.length;
      buttons[next].click();
      buttons[next].focus();
    };
    this.knobs.set(name, value =>
      buttons.forEach((one, i) => {
        one.setAttribute("aria-checked", choices[i] === value);
        one.tabIndex = choices[i] === value ? 0 : -1;
      }),
    );
    return group;
  }

  menu(name, choices, label, titles) {
    const option = value => Object.assign(element("option", "", titles[value] ?? value), { value }),
      menu = element("select", "", ...choices.map(option));
    menu.setAttribute("aria-label", label);
    menu.onchange = () => this.set({ [name]: menu.value });
    this.knobs.set(name, value => {
      menu.value = value;
    });
    return menu;
  }

  switch(name) {
    const box = Object.assign(element("input"), { type: "checkbox" });
    box.setAttribute("role", "switch");
    box.onchange = () => this.set({ [name]: box.checked });
    this.knobs.set(name, value => {
      box.checked = value;
    });
    return box;
  }

  resetButton() {
    return button("Reset", () => this.reset());
  }

  // ---- tasks and checks

  layTasks() {
    this.todo = new TaskList(this.name, this.tasks?.() ?? [], () => this.tries);
    this.taskList.replaceChildren(...this.todo.nodes);
  }

  judgeTasks() {
    this.todo?.judge();
  }

  // Known answers: what was published, what NumPy says on the server, what this page computes now.
  layChecks() {
    const told = this.data.checks ?? [],
      mine = this.checks?.() ?? {};
    if (!told.length) {
      this.checkList.remove();
      return;
    }
    const text = value =>
      Array.isArray(value)
        ? `[${value.map(text).join(", ")}]`
        : typeof value === "number"
          ? String(Number(value.toPrecision(6))).replace("-", "\u2212")
          : String(value);
    // relative; what rounding leaves of nothing is nothing
    const near = (a, b) => Math.abs(a - b) <= 1e-12 + 1e-6 * Math.abs(a);
    const close = (a, b) => {
      if (Array.isArray(a)) return a.length === b?.length && a.every((x, i) => close(x, b[i]));
      return typeof a === "number" ? near(a, b) : a === b;
    };
    const rows = told.map(({ id, words: what, published, numpy }) => {
      const here = mine[id]?.(),
        right = close(published, numpy) && close(published, here);
      const verdict = element("td", right ? "right" : "wrong", right ? "✓ equal" : "✗ differs");
      return element(
        "tr",
        "",
        element("td", "", what),
        ...[published, numpy, here].map(value => element("td", "value", text(value))),
        verdict,
      );
    });
    const head = ["", "Known answer", "NumPy, on the server", "This page, now", ""].map(title =>
      element("th", "", title),
    );
    this.checkList.replaceChildren(
      element("summary", "", "Checked against known answers"),
      element(
        "div",
        "scroll",
        element("table", "", element("thead", "", element("tr", "", ...head)), element("tbody", "", ...rows)),
      ),
    );
  }
}

// The component's function for a lab: one view per place on the page, fed again at every rerun.
function mount(Kind) {
  const labs = new WeakMap();
  return ({ data, setStateValue, parentElement }) => {
    const host = parentElement.querySelector(".lab");
    if (labs.has(host)) labs.get(host).take(data);
    else labs.set(host, new Kind(host, data));
    labs.get(host).send = settings => setStateValue("settings", settings);
    labs.get(host).act = (name, value) => setStateValue(name, value); // what only the server can do
  };
}
