"""Advice while building: it speaks where it is true, stays silent where it is not, and what it offers mends it."""

import numpy as np
import pytest

from core.advice import AdviceRule, advice_on
from core.advice.dropout_at_the_end import noise
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.node import Node
from core.experiment.presets import load_preset, presets
from core.experiment.reading import read_experiment, read_link
from core.layers.activation import Activation
from core.layers.convolution import Conv2D, DepthwiseConv2D
from core.layers.dense import Dense
from core.layers.joining import Add, Multiply
from core.layers.mobilenet_v2 import MobileNetV2
from core.layers.pooling import AveragePooling2D, GlobalAveragePooling2D, MaxPooling2D
from core.layers.regularization import BatchNormalization, Dropout, SpatialDropout2D
from core.layers.reshaping import Flatten
from core.layers.residual import ResidualBlock
from core.optimization.optimizers import RMSprop
from core.spec import kinds
from pages.components.frame import undoing
from pages.components.network.advice_notes import answered
from tests.saved import here

LINEAR = Conv2D(filters=8, padding="same", activation="linear")
RELU = Conv2D(filters=8, padding="same", activation="relu")
WIDE = Conv2D(filters=64, kernel_size=1, padding="same")
THIN = Conv2D(kernel_size=(1, 15), padding="same")
BN, POOL, GAP, FLAT = BatchNormalization(), MaxPooling2D(), GlobalAveragePooling2D(), Flatten()
DEEP = (RELU, POOL, RELU, POOL, RELU)
"""Sees all of a picture of 8x8."""
SKIP = (Node(id="a", layer=RELU), Node(id="b", layer=LINEAR), Node(id="sum", layer=Add(), inputs=("a", "b")))


def digits(*layers, **training):
    """A network for the digits of 8x8."""
    experiment = Experiment(nodes=layers)
    return experiment.edited(training=experiment.training.edited(**training)) if training else experiment


def shapes(*layers, classes=6, image_size=32, **training):
    """A network for coloured shapes, of 32x32 unless told."""
    experiment = Experiment(dataset=Shapes(classes=classes, image_size=image_size), nodes=layers)
    return experiment.edited(training=experiment.training.edited(**training))


BASE = MobileNetV2(alpha=0.35)
LEARNS = BASE.edited(trainable_from="block_16_expand")


def photos(*layers, rate=0.001, image_size=96, **training):
    """A network for few larger pictures, which begins with a base."""
    experiment = shapes(*layers, image_size=image_size, optimizer=RMSprop(learning_rate=rate), **training)
    return experiment.edited(dataset=experiment.dataset.edited(count=300))


