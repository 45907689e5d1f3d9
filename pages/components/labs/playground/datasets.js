// A button for each dataset, with its points on it.
const PICTURE = 62,
  PICTURED = 120; // px of a picture, points on it

class DatasetButtons {
  constructor(names, onChoose) {
    this.sets = names.map(name => {
      const picture = element("canvas"),
        one = button(name, () => onChoose(name));
      one.prepend(picture);
      return { name, one, picture };
    });
    this.node = element("div", "datasets", ...this.sets.map(({ one }) => one));
  }

  show(settings, dark) {
    for (const { name, one } of this.sets) one.setAttribute("aria-pressed", name === settings.dataset);
    const sign = JSON.stringify([settings.seed, settings.noise, settings.own, dark]);
    if (sign === this.sign) return;
    this.sign = sign;
    for (const { name, picture } of this.sets) this.paint(picture, drawnPoints(name, settings, PICTURED), dark);
  }

  paint(picture, points, dark) {
    Object.assign(picture, { width: PICTURE, height: PICTURE });
    const pen = picture.getContext("2d"),
      colours = ends(dark),
      middle = PICTURE / 2,
      reach = middle - 2;
    const block = (label, ...box) => {
      pen.fillStyle = css(colours[label ? "positive" : "negative"]);
      pen.fillRect(...box);
    };
    for (const [x, y, label] of points)
      block(label, middle + (x * reach) / REACH - 1, middle - (y * reach) / REACH - 1, 2.5, 2.5);
    if (!points.length) {
      block(1, 22, 30, 19, 3);
      block(1, 30, 22, 3, 19);
    } // a plus: place some
  }
}
