// The stack of random changes: a row each, with a switch, its knobs, and what it does to the picture by itself. While a
// knob moves, the server is asked for the pictures of its latest value, one question at a time.
const PAUSE = 125, // ms between two questions at least
  SIDE = 56; // px of a small picture at most
const LISTS = new WeakMap();

class ChangeList {
  constructor(root, gestures) {
    Object.assign(this, { root, gestures, rows: [], drawn: "", pending: null, asked: 0 });
    this.host = root.querySelector(".changes");
    this.each = event => this.showPictures(event.detail);
    window.addEventListener("kernelscope-each", this.each);
  }

  // ---- what is asked

  ask(i, action, more = {}) {
    this.pending = null;
    this.gestures.send({ action, at: i, kind: this.rows[i].kind, ...more });
  }

  // A knob that moves: only its latest value counts, and no question is asked before the last one is answered.
  draft(i, field, value) {
    this.pending = { action: "draft", at: i, kind: this.rows[i].kind, field, value };
    this.pump();
  }

  pump() {
    clearTimeout(this.timer);
    if (!this.pending || this.gestures.waits) return;
    const rest = this.asked + PAUSE - performance.now();
    if (rest > 0) {
      this.timer = setTimeout(() => this.pump(), rest);
      return;
    }
    this.asked = performance.now();
    this.gestures.send(this.pending);
    this.pending = null;
  }

  // Moves or removes a row at once, so that the next press means the row that it is on.
  restack(i, action, to) {
    this.ask(i, action, action === "move" ? { to } : {});
    const [row] = this.rows.splice(i, 1);
    if (action === "move") this.rows.splice(to, 0, row);
    this.draw();
  }

  // ---- what is drawn

  draw() {
    const sign = JSON.stringify(this.rows.map(row => [row.kind, row.fields.map(field => field.name)]));
    if (sign !== this.drawn) this.host.replaceChildren(...this.rows.map((row, i) => this.row(row, i)));
    this.drawn = sign;
    this.rows.forEach((row, i) => this.update(this.host.children[i], row));
    this.showPictures(window.kernelscopeEach);
  }

  row(row, i) {
    const toggle = Object.assign(element("input", "switch"), { type: "checkbox" });
    toggle.setAttribute("role", "switch");
    toggle.onchange = () => {
      this.rows[i].on = toggle.checked;
      this.ask(i, "switch", { value: toggle.checked });
      this.update(this.host.children[i], this.rows[i]);
    };
    const press = (label, words, what, isOff) => {
      const button = Object.assign(element("button", "", label), { title: words, disabled: isOff, onclick: what });
      button.setAttribute("aria-label", `${words}: ${row.name}`);
      return button;
    };
    const name = element("label", "name", toggle, element("b", "", row.name));
    name.title = row.help;
    const head = element(
      "div",
      "head",
      name,
      press("↑", "Up", () => this.restack(i, "move", i - 1), i === 0),
      press("↓", "Down", () => this.restack(i, "move", i + 1), i === this.rows.length - 1),
      press("↺", "Reset to its first values", () => this.ask(i, "reset"), false),
      press("×", "Remove", () => this.restack(i, "remove"), false),
    );
    const pictures = element(
      "div",
      "pictures",
      this.picture("before"),
      element("span", "arrow", "→"),
      this.picture("after"),
    );
    const lines = row.fields.map((field, f) => this.field(i, field, f)),
      folded = lines.filter((_, f) => row.fields[f].folded),
      more = folded.length ? element("details", "", element("summary", "", "More"), ...folded) : null,
      fields = element("div", "fields", ...lines.slice(0, lines.length - folded.length), more);
    const box = element("div", "change", head, element("div", "body", fields, pictures), element("p", "caution"));
    box.setAttribute("role", "listitem");
    return box;
  }

  picture(kind) {
    const picture = Object.assign(element("img"), { hidden: true });
    picture.alt = kind === "before" ? "the picture as it is" : "what this change alone does to it";
    picture.onload = () => {
      const size = Math.max(picture.naturalWidth, picture.naturalHeight);
      // A whole multiple keeps every pixel a square; a large picture is shrunk to fit.
      const side = SIDE * rem(),
        times = size <= side ? Math.floor(side / size) : side / size;
      picture.style.width = `${picture.naturalWidth * times}px`;
      picture.classList.toggle("crisp", times >= 1);
    };
    return element("span", kind, picture);
  }

  field(i, field, f) {
    const isKnob = field.choices === undefined,
      input = isKnob ? element("input") : element("select"),
      said = element("output");
    const value = () => (isKnob ? Number(input.value) : input.value);
    if (isKnob) {
      input.type = field.low === null || field.high === null ? "number" : "range";
      Object.assign(input, { min: field.low ?? "", max: field.high ?? "", step: field.step });
      input.oninput = () => {
        this.rows[i].fields[f].value = value();
        this.say(said, this.rows[i].fields[f]);
        this.draft(i, field.name, value());
      };
    } else
      input.append(...field.choices.map(choice => Object.assign(element("option", "", choice), { value: choice })));
    input.onchange = () => {
      this.rows[i].fields[f].value = value();
      this.ask(i, "set", { field: field.name, value: value() });
    };
    const line = element("label", "field", element("span", "", field.label), input, isKnob ? said : null);
    line.title = field.help;
    return line;
  }

  say(output, field) {
    output.textContent = `${field.sign}${field.value}\u202f${field.unit}`;
  }

  // Values of a row that stands already: what is under a hand stays as it is.
  update(box, row) {
    box.classList.toggle("off", !row.on);
    box.querySelector(".switch").checked = row.on;
    box.querySelector(".switch").setAttribute("aria-label", `${row.name}: ${row.on ? "on" : "off"}`);
    box.querySelector(".caution").textContent = row.on ? row.caution : "";
    const held = this.host.getRootNode().activeElement;
    [...box.querySelectorAll(".field")].forEach((line, f) => {
      const input = line.querySelector("input, select"),
        field = row.fields[f];
      if (input !== held || !this.pending) input.value = field.value;
      line.title = field.help;
      if (line.querySelector("output")) this.say(line.querySelector("output"), field);
    });
  }

  // What the draws beside this list know of each change.
  showPictures(told) {
    if (!told) return;
    [...this.host.children].forEach((box, i) => {
      const known = told.kinds[i] === this.rows[i].kind;
      for (const [kind, uri] of [
        ["before", told.original],
        ["after", told.each[i]],
      ]) {
        const picture = box.querySelector(`.${kind} img`);
        picture.hidden = !known || !uri;
        picture.title = kind === "after" && known ? (told.words?.[i] ?? "") : "";
        if (known && uri && picture.src !== uri) picture.src = uri;
      }
    });
  }
}

export default function (component) {
  const root = component.parentElement,
    gestures = Gestures.of(component);
  if (!LISTS.has(root)) LISTS.set(root, new ChangeList(root, gestures));
  const list = LISTS.get(root);
  gestures.hear(component);
  const take = rows => {
    list.rows = gestures.rows = rows; // what was done here outlives the nodes, until the server has heard of it
    list.draw();
    if (gestures.hasNew(component.data.added)) list.host.lastElementChild?.querySelector(".switch").focus();
  };
  if (list.drawn) gestures.draw(() => take(structuredClone(component.data.rows)));
  else take(gestures.waits && gestures.rows ? gestures.rows : structuredClone(component.data.rows));
  list.pump();
  return () => {
    window.removeEventListener("kernelscope-each", list.each);
    LISTS.delete(root);
  };
}