SPEAKS = {
    "base_rate": {"from the first step": (photos(LEARNS, GAP, rate=0.01), "mobile_netv2_1", "learn at a rate of 0.01")},
    "base_head": {
        "a long list": (photos(BASE, FLAT, Dense(units=64)), "flatten_1", "fresh parameters learn from 300 pictures"),
        "convolutions": (photos(BASE, RELU.edited(filters=64), GAP), "conv2d_1", "Behind MobileNetV2 #1"),
    },
    "base_images": {"of 64": (photos(BASE, GAP, image_size=64), "mobile_netv2_1", "these are 64×64 px")},
    "no_activation": {
        "two convolutions": (digits(LINEAR, RELU, FLAT), "conv2d_1", "one 5x5 convolution (but for the border)"),
        "valid ones": (digits(Conv2D(activation="linear"), Conv2D(kernel_size=5), FLAT), "conv2d_1", "one 7x7 conv"),
        "one spread": (digits(LINEAR.edited(dilation_rate=2), WIDE, FLAT), "conv2d_1", "one 5x5 convolution."),
        "a step of 2": (digits(LINEAR.edited(strides=2), RELU, FLAT), "conv2d_1", "one 7x7 convolution"),
        "means between": (digits(LINEAR, AveragePooling2D(), RELU, FLAT), "conv2d_1", "one linear step"),
        "batch norm between": (digits(LINEAR, BN, RELU, FLAT), "conv2d_1", "one linear step"),
        "two Dense": (digits(FLAT, Dense(units=9, activation="linear"), Dense(units=20)), "dense_1", "one Dense"),
        "the last layer": (digits(RELU, FLAT, Dense(units=30, activation="linear")), "dense_1", "the last layer"),
    },
    "dropout_before_batch_norm": {
        "directly": (digits(RELU, Dropout(rate=0.5), BN, FLAT), "dropout_1", "BatchNormalization #3"),
        "a layer between": (digits(RELU, Dropout(), LINEAR, BN, Activation(), FLAT), "dropout_1", "Batch"),
        "at two of them": (digits(Dropout(), LINEAR, BN, Activation(), LINEAR, BN, FLAT), "dropout_1", "#3"),
    },
    "batch_norm_order": {
        "behind": (digits(RELU, BN, RELU, BN, FLAT), "batch_normalization_1", "order layer, activation, batch norm"),
        "before": (digits(LINEAR, BN, Activation(), FLAT), "batch_normalization_1", "order layer, batch norm, act"),
    },
    "softmax_inside": {
        "maps": (digits(RELU.edited(activation="softmax"), FLAT), "conv2d_1", "its 8 maps, at each place,"),
        "on its own": (digits(FLAT, Activation(activation="softmax")), "activation_1", "64 values into one sum of 1"),
    },
    "flatten_dense": {
        "hidden": (digits(RELU, FLAT, Dense(units=128)), "dense_1", "holds 98 % of all parameters: 65 664 of 67 034"),
        "the last layer": (shapes(RELU, FLAT), "head", "The last layer holds 99.5 %"),
    },
    "small_field": {
        "one": (digits(RELU, GAP), "global_average_pooling2d_1", "has seen 3x3 px of the 8x8 px picture"),
        "wide and low": (digits(THIN, GAP), "global_average_pooling2d_1", "has seen 1x8 px of the 8x8 px picture"),
        "of colour": (shapes(*DEEP, GAP), "global_average_pooling2d_1", "18x18 px of the 32x32 px"),
    },
    "small_batches": {
        "of seven": (digits(RELU, BN, FLAT, batch_size=7), "batch_normalization_1", "a batch of 7 pictures only"),
        "of one": (digits(FLAT, Dense(units=8), BN, batch_size=1), "batch_normalization_1", "a batch of 1 picture"),
        "in a base": (photos(LEARNS.edited(training=True), GAP, batch_size=4), "mobile_netv2_1", "in MobileNetV2 #1"),
        "in a block": (digits(ResidualBlock(), FLAT, batch_size=4), "residual_block_1", "in ResidualBlock #1 measures"),
    },
    "dropout_at_the_end": {
        "of few": (digits(FLAT, Dense(units=16), Dropout(rate=0.5)), "dropout_1", "about 8 of 16 in every step"),
        "of whole maps": (
            digits(RELU, SpatialDropout2D(rate=0.5), FLAT),
            "spatial_dropout2d_1",
            "silences maps of the answer itself: about 4 of 8 in every step",
        ),
        "of means": (digits(*DEEP, GAP, Dropout(rate=0.5)), "dropout_1", "about 4 of 8 in every step"),
    },
    "compile_row": {
        "one unit for ten": (digits(RELU, FLAT, loss="binary_crossentropy"), "head", "for two classes; this dataset"),
        "two for two": (shapes(FLAT, classes=2, loss="categorical_crossentropy"), "head", "say the same thing twice"),
    },
}
SILENT = {
    "base_rate": [photos(BASE, GAP, rate=0.1), photos(LEARNS, GAP, rate=1e-4), photos(RELU, GAP, rate=0.1)],
    "base_head": [photos(BASE, GAP, Dense(units=64)), photos(LEARNS, GAP), photos(RELU, FLAT, Dense(units=64))],
    "base_images": [photos(BASE, GAP), shapes(RELU, GAP)],
    "no_activation": [
        digits(RELU, RELU, FLAT),
        digits(LINEAR, POOL, LINEAR, POOL, FLAT),  # the largest of four is no linear map
        digits(LINEAR, BN, Activation(), RELU, FLAT),
        digits(DepthwiseConv2D(activation="linear"), Conv2D(filters=9, kernel_size=1), FLAT),  # a separable one
        digits(RELU, Conv2D(filters=2, kernel_size=1, activation="linear"), RELU, FLAT),  # a product of thin matrices
        digits(*SKIP, Node(id="act", layer=Activation()), Node(id="flat", layer=FLAT)),
    ],
    "dropout_before_batch_norm": [digits(RELU, BN, Dropout(), FLAT), digits(RELU, Dropout(rate=0.0), BN, FLAT)],
    "batch_norm_order": [
        digits(RELU, POOL, BN, FLAT),
        digits(BN, RELU, FLAT),
        digits(RELU, BN, ResidualBlock(filters=8), FLAT),  # the block has the other one
    ],
    "softmax_inside": [
        digits(RELU, FLAT),
        digits(
            Node(id="a", layer=RELU),
            Node(id="b", layer=RELU.edited(activation="softmax")),
            Node(id="product", layer=Multiply(), inputs=("a", "b")),
            Node(id="flat", layer=FLAT),
        ),
    ],
    "flatten_dense": [digits(FLAT, Dense(units=512)), digits(RELU, FLAT), digits(*DEEP, GAP, Dense(units=4096))],
    "small_field": [digits(*DEEP, GAP), digits(RELU, FLAT), digits(RELU, FLAT, Dense(units=8))],
    "small_batches": [
        digits(RELU, BN, FLAT, batch_size=8),
        digits(RELU, FLAT, batch_size=2),
        photos(LEARNS, GAP, batch_size=2),
    ],
    "dropout_at_the_end": [
        digits(FLAT, Dense(units=128), Dropout(rate=0.5)),
        digits(FLAT, Dropout(rate=0.5), Dense(units=16)),
        digits(RELU, Dropout(rate=0.5), GAP),  # each mean is of 64 values
    ],
    "compile_row": [digits(RELU, FLAT, loss="categorical_crossentropy"), shapes(FLAT, classes=2)],
}
CASES = [(rule, *case) for rule, cases in SPEAKS.items() for case in cases.values()]
NAMES = [f"{rule}, {name}" for rule, cases in SPEAKS.items() for name in cases]


