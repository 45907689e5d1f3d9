// Points of one's own: placed, moved and taken away on the plane, pasted from a table, and had back.
class OwnPoints {
  // past: what the points were before each change; held: the point under the pressed pointer, { at, from, own, moved },
  // at -1 for none.
  constructor(lab) {
    Object.assign(this, { lab, past: [], held: null });
    this.undo = button("Undo", () => this.takeBack());
    this.clear = button("Take all away", () => this.put([]));
    this.node = element(
      "div",
      "own",
      lab.knob("paint", "Place points of class"),
      element("div", "row", this.undo, this.clear),
      this.pasting(),
    );
  }

  get points() {
    return this.lab.settings.own;
  }
  get isOn() {
    return this.lab.settings.dataset === "own";
  }

  show() {
    this.node.hidden = !this.isOn;
    [this.undo.disabled, this.clear.disabled] = [!this.past.length, !this.points.length];
  }

  // ---- all of them at once

  remember(points = this.points) {
    this.past.push(points);
  }

  put(points) {
    this.remember();
    this.lab.set({ own: points });
  }

  takeBack() {
    if (this.past.length) this.lab.set({ dataset: "own", own: this.past.pop() });
  }

  pasting() {
    const field = Object.assign(element("textarea"), { rows: 4, maxLength: 100_000, spellcheck: false });
    field.placeholder = "1.5, −2, blue\n0.3, 2.2, orange";
    field.setAttribute("aria-label", "Points, one a line: x, y, class");
    this.pasted = element("div", "pasted");
    this.pasted.setAttribute("role", "status");
    const paste = button("Take these points", () => this.paste(field.value));
    const how = element("small", "", "One point a line: x, y and its class, one of two.");
    return element(
      "details",
      "paste",
      element("summary", "", "Paste points from a table"),
      how,
      field,
      paste,
      this.pasted,
    );
  }

  paste(text) {
    const { points, told, complaint } = readPoints(text);
    this.pasted.textContent = complaint ?? `Taken: ${told}`;
    this.pasted.classList.toggle("complaint", Boolean(complaint));
    if (points) this.put(points);
  }

  // ---- one of them, on the plane

  nearest([x, y], reach = 0.3) {
    let best = -1,
      least = reach;
    this.points.forEach(([px, py], i) => {
      const off = Math.hypot(px - x, py - y);
      if (off <= least) {
        least = off;
        best = i;
      }
    });
    return best;
  }

  // Is there something to hold? A press on an own point begins to move it; let go without moving, it is taken away.
  // Elsewhere it places one.
  press(point) {
    if (!this.isOn) {
      this.lab.remark("Choose own under Data to place points of your own here.");
      return false;
    }
    this.held = { at: this.nearest(point), from: point, own: this.points, moved: false };
    return true;
  }

  drag(point) {
    const { held } = this;
    if (!held || held.at < 0) return;
    held.moved ||= Math.hypot(point[0] - held.from[0], point[1] - held.from[1]) > 0.12;
    if (held.moved) this.lab.set({ own: this.moved(held.own, held.at, point) });
  }

  drop(point) {
    const { held } = this;
    this.letGo();
    if (!held) return;
    if (held.moved) {
      this.remember(held.own);
      this.lab.refresh();
    } else if (held.at >= 0) this.erase(held.at);
    else this.plant(point);
  }

  letGo() {
    this.held = null;
  }

  // By keys: the point next to a place goes along to another place.
  move(from, to) {
    const at = this.isOn ? this.nearest(from) : -1;
    if (at >= 0) this.put(this.moved(this.points, at, to));
  }

  // By keys: places a point, or takes away the one that is there. Says whether points can be placed at all.
  placeOrErase(point) {
    const at = this.nearest(point);
    if (this.isOn && at >= 0) this.erase(at);
    else if (this.isOn) this.plant(point);
    return this.isOn;
  }

  moved(points, at, place) {
    return points.map((one, i) => (i === at ? [...place, one[2]] : one));
  }
  erase(at) {
    this.put(this.points.filter((_, i) => i !== at));
  }

  plant(point) {
    if (this.points.length < MOST_OWN)
      this.put([...this.points, [...point, this.lab.settings.paint === "blue" ? 1 : 0]]);
    else this.lab.remark(`${MOST_OWN} points are the most: click on one to take it away.`);
  }
}
