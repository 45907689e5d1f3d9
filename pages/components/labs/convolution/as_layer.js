// What the kernels are as a layer: the size of a map, all maps, what each channel adds, and how deep it all is.
// Every k-th value of a map, for its small picture.
function sampled(values, height, width, k) {
  const tall = Math.ceil(height / k),
    wide = Math.ceil(width / k),
    few = new Float64Array(tall * wide);
  for (let y = 0; y < tall; y++) for (let x = 0; x < wide; x++) few[y * wide + x] = values[y * k * width + x * k];
  return { values: few, height: tall, width: wide };
}

const MIXING = "1×1 on colours: grey, and red against blue";

class AsLayer {
  constructor(lab) {
    this.lab = lab;
  }

  layExamples() {
    const classic = name => ({ slices: [this.lab.data.gallery.find(one => one.name === name).weights], bias: 0 });
    const plain = { stride: 1, dilation: 1, padding: "valid", activation: "linear", shown: "signed", chosen: 0 };
    const mixing = [
      [0.299, 0.587, 0.114],
      [1, 0, -1],
    ].map(weights => ({ slices: weights.map(weight => [[weight]]), bias: 0 }));
    const six = ["Sobel y", "Sobel x", "Diagonal line", "Outline", "Sharpen", "Box blur 3x3"].map(classic);
    const ready = {
      "The numbers of tf.nn.conv2d": {
        ...plain,
        slides_over: "numbers",
        numbers: [
          [1, 2, 3],
          [4, 5, 6],
        ],
        size: 2,
        kernels: [
          {
            slices: [
              [
                [1, 2],
                [3, 4],
              ],
            ],
            bias: 0,
          },
        ],
      },
      "Six kernels, six maps": {
        ...plain,
        slides_over: "picture",
        padding: "same",
        fill: "reflect",
        size: 3,
        kernels: six,
      },
      [MIXING]: { ...plain, slides_over: "picture", size: 1, kernels: mixing },
    };
    const buttons = Object.entries(ready).map(([name, settings]) =>
      button(name, () => {
        this.lab.set(structuredClone(settings));
        if (name === MIXING) this.bringColours();
      }),
    );
    return element("div", "examples", element("h3", "", "Ready examples"), element("div", "row", ...buttons));
  }

  // Mixing can be seen only where there are channels to mix.
  bringColours() {
    if (this.lab.image.planes.length === 1) this.lab.act("colours", Date.now());
  }

  addKernel() {
    const kernel = {
      slices: [square(this.lab.settings.size, (y, x) => (y === x && y === (this.lab.settings.size - 1) >> 1 ? 1 : 0))],
      bias: 0,
    };
    this.lab.set({ kernels: [...this.lab.settings.kernels, kernel], chosen: this.lab.settings.kernels.length });
  }

  removeKernel() {
    this.lab.set({
      kernels: this.lab.settings.kernels.filter((_, i) => i !== this.lab.settings.chosen),
      chosen: Math.max(0, this.lab.settings.chosen - 1),
    });
  }

  tellSize({ down, across, padding }) {
    const sum = it =>
      padding === "same"
        ? `ceil(N / S) = ceil(${it.size} / ${it.stride}) = `
        : `floor((N + 2P − F) / S) + 1 = floor((${it.size} + ` +
          `${it.before + it.after} − ${it.reach}) / ${it.stride}) + 1 = `;
    const line = (name, it) => element("div", "", `${name}: `, sum(it), element("b", "", it.out || "fits nowhere"));
    const spread =
      down.dilation > 1 ? [element("div", "", `F = (${down.kernel} − 1) · ${down.dilation} + 1 = ${down.reach}`)] : [];
    this.lab.formula.replaceChildren(
      ...spread,
      ...(down.size === across.size
        ? [line("Side of the map", down)]
        : [line("Height of the map", down), line("Width", across)]),
    );
  }

  // Small maps of all kernels, side by side: choosing one shows it large.
  drawMaps() {
    const { kernels, chosen, down, across } = this.lab.plan,
      k = Math.ceil(Math.max(down.out, across.out) / THUMB);
    if (this.thumbs?.length !== kernels.length) this.layMaps(kernels.length);
    if (kernels.length > 1)
      this.thumbs.forEach(({ node, sheet, label }, i) => {
        const map = sampled(this.lab.sums.mapOf(kernels[i]), down.out, across.out, k);
        sheet.signed(map.values, map.height, map.width, THUMB);
        label.textContent = `${i + 1} ${this.lab.kernelPanel.nameOf(kernels[i].slices[0])?.name ?? "own"}`;
        node.setAttribute("aria-pressed", i === chosen);
        node.setAttribute("aria-label", `Map ${label.textContent}`);
      });
  }

