// The same neuron in three lines of Keras, which follow the knobs; the server runs those that everybody begins with.
class KerasScript {
  constructor(lab) {
    this.lab = lab;
    this.node = this.build();
    this.tell();
  }

  // The same in three lines of Keras: shown, to be copied, and run once for all visitors.
  build() {
    const { head, tail } = this.lab.data.script,
      part = (text, className = "") => element("span", className, text);
    this.lines = part("");
    const code = element("pre", "script", part(`${head}\n`, "around"), this.lines, part(`\n${tail}`, "around"));
    code.tabIndex = 0;
    code.setAttribute("aria-label", "The script");
    this.ask = button("Run it in Keras", () => {
      this.lab.act("keras", Date.now());
      this.tell({ state: "running" });
    });
    this.told = element("div", "told");
    this.told.setAttribute("role", "status");
    const under = element("div", "row middle", this.ask, copyButton(code));
    return element("section", "keras", element("h3", "", "The same in three lines of Keras"), code, under, this.told);
  }

  // The three lines follow the knobs; the server runs those that everybody begins with.
  show() {
    const { rate, w, b } = this.lab.settings,
      constant = value => (value === 0 ? '"zeros"' : `keras.initializers.Constant(${value})`),
      bias = b === 0 ? "" : `, bias_initializer=${constant(b)}`;
    const told = {
      start: `kernel_initializer=${constant(w)}${bias}`,
      rate,
      epochs: this.lab.player.at || KERAS_EPOCHS,
    };
    const text = this.lab.data.script.lines.replace(/\{(\w+)\}/g, (_, name) => told[name]);
    if (this.lines.textContent !== text) this.lines.textContent = text;
    const isOwn = rate !== KERAS_RATE || w !== 0 || b !== 0;
    this.ask.textContent = isOwn ? `Run it in Keras, with a rate of ${KERAS_RATE} from w = b = 0` : "Run it in Keras";
  }

  tell({ state, answer, error } = this.lab.data.keras) {
    this.ask.disabled = state === "running";
    this.ask.hidden = state === "done";
    this.told.classList.toggle("complaint", state === "failed");
    if (state === "none") this.told.replaceChildren("It takes Keras half a minute, once for everybody on this server.");
    else if (state === "running") this.told.replaceChildren(element("i", "spinner"), WAITING);
    else if (state === "failed") this.told.replaceChildren(error);
    else if (this.told.dataset.answer !== String(answer.answer)) this.compare(answer);
  }

  compare({ answer, w, b, seconds, version }) {
    const [end, own] = timedDescent(),
      ours = end.w * ASKED + end.b,
      cell = (tag, ...parts) => element(tag, "", ...parts);
    const time = ms => (ms >= 1000 ? `${three(ms / 1000)} s` : `${three(ms)} ms`);
    const row = (name, values, ms) =>
      element("tr", "", cell("td", name), ...values.map(value => cell("td", fixed(value, 4))), cell("td", time(ms)));
    const rows = [
      row(`Keras ${version}, on the server`, [answer, w, b], 1000 * seconds),
      row("this page, on your machine", [ours, end.w, end.b], own),
    ];
    const titles = ["", `answer for x = ${ASKED}`, "w", "b", "500 epochs in"].map(title => cell("th", title));
    const table = element(
      "table",
      "",
      element("thead", "", element("tr", "", ...titles)),
      element("tbody", "", ...rows),
    );
    const faster = element("b", "", `${grouped(Number(((1000 * seconds) / own).toPrecision(2)))} times`);
    const why =
      " sooner. Both do the same arithmetic, so all the rest of its time is what Keras does around it, epoch by " +
      "epoch: for six points and two numbers that is nearly everything. ";
    const parted =
      "It counts in float32, so the answers differ after about " +
      `six digits: here by ${three(Math.abs(answer - ours))}.`;
    this.told.dataset.answer = answer;
    this.told.replaceChildren(
      element("div", "scroll", table),
      element("p", "", "The same numbers, here ", faster, why, parted),
    );
  }
}
