"""Dead and duplicate filters, against networks whose weights were made so by hand, and against NumPy."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from saved import save_weights
from streamlit.testing.v1 import AppTest

from core.build.model import build_model
from core.datasets.shapes import Shapes
from core.experiment import Experiment
from core.experiment.fewer_filters import with_fewer
from core.experiment.node import Node
from core.layers.activation import Activation
from core.layers.convolution import Conv2D, SeparableConv2D
from core.layers.dense import Dense
from core.layers.joining import Add
from core.layers.regularization import BatchNormalization
from core.layers.reshaping import Flatten
from core.lens import process
from core.lens.filter_wishes import WhatAFilterWants
from core.lens.idle_filters import ALIKE, NEARLY, PLACES, IdleFiltersCounted, correlation, twins_of
from core.lens.network import open_network
from core.runs import states
from core.runs.recorder import Recorder
from pages.components.frame import session
from pages.components.runs import run_table
from pages.components.understand import idle_filters as idle_view
from tests.saved import here
from tests.test_filters import BIG, by_keras, trained_images

ROOT = Path(__file__).resolve().parent.parent
DRAW = np.random.default_rng(6)


@pytest.fixture(autouse=True, scope="module")
def workspace(tmp_path_factory):
    """One workspace for the module: a network is opened once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERNELSCOPE_HOME", str(tmp_path_factory.mktemp("workspace")))
        yield


@pytest.fixture(scope="module")
def idle():
    """A network whose third filter is dead, whose sixth is the fifth again and whose second needs a rare image; behind
    it a convolution whose relu comes after batch normalization, and one that no relu follows."""
    layers = (
        Conv2D(filters=8),
        Conv2D(filters=4, activation="linear"),
        BatchNormalization(),
        Activation(),
        Conv2D(filters=2, activation="linear"),
        Flatten(),
        Dense(units=3, activation="tanh"),
    )
    experiment = Experiment(dataset=Shapes(count=60, image_size=BIG, classes=3), layers=layers)
    run, model = here().create(experiment), build_model(experiment, experiment.dataset.facts())
    kernel, bias = (np.array(values) for values in model.get_layer("conv2d_1").get_weights())
    bias[:] = 0.05
    kernel[..., 2], bias[2] = -np.abs(kernel[..., 2]), -0.1
    kernel[..., 5], bias[5] = kernel[..., 4], bias[4]
    model.get_layer("conv2d_1").set_weights([kernel, bias])
    kernel, bias = (np.array(values) for values in model.get_layer("conv2d_2").get_weights())
    kernel[..., 1] = 0
    bias[1] = -1
    kernel[..., 3], bias[3] = 2 * kernel[..., 0], 0.0
    model.get_layer("conv2d_2").set_weights([kernel, bias])
    with Recorder(run) as record:
        save_weights(record, 1, model)
        record.status(state=states.FINISHED, epoch=1, epochs=1)
    return run, model


def test_dead_and_duplicate_filters_are_those_that_were_made_so_and_that_numpy_finds(idle):
    run, model = idle
    _, images = trained_images(run)
    found = {one["name"]: one for one in IdleFiltersCounted().look(open_network(run), images[:0]).layers}

    assert list(found) == ["conv2d_1", "conv2d_2", "conv2d_3", "dense_1"]
    first = found["conv2d_1"]
    assert 2 in first["dead"] and [5, 4] in first["twins"].tolist()
    for name, after in (("conv2d_1", "conv2d_1"), ("conv2d_2", "activation_1")):
        told = found[name]
        values = by_keras(model, after, images)  # (N, places, filters)
        above = (values.max(1) > 0).mean(0)
        assert told["after"] == after
        np.testing.assert_allclose(told["share"], above)
        assert told["dead"].tolist() == np.flatnonzero(above == 0).tolist()
        assert told["nearly"].tolist() == np.flatnonzero((above > 0) & (above < NEARLY)).tolist()
        side = int(values.shape[1] ** 0.5)
        places = np.unique(np.linspace(0, side - 1, PLACES).round().astype(int))
        seen = values.reshape(len(images), side, side, -1)[:, places][:, :, places].reshape(-1, values.shape[-1])
        for (twin, like), alike in zip(told["twins"], told["alike"], strict=True):
            assert alike == pytest.approx(np.corrcoef(seen[:, twin], seen[:, like])[0, 1], abs=1e-4)
            assert alike > ALIKE
    assert 1 in found["conv2d_2"]["dead"] and [3, 0] in found["conv2d_2"]["twins"].tolist()
    assert (found["conv2d_3"]["activation"], found["dense_1"]["activation"]) == ("linear", "tanh")
    assert not len(found["conv2d_3"]["dead"]) and not len(found["dense_1"]["dead"])


