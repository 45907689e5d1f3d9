"""A first layer with kernels made by hand: as Keras builds it, never trained, and compared with one that learns."""

import json
import random
from pathlib import Path

import keras
import numpy as np
import pytest
from pydantic import ValidationError
from scipy import ndimage
from streamlit.testing.v1 import AppTest

from core import export
from core.build.codegen import script
from core.build.model import build_model
from core.datasets.digits import Digits
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.experiment import MAX_LAYERS, Experiment, hand_made
from core.experiment.reading import read_experiment, read_link
from core.labs.convolution import convolve_2d
from core.labs.convolution_lab import Convolution, OwnKernel
from core.labs.filters import KERNELS, convolved
from core.layers import Impossible
from core.layers.convolution import Conv2D
from core.layers.hand_made import SOBEL, HandMadeConv2D
from core.layers.pooling import MaxPooling2D
from core.layers.reshaping import Flatten
from core.lens.kernels import Kernels
from core.lens.network import open_network
from core.optimization.optimizers import Optimizer
from core.runs import states, sweeps
from core.runs.recorder import Recorder
from core.spec import kinds
from core.training.loop import Trainer
from core.training.steps import Steps
from pages.components.runs import launching
from tests.saved import here

ROOT = Path(__file__).resolve().parent.parent
SOBEL_X, LAPLACIAN = KERNELS["Sobel x"].weights, KERNELS["Laplacian of Gaussian"].weights


def random_layer(draw):
    """Kernels of any size and number, for all channels alike or for three, in any setting."""
    size, planes = draw.randint(1, 5), draw.choice((1, 3))
    number = lambda: round(draw.uniform(-2, 2), 3)  # noqa: E731
    kernels = [[[[number() for _ in range(size)] for _ in range(size)] for _ in range(planes)] for _ in range(2)]
    kernels, is_spread = kernels[: draw.randint(1, 2)], draw.random() < 0.3 and size < 4
    return HandMadeConv2D(
        kernels=kernels,
        biases=[number() for _ in kernels] if draw.random() < 0.5 else (),
        dilation_rate=2 if is_spread else 1,
        channels=draw.choice((1, 3)),
        strides=1 if is_spread else draw.randint(1, 3),
        padding=draw.choice(("valid", "same")),
        activation=draw.choice(("linear", "relu")),
    )


def test_shapes_weights_and_source_equal_keras_on_random_layers():
    draw = random.Random(4)
    for _ in range(60):
        layer, shape = random_layer(draw), (draw.randint(5, 12), draw.randint(5, 12), 3)
        built, named = layer.build(), eval(layer.source(), {"keras": keras, "np": np, "layers": keras.layers})
        output = built.compute_output_shape((None, *shape))
        for one in (built, named):
            one.build((None, *shape))
        costs = built.count_params(), sum(int(np.prod(w.shape)) for w in built.non_trainable_weights)

        assert layer.output_shape(shape) == output[1:]
        assert (layer.parameters(shape), layer.non_trainable(shape)) == costs
        assert eval(layer.parameter_formula(shape).replace("·", "*")) == costs[0]
        np.testing.assert_array_equal(built.get_weights()[0], named.get_weights()[0])
        assert built.get_config() | {"name": ""} == named.get_config() | {"name": ""}


@pytest.mark.parametrize("kernels", [(SOBEL_X,), (LAPLACIAN,), ((SOBEL_X,) * 3,)], ids=["3x3", "5x5", "own planes"])
def test_grey_and_colour_answer_alike_and_as_scipy_does(kernels):
    grey = np.random.default_rng(1).random((12, 10)).astype("float32")
    layer = hand_made.layer(kernels, 3).edited(padding="valid")
    answer = layer.build()(np.repeat(grey[None, ..., None], 3, axis=3)).numpy()[0, ..., 0]
    planes = len(layer.kernels[0])
    half = layer.kernel_size // 2
    expected = ndimage.correlate(grey.astype(float), np.array(layer.kernels[0][0]))[half:-half, half:-half]

    np.testing.assert_allclose(answer, expected * planes, atol=1e-5)  # own planes are added, as they were given
    if planes == 1:
        alone = hand_made.layer(kernels, 1).edited(padding="valid").build()(grey[None, ..., None]).numpy()[0, ..., 0]
        np.testing.assert_allclose(alone, answer, atol=1e-5)
        np.testing.assert_allclose(convolved(grey, kernels[0])[half:-half, half:-half], alone, atol=1e-4)


