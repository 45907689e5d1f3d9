// The same network in Keras, as anyone would write it.
const IN_KERAS = {
  normal: "start = keras.initializers.RandomNormal(stddev=1.0)  # tf.random.normal; biases too",
  Glorot: 'start, zeros = "glorot_uniform", "zeros"  # what Keras takes when nothing is said',
  He: 'start, zeros = "he_uniform", "zeros"',
};

function xorScript({ net, activation, rate, steps, seed, first_weights: first }) {
  const units = NETS[net].slice(1),
    bias = first === "normal" ? "start" : "zeros";
  const dense = (count, l) =>
    `    keras.layers.Dense(${count}, "${l < units.length - 1 ? activation : "sigmoid"}", ` +
    `kernel_initializer=start, bias_initializer=${bias}),`;
  return [
    "import keras",
    "import numpy as np",
    "",
    `keras.utils.set_random_seed(${seed})  # other draws than on this page, of the same kind`,
    'x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")',
    'y = np.array([[0], [1], [1], [0]], "float32")',
    IN_KERAS[first],
    "model = keras.Sequential([",
    ...units.map(dense),
    "])",
    `model.compile(keras.optimizers.SGD(${rate}), "binary_crossentropy")`,
    `model.fit(x, y, batch_size=4, epochs=${steps}, verbose=0)`,
    "print(model.predict(x, verbose=0))",
    "",
  ].join("\n");
}
