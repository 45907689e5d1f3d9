// Kinds of convolution: which channels feed which, what that costs, and what MobileNet makes of it.
const KINDS = ["standard", "grouped", "1x1", "depthwise", "separable", "transposed"];
const HEAD = 6,
  TAIL = 5,
  DRAWN = 12; // channels drawn at most: all of 12, or the first six and the last five with the rest counted
const FIELD = 324,
  LOW_FIELD = 256,
  SQUARE = 20; // px: height of the wiring, the same above a second picture, side of a channel
const SPREAD_SIDE = 7; // cells of the small input that is spread

const whole = n => grouped(n);

const cutOff = (kernel, stride, padding) => (padding === "same" ? Math.max(kernel - stride, 0) >> 1 : 0);

// Which channels are drawn: numbers, and null where the rest is only counted.
const drawn = count =>
  count <= DRAWN
    ? Array.from({ length: count }, (_, i) => i)
    : [...Array(HEAD).keys(), null, ...Array.from({ length: TAIL }, (_, i) => count - TAIL + i)];
const list = (first, last) => (first === last ? `input channel ${first}` : `input channels ${first} to ${last}`);

class Kinds extends Lab {
  build() {
    this.wires = new Wiring(this);
    this.spreadView = new SpreadView(this);
    this.mobilenet = new Mobilenet(this);
    this.costTable = new CostTable(this);
    this.title = element("h4");
    this.wiring = svg("svg", {
      class: "wiring",
      tabindex: 0,
      role: "img",
      "aria-label": "Wiring of the channels; arrow keys go through them",
    });
    onLeaving(this.wiring, () => this.wires.light(null));
    this.wiring.onkeydown = event => this.wires.press(event);
    this.stage.append(this.chooser(), this.title, this.wiring, this.spreadView.spreading());
    this.groupsNote = element("div", "complaint");
    this.groupsNote.setAttribute("role", "alert");
    const names = { channels: "Channels in", filters: "Channels out" },
      before = ["height", "width", "channels", "filters", "kernel_size", "strides", "padding"];
    this.side.append(
      ...before.map(name => (name in names ? this.firstKnob(name, names[name]) : this.knob(name))),
      this.knob("groups"),
      this.groupsNote,
      this.knob("use_bias", "Biases"),
      this.resetButton(),
    );
    this.bars = element("tbody");
    this.share = element("p", "share");
    const head = ["Kind", "Output", "Parameters", "Multiply-adds"].map(words => element("th", "", words));
    this.taskList.before(
      element("h3", "", "What each kind costs"),
      element("div", "scroll", element("table", "costs", element("thead", "", element("tr", "", ...head)), this.bars)),
      this.share,
    );
    this.mobilenet.layMobilenet();
  }

  chooser() {
    const group = element("div", "kinds"),
      buttons = KINDS.map(kind => {
        const one = element("button", "kind", this.emblem(kind), element("span", "", kind));
        Object.assign(one, { type: "button", onclick: () => this.set({ shown: kind }) });
        one.setAttribute("role", "radio");
        return one;
      });
    group.setAttribute("role", "radiogroup");
    group.setAttribute("aria-label", "Kind");
    group.append(...buttons);
    group.onkeydown = event => {
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      const next = buttons[(KINDS.indexOf(this.settings.shown) + by + KINDS.length) % KINDS.length];
      next.click();
      next.focus();
    };
    this.knobs.set("shown", value =>
      buttons.forEach((one, i) => {
        one.setAttribute("aria-checked", KINDS[i] === value);
        one.tabIndex = KINDS[i] === value ? 0 : -1;
      }),
    );
    return group;
  }

  // Four channels and their wires, small.
  emblem(kind) {
    const y = i => 7 + i * 9,
      lines = (x, to, linked) =>
        [0, 1, 2, 3].flatMap(i =>
          [0, 1, 2, 3].filter(j => linked(i, j)).map(j => svg("line", { x1: x, y1: y(i), x2: to, y2: y(j) })),
        );
    const dots = (x, side, name) =>
      [0, 1, 2, 3].map(i =>
        svg("rect", { x: x - side / 2, y: y(i) - side / 2, width: side, height: side, class: name }),
      );
    const all = () => true,
      own = (i, j) => i === j,
      pair = (i, j) => i >> 1 === j >> 1,
      linked = { grouped: pair, depthwise: own }[kind] ?? all;
    const wires =
      kind === "separable" ? [...lines(6, 29, own), ...lines(29, 52, all), ...dots(29, 4, "in")] : lines(6, 52, linked);
    const [from, to] = kind === "transposed" ? [4, 8] : [6, 6];
    return svg(
      "svg",
      { viewBox: "0 0 58 41", class: `emblem${kind === "1x1" ? " thin" : ""}`, "aria-hidden": "true" },
      ...wires,
      ...dots(6, from, "in"),
      ...dots(52, to, "out"),
    );
  }

  draw() {
    const { shown } = this.settings;
    this.cost = costOf(shown, this.settings);
    this.groups = sharedGroups(this.settings);
    this.wires.drawWiring();
    this.describe();
    this.costTable.drawBars();
    this.spreadView.spreadPart.hidden = shown !== "transposed";
    if (shown === "transposed") this.spreadView.drawSpread();
    this.wires.light(null);
  }

