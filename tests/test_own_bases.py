"""Bases out of networks of one's own: runs and files, their layers, their weights, and where they stand."""

import dataclasses
import io
import json
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import child
from core.build import pretrained
from core.build.model import build_model
from core.build.weights import named, put
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.bases import with_base
from core.experiment.comparison import differences
from core.experiment.network import trace
from core.experiment.node import Node
from core.experiment.reading import read_experiment, read_link
from core.layers.activation import Activation
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.mobilenet_v2 import MobileNetV2
from core.layers.own_base import OwnBase
from core.layers.pooling import GlobalAveragePooling2D, MaxPooling2D
from core.layers.regularization import BatchNormalization
from core.layers.reshaping import Flatten
from core.layers.residual import ResidualBlock
from core.runs import as_base, beginning, beginning_process, heads, states, trash
from core.runs.arrays import write
from core.runs.layout import WEIGHTS
from core.runs.recorder import Recorder
from core.training.first import give_weights
from core.uploads import networks
from tests.saved import here, save_weights

ROOT = Path(__file__).resolve().parent.parent
HEAD = Dense(units=3, activation="softmax")
NETWORK = (
    Conv2D(filters=4, padding="same"),
    ResidualBlock(filters=6),
    BatchNormalization(),
    Activation(activation="relu"),
    MaxPooling2D(),
    Flatten(),
    Dense(units=5),
)
EXPERIMENT = Experiment(layers=NETWORK, dataset=Shapes(count=60, image_size=16), name="Six shapes")
IMAGES = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3)).astype("float32")


def a_run(experiment=EXPERIMENT, change=lambda array: array, **told):
    """A run that has ended, as if trained: no step was made."""
    run = here().create(experiment)
    model = build_model(experiment, experiment.dataset.facts())
    rng = np.random.default_rng(1)
    for variable in model.weights:  # moving statistics too, which training would move
        variable.assign(rng.uniform(0.1, 0.5, variable.shape))
    with Recorder(run) as record:
        save_weights(record, 1, model, change)
        record.status(**({"state": states.FINISHED, "epoch": 1, "best_epoch": 1, "best_val_accuracy": 0.914} | told))
    return run, model


def refused(code, work):
    with pytest.raises(UserError) as told:
        work()
    assert told.value.code == code
    return str(told.value)


def begun(experiment):
    """The network of an experiment with what its base learnt."""
    facts = experiment.dataset.facts()
    model, home = build_model(experiment, facts), here().workspace
    pretrained.begin(model, experiment.trace(facts), lambda digest: beginning.base_weights(home, digest))
    return model


def test_a_run_becomes_a_base_that_answers_as_its_network_did_and_outlives_it():
    run, model = a_run()
    base = as_base.of_run(run)
    here().delete(run)
    trash.delete_for_ever(here().workspace, run.id)
    new, told = with_base(Experiment(layers=(Dense(units=7),), dataset=EXPERIMENT.dataset, seed=9), base)
    rows = new.trace(new.dataset.facts()).rows

    assert base.origin == "Six shapes, epoch 1, 0.91" and base.words() == f"{base.origin}, frozen"
    assert told == () and [node.kind for node in new.nodes] == ["OwnBase", "Dense"]
    features = keras.Model(model.input, model.get_layer("dense_1").output)
    ours = begun(new)
    np.testing.assert_allclose(
        keras.Model(ours.input, ours.get_layer("dense_1").output)(IMAGES, training=True),
        features(IMAGES, training=False),
        atol=1e-6,
    )  # frozen: also while the network trains
    assert {one.path.partition("/")[0] for one in ours.trainable_weights} == {"dense_2", "head"}
    assert {row.part for row in rows if row.base} >= {"conv2d_1", "residual_block_1.act", "dense_1"}
    here().create(new)


