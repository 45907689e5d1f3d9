// Several layers in a row: each with its knobs, its size and what it sees; the link holds them all.

const ADDED = 16; // filters of a window that is added: more than colours, few enough to be drawn

class LayerChain {
  constructor(lab) {
    this.lab = lab;
  }

  layChain() {
    this.boxes = element("div", "chain");
    this.boxes.setAttribute("role", "img");
    this.rows = element("tbody");
    this.table = element(
      "table",
      "links",
      element(
        "thead",
        "",
        element(
          "tr",
          "",
          ...["", "Window", "Stride", "Dilation", "Filters", "Border", "Output", ""].map(title =>
            element("th", "", title),
          ),
        ),
      ),
      this.rows,
    );
    this.extendButton = button("Add this window", () => this.extend(this.current()));
    this.poolButton = button("Add a 2×2 pooling", () =>
      this.extend({ kernel: 2, stride: 2, dilation: 1, padding: "valid", cells: 0, filters: 0 }),
    );
    const ready = Object.entries(this.lab.data.ready).map(([name, { size, channels, chain }]) =>
      button(`${name}, ${size}×${size}×${channels}`, () => this.lab.set({ size, channels, chain })),
    );
    const buttons = element(
      "div",
      "row",
      this.extendButton,
      this.poolButton,
      button("Empty the chain", () => this.lab.set({ chain: [] })),
    );
    this.full = element("small");
    this.flat = element("p", "flat");
    this.lab.taskList.before(
      element("h3", "", "A chain of layers"),
      this.boxes,
      this.flat,
      element("div", "scroll", this.table),
      buttons,
      this.full,
      element("div", "row ready", element("span", "", "Ready chains:"), ...ready),
    );
  }

  current() {
    const { kernel, stride, dilation, padding, cells } = this.lab.settings;
    return { kernel, stride, dilation, padding, cells, filters: ADDED };
  }

  extend(link) {
    this.lab.set({ chain: [...this.lab.settings.chain, link].slice(0, this.lab.most) });
  }

  change(i, changes) {
    this.lab.set({ chain: this.lab.settings.chain.map((link, j) => (j === i ? { ...link, ...changes } : link)) });
  }

  remove(i) {
    this.lab.set({ chain: this.lab.settings.chain.filter((_, j) => j !== i) });
    (this.links.at(Math.min(i, this.links.length - 1))?.gone ?? this.extendButton).focus();
  }

  move(i, by) {
    const chain = [...this.lab.settings.chain],
      to = i + by;
    if (to < 0 || to >= chain.length) return;
    [chain[i], chain[to]] = [chain[to], chain[i]];
    this.lab.set({ chain });
    const { up, down } = this.links[to],
      wanted = by < 0 ? up : down;
    (wanted.disabled ? (by < 0 ? down : up) : wanted).focus();
  }

  drawChain() {
    const { chain, size } = this.lab.settings,
      found = (this.found = sizesOf(size, chain)),
      deep = channelsOf(this.lab.settings.channels, chain),
      scale = LARGEST / Math.max(...found);
    const box = (side, i) => {
      const square = element("i", "square"),
        px = `${Math.max(SMALLEST, side * scale) / 16}rem`;
      Object.assign(square.style, { width: px, height: px });
      return element(
        "span",
        "box",
        i ? element("span", "to", "→") : "",
        element("span", "sized", square, element("span", "", `${side}×${side}×${deep[i]}`)),
      );
    };
    const broken = found.at(-1) === 0,
      count = at => found.at(at) ** 2 * deep[at < 0 ? found.length - 1 : at],
      product = at => `${[found.at(at), found.at(at), deep[at < 0 ? found.length - 1 : at]].join("·")}`;
    this.flat.textContent =
      broken || !chain.length
        ? ""
        : `Flatten makes ${product(-1)} = ${grouped(count(-1))} values of it; ` +
          `of the picture itself it would make ${product(0)} = ${grouped(count(0))}.`;
    this.boxes.replaceChildren(
      ...found.filter(Boolean).map(box),
      ...(broken
        ? [element("span", "broken", `→ breaks at layer ${found.length - 1}`)]
        : chain.length
          ? []
          : [element("span", "invite", "→ add windows one after another, until nothing is left to slide on.")]),
    );
    this.boxes.setAttribute("aria-label", `Sizes: ${found.join(", ")}`);
    this.table.hidden = !chain.length;
    if (this.links?.length !== chain.length) {
      this.links = chain.map((_, i) => this.line(i));
      this.rows.replaceChildren(...this.links.map(({ row }) => row));
    }
    this.links.forEach((line, i) => this.fill(line, i, chain[i], found, deep));
    this.extendButton.disabled = this.poolButton.disabled = chain.length >= this.lab.most;
    this.full.textContent = chain.length >= this.lab.most ? `A chain holds ${counted(this.lab.most, "layer")}.` : "";
  }

