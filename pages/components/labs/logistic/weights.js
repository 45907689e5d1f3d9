// The weights seen as an image, one for each colour.
class WeightImages {
  // lab: its pack, model, dark, says, step; pointAt(row, column, channel) and leave().
  constructor(lab) {
    Object.assign(this, { lab, sheets: [] });
    this.note = element("small", "");
    this.row = element("div", "channels");
    this.caption = element("figcaption", "");
    this.node = element("figure", "", element("h4", "", "The weights w", this.note), this.row, this.caption);
  }

  // side: px of each, rem(); wide: px of the whole figure, null for as much as they need.
  lay(side, wide) {
    const { channels } = this.lab.pack;
    this.side = side;
    this.node.style.width = wide === null ? "" : `${wide}px`;
    this.note.textContent = channels === 1 ? "" : "one picture for each colour";
    if (this.sheets.length !== channels) this.make(CHANNELS[channels]);
  }

  make(names) {
    const onLeave = () => this.lab.leave(),
      pointIn = channel => (row, column) => this.lab.pointAt(row, column, channel);
    this.sheets = names.map((name, c) => new Sheet({ label: `Weights, ${name}`, onPoint: pointIn(c), onLeave }));
    const under = c => element("small", "", names.length > 1 ? names[c] : "");
    this.row.replaceChildren(...this.sheets.map((sheet, c) => element("div", "channel", sheet.node, under(c))));
  }

  show(limit) {
    const {
      pack: { height, width, channels },
      model: { w },
      dark,
      says,
      step,
    } = this.lab;
    const plane = c =>
      channels === 1 ? w : Float64Array.from({ length: height * width }, (_, p) => w[p * channels + c]);
    this.sheets.forEach((sheet, c) => sheet.signed(plane(c), height, width, this.side, limit));
    this.caption.replaceChildren(...scaled(limit, step, dark, says.both));
  }

  // The frame stands in the picture of one channel; null for all.
  frame(box, channel) {
    this.sheets.forEach((sheet, c) => {
      sheet.frame("now", channel === null || c === channel ? box : null);
      sheet.at = [box[0], box[2]];
    });
  }
}
