"""Bases out of networks of one's own: runs and files, their layers, their weights, and where they stand."""

import json

import keras
import numpy as np
import pytest

from core.build import pretrained
from core.build.model import build_model
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
from core.runs import as_base, beginning, states, trash
from core.runs.arrays import write
from core.runs.layout import WEIGHTS
from core.runs.recorder import Recorder
from tests.saved import here, save_weights

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
    waiting = here().create(EXPERIMENT)
    waiting.enqueue()
    refused("RUN_LIVE", of(waiting))
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
