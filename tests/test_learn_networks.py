"""The labs' small networks against automatic differentiation, finite differences, Keras, and the browser's side."""

import numpy as np
import pytest

from core.labs import neuron
from core.labs.backpropagation import SYSTEMS
from core.labs.chance import Chance
from core.labs.networks import ACTIVATIONS, Perceptron, loss
from pages.components.browser.component import scripts as scripts_of


def tape_gradients(name, system, parameters):
    """What TensorFlow says about a system, written in TensorFlow's own words."""
    import tensorflow as tf

    v = {key: tf.Variable(value) for key, value in parameters.items()}
    x, y = tf.constant(system.data["x"]), tf.constant(system.data["y"])
    with tf.GradientTape() as tape:
        if name == "xor":
            p = tf.sigmoid(tf.sigmoid(x @ v["W1"] + v["b1"]) @ v["W2"] + v["b2"])
        else:
            p = x @ v["W"] + v["b"]
            p = tf.sigmoid(p) if name == "sigmoid" else p
        surprise = y * tf.math.log(p + 1e-7) + (1 - y) * tf.math.log(1 - p + 1e-7)
        loss = -tf.reduce_mean(surprise) if name in ("xor", "sigmoid") else tf.reduce_mean((p - y) ** 2)
    found = tape.gradient(loss, v)
    return float(loss), {key: found[key].numpy() for key in parameters}


@pytest.mark.parametrize("name", SYSTEMS)
def test_gradients_by_hand_equal_the_tape_and_finite_differences_on_the_way_down(name):
    system, rng = SYSTEMS[name], np.random.default_rng(1)
    parameters = {key: value + 0.1 * rng.normal(size=value.shape) for key, value in system.start.items()}
    for _ in range(30):
        values = system.forward(parameters)
        ours, numerical = system.backward(values), system.numerical(parameters)
        expected_loss, tape = tape_gradients(name, system, parameters)

        assert float(values["loss"]) == pytest.approx(expected_loss, rel=1e-12)
        for key in parameters:
            assert np.allclose(ours[f"d_{key}"], tape[key], rtol=1e-6, atol=1e-12)
            assert np.allclose(ours[f"d_{key}"], numerical[f"d_{key}"], rtol=1e-4, atol=1e-7)
        parameters = system.update(parameters, ours)


@pytest.mark.parametrize(("name", "slip"), [("sigmoid", ("d_layer", "dropped")), ("xor", ("d_layer1", "flipped"))])
def test_a_mistake_made_on_purpose_is_seen_by_the_check(name, slip):
    system = SYSTEMS[name]
    values, numerical = system.forward(system.start), system.numerical(system.start)
    wrong = system.backward(values, dict([slip]))

    assert not all(np.allclose(wrong[key], value, rtol=1e-4) for key, value in numerical.items())


def test_a_neuron_learns_the_line_and_stops_just_short_of_19():
    path = neuron.descend(500)

    assert 18.9 < path.predict(10.0) < 19.0
    assert path.predict(10.0) == pytest.approx(18.98, abs=0.01)
    assert np.all(np.diff(path.loss) < 0)


def test_a_neuron_diverges_just_beyond_the_largest_rate_and_not_below():
    limit = neuron.largest_rate()

    assert neuron.descend(2000, 1.02 * limit).diverged is not None
    assert neuron.descend(2000, 0.98 * limit).diverged is None


