// The picture moved by a pixel: how much of the pooled values changes with it.

class MovedPicture {
  constructor(lab) {
    this.lab = lab;
  }

  layMove() {
    const labels = {
      picture: "The picture, moved",
      before: "Pooled before the move",
      now: "Pooled after the move",
      change: "Change of the pooled values",
    };
    this.move = Object.fromEntries(Object.entries(labels).map(([name, label]) => [name, new Sheet({ label })]));
    const titles = { picture: "Moved", before: "Pooled before", now: "Pooled now", change: "Now minus before" };
    const figures = Object.entries(this.move).map(([name, sheet]) =>
      element("figure", "", element("h4", "", titles[name]), sheet.node),
    );
    this.moveTable = element("tbody");
    const head = ["", "values", `changed by more than ${COUNTS}`, "mean change"].map(title => element("th", "", title));
    const table = element(
      "div",
      "scroll",
      element("table", "", element("thead", "", element("tr", "", ...head)), this.moveTable),
    );
    this.moveWords = element("div", "words");
    const knobs = element(
      "div",
      "row moving",
      this.lab.knob("down", "Move down"),
      this.lab.knob("right", "Move right"),
    );
    return element(
      "section",
      "",
      element("h3", "", "A small move"),
      knobs,
      element("div", "row", ...figures),
      table,
      this.moveWords,
    );
  }

  drawMove() {
    const { down, right, operation } = this.lab.settings,
      moved = movedBy(this.lab.image, down, right),
      now = pooled(moved, this.lab.settings),
      { result } = this.lab;
    const side = Math.min(
      SMALL,
      (this.lab.host.clientWidth - 3 * GAP - 8) / (this.lab.room < NARROW * rem() ? 2 : 4) / rem(),
    );
    const other = kind => operation.replace(this.lab.kind, kind);
    const judged = name =>
      changes(
        pooled(this.lab.image, { ...this.lab.settings, operation: name }),
        pooled(moved, { ...this.lab.settings, operation: name }),
      );
    this.pictureChange = changes(this.lab.image, moved);
    this.pooledChange = changes(result, now);
    this.windows = kept(this.lab.image, moved, this.lab.settings);
    this.move.picture.image(moved, side);
    this.move.before.image(result, side);
    this.move.now.image(now, side);
    this.move.change.signed(difference(now, result), now.height, now.width, side, 1);
    const after = ["max", "average"].map(kind => [
      `After ${other(kind)}`,
      kind === this.lab.kind ? this.pooledChange : judged(other(kind)),
    ]);
    const rows = { "The picture itself": this.pictureChange, ...Object.fromEntries(after) };
    const told = ([name, { count, changed, mean: by }]) => [
      name,
      grouped(count),
      `${grouped(changed)} (${percent(changed / count)})`,
      three(by),
    ];
    this.moveTable.replaceChildren(
      ...Object.entries(rows).map(row => element("tr", "", ...told(row).map(text => element("td", "", text)))),
    );
    this.moveWords.replaceChildren(element("p", "", this.moveSentence()));
  }

  moveSentence() {
    const { down, right } = this.lab.settings,
      { pictureChange, pooledChange } = this;
    if (!down && !right) return "The picture stands still: move it by a pixel.";
    const before = pictureChange.mean,
      after = pooledChange.mean;
    if (!before) return "This move changes nothing in this picture.";
    if (this.lab.global)
      return "The only window holds the whole picture: nothing changes but what leaves or enters at the border.";
    const calmer = three(100 * Math.abs(1 - after / before));
    const by = calmer === "0" ? "as much as" : `${calmer} % ${after < before ? "less" : "more"} than`,
      { all, same } = this.windows;
    return (
      `The pooled values change ${by} the pixels do, in the mean. In ${grouped(same)} of ` +
      `${counted(all, "window")} whose pixels changed, the number stayed the same: there the move is forgotten.`
    );
  }
}