def test_it_is_cut_and_learns_from_any_layer_also_one_in_a_block():
    base = as_base.fresh(EXPERIMENT.nodes, (16, 16, 3), "mine")
    inner = [row.part for row in trace((16, 16, 3), [base], HEAD).rows if row.part.startswith("residual_block_1.")]
    for name in inner:
        rows = trace((16, 16, 3), [base.edited(cut=name, trainable_from=name), GlobalAveragePooling2D()], HEAD).rows
        own = [row for row in rows if row.base]
        assert own[-1].part == name and own[-1].output_shape == (16, 16, 6)
        assert [row.part for row in own if row.trainable] == [name]
    wider = trace((32, 20, 1), [base.edited(cut=inner[-1]), GlobalAveragePooling2D()], HEAD)  # convolutions do not mind
    assert wider.broken is None and wider.rows[0].part == "image_colours"
    told = trace((32, 32, 3), [base], HEAD).broken.impossible
    assert told.reason == "dense_1 learnt from images of 16×16 px, these are 32×32" and "Resizing" in told.hint
    told = trace((16, 16, 5), [base], HEAD).broken.impossible
    assert told.reason == "it learnt from images of 3 channels, these have 5"
    assert trace((16, 16, 3), [OwnBase()], HEAD).broken.impossible.reason == "it has no layers yet"
    grey = trace((8, 8, 3), [as_base.fresh([Node(id="a", layer=Conv2D())], (8, 8, 1), "mine")], HEAD).rows
    assert [row.part for row in grey[:-1]] == ["image_colours", "conv2d_1"] and grey[1].inputs == (grey[0].id,)


def test_a_base_inside_a_base_keeps_its_layers_names_and_weights():
    inner = Experiment(
        layers=(MobileNetV2(alpha=0.35, weights=None, cut="block_1_project_BN"), GlobalAveragePooling2D()),
        dataset=Shapes(count=60, image_size=32),
    )
    run, model = a_run(inner)
    base = as_base.of_run(run)
    new, _ = with_base(inner.edited(nodes=()), base.edited(trainable_from="mobile_netv2_1.block_1_expand"))
    ours, rows = begun(new), [row for row in new.trace(new.dataset.facts()).rows if row.base]
    images = np.repeat(np.repeat(IMAGES, 2, 1), 2, 2)

    assert rows[1].part == "mobile_netv2_1.Conv1" and rows[1].name == "mobile_netv2_1_Conv1"
    assert [row.part for row in rows if row.trainable][0] == "mobile_netv2_1.block_1_expand"
    for one, name in ((model, "global_average_pooling2d_1"), (ours, "global_average_pooling2d_1")):
        one.features = keras.Model(one.input, one.get_layer(name).output)(images)
    np.testing.assert_allclose(ours.features, model.features, atol=1e-6)


def test_it_travels_is_compared_and_is_refused_where_its_weights_are_not(monkeypatch, tmp_path):
    run, _ = a_run()
    base = as_base.of_run(run)
    new, _ = with_base(EXPERIMENT, base)
    other = new.edited(nodes=(new.nodes[0].edited(layer=base.edited(weights="", origin="")), *new.nodes[1:]))

    assert read_experiment(new.to_json()) == new and read_link(new.to_link()).is_same(new)
    renamed = new.edited(nodes=(new.nodes[0].edited(layer=base.edited(origin="else", cut=new.layers[0].cut)),
                                *new.nodes[1:]))  # fmt: skip
    assert renamed.is_same(new) and not other.is_same(new)
    assert any("fresh" in "".join(row.values) for row in differences([new, other]))
    monkeypatch.setenv("KERNELSCOPE_HOME", str(tmp_path / "elsewhere"))
    told = refused("BASE_WEIGHTS_GONE", lambda: here().create(new))
    assert told.startswith("The weights of Six shapes") and "are not on this machine any more. Choose the run" in told
    refused("BASE_WEIGHTS_GONE", lambda: begun(new))
    refused("BASE_WEIGHTS_GONE", lambda: pretrained.begin(build_model(new, new.dataset.facts()),
                                                          new.trace(new.dataset.facts())))  # fmt: skip
    here().create(other)  # without what it learnt
    whole = beginning.keep(here().workspace, named(build_model(new, new.dataset.facts()).weights))
    opened = new.edited(weights=whole)  # as a file that was exported elsewhere holds them: those of the base too
    beginning.require(here().workspace, opened)
    give_weights(opened, build_model(opened, opened.dataset.facts()), here().workspace)
    digest = beginning.keep(here().workspace, [("conv2d_1/kernel", np.zeros((3, 3, 3, 5), np.float32))])
    wrong = new.edited(nodes=(new.nodes[0].edited(layer=base.edited(weights=digest)), *new.nodes[1:]))
    refused("BASE_WEIGHTS_OTHER", lambda: begun(wrong))


