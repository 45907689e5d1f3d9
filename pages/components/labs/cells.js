// Numbers in a grid of cells, read and typed on.
// A table of numbers. Each cell has the tint of its value; windows are marked by class names.
// onPoint(row, column) follows pointer and arrow keys, onLeave() ends it; with onEdit(row, column, value) the cells can
// be typed on.
class Cells {
  // first: the number of the first row and column, where they are told.
  constructor({ label, onPoint = null, onLeave = null, onEdit = null, first = 1 }) {
    Object.assign(this, { label, onPoint, onLeave, onEdit, first, rows: 0, columns: 0, cells: [] });
    this.grid = element("div", "cells");
    this.complaint = element("div", "complaint");
    this.complaint.setAttribute("role", "alert");
    this.node = element("div", "celled", this.grid, this.complaint);
    this.grid.setAttribute("role", "grid");
    this.grid.setAttribute("aria-label", label);
    onLeaving(this.grid, () => this.onLeave?.());
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
      `${this.label}, row ${Math.floor(i / this.columns) + this.first}, column ${(i % this.columns) + this.first}`,
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
    const point = event => this.onPoint(Math.floor(i / this.columns), i % this.columns, event);
    cell.onpointerenter = cell.onpointerdown = point;
    if (!this.onEdit)
      cell.onfocus = event => {
        if (cell.matches(":focus-visible")) point(event);
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
      ? `Row ${row + this.first}, column ${column + this.first} ${what}: ` +
        `${three(this.values[i])} stays until you type a number.`
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
