// What the networks compute, written out with their numbers.
const NOTHING = 1e-9; // numbers below are rounding
const PROOF =
  "Add the second and the third: w₁ + w₂ + 2b > 0. Add the first and the last: w₁ + w₂ + 2b < 0. " +
  "Both can't be, whatever the numbers are: at least one row always fails.";

const shown = value => (Math.abs(value) < NOTHING ? 0 : value);

// A weighted sum with its numbers: 4.74·x₁ − 4.74·x₂ + 7.04.
function sumOf(weights, names, bias) {
  const sign = (value, isFirst) => (shown(value) < 0 ? (isFirst ? "−" : " − ") : isFirst ? "" : " + "),
    size = value => three(Math.abs(shown(value)));
  return [...weights].map((w, i) => `${sign(w, !i)}${size(w)}·${names[i]}`).join("") + sign(bias) + size(bias);
}

// The network's formula and its loss, line by line.
function formulaOf({ layers }, activation, answers, loss) {
  const terms = answers.map((p, n) => (TARGETS[n] ? `ln ${three(p)}` : `ln(1 − ${three(p)})`)).join(" + ");
  const lines = answerLines(layers, activation === "tanh" ? "tanh" : "σ").map(text => element("div", "", text));
  return [...lines, element("div", "", `loss = −¼ · (${terms}) = `, element("b", "", three(loss)))];
}

// Those of the answer p: with numbers as long as they are few.
function answerLines(layers, name) {
  const output = (weights, names, bias) => `p = σ(${sumOf(weights, names, bias)})`;
  if (layers.length > 2) return [`p = σ(W₄ · a(W₃ · a(W₂ · a(W₁ · x + b₁) + b₂) + b₃) + b₄), a = ${name}`];
  const [first, second] = layers,
    inputs = ["x₁", "x₂"];
  if (!second) return [output(first.weights, inputs, first.biases[0])];
  const hidden = ["₁", "₂"].map(
    (sign, j) => `h${sign} = ${name}(${sumOf(first.weights.subarray(2 * j, 2 * j + 2), inputs, first.biases[j])})`,
  );
  return [...hidden, output(second.weights, ["h₁", "h₂"], second.biases[0])];
}

// The four inequalities that one unit would have to meet, with its numbers.
function inequalitiesOf({ weights, biases }) {
  const [v, w, b] = [...weights, ...biases].map(shown),
    met = value => value > NOTHING;
  const cell = (text, className = "") => element("td", className, text);
  const rows = [
    ["b < 0", b, met(-b)],
    ["w₂ + b > 0", w + b, met(w + b)],
    ["w₁ + b > 0", v + b, met(v + b)],
    ["w₁ + w₂ + b < 0", v + w + b, met(-v - w - b)],
  ];
  const body = rows.map(([text, value, holds], n) => {
    const verdict = holds ? cell("✓ holds", "right") : cell("✗ fails", "wrong");
    return element("tr", "", cell(NAMES[n]), cell(text), cell(three(shown(value)), "value"), verdict);
  });
  const title = element(
    "h4",
    "",
    "Why one unit can't",
    element("small", "", `w₁ ${three(v)}, w₂ ${three(w)}, b ${three(b)}`),
  );
  return [title, element("table", "", element("tbody", "", ...body)), element("p", "", PROOF)];
}
