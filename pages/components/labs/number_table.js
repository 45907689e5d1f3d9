// Numbers instead of a picture: a table that is typed on, pasted into, and grows by rows and columns.
const MOST_NUMBERS = 12; // rows, and columns

// Rows of numbers as a spreadsheet or Python writes them; null when they are none.
function tableOf(text) {
  const lines = text
    .replace(/\]\s*,/g, "\n")
    .replace(/[[\]()]/g, " ")
    .split(/[\n;]+/)
    .filter(line => line.trim());
  const rows = lines.map(line =>
    line
      .trim()
      .split(/[\s,]+/)
      .filter(Boolean)
      .map(typed),
  );
  const isTable = rows.length && rows.every(row => row.length === rows[0].length && row.every(value => value !== null));
  return isTable && rows.length * rows[0].length > 1 ? rows : null;
}

class NumberTable {
  // numbers(): what is there; change(numbers): what becomes of it; onPoint(row, column, event) in the table with its
  // border.
  constructor({ numbers, change, onPoint }) {
    Object.assign(this, { numbers, change, above: 0, left: 0 });
    this.cells = new Cells({
      label: "Numbers of the picture",
      first: 0,
      onPoint,
      onEdit: (row, column, value) => this.edit(row - this.above, column - this.left, value),
    });
    this.cells.grid.onpaste = event => this.paste(event);
    this.node = element("div", "", this.cells.node, this.buttons());
  }

  buttons() {
    const more = (rows, columns) => () => this.resize(rows, columns);
    const labelled = (sign, ariaLabel, onclick) => Object.assign(button(sign, onclick), { ariaLabel });
    const pair = (name, one, less, plus) =>
      element(
        "span",
        "grows",
        name,
        labelled("\u2212", `One ${one} less`, less),
        labelled("+", `One ${one} more`, plus),
      );
    return element(
      "div",
      "growing",
      pair("Rows", "row", more(-1, 0), more(1, 0)),
      pair("Columns", "column", more(0, -1), more(0, 1)),
      element("small", "", "Or paste a table."),
    );
  }

  get picture() {
    const numbers = this.numbers();
    return { height: numbers.length, width: numbers[0].length, planes: [Float64Array.from(numbers.flat())] };
  }

  edit(row, column, value) {
    this.change(this.numbers().map((line, y) => line.map((old, x) => (y === row && x === column ? value : old))));
  }

  resize(rows, columns) {
    const numbers = this.numbers(),
      tall = clamp(numbers.length + rows, 1, MOST_NUMBERS),
      wide = clamp(numbers[0].length + columns, 1, MOST_NUMBERS);
    this.change(Array.from({ length: tall }, (_, y) => Array.from({ length: wide }, (_, x) => numbers[y]?.[x] ?? 0)));
  }

  paste(event) {
    const rows = tableOf(event.clipboardData.getData("text"));
    if (!rows) return;
    event.preventDefault();
    const legal =
      rows.length <= MOST_NUMBERS &&
      rows[0].length <= MOST_NUMBERS &&
      rows.flat().every(value => Math.abs(value) <= 1e6);
    this.cells.complaint.textContent = legal
      ? ""
      : `A table has at most ${MOST_NUMBERS} rows and columns of numbers up to a million: the last good one stays.`;
    if (!legal) return;
    this.cells.grid.getRootNode().activeElement?.blur();
    this.change(rows);
  }

  // values: row by row, with the border; before: how much of it stands above and to the left.
  show(values, height, width, { above = 0, left = 0, room, dark }) {
    Object.assign(this, { above, left });
    const { picture } = this,
      isPad = (row, column) =>
        row < above || row >= above + picture.height || column < left || column >= left + picture.width;
    this.cells.node.style.setProperty("--cell", `${clamp(Math.floor(room / width) - 2, 26, 48)}px`);
    this.cells.show([...values], height, width, { dark });
    this.cells.mark("pad", isPad);
    this.cells.cells.forEach((cell, i) => {
      cell.readOnly = isPad(Math.floor(i / width), i % width);
    });
  }
}
