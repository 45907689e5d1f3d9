// Own numbers instead of a picture: typed on the left, what pooling leaves of them on the right.

class NumberView {
  constructor(lab) {
    this.lab = lab;
    this.table = new NumberTable({
      numbers: () => lab.settings.numbers,
      change: numbers => lab.set({ numbers }),
      onPoint: (row, column, event) => {
        if (lab.fits) lab.look(...lab.stopAt(row, column), event);
      },
    });
    this.result = new Cells({
      label: "After pooling",
      first: 0,
      onPoint: (row, column, event) => lab.look(row, column, event),
      onLeave: () => lab.tellIdle(),
    });
  }

  show() {
    const { image, result, dark } = this.lab,
      limit = Math.max(1e-6, largest(image.planes[0])),
      room = Math.min(this.lab.room, 340 * rem());
    this.table.show(image.planes[0], image.height, image.width, { room, dark });
    this.result.node.style.setProperty("--cell", `${clamp(Math.floor(room / image.width) - 2, 26, 48)}px`);
    this.result.show([...result.planes[0]], result.height, result.width, { limit, dark });
  }

  light(y, x, box) {
    const { width } = this.lab.image,
      winner = this.lab.result.winners[0][y * this.lab.result.width + x];
    this.table.cells.mark(
      "window",
      (row, column) => row >= box.top && row < box.bottom && column >= box.left && column < box.right,
    );
    this.table.cells.mark("won", (row, column) => winner >= 0 && row * width + column === winner);
    this.result.mark("now", (row, column) => row === y && column === x);
  }
}
