// What every lab shares: knobs made from declared fields, numbers in cells, pictures with frames on them, tasks that
// check themselves.
// Read after signed.js and arithmetic.js; a lab is a class that extends Lab and ends its file with: export default
// mount(ItsClass);
const TELL_AFTER = 350; // ms after the last change: the address follows, pointers never wait for it
const keptSettings = new Map(),
  doneTasks = new Map(); // by lab: they outlive a visit to another page

// 1, more with large type. Asked once per event: after a change of the page the answer costs a new layout.
let remNow = null;
function rem() {
  if (remNow === null) {
    remNow = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    queueMicrotask(() => {
      remNow = null;
    });
  }
  return remNow;
}
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const words = name => {
  const text = name.replaceAll("_", " ");
  return text[0].toUpperCase() + text.slice(1);
};
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// A number as people type it: comma or point, a typographic minus; null when it is none, or not finite.
function typed(text) {
  const plain = text.trim().replace(",", ".").replace("\u2212", "-");
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
  return Number.isFinite(value) ? value : null;
}

const ICONS = {
  play: "M8 5.5v13l11-6.5z",
  pause: "M8 5.5h3v13H8z M14 5.5h3v13h-3z",
  next: "M6 5.5v13l9-6.5z M16 5.5h2.5v13H16z",
  back: "M18.5 5.5v13l-9-6.5z M6 5.5h2.5v13H6z",
  reset: "M12 6V2.8L7.5 7l4.5 4.2V8a4.8 4.8 0 1 1-4.6 6.2l-1.9.6A6.8 6.8 0 1 0 12 6z",
  check: "M9.6 17.2l-4.8-4.8 1.6-1.6 3.2 3.2 8-8 1.6 1.6z",
};
const icon = name =>
  svg(
    "svg",
    { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" },
    svg("path", { d: ICONS[name], fill: "currentColor" }),
  );

function button(label, onclick, sign = "") {
  const node = element("button", sign ? "round" : "plain", sign ? icon(sign) : label);
  Object.assign(node, { type: "button", onclick });
  if (sign) {
    node.title = label;
    node.setAttribute("aria-label", label);
  }
  return node;
}

// A button that copies what a node holds. Without https a browser keeps its clipboard closed; then the text is marked
// for Ctrl+C.
function copyButton(node) {
  const marked = () => {
    const range = document.createRange(),
      selection = getSelection();
    range.selectNodeContents(node);
    selection.removeAllRanges();
    selection.addRange(range);
    return document.execCommand("copy") ? "Copied" : "Marked: press Ctrl+C";
  };
  const copy = button("Copy", async () => {
    copy.textContent = await (navigator.clipboard?.writeText(node.textContent).then(() => "Copied", marked) ??
      marked());
    setTimeout(() => {
      copy.textContent = "Copy";
    }, 2500);
  });
  return copy;
}

// ---- numbers in cells

// A table of numbers. Each cell has the tint of its value; windows are marked by class names.
// onPoint(row, column) follows pointer and arrow keys, onLeave() ends it; with onEdit(row, column, value) the cells can
// be typed on.
class Cells {
  constructor({ label, onPoint = null, onLeave = null, onEdit = null }) {
    Object.assign(this, { label, onPoint, onLeave, onEdit, rows: 0, columns: 0, cells: [] });
    this.grid = element("div", "cells");
    this.complaint = element("div", "complaint");
    this.complaint.setAttribute("role", "alert");
    this.node = element("div", "celled", this.grid, this.complaint);
    this.grid.setAttribute("role", "grid");
    this.grid.setAttribute("aria-label", label);
    this.grid.onpointerleave = () => this.onLeave?.();
    this.grid.onkeydown = event => this.press(event);
  }

  // values: rows * columns numbers, null for an empty cell; limit: the value with full colour; format: how a number is
  // written.
  show(
    values,
    rows,
    columns,
    { limit = largest(values.filter(v => v !== null)), format = three, dark = isDark(this.grid) } = {},
  ) {
    if (rows !== this.rows || columns !== this.columns) this.lay(rows, columns);
    values.forEach((value, i) => {
      const cell = this.cells[i],
        text = value === null ? "" : format(value);
      cell.style.background = value === null ? "none" : tint(value, limit, dark);
      if (!this.onEdit) {
        if (cell.textContent !== text) cell.textContent = text;
      } else if (cell !== this.grid.getRootNode().activeElement) {
        cell.value = text.replaceAll("\u202f", "");
        cell.removeAttribute("aria-invalid");
      }
    });
    this.values = values;
    return this;
  }

  lay(rows, columns) {
    Object.assign(this, { rows, columns });
    this.grid.style.gridTemplateColumns = `repeat(${columns}, minmax(var(--cell, 2.6rem), max-content))`;
    this.cells = Array.from({ length: rows * columns }, (_, i) => (this.onEdit ? this.input(i) : this.cell(i)));
    this.grid.replaceChildren(...this.cells);
    if (this.cells.length && this.onPoint && !this.onEdit) this.cells[0].tabIndex = 0;
  }

  cell(i) {
    const cell = element("span", "cell");
    cell.setAttribute("role", "gridcell");
    this.listen(cell, i);
    return cell;
  }

  input(i) {
    const cell = element("input", "cell");
    Object.assign(cell, { type: "text", inputMode: "text", autocomplete: "off", spellcheck: false, size: 1 });
    cell.setAttribute(
      "aria-label",
      `${this.label}, row ${Math.floor(i / this.columns) + 1}, column ${(i % this.columns) + 1}`,
    );
    cell.onfocus = () => cell.select();
    cell.oninput = () => this.take(cell, i);
    cell.onblur = () => {
      // what can't be read gives way to the last good number
      if (cell.getAttribute("aria-invalid")) {
        cell.value = three(this.values[i]);
        cell.removeAttribute("aria-invalid");
      }
      this.complaint.textContent = "";
    };
    this.listen(cell, i);
    return cell;
  }

  listen(cell, i) {
    if (!this.onPoint) return;
    const point = () => this.onPoint(Math.floor(i / this.columns), i % this.columns);
    cell.onpointerenter = cell.onpointerdown = point;
    if (!this.onEdit)
      cell.onfocus = () => {
        if (cell.matches(":focus-visible")) point();
      };
  }

  take(cell, i) {
    const value = typed(cell.value),
      row = Math.floor(i / this.columns),
      column = i % this.columns;
    const bad = value === null || Math.abs(value) > 1e6;
    if (bad) cell.setAttribute("aria-invalid", "true");
    else cell.removeAttribute("aria-invalid");
    const what =
      cell.value.trim() === ""
        ? "is empty"
        : value === null
          ? `holds “${cell.value.slice(0, 12)}”, which is no number`
          : "is beyond a million";
    this.complaint.textContent = bad
      ? `Row ${row + 1}, column ${column + 1} ${what}: ${three(this.values[i])} stays until you type a number.`
      : "";
    if (!bad) this.onEdit(row, column, value);
  }

  press(event) {
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key],
      at = this.cells.indexOf(event.target);
    if (!move || at < 0) return;
    if (this.onEdit && move[1] && !event.altKey) return; // left and right stay with the letters, Alt moves on
    const row = Math.floor(at / this.columns) + move[0],
      column = (at % this.columns) + move[1];
    if (row < 0 || column < 0 || row >= this.rows || column >= this.columns) return;
    event.preventDefault();
    this.focus(row, column);
  }

  focus(row, column) {
    const next = this.cells[row * this.columns + column];
    if (!this.onEdit) {
      this.cells.forEach(cell => {
        cell.tabIndex = -1;
      });
      next.tabIndex = 0;
    }
    next.focus();
  }

  // Puts a class on the cells for which test(row, column) is true, and takes it from all others.
  mark(name, test = () => false) {
    this.cells.forEach((cell, i) => cell.classList.toggle(name, test(Math.floor(i / this.columns), i % this.columns)));
  }
}

