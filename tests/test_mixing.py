"""Pictures that are mixed: their labels are shares, in training, in its script and in what it is judged by."""

import colorsys
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from scipy import ndimage
from scipy.stats import beta, kstest

from core import datasets
from core.augmentation import Augmentation
from core.augmentation.colour import RandomGaussianBlur, RandomGaussianNoise, RandomHue, RandomSaturation
from core.augmentation.erasing import RandomErasing
from core.augmentation.mixing import CutMix, MixUp
from core.augmentation.movement import RandomFlip, RandomRotation, RandomTranslation, RandomZoom
from core.augmentation.policies import RandAugment
from core.augmentation.random_changes import RandomChanges
from core.augmentation.told import alone, told
from core.build.codegen import script
from core.build.model import build_augmentation
from core.datasets.shapes import Shapes
from core.experiment import Experiment
from core.experiment.frozen import kept_part
from core.experiment.presets import load_preset
from core.layers.mobilenet_v2 import MobileNetV2
from core.layers.pooling import GlobalAveragePooling2D
from core.layers.reshaping import Flatten
from core.lens.draws import next_batch
from core.lens.process import ask
from core.optimization.class_weights import Own
from core.problems import Context, Facts
from core.spec import kinds
from core.training.steps import Steps

NOISE = np.random.default_rng(4).integers(0, 256, (16, 20, 28, 3)).astype(np.float32)
EYE = np.eye(16, dtype=np.float32)


# ---- what each operation draws, against the outside


def test_mixup_draws_shares_of_a_beta_distribution_and_mixes_labels_as_pictures():
    images, shares = np.eye(600, dtype=np.float32).reshape(600, 1, 600, 1) * 255, np.eye(600, dtype=np.float32)
    mixed, labels = map(np.asarray, RandomChanges([MixUp(alpha=0.4)], 2).batch(images, shares))

    np.testing.assert_allclose(mixed.reshape(600, 600) / 255, labels, atol=1e-5)
    np.testing.assert_allclose(labels.sum(1), 1, atol=1e-5)
    own = np.diagonal(labels)[(labels > 0).sum(1) == 2]
    assert kstest(own, beta(0.4, 0.4).cdf).pvalue > 0.01


def test_cutmix_shares_are_what_is_seen_of_each_picture():
    images = np.broadcast_to(np.arange(40, dtype=np.float32)[:, None, None, None], (40, 64, 96, 1))
    mixed, labels = map(np.asarray, RandomChanges([CutMix()], 5).batch(images, np.eye(40, dtype=np.float32)))

    seen = np.stack([(mixed == one).mean(axis=(1, 2, 3)) for one in range(40)], axis=1)
    assert ((seen > 0).sum(axis=1) <= 2).all() and (seen.max(axis=1) < 1).sum() > 10
    np.testing.assert_allclose(seen, labels, atol=0.03)  # a box ends between pixels


def test_hue_turns_the_colour_circle_evenly_either_way():
    red = np.broadcast_to(np.float32([200, 40, 40]), (500, 1, 1, 3))
    turned = np.asarray(RandomChanges([RandomHue(factor=0.5)], 3)(red)).reshape(500, 3) / 255
    hues = np.array([colorsys.rgb_to_hsv(*one) for one in turned])

    round_the_circle = (hues[:, 0] + 0.5) % 1 - 0.5
    assert kstest(round_the_circle, "uniform", args=(-0.25, 0.5)).pvalue > 0.01
    np.testing.assert_allclose(hues[:, 1:], [[0.8, 200 / 255]] * 500, atol=1e-4)


@pytest.mark.parametrize("factor", [0.4, 1.0])
def test_saturation_is_drawn_either_side_of_what_it_is_and_never_leaves_the_range(factor):
    given = np.broadcast_to(np.float32([200, 150, 150]), (500, 1, 1, 3))
    changed = np.asarray(RandomChanges([RandomSaturation(factor=factor)], 3)(given)).reshape(500, 3)
    saturation = np.array([colorsys.rgb_to_hsv(*one)[1] for one in changed / 255])

    drawn = saturation / 0.25 / (1 + saturation / 0.25)  # Keras: times f / (1 - f)
    inside = saturation < 0.999
    assert drawn.min() == pytest.approx(0.5 - factor / 2, abs=0.02)
    assert drawn[inside].max() == pytest.approx(min(0.5 + factor / 2, 0.8), abs=0.02)
    assert changed.min() >= 0 and changed.max() <= 200.001


