// The confusion matrix: rows are what an image is, columns what is answered. Few classes stand whole; of many an
// overview stands whole, and the part of it that the reader points at is readable beside it.
const WHOLE = 20; // classes that stand whole
const PART = 12; // of more, so many at once
const COMMONEST = 10;
const VIEWS = (window.kernelscopeConfusion ??= new Map()); // how it was set outlives its nodes

const heat = (own, tint) =>
  tint ? `color-mix(in srgb, var(${own ? "--right" : "--wrong"}) ${(12 + 58 * tint).toFixed(1)}%, transparent)` : "";

class ConfusionView {
  constructor() {
    Object.assign(this, { asRates: false, byMistakes: false, at: [0, 0], from: [0, 0] });
  }

  show(host, data, send) {
    Object.assign(this, { host, data, send, cells: new Cells(data) });
    const { length } = data.names;
    this.at = this.at.map(place => clamp(place, 0, length - 1));
    this.size = length > WHOLE ? PART : length;
    this.from = this.from.map(first => clamp(first, 0, length - this.size));
    this.draw();
  }

  draw() {
    const { cells, host } = this,
      focused = host.getRootNode().activeElement?.dataset?.focus;
    this.order = cells.order(this.byMistakes);
    this.said = element("p", "said", "\u00a0");
    this.said.setAttribute("role", "status");
    const isLarge = cells.names.length > WHOLE;
    const matrix = element("div", "matrix", this.table(), this.said);
    host.classList.toggle("large", isLarge);
    const beside = isLarge ? [element("div", "left", this.overview(), this.list()), matrix] : [matrix, this.list()];
    host.replaceChildren(this.tools(), element("div", "parts", ...beside));
    if (focused) host.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  open(what) {
    this.send({ what: what === this.data.opened ? "" : what });
  }

  button(className, words, what, label) {
    const button = element("button", className, words);
    button.type = "button";
    button.dataset.focus = what;
    button.setAttribute("aria-pressed", String(this.data.opened === what));
    if (label) button.setAttribute("aria-label", label);
    button.onclick = () => this.open(what);
    return button;
  }

  // ---- above

  tools() {
    const { cells } = this;
    const wrong = cells.all - cells.right,
      share = cells.right / cells.all;
    const told = element(
      "span",
      "told",
      cells.all
        ? `${percentText(share, 1)} right: ${grouped(cells.right)} of ${counted(cells.all, cells.part)}`
        : `No ${cells.part}.`,
    );
    const all = this.button("all", `All ${counted(wrong, "mistake")}`, "-");
    all.hidden = !wrong;
    return element(
      "div",
      "tools",
      told,
      all,
      element("span", "room"),
      this.choice("Cells", "asRates", ["Counts", "Rates"]),
      this.choice("Order of the classes", "byMistakes", ["As they are", "Most mistakes first"]),
    );
  }

  choice(title, name, words) {
    const group = element("span", "choice");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", title);
    words.forEach((label, i) => {
      const button = element("button", "", label);
      button.type = "button";
      button.dataset.focus = `${name} ${i}`;
      button.setAttribute("aria-pressed", String(this[name] === Boolean(i)));
      button.onclick = () => {
        this[name] = Boolean(i);
        this.draw();
      };
      group.append(button);
    });
    return group;
  }

  // ---- the cells

  shown(axis) {
    return this.order.slice(this.from[axis], this.from[axis] + this.size);
  }

  table() {
    const { cells } = this,
      columns = this.shown(1);
    const corner = element("th", "corner", element("span", "", "is ↓ answered →"));
    const head = element("tr", "", corner);
    for (const column of columns) {
      const name = this.button("name", element("span", "", cells.names[column]), `-${column}`);
      name.title = `Taken for ${cells.names[column]}, wrongly`;
      head.append(element("th", "column", name));
    }
    head.append(element("th", "sum", element("span", "", "images")));
    const body = element("tbody");
    for (const [i, row] of this.shown(0).entries()) body.append(this.row(row, i, columns));
    const foot = element("tr", "foot", element("th", "", "answers"));
    for (const column of columns) foot.append(element("td", "sum", grouped(cells.predicted[column])));
    foot.append(element("td", "sum", grouped(cells.all)));
    const table = element("table", "", element("thead", "", head), body, element("tfoot", "", foot));
    table.setAttribute("role", "grid");
    table.setAttribute("aria-label", "Confusion matrix: rows are what images are, columns what is answered");
    table.onkeydown = event => this.key(event);
    return element("div", "scrolls", table);
  }

  row(row, i, columns) {
    const { cells } = this;
    const name = this.button("name", cells.names[row], `${row}-`);
    name.title = `${cells.names[row]}, taken for something else`;
    const line = element("tr", "", element("th", "", name));
    columns.forEach((column, j) => {
      line.append(this.cell(row, column, i, j));
    });
    line.append(element("td", "sum", grouped(cells.actual[row])));
    return line;
  }

  cell(row, column, i, j) {
    const { cells } = this,
      count = cells.count(row, column),
      own = row === column;
    const words = this.asRates ? this.rateWords(row, column) : grouped(count);
    const button = this.button(`cell${own ? " own" : ""}${count ? "" : " none"}`, words, `${row}-${column}`);
    button.setAttribute("aria-label", cells.words(row, column));
    button.style.background = heat(own, cells.tint(row, column));
    button.place = [this.from[0] + i, this.from[1] + j];
    button.tabIndex = button.place[0] === this.at[0] && button.place[1] === this.at[1] ? 0 : -1;
    if (!count) button.onclick = null;
    button.onpointerenter = () => this.tell(row, column);
    button.onfocus = () => {
      this.at = button.place;
      this.tell(row, column);
    };
    return element("td", "", button);
  }

  rateWords(row, column) {
    const rate = this.cells.rate(row, column);
    if (Number.isNaN(rate)) return "–";
    return rate > 0 && rate < 0.005 ? "<1" : String(Math.round(100 * rate));
  }

  tell(row, column) {
    this.said.textContent = this.cells.words(row, column);
    this.mark?.(this.order.indexOf(row), this.order.indexOf(column));
  }

  // Arrows walk from cell to cell, and take the part that is shown with them.
  key(event) {
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key],
      ends = { Home: 0, End: this.order.length - 1 }[event.key];
    if (!event.target.place || (!by && ends === undefined)) return;
    event.preventDefault();
    const last = this.order.length - 1;
    this.goTo(by ? this.at.map((place, axis) => clamp(place + by[axis], 0, last)) : [this.at[0], ends]);
  }

