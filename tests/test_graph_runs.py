"""Everything after training, for every kind of graph: each is trained once, briefly, and looked at from all sides."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core import datasets, workspace
from core.__main__ import main
from core.datasets.shapes import Shapes
from core.experiment.comparison import differences
from core.experiment.node import Node
from core.experiment.presets import load_preset
from core.experiment.reading import read_experiment, read_link
from core.export import networks, produce
from core.layers.activation import Activation
from core.layers.convolution import Conv2D, SeparableConv2D
from core.layers.dense import Dense
from core.layers.group import Group
from core.layers.joining import Average, Multiply
from core.layers.mobilenet_v2 import MobileNetV2
from core.layers.pooling import GlobalAveragePooling2D
from core.layers.regularization import BatchNormalization, Dropout, GroupNormalization
from core.layers.small_base import SmallBase
from core.layers.transposed import Conv2DTranspose
from core.lens import lenses, process, read_result
from core.lens.asked_images import decoded
from core.lens.feature_maps import FeatureMaps
from core.lens.frames import pack, unpack
from core.lens.network import open_network
from core.lens.outline import Outline
from core.phases.fine_tuning import FineTuning
from core.runs import doctor, overview, sweeps
from core.runs.archive.gate import open_archive
from core.runs.recorder import Recorder
from core.training import loop
from core.training.loop import Trainer
from pages.components.understand import look_with
from tests.saved import here

ROOT = Path(__file__).resolve().parent.parent
PREDICT, LOOK_INSIDE = "pages/4_Understand/1_Predict.py", "pages/4_Understand/2_Look_inside.py"
LIVE, RUNS = "pages/3_Train/1_Live_run.py", "pages/3_Train/2_Runs.py"
QUIET = lambda done, total: None  # noqa: E731  a progress that nobody watches
CURVE = ("epoch", "step", "loss", "accuracy", "val_loss", "val_accuracy")


def node(id, layer, *inputs):
    return Node(id=id, layer=layer, inputs=inputs)


GATED = Group(
    name="Gated",
    repeats=2,
    nodes=(
        node("maps", SeparableConv2D(filters=6, padding="same", activation="linear")),
        node("norm", GroupNormalization(groups=2)),
        node("act", Activation(activation="silu")),
        node("gate", Conv2D(filters=6, kernel_size=1, activation="sigmoid"), "maps"),
        node("product", Multiply(), "act", "gate"),
    ),
)
"""A block of the learner's own, with paths and a product in it."""
OWN = (
    node("stem", Conv2D(filters=6, strides=2, padding="same")),
    node("gated", GATED),
    node("up", Conv2DTranspose(filters=4, kernel_size=2, strides=2, activation="relu")),
    node("beside", Conv2DTranspose(filters=4, kernel_size=2, strides=2, activation="linear"), "gated"),
    node("mean", Average(), "up", "beside"),
    node("bn", BatchNormalization()),
    node("gap", GlobalAveragePooling2D()),
    node("drop", Dropout(rate=0.2)),
    node("dense", Dense(units=8)),
)
JOINS = {
    "Add": sum,
    "Average": lambda maps: sum(maps) / len(maps),
    "Multiply": lambda maps: maps[0] * maps[1],
    "Concatenate": lambda maps: np.concatenate(maps, axis=-1),
}
BASE = (
    node("base", MobileNetV2(alpha=0.35, weights=None, cut="block_2_add")),
    node("gap", GlobalAveragePooling2D()),
    node("drop", Dropout(rate=0.2)),
)
"""A base that is frozen for two epochs and fine-tuned in a third."""
GRAPHS = {"resnet-small": (), "inception-small": (), "own": OWN, "base": BASE}
PRECISIONS = dict(zip(GRAPHS, ("float32", "mixed_bfloat16", "mixed_float16", "float32"), strict=True))


def experiment_of(name):
    """The network on a handful of small pictures, two epochs of three steps, and a third where it has a base."""
    preset = load_preset("inception-small" if name == "inception-small" else "resnet-small")
    phases = (FineTuning(epochs=1, trainable_from="block_2_project"),) if name == "base" else ()
    training = preset.training.edited(batch_size=16, epochs=2, precision=PRECISIONS[name], phases=phases)
    shapes = Shapes(count=60, image_size=64 if name == "base" else 16)
    small = preset.edited(dataset=shapes, training=training, name=f"{name}, briefly")
    return small.edited(nodes=GRAPHS[name]) if GRAPHS[name] else small


CUT = -2
"""The step before which a process is thought to end: the second of the last epoch."""


def train(experiment):
    """A run to its end, and what lay on the disk in the middle of it: that is what a killed process leaves."""
    run, cut = here().create(experiment), "0" * 31 + str(len(here().ids()))
    steps = iter(range(1 - 3 * experiment.training.all_epochs, 100))
    with Recorder(run) as record:
        trainer = Trainer(experiment, record)

        def hold(trainer):
            if next(steps) == CUT:
                shutil.copytree(run.path, run.path.with_name(cut))
            return 1

        trainer.control.hold = hold
        assert trainer.run() == "finished"
    return run, here().find(cut)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """One workspace for the module."""
    home = tmp_path_factory.mktemp("workspace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERNELSCOPE_HOME", str(home))
        patch.setattr(loop.Trainer, "_steps_per_chunk", lambda self: 1)
        yield home


