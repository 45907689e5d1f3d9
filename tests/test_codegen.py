"""The script that the learner reads is what runs: it builds the same network and trains by itself."""

import ast
import contextlib
import json
import os
import runpy
import subprocess
import sys
import types

import keras
import numpy as np
import pytest

from core import datasets
from core.augmentation import Augmentation
from core.augmentation.colour import RandomBrightness
from core.augmentation.movement import RandomFlip, RandomRotation, RandomTranslation
from core.build import pretrained
from core.build.codegen import promise, script
from core.build.model import build_model
from core.build.notebook import notebook
from core.datasets.shapes import Shapes
from core.experiment.network import trace
from core.experiment.node import Node
from core.experiment.presets import load_preset, presets
from core.experiment.stack import fitting
from core.layers import Layer
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.group import Group
from core.layers.joining import Concatenate
from core.layers.pretrained import Base
from core.layers.regularization import BatchNormalization, Dropout
from core.layers.reshaping import Flatten
from core.layers.residual import ResidualBlock
from core.layers.small_base import WEIGHTS
from core.optimization.class_weights import Balanced, Own
from core.optimization.optimizers import SGD
from core.optimization.schedules import CosineDecay, Schedule
from core.optimization.stopping import EarlyStopping, ReduceLROnPlateau, Target, TimeBudget
from core.runs.recorder import Recorder
from core.spec import kinds
from core.training.loop import Trainer
from tests.saved import here


def run_script(experiment, folder):
    """Runs the script in this process, from a file as a user would, and returns its names."""
    file = folder / "network.py"
    file.write_text(script(experiment), encoding="utf-8")
    return runpy.run_path(str(file))


def tiny(experiment):
    return experiment.edited(training=experiment.training.edited(epochs=1))


def test_the_script_builds_the_same_network_from_the_same_pictures_and_split(tmp_path):
    experiment = tiny(load_preset("digits-cnn"))
    names = run_script(experiment, tmp_path)
    ours = build_model(experiment, experiment.dataset.facts())
    data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)

    assert names["model"].count_params() == 21_386
    assert [layer.get_config() for layer in names["model"].layers] == [layer.get_config() for layer in ours.layers]
    np.testing.assert_array_equal(names["images"], data.images)
    np.testing.assert_array_equal(names["train"], data.train)
    np.testing.assert_array_equal(names["validation"], data.validation)
    assert names["history"].history["accuracy"]


