// What leaves the lab: the weights in its link, and the same network as a script.
const MOST_CARRIED = 200; // weights and biases that a link has room for
const IN_PYTHON = {
  x: "x",
  y: "y",
  "x²": "x**2",
  "y²": "y**2",
  x·y: "x * y",
  "sin x": "np.sin(x)",
  "sin y": "np.sin(y)",
};

// What a lecturer shares is this very network, not only what it began from.
class WeightLink {
  constructor(onCarry) {
    this.button = button("Put these weights into the link", onCarry);
    this.told = element("span", "carried");
    this.told.setAttribute("role", "status");
    this.node = element("div", "row middle carrier", this.button, this.told);
  }

  show({ parameters, layers }, settings) {
    const isWild = layers.some(layer =>
      [layer.weights, layer.biases].some(values => values.some(value => !(Math.abs(value) <= MOST_WEIGHT))),
    );
    this.button.disabled = parameters > MOST_CARRIED || isWild;
    const told = this.words(parameters, isWild, settings);
    if (this.told.textContent !== told) this.told.textContent = told;
  }

  words(parameters, isWild, { weights, epoch }) {
    if (parameters > MOST_CARRIED)
      return `A link has room for ${MOST_CARRIED} weights and biases; this network has ${grouped(parameters)}.`;
    if (isWild) return `A weight is beyond ${grouped(MOST_WEIGHT)}.`;
    if (weights.length)
      return `The link in the address bar opens at epoch ${grouped(epoch)}, with the weights of then.`;
    return "The link in the address bar opens at epoch 0, with the weights of this seed.";
  }
}

// Kernel and bias of a layer, row by row as Keras has them.
function inKeras({ inputs, units, weights, biases }, short) {
  const row = i => Array.from({ length: units }, (_, j) => short(weights[j * inputs + i]));
  return [Array.from({ length: inputs }, (_, i) => row(i)), [...biases].map(short)];
}

// The network, its weights and the points that it learns from, in Python.
function kerasScript({ features, hidden, activation, rate, batch, penalty, strength }, network, points) {
  const short = value => Number(value.toPrecision(7)),
    rows = value => JSON.stringify(value).replaceAll(",", ", ");
  const costs = penalty === "none" ? "" : `, kernel_regularizer=keras.regularizers.${penalty}(${strength})`;
  const dense = (units, name) => `    keras.layers.Dense(${units}, "${name}"${costs}),`;
  return [
    "import keras",
    "import numpy as np",
    "",
    `x, y, label = np.array(${rows(points.of(false).map(([x, y, label]) => [short(x), short(y), label]))}).T`,
    `features = np.stack([${features.map(name => IN_PYTHON[name]).join(", ")}], axis=1)`,
    "",
    "model = keras.Sequential([",
    `    keras.Input((${features.length},)),`,
    ...hidden.map(units => dense(units, activation)),
    dense(1, "sigmoid"),
    "])",
    `model.compile(keras.optimizers.SGD(${rate}), "binary_crossentropy", metrics=["accuracy"])`,
    `weights = ${rows(network.layers.flatMap(layer => inKeras(layer, short)))}`,
    "model.set_weights([np.array(part) for part in weights])",
    "print(model.evaluate(features, label, verbose=0))",
    `model.fit(features, label, batch_size=${batch}, epochs=10)`,
    "",
  ].join("\n");
}