@pytest.fixture(autouse=True)
def workspace_of_the_module(monkeypatch, workspace, home):
    """The module's, in place of one for each test."""
    monkeypatch.setenv("KERNELSCOPE_HOME", str(home))


@pytest.fixture(scope="module", params=GRAPHS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def both(home, name):
    """The graph, trained once for all tests; and the same, cut off."""
    return train(experiment_of(name))


@pytest.fixture
def run(both):
    return both[0]


@pytest.fixture
def images(run):
    return np.array(datasets.load(run.experiment.dataset).images[:5])


@pytest.fixture
def app(monkeypatch):
    """The app; what the lens process would say is said in this one, and nothing is sent to a worker."""

    def ask(question, uploads=(), **fields):
        told, pixels = decoded(list(uploads))
        header, data = pack(_packed(process.ask({"question": question, "uploads": told, **fields}, pixels)))
        answer = unpack(json.loads(json.dumps(header)), data)
        return answer | {"result": read_result(answer["result"])}

    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: SimpleNamespace(lacks=lambda run: ""))
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.ask", ask)
    return AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)


def _packed(answer):
    return answer | {"result": answer["result"].to_answer()}


def said(at):
    return " ".join(str(one.value) for kind in (at.markdown, at.caption, at.error, at.warning) for one in kind)


def test_a_run_that_was_killed_goes_on_to_the_same_bits_in_every_precision(both, name):
    whole, cut = both
    with Recorder(cut) as record:
        assert Trainer(cut.experiment, record).run() == "finished"

    assert [[one[key] for key in CURVE] for one in whole.metrics().epochs] == [
        [one[key] for key in CURVE] for one in cut.metrics().epochs
    ]
    first, second = (one.checkpoint(one.checkpoints()[-1]) for one in both)
    for ours, theirs in ((first.weights(), second.weights()), (first.state(), second.state())):
        assert list(ours) == list(theirs)
        assert all(np.array_equal(ours[key], theirs[key]) for key in ours)
    assert {array.dtype for array in first.weights().values()} == {np.dtype(np.float32)}
    assert any(key.startswith("scale/") for key in first.state()) == (PRECISIONS[name] == "mixed_float16")


def test_its_pages_show_it_whole_and_no_way_of_looking_fails(run, app):
    app.query_params["run"] = run.id
    at = app.run()
    for page in (LIVE, PREDICT, LOOK_INSIDE):
        at = at.switch_page(page).run()
        assert not at.exception
        assert not at.error, said(at)
    offered = {kind.question for kind in lenses("choice", Outline.of(run.experiment)).values()}
    assert {"loss_again", "batch_norm"} <= offered
    for question in offered:
        menu = next(box for box in at.selectbox if box.label == "Look with")
        at = menu.set_value(question).run()
        assert not at.exception
        assert not at.error, (question, said(at))
        # Where no picture is read there is none to choose.
        assert any(one.label == "Pictures" for one in at.button_group) == look_with.needs_picture(question)
    at = at.switch_page(LIVE).run()
    next(one for one in at.button if one.label == "Is the gap real?").click()
    at = at.run()
    assert [one.value for one in at.title] == ["Look inside"]
    assert len(at.table[0].value) >= 3  # along the epoch, with its last weights, and as at inference


def test_what_the_lenses_say_is_what_keras_computes(run, images):
    network = open_network(run)
    model, facts = network.model, run.experiment.dataset.facts()
    shown = FeatureMaps().look(network, images[:1])
    probabilities = network.answer(images)[1]

    assert [layer["name"] for layer in shown.layers] == [row.name for row in network.rows]
    assert [tuple(layer["shape"]) for layer in shown.layers] == [row.output_shape for row in network.rows]
    every = keras.Model(model.input, [model.get_layer(row.name).output for row in network.rows])
    for ours, theirs in zip(network.everything(images)[1], every(images.astype(np.float32)), strict=True):
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)
    maps = {row.name: values for row, values in zip(network.rows, network.everything(images)[1], strict=True)}
    names = {row.id: row.name for row in network.rows}
    joins = [row for row in network.rows if len(row.inputs) > 1]
    assert joins
    for row in joins:
        expected = JOINS[row.kind]([maps[names[one]] for one in row.inputs])
        np.testing.assert_allclose(maps[row.name], expected, rtol=1e-5, atol=1e-6)
    assert probabilities.dtype == np.float32
    assert probabilities.shape == (5, len(facts.class_names))
    np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-6)


