"""Bases: the networks of keras.applications as rows of ours, their weights, and what of them learns."""

import importlib
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from core.build import pretrained
from core.build.model import build_model
from core.datasets import Facts
from core.datasets.digits import Digits
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.experiment import Experiment, grouping, mending, placing
from core.experiment.network import trace
from core.experiment.node import IMAGE, nodes_of
from core.layers import Layer
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.inception_v3 import InceptionV3
from core.layers.mobilenet_v1 import MobileNet
from core.layers.mobilenet_v2 import MobileNetV2
from core.layers.mobilenet_v3 import MobileNetV3Small
from core.layers.nasnet_mobile import NASNetMobile
from core.layers.pooling import GlobalAveragePooling2D, MaxPooling2D
from core.layers.pretrained import Base, arguments
from core.layers.reshaping import Flatten
from core.spec import kinds
from core.words import number, side_by_side
from pages.components.network import base_rows

HEAD = Dense(units=1, activation="sigmoid")
BASES = [kind for kind in kinds(Layer).values() if issubclass(kind, Base) and kind.application]
SMALL = MobileNetV2(alpha=0.35)
PHOTOS = Facts((96, 96, 3), ("horse", "human"), 120)


def experiment_of(*layers):
    return Experiment(layers=layers)


def rows_of(base, side=160, channels=3):
    """The rows of a base, without those that prepare the image."""
    rows = trace((side, side, channels), [base, GlobalAveragePooling2D()], HEAD).rows
    return [row for row in rows if row.base and not row.part.startswith("image_")]


def shared_weights(base, side):
    path = pretrained.place(base.file((side, side, 3)))
    if not path.is_file():
        pytest.skip(f"KERAS_HOME holds no {path.name}")


@pytest.mark.parametrize(
    "base",
    [*(kind() for kind in BASES), MobileNet(alpha=0.25), MobileNetV3Small(minimalistic=True)],
    ids=lambda base: f"{base.kind} {base.short()}",
)
def test_every_row_of_a_base_is_keras_layer_and_with_the_file_that_keras_fetches_it_answers_the_same(
    base, tmp_path, monkeypatch
):
    import keras
    from keras.src.backend.common.stateless_scope import StatelessScope

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    keras.utils.clear_session()  # layers without a name are called as in a fresh one
    shape, fetched = (97, 131, 3), []
    monkeypatch.setattr("keras.src.utils.file_utils.get_file", lambda *given, **more: fetched.append((*given, more)))
    monkeypatch.setattr("keras.src.models.Model.load_weights", lambda *_: None)
    make = getattr(keras.applications, base.application)
    with warnings.catch_warnings(), StatelessScope():  # variables are made when they are asked for
        warnings.simplefilter("ignore", UserWarning)  # of photos that are not square
        theirs = make(**arguments(base, shape))
    _stir(theirs)
    file = base.file(shape)
    pretrained.place(file).parent.mkdir()
    _save(theirs, pretrained.place(file))
    experiment, facts = experiment_of(base, GlobalAveragePooling2D()), Facts(shape, ("a", "b"), 4)
    rows = [row for row in experiment.trace(facts).rows if row.base]
    built = _built(rows)
    pretrained.begin(SimpleNamespace(get_layer=built.get), experiment.trace(facts))
    images = np.random.default_rng(0).integers(0, 256, (2, *shape)).astype("float32")
    values = {IMAGE: images / 255}
    for row in rows:
        read = [values[one] for one in row.inputs]
        values[row.id] = built[row.name](read if len(read) > 1 else read[0])
    rows = [row for row in rows if not row.part.startswith("image_")]
    prepared = importlib.import_module(make.__module__).preprocess_input(images.copy())

    known = {"file_hash": file.md5} if file.md5 else {}
    assert fetched == [(file.name, file.url, {"cache_subdir": "models"} | known)]
    assert [(row.part, row.output_shape, row.parameters) for row in rows] == [
        (layer.name, tuple(layer.output.shape[1:]), layer.count_params()) for layer in theirs.layers[1:]
    ]
    assert [built[row.name].momentum for row in rows if row.kind == "BatchNormalization"] == [
        layer.momentum for layer in theirs.layers if isinstance(layer, keras.layers.BatchNormalization)
    ]
    wanted = np.asarray(theirs(prepared))
    np.testing.assert_allclose(values[rows[-1].id], wanted, rtol=1e-4, atol=1e-4 * np.abs(wanted).max())