  goTo(at) {
    this.at = at;
    const from = at.map((place, axis) => clamp(this.from[axis], place - this.size + 1, place));
    if (String(from) !== String(this.from)) {
      this.from = from;
      this.draw();
    }
    const cell = [...this.host.querySelectorAll(".cell")].find(one => String(one.place) === String(at));
    cell?.focus();
  }

  // ---- all classes at a glance

  overview() {
    const { cells, order } = this,
      count = order.length,
      side = Math.max(2, Math.floor(320 / count)),
      canvas = element("canvas"),
      frame = element("i", "frame"),
      box = element("div", "overview", canvas, frame);
    canvas.width = canvas.height = count * side;
    const pen = canvas.getContext("2d"),
      colours = getComputedStyle(this.host),
      place = new Map(order.map((at, i) => [at, i]));
    for (const [key] of cells.counts) {
      const row = Math.floor(key / count),
        column = key % count;
      pen.globalAlpha = 0.25 + 0.75 * cells.tint(row, column);
      pen.fillStyle = colours.getPropertyValue(row === column ? "--right" : "--wrong").trim();
      pen.fillRect(place.get(column) * side, place.get(row) * side, side, side);
    }
    const share = value => `${(100 * value) / count}%`;
    Object.assign(frame.style, { width: share(this.size), height: share(this.size) });
    const put = () => Object.assign(frame.style, { top: share(this.from[0]), left: share(this.from[1]) });
    put();
    const under = event => {
      const area = canvas.getBoundingClientRect();
      return [(event.clientY - area.top) / area.height, (event.clientX - area.left) / area.width].map(part =>
        clamp(Math.floor(part * count), 0, count - 1),
      );
    };
    box.onpointermove = event => {
      const [i, j] = under(event);
      this.said.textContent = cells.words(order[i], order[j]);
      if (event.buttons) this.center([i, j]);
    };
    box.onpointerdown = event => this.center(under(event));
    box.onkeydown = event => {
      const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!by) return;
      event.preventDefault();
      this.center(this.from.map((first, axis) => first + (this.size >> 1) + by[axis] * (this.size >> 1)));
    };
    box.tabIndex = 0;
    box.dataset.focus = "overview";
    box.setAttribute("aria-label", `All ${count} classes; arrows move the part that is shown`);
    box.setAttribute("role", "group");
    return element("div", "glance", box, element("p", "hint", `All ${count} classes: press where to look closer.`));
  }

  // Shows the part around a cell.
  center(at) {
    const from = at.map(place => clamp(place - (this.size >> 1), 0, this.order.length - this.size));
    if (String(from) === String(this.from)) return;
    this.from = from;
    this.at = from;
    this.drawPart();
  }

  // Only the part is drawn anew: the overview is being dragged on.
  drawPart() {
    const frame = this.host.querySelector(".frame"),
      share = value => `${(100 * value) / this.order.length}%`;
    Object.assign(frame.style, { top: share(this.from[0]), left: share(this.from[1]) });
    this.host.querySelector(".scrolls").replaceWith(this.table());
  }

  // ---- beside

  list() {
    const { cells } = this,
      commonest = cells.confusions.slice(0, COMMONEST);
    const list = element("ol");
    for (const [row, column, count] of commonest) {
      const what = element(
        "span",
        "what",
        element("b", "", cells.names[row]),
        " → ",
        element("b", "", cells.names[column]),
      );
      const level = element("i", "level");
      level.style.width = `${(100 * count) / commonest[0][2]}%`;
      const rate = element("span", "rate", `${grouped(count)} · ${percentText(count / cells.actual[row], 1)}`);
      const button = this.button("pair", what, `list ${row}-${column}`, cells.words(row, column));
      button.append(rate, level);
      button.setAttribute("aria-pressed", String(this.data.opened === `${row}-${column}`));
      button.onclick = () => {
        if (this.size < this.order.length) this.center([row, column].map(at => this.order.indexOf(at)));
        this.open(`${row}-${column}`);
      };
      list.append(element("li", "", button));
    }
    const title = commonest.length ? "Most frequent confusions" : "No confusion at all";
    return element("div", "list", element("p", "title", title), commonest.length ? list : null);
  }
}

export default function (component) {
  const { data, parentElement } = component;
  const host = parentElement.querySelector(".confusion"),
    gestures = Gestures.of(component).hear(component);
  const { gestures: _answered, ...shown } = data,
    sign = JSON.stringify(shown);
  const key = data.gestures.queue;
  if (!VIEWS.has(key)) VIEWS.set(key, new ConfusionView());
  gestures.draw(() => {
    if (host.sign === sign) return;
    host.sign = sign;
    VIEWS.get(key).show(host, data, gesture => gestures.send({ sign: data.sign, ...gesture }));
  });
}
