// Lines from pictures to the picture that they are added up to; thicker for more, orange for less than zero.
const NEAR = 12; // px between two pictures from which on there is room for a line

class Flow {
  // room: the node that all of the pictures stand in.
  constructor(room) {
    this.room = room;
    this.node = svg("svg", { class: "flow", "aria-hidden": "true" });
    room.append(this.node);
  }

  // pairs: [from, to] nodes each; of those that do not stand side by side none is drawn.
  lay(pairs) {
    const origin = this.room.getBoundingClientRect();
    this.lines = pairs.map(([from, to]) => {
      const [a, b] = [from, to].map(one => one.getBoundingClientRect());
      const [x0, y0] = [a.right - origin.left + 3, (a.top + a.bottom) / 2 - origin.top];
      const [x1, y1] = [b.left - origin.left - 3, (b.top + b.bottom) / 2 - origin.top];
      const d = x1 - x0 > NEAR ? `M${x0} ${y0}${curve(x0, y0, x1, y1)}` : "";
      return svg("path", { d, class: "lit plain" });
    });
    this.node.replaceChildren(...this.lines);
  }

  // values: what each line carries; the largest is drawn thickest.
  carry(values) {
    const most = largest(values);
    values.forEach((value, i) => {
      const share = Math.abs(value) / most;
      this.lines[i].setAttribute("class", `lit ${value < 0 ? "negative" : value > 0 ? "positive" : "plain"}`);
      this.lines[i].style.strokeWidth = `${0.75 + 3 * share}px`;
      this.lines[i].style.opacity = 0.35 + 0.65 * share;
    });
  }
}
