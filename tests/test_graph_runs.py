"""A network with a shortcut through its whole life: trained, stopped, resumed, exported, looked into."""

import keras
import numpy as np
import pytest

from core import datasets, workspace
from core.experiment.comparison import Difference, differences
from core.experiment.presets import load_preset
from core.experiment.reading import read_link
from core.export import produce
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.inception import InceptionBlock
from core.layers.pooling import GlobalAveragePooling2D
from core.layers.residual import ResidualBlock
from core.lens.feature_maps import FeatureMaps
from core.lens.network import open_network
from core.lens.outline import Outline
from core.runs import states, sweeps
from core.runs.checkpoints import are_of
from core.runs.collection import Runs
from core.runs.recorder import Recorder
from core.training import loop
from core.training.loop import Trainer

CURVE = ("epoch", "step", "loss", "accuracy", "val_loss", "val_accuracy")


@pytest.fixture(autouse=True)
def short_chunks(monkeypatch):
    """Several chunks in an epoch, so that there is a middle to stop in."""
    monkeypatch.setattr(loop.Trainer, "_steps_per_chunk", lambda self: 10)


@pytest.fixture
def residual():
    preset = load_preset("digits-residual")
    return preset.edited(training=preset.training.edited(epochs=3))


def trained(experiment, stop_after=None):
    """A run to its end; with `stop_after` it is stopped after so many chunks, and goes on."""
    run = Runs(workspace.current()).create(experiment)
    with Recorder(run) as record:
        trainer, chunks = Trainer(experiment, record), iter(range(1000))
        hold = trainer.control.hold
        trainer.control.hold = lambda t: (run.request_stop() if next(chunks) == stop_after else None, hold(t))[1]
        state = trainer.run()
    if stop_after is None:
        assert state == states.FINISHED
        return run
    assert state == states.STOPPED
    run.enqueue()
    run.launched()
    with Recorder(run) as record:
        assert Trainer(run.experiment, record).run() == states.FINISHED
    return run


def curve(run):
    return [[record[key] for key in CURVE] for record in run.metrics().epochs]


def test_a_stop_in_the_middle_of_an_epoch_goes_on_to_the_same_curve(residual):
    whole, stopped = trained(residual), trained(residual, stop_after=7)

    assert curve(whole) == curve(stopped)
    assert whole.status().val_accuracy > 0.5  # of ten classes, after three epochs
    images = np.array(datasets.load(residual.dataset).images[:20])
    np.testing.assert_array_equal(open_network(whole).answer(images)[1], open_network(stopped).answer(images)[1])


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_the_shortcut_adds_up_and_the_exported_network_says_the_same(residual):
    run = trained(residual)
    network = open_network(run)
    images = np.array(datasets.load(residual.dataset).images[:20])
    _, maps = network.everything(images)
    by_name = dict(zip((row.name for row in network.rows), maps, strict=True))
    path = produce(run, "keras", 3, lambda done, total: None)
    exported = keras.models.load_model(path)

    np.testing.assert_allclose(by_name["add_1"], by_name["conv2d_1"] + by_name["conv2d_3"], rtol=1e-6)
    np.testing.assert_allclose(exported.predict(images, verbose=0), network.answer(images)[1], atol=1e-6)


BLOCKS = {
    "residual": ResidualBlock(filters=8, strides=2, repeats=2, batch_normalization=False),
    "inception": InceptionBlock(path_1x1=4, narrow_3x3=2, path_3x3=4, narrow_5x5=2, path_5x5=4, path_pool=4),
}


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_a_network_of_blocks_trains_and_everything_after_training_sees_the_layers_in_them(residual, block):
    stem, training = Conv2D(filters=8, padding="same"), residual.training.edited(epochs=3)
    layers = (stem, block, GlobalAveragePooling2D(), Dense(units=32))
    experiment = residual.edited(layers=layers, training=training)
    family = sweeps.grid(experiment, [(sweeps.find(experiment, "layers[1].repeats"), (1, 3))])
    run, images = trained(experiment), np.array(datasets.load(experiment.dataset).images[:20])
    network, outline = open_network(run), Outline.of(run.experiment)
    shown, exported = FeatureMaps().look(network, images), produce(run, "keras", 3, lambda done, total: None)

    assert run.metrics().epochs[-1]["loss"] < run.metrics().epochs[0]["loss"]
    assert [layer["name"] for layer in shown.layers] == [row.name for row in outline.trace.rows]
    inside = {row.name: row for row in outline.trace.inside(run.experiment.nodes[1].id)}
    sizes = {layer["name"]: tuple(layer["shape"]) for layer in shown.layers}
    assert len(inside) > 7 and all(sizes[name] == row.output_shape for name, row in inside.items())
    assert are_of(run.experiment, {name: array.size for name, array in run.weights(3).items()})
    model = keras.models.load_model(exported)
    np.testing.assert_allclose(model.predict(images, verbose=0), network.answer(images)[1], atol=1e-6)
    assert read_link(experiment.to_link()).is_same(run.experiment)
    words = [f"{block.kind} {block.edited(repeats=times).words()}" for times in (1, 3)]
    assert differences([one for one, _ in family]) == [Difference("layer 2", tuple(words))]