  // One layer of the chain, editable where it stands.
  line(i) {
    const inputs = LINK.map(([name, low, high]) => this.number(i, name, low, high)),
      cells = this.number(i, "cells", 0, 15);
    const menu = element(
      "select",
      "",
      ...PADDINGS.map(value => Object.assign(element("option", "", value), { value })),
    );
    menu.setAttribute("aria-label", `Layer ${i + 1}, padding`);
    menu.onchange = () => this.change(i, { padding: menu.value });
    const act = (label, sign, onclick) => {
      const one = button(sign, onclick);
      one.title = label;
      one.setAttribute("aria-label", `${label}: layer ${i + 1}`);
      return one;
    };
    const up = act("Move up", "↑", () => this.move(i, -1)),
      down = act("Move down", "↓", () => this.move(i, 1)),
      gone = act("Remove", "×", () => this.remove(i)),
      output = element("td", "output"),
      complaint = element("div", "complaint");
    const row = element(
      "tr",
      "",
      element("td", "", i + 1),
      ...inputs.map(one => element("td", "", one)),
      element("td", "", element("span", "bordering", menu, cells)),
      output,
      element("td", "", element("span", "acts", up, down, gone)),
    );
    row.onkeydown = event => {
      const by = event.altKey ? { ArrowUp: -1, ArrowDown: 1 }[event.key] : 0;
      if (by) {
        event.preventDefault();
        this.move(i, by);
      }
    };
    complaint.setAttribute("role", "alert");
    return { row, inputs, cells, menu, up, down, gone, output, complaint };
  }

  // A number of a layer; what can't be is said in its row, and the last good number stays.
  number(i, name, low, high) {
    const input = Object.assign(element("input", "number"), { type: "text", inputMode: "numeric", size: 2, name });
    input.setAttribute("aria-label", `Layer ${i + 1}, ${name}`);
    if (name === "filters") input.title = "Channels that come out; 0 for a pooling, which leaves them as they are";
    const judge = () => {
      const value = typed(input.value),
        bad = value === null || value % 1 !== 0 || value < low || value > high;
      input.toggleAttribute("aria-invalid", bad);
      this.links[i].complaint.textContent = bad
        ? `${words(name)}: a whole number from ${low} to ${high}; ${this.lab.settings.chain[i][name]} stays.`
        : "";
      return bad ? null : value;
    };
    input.oninput = () => {
      const value = judge();
      if (value === null) this.links[i].output.replaceChildren(this.links[i].complaint);
      else this.change(i, { [name]: value });
    };
    input.onblur = () => {
      if (judge() === null && this.lab.settings.chain[i]) {
        input.value = this.lab.settings.chain[i][name];
        judge();
        this.drawChain();
      }
    };
    input.onfocus = () => input.select();
    return input;
  }

  fill({ row, inputs, cells, menu, up, down, output, complaint }, i, link, found, deep) {
    const active = row.getRootNode().activeElement,
      write = (input, value) => {
        if (input !== active) {
          input.value = value;
          input.removeAttribute("aria-invalid");
        }
      };
    inputs.forEach(input => write(input, link[input.name]));
    write(cells, link.cells);
    cells.hidden = link.padding !== "number";
    menu.value = link.padding;
    up.disabled = i === 0;
    down.disabled = i === this.lab.settings.chain.length - 1;
    row.classList.toggle("unreached", i > found.length - 2);
    if (complaint.textContent && row.contains(active)) return;
    const size = found[i + 1],
      slid = size === undefined ? null : slideOf(found[i], link);
    const said =
      size === undefined
        ? element("small", "", "not reached")
        : size
          ? element("b", "", `${size}×${size}×${deep[i + 1]}`)
          : element("span", "broken", `a window of ${slid.reach} does not fit ${found[i] + slid.before + slid.after}`);
    output.replaceChildren(said);
  }
}