def test_noise_has_its_standard_deviation_and_ends_at_black_and_white():
    grey, black = np.full((4, 50, 50, 3), 128, np.float32), np.zeros((4, 50, 50, 3), np.float32)
    noise = RandomChanges([RandomGaussianNoise(stddev=0.1)], 1)

    assert np.std(noise(grey)) == pytest.approx(25.5, rel=0.02) and np.mean(noise(grey)) == pytest.approx(128, abs=0.5)
    assert np.min(noise(black)) == 0 and np.max(noise(grey + 120)) == 255
    keras_own = keras.layers.GaussianNoise(0.1, seed=1)(grey / 255, training=True) * 255
    np.testing.assert_allclose(RandomChanges([RandomGaussianNoise(stddev=0.1)], 1)(grey), keras_own, atol=1e-3)


def test_a_blur_is_a_bell_of_the_width_that_is_told():
    blur = RandomGaussianBlur(sigma=1.5, factor=0.5, kernel_size=9)
    drawn = RandomChanges([blur], 6).parts[0].drawn(NOISE)
    done = alone(blur, NOISE, 6)
    wide = [np.exp(-0.5 * (np.arange(-4, 5) / sigma) ** 2) for sigma in np.asarray(drawn["blur_factor"])]
    across, down = (one / one.sum() for one in wide)  # Keras lays the first along the rows

    for image, changed, words in zip(NOISE, done.images, done.words, strict=True):
        expected = ndimage.correlate1d(ndimage.correlate1d(image, down, 0, mode="constant"), across, 1, mode="constant")
        np.testing.assert_allclose(changed, expected if words else image, atol=0.01)
    assert 0 < sum(map(bool, done.words)) < 16
    assert {one[0] for one in done.words if one} == {"blurred by {:.1f} x {:.1f} px".format(*drawn["blur_factor"])}


def test_erasing_takes_boxes_as_often_and_as_large_as_it_says():
    images = np.full((1000, 40, 40, 1), 300, np.float32)  # no value that fills a box
    done = alone(RandomErasing(factor=0.3, scale=0.2), images, 7)
    gone = (done.images != 300).mean(axis=(1, 2, 3))

    assert (gone > 0).mean() == pytest.approx(0.3, abs=0.05)
    assert gone.max() <= 0.25 and gone[gone > 0].min() > 0.01  # 0.02 to 0.2, and what falls between pixels
    assert [bool(words) for words in done.words] == (gone > 0).tolist()
    assert done.images[gone > 0].min() >= 0


def test_rand_augment_tells_the_operations_that_keras_drew():
    layer = keras.layers.RandAugment(num_ops=3, seed=9)
    places = np.asarray(layer.get_random_transformation(NOISE)["layer_idxes"])
    [words] = alone(RandAugment(num_ops=3), NOISE, 9).words[0]

    assert words.split(", then ") == [
        layer._AUGMENT_LAYERS[one].removeprefix("random_").replace("_", " ") for one in places
    ]


@pytest.mark.parametrize("kind", kinds(Augmentation).values(), ids=kinds(Augmentation))
def test_what_is_told_is_what_training_does_and_every_rung_keeps_the_range(kind):
    change = kind()
    done, trained = alone(change, NOISE, 8), RandomChanges([change], 8).batch(NOISE, EYE)

    np.testing.assert_allclose(done.images, trained[0], atol=1e-3)
    np.testing.assert_allclose(done.shares, trained[1], atol=1e-6)
    assert any(done.words) and (done.images != NOISE).any()
    for value in kind.ladder()[::3]:
        stronger = alone(change, NOISE, 8, value).images
        assert stronger.min() >= -1e-3 and stronger.max() <= 255.001, value
    assert list(kind.ladder()) == sorted(set(kind.ladder())) and (kind.ladder() or kind.mixes or kind is RandomFlip)


def test_words_name_the_way_that_a_picture_went():
    dot = np.zeros((8, 41, 41, 1), np.float32)
    dot[:, 20, 30] = 255
    for change, ways in {
        RandomRotation(factor=0.25): {"turned 90° to the left": (10, 20), "turned 90° to the right": (30, 20)},
        RandomTranslation(height_factor=0.0, width_factor=5 / 41): {"moved 5 px right": (20, 35),
                                                                    "moved 5 px left": (20, 25)},
        RandomFlip(): {"mirrored left to right": (20, 10)},
        RandomZoom(height_factor=0.5): {"zoomed to 200%": (20, 40), "zoomed to 67%": (20, 27)},
    }.items():  # fmt: skip
        done = alone(change, dot, 1, whole=True)
        seen = {
            words[0]: np.unravel_index(one.argmax(), (41, 41, 1))[:2]
            for words, one in zip(done.words, done.images, strict=True)
        }
        assert seen == ways