def test_it_stands_in_the_list_is_compared_deleted_and_had_back(both, app):
    run, other = both
    rows = {row.run.id: row for row in overview.of(workspace.current()).read().rows}
    at = app.run().switch_page(RUNS).run()

    assert not at.exception
    assert (rows[run.id].trouble, rows[run.id].network) == ("", run.experiment.network_line())
    assert rows[run.id].parameters == open_network(run).model.count_params()
    assert len(rows[run.id].curve) == run.experiment.training.all_epochs
    bytes_before = {path.name: path.read_bytes() for path in run.path.rglob("*.npz")}
    here().delete(run)
    at = at.run()
    assert run.id not in {row.run.id for row in overview.of(workspace.current()).read(max_age=0).rows}
    at.button(key=f"restore-{run.id}").click()
    at = at.run()
    assert not at.exception
    assert {path.name: path.read_bytes() for path in here().find(run.id).path.rglob("*.npz")} == bytes_before
    wider = run.experiment.edited(seed=7)
    assert [row.field for row in differences([run.experiment, wider, other.experiment])] == ["seed"]


def test_links_json_and_every_field_of_a_sweep_keep_the_network(run):
    experiment = run.experiment
    facts = experiment.dataset.facts()

    assert read_link(experiment.to_link()).is_same(experiment)
    assert read_experiment(experiment.to_json()) == experiment
    for field in sweeps.numeric_fields(experiment):
        ((same, _),) = sweeps.grid(experiment, [(field, (field.value,))])
        assert same.is_same(experiment), field.path
    blocks = [place for place, layer in enumerate(experiment.layers) if hasattr(layer, "repeats")]
    if experiment.training.phases:
        _differ_in_base_cut_and_phases(experiment)
        return
    field = sweeps.find(experiment, f"layers[{blocks[0]}].repeats")
    family = [member for member, _ in sweeps.grid(experiment, [(field, (1, 3))])]
    assert all(member.trace(facts).broken is None for member in family)
    assert [row.field for row in differences(family)] == [f"layer {blocks[0] + 1}"]


def _differ_in_base_cut_and_phases(experiment):
    base, *rest = experiment.layers
    phase = experiment.training.phases[0].edited(trainable_from="")
    others = (
        experiment.edited(layers=(base.edited(cut="block_1_project_BN"), *rest)),
        experiment.edited(layers=(SmallBase(), *rest)),
        experiment.edited(training=experiment.training.edited(phases=(phase,))),
    )
    found = [differences([experiment, other]) for other in others]

    first, frozen = "layer 1", "MobileNetV2 with fresh weights, alpha 0.35, up to block_2_add, frozen"
    assert [[(row.field, *row.values) for row in rows] for rows in found] == [
        [(first, frozen, "MobileNetV2 with fresh weights, alpha 0.35, up to block_1_project_BN, frozen")],
        [(first, frozen, "SmallBase frozen")],
        [
            (
                "training.phases 1",
                "Fine-tuning from block_2_project on, rate / 10",
                "Fine-tuning all layers, rate / 10",
            )
        ],
    ]


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_its_files_open_elsewhere(run, images, tmp_path, monkeypatch):
    last = run.checkpoints()[-1]
    expected = open_network(run, last).answer(images)[1]
    model = keras.models.load_model(produce(run, "keras", last, QUIET))
    np.testing.assert_allclose(model.predict(images, verbose=0), expected, atol=1e-5)
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    is_mixed = run.experiment.training.precision != "float32"
    assert ("this file computes in float32" in networks.which(run, last)) == is_mixed

    archive = produce(run, "zip", 0, QUIET).read_bytes()
    monkeypatch.setenv("KERNELSCOPE_HOME", str(tmp_path / "elsewhere"))
    (tmp_path / "run.zip").write_bytes(archive)
    place = workspace.current().folder("incoming") / "place"
    place.mkdir()
    opened = here().find(open_archive(tmp_path / "run.zip", place).run)
    assert opened.experiment == run.experiment
    assert (opened.metrics(), opened.checkpoints()) == (run.metrics(), run.checkpoints())
    assert doctor.examine(workspace.current()) == []
    for epoch in run.checkpoints():
        ours, theirs = run.weights(epoch), opened.weights(epoch)
        assert ours.keys() == theirs.keys() and all(np.array_equal(ours[key], theirs[key]) for key in ours)
    np.testing.assert_array_equal(open_network(opened, last).answer(images)[1], expected)


def test_the_command_line_takes_it(run, name, tmp_path, capsys):
    file = tmp_path / "network.json"
    file.write_text(run.experiment.to_json(), encoding="utf-8")
    picture = tmp_path / "picture.png"
    Image.fromarray(np.full((20, 20, 3), 90, np.uint8)).save(picture)

    def tell(*words):
        status = main([*words, "--json"] if words[0] != "code" else list(words))
        out, err = capsys.readouterr()
        assert status == 0, (words, out, err)
        return out

    rows = run.experiment.trace(run.experiment.dataset.facts()).rows
    assert [row["name"] for row in json.loads(tell("check", str(file)))["layers"]] == [row.name for row in rows]
    compile(tell("code", str(file)), "network.py", "exec")
    assert "nbformat" in json.loads(tell("code", str(file), "--notebook"))
    assert run.id in {one["run"] for one in json.loads(tell("runs"))["runs"]}
    (answer,) = json.loads(tell("predict", run.id, str(picture)))["images"]
    assert sum(one["probability"] for one in answer["classes"]) == pytest.approx(1, abs=1e-5)
