"""One image that is broken: turned, shifted, blurred; covered; nudged: each against Keras, SciPy or NumPy."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageDraw, ImageFont
from saved import save_weights
from scipy.ndimage import gaussian_filter
from sklearn.metrics import roc_auc_score

from core import datasets
from core.build.model import build_model
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.experiment.presets import load_preset
from core.layers.reshaping import Flatten
from core.lens.changed_image import Along, ChangedImage
from core.lens.covered_image import CoveredImage, read_mask, written
from core.lens.image_changes import KNOBS, changed
from core.lens.network import open_network
from core.lens.nudged_image import ANY, Nudged, NudgedImage
from core.lens.outline import Outline
from core.lens.unknown import Likeness, Unknown
from core.runs import states
from core.runs.recorder import Recorder
from pages.components.understand import changed_image, covered_image, nudged_image, unknown
from tests.saved import here


def saved_run(experiment):
    """A run with the fresh weights of its experiment, and the model they came from."""
    run = here().create(experiment)
    model = build_model(experiment, experiment.dataset.facts())
    with Recorder(run) as record:
        save_weights(record, 1, model)
        record.status(state=states.FINISHED, epoch=1, epochs=1)
    return run, model


def picture(experiment, at=0):
    """uint8 (1, height, width, channels)"""
    return np.array(datasets.load(experiment.dataset).images[at : at + 1])


def photo(height=24, width=16, channels=3):
    """Smooth, so that a wrong pixel is seen."""
    rows, columns = np.mgrid[:height, :width]
    planes = [120 + 90 * np.sin(rows / (3 + c)) * np.cos(columns / (4 + c)) for c in range(channels)]
    return np.rint(np.stack(planes, -1)).astype(np.uint8)


# ---- changed


def test_each_slider_changes_the_image_as_keras_and_scipy_do():
    image = photo(20, 20)
    one = lambda **strengths: changed(image, [strengths])[0]  # noqa: E731
    batch = image[None].astype(np.float32)
    as_pixels = lambda tensor: np.clip(np.rint(np.asarray(tensor)[0]), 0, 255)  # noqa: E731

    assert np.array_equal(one(), image), "where no slider stands, no pixel changes"
    assert np.array_equal(one(rotation=90.0), np.rot90(image, -1)), "to the right"
    shifted = np.concatenate([np.repeat(image[:, :1], 3, axis=1), image[:, :-3]], axis=1)
    np.testing.assert_allclose(one(sideways=3.0), shifted, atol=1)
    np.testing.assert_allclose(one(upright=-2.0)[:-2], image[2:], atol=1)
    zoom = keras.layers.RandomZoom((-0.5, -0.5), fill_mode="nearest")  # half of it is seen: twice as large
    np.testing.assert_allclose(one(zoom=200.0), as_pixels(zoom(batch, training=True)), atol=1)
    brightness = keras.layers.RandomBrightness((0.2, 0.2))
    np.testing.assert_allclose(one(brightness=20.0), as_pixels(brightness(batch, training=True)), atol=1)
    mean = image.mean((0, 1), keepdims=True)
    np.testing.assert_allclose(one(contrast=1.5), np.clip((image - mean) * 1.5 + mean, 0, 255), atol=1)
    blurred = [gaussian_filter(batch[0, ..., c], 1.5, mode="nearest") for c in range(3)]
    np.testing.assert_allclose(one(blur=1.5), np.stack(blurred, -1), atol=1)
    noise = one(noise=20.0).astype(float) - image
    assert 17 < noise.std() < 23 and abs(noise.mean()) < 2
    assert np.array_equal(one(noise=20.0), one(noise=20.0)), "one pattern, that grows stronger"


@pytest.mark.parametrize("name", KNOBS)
def test_a_slider_is_tried_at_about_twenty_strengths_and_its_probabilities_are_the_models_own(name, small):
    run, model = saved_run(small)
    image = picture(small)
    found = ChangedImage(along=name).look(open_network(run), image)

    knob = KNOBS[name]
    assert sorted(found.values) == list(found.values) and 10 <= len(found.values) < 120
    assert knob.neutral in found.values
    has_two_sides = name not in ("blur", "noise")
    assert (found.values[0] < knob.neutral) == has_two_sides and found.values[-1] > knob.neutral
    np.testing.assert_array_equal(found.images[found.neutral], image[0])
    np.testing.assert_allclose(found.probabilities, model.predict(found.images, verbose=0), rtol=1e-4, atol=1e-6)
    for value, seen in zip(found.values, found.images, strict=True):
        np.testing.assert_array_equal(seen, changed(image[0], [{name: value}])[0])


def test_where_the_answer_flips_is_known_to_one_step_of_the_slider(small):
    run, model = saved_run(small)
    flips = 0
    for at in range(6):
        image = picture(small, at)
        found = ChangedImage(along="rotation", blur=0.3).look(open_network(run), image)
        for place in found.first_flips():
            beside = place + (1 if place < found.neutral else -1)
            value, before = found.values[place], found.values[beside]
            assert abs(value - before) == 1
            seen = changed(image[0], [{"rotation": value, "blur": 0.3}, {"rotation": before, "blur": 0.3}])
            answers = model.predict(seen, verbose=0).argmax(1)
            assert answers[0] == found.answers[place] != answers[1] == found.answers[found.neutral]
            flips += 1
    assert flips, "the fresh network of this seed changes its mind at least once"


def along(knob, values, answers):
    """What the lens found, of two classes or three."""
    shares = np.eye(3, dtype=np.float32)[list(answers)]
    return Along(knob, values, np.zeros((len(values), 8, 8, 1), np.uint8), shares)


def test_the_flip_nearest_to_the_image_as_it_is_is_said_on_either_side():
    names = ("six", "nine", "two")
    both = along("rotation", (-90.0, -41.0, -10.0, 0.0, 10.0, 23.0, 90.0), (2, 1, 0, 0, 0, 1, 2))
    assert (
        changed_image.sentence(both, names)
        == "At 41° to the left it becomes nine, at 23° to the right it becomes nine."
    )
    assert both.first_flips() == [1, 5]
    stays = along("noise", (0.0, 64.0, 128.0), (2, 2, 2))
    assert changed_image.sentence(stays, names) == "It stays two, up to noise of 128 grey values."
    below = along("contrast", (0.5, 1.0, 1.5), (1, 0, 0))
    assert changed_image.sentence(below, names) == "At contrast × 0.5 it becomes nine."


def test_the_sliders_lead_to_the_augmentations_that_draw_as_far():
    strengths = {"rotation": -23.0, "sideways": 4.0, "upright": 2.0, "zoom": 80.0, "contrast": 0.7, "noise": 51.0}
    found = changed_image.operations(strengths, 20, 40)
    assert found == {
        "RandomRotation": pytest.approx(23 / 360, abs=1e-6),
        "RandomTranslation": pytest.approx(0.1),
        "RandomZoom": pytest.approx(0.25),
        "RandomContrast": pytest.approx(0.3),
        "RandomGaussianNoise": pytest.approx(0.2),
    }
    digits = load_preset("digits-cnn")
    hard = changed_image.break_it.with_operations(digits, found)
    assert [change.kind for change in hard.applied] == list(found)
    wide = changed_image.operations({"noise": 128.0, "blur": 5.0}, 8, 8)
    assert len(changed_image.break_it.with_operations(digits, wide).applied) == 2, "the ends of all sliders are legal"


def test_two_classes_and_colour_have_a_curve_for_each_class(small):
    small = small.edited(dataset=Shapes(classes=2, count=40, image_size=12))
    run, model = saved_run(small)
    found = ChangedImage(along="brightness").look(open_network(run), picture(small))
    (of_second,) = model.predict(found.images, verbose=0).T
    np.testing.assert_allclose(found.probabilities, np.stack([1 - of_second, of_second], 1), rtol=1e-4, atol=1e-6)


def test_what_the_browser_gets_of_a_slider_is_json_with_all_its_images_in_one_sheet(small):
    run, _ = saved_run(small)
    found = ChangedImage(along="zoom").look(open_network(run), picture(small))
    told = changed_image._sweep(found, [0, 1], small.dataset.facts().class_names)
    assert json.loads(json.dumps(told)) == told
    assert len(told["values"]) == len(told["words"]) == len(told["shares"]) == told["sheet"]["count"]
    assert told["words"][found.neutral] == "as it is"


def test_a_slider_that_stands_where_none_can_is_refused():
    for values in ({"rotation": 500}, {"unknown": 1}, {"blur": -1}):
        with pytest.raises(UserError, match="none of its buttons"):
            changed_image._lens(changed_image.Asked(action="set", along="rotation", values=values))
    with pytest.raises(UserError, match="none of its buttons"):
        changed_image._lens(changed_image.Asked(action="set", along="colour", values={}))


# ---- covered


@pytest.mark.parametrize("fill", ["grey", "mean", "black", "white"])
def test_what_is_painted_over_is_covered_and_nothing_else(fill, small):
    run, model = saved_run(small)
    image = picture(small)
    mask = np.zeros(image.shape[1:3], bool)
    mask[1:4, 2:6] = True
    found = CoveredImage(mask=written(mask), fill=fill).look(open_network(run), image)

    np.testing.assert_array_equal(found.mask, mask)
    expected = image[0].copy()
    expected[1:4, 2:6] = {"grey": 128, "mean": round(float(image.mean())), "black": 0, "white": 255}[fill]
    np.testing.assert_array_equal(found.covered, expected)
    both = np.stack([image[0], expected])
    np.testing.assert_allclose(found.probabilities, model.predict(both, verbose=0), rtol=1e-4, atol=1e-6)


def test_the_square_that_matters_most_is_the_one_that_takes_most_of_the_answer_away(small):
    run, model = saved_run(small)
    image = picture(small, 3)
    found = CoveredImage(patch=3, fill="white").look(open_network(run), image)

    answer = model.predict(image, verbose=0)[0].argmax()
    places = [(top, column) for top in range(6) for column in range(6)]
    covered = np.repeat(image, len(places), axis=0)
    for one, (top, column) in zip(covered, places, strict=True):
        one[top : top + 3, column : column + 3] = 255
    left = model.predict(covered, verbose=0)[:, answer]
    top, column = places[left.argmin()]
    assert found.mask.sum() == 9 and found.mask[top : top + 3, column : column + 3].all()
    np.testing.assert_allclose(found.probabilities[1, answer], left.min(), rtol=1e-4)


def test_looking_for_what_matters_most_in_a_large_network_is_waited_for():
    small, large = (Outline.of(load_preset(name)) for name in ("digits-cnn", "mobilenet"))
    assert [CoveredImage(patch=patch).is_long(one) for one in (small, large) for patch in (0, 9)] == [0, 0, 0, 1]


def test_a_mask_of_another_image_or_none_at_all_covers_nothing(small):
    run, _ = saved_run(small)
    for wrong in ("????", written(np.ones((30, 30), bool)), "AA=="):
        found = CoveredImage(mask=wrong).look(open_network(run), picture(small))
        assert not found.mask.any() and np.array_equal(found.covered, found.image)
        names = tuple("0123456789")
        assert "fits an image of another size" in covered_image.sentence(found, names, was_covered=True)
        assert "Paint over the image" in covered_image.sentence(found, names)
    odd = np.random.default_rng(1).random((5, 7)) < 0.5
    np.testing.assert_array_equal(read_mask(written(odd), 5, 7), odd)


# ---- nudged


def of_loss(model, image, label):
    """What Keras' own loss says: its gradient by the image, float32."""
    pixels = tf.constant(image, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        answer = model(pixels, training=False)
        if answer.shape[1] == 1:
            loss = keras.losses.binary_crossentropy(np.array([[label]], np.float32), answer)
        else:
            loss = keras.losses.sparse_categorical_crossentropy(np.array([label]), answer)
    return tape.gradient(loss, pixels).numpy()


def joined():
    """A network with a join."""
    return load_preset("digits-residual")


@pytest.mark.parametrize("kind", ["chain", "join", "sigmoid", "without convolution"])
@pytest.mark.parametrize("is_targeted", [False, True])
def test_each_value_is_nudged_by_the_sign_of_keras_own_loss_and_the_rounded_image_is_fed(kind, is_targeted, small):
    experiment = {
        "chain": small,
        "join": joined(),
        "sigmoid": small.edited(dataset=Shapes(classes=2, count=40, image_size=12)),
        "without convolution": small.edited(layers=(Flatten(),)),
    }[kind]
    run, model = saved_run(experiment)
    image = picture(experiment, 2)
    names = experiment.dataset.facts().class_names
    answer = found_class(model, image)
    target = (answer + 1) % len(names)
    found = NudgedImage(towards=names[target] if is_targeted else ANY).look(open_network(run), image)

    gradient = of_loss(model, image, target)[0] * -1 if is_targeted else of_loss(model, image, answer)[0]
    clear = np.abs(gradient) > 1e-4 * np.abs(gradient).max()
    assert clear.mean() > 0.3
    np.testing.assert_array_equal(found.direction[clear], np.sign(gradient)[clear])
    assert found.target == (target if is_targeted else None)
    sizes = (0, 1, 7, 64)
    fed = [np.clip(image[0].astype(int) + size * found.direction, 0, 255).astype(np.uint8) for size in sizes]
    expected = model.predict(np.stack(fed), verbose=0)
    if expected.shape[1] == 1:
        expected = np.concatenate([1 - expected, expected], axis=1)
    np.testing.assert_allclose(found.probabilities[list(sizes)], expected, rtol=1e-3, atol=1e-5)


def found_class(model, image):
    """The class that Keras' model answers."""
    share = model.predict(image, verbose=0)[0]
    return int(share[0] > 0.5) if len(share) == 1 else int(share.argmax())


def test_a_very_sure_network_is_nudged_too_although_its_probability_has_no_slope_left(small):
    small = small.edited(layers=(Flatten(),))
    run, model = saved_run(small)
    head = model.layers[-1]
    head.set_weights([200 * weight for weight in head.get_weights()])
    with Recorder(run) as record:
        save_weights(record, 2, model)
    image = picture(small)
    answer = found_class(model, image)
    assert model.predict(image, verbose=0).max() == 1
    found = NudgedImage().look(open_network(run, 2), image)
    kernel, bias = (one.astype(np.float64) for one in head.get_weights())
    logits = image.reshape(-1) / 255 @ kernel + bias
    logits[answer] = -np.inf
    shares = np.exp(logits - logits.max())
    gradient = kernel @ (shares / shares.sum()) - kernel[:, answer]  # of the loss, up to a factor that comes to nothing
    clear = np.abs(gradient) > 1e-4 * np.abs(gradient).max()
    np.testing.assert_array_equal(found.direction.ravel()[clear], np.sign(gradient)[clear])


def nudged(answers, target=None, direction=1):
    """What the lens found, by the answer at each size."""
    shares = np.eye(3, dtype=np.float32)[list(answers)]
    image = np.zeros((2, 2, 1), np.uint8)
    return Nudged(image, np.full(image.shape, direction, np.int8), shares, target)


def test_the_smallest_nudge_is_said_and_so_is_that_none_fools():
    names = ("cat", "dog", "fox")
    assert nudged_image.sentence(nudged((0, 1, 0, 2)), names) == "1 grey value of 255 is enough: it becomes dog."
    assert nudged_image.sentence(nudged((0, 1, 0, 2), 2), names) == "3 grey values of 255 are enough: it becomes fox."
    assert nudged_image.sentence(nudged((0, 0, 0)), names).startswith("It did not fool: nudged away from its answer")
    assert "it never says fox" in nudged_image.sentence(nudged((0, 1, 0), 2), names)
    assert nudged_image.sentence(nudged((2, 2), 2), names) == "It says fox already. Choose another class."
    assert "No nudge of this kind" in nudged_image.sentence(nudged((0, 0), direction=0), names)


# ---- unknown


def letters(size):
    """Capitals that are no digits, white on black: uint8 (N, size, size, 1)."""
    font, made = ImageFont.load_default(size=40), []
    for letter in "ACEFHKMNPRTUVWXY":
        sheet = Image.new("L", (48, 48), 0)
        ImageDraw.Draw(sheet).text((24, 24), letter, fill=255, anchor="mm", font=font)
        made.append(np.asarray(sheet.resize((size, size), Image.Resampling.BOX)))
    return np.stack(made)[..., None]


def learnt(experiment):
    """A small network that learnt the digits in a few passes, opened."""
    data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
    keras.utils.set_random_seed(3)
    run, model = saved_run(experiment)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.optimizer.learning_rate = 0.01
    model.fit(np.array(data.images[data.train]), data.labels[data.train], batch_size=64, epochs=6, verbose=0)
    with Recorder(run) as record:
        save_weights(record, 2, model)
    return open_network(run, 2), model, data


def test_noise_letters_and_shapes_are_told_from_digits_and_the_threshold_keeps_what_it_says(small):
    network, model, data = learnt(small)
    random = np.random.default_rng(5)
    shapes = np.array(datasets.load(Shapes(classes=3, count=60, image_size=12)).images)[:, 2:10, 2:10].mean(-1)
    strange = np.concatenate([
        random.integers(0, 256, (30, 8, 8, 1)), letters(8), np.rint(shapes)[..., None]
    ]).astype(np.uint8)  # fmt: skip
    known = np.array(data.images[data.validation])
    found = Unknown().look(network, np.concatenate([known, strange]))

    is_strange = np.arange(len(known) + len(strange)) >= len(known)
    assert max(roc_auc_score(is_strange, score) for score in found.scores.values()) > 0.9
    assert roc_auc_score(is_strange, found.scores["distance"]) > 0.9
    for by in ("distance", "energy"):
        for keeps in (80.0, 95.0, 99.0):
            other = Unknown(by=by, keeps=keeps).look(network, known)
            stay = np.mean(~other.are_unknown)
            assert keeps / 100 <= stay <= keeps / 100 + 1.5 / len(known), (by, keeps)
    logits = keras.Model(model.input, model.layers[-1].input)(strange.astype(np.float32))
    logits = logits.numpy().astype(np.float64) @ model.layers[-1].get_weights()[0] + model.layers[-1].get_weights()[1]
    np.testing.assert_allclose(found.scores["energy"][is_strange], -np.log(np.exp(logits).sum(1)), rtol=1e-4)
    place = len(known)  # the first of the strange ones
    feature = keras.Model(model.input, model.layers[-1].input)
    trained = feature(np.array(data.images[data.train]).astype(np.float32)).numpy()
    away = np.linalg.norm(trained - feature(strange[:1].astype(np.float32)).numpy(), axis=1)
    assert found.scores["distance"][place] >= away.min() * (1 - 1e-4)
    assert found.beyond("distance", place) == np.mean(found.usual["distance"] < found.scores["distance"][place])


def test_one_sigmoid_a_network_without_convolution_and_one_without_logits_have_a_likeness_too(small, monkeypatch):
    two = small.edited(dataset=Shapes(classes=2, count=40, image_size=12))
    run, model = saved_run(two)
    found = Unknown().look(open_network(run), picture(two))
    share = model.predict(picture(two), verbose=0)[0, 0].astype(np.float64)
    z = np.log(share / (1 - share))
    np.testing.assert_allclose(found.scores["energy"], -np.log(np.exp(z / 2) + np.exp(-z / 2)), rtol=1e-3)

    flat, _ = saved_run(small.edited(layers=(Flatten(),)))
    of_pixels = Unknown().look(open_network(flat), picture(small))
    stored = np.array(datasets.load(small.dataset).images, np.float32).reshape(-1, 64) / 255
    away = np.linalg.norm(stored - stored[0], axis=1)
    assert away.min() <= of_pixels.scores["distance"][0] <= np.sort(away)[len(away) // 2]

    network = open_network(flat)
    monkeypatch.setattr(network._shared, "logits", None)
    network.kept.clear()
    without = Unknown(by="energy").look(network, picture(small))
    assert list(without.scores) == ["distance"] and without.deciding == "distance"
    assert "away" in unknown.reason(without, 0, tuple("0123456789"))
    with pytest.raises(UserError) as refusal:
        Unknown().look(network, picture(small)[:0])
    assert refusal.value.code == "NO_PICTURE"


def test_the_reason_is_said_in_numbers():
    usual = {"distance": np.arange(100, dtype=np.float32), "energy": -np.arange(100, 0, -1, dtype=np.float32)}
    scores = {"distance": np.float32([200, 3]), "energy": np.float32([-0.5, -98])}
    rest = (np.zeros((2, 2, 2, 1), np.uint8), (1, 0), np.eye(2, dtype=np.float32))
    names = ("cat", "dog")
    far = Likeness("distance", 95.0, usual, scores, *rest)
    assert far.are_unknown.tolist() == [True, False] and far.threshold == 95
    assert unknown.verdict(far, 0, names) == "Unknown: like none of the classes, though the network says cat."
    assert unknown.reason(far, 0, names) == (
        "Its features are farther from every training image than those of 100 % of the validation images are from "
        "theirs: the nearest, of class dog, is 200 away; the threshold, which keeps 95 % of them, is 95."
    )
    assert unknown.reason(far, 1, names).startswith("The training image whose features are nearest, of class cat, is 3")
    warm = Likeness("energy", 95.0, usual, scores, *rest)
    assert unknown.reason(warm, 0, names) == (
        "Its energy, -0.5, is higher than that of 100 % of the validation images; the threshold, which keeps 95 % of "
        "them, is -5."
    )
