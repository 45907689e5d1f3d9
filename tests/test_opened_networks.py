"""Networks that people bring: what the catalogue can say becomes an experiment, the rest is told, nothing is run."""

import contextlib
import hashlib
import io
import json
import math
import random
from pathlib import Path

import keras
import numpy as np
import pytest
from model_files import TEACHABLE, keras_file, laid, opened_file, refused, sequential
from streamlit.testing.v1 import AppTest

from benchmarks.random_graphs import whole_graph
from core import child
from core.augmentation.movement import RandomFlip
from core.build.codegen import script
from core.build.model import build_model
from core.build.weights import put
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.comparison import differences
from core.experiment.grouping import grouped
from core.experiment.node import Node
from core.experiment.opened import opened
from core.experiment.presets import load_preset, presets
from core.experiment.reading import read_experiment
from core.experiment.recognised import rows_of, written
from core.export.networks import KerasFile
from core.intake.models import files, process, weights
from core.intake.models.reading import read_network
from core.layers import Layer
from core.layers.convolution import Conv2D
from core.layers.group import Group
from core.layers.hand_made import HandMadeConv2D
from core.layers.pretrained import Base
from core.layers.regularization import BatchNormalization
from core.layers.reshaping import Flatten
from core.optimization.optimizers import SGD
from core.runs import beginning, beginning_process
from core.runs.beginning_process import matched
from core.runs.recorder import Recorder
from core.spec import kinds
from core.training.loop import Trainer
from core.uploads.networks import receive_network, with_weights
from tests.saved import here

LARGE = 50_000_000
"""Bytes of weights that are not written only to be read again, with an optimizer beside them."""
ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras, as it saves


def graph(experiment):
    """The network as Keras builds it, in whichever order: blocks are unfolded, a pooling's step is spelled out."""
    told = {"image": "image"}
    for row in experiment.trace(experiment.dataset.facts()).rows:
        read = [told[one] for one in row.inputs]
        told[row.id] = hashlib.sha256(f"{spelled_out(row.layer)!r} {read}".encode()).hexdigest()
    return told["head"]


def spelled_out(layer):
    """A layer with the step of its windows; of kernels made by hand what they come to, however they are divided."""
    if isinstance(layer, HandMadeConv2D):
        others = layer.model_dump(exclude={"kernels", "channels"})
        return np.round(layer.weights(), 6).tolist(), others
    pool = getattr(layer, "pool_size", None)
    return layer.edited(strides=layer.strides or pool) if pool else layer


def again(experiment, document):
    """A config put into an experiment without layers."""
    return opened(read_network(document), experiment.edited(nodes=()))


# ---------------------------------------------------------------------------------------------- what is understood


@pytest.mark.parametrize("name", presets())
def test_our_own_keras_file_of_every_preset_is_the_same_network_again(name, tmp_path):
    experiment = load_preset(name)
    facts = experiment.dataset.facts()
    if experiment.trace(facts).weight_bytes > LARGE:
        found = again(experiment, json.loads(build_model(experiment, facts).to_json()))
        assert graph(found.experiment) == graph(experiment)
        return
    data, model = keras_file(experiment, tmp_path)
    config, held = opened_file(data, tmp_path)
    found = again(experiment, config)

    assert graph(found.experiment) == graph(experiment)
    frozen = sum(row.base is not None and not row.trainable for row in experiment.trace(facts).rows)
    assert len(found.left_out) == frozen and all("trainable=False" in one for one in found.left_out)  # of bases alone
    sizes = {key: sum(map(math.prod, shapes)) for key, shapes in weights.shapes(held).items()}
    traced = found.experiment.trace(experiment.dataset.facts())
    assert [sizes.get(found.keys[row.name], 0) for row in traced.rows] == [row.parameters for row in traced.rows]
    assert traced.parameters == model.count_params()


def changed_by(draw, model):
    """The same network with other weights."""
    for variable in model.weights:
        variable.assign(np.random.default_rng(draw.randrange(99)).uniform(0.1, 1, variable.shape))


