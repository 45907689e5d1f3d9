// The same in Keras, as a script to be copied.
const SCRIPT_NOTE = "NumPy deals the pictures out in another order than this page, so its figures differ a little.";

// How the pictures are chosen, those of y = 0 first, at most so many of each class.
function chosenLines({ first, second, isAgainstAll }, [zero, one]) {
  if (!isAgainstAll)
    return `chosen = np.concatenate([np.flatnonzero(labels == label)[:${one}] for label in (${first}, ${second})])\
  # y = 0, then y = 1`;
  const others = `range(len(class_names)) if label != ${second}`;
  return `others = [np.flatnonzero(labels == label)[:${zero}] for label in ${others}]
chosen = np.concatenate([np.sort(np.concatenate(others)), np.flatnonzero(labels == ${second})[:${one}]])\
  # y = 0, then y = 1`;
}

// offer: how the dataset is had in Python; pack: how many of a class are taken at most.
function kerasScript(settings, { script }, { inputs, taken, against }, steps) {
  const { second, rate, share, seed } = settings;
  return `import keras
import numpy as np

${script}

${chosenLines({ ...settings, isAgainstAll: against === ALL_OTHERS }, taken)}
x = images[chosen].reshape(len(chosen), -1) / 255  # (m, ${inputs}): for Keras a picture is a row
y = (labels[chosen] == ${second}).astype("float32")[:, None]
held_out = np.random.default_rng(${seed}).random(len(chosen)) >= ${share}

model = keras.Sequential([
    keras.Input((${inputs},)),
    keras.layers.Dense(1, activation="sigmoid", kernel_initializer="zeros"),
])
model.compile(keras.optimizers.SGD(${String(rate).replace(/e-0?/, "e-")}), "binary_crossentropy", metrics=["accuracy"])
model.fit(
    x[~held_out], y[~held_out], batch_size=len(x), epochs=${Math.max(1, steps)},
    validation_data=(x[held_out], y[held_out]),
)`;
}