def test_outside_is_where_something_had_to_be_filled_in():
    white = np.full((30, 24, 36, 1), 255, np.float32)
    turns = RandomRotation(factor=0.3, fill_mode="constant")
    for changes in ([turns], [turns, RandomTranslation(fill_mode="constant", width_factor=0.4)]):
        done = told(RandomChanges(changes, 2), white)
        assert 0.05 < done.outside.mean() < 0.6
        assert (done.outside == (done.images[..., 0] < 120)).mean() > 0.985  # a corner cut in two is one or the other


# ---- where a label becomes untrue


def said(change, *classes, signs=False, channels=3):
    context = Context(Facts((8, 8, channels), classes, 10), signs=signs)
    return [(one.message, one.blocking) for one in change.problems(context)]


def test_an_operation_says_which_label_it_makes_untrue_and_only_then():
    digits = tuple("0123456789")
    assert "a 6 is nearer to a 9 than to a 6" in said(RandomRotation(factor=0.4), *digits, signs=True)[0][0]
    assert "lies rather than stands" in said(RandomRotation(factor=0.2), *digits)[0][0]
    assert "lies rather than stands" in said(RandomRotation(factor=0.4), "A", "B", signs=True)[0][0]
    assert "a 2 is no 2 any more" in said(RandomFlip(), *digits)[0][0]
    assert "shows right, and its label stays “turn left”" in said(RandomFlip(), "turn left", "ahead")[0][0]
    assert "what is red gets another colour" in said(RandomHue(factor=0.5), "red car", "blue car")[0][0]
    assert said(RandomHue(), "red", "blue", channels=1) == [
        ("RandomHue: these pictures are grey, and have no colour to change.", True)
    ]
    for change in (RandomRotation(factor=0.05), RandomHue(factor=0.05), RandomTranslation(), MixUp(), CutMix()):
        assert said(change, *digits, "red", "left", signs=True) == []
    for kind in kinds(Augmentation).values():
        assert said(kind(), "cats", "dogs") == []


# ---- training


def network(classes):
    keras.utils.set_random_seed(3)
    image = keras.Input((20, 28, 3))
    values = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(image))
    return keras.Model(
        image, keras.layers.Dense(max(1, classes), activation="softmax" if classes else "sigmoid")(values)
    )


@pytest.mark.parametrize(
    ("classes", "loss", "parts"), [(3, "categorical_crossentropy", 2), (0, "binary_crossentropy", 1)]
)
def test_a_step_learns_from_shares_as_keras_does_and_accuracy_counts_the_larger(classes, loss, parts):
    weighed = np.float32([1.0, 3.0, 0.5])[: classes or 2]
    ours, theirs, mix = network(classes), network(classes), [MixUp(alpha=1.0), CutMix()]
    labels, count = np.arange(16) % len(weighed), len(weighed)
    steps = Steps(ours, RandomChanges(mix, 5), keras.optimizers.SGD(0.1), loss, count, weighed, parts)
    ours_lost, right = steps.train_chunk(NOISE.astype(np.uint8), labels, 16, np.float32([0.1]))

    images, shares = RandomChanges(mix, 5).batch(NOISE, np.eye(count, dtype=np.float32)[labels])
    shares = np.asarray(shares)
    answers = theirs.predict(np.asarray(images), verbose=0)
    chosen = answers.argmax(1) if classes else (answers[:, 0] > 0.5).astype(int)
    theirs.compile(keras.optimizers.SGD(0.1), loss=loss)
    target = shares if classes else shares[:, 1:]
    lost = theirs.train_on_batch(np.asarray(images), target, sample_weight=shares @ weighed)

    assert ((shares > 0).sum(1) > 1).sum() > 8 and shares.max(1).min() < 0.8
    assert float(ours_lost[0]) == pytest.approx(float(lost), rel=1e-4)
    assert int(right[0]) == (chosen == shares.argmax(1)).sum()
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)
    before = steps.evaluate_batch(NOISE.astype(np.uint8), labels)  # as ever, of whole pictures
    assert int(before[1]) == steps.count_right(keras.ops.convert_to_tensor(labels), before[2])