def folded(draw, nodes):
    """The same network with some rows in blocks of the learner's own, and words beside some."""
    nodes = tuple(node.edited(comment="why") if draw.random() < 0.3 else node for node in nodes)
    for _ in range(6):
        first = draw.randrange(len(nodes))
        with contextlib.suppress(UserError):  # they are no single path in and out
            nodes, _ = grouped(nodes, [node.id for node in nodes[first : first + draw.randint(1, 3)]], f"mine {first}")
    return nodes


def test_blocks_names_and_comments_of_our_own_file_come_back_and_its_weights_to_the_bit(tmp_path):
    draw, met = random.Random(3), set()
    begin = Experiment(dataset=Shapes(image_size=12, count=40))
    facts = begin.dataset.facts()
    networks = [folded(draw, whole_graph(draw, facts.shape)) for _ in range(4)]
    networks += [
        load_preset(name).nodes for name in ("resnet-small", "inception-small", "mobilenet-small", "vgg-small")
    ]
    images = np.random.default_rng(0).integers(0, 256, (2, *facts.shape)).astype(np.float32)
    for nodes in networks:
        experiment = begin.edited(nodes=nodes)
        if any(problem.blocking for problem in experiment.problems()):
            continue
        model = build_model(experiment, facts)
        changed_by(draw, model)
        KerasFile().save(model, experiment, facts, tmp_path / "network.keras", "")
        parts = files.open_keras(laid((tmp_path / "network.keras").read_bytes(), tmp_path), "network.keras")
        found = opened(read_network(parts.config), begin, "", rows_of(parts.ours))
        values, notes = matched(found.experiment, parts.weights, found.keys)
        again_built = build_model(found.experiment, facts)
        put(again_built, dict(values))

        assert found.experiment.nodes == nodes
        assert (found.left_out, notes) == ((), ())
        for ours, theirs in zip(again_built.weights, model.weights, strict=True):
            np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
        np.testing.assert_array_equal(again_built(images).numpy(), model(images).numpy())
        met |= {layer.kind for layer in experiment.layers}
    assert {"Group", "ResidualBlock", "InceptionBlock", "MobileNetBlock", "VGGBlock"} <= met


def test_rows_beside_the_layers_of_a_file_are_left_where_they_are_not_its_layers():
    experiment = load_preset("resnet-small")
    document = json.loads(build_model(experiment, experiment.dataset.facts()).to_json())
    read, begin, rows = read_network(document), experiment.edited(nodes=()), rows_of(written(experiment))
    plain = opened(read, begin).experiment
    assert opened(read, begin, "", rows).experiment.nodes == experiment.nodes
    others = {
        "fewer": rows[:-1],
        "other arguments": (rows[0].edited(layer=rows[0].layer.edited(filters=9)), *rows[1:]),
        "another order": (rows[1], rows[0], *rows[2:]),
        "more, unread by none": (*rows, rows[-1].edited(id="more")),
        "no rows": rows_of('{"layers": [{"kind": "Lambda"}]}'),
    }
    for what, other in others.items():
        assert opened(read, begin, "", other).experiment == plain, what
    assert len(plain.nodes) > len(rows)


def test_every_layer_of_the_catalogue_is_read_back_from_the_config_that_keras_writes():
    wrong, bases = [], {kind for kind in kinds(Layer).values() if issubclass(kind, Base)}
    for kind in set(kinds(Layer).values()) - {Group} - bases:  # rows of one's own; and many rows
        wide = Node(id="wide", layer=Conv2D(filters=8, padding="same"))
        first = Node(id="first", layer=kind(), inputs=("wide",) * kind.takes[0])
        nodes = (wide, first, Node(id="z", layer=Flatten()))
        experiment = Experiment(dataset=Shapes(image_size=16, count=40), nodes=nodes)
        model = build_model(experiment, experiment.dataset.facts())
        found = again(experiment, json.loads(model.to_json()))
        if graph(found.experiment) != graph(experiment) or found.left_out:
            wrong.append((kind.__name__, found.left_out))
    assert wrong == []