def _built(rows):
    """Keras' layers of some rows by name; a model of them, which takes as long as Keras' own, is not needed."""
    layers = {}
    for row in rows:
        layer = layers[row.name] = row.layer.build()
        shapes = [(None, *shape) for shape in row.input_shapes]
        layer.build(shapes if len(shapes) > 1 else shapes[0])
    return layers


def _stir(model):
    """Gives all variables but kernels numbers that no layer begins with."""
    draws = np.random.default_rng(1)
    for one in model.weights:
        if one.name in ("gamma", "moving_variance"):
            one.assign(draws.uniform(0.5, 1.5, one.shape))
        elif one.name in ("beta", "moving_mean", "bias"):
            one.assign(draws.normal(0, 0.1, one.shape))


def _save(model, path):
    """As Keras wrote the files that it publishes."""
    import h5py
    from keras.src.legacy.saving import legacy_h5_format

    with h5py.File(path, "w") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Keras' own, of how it asks for NumPy's arrays
        legacy_h5_format.save_weights_to_hdf5_group(file, model)


def test_mobilenet_v2_has_the_published_figures():
    traced = trace((160, 160, 3), [MobileNetV2(), GlobalAveragePooling2D()], HEAD)

    assert len(rows_of(MobileNetV2())) + 1 == 154  # Keras counts the input as a layer too
    assert rows_of(MobileNetV2())[-1].output_shape == (5, 5, 1280)
    assert traced.parameters == 2_257_984 + 1_281 and traced.trainable == 1_281


@pytest.mark.parametrize(("alpha", "side"), [(0.35, 96), (1.0, 160)])
def test_features_with_keras_own_weights_are_keras_features(alpha, side):
    import keras

    base = MobileNetV2(alpha=alpha)
    shared_weights(base, side)
    experiment, facts = experiment_of(base, GlobalAveragePooling2D()), Facts((side, side, 3), ("a", "b"), 4)
    model = build_model(experiment, facts)
    pretrained.begin(model, experiment.trace(facts))
    images = np.random.default_rng(0).integers(0, 256, (4, side, side, 3)).astype("float32")
    theirs = keras.applications.MobileNetV2(input_shape=(side, side, 3), include_top=False, alpha=alpha)

    ours = keras.Model(model.input, model.get_layer("out_relu").output)(images)
    wanted = theirs(keras.applications.mobilenet_v2.preprocess_input(images.copy()))
    np.testing.assert_allclose(ours, wanted, rtol=1e-4, atol=1e-3)


def test_inception_v3_at_150_px_gives_768_maps_of_7x7_at_mixed7():
    rows = rows_of(InceptionV3(cut="mixed7"), 150)

    assert rows[-1].part == "mixed7" and rows[-1].output_shape == (7, 7, 768)
    assert not any(row.part == "mixed8" for row in rows)


def test_a_change_behind_a_base_does_not_follow_the_base_anew():
    base = NASNetMobile()
    first = trace((96, 96, 3), [base, GlobalAveragePooling2D()], HEAD)
    again = trace((96, 96, 3), [base, GlobalAveragePooling2D(), Dense(units=8)], HEAD)

    assert first.rows[-2].name == again.rows[-3].name == "global_average_pooling2d_1"
    assert all(old is new for old, new in zip(first.rows, again.rows[:-3], strict=False) if old.base)


@pytest.mark.parametrize("kind", BASES, ids=lambda kind: kind.__name__)
def test_images_that_are_smaller_than_a_base_allows_are_refused(kind):
    smallest = trace((kind.least, kind.least, 3), [kind(), GlobalAveragePooling2D()], HEAD)
    below = trace((kind.least, kind.least - 1, 3), [kind(), GlobalAveragePooling2D()], HEAD)

    assert smallest.broken is None
    assert below.broken.impossible.reason.startswith(f"it needs images of {kind.least}x{kind.least} px or more")


def test_where_keras_has_no_weights_for_it_a_base_says_so():
    broken = trace(
        (96, 96, 3), [MobileNetV3Small(alpha=0.75, minimalistic=True), GlobalAveragePooling2D()], HEAD
    ).broken

    assert broken.impossible.fixes == {"alpha": 1.0}
    gate = trace((96, 96, 3), [MobileNetV3Small(cut="re_lu_1"), GlobalAveragePooling2D()], HEAD).broken
    assert gate.impossible.fixes == {"cut": ""}


