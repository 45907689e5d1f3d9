// The shapes of X, Y, w, b and Z as they are written by hand, beside those of Keras.
class Shapes {
  constructor() {
    this.node = element("div", "shapes scroll");
  }

  // m: how many pictures it learns from, once they are dealt out.
  show({ inputs, height, width, channels }, m = "m") {
    const n = grouped(inputs),
      pair = (a, b) => `(${a}, ${b})`;
    const labels = [pair(1, m), pair(m, 1)],
      weights = pair(n, 1);
    const rows = [
      ["X", pair(n, m), pair(m, n)],
      ["Y", ...labels],
      ["w", weights, weights],
      ["b", "1 number", "(1,)"],
      ["Z", ...labels],
    ];
    const cells = (tag, texts) => element("tr", "", ...texts.map(text => element(tag, "", text)));
    const head = element("thead", "", cells("th", ["", "by hand", "in Keras"])),
      body = element("tbody", "", ...rows.map(row => cells("td", row)));
    const sizes = element(
      "div",
      "",
      `${height} · ${width} · ${channels} = `,
      bold(n),
      ` inputs, ${grouped(inputs + 1)} parameters`,
    );
    const note = element(
      "small",
      "",
      "By hand a picture is a column and Z = wᵀX + b. For Keras it is a row: Dense(1) computes X·w + b.",
    );
    this.node.replaceChildren(element("h4", "", "Shapes"), sizes, element("table", "", head, body), note);
  }
}
