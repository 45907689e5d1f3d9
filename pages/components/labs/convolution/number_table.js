// Numbers instead of a picture: a table that is typed on and grows by rows and columns.

class NumberTable {
  constructor(lab) {
    this.lab = lab;
  }

  layTableButtons() {
    const more = (rows, columns) => () => this.resizeNumbers(rows, columns);
    const labelled = (sign, ariaLabel, onclick) => Object.assign(button(sign, onclick), { ariaLabel });
    const pair = (name, one, less, plus) =>
      element(
        "span",
        "pair",
        name,
        labelled("\u2212", `One ${one} less`, less),
        labelled("+", `One ${one} more`, plus),
      );
    return element(
      "div",
      "pairs",
      pair("Rows", "row", more(-1, 0), more(1, 0)),
      pair("Columns", "column", more(0, -1), more(0, 1)),
    );
  }

  numbersAsPicture() {
    const { numbers } = this.lab.settings;
    return { height: numbers.length, width: numbers[0].length, planes: [flat(numbers)] };
  }

  editNumber(row, column, value) {
    const { before: above } = this.lab.plan.down,
      { before: left } = this.lab.plan.across;
    this.lab.set({
      numbers: this.lab.settings.numbers.map((line, y) =>
        line.map((old, x) => (y === row - above && x === column - left ? value : old)),
      ),
    });
  }

  resizeNumbers(rows, columns) {
    const { numbers } = this.lab.settings,
      tall = clamp(numbers.length + rows, 1, 12),
      wide = clamp(numbers[0].length + columns, 1, 12);
    this.lab.set({
      numbers: Array.from({ length: tall }, (_, y) => Array.from({ length: wide }, (_, x) => numbers[y]?.[x] ?? 0)),
    });
  }

  drawTable(height, width) {
    const { down, across, picture } = this.lab.plan,
      { values } = this.lab.padded[0];
    const isPad = (row, column) =>
      row < down.before ||
      row >= down.before + picture.height ||
      column < across.before ||
      column >= across.before + picture.width;
    this.lab.table.node.style.setProperty("--cell", `${clamp(Math.floor(this.lab.sideRoom / width) - 2, 26, 48)}px`);
    this.lab.table.show([...values], height, width, { dark: this.lab.dark });
    this.lab.table.mark("pad", isPad);
    this.lab.table.cells.forEach((cell, i) => {
      cell.readOnly = isPad(Math.floor(i / width), i % width);
    });
  }
}