def test_a_base_is_cut_at_a_layer_by_name_and_grey_images_become_colours():
    rows = rows_of(SMALL.edited(cut="block_12_add"), 96, channels=1)

    assert rows[-1].part == "block_12_add" and rows[-1].output_shape == (6, 6, 32)
    wrong = trace((96, 96, 3), [SMALL.edited(cut="mixed7"), GlobalAveragePooling2D()], HEAD).broken
    assert wrong.impossible.reason == "it has no layer mixed7" and wrong.impossible.fixes == {"cut": ""}


def test_frozen_layers_keep_their_statistics_while_the_network_trains_and_learning_ones_by_choice():
    experiment = experiment_of(SMALL.edited(weights=None, trainable_from="Conv_1"), GlobalAveragePooling2D())
    images = np.random.default_rng(0).integers(0, 256, (8, 96, 96, 3)).astype("float32")
    for learns, moves in ((experiment, set()), (_in_training(experiment), {"Conv_1_bn"})):
        model = build_model(learns, PHOTOS)
        before = {one.path: one.numpy() for one in model.weights}
        model(images, training=True)
        moved = {one.path.partition("/")[0] for one in model.weights if np.any(one.numpy() != before[one.path])}

        assert moved == moves
        assert {one.path for one in model.trainable_weights} == {
            *("Conv_1/kernel", "Conv_1_bn/gamma", "Conv_1_bn/beta"),
            *("head/kernel", "head/bias"),
        }


def _in_training(experiment):
    node = experiment.nodes[0]
    return experiment.edited(nodes=(node.edited(layer=node.layer.edited(training=True)), *experiment.nodes[1:]))


def test_weights_that_are_missing_or_another_networks_are_told_in_one_sentence(tmp_path, monkeypatch):
    import h5py

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    experiment = experiment_of(SMALL, GlobalAveragePooling2D())
    model, traced = build_model(experiment, PHOTOS), experiment.trace(PHOTOS)
    with pytest.raises(UserError) as missing:
        pretrained.begin(model, traced)
    place = pretrained.place(SMALL.file(PHOTOS.shape))
    place.parent.mkdir(parents=True)
    with h5py.File(place, "w") as file:
        file["Conv1/Conv1/kernel:0"] = np.zeros((3, 3, 3, 7), "float32")
    with pytest.raises(UserError) as other:
        pretrained.begin(model, traced)
    Path(place).write_bytes(b"half a download")
    with pytest.raises(UserError) as half:
        pretrained.begin(model, traced)

    assert missing.value.code == "BASE_NOT_HERE"
    assert other.value.code == half.value.code == "BASE_WEIGHTS"


# ---- in the editor


@pytest.mark.parametrize("kind", BASES, ids=lambda kind: kind.__name__)
def test_where_a_base_may_be_cut_and_learn_from_is_told_in_keras_counting(kind):
    base = kind()
    side = max(kind.least, 96)
    rows, told = rows_of(base, side), base.choices((side, side, 3))
    whole = base.edited(trainable_from=rows[0].part)
    network = trace((side, side, 3), [whole, GlobalAveragePooling2D()], HEAD).folded().rows[0]

    assert set(told["cut"]) == {"", *(row.part for row in rows[:-1])}
    assert all(told["cut"][row.part].endswith(side_by_side(row.output_shape)) for row in rows[:-1])
    assert next(iter(told["trainable_from"].values())) == "all frozen"
    *_, (first, words) = told["trainable_from"].items()
    learn = network.parameters - network.non_trainable
    assert first == rows[0].part and words.startswith("everything learns") and f" {number(learn)} of its" in words


def test_layer_100_of_154_is_counted_as_in_keras_guide_and_so_are_its_parameters():
    told = MobileNetV2().choices((160, 160, 3))["trainable_from"]
    words = next(words for words in told.values() if "layer 100 of 154" in words)

    assert f"{number(1_861_440)} of its parameters learn" in words  # 1 862 721 with the head of 1 281
    assert list(MobileNetV2().choices((160, 160, 3))["cut"])[1:4] == [
        *("expanded_conv_project_BN", "block_1_project_BN", "block_2_add"),
    ]


def test_a_border_that_is_cut_off_is_forgotten_and_another_network_takes_no_names_over():
    base = SMALL.edited(trainable_from="block_13_expand")

    assert base.edited(cut="block_14_add").trainable_from == "block_13_expand"
    assert base.edited(cut="block_12_add").trainable_from == ""
    assert base.words() == "alpha 0.35, learns from block_13_expand on"
    assert base.edited(trainable_from="Conv1").learning() == "all of it learns"
    named = base.edited(cut="block_14_add", name="eyes").as_kind(MobileNetV2)
    assert (named.cut, named.name) == ("block_14_add", "eyes")


