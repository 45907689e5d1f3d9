"""Attributions against what they claim: small steps, formulas written down again, images covered by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from core import datasets
from core.build.model import INPUT, build_model
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.node import IMAGE, Node
from core.figures.overlay import MOST, TEAL, over
from core.layers.activation import Activation
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.joining import Add
from core.layers.pooling import GlobalAveragePooling2D, MaxPooling2D
from core.layers.regularization import BatchNormalization
from core.layers.reshaping import Flatten
from core.layers.small_base import SmallBase
from core.lens.attribution import Method
from core.lens.attribution.grad_cam import GradCAM, GradCAMPlusPlus, usual_layer
from core.lens.attribution.guided import GuidedBackpropagation
from core.lens.attribution.integrated_gradients import IntegratedGradients
from core.lens.attribution.occlusion import Occlusion, cover_of
from core.lens.attribution.saliency import Saliency
from core.lens.attribution.smooth_grad import SmoothGrad
from core.lens.faithfulness import deleted, inserted, ranking
from core.lens.network import Network
from core.lens.outline import Outline
from core.lens.progress import heard_by
from core.lens.targets import ClassScore, Margin
from core.lens.where_from import WhereAnswersComeFrom
from core.lens.why import MARGIN, Explained, Why
from core.lens.why_checks import STEPS, Checked, WhyChecks, cuts, randomised
from core.spec import kinds

SMOOTH = {"activation": "tanh"}  # a small step tells the slope


def residual() -> tuple[Node, ...]:
    """A block around which its input is led."""
    layers = [
        ("begin", Conv2D(filters=4, padding="same", **SMOOTH), (IMAGE,)),
        ("inside", Conv2D(filters=4, padding="same", activation="linear"), ("begin",)),
        ("steady", BatchNormalization(), ("inside",)),
        ("sum", Add(), ("begin", "steady")),
        ("bend", Activation(activation="tanh"), ("sum",)),
        ("mean", GlobalAveragePooling2D(), ("bend",)),
    ]
    return tuple(Node(id=name, layer=layer, inputs=inputs) for name, layer, inputs in layers)


EXPERIMENTS = {
    "chain": Experiment(
        layers=(Conv2D(filters=4, **SMOOTH), MaxPooling2D(), Conv2D(filters=3, kernel_size=2, **SMOOTH), Flatten())
    ),
    "residual": Experiment(nodes=residual()),
    "sigmoid": Experiment(
        layers=(Conv2D(filters=4, **SMOOTH), Flatten(), Dense(units=5, **SMOOTH)),
        dataset=Shapes(classes=2, count=40, image_size=12),
    ),
    "base": Experiment(
        layers=(SmallBase(), GlobalAveragePooling2D()), dataset=Shapes(classes=3, count=40, image_size=48)
    ),
}
WITH_MAPS = [name for name in EXPERIMENTS if name != "base"]


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """One network of each kind with fresh weights."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERNELSCOPE_HOME", str(tmp_path_factory.mktemp("workspace")))
        yield {name: opened(experiment) for name, experiment in EXPERIMENTS.items()}


def opened(experiment):
    outline = Outline.of(experiment)
    return Network(outline, build_model(experiment, outline.facts))


def images_of(network, count=2):
    return np.array(datasets.load(network.experiment.dataset).images[3 : 3 + count])


def log_shares(network, images):
    """The logarithms of Keras' own probabilities; of one unit those of both classes."""
    shares = network.model(np.asarray(images, np.float32), training=False).numpy().astype(np.float64)
    return np.log(np.hstack([1 - shares, shares]) if shares.shape[1] == 1 else shares)


def margin(network, images, one=1, other=0):
    logs = log_shares(network, images)
    return logs[:, one] - logs[:, other]


