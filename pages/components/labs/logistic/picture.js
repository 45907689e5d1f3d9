// One picture taken apart: its pixels, its column, and each weight times its pixel.
class PictureApart {
  // lab: its pack, model, chosen, at, says, step; pointAt(row, column, channel) and leave().
  constructor(lab) {
    this.lab = lab;
    const onLeave = () => lab.leave(),
      sheet = label => new Sheet({ label, onPoint: (row, column) => lab.pointAt(row, column), onLeave });
    this.picture = sheet("The picture; arrow keys go from pixel to pixel");
    this.products = sheet("Weight times pixel");
    this.column = new Column(lab);
    this.heading = element("h4", "");
    this.verdict = element("figcaption", "verdict");
    this.caption = element("figcaption", "");
    this.figures = [
      element("figure", "", this.heading, this.picture.node, this.verdict),
      element("figure", "", element("h4", "", "Products w · x"), this.products.node, this.caption),
    ];
    this.node = element("div", "row flat", this.figures[0], this.column.node, this.figures[1]);
  }

  get sheets() {
    return [this.picture, this.products];
  }
  get drawn() {
    return this.picture.height * this.picture.zoom;
  } // px

  // room: px for all three side by side.
  lay(room) {
    const { height, width, channels } = this.lab.pack,
      { model, chosen } = this.lab;
    const plane = c => Float64Array.from({ length: height * width }, (_, p) => model.x(chosen, p * channels + c));
    this.picture.image(
      { height, width, planes: Array.from({ length: channels }, (_, c) => plane(c)) },
      this.sideIn(room),
    );
    this.column.unroll(this.drawn);
    // beside a small one there is no room
    const size = this.drawn < 140 * rem() ? "" : `${height} × ${width} × ${channels}`;
    this.heading.replaceChildren("A picture", element("small", "", size));
    for (const node of this.figures) node.style.width = `${this.drawn}px`;
  }

  // What the picture may take, so that its column and its products stand beside it, or at least its products; rem().
  sideIn(room) {
    const wide = room / rem(),
      beside = (wide - 16.4 * 16 - 58) / 2;
    return beside < 100 ? Math.min(150, (wide - 22) / 2) : Math.min(this.lab.pack.channels === 1 ? 176 : 192, beside);
  }

  // What changes with every step.
  showProducts(faint) {
    const {
        pack: { height, width, channels },
        model,
        chosen,
        dark,
        says,
        step,
      } = this.lab,
      values = zeros(height * width);
    for (let i = 0; i < model.w.length; i++) values[Math.floor(i / channels)] += model.w[i] * model.x(chosen, i);
    const limit = Math.max(largest(values), faint),
      meaning = channels === 1 ? says.both : "the three colours added";
    this.products.signed(values, height, width, this.drawn / rem() + 1, limit);
    this.caption.replaceChildren(...scaled(limit, step, dark, meaning));
  }

  showEntry(box, limit) {
    for (const sheet of this.sheets) {
      sheet.frame("now", box);
      sheet.at = [box[0], box[2]];
    }
    this.column.show(limit);
    this.judge();
  }

  judge() {
    const { model, chosen, says } = this.lab,
      z = model.z[chosen],
      where = model.isTrain(chosen) ? "learned from" : "held out";
    const truth = `Truly ${says[model.labels[chosen]]}, ${where}. `;
    const mark = model.isRight(chosen) ? element("span", "right", "✓ right") : element("span", "wrong", "✗ wrong");
    this.verdict.replaceChildren(
      truth,
      ...(z === 0 ? ["It says 0.5: it can’t tell."] : [`It says ${says[z > 0 ? 1 : 0]}: `, mark]),
    );
  }
}

// The legend of signed values, and what they mean; before the first step there is nothing to scale.
function scaled(limit, step, dark, meaning) {
  return step ? [legend(limit, dark), element("div", "", meaning)] : [element("div", "", "All 0 so far.")];
}