// ---- pictures

// A picture at a whole multiple of its size, with frames drawn on it. Boxes are [top, bottom, left, right] in cells,
// ends excluded.
// onPoint(row, column, event) follows pointer and arrow keys; onPress and onDrag hear the pressed pointer.
class Sheet {
  constructor({ label, onPoint = null, onLeave = null, onPress = null, onDrag = null }) {
    Object.assign(this, { onPoint, onLeave, onPress, onDrag, height: 1, width: 1, at: [0, 0], frames: new Map() });
    this.canvas = element("canvas", "crisp");
    this.node = element("div", "sheet", this.canvas);
    this.node.setAttribute("role", "img");
    this.node.setAttribute("aria-label", label);
    if (!onPoint && !onPress) return;
    this.node.tabIndex = 0;
    this.node.classList.add("listens");
    this.node.onpointermove = event => this.point(event);
    this.node.onpointerdown = event => this.press(event);
    this.node.onpointerup = this.node.onpointercancel = () => {
      this.held = false;
    };
    this.node.onpointerleave = () => {
      if (!this.held) this.onLeave?.();
    };
    this.node.onkeydown = event => this.key(event);
    this.node.onfocus = () => {
      if (this.node.matches(":focus-visible")) this.onPoint?.(...this.at);
    };
    this.node.onblur = () => this.onLeave?.();
  }