ACTIVATIONS = {
    "linear": lambda value: value,
    "relu": lambda value: np.maximum(value, 0),
    "sigmoid": lambda value: 1 / (1 + np.exp(-value)),
    "tanh": np.tanh,
}


def test_the_layer_computes_exactly_what_the_convolution_lab_shows():
    draw, rng = random.Random(6), np.random.default_rng(6)
    for _ in range(40):
        channels, size, is_spread = draw.choice((1, 3)), draw.randint(1, 4), draw.random() < 0.3
        slices = lambda deep, size=size: tuple(  # noqa: E731
            tuple(map(tuple, rng.normal(size=(size, size)).round(3).tolist())) for _ in range(deep)
        )
        kernels = tuple(
            OwnKernel(
                slices=slices(draw.choice((1, channels))), bias=round(draw.uniform(-1, 1), 2) * draw.randint(0, 1)
            )
            for _ in range(draw.randint(1, 3))
        )
        lab = Convolution(
            size=size, kernels=kernels, padding=draw.choice(("valid", "same")), activation=draw.choice([*ACTIVATIONS]),
            stride=1 if is_spread else draw.randint(1, 3), dilation=2 if is_spread else 1,
        )  # fmt: skip
        image = rng.random((11, 12, channels)).astype("float32")
        weights = np.stack([kernel.weights(channels) for kernel in kernels], axis=-1)
        biases = [kernel.bias for kernel in kernels]
        shown = convolve_2d(
            image, weights, stride=lab.stride, dilation=lab.dilation, padding=lab.padding, bias=np.array(biases)
        )
        layer = hand_made.layer(lab.layer_kernels(), channels, summed=channels == 3, **lab.layer_settings())

        np.testing.assert_allclose(layer.build()(image[None])[0], ACTIVATIONS[lab.activation](shown), atol=2e-5)
        assert not lab.left_behind()


def test_what_no_layer_can_do_is_said():
    mirrored = Convolution(padding="same", fill="reflect")
    wide = Convolution(padding="number", cells=2)

    assert "zeros" in mirrored.left_behind()[0]
    assert "another size" in wide.left_behind()[0]
    assert not Convolution(padding="number", cells=1).left_behind()  # what 'same' adds for a kernel of 3
    assert Convolution(padding="number", cells=0).layer_settings()["padding"] == "valid"


@pytest.mark.parametrize("kind", kinds(Optimizer).values(), ids=lambda kind: kind.__name__)
def test_training_moves_all_weights_but_the_hand_made_ones(kind):
    image = keras.Input((6, 6, 1))
    hidden = HandMadeConv2D().build()(image)
    values = keras.layers.Flatten()(keras.layers.Conv2D(3, 3)(hidden))
    model = keras.Model(image, keras.layers.Dense(3, "softmax")(values))
    before = model.get_weights()
    steps = Steps(model, None, kind().build(), "sparse_categorical_crossentropy", 3)
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (16, 6, 6, 1), np.uint8), rng.integers(0, 3, 16)
    steps.train_chunk(images, labels, 8, np.full(2, 0.01, np.float32))
    moved = [not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]

    assert moved == [False, True, True, True, True]
    np.testing.assert_array_equal(before[0][:, :, 0, 0], SOBEL[0][0])


@pytest.fixture
def trained(small):
    """A run of a network with a hand-made first layer."""
    experiment, _ = hand_made.pair(small, [SOBEL_X, KERNELS["Sobel y"].weights])
    return train(here().create(experiment))


def train(run, watch=lambda status: None):
    with Recorder(run) as record:
        Trainer(run.experiment, record, watch).run()
    return run