@pytest.mark.parametrize("name", WITH_MAPS)
def test_saliency_is_the_steepest_slope_that_small_steps_find(name, networks):
    network = networks[name]
    images = images_of(network)
    maps = Saliency().attribute(network, images, Margin(1, 0))
    assert maps.shape == images.shape[:3]

    for image, found in zip(images.astype(np.float32), maps, strict=True):
        for place in np.argsort(-found.ravel())[[0, 3, 20]]:
            y, x = np.unravel_index(place, found.shape)
            slopes = []
            for channel in range(image.shape[2]):
                more, less = image.copy(), image.copy()
                more[y, x, channel] += 4
                less[y, x, channel] -= 4
                high, low = margin(network, np.stack([more, less]))
                slopes.append(abs(high - low) / 8)
            assert found[y, x] == pytest.approx(max(slopes), rel=0.03)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_integrated_gradients_add_up_to_the_whole_difference_from_black(name, networks):
    network = networks[name]
    images = images_of(network)
    for target in (Margin(1, 0), ClassScore(1, "probability"))[: 1 if name == "base" else 2]:
        maps = IntegratedGradients().attribute(network, images, target)
        read = (lambda of: np.exp(log_shares(network, of)[:, 1])) if isinstance(target, ClassScore) else None
        black, *here = (read or (lambda of: margin(network, of)))(np.concatenate([0 * images[:1], images]))

        np.testing.assert_allclose(maps.sum((1, 2)), np.array(here) - black, rtol=0.02)


@pytest.mark.parametrize("name", WITH_MAPS)
def test_integrated_gradients_are_what_small_steps_on_the_way_add_up_to(name, networks):
    network = networks[name]
    image = images_of(network, 1)[0].astype(np.float32)
    (found,) = IntegratedGradients(steps=64).attribute(network, image[None], Margin(1, 0))
    way = (np.arange(200) + 0.5)[:, None, None, None] / 200 * image
    for place in np.argsort(-np.abs(found).ravel())[:2]:
        y, x = np.unravel_index(place, found.shape)
        added = 0.0
        for channel in range(image.shape[2]):
            step = np.zeros_like(image)
            step[y, x, channel] = 4
            slopes = (margin(network, way + step) - margin(network, way - step)) / 8
            added += image[y, x, channel] * slopes.mean()
        assert found[y, x] == pytest.approx(added, rel=0.03)


def parts(network, images, layer, index):
    """The maps of a layer and the gradient of a logit with respect to them, by plain Keras and a tape."""
    head = network.model.layers[-1]
    both = keras.Model(network.model.input, [network.model.get_layer(layer).output, head.input])
    kernel, bias = (tf.constant(one) for one in head.get_weights())
    pixels = tf.constant(images.astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        maps, last = both(pixels, training=False)
        logits = last @ kernel + bias
        logit = logits[:, index] if logits.shape[1] > 1 else logits[:, 0] * (1 if index else -1)
    return maps.numpy().astype(np.float64), tape.gradient(logit, maps).numpy().astype(np.float64)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_grad_cam_is_its_formula_for_any_layer_and_class(name, networks):
    network = networks[name]
    images = images_of(network)
    layers = [row.name for row in network.outline.layers_with_maps]
    chosen = [(layers[0], 0), (layers[-1], 1)] if name != "base" else [(usual_layer(network.outline), 1)]
    for layer, index in chosen:
        maps, slopes = parts(network, images, layer, index)
        plain, sharper = [], []
        for a, g in zip(maps, slopes, strict=True):
            cam, cam_plus = np.zeros((2, *a.shape[:2]))
            for k in range(a.shape[2]):
                cam += g[..., k].mean() * a[..., k]
                total, weight = a[..., k].sum(), 0.0
                for slope in g[..., k].ravel():
                    below = 2 * slope**2 + total * slope**3
                    weight += (slope**2 / below if below else 0) * max(slope, 0)
                cam_plus += weight * a[..., k]
            plain.append(np.maximum(cam, 0))
            sharper.append(np.maximum(cam_plus, 0))
        for method, expected in ((GradCAM(layer=layer), plain), (GradCAMPlusPlus(layer=layer), sharper)):
            found = method.attribute(network, images, ClassScore(index))
            np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4 * np.max(expected))


def test_the_last_maps_before_pooling_are_weighed_unless_told(networks):
    assert [usual_layer(networks[name].outline) for name in EXPERIMENTS] == [
        *("conv2d_2", "activation_1", "conv2d_1"),
        networks["base"].rows[-3].name,
    ]


