// A picture as one column: a strip as high as the picture, a few entries of it magnified, and the sum that tells an
// entry's place.
const ENTRIES = 7; // magnified

class Column {
  // lab: its pack, model, chosen, at, dark; point(index, centred) and leave() show an entry everywhere.
  constructor(lab) {
    Object.assign(this, { lab, top: 0 });
    this.strip = element("canvas", "crisp");
    this.lens = element("i", "lens");
    this.slider = element("div", "strip", this.strip, this.lens);
    this.rows = Array.from({ length: ENTRIES }, (_, k) => this.entry(k));
    this.heading = element("h4", "");
    this.place = element("div", "rest");
    this.others = element("div", "rest");
    const head = element("div", "entry head", ...["entry", "x", "w", "w · x"].map(text => element("span", "", text)));
    const table = element("div", "entries", head, ...this.rows.map(row => row.node), this.place, this.others);
    this.node = element("figure", "as-column", this.heading, element("div", "unrolled", this.slider, table));
    this.listen();
  }

  entry(k) {
    const cells = Array.from({ length: 4 }, () => element("span", "")),
      node = element("div", "entry", ...cells);
    node.onpointerenter = () => this.lab.point(this.top + k);
    onLeaving(node, () => this.lab.leave());
    return { node, cells };
  }

  listen() {
    const { slider, lab } = this;
    slider.tabIndex = 0;
    slider.setAttribute("role", "slider");
    slider.setAttribute("aria-orientation", "vertical");
    slider.setAttribute(
      "aria-label",
      "The column; arrow keys go from entry to entry, Page Up and Page Down from row to row of the picture",
    );
    slider.setAttribute("aria-valuemin", 0);
    slider.onpointermove = slider.onpointerdown = event => {
      const { top, height } = slider.getBoundingClientRect();
      lab.point(Math.floor(((event.clientY - top) / height) * lab.pack.inputs), true);
    };
    onLeaving(slider, () => lab.leave());
    slider.onfocus = () => {
      if (slider.matches(":focus-visible")) lab.point(lab.at);
    };
    slider.onkeydown = event => this.press(event);
  }

  press(event) {
    const {
        at,
        pack: { inputs, width, channels },
      } = this.lab,
      line = width * channels;
    const steps = {
      ArrowDown: 1,
      ArrowRight: 1,
      ArrowUp: -1,
      ArrowLeft: -1,
      PageDown: line,
      PageUp: -line,
      Home: -inputs,
      End: inputs,
    };
    if (!steps[event.key]) return;
    event.preventDefault();
    this.lab.point(at + steps[event.key]);
  }

  // The magnified rows go along with an entry that lies outside them, or always.
  follow(at, always = false) {
    if (!always && at >= this.top && at < this.top + ENTRIES) return;
    this.top = clamp(at - (ENTRIES >> 1), 0, Math.max(0, this.lab.pack.inputs - ENTRIES));
  }

  // As high as the picture. Where entries are finer than a row of the screen, each row shows their mean colour.
  unroll(tall) {
    const { inputs } = this.lab.pack,
      height = Math.min(inputs, Math.round(tall)),
      pen = this.strip.getContext("2d");
    Object.assign(this.strip, { width: 1, height });
    for (const node of [this.strip, this.slider]) node.style.height = `${tall}px`;
    const image = pen.createImageData(1, height);
    image.data.set(this.meanColours(height));
    pen.putImageData(image, 0, 0);
    this.tall = tall;
    this.slider.setAttribute("aria-valuemax", inputs - 1);
    this.heading.replaceChildren("As one column", element("small", "", counted(inputs, "entry", "entries")));
  }

  meanColours(height) {
    const {
        pack: { inputs, channels },
        model,
        chosen,
      } = this.lab,
      sums = zeros(height * 3),
      counts = zeros(height * 3);
    for (let i = 0; i < inputs; i++) {
      const row = Math.floor((i / inputs) * height),
        x = model.x(chosen, i);
      for (let c = 0; c < 3; c++)
        if (channels === 1 || i % 3 === c) {
          sums[3 * row + c] += x;
          counts[3 * row + c]++;
        }
    }
    return Array.from({ length: height * 4 }, (_, k) => {
      const at = 3 * (k >> 2) + (k & 3);
      return (k & 3) === 3 ? 255 : (255 * sums[at]) / Math.max(1, counts[at]);
    });
  }

  show(limit) {
    const {
        pack: { width, channels, inputs },
        model,
        chosen,
        at,
      } = this.lab,
      [row, column, channel] = placeOf(at, width, channels);
    const each = this.tall / inputs,
      colour = channels === 3 ? `, ${CHANNELS[3][channel]}` : "";
    Object.assign(this.lens.style, { top: `${at * each}px`, height: `${Math.max(3, each)}px` });
    this.slider.setAttribute("aria-valuenow", at);
    this.slider.setAttribute(
      "aria-valuetext",
      `entry ${at}: row ${row}, column ${column}${colour}, ${three(model.x(chosen, at))}`,
    );
    this.rows.forEach((entry, k) => this.showRow(entry, this.top + k, limit));
    const sum =
      channels === 1 ? `${row} · ${width} + ${column}` : `(${row} · ${width} + ${column}) · ${channels} + ${channel}`;
    this.place.replaceChildren(`entry ${sum} = `, element("b", "", grouped(at)));
    const shown = this.rows.reduce((all, _, k) => all + model.w[this.top + k] * model.x(chosen, this.top + k), 0);
    this.others.textContent =
      `the other ${grouped(inputs - ENTRIES)} add ` + `${three(near0(model.z[chosen] - model.b - shown))}`;
  }

  showRow({ node, cells }, i, limit) {
    const {
        model,
        chosen,
        at,
        dark,
        pack: { channels },
      } = this.lab,
      x = model.x(chosen, i),
      w = model.w[i];
    [String(i), three(x), three(w), three(w * x)].forEach((text, n) => {
      if (cells[n].textContent !== text) cells[n].textContent = text;
    });
    cells[2].style.background = tint(w, limit, dark);
    cells[3].style.background = tint(w * x, limit, dark);
    node.dataset.channel = channels === 3 ? CHANNELS[3][i % 3] : "";
    node.classList.toggle("now", i === at);
  }
}