def test_it_stands_in_front_in_place_of_another_or_cut_and_what_gives_way_is_told():
    base = as_base.fresh(EXPERIMENT.nodes, (16, 16, 3), "Six shapes, epoch 1, 0.91")
    chain = EXPERIMENT.edited(layers=(Conv2D(filters=2), MaxPooling2D(), Flatten(), Dense(units=9)))
    new, told = with_base(chain, base)
    again, nothing = with_base(new, base.edited(cut="activation_1"))
    larger, cut = with_base(chain.edited(dataset=Shapes(count=60, image_size=40)), base)

    assert new.layers == (base.edited(cut="max_pooling2d_1"), Flatten(), Dense(units=9))
    assert told == (
        "it is cut at max_pooling2d_1, the last of its layers that gives maps",
        "2 layers of yours that made maps gave way",
    )
    assert nothing == () and [node.id for node in again.nodes] == [node.id for node in new.nodes]
    assert larger.layers[0].cut == "max_pooling2d_1" and cut == told
    bare = EXPERIMENT.edited(nodes=())
    assert with_base(bare, base)[0].layers == (base,)
    maps = as_base.fresh([Node(id="a", layer=Conv2D())], (16, 16, 3), "maps")
    assert with_base(bare, maps)[0].layers == (maps, GlobalAveragePooling2D())
    assert with_base(chain, maps)[0].layers == (maps, *chain.layers)
    five = maps.edited(images=(16, 16, 5))
    assert "maps can't be the base for these images" in refused("BASE_DOES_NOT_FIT", lambda: with_base(bare, five))


def test_a_run_that_can_be_no_base_is_told_in_a_sentence(tmp_path, monkeypatch):
    of = lambda run: lambda: as_base.of_run(run)  # noqa: E731
    refused("RUN_LIVE", of(_waiting()))
    refused("NO_CHECKPOINT", of(_ended(here().create(EXPERIMENT))))
    refused("BASE_RUN_DIVERGED", of(a_run(change=lambda array: array * np.nan)[0]))
    deep = [Node(id="a", layer=Conv2D())]
    for _ in range(4):
        deep = [Node(id="a", layer=as_base.fresh(deep, (8, 8, 1), "deep"))]
    assert "4 deep at most" in refused("BASE_LAYERS", lambda: as_base.fresh(deep, (8, 8, 1), "deep"))
    refused("BASE_WITHOUT_LAYERS", lambda: as_base.fresh((), (8, 8, 1), "nothing"))
    old, model = a_run()
    place = old.checkpoint(1).place(WEIGHTS)
    written = write(place, [(f"arr_{i}", one.numpy()) for i, one in enumerate(model.weights)])
    manifest = place.parent / "manifest.json"
    manifest.write_text(json.dumps({"epoch": 1, "sha256": written.digest}), encoding="utf-8")
    refused("BASE_RUN_OLD", of(old))
    gone, _ = a_run()
    monkeypatch.setattr(Shapes, "facts", lambda self: (_ for _ in ()).throw(UserError("Gone.", "Bring it.", "GONE")))
    assert "the size of its images. Bring it. Or" in refused("BASE_RUN_DATA", of(gone))


