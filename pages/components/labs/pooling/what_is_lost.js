// What pooling forgets: the picture put together again from what went on.

class WhatIsLost {
  constructor(lab) {
    this.lab = lab;
  }

  layLost() {
    this.lost = {
      repeated: new Sheet({ label: "Each pooled number repeated over its step" }),
      difference: new Sheet({ label: "Repeated minus picture" }),
    };
    this.lostWords = element("div", "words");
    this.lostScale = element("figcaption");
    const repeated = element("figure", "", element("h4", "", "Every number repeated"), this.lost.repeated.node);
    const off = element(
      "figure",
      "",
      element("h4", "", "Minus the picture"),
      this.lost.difference.node,
      this.lostScale,
    );
    return element(
      "section",
      "",
      element("h3", "", "What is lost"),
      element("div", "row", repeated, off, this.lostWords),
    );
  }

  source() {
    const { size, stride, padding } = this.lab.settings,
      name = this.lab.kind === "max" ? "Max" : "Average";
    const layer = this.lab.global
      ? `layers.Global${name}Pooling2D()`
      : `layers.${name}Pooling2D(pool_size=${size}, strides=${stride}, padding="${padding}")`;
    return this.lab.isTable
      ? `${layer}(np.array(${python(this.lab.settings.numbers)}, "float32")[None, :, :, None])[0, ..., 0]`
      : layer;
  }

  repeated() {
    const { height, width } = this.lab.image,
      { down, across } = this.lab.slid,
      { result } = this.lab,
      step = this.lab.global ? Infinity : this.lab.settings.stride;
    const place = (at, { before, out }) => Math.min(Math.floor((at + before) / step), out - 1);
    const columns = Array.from({ length: width }, (_, x) => place(x, across)),
      planes = result.planes.map(values => {
        const plane = zeros(height * width);
        for (let y = 0; y < height; y++) {
          const row = place(y, down) * result.width;
          for (let x = 0; x < width; x++) plane[y * width + x] = values[row + columns[x]];
        }
        return plane;
      });
    return { height, width, planes };
  }

  drawLost() {
    const { height, width } = this.lab.image,
      back = this.repeated(),
      off = difference(back, this.lab.image),
      side = Math.min(LARGE, (this.lab.host.clientWidth - 4) / rem()),
      most = largest(off);
    this.error = changes(back, this.lab.image).mean;
    this.lost.repeated.image(back, side);
    this.lost.difference.signed(off, height, width, side, Math.max(most, 0.01));
    this.lostScale.replaceChildren(legend(Math.max(most, 0.01), this.lab.dark));
    this.lostWords.replaceChildren(
      ...[
        ...this.forgotten(),
        `Put back by repeating, a value is off by ${three(this.error)} in the mean (black 0, white 1).`,
      ].map(line => element("p", "", line)),
    );
  }

  forgotten() {
    const { height, width, planes } = this.lab.image,
      { down, across } = this.lab.slid,
      read = down.kernel * across.kernel;
    if (this.lab.kind === "average")
      return [
        read > 1
          ? `Each number is a mean of up to ${grouped(read)} pixels: which of them was bright is forgotten.`
          : "Each window reads one pixel: its place is known.",
      ];
    const distinct = this.lab.result.winners.map(all => new Set(all).size),
      won = mean(distinct) / (height * width);
    const gone =
      `${percent(1 - won)} of the ${planes.length > 1 ? "values" : "pixels"} ` +
      "win no window: nothing of them goes on.";
    return [
      gone,
      read > 1
        ? `Of those that win, it is forgotten which of up to ${grouped(read)} places they stood in.`
        : "Each window reads one pixel: its place is known.",
    ];
  }
}