def usual(words):
    """Words with spaces of the usual kind."""
    return words.replace("\u202f", " ").replace("\u00a0", " ")


def said(experiment, rule=""):
    """The advice on an experiment, of one rule if it is named."""
    return [one for one in advice_on(experiment, experiment.dataset.facts()) if rule in ("", one.rule)]


def test_every_rule_has_its_own_name_and_networks_where_it_speaks_and_where_it_is_silent():
    names = [rule.name for rule in kinds(AdviceRule).values()]

    assert len(set(names)) == len(names)
    assert set(names) == set(SPEAKS) == set(SILENT)


@pytest.mark.parametrize(("rule", "experiment", "row", "words"), CASES, ids=NAMES)
def test_advice_speaks_of_the_row_and_each_of_its_fixes_leaves_none_and_a_network_that_can_be(
    rule, experiment, row, words
):
    (advice,) = said(experiment, rule)

    assert (advice.row, words in usual(advice.sentence)) == (row, True), advice.sentence
    assert advice.why.endswith(".")
    assert advice.fixes
    for fix in advice.fixes:
        mended = fix.make()
        assert mended.trace(mended.dataset.facts()).broken is None
        left = said(mended, rule)
        if "Add MaxPooling2D before" in fix.label:  # fewer parameters, though perhaps still most of them
            assert _parameters(experiment) > _parameters(mended)
        else:
            assert not left, fix.label
        told = {one.rule for one in said(mended)} - {one.rule for one in said(experiment)}
        assert told <= {"batch_norm_order", "small_field", "flatten_dense"}, (fix.label, told)


def _parameters(experiment):
    return experiment.trace(experiment.dataset.facts()).parameters


@pytest.mark.parametrize("rule", SILENT)
def test_advice_is_silent_where_it_would_not_be_true(rule):
    assert [said(experiment, rule) for experiment in SILENT[rule]] == [[]] * len(SILENT[rule])


@pytest.mark.parametrize("name", presets())
def test_presets_are_given_no_advice_but_what_they_are_there_to_show(name):
    told = said(load_preset(name))

    lessons = ("horse-or-human-300", "horse-or-human-300-five", "horse-or-human-150", "rock-paper-scissors")
    assert [advice.rule for advice in told] == (["flatten_dense"] if name in lessons else [])
    assert all(fix.make().trace(load_preset(name).dataset.facts()).broken is None for one in told for fix in one.fixes)


def test_parameters_that_a_fix_spares_are_told_exactly():
    (advice,) = said(digits(RELU, FLAT, Dense(units=128)), "flatten_dense")

    assert [usual(fix.label) for fix in advice.fixes] == [
        "Use GlobalAveragePooling2D: 64 512 parameters fewer",
        "Add MaxPooling2D before Flatten: 49 152 parameters fewer",
    ]


def test_both_orders_are_offered_and_who_chose_one_is_not_asked_again():
    network = digits(RELU, BN, RELU, BN, FLAT)
    (fix,) = said(network, "batch_norm_order")[0].fixes
    turned = fix.make()

    assert [layer.short() for layer in turned.layers] == ["Conv 8", "BatchNorm", "relu"] * 2 + ["Flatten"]
    assert [one.activation for one in turned.layers[::3][:2]] == ["linear", "linear"]
    (back,) = said(turned.edited(declined=()), "batch_norm_order")[0].fixes
    assert back.make().canonical().layers == network.layers


def test_declined_advice_stays_declined_in_json_and_link_and_trains_alike():
    network = digits(Node(id="mine", layer=LINEAR), Node(id="next", layer=RELU), Node(id="flat", layer=FLAT))
    (advice,) = said(network, "no_activation")
    declined = network.edited(declined=(advice.key,))

    assert advice.key == "no_activation:mine"
    assert not said(declined, "no_activation")
    assert read_experiment(declined.to_json()) == declined
    linked = read_link(declined.to_link())
    assert (linked.declined, said(linked, "no_activation")) == (("no_activation:conv2d_1",), [])
    assert declined.is_same(network)
    assert "declined" not in network.to_json()
    again = declined.edited(nodes=declined.nodes[1:])
    assert again.declined == ()  # it was about a layer that is gone