def test_guided_back_propagation_cuts_what_would_lower_a_unit_at_every_relu():
    layers = (Flatten(), Dense(units=6), Activation(activation="linear"), Dense(units=5, activation="relu6"))
    network = opened(Experiment(layers=layers))
    network.layers[3].bias.assign([7.0, 0, 0, 0, 0])  # beyond 6, where relu6 is flat
    images = images_of(network)
    (w1, b1), (w2, b2), (w3, _) = (network.model.layers[i].get_weights() for i in (3, 5, 6))
    found = GuidedBackpropagation().attribute(network, images, ClassScore(2))
    plain = network.gradients(images, ClassScore(2))[INPUT]

    for image, map_ in zip(images, found, strict=True):
        first = image.ravel() / 255 @ w1 + b1
        second = np.maximum(first, 0) @ w2 + b2
        back = np.where((second > 0) & (second < 6), np.maximum(w3[:, 2], 0), 0)
        back = np.where(first > 0, np.maximum(w2 @ back, 0), 0)
        np.testing.assert_allclose(map_.ravel(), w1 @ back / 255, rtol=1e-4, atol=1e-8)
    assert np.abs(found - plain[..., 0]).max() > 0.1 * np.abs(found).max()
    np.testing.assert_array_equal(network.gradients(images, ClassScore(2))[INPUT], plain)  # the rule is back


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_occlusion_is_what_predictions_of_covered_images_lose(name, networks):
    network = networks[name]
    image = images_of(network, 1)[0]
    method = Occlusion(places=4, size=0.3)
    (found,) = method.attribute(network, image[None], Margin(1, 0))
    edge = [image[y, x] for y in range(len(image)) for x in range(image.shape[1])
            if y in (0, len(image) - 1) or x in (0, image.shape[1] - 1)]  # fmt: skip
    corners = [image[0, 0], image[0, -1], image[-1, 0], image[-1, -1]]
    np.testing.assert_array_equal(cover_of(image), np.median([*edge, *corners], axis=0).astype(np.uint8))
    lost, covers = np.zeros(image.shape[:2]), np.zeros(image.shape[:2])
    side = round(0.3 * len(image))
    begins = [round(place * (len(image) - side) / 3) for place in range(4)]
    corners = [(top, left) for top in begins for left in begins]
    covered = np.stack([image] * len(corners))
    for one, (top, left) in zip(covered, corners, strict=True):
        one[top : top + side, left : left + side] = cover_of(image)
    whole, *scores = margin(network, np.concatenate([image[None], covered]))
    for (top, left), score in zip(corners, scores, strict=True):
        lost[top : top + side, left : left + side] += whole - score
        covers[top : top + side, left : left + side] += 1

    np.testing.assert_allclose(found, lost / covers, rtol=0.01, atol=1e-4 * np.abs(lost).max())


def test_the_squares_of_any_size_of_image_cover_it_all():
    for side, count in ((8, 7), (28, 15), (160, 15), (3, 2), (1, 1)):
        squares = Occlusion().squares(side, side)
        covered = np.zeros((side, side), bool)
        for down, across in squares:
            covered[down, across] = True
        assert covered.all()
        assert len(squares) == count**2


def test_smooth_grad_averages_the_gradients_of_noisy_copies(networks):
    network = networks["chain"]
    images = images_of(network)
    plain = Saliency().attribute(network, images, ClassScore(4))
    np.testing.assert_allclose(SmoothGrad(noise=0.0, copies=3).attribute(network, images, ClassScore(4)), plain, 1e-4)

    found = SmoothGrad(copies=40).attribute(network, images, ClassScore(4))
    noise = np.random.default_rng(0).normal(0, 0.15 * np.ptp(images[0]), (4000, *images[0].shape))
    slopes = network.gradients(images[0] + noise.astype(np.float32), ClassScore(4))["image"]
    expected = np.abs(slopes.mean(0)).max(-1)
    assert stats.pearsonr(found[0].ravel(), expected.ravel())[0] > 0.98
    assert found[0].mean() == pytest.approx(expected.mean(), rel=0.1)