def ways_of(shape, *layers):
    """Why the first layer that can't be can't, and what the kinds are after each way to mend it."""
    nodes = nodes_of(layers)
    traced = trace(shape, nodes, HEAD).folded()
    found = {}
    for way in mending.ways(traced, nodes, traced.broken.id):
        assert mending.mended(traced, nodes, traced.broken.id, way.label) == way.nodes
        found[way.label] = [node.kind for node in way.nodes]
        assert trace(shape, way.nodes, HEAD).broken is None
    return traced.broken.impossible.reason, found


def test_a_base_that_can_not_be_where_it_is_says_why_and_what_mends_it():
    usual = ["MobileNetV2", "GlobalAveragePooling2D", "Dropout"]
    pooled = GlobalAveragePooling2D()
    behind = ways_of((96, 96, 3), Conv2D(filters=3), SMALL, pooled)
    twice = ways_of((96, 96, 3), SMALL, pooled, MobileNetV2())
    small = ways_of((28, 28, 1), SMALL, pooled)
    stack = ways_of((96, 96, 3), SMALL, Conv2D(), MaxPooling2D(), MaxPooling2D(), Flatten())

    assert behind == (
        "it learnt to read images, and what it reads here is Conv2D #1",
        {
            "Put it first": ["MobileNetV2", "Conv2D", "GlobalAveragePooling2D"],
            "Put it first and use GlobalAveragePooling2D and Dropout 0.2 behind it": usual,
        },
    )
    assert twice == (
        "the network has a base already, MobileNetV2 #1",
        {"Use it in place of MobileNetV2": ["MobileNetV2", "GlobalAveragePooling2D"]},
    )
    assert small == (
        "it needs images of 32x32 px or more, these are 28×28",
        {"Put Resizing to 96x96 px before it": ["Resizing", "MobileNetV2", "GlobalAveragePooling2D"]},
    )
    assert stack[1] == {"Use GlobalAveragePooling2D and Dropout 0.2 in place of all 4 layers behind MobileNetV2": usual}


def test_a_new_base_stands_first_and_takes_the_place_of_one_that_is_there():
    nodes = nodes_of([Conv2D(), Flatten()])
    begun, id = placing.begun(nodes, SMALL)
    again, same = placing.begun(begun, MobileNetV2(alpha=0.5))

    assert [node.kind for node in begun] == ["MobileNetV2", "Conv2D", "Flatten"] and begun[0].id == id == same
    assert again[0].layer == MobileNetV2(alpha=0.5) and again[1:] == begun[1:]
    for refused in (lambda: grouping.ungrouped(begun, id, (96, 96, 3)), lambda: grouping.grouped(begun, [id])):
        with pytest.raises(UserError, match="Taken apart|stands first"):
            refused()


def test_images_too_small_for_a_base_are_made_larger_where_the_dataset_can():
    begun = experiment_of(SMALL, GlobalAveragePooling2D()).edited(dataset=Shapes(image_size=28))
    row = begun.trace(begun.dataset.facts()).folded().rows[0]
    ((label, gesture),) = [one.values() for one in base_rows.larger_images(row, begun)]
    larger = base_rows.with_images(begun, gesture["value"])

    assert label == "Use images of 96x96 px" and larger.dataset.image_size == 96 and larger.problems() == []
    assert base_rows.larger_images(row, begun.edited(dataset=Digits())) == []
    for side in (5000, "96", None):
        with pytest.raises(UserError, match="changed meanwhile"):
            base_rows.with_images(begun, side)


def test_the_lens_gives_the_features_of_a_base_in_batches_of_any_size():
    import keras

    from core.lens import process

    experiment, shape = experiment_of(SMALL, GlobalAveragePooling2D()), (96, 96, 3)
    shared_weights(SMALL, 96)
    images = np.random.default_rng(1).integers(0, 256, (35, *shape), np.uint8)
    request = {"question": "features", "experiment": experiment.model_dump(mode="json"), "shape": list(images.shape)}
    theirs = keras.applications.MobileNetV2(shape, 0.35, include_top=False, pooling="avg")
    wanted = theirs(keras.applications.mobilenet_v2.preprocess_input(images.astype("float32")))

    np.testing.assert_allclose(process.ask(request, images.tobytes())["features"], wanted, rtol=1e-3, atol=1e-3)