def test_a_neuron_walks_as_that_of_keras():
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mean_squared_error")
    w = float(model.get_weights()[0][0, 0])
    x, y = neuron.POINTS[:, :1], neuron.POINTS[:, 1:]
    model.fit(x, y, epochs=20, verbose=0)
    path = neuron.descend(20, 0.01, w, 0.0)

    assert float(model.get_weights()[0][0, 0]) == pytest.approx(path.w[-1], abs=1e-5)
    assert float(model.get_weights()[1][0]) == pytest.approx(path.b[-1], abs=1e-5)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_network_steps_as_that_of_keras(activation):
    import keras

    ours, rng = Perceptron.fresh((3, 5, 4, 1), activation, 7), np.random.default_rng(2)
    x, y = rng.normal(size=(10, 3)), rng.integers(0, 2, 10).astype(float)
    inputs = hidden = keras.Input((3,))
    l2 = keras.regularizers.L2(0.01)
    for units in (5, 4):
        hidden = keras.layers.Dense(units, activation, kernel_regularizer=l2)(hidden)
    model = keras.Model(inputs, keras.layers.Dense(1, "sigmoid", kernel_regularizer=l2)(hidden))
    pairs = zip(ours.weights, ours.biases, strict=True)
    model.set_weights([part.astype(np.float32) for pair in pairs for part in pair])
    model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy")
    for _ in range(5):
        model.train_on_batch(x, y[:, None])
        ours.step(x, y, 0.1, l2=0.01)

    theirs = model.get_weights()
    assert all(np.allclose(a, b, atol=1e-5) for a, b in zip(ours.weights, theirs[::2], strict=True))
    assert all(np.allclose(a, b, atol=1e-5) for a, b in zip(ours.biases, theirs[1::2], strict=True))


def drawn_case(rng):
    """A random network, data and way of training."""
    shape = [int(rng.integers(1, 8)), *(int(rng.integers(1, 9)) for _ in range(rng.integers(0, 5))), 1]
    count = int(rng.integers(4, 60))
    return {
        "shape": shape,
        "activation": str(rng.choice(list(ACTIVATIONS))),
        "seed": int(rng.integers(0, 99_999)),
        "x": rng.normal(size=(count, shape[0])).tolist(),
        "y": rng.integers(0, 2, count).tolist(),
        "rate": float(rng.choice([0.01, 0.03, 0.1])),
        "batch": int(rng.integers(1, 12)),
        "l1": float(rng.choice([0.0, 0.001])),
        "l2": float(rng.choice([0.0, 0.01])),
    }


def trained(case, epochs):
    """The same case in NumPy: weights as the browser keeps them, and the loss."""
    net, chance = Perceptron.fresh(tuple(case["shape"]), case["activation"], case["seed"]), Chance(case["seed"] + 1)
    x, y = np.array(case["x"]), np.array(case["y"], float)
    for _ in range(epochs):
        net.epoch(x, y, case["rate"], case["batch"], chance, case["l1"], case["l2"])
    flat = [np.concatenate([w.T.ravel(), b]) for w, b in zip(net.weights, net.biases, strict=True)]
    return np.concatenate(flat), loss(net.forward(x)[-1][:, 0], y)


@pytest.mark.browser
def test_the_browser_trains_200_random_networks_to_the_same_numbers(browser):
    rng = np.random.default_rng(0)
    cases = [drawn_case(rng) for _ in range(200)]
    scripts = scripts_of("labs/arithmetic", "labs/network_arithmetic")
    train = """cases.map(c => {
      const net = new Network(c.shape, c.activation, c.seed), random = generator(c.seed + 1);
      const x = Float64Array.from(c.x.flat()), y = Float64Array.from(c.y);
      for (let e = 0; e < 20; e++) net.epoch(x, y, { rate: c.rate, batchSize: c.batch, random, l1: c.l1, l2: c.l2 });
      return [net.layers.flatMap(l => [...l.weights, ...l.biases]), net.measure(x, y).loss];
    })"""
    page = browser.new_page()
    found = page.evaluate(f"cases => {{ {scripts}\n return {train}; }}", cases)
    page.close()

    for case, (weights, value) in zip(cases, found, strict=True):
        expected, expected_loss = trained(case, 20)
        assert np.allclose(weights, expected, rtol=1e-9, atol=1e-12)
        assert value == pytest.approx(expected_loss, rel=1e-9)