def test_every_method_says_what_its_map_means_and_what_it_does_not():
    for kind in kinds(Method).values():
        assert kind.called and kind.measure and kind.paper
        assert kind.sentence().endswith(".") and kind.limits.endswith(".")


def test_the_lens_explains_the_class_that_is_asked_for_and_one_beside(networks):
    network = networks["chain"]
    images = images_of(network, 1)
    shares = network.answer(images)[1][0]
    first, second = np.argsort(-shares)[:2]
    found = Why(beside="7").fitted(network.outline).look(network, images)

    assert isinstance(found, Explained)
    assert [(side["index"], side["against"]) for side in found.sides] == [(first, None), (7, None)]
    assert list(found.sides[0]["maps"]) == [kind for kind in kinds(Method) if kind != "GuidedBackpropagation"]
    assert (found.layer, found.waiting) == ("conv2d_2", ())
    np.testing.assert_array_equal(
        found.sides[1]["maps"]["Saliency"], Saliency().attribute(network, images, ClassScore(7))[0]
    )
    rather = Why(about=MARGIN, layer="conv2d_1").fitted(network.outline).look(network, images)
    assert [(side["index"], side["against"]) for side in rather.sides] == [(first, second)]
    assert rather.sides[0]["score"] == pytest.approx(np.log(shares[first] / shares[second]), rel=1e-4)
    assert rather.sides[0]["maps"]["GradCAM"].shape == (6, 6)


@pytest.mark.parametrize("lens", [Why, WhyChecks])
def test_answers_that_are_no_numbers_are_not_explained(lens, networks):
    network = networks["chain"]
    lost = network.with_weights({one.path: np.full(one.shape, np.nan, np.float32) for one in network.model.weights})
    with pytest.raises(UserError, match="no numbers any more") as refused:
        lens().fitted(network.outline).look(lost, images_of(network, 1))
    assert refused.value.code == "LENS_NO_NUMBERS"


def test_without_maps_the_gradients_and_the_squares_explain_alone():
    network = opened(Experiment(layers=(Flatten(), Dense(units=6, activation="tanh"))))
    lens = Why(layer="conv2d_9").fitted(network.outline)
    found = lens.look(network, images_of(network, 1))

    assert list(found.sides[0]["maps"]) == ["Saliency", "SmoothGrad", "IntegratedGradients", "Occlusion"]
    assert (lens.layer, found.layer) == ("", "")
    assert "no layer of this network gives maps" in GradCAM.is_compatible(network.outline).reason
    assert "none" in GuidedBackpropagation.is_compatible(network.outline).reason


def test_a_large_network_is_explained_at_once_by_what_takes_one_gradient(monkeypatch):
    network = opened(Experiment(layers=(Conv2D(filters=2), Flatten())))
    monkeypatch.setattr("core.lens.why.MOMENT", 20 * network.outline.trace.multiply_adds)
    lens = Why().fitted(network.outline)
    found = lens.look(network, images_of(network, 1))

    assert list(found.sides[0]["maps"]) == ["Saliency", "GradCAM", "GradCAMPlusPlus", "GuidedBackpropagation"]
    assert found.waiting == ("SmoothGrad", "IntegratedGradients", "Occlusion")
    assert not lens.is_long(network.outline)
    rest = lens.edited(methods="Occlusion")
    assert rest.is_long(network.outline)
    assert list(rest.look(network, images_of(network, 1)).sides[0]["maps"]) == ["Occlusion"]