def test_correlation_is_numpys_and_of_what_never_changes_there_is_none():
    values = DRAW.normal(size=(200, 5)) + 3
    values[:, 3] = 0.7
    values[:, 4] = -2 * values[:, 0]
    expected = np.corrcoef(values[:, [0, 1, 2, 4]].T)
    ours = correlation(values.sum(0), values.T @ values, 200)

    np.testing.assert_allclose(ours[np.ix_([0, 1, 2, 4], [0, 1, 2, 4])], expected, atol=1e-9)
    assert not ours[3].any() and not ours[:, 3].any()
    alike = np.eye(4)
    alike[0, 1] = alike[1, 0] = alike[1, 2] = alike[2, 1] = 0.99
    assert twins_of(alike).tolist() == [[1, 0]]  # 2 is like 1 alone, and 1 is gone already


def test_what_can_be_tried_is_only_what_this_network_does_not_do_and_names_no_cause(idle):
    run, _ = idle
    found = IdleFiltersCounted().look(open_network(run), np.zeros((0, 1), np.uint8))
    lines = " ".join(idle_view.options(found, run.experiment))
    he = run.experiment.nodes[0].layer.edited(kernel_initializer="he_normal")
    second = run.experiment.nodes[1].layer.edited(kernel_initializer="he_uniform")
    other = run.experiment.edited(
        nodes=tuple(
            node.edited(layer={0: he, 1: second}.get(place, node.layer))
            for place, node in enumerate(run.experiment.nodes)
        )
    )

    assert f"than {run.experiment.training.optimizer.learning_rate:g}" in lines
    assert "He initialisation" in lines and "glorot_uniform" in lines
    assert "He initialisation" not in " ".join(idle_view.options(found, other))
    assert "base" not in lines


def test_fewer_filters_are_as_many_fewer_as_are_idle_and_a_join_keeps_what_it_needs(idle):
    run, _ = idle
    found = IdleFiltersCounted().look(open_network(run), np.zeros((0, 1), np.uint8))
    smaller, changed = idle_view.fewer(found, run.experiment)
    spare = {one["name"]: len(set(one["dead"]) | {twin for twin, _ in one["twins"]}) for one in found.layers}

    assert changed["conv2d_1"] == (8, 8 - spare["conv2d_1"]) and changed["conv2d_2"] == (4, 4 - spare["conv2d_2"])
    assert smaller.nodes[0].layer.filters == changed["conv2d_1"][1]
    build_model(smaller, smaller.dataset.facts())
    experiment = Experiment(
        dataset=run.experiment.dataset,
        nodes=(
            Node(id="conv2d_1", layer=Conv2D(filters=3, padding="same")),
            Node(id="conv2d_2", layer=Conv2D(filters=3, padding="same")),
            Node(id="add_1", layer=Add(), inputs=("conv2d_2", "conv2d_1")),
            Node(id="separable_conv2d_1", layer=SeparableConv2D(filters=13)),
            Node(id="flatten_1", layer=Flatten()),
            Node(id="dense_1", layer=Dense(units=4)),
        ),
    )
    ids = {"conv2d_1": 1, "conv2d_2": 1, "separable_conv2d_1": 40, "dense_1": 2}
    tried, changed = with_fewer(experiment, {**ids, "nowhere": 3})
    assert changed == {"separable_conv2d_1": (13, 1), "dense_1": (4, 2)}
    assert tried.trace(tried.dataset.facts()).broken is None


def test_a_counted_filter_leads_to_what_it_wants_and_one_press_trains_with_fewer(idle, monkeypatch):
    started = []

    def ask(question, **fields):
        return process.ask({"question": question, "uploads": [], **fields}, b"")

    launcher = SimpleNamespace(ask=lambda run, asker: started.append(run), lacks=lambda run: "")
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: launcher)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.ask", ask)
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    app.query_params["run"] = idle[0].id
    app = app.run().switch_page("pages/4_Understand/2_Look_inside.py").run()
    next(box for box in app.selectbox if box.label == "Look with").set_value("idle_filters").run()
    assert not app.exception and not app.error
    next(one for one in app.button if one.label == "Train with fewer filters").click()
    app.run()

    assert not app.exception
    assert [one.value for one in app.title] == ["Runs"]
    (run,) = started
    assert run.experiment.nodes[0].layer.filters < 8 and run.experiment.name.endswith("fewer filters")
    tab = app.session_state[session.TAB]
    assert tab.kept[run_table.CHOSEN] == [idle[0].id, run.id]
    assert tab.undo and tab.experiment == run.experiment.to_json()


def test_a_press_on_a_counted_filter_has_the_page_look_at_it(monkeypatch):
    led = []
    monkeypatch.setattr(idle_view.look_with, "lead_to", led.append)
    idle_view._do({"layer": "conv2d_1", "opened": 4})
    assert led == [WhatAFilterWants(layer="conv2d_1", within="conv2d_1", opened=4)]