  describe() {
    const { shown, channels, filters, kernel_size: k, strides, groups, height, width } = this.settings,
      { output, terms, biases, places, parameters, multiply_adds, fits } = this.cost;
    const titles = {
      standard: "Standard: every output reads every input",
      grouped: "Grouped: parts of the channels work apart",
      "1x1": "1x1: mixes channels, sees no neighbours",
      depthwise: "Depthwise: every channel alone",
      separable: "Depthwise separable: alone, then mixed",
      transposed: "Transposed: every input value writes a kernel",
    };
    this.title.textContent = titles[shown];
    const odd = this.groups !== groups;
    const dividing = Array.from({ length: divisor(channels, filters) }, (_, i) => i + 1).filter(
      count => divisor(channels, filters) % count === 0,
    );
    const choices =
      dividing.length > 9 ? `${dividing.slice(0, 6).join(", ")} … ${dividing.at(-1)}` : dividing.join(", ");
    this.groupsNote.textContent = odd
      ? `${groups} groups do not divide ${channels} and ${filters} channels alike: ` +
        `drawn with ${this.groups}. These do: ${choices}.`
      : "";
    const sentences = {
      standard:
        `Each of the ${filters} output channels has a kernel of its ` +
        `own, ${k}×${k}×${channels}: it reads every input channel.`,
      grouped:
        `${counted(this.groups, "group", "groups apart")}: ${channels / this.groups} ` +
        `input channels feed ${filters / this.groups} output channels ` +
        `through kernels of ${k}×${k}×${channels / this.groups}.`,
      "1x1":
        `A kernel of 1×1×${channels} mixes the channels of one pixel: ` +
        `only the depth changes, from ${channels} to ${filters}.`,
      depthwise:
        `Each channel has one kernel of ${k}×${k} and stays ` +
        `alone: ${channels} in, ${channels} out, nothing is mixed.`,
      separable:
        `First every channel alone with ${k}×${k}, then ` +
        `1×1×${channels} mixes them: two cheap steps for a dear one.`,
      transposed:
        `Every input value writes ${k}×${k} cells, ${strides} ` +
        `apart: ${height}×${width} becomes ${output[0]}×${output[1]}.`,
    };
    this.idle = fits
      ? sentences[shown]
      : `A kernel of ${k}×${k} does not fit an input of ${height}×${width}: ` +
        "take padding “same”, a smaller kernel or a larger input.";
    const weights = terms.map(factors => factors.map(whole).join("·")).join(" + "),
      inside = terms.length > 1 ? `(${weights})` : weights;
    const line = (name, text, value) => element("div", "", `${name} = ${text} = `, element("b", "", value));
    this.formula.replaceChildren(
      line("parameters", weights + (biases ? ` + ${whole(biases)}` : ""), whole(parameters)),
      fits
        ? line("multiply-adds", `${places.join("·")} · ${inside}`, whole(multiply_adds))
        : element("div", "", "multiply-adds: the kernel fits nowhere"),
    );
  }

  tasks() {
    const cost = kind => costOf(kind, this.settings);
    this.question = new NumberQuestion({ ask: draw => this.asked(draw) });
    return [
      {
        words: "Say what a kind costs, before you see it.",
        hint: "How many cells has a kernel, how many channels does it read, and how many kernels are there?",
        asked: this.question,
        done: () => this.question.isDone,
      },
      {
        words: "With a kernel of 2 px or more, let the separable kind need more parameters than the standard one.",
        hint: "Its second step mixes into every output channel. How few may there be to save nothing?",
        done: () => this.settings.kernel_size > 1 && cost("separable").parameters > cost("standard").parameters,
      },
      {
        words: "Choose channels and groups so that the grouped kind costs a twelfth of the standard one.",
        hint: "Each group reads only its part of the channels; groups must divide both sides.",
        done: () =>
          this.groups === this.settings.groups &&
          cost("grouped").fits &&
          cost("grouped").multiply_adds * 12 === cost("standard").multiply_adds,
      },
      {
        words: "Make a transposed convolution that turns 7×7 into 14×14 without a checkerboard.",
        hint: "The step doubles the size. Which kernels does it divide?",
        done: () => {
          const { shown, height, width, kernel_size, strides } = this.settings,
            { output } = cost("transposed");
          return (
            shown === "transposed" && height === 7 && width === 7 && output[0] === 14 && kernel_size % strides === 0
          );
        },
      },
    ];
  }

  asked(draw) {
    const { settings, ...question } = costQuestion(draw);
    return { ...question, show: () => this.set(settings) };
  }

  checks() {
    const sizes = {
        height: 28,
        width: 28,
        channels: 16,
        filters: 32,
        kernel_size: 3,
        strides: 1,
        padding: "same",
        groups: 4,
        use_bias: true,
      },
      rows = this.data.mobilenet;
    const free = { ...sizes, use_bias: false },
      parameters = KINDS.map(kind => [kind, () => costOf(kind, sizes).parameters]),
      steps = rows.flatMap(row => this.steps(row));
    const total = () => sum(steps.map(step => step.parameters)),
      fixed = () => sum(steps.map(step => step.fixed));
    return {
      ...Object.fromEntries(parameters),
      share: () => costOf("separable", free).multiply_adds / costOf("standard", free).multiply_adds,
      "7 to 14": () => spread(7, 2, 2),
      layers: () => steps.length,
      total,
      trainable: () => total() - fixed(),
      fixed,
    };
  }

  // The layers of one row of MobileNet, counted here: kernels, and four numbers per channel of the normalization.
  steps({ name, layers, input, output, kernel_size, strides }) {
    const [height, width, channels] = input,
      filters = output[2],
      last = name === "classes",
      sizes = { height, width, channels, filters, kernel_size, strides, padding: "same", groups: 1, use_bias: last };
    const step = (kind, maps, more) => ({
      parameters: costOf(kind, { ...sizes, ...more }).parameters + (last ? 0 : 4 * maps),
      fixed: last ? 0 : 2 * maps,
    });
    return layers > 1
      ? [step("depthwise", channels), step("1x1", filters, { strides: 1 })]
      : [step("standard", filters)];
  }
}

export default mount(Kinds);