@pytest.mark.parametrize("name", ["chain", "sigmoid"])
def test_the_curves_of_a_map_are_the_predictions_as_its_pixels_go_and_come(name, networks):
    network = networks[name]
    images = images_of(network, 1)
    heard = []
    with heard_by(lambda done, total: heard.append((done, total))):
        found = WhyChecks().fitted(network.outline).look(network, images)
    assert isinstance(found, Checked)
    assert heard[-1][0] == heard[-1][1] and [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert found.index == log_shares(network, images)[0].argmax()
    for told in found.methods:
        order = ranking(told["maps"][0], *images.shape[1:3])
        for curve, way in (("deletion", deleted), ("insertion", inserted)):
            expected = np.exp(log_shares(network, way(images[0], order))[:, found.index])
            np.testing.assert_allclose(told[curve], expected, rtol=1e-3)
    assert found.deletion.shape == found.insertion.shape == (STEPS + 1,)
    np.testing.assert_allclose(found.deletion[[0, -1]], told["deletion"][[0, -1]], rtol=1e-4)  # whatever the order


@pytest.mark.parametrize("name", ["residual", "base"])
def test_weights_become_random_from_the_last_layer_on_and_the_network_keeps_its_own(name, networks):
    network = networks[name]
    images = images_of(network, 1)
    before, learnt = network.answer(images)[1], {one.path: one.numpy() for one in network.model.weights}
    groups = cuts(network)
    weighty = [layer.name for layer in network.layers if layer.weights]
    assert [one for group in groups for one in group] == weighty[::-1]
    assert len(groups) <= 6
    done = []
    for group, changed in zip(groups, randomised(network, groups), strict=True):
        done += group
        for one in changed.model.weights:
            layer, _, kind = one.path.partition("/")
            is_changed = not np.array_equal(one.numpy(), learnt[one.path])
            assert not is_changed or layer in done
            assert is_changed or layer not in done or kind != "kernel"
    np.testing.assert_allclose(network.answer(images)[1], before, rtol=1e-5)


def test_a_map_is_compared_with_those_of_random_weights(networks):
    network = networks["chain"]
    images = images_of(network, 1)
    found = WhyChecks(about="7").fitted(network.outline).look(network, images)
    saliency, signed = (
        next(told for told in found.methods if told["kind"] == kind) for kind in ("Saliency", "IntegratedGradients")
    )
    assert found.cuts == ("head", "conv2d_2", "conv2d_1")
    expected = [Saliency().attribute(network, images, ClassScore(7))[0]]
    expected += [Saliency().attribute(one, images, ClassScore(7))[0] for one in randomised(network, cuts(network))]
    np.testing.assert_allclose(saliency["maps"], expected, rtol=1e-4)
    assert saliency["spearman"] == pytest.approx(
        [stats.spearmanr(np.abs(expected[0]).ravel(), np.abs(one).ravel())[0] for one in expected[1:]], abs=1e-3
    )
    assert saliency["places"] == saliency["spearman"]
    first, *others = (one.ravel() for one in signed["maps"])
    assert signed["spearman"] == pytest.approx([stats.spearmanr(first, one)[0] for one in others], abs=1e-3)
    sizes = [stats.spearmanr(np.abs(first), np.abs(one))[0] for one in others]
    assert signed["places"] == pytest.approx(sizes, abs=1e-3)
    assert all(-1 <= one <= 1 for one in signed["ssim"])


@pytest.mark.parametrize("name", ["chain", "dense"])
def test_of_many_images_each_is_explained_for_the_class_that_it_is_taken_for(name, networks):
    network = networks["chain"] if name == "chain" else opened(Experiment(layers=(Flatten(), Dense(units=5, **SMOOTH))))
    images = images_of(network, 9)
    chosen = network.answer(images)[1].argmax(1)
    found = WhereAnswersComeFrom().look(network, images)
    method = GradCAM(layer="conv2d_2") if name == "chain" else Saliency()
    alone = [method.attribute(network, images[at : at + 1], ClassScore(int(chosen[at])))[0] for at in range(9)]

    assert (found.method, found.layer) == (method.called, getattr(method, "layer", "")) and len(set(chosen)) > 1
    np.testing.assert_allclose(found.maps, alone, rtol=1e-4, atol=1e-6)
    assert not len(WhereAnswersComeFrom().look(network, images[:0]).maps)


def test_a_map_lies_over_its_image_in_teal_and_leaves_the_rest_grey():
    images = np.full((2, 4, 6, 3), (200, 100, 0), np.uint8)
    maps = np.zeros((2, 4, 6), np.float32)
    maps[0, 1, 2] = 0.001
    drawn = over(images, maps)
    grey = round(0.299 * 200 + 0.587 * 100)

    np.testing.assert_allclose(drawn[0, 1, 2], MOST * np.array(TEAL) + (1 - MOST) * grey, atol=1)
    assert (drawn[1] == grey).all() and (drawn[0, 3] == grey).all()