def test_a_mixed_picture_is_answered_among_the_classes_of_both():
    import tensorflow as tf

    allowed = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]], bool)
    own = SimpleNamespace(allowed=tf.constant(allowed))
    shares = tf.constant([[0.7, 0.3, 0, 0], [0.5, 0, 0.5, 0], [0, 0, 0, 1.0]])

    assert Steps._allowed(own, shares).numpy().tolist() == [[1, 1, 0, 0], [1, 1, 1, 1], [0, 0, 1, 1]]


def mixing(classes, **training):
    experiment = load_preset("shapes-cnn")
    return experiment.edited(
        dataset=Shapes(count=60, image_size=16, classes=classes),
        layers=(Flatten(),),
        augmentations=(MixUp(alpha=1.0), RandomFlip(), CutMix()),
        training=experiment.training.edited(**{"batch_size": 16, "epochs": 1} | training),
    )


@pytest.mark.parametrize("classes", [2, 3])
def test_the_script_mixes_and_measures_as_the_app_does(classes, tmp_path, monkeypatch):
    from tests.test_codegen import run_script, trained_by_the_app

    weighed = Own(values=(1.0, 2.0, 0.5)[:classes])
    experiment = mixing(classes, class_weight=weighed, optimizer=load_preset("digits-cnn").training.optimizer)
    ours, measured = trained_by_the_app(experiment), run_script(experiment, tmp_path)["history"].history

    for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
        np.testing.assert_allclose(measured[name][0], ours[0][name], rtol=2e-4, atol=1e-5)
    assert "the same random changes" in script(experiment)


def test_shares_need_a_loss_that_reads_them_and_images_not_features():
    mixed = mixing(3)
    assert mixed.loss(mixed.dataset.facts()) == "categorical_crossentropy"
    off = mixed.edited(augmentations=tuple(one.edited(on=False) for one in mixed.augmentations))
    assert off.loss(off.dataset.facts()) == "sparse_categorical_crossentropy" and not off.mixes
    assert mixing(2).loss(mixing(2).dataset.facts()) == "binary_crossentropy"

    single = [one.message for one in mixing(3, batch_size=1).problems()]
    assert "MixUp mixes images of one batch, and a batch has one image." in single
    assert not [one for one in mixed.problems() if one.where == "augmentation"]

    photos = Experiment(dataset=Shapes(image_size=96), layers=(MobileNetV2(alpha=0.35), GlobalAveragePooling2D()))
    kept = photos.edited(training=photos.training.edited(feature_draws=3), augmentations=(RandomFlip(),))
    parts = [kept_part(one, one.trace(one.dataset.facts())) for one in (kept, kept.edited(augmentations=(MixUp(),)))]
    assert parts[0] is not None and parts[1] is None


def test_the_next_batch_is_the_very_one_that_the_run_learns_from():
    experiment = mixing(3)
    data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
    order = np.random.default_rng([experiment.seed, 1]).permutation(data.train)
    changes = build_augmentation(experiment)
    for start in (0, 16):
        at = order[start : start + 16]
        eye = np.eye(3, dtype=np.float32)[data.labels[at]]
        images, shares = map(np.asarray, changes.batch(data.images[at].astype(np.float32), eye))
    found = next_batch(experiment, 1)

    assert (found["number"], found["count"]) == (1, -(-len(order) // 16)) and found["positions"].tolist() == at.tolist()
    np.testing.assert_array_equal(found["images"], np.clip(np.rint(images), 0, 255))
    np.testing.assert_allclose(found["shares"], shares, atol=1e-6)
    assert (found["labels"] == data.labels[at]).all() and len(found["words"]) == len(found["outside"]) == 16


def test_the_process_of_the_lens_answers_for_one_change_alone_and_for_a_batch():
    pixels, change = NOISE.astype(np.uint8), RandomRotation(on=False, fill_mode="constant")
    request = {"question": "alone", "change": change.model_dump(mode="json"), "shape": pixels.shape, "seed": 3}
    weak, far = (ask(request | {"value": value, "whole": True}, pixels.tobytes()) for value in (0.0, 0.125))

    np.testing.assert_array_equal(weak["images"], pixels)
    assert weak["outside"].sum() == 0 and weak["words"] == [[]] * 16
    assert {one[0] for one in far["words"]} == {"turned 45° to the left", "turned 45° to the right"}
    assert (far["images"][far["outside"] == 1].max(axis=1) < 200).mean() > 0.9
    batch = ask({"question": "batch", "experiment": mixing(3).model_dump(mode="json"), "number": 2}, b"")
    assert batch["shares"].shape == (16, 3) and batch["number"] == 2