def _ended(run):
    with Recorder(run) as record:
        record.status(state=states.STOPPED)
    return run


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_keras_file_is_a_base_without_its_head_and_gives_the_features_that_keras_gives(tmp_path, monkeypatch):
    monkeypatch.setattr(child, "ask", _asked_here)
    layers = keras.layers
    image = keras.Input((16, 16, 3))
    x = layers.Conv2D(6, 3, activation="relu")(layers.Rescaling(1 / 255)(image))
    x = layers.BatchNormalization()(x)
    features = layers.Dense(5, activation="tanh", name="last")(layers.GlobalAveragePooling2D()(x))
    model = keras.Model(image, layers.Dense(4, activation="softmax")(features))
    rng = np.random.default_rng(2)
    for variable in model.weights:
        variable.assign(rng.uniform(0.1, 0.5, variable.shape))
    model.save(tmp_path / "theirs.keras")
    data = (tmp_path / "theirs.keras").read_bytes()
    experiment = EXPERIMENT.edited(layers=(Dense(units=7),), augmentations=())
    brought = networks.receive_network(io.BytesIO(data), "theirs.keras")
    opened = brought.put_into(experiment)
    new, told = networks.as_base(io.BytesIO(data), "theirs.keras", brought, opened, experiment)

    assert told == () and [node.kind for node in new.nodes] == ["OwnBase", "Dense"]
    base = new.layers[0]
    assert [node.kind for node in base.nodes] == ["Conv2D", "BatchNormalization", "GlobalAveragePooling2D", "Dense"]
    assert base.images == (16, 16, 3) and base.origin == "theirs.keras" and base.short() == "theirs.keras"
    ours = begun(new)
    np.testing.assert_allclose(
        keras.Model(ours.input, ours.get_layer("dense_1").output)(IMAGES),
        keras.Model(image, features)(IMAGES),
        atol=1e-5,
    )
    shapeless = dataclasses.replace(opened, keys={})
    refused("WEIGHTS_DO_NOT_FIT", lambda: networks.as_base(io.BytesIO(data), "x", brought, shapeless, experiment))


def numbers(*shape, seed=3):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def sums(head, values):
    return values @ head.kernel + head.bias