def test_random_graphs_of_all_layers_and_arguments_are_read_back():
    draw, wrong = random.Random(7), []
    begin = Experiment(dataset=Shapes(image_size=12, count=40))
    facts = begin.dataset.facts()
    for _ in range(30):
        experiment = begin.edited(nodes=whole_graph(draw, facts.shape))
        if any(problem.blocking for problem in experiment.problems()):
            continue
        found = again(experiment, json.loads(build_model(experiment, facts).to_json()))
        if graph(found.experiment) != graph(experiment) or found.left_out:
            wrong.append((found.left_out, experiment.network_line()))
    assert wrong == []


def test_a_network_of_keras_with_networks_inside_becomes_one_and_what_is_lacking_is_told():
    image = keras.Input((32, 32, 3))
    inner_image = keras.Input((15, 15, 8))
    inner = keras.Model(inner_image, keras.layers.Conv2D(4, 1)(inner_image), name="inner")
    network = keras.Sequential(
        [
            image, keras.layers.RandomFlip("horizontal"), keras.layers.Rescaling(1 / 127.5, offset=-1),
            keras.layers.Conv2D(8, 3, activation="relu"), keras.layers.MaxPooling2D(), inner,
            keras.layers.Lambda(lambda x: x * 2, name="f"), keras.layers.Flatten(), keras.layers.Dense(3),
            keras.layers.Softmax(),
        ],
        name="mine",
    )  # fmt: skip
    experiment = Experiment(dataset=Shapes(image_size=32, classes=3))
    found = again(experiment, json.loads(network.to_json()))

    assert found.experiment.network_line() == "Rescaling · Conv 8 · Pool · Conv 4 · Dense 3"
    assert found.experiment.layers[0].keras_arguments() == {"scale": 2.0, "offset": -1.0}
    assert found.experiment.augmentations == (RandomFlip(),)
    assert found.left_out == ("Lambda “f” can't be taken over: there is no such layer here",)
    assert found.keys["conv2d_2"] == "layers/functional/layers/conv2d"
    assert found.keys["head"] == "layers/dense"


def test_branches_operations_and_shared_layers_are_read_and_a_head_for_other_classes_is_said():
    image = keras.Input((8, 8, 1))
    left, right = (keras.layers.Conv2D(4, 3, padding="same")(image) for _ in range(2))
    shared = keras.layers.Dense(16)
    flat = keras.layers.Flatten()(keras.ops.relu(left + right))
    network = keras.Model(image, keras.layers.Dense(7, activation="softmax")(shared(keras.layers.Dense(16)(shared(
        keras.layers.Dense(16)(flat))))))  # fmt: skip
    found = again(Experiment(), json.loads(network.to_json()))

    assert [one.kind for one in found.experiment.layers][:5] == ["Conv2D", "Conv2D", "Add", "Activation", "Flatten"]
    assert found.experiment.nodes[1].inputs == ("image",)
    assert any("used 2 times" in one for one in found.understood)
    assert any("answers with 7 units" in one for one in found.understood)
    assert "head" not in found.keys
    told = refused("MODEL_DOES_NOT_FIT", lambda: again(
        Experiment(), json.loads(keras.Sequential([keras.Input((64, 64, 3)), keras.layers.Conv2D(2, 9)]).to_json())
    ))  # fmt: skip
    assert "64×64×3" in told and "8×8×1" in told


def test_a_mobile_net_of_keras_applications_is_read_whole():
    network = keras.applications.MobileNet(alpha=0.25, weights=None, input_shape=(64, 64, 3), include_top=False)
    found = again(Experiment(dataset=Shapes(image_size=64)), json.loads(network.to_json()))
    traced = found.experiment.trace(found.experiment.dataset.facts())

    assert all("ZeroPadding2D" in one for one in found.left_out)  # uneven borders, where the catalogue has none
    assert any("ends in maps" in one for one in found.understood)
    assert sum(row.parameters for row in traced.rows[:-1]) == network.count_params()