  layMaps(count) {
    this.thumbs = Array.from({ length: count }, (_, i) => {
      const sheet = new Sheet({ label: "" }),
        label = element("span"),
        node = element("button", "thumb", sheet.node, label);
      Object.assign(node, { type: "button", onclick: () => this.lab.set({ chosen: i }), hidden: count === 1 });
      return { node, sheet, label };
    });
    const add = button("Add a kernel", () => this.addKernel()),
      remove = button("Remove this one", () => this.removeKernel());
    add.disabled = count >= MOST;
    remove.hidden = count === 1;
    this.lab.mapRow.replaceChildren(...this.thumbs.map(({ node }) => node), add, remove);
  }

  // What each channel gives, small, and that the map is their sum.
  drawChannels() {
    const { depth, kernels, chosen, down, across, activation, windows } = this.lab.plan,
      kernel = kernels[chosen];
    this.lab.channels.hidden = depth !== 3;
    if (depth !== 3) return;
    const k = Math.ceil(Math.max(down.out, across.out) / PART),
      few = it => ({ ...it, stride: it.stride * k, out: Math.ceil(it.out / k) }),
      [y, x] = [few(down), few(across)];
    const parts = this.lab.sums
        .slicesOf(kernel, 3)
        .map((plane, c) => this.lab.sums.correlated(`few ${windows} ${c}`, this.lab.padded[c], plane, y, x)),
      limit = Math.max(FAINT, ...parts.map(largest));
    const figure = (values, name) =>
      element(
        "figure",
        "",
        this.signedSheet(new Sheet({ label: name }), values, y.out, x.out, limit),
        element("figcaption", "", name),
      );
    const [red, green, blue] = parts.map((values, c) => figure(values, `${words(COLOURS[c])} slice on ${COLOURS[c]}`)),
      plus = () => element("span", "operator", "+");
    const whole = sampled(this.lab.map, down.out, across.out, k),
      result = figure(whole.values, "The map");
    const tail = [
      kernel.bias ? element("span", "operator", `+ ${three(kernel.bias)}`) : "",
      element("span", "operator", TITLES[activation] ? `→ ${TITLES[activation]} →` : "="),
    ];
    this.lab.channels.replaceChildren(
      element("h3", "", "Channel by channel"),
      element("div", "row middle", red, plus(), green, plus(), blue, ...tail, result),
    );
  }

  signedSheet(sheet, values, height, width, limit) {
    paint(sheet.canvas, values, height, width, limit, this.lab.dark);
    sheet.size(height, width, PART);
    return sheet.node;
  }

  // Boxes as deep as the arrays are: picture, kernels, maps.
  drawDepth() {
    const { picture, depth, size, kernels, down, across } = this.lab.plan,
      count = kernels.length;
    const box = (height, width, deep, colour, room = 84) => {
      const unit = Math.min(20, room / Math.max(height, width)),
        [h, w] = [height, width].map(cells => Math.max(8, cells * unit)),
        step = 5;
      const lies = Array.from({ length: deep }, (_, i) => deep - 1 - i);
      const planes = lies.map(i =>
        svg("rect", { x: i * step + 1, y: (deep - 1 - i) * step + 1, width: w, height: h, rx: 1.5, class: colour }),
      );
      return svg("svg", { width: w + deep * step + 2, height: h + deep * step + 2, "aria-hidden": "true" }, ...planes);
    };
    const labelled = (node, text) => element("figure", "", node, element("figcaption", "", text));
    const kernelBoxes = element("span", "boxes", ...kernels.map(() => box(size, size, depth, "kernelBox", 44)));
    const row = element(
      "div",
      "row middle boxed",
      labelled(box(picture.height, picture.width, depth, "dataBox"), times(picture.height, picture.width, depth)),
      element("span", "operator", "∗"),
      labelled(kernelBoxes, `${counted(count, "kernel")} of ${times(size, size, depth)}`),
      element("span", "operator", "="),
      labelled(box(down.out, across.out, count, "dataBox"), times(down.out, across.out, count)),
    );
    const parameters = (size * size * depth + 1) * count,
      deep =
        depth === 1 ? "the picture is grey, so a kernel has one slice" : "a kernel is as deep as its picture, 3 slices";
    const gives = count === 1 ? "One kernel gives one map" : `${count} kernels give ${count} maps`;
    const told =
      size === 1 && down.out === picture.height && across.out === picture.width
        ? `A 1×1 kernel sees one pixel at a time: it changes the depth, here ${depth} → ${count}, and nothing else.`
        : `Kernel depth is picture depth: ${deep}. ${gives}, and the maps are the depth of what comes out.`;
    this.lab.depth.replaceChildren(
      element("h3", "", "As a layer of a network"),
      row,
      element("p", "", `${told} It learns (${size}·${size}·${depth} + 1)·${count} = ${parameters} numbers.`),
      size === 1 && depth === 1 && this.lab.plan.slides_over === "picture"
        ? button("Bring a colour picture, to see channels mixed", () => this.bringColours())
        : "",
    );
  }
}