def softmax(sums):
    powers = np.exp(sums - sums.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


@pytest.mark.parametrize("single", [False, True])
def test_old_classes_are_as_likely_beside_each_other_under_a_head_with_new_ones(single):
    classes, values = ("cat", "dog"), numbers(50, 7)
    units = 1 if single else 2
    old = heads.Head(numbers(7, units), numbers(units), classes)
    fresh = heads.Head(numbers(7, 4, seed=4), np.zeros(4, np.float32), ("ant", "dog", "bee", "cat"))
    new, told = heads.carried_over(old, fresh)
    before = sums(old, values)
    before = 1 / (1 + np.exp(-before[:, 0])) if single else softmax(before)[:, 1]
    after = softmax(sums(new, values))

    np.testing.assert_allclose(after[:, 1] / (after[:, 1] + after[:, 3]), before, rtol=1e-5)
    np.testing.assert_array_equal(new.kernel[:, [0, 2]], fresh.kernel[:, [0, 2]])
    assert told[0] == "2 outputs kept by the name of the class; new and fresh: ant and bee"
    assert (heads.HALVES in told) == single
    back, _ = heads.carried_over(new, heads.Head(numbers(7, 1), numbers(1), ("dog", "cat")))
    np.testing.assert_allclose(1 / (1 + np.exp(-sums(back, values)[:, 0])), 1 - before, rtol=1e-4, atol=1e-6)
    for other in (heads.Head(numbers(9, 2), numbers(2), classes), heads.Head(numbers(7, 1), numbers(1), ("dog", "x"))):
        same, (why,) = heads.carried_over(old, other)
        assert same is other and why.startswith("The head begins fresh")


def test_an_experiment_begins_with_the_weights_of_a_run_where_layers_are_alike(monkeypatch):
    layers = (Conv2D(filters=4), MaxPooling2D(), Conv2D(filters=6), Flatten(), Dense(units=5))
    run, old = a_run(EXPERIMENT.edited(layers=layers, dataset=Shapes(count=60, image_size=16, classes=2)))
    more = (Conv2D(filters=4), BatchNormalization(), MaxPooling2D(), Conv2D(filters=6), Flatten(), Dense(units=5))
    new = EXPERIMENT.edited(layers=more)
    monkeypatch.setattr(child, "ask", _asked_here)
    taken = beginning.take_over_run(run.id, new)
    begun_with = new.edited(weights=taken.digest)
    values = beginning.weights_of(here().workspace, taken.digest)
    beginning.require(here().workspace, begun_with)
    model = build_model(new, new.dataset.facts())
    put(model, values)

    for layer in ("conv2d_1", "conv2d_2", "dense_1"):
        for ours, theirs in zip(model.get_layer(layer).weights, old.get_layer(layer).weights, strict=True):
            np.testing.assert_array_equal(ours, theirs)
    assert taken.notes[0] == "3 layers of Six shapes taken over"
    assert taken.notes[1] == "batch_normalization_1 begins with fresh weights"
    names = run.experiment.dataset.facts().class_names
    assert taken.notes[2].startswith("2 outputs kept by the name of the class; new and fresh: ")
    assert new.dataset.facts().class_names[:2] == names and taken.notes[3] == heads.HALVES
    one = old.get_layer("head").weights[0].numpy()
    np.testing.assert_allclose(values["head/kernel"][:, :2], np.hstack([-one / 2, one / 2]))
    refused("RUN_LIVE", lambda: beginning.take_over_run(_waiting().id, new))
    other = new.edited(layers=(Flatten(), Dense(units=3)))
    refused("WEIGHTS_OF_NONE", lambda: beginning.take_over_run(run.id, other))


def _asked_here(module, job, *more, **told):
    """What a process would be asked; reading the file's config is left to one."""
    return beginning_process.work(job, None) if module == beginning.MODULE else REAL_ASK(module, job, *more, **told)


REAL_ASK = child.ask


def _waiting():
    run = here().create(EXPERIMENT)
    run.enqueue()
    return run


def held(at):
    return read_experiment(at.session_state.tab.experiment)


def told(at):
    return " ".join(str(one.value) for one in at.success).replace("\\", "")


def test_a_run_that_has_ended_is_taken_on_every_page_and_one_undo_brings_the_network_back(monkeypatch):
    run, _ = a_run()
    monkeypatch.setattr(child, "ask", _asked_here)
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: SimpleNamespace(lacks=lambda run: ""))
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    monkeypatch.setattr("pages.components.understand.predictions.draw", lambda *_: None)
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    at.query_params["run"] = run.id
    at = at.run()
    mine = EXPERIMENT.edited(
        layers=(MaxPooling2D(), Flatten(), Dense(units=9)), dataset=EXPERIMENT.dataset.edited(classes=4)
    )
    at.session_state.tab.experiment = mine.to_json()
    for page in ("pages/3_Train/1_Live_run.py", "pages/4_Understand/1_Predict.py", "pages/2_Design/3_Network.py"):
        at = at.switch_page(page).run()
        if page.endswith("Network.py"):
            at.session_state["network-views"] = "Save and share"
            at = at.run()
            (menu,) = [one for one in at.selectbox if one.key == "own-run"]
            assert [text.split(" · ")[1:] for text in menu.options] == [["best 0.914", "16×16×3"]]
        assert not at.exception
        at = at.button(key="run-as-base").click().run()
        assert not at.exception, at.exception
        assert [one.value for one in at.title] == ["Network"]
        base = held(at).layers[0]
        assert base.origin == "Six shapes, epoch 1, 0.91" and held(at).layers[1:] == (Flatten(), Dense(units=9))
        assert "begins with a base now: it is cut at max_pooling2d_1" in told(at)
        at = at.button(key="undo").click().run()
        assert held(at) == mine
    at.session_state.tab.experiment = (mine := EXPERIMENT.edited(dataset=mine.dataset)).to_json()
    at = at.run().button(key="run-weights").click().run()
    assert len(held(at).weights) == 64
    assert "4 outputs kept by the name of the class" in told(at)
    at = at.button(key="fresh-weights").click().run()
    assert held(at) == mine
    here().delete(run)
    at = at.button(key="run-as-base").click().run()
    assert held(at) == mine and not at.exception
    assert "This run is not here." in at.warning[0].value and all(one.key != "own-run" for one in at.selectbox)