def test_two_classes_have_two_heads_and_the_loss_follows_the_file():
    for units, activation, loss in ((1, "sigmoid", "binary"), (2, "softmax", "sparse_categorical")):
        head = {"class_name": "Dense", "config": {"name": "d", "units": units, "activation": activation}}
        config = sequential({"class_name": "Flatten", "config": {"name": "f"}}, head)
        experiment = Experiment(dataset=Shapes(image_size=12, classes=2))
        found = again(experiment, config)
        assert found.experiment.loss(experiment.dataset.facts()) == f"{loss}_crossentropy"
        assert found.keys["head"] == "layers/dense"


def test_weights_that_are_not_there_or_no_numbers_are_refused(tmp_path):
    data, model = keras_file(Experiment(layers=(Flatten(),)), tmp_path)
    _, held = opened_file(data, tmp_path)
    ((_, (kernel, bias)),) = weights.arrays(held, ["layers/dense"])
    np.testing.assert_array_equal(kernel, model.get_layer("head").weights[0].numpy())
    assert bias.shape == (10,)
    assert "has no weights" in refused("MODEL_WEIGHTS", lambda: list(weights.arrays(held, ["layers/conv2d"])))
    model.get_layer("head").weights[0].assign(np.full((64, 10), np.nan))
    model.save(tmp_path / "nan.keras")
    _, held = opened_file((tmp_path / "nan.keras").read_bytes(), tmp_path)
    assert "NaN" in refused("MODEL_WEIGHTS", lambda: list(weights.arrays(held, ["layers/dense"])))


def test_a_run_begins_with_the_weights_of_a_file_and_what_does_not_fit_is_named(tmp_path, monkeypatch):
    small = Experiment(layers=(Conv2D(filters=2), BatchNormalization(), Flatten()), seed=5)
    small = small.edited(training=small.training.edited(epochs=1, optimizer=SGD(learning_rate=1e-6)))
    data, model = keras_file(small, tmp_path)
    found = receive_network(io.BytesIO(data), "mine.keras").put_into(small.edited(nodes=(), seed=77))
    _, held = opened_file(data, tmp_path)
    values, notes = matched(found.experiment, held, found.keys)
    values = dict(values)
    begun = found.experiment.edited(weights=beginning.keep(here().workspace, values.items()))
    run = here().create(begun)
    with Recorder(run) as record:
        Trainer(run.experiment, record).run()

    assert notes == ()
    assert not begun.is_same(found.experiment)
    assert any(one.field == "first weights" for one in differences([begun, found.experiment]))
    assert "begins with fresh weights" in script(begun)
    for path in ("conv2d_1/kernel", "batch_normalization_1/gamma", "head/kernel"):
        saved = next(one.numpy() for one in model.weights if one.path == path)
        np.testing.assert_array_equal(values[path], saved)
        np.testing.assert_allclose(run.weights(1)[path], saved, atol=1e-3)

    _, notes = matched(found.experiment, held, {k: v for k, v in found.keys.items() if k != "head"})
    assert notes == ("head begins with fresh weights", "Not needed of the file: layers/dense")
    wider = found.experiment.edited(layers=(Conv2D(filters=3), BatchNormalization(), Flatten()))
    told = refused("WEIGHTS_DO_NOT_FIT", lambda: matched(wider, held, found.keys))
    assert "3×3×1×2" in told and "3×3×1×3" in told
    refused("WEIGHTS_DO_NOT_FIT", lambda: here().create(begun.edited(nodes=wider.nodes)))
    refused("WEIGHTS_NOT_HERE", lambda: here().create(begun.edited(weights="0" * 64)))
    refused("WEIGHTS_NOT_HERE", lambda: beginning.weights_of(here().workspace, "0" * 64))
    monkeypatch.setattr(beginning, "MOST", 0)
    beginning.keep(here().workspace, [("a", np.zeros(3, np.float32))])
    refused("WEIGHTS_NOT_HERE", lambda: here().create(begun))


