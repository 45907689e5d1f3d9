"""Logistic regression on pixels: against Keras and finite differences, what it says is the cause, its datasets."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import child
from core.datasets import load, prepare
from core.datasets.keras_datasets import CIFAR10
from core.errors import UserError
from core.labs import logistic
from core.labs.activations import softmax
from core.labs.logistic import CHOICES, LogisticRegression
from core.labs.networks import sigmoid
from core.labs.reading import read_lab, read_settings
from core.spec import packed


def digits(first=1, second=8):
    """X and Y of two classes of the digits, and their pictures and counts."""
    pictures, counts = logistic.sample(load(CHOICES["Digits"].dataset), (first, second), 250)
    return logistic.flattened(pictures), np.repeat([[0.0, 1.0]], counts, axis=1), pictures, counts


def test_known_answers_are_ours():
    for check in LogisticRegression.checks():
        told = check.to_json()

        assert told["numpy"] == told["published"], told["words"]


def test_a_value_stands_in_the_column_where_numpy_and_keras_put_it():
    import keras

    picture = np.random.default_rng(0).integers(0, 256, (1, 5, 7, 3), np.uint8)
    column = logistic.flattened(picture)[:, 0]
    for place, value in np.ndenumerate(picture[0]):
        at = logistic.flat_index(*place, 7, 3)

        assert at == np.ravel_multi_index(place, (5, 7, 3))
        assert column[at] == value / 255
    assert np.allclose(keras.layers.Flatten()(picture.astype(np.float32) / 255)[0], column)


def test_a_step_is_that_of_keras_with_one_sigmoid_unit():
    import keras

    x, y, _, _ = digits()
    unit = keras.layers.Dense(1, "sigmoid", kernel_initializer="zeros", dtype="float64")
    model = keras.Sequential([keras.Input((64,), dtype="float64"), unit])
    model.compile(keras.optimizers.SGD(0.3), "binary_crossentropy")
    for _ in range(3):
        theirs = model.train_on_batch(x.T, y.T)
    w, b, losses = logistic.descend(x, y, 0.3, 3)

    assert unit.kernel.shape == w.shape
    assert np.allclose(unit.kernel, w, rtol=1e-6, atol=1e-9)
    assert np.isclose(float(unit.bias[0]), b, rtol=1e-6)
    assert np.isclose(float(theirs), losses[2], rtol=1e-5)


def test_the_gradient_is_what_finite_differences_find():
    rng = np.random.default_rng(1)
    x, y, w = rng.uniform(0, 1, (12, 30)), rng.integers(0, 2, (1, 30)).astype(float), rng.normal(size=(12, 1))
    dw, db = logistic.gradient(w, 0.3, x, y)
    nudged = [logistic.loss(logistic.logits(w, 0.3 + by, x), y) for by in (1e-6, -1e-6)]

    assert np.allclose(dw, logistic.finite_differences(w, 0.3, x, y), atol=1e-9)
    assert np.isclose(db, (nudged[0] - nudged[1]) / 2e-6, atol=1e-8)


def test_a_sigmoid_is_softmax_of_two_and_only_their_difference_counts():
    for first, second in np.random.default_rng(2).uniform(-10, 10, (50, 2)):
        both = softmax(np.array([first, second]))

        assert np.isclose(both[1], sigmoid(np.array(second - first)), rtol=1e-12)
        assert np.allclose(both, softmax(np.array([first, second]) + 7.0), rtol=1e-12)


def test_below_the_largest_rate_the_loss_always_falls_and_far_above_it_jumps():
    x, y, _, _ = digits()
    largest = logistic.largest_rate(x)

    assert (np.diff(logistic.descend(x, y, 0.99 * largest, 60)[2]) < 0).all()
    assert max(logistic.descend(x, y, 30 * largest, 20)[2]) > 2 * np.log(2)


def test_more_numbers_than_pictures_learn_any_classes_by_heart_and_fewer_do_not():
    """What the lab says of a large gap: with classes drawn by lot only the number of pictures makes the difference."""
    rng = np.random.default_rng(0)
    images = np.asarray(load(CHOICES["Digits"].dataset).images)[rng.permutation(1797)]
    right = {}
    for count in (40, 1200):
        x, y = logistic.flattened(images[:count]), rng.integers(0, 2, (1, count)).astype(float)
        w, b, _ = logistic.descend(x, y, 0.9 * logistic.largest_rate(x), 4000)
        right[count] = float(np.mean((logistic.logits(w, b, x) > 0) == y))

    assert right[40] == 1
    assert right[1200] < 0.7


def test_more_pictures_help_a_network_that_learned_by_heart():
    """Only the share to learn from changes; the pictures held out are the same."""
    choice = CHOICES["Digits"]
    data = load(choice.dataset)
    pictures, counts, _ = logistic.one_against_rest(data, 8, choice.most_in_all)
    x, y = logistic.flattened(pictures), np.repeat([[0.0, 1.0]], counts, axis=1)
    order = np.random.default_rng(1).permutation(x.shape[1])
    held, gaps = order[:500], []
    for count in (50, 1200):
        train = order[500 : 500 + count]
        w, b, _ = logistic.descend(x[:, train], y[:, train], 0.5, 2000)
        losses = [logistic.loss(logistic.logits(w, b, x[:, part]), y[:, part]) for part in (held, train)]
        gaps.append(losses[0] - losses[1])

    assert gaps[0] > 3 * gaps[1]


def test_pictures_are_dealt_out_by_the_seed_and_each_class_gives_its_share():
    train, held = logistic.split([40, 60], 0.7, 3)

    assert sorted([*train, *held]) == list(range(100))
    assert (int((train < 40).sum()), int((train >= 40).sum())) == (28, 42)
    assert train.tolist() == logistic.split([40, 60], 0.7, 3)[0].tolist()
    assert train.tolist() != logistic.split([40, 60], 0.7, 4)[0].tolist()
    assert all(len(part) == 2 for share in (0.1, 0.9) for part in logistic.split([2, 2], share, 0))


def test_a_class_stands_against_all_others_in_the_whole_dataset_or_the_first_of_every_class():
    data = load(CHOICES["Digits"].dataset)
    pictures, counts, caps = logistic.one_against_rest(data, 8, CHOICES["Digits"].most_in_all)

    assert counts == [1797 - 174, 174]
    assert np.array_equal(pictures[counts[0] :], data.images[data.labels == 8])
    assert sorted(map(bytes, pictures)) == sorted(map(bytes, np.asarray(data.images)))

    pictures, counts, caps = logistic.one_against_rest(data, 8, 100)
    firsts = [place for label in range(10) if label != 8 for place in np.flatnonzero(data.labels == label)[:5]]
    assert (counts, caps) == ([45, 50], [5, 50])
    assert np.array_equal(pictures[:45], data.images[sorted(firsts)])


@pytest.mark.parametrize("name", CHOICES)
def test_what_travels_to_the_browser_stays_below_a_megabyte_and_a_half(name):
    choice = CHOICES[name]
    values = max(2 * choice.most, choice.most_in_all) * int(np.prod(choice.dataset.facts().shape))

    assert choice.most >= 40
    assert values * 4 / 3 < 1_400_000


def test_settings_come_back_from_their_link_and_one_class_against_itself_is_refused():
    settings = LogisticRegression(dataset="Colour shapes", first=7, second=2, rate=0.001, picture=80, z1=-3.5)

    assert read_lab(LogisticRegression, packed(settings)) == settings
    assert read_settings(LogisticRegression, {"first": 3, "second": 3, "against": "all others"}).is_against_all
    with pytest.raises(UserError, match="not on this machine"):
        read_settings(LogisticRegression, {"dataset": "own-" + "0" * 32})
    for wrong in (
        {"first": 8},
        {"dataset": "own-../x"},
        {"against": "all others", "second": 10},
        {"step": 2001},
        {"dataset": "Colour shapes"},
        {"rate": 0.0},
        {"z1": 11.0},
        {"picture": -1},
    ):
        with pytest.raises(UserError):
            read_settings(LogisticRegression, wrong)


def photos(count=60):
    """What Keras gives for CIFAR-10, in small: random colours, labels as a column."""
    random = np.random.default_rng(1)
    images = random.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
    labels = np.arange(count)[:, None] % 10
    return (images[:-10], labels[:-10]), (images[-10:], labels[-10:])


def test_a_dataset_is_offered_once_it_is_fetched(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))

    assert logistic.offered(CHOICES) == ["Digits", "Colour shapes"]

    choice = CHOICES["CIFAR-10"]
    monkeypatch.setattr(CIFAR10, "_arrays", lambda self: photos())
    prepare(choice.dataset)
    pictures, counts = logistic.sample(load(choice.dataset), (choice.first, choice.second), choice.most)

    assert logistic.offered(CHOICES) == ["Digits", "Colour shapes", "CIFAR-10"]
    assert (pictures.shape, counts) == ((12, 32, 32, 3), [6, 6])
    assert (
        pictures.tobytes()
        == np.concatenate([photos()[0][0], photos()[1][0]])[[8, 18, 28, 38, 48, 58, 3, 13, 23, 33, 43, 53]].tobytes()
    )


def test_a_dataset_that_cannot_be_had_is_asked_for_once_and_breaks_nothing(monkeypatch):
    asked = []

    def refuse(dataset):
        asked.append(dataset)
        raise UserError("No shapes here.", "Try again.", "DATASET_OFFLINE")

    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    app = AppTest.from_file(str(child.ROOT / "streamlit_app.py"), default_timeout=60).run()
    monkeypatch.setattr("pages.components.frame.cached.make_ready", refuse)
    app.query_params["lab"] = packed(LogisticRegression(dataset="Colour shapes", first=0, second=6))
    app.switch_page("pages/5_Learn_neurons/13_Logistic_regression.py").run()
    app.run()

    assert not app.exception
    assert asked == [CHOICES["Colour shapes"].dataset]