def test_a_run_that_is_cut_off_goes_on_to_the_same_weights(trained):
    def cut(status):
        if status.get("epoch") == 1:
            raise KeyboardInterrupt

    run = here().create(trained.experiment)
    with pytest.raises(KeyboardInterrupt):
        train(run, cut)
    assert run.checkpoints() == [1]
    train(run)

    for ours, whole in zip(run.weights(None).values(), trained.weights(None).values(), strict=True):
        np.testing.assert_array_equal(ours, whole)


# Keras 3.15 asks NumPy 2 for an array in NumPy 1's way while it exports.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_run_keeps_the_kernels_and_every_lens_and_export_has_them(trained, tmp_path):
    assert trained.status().state == states.FINISHED
    first = next(iter(trained.weights(None).values()))
    network = open_network(trained, 1)
    told = Kernels().look(network, np.zeros((0, 8, 8, 1), np.uint8))

    np.testing.assert_array_equal(first[:, :, 0], np.moveaxis([SOBEL_X, KERNELS["Sobel y"].weights], 0, -1))
    np.testing.assert_array_equal(told.layers[0]["planes"][:, 0], [SOBEL_X, KERNELS["Sobel y"].weights])
    path = tmp_path / "model.keras"
    path.write_bytes(export.produce(trained, "keras", 1, lambda done, total: None).read_bytes())
    again = keras.models.load_model(path)
    np.testing.assert_array_equal(again.get_weights()[0], first)
    assert not again.get_layer("hand_made_conv2d_1").trainable


