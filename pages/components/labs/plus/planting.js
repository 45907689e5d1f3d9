// Marks are planted, dragged, moved by keys and taken away; what they may not do is refused here.

class Planting {
  constructor(lab) {
    this.lab = lab;
  }

  indexAt(row, column) {
    const { marks } = this.lab.settings,
      centre = marks.findIndex(mark => mark.row === row && mark.column === column);
    return centre >= 0
      ? centre
      : marks.findIndex(mark =>
          SHAPES[mark.shape].some(([down, right]) => mark.row + down === row && mark.column + right === column),
        );
  }

  press(row, column, event) {
    const i = this.indexAt(row, column),
      mark = this.lab.settings.marks[i];
    if (event.key) {
      if (mark) this.remove(i);
      else this.add(row, column);
      return;
    }
    if (mark) {
      this.lab.chosen = i;
      this.lab.held = { i, grip: [row - mark.row, column - mark.column], moved: false };
      this.lab.showChosen();
    } else if (this.add(row, column))
      this.lab.held = { i: this.lab.settings.marks.length - 1, grip: [0, 0], moved: true };
  }

  drag(row, column) {
    if (!this.lab.held) return;
    const { i, grip } = this.lab.held,
      to = [row - grip[0], column - grip[1]],
      mark = this.lab.settings.marks[i];
    if (to[0] === mark.row && to[1] === mark.column) return;
    this.lab.held.moved = true;
    this.place(i, ...to);
    this.lab.light([row, column]);
  }

  // A press on a mark that was not dragged takes it away.
  letGo() {
    if (this.lab.held && !this.lab.held.moved) this.remove(this.lab.held.i);
    this.lab.held = null;
  }

  shove(event) {
    const by = event.shiftKey && ARROWS[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const under = this.indexAt(...this.lab.picture.at);
    if (under >= 0) this.lab.chosen = under;
    if (this.move(by)) {
      this.lab.picture.at = this.lab.picture.at.map((place, axis) =>
        clamp(place + by[axis], 0, this.lab.settings.size - 1),
      );
      this.lab.light(this.lab.picture.at);
    }
  }

  add(row, column) {
    const { marks, start, plant, down, right } = this.lab.settings;
    if (marks.length >= MOST) {
      this.lab.say(`${MOST} marks are the most. Remove one first.`);
      return false;
    }
    const mark = { row, column, shape: plant },
      before = { row: row - down, column: column - right, shape: plant };
    this.lab.chosen = marks.length;
    this.lab.set({ marks: [...marks, mark], start: [...start, this.fits(before) ? before : mark] });
    return true;
  }

  remove(i) {
    const without = list => list.filter((_, j) => j !== i);
    this.lab.chosen = Math.max(0, i - 1);
    this.lab.set({ marks: without(this.lab.settings.marks), start: without(this.lab.settings.start) });
  }

  fits({ row, column }) {
    return row >= 0 && column >= 0 && row < this.lab.settings.size && column < this.lab.settings.size;
  }

  place(i, row, column) {
    const { marks } = this.lab.settings,
      mark = { ...marks[i], row, column };
    if (!this.fits(mark) || marks.some((other, j) => j !== i && other.row === row && other.column === column))
      return false;
    this.lab.set({ marks: marks.with(i, mark) });
    return true;
  }

  move([down, right]) {
    const { marks, moves } = this.lab.settings;
    if (!marks.length) {
      this.lab.say("Nothing is planted yet: click the picture first.");
      return false;
    }
    if (moves === "one mark")
      return this.place(this.lab.chosen, marks[this.lab.chosen].row + down, marks[this.lab.chosen].column + right);
    const all = marks.map(mark => ({ ...mark, row: mark.row + down, column: mark.column + right }));
    const far =
      Math.max(Math.abs(this.lab.settings.down + down), Math.abs(this.lab.settings.right + right)) >
      this.lab.fields.down.high;
    if (far || !all.every(mark => this.fits(mark))) {
      this.lab.say(
        far
          ? "The picture moves no further this way: press “Move back” first."
          : "One mark stands at the border: the picture moves no further this way.",
      );
      return false;
    }
    this.lab.set({ marks: all, down: this.lab.settings.down + down, right: this.lab.settings.right + right });
    return true;
  }

  // What is there now becomes what later moves are compared with; noise that was moved keeps its way.
  rebase() {
    const { marks, down, right } = this.lab.settings,
      start = marks.map(mark => ({ ...mark, row: mark.row - down, column: mark.column - right }));
    this.lab.set(start.every(mark => this.fits(mark)) ? { start } : { start: marks, down: 0, right: 0 });
  }
}