  // image: { height, width, planes } with values 0..1, one plane for grey or three for colours; side: px that it may
  // take.
  image(image, side) {
    const { height, width, planes } = image;
    Object.assign(this.canvas, { height, width });
    const pen = this.canvas.getContext("2d"),
      pixels = pen.createImageData(width, height);
    for (let i = 0; i < height * width; i++) {
      for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = 255 * planes[planes.length === 3 ? c : 0][i];
      pixels.data[4 * i + 3] = 255;
    }
    pen.putImageData(pixels, 0, 0);
    return this.size(height, width, side);
  }

  // Signed values: orange below zero, blue above, full colour at the limit.
  signed(values, height, width, side, limit = largest(values)) {
    paint(this.canvas, values, height, width, limit, isDark(this.node));
    return this.size(height, width, side);
  }

  size(height, width, side) {
    Object.assign(this, { height, width, at: [Math.min(this.at[0], height - 1), Math.min(this.at[1], width - 1)] });
    this.zoom = zoomOf(Math.max(height, width), side * rem());
    place(this.canvas, height, width, this.zoom);
    return this;
  }

  cell(event) {
    const box = this.canvas.getBoundingClientRect(),
      inside = (offset, length, count) => clamp(Math.floor((offset / length) * count), 0, count - 1);
    return [
      inside(event.clientY - box.top, box.height, this.height),
      inside(event.clientX - box.left, box.width, this.width),
    ];
  }

  point(event) {
    this.at = this.cell(event);
    if (this.held && this.onDrag) this.onDrag(...this.at, event);
    else this.onPoint?.(...this.at, event);
  }

  press(event) {
    if (event.button) return;
    this.held = true;
    this.node.setPointerCapture(event.pointerId);
    this.at = this.cell(event);
    this.onPoint?.(...this.at, event);
    this.onPress?.(...this.at, event);
  }

  key(event) {
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (move) {
      this.at = [clamp(this.at[0] + move[0], 0, this.height - 1), clamp(this.at[1] + move[1], 0, this.width - 1)];
      this.onPoint?.(...this.at, event);
    } else if (this.onPress && (event.key === "Enter" || event.key === " ")) this.onPress(...this.at, event);
    else return;
    event.preventDefault();
  }

  // A frame by name; it is made once and moved from then on. Without a box it is hidden.
  frame(name, box = null) {
    if (!this.frames.has(name)) this.frames.set(name, this.node.appendChild(element("i", `frame ${name}`)));
    const node = this.frames.get(name);
    node.hidden = !box;
    if (!box) return;
    const [top, bottom, left, right] = box,
      px = cells => `${cells * this.zoom}px`;
    Object.assign(node.style, { top: px(top), left: px(left), height: px(bottom - top), width: px(right - left) });
  }
}