def test_the_script_has_the_same_weights_and_trains_all_others(small, tmp_path):
    experiment, _ = hand_made.pair(small, [SOBEL_X, KERNELS["Emboss"].weights])
    names = {}
    exec(compile(script(experiment).split("model.compile(")[0], "network.py", "exec"), names)
    ours = build_model(experiment, experiment.dataset.facts())

    for a, b in zip(names["model"].get_weights(), ours.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert len(names["model"].trainable_weights) == len(ours.trainable_weights) == len(ours.weights) - 1


def test_an_experiment_with_kernels_survives_json_link_and_sweep(small):
    experiment, _ = hand_made.pair(small, [LAPLACIAN])
    rate = sweeps.find(experiment, "learning_rate")
    family = sweeps.grid(experiment, [(rate, (0.1, 0.01))])

    assert read_experiment(experiment.to_json()) == experiment == read_link(experiment.to_link())
    assert not [field for field in sweeps.numeric_fields(experiment) if "kernels" in field.path]
    assert {member.layers for member, _ in family} == {experiment.layers}


BAD = {
    "none": [],
    "no plane": [[]],
    "not square": [[[[1.0, 2.0]]]],
    "two sizes": [[[[1.0]]], [[[1.0, 2.0], [3.0, 4.0]]]],
    "two depths": [[[[1.0]]], [[[1.0]], [[1.0]]]],
    "words": [[[["a"]]]],
    "not finite": [[[[float("nan")]]]],
    "beyond a million": [[[[1e7]]]],
    "seventeen": [[[[1.0]]]] * 17,
    "sixteen wide": [[[[1.0] * 16] * 16]],
    "flat": 3.0,
}


@pytest.mark.parametrize("kernels", BAD.values(), ids=BAD)
def test_kernels_that_are_none_are_refused_with_their_place(kernels, small):
    with pytest.raises(ValidationError):
        HandMadeConv2D(kernels=kernels)
    document = Experiment(layers=(HandMadeConv2D(),)).model_dump(mode="json")
    document["layers"][0]["kernels"] = kernels
    with pytest.raises(UserError, match=r"layers\[0\]\.kernels|NaN"):
        read_experiment(json.dumps(document))


def test_planes_for_other_channels_are_refused_with_the_numbers():
    with pytest.raises(Impossible, match="3 planes, one for each channel, but the input has 1"):
        HandMadeConv2D(kernels=((SOBEL_X,) * 3,)).output_shape((8, 8, 1))


def test_the_pair_differs_in_its_first_layer_only_and_a_hand_made_one_gives_way(small):
    fixed, learned = hand_made.pair(small, [SOBEL_X])
    again, _ = hand_made.pair(fixed, [LAPLACIAN])
    facts = small.dataset.facts()
    costs = [one.trace(facts).parameters for one in (fixed, learned)]

    assert isinstance(learned.layers[0], Conv2D)
    assert fixed.layers[1:] == learned.layers[1:] == again.layers[1:] == small.layers
    assert costs[0] == costs[1] == one_more(fixed, facts) + 9
    assert again.layers[0].kernel_size == 5
    assert not [p for one in (fixed, learned, again) for p in one.problems() if p.blocking]
    assert [one.name for one in hand_made.named(fixed, learned)] == ["My network · hand-made", "My network · trained"]


def one_more(experiment, facts):
    """Parameters that are trained."""
    return experiment.trace(facts).trainable


def test_colour_pictures_share_the_weights_out_among_their_channels():
    fixed, learned = hand_made.pair(Experiment(dataset=Shapes(), layers=(MaxPooling2D(), Flatten())), [SOBEL_X])
    model = build_model(fixed, fixed.dataset.facts())

    assert fixed.layers[0].channels == 3
    np.testing.assert_allclose(
        model.get_layer("hand_made_conv2d_1").get_weights()[0][:, :, 1, 0], np.array(SOBEL_X) / 3, rtol=1e-6
    )
    assert learned.layers[0].parameters((32, 32, 3)) == fixed.layers[0].parameters((32, 32, 3)) == 27


def test_a_dataset_with_other_channels_brings_a_warning_and_its_mend():
    fixed, _ = hand_made.pair(Experiment(dataset=Digits(), layers=(MaxPooling2D(), Flatten())), [SOBEL_X])
    assert not fixed.problems()

    (problem,) = fixed.edited(dataset=Shapes()).problems()

    assert "3 times what the kernel gives" in problem.message
    assert not problem.blocking
    mended = fixed.layers[0].edited(**dict(problem.fixes))
    assert not fixed.edited(dataset=Shapes(), layers=(mended, *fixed.layers[1:])).problems()


@pytest.mark.parametrize(
    ("experiment", "kernels", "code"),
    [
        (Experiment(dataset=Digits()), [[[1.0] * 9] * 9], "HAND_MADE_TOO_LARGE"),
        (Experiment(dataset=Digits()), [[SOBEL_X] * 3], "HAND_MADE"),
        (Experiment(dataset=Digits()), [SOBEL_X, LAPLACIAN], "HAND_MADE_KERNELS"),
        (Experiment(dataset=Digits(), layers=(MaxPooling2D(pool_size=1),) * MAX_LAYERS), [SOBEL_X], "TOO_MANY_LAYERS"),
    ],
)
def test_what_can_not_be_a_first_layer_is_said(experiment, kernels, code):
    with pytest.raises(UserError) as caught:
        hand_made.pair(experiment, kernels)

    assert caught.value.code == code
    assert caught.value.remedy


def test_a_press_puts_the_kernel_into_the_experiment_and_another_starts_both_runs(monkeypatch):

    asked = []
    monkeypatch.setattr(
        launching, "launcher", lambda: type("Nobody", (), {"ask": lambda self, run, asker: asked.append(run)})()
    )
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    app.switch_page("pages/6_Learn_convolution/27_Filters.py").run()
    press(app, "Use in a network")
    assert not app.exception
    assert read_experiment(app.session_state.tab.experiment).layers[0].words() == "1 hand-made 3x3 same"
    assert any("the first layer now" in box.value for box in app.success)
    press(app, "Trained against hand-made")
    assert not app.exception
    family = [run.notes().family for run in asked]
    assert [run.experiment.layers[0].kind for run in asked] == ["HandMadeConv2D", "Conv2D"]
    assert family == ["Digits CNN: hand-made or trained"] * 2


def press(app, label):
    next(button for button in app.button if button.label == label).click().run()