def test_taking_weights_over_is_done_elsewhere_and_a_fault_there_shows_nothing(tmp_path, monkeypatch):
    experiment = Experiment(layers=(Flatten(),))
    data, _ = keras_file(experiment, tmp_path)
    brought = receive_network(io.BytesIO(data), "x.keras")
    begun, notes = with_weights(io.BytesIO(data), "x.keras", brought.put_into(Experiment()))
    beginning.require(here().workspace, begun)
    assert len(begun.weights) == 64
    assert notes == ()
    assert read_experiment(begun.to_json()) == begun
    assert "weights" not in json.loads(experiment.to_json())

    monkeypatch.setattr(beginning_process, "open_keras", lambda *_: 1 / 0)
    (tmp_path / "file").write_bytes(b"x")
    job = {"file": str(tmp_path / "file"), "name": "x"}
    refused("WEIGHTS_FAILED", lambda: beginning_process.work(job, None))

    def end(*_):
        raise UserError("The helper process ended.", "Try again.", "CRASHED")

    monkeypatch.setattr(child, "ask", end)
    refused("WEIGHTS_CRASHED", lambda: beginning.take_over(tmp_path / "file", "x", experiment, {}))


# ---------------------------------------------------------------------------------------------- the way in


def test_an_upload_is_read_in_a_process_of_its_own_and_a_fault_there_shows_nothing(tmp_path, monkeypatch):
    experiment = Experiment(layers=(Conv2D(filters=2), Flatten()))
    data, _ = keras_file(experiment, tmp_path)
    brought = receive_network(io.BytesIO(data), "network.keras")
    assert brought.put_into(Experiment()).experiment.nodes == experiment.nodes
    assert brought.shapes["layers/conv2d"] == [[3, 3, 1, 2], [2]]
    assert receive_network(io.BytesIO(experiment.to_json().encode()), "mine.json").experiment == experiment
    refused("MODEL_OF_TEACHABLE_MACHINE", lambda: receive_network(io.BytesIO(TEACHABLE), "a.zip"))

    monkeypatch.setattr(process, "open_keras", lambda *_: 1 / 0)
    (tmp_path / "file").write_bytes(b"x")
    refused("MODEL_FAILED", lambda: process.work({"file": str(tmp_path / "file"), "name": "x"}, None))

    def end(*_):
        raise UserError("The helper process ended.", "Try again.", "CRASHED")

    monkeypatch.setattr(child, "ask", end)
    refused("MODEL_CRASHED", lambda: process.open_in_process(tmp_path / "file", "x"))


def test_the_page_lists_what_was_understood_before_it_replaces_the_network():
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    at.switch_page("pages/2_Design/3_Network.py").run()
    at.session_state["network-views"] = "Save and share"
    at.run()
    config = sequential(
        {"class_name": "Flatten", "config": {"name": "f"}}, {"class_name": "Lambda", "config": {"name": "g*"}},
        {"class_name": "Dense", "config": {"name": "d", "units": 10, "activation": "softmax"}},
    )  # fmt: skip
    before = at.session_state["tab"].experiment
    at.file_uploader[0].set_value(("theirs.json", json.dumps(config).encode(), "application/json")).run()
    told = " ".join(one.value for one in (*at.caption, *at.warning))

    assert at.session_state["tab"].experiment == before
    assert r"Lambda “g\*”" in told
    assert "answers as the one here" in told
    next(one for one in at.button if one.label == "Go on without what is left out").click().run()
    after = Experiment.model_validate_json(at.session_state["tab"].experiment)
    assert [one.kind for one in after.layers] == ["Flatten"]
    assert after.name == "theirs"