// The bytes of a picture as the server sends them: base64 of uint8 (height, width, channels), made 0..1.
function unpackPicture({ height, width, channels, pixels }) {
  const bytes = atob(pixels),
    planes = Array.from({ length: channels }, () => new Float64Array(height * width));
  for (let i = 0; i < bytes.length; i++) planes[i % channels][Math.floor(i / channels)] = bytes.charCodeAt(i) / 255;
  return { height, width, planes };
}

// ---- motion

// Play, pause, one step on or back, and how fast. length() is asked each time; onStep(at) shows a place.
class Player {
  constructor({ length, onStep, interval = 700, label = "Animation" }) {
    Object.assign(this, { length, onStep, interval, at: 0, timer: null });
    this.toggle = button("Play", () => (this.timer ? this.pause() : this.play()), "play");
    this.speed = Object.assign(element("input"), { type: "range", min: 0, max: 4, step: 1, value: 2 });
    this.speed.setAttribute("aria-label", "Speed");
    this.speed.oninput = () => {
      if (this.timer) this.play();
    };
    const back = button("Step back", () => this.step(-1), "back"),
      on = button("Step", () => this.step(1), "next");
    this.node = element("div", "player", back, this.toggle, on, element("label", "speed", "Speed", this.speed));
    this.node.setAttribute("role", "group");
    this.node.setAttribute("aria-label", label);
  }

  play() {
    clearInterval(this.timer);
    this.face("pause", "Pause");
    this.timer = setInterval(
      () => (this.node.isConnected ? this.go((this.at + 1) % Math.max(1, this.length())) : this.pause()),
      this.interval / 2 ** (this.speed.value - 2),
    );
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.face("play", "Play");
  }

  face(sign, label) {
    this.toggle.replaceChildren(icon(sign));
    this.toggle.title = label;
    this.toggle.setAttribute("aria-label", label);
  }

  step(by) {
    this.pause();
    this.go(clamp(this.at + by, 0, Math.max(0, this.length() - 1)));
  }
  go(at) {
    this.at = at;
    this.onStep(at);
  }
}

// ---- the lab itself

// data: { name, fields, settings, revision, checks, picture }. A lab has: build() once, draw() after every change;
// and may have tasks() -> [{ words, hint, done: () => bool }], checks() -> { id: () => value } and settle(settings) ->
// settings,
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
    this.taskList = element("ul", "tasks");
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
    this.settings = { ...this.settings, ...changes };
    this.refresh();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), TELL_AFTER);
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
      if (!bad) this.set({ [name]: value });
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

  choice(name, { choices }, label) {
    if (choices.length > 5) return this.menu(name, choices, label);
    const group = element("span", "choice"),
      buttons = choices.map(value => {
        const one = button(value, () => this.set({ [name]: value }));
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

  menu(name, choices, label) {
    const menu = element("select", "", ...choices.map(value => Object.assign(element("option", "", value), { value })));
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
    const tasks = this.tasks?.() ?? [];
    if (!doneTasks.has(this.name)) doneTasks.set(this.name, new Set());
    this.taskRows = tasks.map(task => {
      const tick = element("span", "tick"),
        hint = element("details", "hint", element("summary", "", "Hint"), element("span", "", task.hint ?? ""));
      const row = element("li", "", tick, element("span", "", task.words), task.hint ? hint : "");
      return { task, row, tick };
    });
    this.taskList.replaceChildren(...this.taskRows.map(({ row }) => row));
    if (tasks.length) this.taskList.before(element("h3", "", "Try it"));
  }

  // A task once done stays done: going on playing must not take the mark away.
  judgeTasks() {
    const done = doneTasks.get(this.name);
    for (const { task, row, tick } of this.taskRows ?? []) {
      if (!done.has(task.words) && task.done()) done.add(task.words);
      const isDone = done.has(task.words);
      if (isDone === row.classList.contains("done")) continue;
      row.classList.toggle("done", isDone);
      tick.replaceChildren(isDone ? icon("check") : "");
      tick.setAttribute("aria-label", isDone ? "done" : "");
    }
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