def test_declined_advice_stays_declined_in_a_run_and_its_copy_and_undo_says_what_it_brings_back():
    network = digits(Node(id="mine", layer=LINEAR), Node(id="next", layer=RELU), Node(id="flat", layer=FLAT))
    declined = answered(network, "decline", "mine", "no_activation:mine", None)
    copied = here().create(declined).experiment  # what "Edit a copy" takes into the editor

    assert not said(copied, "no_activation")
    assert not said(copied.edited(name="A copy", seed=1), "no_activation")
    assert undoing.changed(network, declined) == "declined advice"


AT_THE_EDGE = {
    "batch norm with batches under 8": ("small_batches", lambda n: digits(RELU, BN, FLAT, batch_size=n), 7, 8),
    "a Dense that holds 90 %": (  # 13 000 of 14 286, of 14 497
        "flatten_dense",
        lambda n: digits(Conv2D(filters=1, padding="same"), FLAT, Dense(units=200), Dense(units=n)),
        6,
        7,
    ),
    "a field of two thirds": (  # 19 and 20 of 30 px
        "small_field",
        lambda n: shapes(Conv2D(kernel_size=11), Conv2D(kernel_size=n), GAP, image_size=30),
        9,
        10,
    ),
    "dropout that shakes by a fifth": (
        "dropout_at_the_end",
        lambda n: digits(FLAT, Dense(units=n), Dropout(rate=0.5)),
        25,
        26,
    ),
}


@pytest.mark.parametrize(("rule", "network", "speaks", "silent"), AT_THE_EDGE.values(), ids=AT_THE_EDGE)
def test_a_threshold_lies_where_it_is_said_to(rule, network, speaks, silent):
    assert [bool(said(network(value), rule)) for value in (speaks, silent)] == [True, False]


def test_an_answer_from_the_page_is_taken_once_and_only_for_advice_that_is_given():
    network = digits(LINEAR, RELU, FLAT)
    key = "no_activation:conv2d_1"
    followed = answered(network, "follow", "conv2d_1", key, 0)

    assert followed.layers[0].activation == "relu"
    assert answered(network, "decline", "conv2d_1", key, None).declined == (key,)
    for wrong in (("follow", "conv2d_1", key, 9), ("follow", "conv2d_2", key, 0), ("decline", "conv2d_1", "x", None)):
        with pytest.raises(UserError, match="changed meanwhile"):
            answered(network, *wrong)
    with pytest.raises(UserError, match="changed meanwhile"):
        answered(followed, "follow", "conv2d_1", key, 0)


def test_a_network_that_can_not_be_is_given_no_advice():
    assert said(digits(LINEAR, RELU, POOL, POOL, POOL, POOL, FLAT)) == []


def test_two_linear_convolutions_are_one_of_their_common_size():
    from scipy.signal import convolve, correlate

    draw = np.random.default_rng(1)
    image, first, second = draw.normal(size=(9, 9)), draw.normal(size=(3, 3)), draw.normal(size=(3, 3))
    twice = correlate(correlate(image, first, "valid"), second, "valid")

    np.testing.assert_allclose(twice, correlate(image, convolve(first, second), "valid"), atol=1e-12)


def test_dropping_values_makes_their_variance_as_much_larger_as_is_told():
    draw = np.random.default_rng(2)
    for values in (draw.normal(size=400_000), np.maximum(draw.normal(size=400_000), 0)):
        dropped = values * (draw.random(len(values)) < 0.5) / 0.5
        # E[x²]/(1 - rate) - E[x]²: exactly 2 times around zero, more elsewhere
        assert dropped.var() / values.var() > 1.98
    (advice,) = said(digits(RELU, Dropout(rate=0.2), BN, FLAT), "dropout_before_batch_norm")
    assert "at least 1.25 times as large" in advice.why
    fifth = draw.normal(size=400_000) * (draw.random(400_000) < 0.8) / 0.8
    assert fifth.var() == pytest.approx(1.25, rel=0.02)
    assert noise(0.5, 16) == 0.25
    masks = (draw.random((20_000, 16)) < 0.5) / 0.5
    assert masks.sum(1).std() / 16 == pytest.approx(0.25, rel=0.03)
    maps = np.repeat(masks, 64, 1)  # 16 maps of 8x8 that go as a whole shake the sum as 16 values do
    assert maps.mean(1).std() == pytest.approx(noise(0.5, 16), rel=0.03)
