// The computation as boxes from left to right, each with its values and, behind them, the gradient that flows back.
class ComputationGraph {
  // onPoint(name, row, column): a number is pointed at, or none; onEdit(name, row, column, value): a weight is typed.
  constructor(lab, { onPoint, onEdit, onKey }) {
    Object.assign(this, { lab, onPoint, onEdit });
    this.columns = element("div", "columns");
    this.wires = svg("svg", { class: "wires", "aria-hidden": "true" });
    this.node = element("div", "graph", this.wires, this.columns);
    this.node.tabIndex = 0;
    this.node.setAttribute("role", "group");
    this.node.setAttribute("aria-label", "The computation; arrow keys step forward and back");
    this.node.onkeydown = onKey;
  }

  lay() {
    const { operations, data, start } = this.lab.system,
      column = (...nodes) => element("div", "column", ...nodes);
    const isUnder = name => name in start || (name in data && name !== "x");
    const under = ({ inputs }) => element("div", "under", ...inputs.filter(isUnder).map(name => this.box(name)));
    this.boxes = new Map();
    const computed = operations.map(operation => column(this.box(operation.name, operation), under(operation)));
    this.columns.replaceChildren(column(this.box("x")), ...computed);
    // short of room: weights one below the other, formulas cut
    this.node.classList.toggle("many", operations.length > 3);
    this.links = operations.flatMap(({ name, inputs }) => inputs.map(input => ({ input, name, path: svg("path") })));
    this.wires.replaceChildren(...this.links.map(({ path }) => path));
  }

  box(name, operation = null) {
    const { data, start } = this.lab.system,
      isData = name in data,
      isParameter = name in start,
      one = { name };
    one.value = this.cellsOf(name, isParameter ? (i, j, value) => this.onEdit(name, i, j, value) : null);
    const tables = element("div", "tables", one.value.node);
    if (!isData) {
      one.gradient = this.cellsOf(`d_${name}`);
      tables.append(element("div", "back", element("span", "dname", `d_${name}`), one.gradient.node));
    }
    const role = isData ? (name === "y" ? "truth" : "data") : isParameter ? "learned" : operation.text;
    const head = element("div", "name", strong(name), Object.assign(element("small", "", role), { title: role }));
    one.node = element("div", `node ${isData ? "data" : isParameter ? "learned" : "operation"}`, head, tables);
    this.boxes.set(name, one);
    return one.node;
  }

  cellsOf(label, onEdit = null) {
    const table = new Cells({
      label,
      first: 0,
      onPoint: (i, j) => this.onPoint(label, i, j),
      onLeave: () => this.onPoint(null),
      onEdit,
    });
    table.grid.addEventListener("focusin", event => {
      const at = table.cells.indexOf(event.target);
      if (at >= 0) this.onPoint(label, Math.floor(at / table.columns), at % table.columns);
    });
    table.grid.addEventListener("focusout", () => this.onPoint(null));
    return table;
  }

  // doing: the step that was done last.
  show(doing) {
    const { lab } = this,
      isDone = name => doing === name || doing === `d_${name}` || (doing === "update" && name in lab.system.start);
    const values = lab.shown();
    for (const { name, node, value, gradient } of this.boxes.values()) {
      this.fill(value, name, values);
      if (gradient) this.fill(gradient, `d_${name}`, values);
      node.classList.toggle("doing", isDone(name));
      node.classList.toggle("waits", !lab.knows(name));
    }
    for (const { input, name, path } of this.links) {
      const isBack = doing === `d_${input}` && this.takes(name, input);
      path.setAttribute("class", isBack ? "backward" : doing === name ? "forward" : "");
    }
    this.wire();
    if (doing !== this.followed) this.follow(this.boxes.get(doing.replace(/^d_/, "")));
    this.followed = doing;
  }

  // A table with its numbers, empty before these are known.
  fill(table, name, values) {
    const value = values[name],
      flat = value.flat(),
      limit = largest(flat.filter(Number.isFinite));
    table.show(this.lab.knows(name) ? flat : flat.map(() => null), value.length, value[0].length, {
      limit,
      format: numberText,
      dark: this.lab.dark,
    });
  }

  // Where the graph is wider than its room, the box of this step is brought into view.
  follow(one) {
    const pane = this.node.parentElement,
      room = pane.getBoundingClientRect(),
      box = one?.node.getBoundingClientRect();
    if (!box || (box.left >= room.left && box.right <= room.right)) return;
    pane.scrollLeft += box.left + box.width / 2 - room.left - room.width / 2;
  }

  takes(operation, input) {
    return this.lab.gradients.some(gradient => gradient.to === input && gradient.operation.name === operation);
  }

  // Lines between the boxes, once these stand in their places.
  wire() {
    const outer = this.columns.getBoundingClientRect(),
      box = name => this.boxes.get(name).node.getBoundingClientRect();
    this.wires.setAttribute("width", this.columns.scrollWidth);
    this.wires.setAttribute("height", this.columns.scrollHeight);
    for (const { input, name, path } of this.links) {
      const a = box(input),
        b = box(name),
        isBelow = a.top > b.bottom - 4,
        beside = 30 * rem();
      const [x1, y1] = isBelow ? [a.left + a.width / 2, a.top] : [a.right, a.top + beside];
      const [x2, y2] = isBelow ? [clamp(x1, b.left + 8, b.right - 8), b.bottom] : [b.left, b.top + beside];
      path.setAttribute("d", `M${x1 - outer.left},${y1 - outer.top} L${x2 - outer.left},${y2 - outer.top}`);
    }
  }

  // One number, { name, i, j }, and the cells that it is made of: [[name, row, column], ...].
  mark({ name, i, j }, cells) {
    const lit = new Set(cells.map(cell => cell.join()));
    const markTable = (key, table) => {
      table.mark("window", (r, c) => lit.has([key, r, c].join()));
      table.mark("now", (r, c) => key === name && r === i && c === j);
    };
    for (const box of this.boxes.values()) {
      markTable(box.name, box.value);
      if (box.gradient) markTable(`d_${box.name}`, box.gradient);
    }
  }
}