def test_the_script_starts_from_the_same_weights():
    experiment = tiny(load_preset("digits-cnn"))
    text = script(experiment).split("model.compile(")[0]
    names = {}
    exec(compile(text, "network.py", "exec"), names)
    ours = build_model(experiment, experiment.dataset.facts())

    for a, b in zip(names["model"].get_weights(), ours.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


class _Built(Exception):
    """The script is about to train."""


@pytest.mark.parametrize("name", presets())
def test_the_script_of_every_preset_builds_bit_equal_weights(name, monkeypatch):
    experiment = load_preset(name)
    facts = experiment.dataset.facts()
    classes = len(facts.class_names)
    few = f"images = np.zeros(({2 * classes}, *{facts.shape}), 'uint8')\nlabels = np.arange({2 * classes}) % {classes}"
    few += f"\nsplit = np.zeros({2 * classes}, 'int8')\nclass_names = {list(facts.class_names)}"
    monkeypatch.setattr(type(experiment.dataset), "source", lambda *_: few)

    def compile(self, *given, **more):
        raise _Built

    monkeypatch.setattr(keras.Model, "compile", compile)
    monkeypatch.chdir(WEIGHTS.parent)  # a script reads them beside itself
    names = {}
    with contextlib.suppress(_Built):
        exec(script(experiment), names)  # noqa: S102  running our own source is the test
    traced = experiment.trace(facts)
    assert names["model"].count_params() == traced.parameters
    assert sum(weight.shape.num_elements() for weight in names["model"].trainable_weights) == traced.trainable
    if names["model"].count_params() < 2_000_000:  # larger ones are counted, not built twice
        model = build_model(experiment, facts)
        pretrained.begin(model, traced)
        for a, b in zip(names["model"].get_weights(), model.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("loss", ["binary_crossentropy", "categorical_crossentropy"])
def test_the_script_trains_with_every_loss_and_every_augmentation(loss, tmp_path):
    experiment = tiny(load_preset("shapes-cnn"))
    classes = 2 if loss == "binary_crossentropy" else 3
    experiment = experiment.edited(
        dataset=Shapes(count=60, image_size=16, classes=classes),
        augmentations=tuple(kind() for kind in kinds(Augmentation).values()),
        training=experiment.training.edited(loss=loss, batch_size=16),
    )
    names = run_script(experiment, tmp_path)

    assert names["model"].output_shape == (None, 1 if classes == 2 else 3)
    assert np.isfinite(names["history"].history["loss"][0])


def few_shapes(**settings):
    """A network that a script trains in a second."""
    experiment = load_preset("shapes-cnn")
    return experiment.edited(
        dataset=Shapes(count=60, image_size=16, classes=3),
        layers=(Conv2D(filters=4), Flatten()),
        training=experiment.training.edited(batch_size=16, **settings),
    )


def test_the_script_stops_early_and_weighs_classes_and_bends_the_rate(tmp_path):
    experiment = few_shapes(
        epochs=4,
        schedule=CosineDecay(warmup_epochs=1),
        rules=(Target(monitor="loss", value=100.0), EarlyStopping(), TimeBudget(minutes=60.0)),
        class_weight=Balanced(),
    ).edited(augmentations=(RandomFlip(),))
    names = run_script(experiment, tmp_path)
    data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
    weights = Balanced().weights(np.bincount(data.labels[data.train]))
    rates = experiment.training.schedule.rates(experiment.training.optimizer.learning_rate, 3, 4)

    assert len(names["history"].history["loss"]) == 1
    np.testing.assert_allclose(list(names["class_weight"].values()), weights, rtol=1e-6)
    assert float(names["model"].optimizer.learning_rate) == pytest.approx(rates[3], rel=1e-4)


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras reads its own rate that way
def test_the_script_reduces_the_rate_on_a_plateau(tmp_path):
    rule = ReduceLROnPlateau(monitor="loss", patience=1, min_delta=1.0, factor=0.1)
    names = run_script(few_shapes(epochs=3, rules=(rule,), class_weight=Own(values=(1.0, 0.0, 2.0))), tmp_path)

    assert names["class_weight"] == {0: 1.0, 1: 0.0, 2: 2.0}
    rates = names["history"].history["learning_rate"]
    assert rates[2] == pytest.approx(rates[0] * 0.1)


@pytest.mark.parametrize("kind", kinds(Schedule).values(), ids=kinds(Schedule))
def test_a_script_with_any_schedule_names_it_once(kind):
    text = script(few_shapes(epochs=5, schedule=kind()))

    compile(text, "network.py", "exec")
    assert text.count("optimizers.schedules.") == (kind.__name__ != "Constant")


def trained_by_the_app(experiment):
    """What our loop measures after each epoch."""
    run = here().create(experiment)
    with Recorder(run) as record:
        Trainer(run.experiment, record).run()
    return run.metrics().epochs


REPEATED = {
    "weighed, one-hot, a moving rate": (
        few_shapes(
            epochs=1, schedule=CosineDecay(), class_weight=Own(values=(1.0, 0.5, 2.0)),
            loss="categorical_crossentropy",
        ), "plain",
    ),
    "dropout and random changes": (
        few_shapes(epochs=2, optimizer=SGD()).edited(
            layers=(Flatten(), Dense(units=8), Dropout(rate=0.5)), augmentations=(RandomRotation(), RandomBrightness())
        ), "drawn",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("experiment", "kind"), REPEATED.values(), ids=REPEATED)
def test_the_script_measures_what_the_app_measures(experiment, kind, tmp_path):
    ours, measured = trained_by_the_app(experiment), run_script(experiment, tmp_path)["history"].history

    for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
        np.testing.assert_allclose(measured[name], [epoch[name] for epoch in ours], rtol=2e-5, atol=1e-6)
    assert ("the same draws of Dropout" in promise(experiment)) == (kind == "drawn")
    assert ("the same random changes" in promise(experiment)) == (kind == "drawn")


BRANCHES = (
    Node(id="stem", layer=Conv2D(filters=4, padding="same")),
    Node(id="block", layer=ResidualBlock(filters=6, strides=2, repeats=2, batch_normalization=False)),
    Node(id="left", layer=Conv2D(filters=3, kernel_size=(1, 3), padding="same"), inputs=("block",)),
    Node(id="right", layer=Conv2D(filters=3, kernel_size=(3, 1), padding="same"), inputs=("block",)),
    Node(id="join", layer=Concatenate(), inputs=("left", "right")),
    Node(id="mine", layer=Group(nodes=(Node(id="a", layer=Conv2D(filters=4)), Node(id="b", layer=Flatten())))),
)  # fmt: skip
THREE_EPOCHS = {
    "blocks, branches and early stopping": (
        few_shapes(epochs=3, optimizer=SGD(), rules=(EarlyStopping(patience=2),)).edited(nodes=BRANCHES), 1e-6,
    ),
    "class weights, a schedule and batch normalization": (
        few_shapes(epochs=3, optimizer=SGD(), schedule=CosineDecay(warmup_epochs=1), class_weight=Balanced()).edited(
            layers=(Conv2D(filters=4), BatchNormalization(), Flatten()), dataset=Shapes(count=66, classes=2)
        ), 1e-6,
    ),
    "mixed precision in blocks": (
        few_shapes(epochs=3, optimizer=SGD(), precision="mixed_bfloat16").edited(nodes=BRANCHES), 2e-2,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("experiment", "within"), THREE_EPOCHS.values(), ids=THREE_EPOCHS)
def test_the_script_loses_what_the_app_loses_over_three_epochs(experiment, within, tmp_path):
    ours = [epoch["loss"] for epoch in trained_by_the_app(experiment)]
    try:
        theirs = run_script(experiment, tmp_path)["history"].history["loss"]
    finally:
        keras.mixed_precision.set_dtype_policy("float32")  # the script sets it for its whole process

    assert len(ours) == len(theirs) == 3
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=within)


def test_the_script_promises_the_same_random_changes_only_where_keras_draws_them():
    said = {
        changes: "the same random changes" in promise(few_shapes(epochs=1).edited(augmentations=changes))
        for changes in [
            (RandomFlip(),), (RandomFlip(), RandomRotation()), (RandomTranslation(),),
            (RandomFlip(), RandomBrightness()),
        ]
    }  # fmt: skip
    assert list(said.values()) == [True, False, False, True]


class Drawn(types.ModuleType):
    """Stands for Matplotlib, which is not ours to need: counts what is shown."""

    def __init__(self):
        super().__init__("matplotlib.pyplot")
        self.calls = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *arguments, **options: self.calls.append(name) or (self, (self, self))


def test_the_notebook_is_whole_and_its_cells_run_one_after_the_other(monkeypatch):
    drawn = Drawn()
    monkeypatch.setitem(sys.modules, "matplotlib", types.ModuleType("matplotlib"))
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", drawn)
    sys.modules["matplotlib"].pyplot = drawn
    experiment = few_shapes(epochs=2).edited(name="Mine <b>*", augmentations=(RandomFlip(),))
    document = json.loads(notebook(experiment))
    cells, names = document["cells"], {}

    assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
    assert document["metadata"]["kernelspec"]["name"] == "python3"
    assert len({cell["id"] for cell in cells}) == len(cells)
    for cell in cells:
        told = {"cell_type", "id", "metadata", "source"}
        told |= {"execution_count", "outputs"} if cell["cell_type"] == "code" else set()
        assert set(cell) == told
    headings = [cell["source"][0].strip() for cell in cells if cell["cell_type"] == "markdown"]
    assert headings[0] == r"# Mine \<b\>\*"
    assert [heading.strip("# ") for heading in headings[1:]] == [
        "Start", "Images", "Split", "Augmentation", "Network", "Training", "Curves", "Test",
        "One prediction",
    ]  # fmt: skip
    for cell in cells:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
    assert len(names["history"].history["val_loss"]) == 2
    assert drawn.calls.count("plot") == 4
    assert drawn.calls.count("show") == 2
    assert names["probabilities"].sum() == pytest.approx(1, abs=1e-5)


def test_the_script_runs_by_itself_in_a_fresh_python(tmp_path):
    file = tmp_path / "network.py"
    file.write_text(script(tiny(load_preset("digits-cnn"))), encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, str(file)], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200
    )

    assert done.returncode == 0, done.stderr[-2000:]
    assert "21,386" in done.stdout


def test_the_script_is_called_after_a_preset_only_while_it_is_that_one():
    first = load_preset("digits-cnn")
    other = first.edited(dataset=Shapes(), layers=(Conv2D(filters=4), ResidualBlock(filters=4), Flatten()))
    cases = {first: "Digits CNN", other: "Colour shapes, Conv 4 · Residual 4", other.edited(name="Mine"): "Mine"}

    for experiment, name in cases.items():
        assert script(experiment).startswith(f'"""{name}: a network that Kernelscope built.')


def test_a_name_cannot_break_out_of_the_script():
    text = script(load_preset("digits-cnn").edited(name='"""; import os; """ \\'))

    imported = [name.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import) for name in node.names]
    assert "keras" in imported
    assert "os" not in imported


@pytest.mark.parametrize(
    "kind", [kind for kind in kinds(Layer).values() if kind is not Group and not issubclass(kind, Base)]
)
def test_every_layer_builds_under_its_own_name_with_its_traced_shape(kind):
    inputs, layer = ("image",) * kind.takes[0], fitting(kind.__name__, (9, 9, 2))
    rows = trace((9, 9, 2), [Node(id="first", layer=layer, inputs=inputs), Flatten()], Dense(units=2)).rows
    values = {"image": keras.Input((9, 9, 2))}
    for row in rows:
        read = [values[one] for one in row.inputs]
        values[row.id] = row.layer.build()(read if len(read) > 1 else read[0])
        assert tuple(values[row.id].shape[1:]) == row.output_shape
