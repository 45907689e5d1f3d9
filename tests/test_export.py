"""Every export is checked by the program it is made for: Keras, TensorFlow, TensorFlow Lite, pandas, Python."""

import codecs
import csv
import hashlib
import io
import json
import os
import time
import warnings
import zipfile

import numpy as np
import pandas as pd
import pytest

from core import workspace
from core.build.model import build_model
from core.build.weights import put
from core.errors import UserError
from core.experiment import Experiment
from core.export import formats, make, networks, produce, saved_epoch
from core.export.answers import FileAnswer, answers_csv
from core.export.records import cell, table
from core.layers.activation import LeakyReLU, PReLU
from core.layers.convolution import Conv2D, DepthwiseConv2D, SeparableConv2D
from core.layers.dense import Dense
from core.layers.pooling import AveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from core.layers.regularization import (
    BatchNormalization,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    GroupNormalization,
    LayerNormalization,
    SpatialDropout2D,
)
from core.layers.rescaling import Rescaling
from core.layers.reshaping import Cropping2D, Flatten, Permute, Reshape, ZeroPadding2D
from core.layers.resizing import Resizing, UpSampling2D
from core.layers.transposed import Conv2DTranspose
from core.layers.weights import L2, MaxNorm
from core.runs import states
from core.runs.recorder import Recorder
from core.stores import ready
from tests.saved import here

QUIET = lambda done, total: None  # noqa: E731  a progress that nobody watches
ALSO = (
    UpSampling2D(size=(4, 3), interpolation="bilinear"),
    Conv2D(
        filters=10, kernel_size=(1, 3), groups=5, padding="same", kernel_regularizer=L2(), kernel_constraint=MaxNorm()
    ),
    PReLU(),
    Resizing(height=6, width=5),
    LayerNormalization(),
    Conv2DTranspose(filters=4, kernel_size=(3, 2), strides=(2, 1), activation="hard_silu"),
    GroupNormalization(groups=2),
    Cropping2D(cropping=((1, 0), (2, 0))),
    LeakyReLU(),
    Permute(),
    SpatialDropout2D(),
    GaussianNoise(),
    GaussianDropout(),
    GlobalMaxPooling2D(keepdims=True),
    Reshape(target_shape=(2, 2, -1)),
)
STACK = (
    Rescaling(scale=3.0, offset=-0.5),
    Conv2D(filters=4, padding="same", activation="gelu"),
    BatchNormalization(),
    ZeroPadding2D(),
    SeparableConv2D(filters=5, activation="silu"),
    AveragePooling2D(),
    DepthwiseConv2D(padding="same", activation="leaky_relu"),
    MaxPooling2D(pool_size=2),
    *ALSO,
    Flatten(),
    Dropout(),
    Dense(units=7, activation="tanh"),
)


def weights_like(model, seed):
    """Random weights of a model's shapes; variances of a batch norm positive."""
    chance = np.random.default_rng(seed)
    return [(0.05 + 0.3 * chance.random(weight.shape)).astype(np.float32) for weight in model.weights]


def save(run, epoch, weights):
    """The networks of an epoch, laid down by hand."""
    folder = run.path / "checkpoints" / f"{epoch:06d}"
    folder.mkdir(parents=True)
    np.savez(folder / "weights.npz", *weights)
    digest = hashlib.sha256((folder / "weights.npz").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps({"epoch": epoch, "files": {"weights.npz": digest}}))


def finished(experiment, epochs=3, best=2):
    """A run with records and a network per epoch, as training leaves one, and its Keras model."""
    run = here().create(experiment)
    model = build_model(experiment, experiment.dataset.facts())
    with Recorder(run) as record:
        record.append("started", steps_per_epoch=2, train_images=8, validation_images=2, tiles=[1, 2])
        for epoch in range(1, epochs + 1):
            record.append("batches", step=[2 * epoch - 1, 2 * epoch], loss=[1 / 3, None], accuracy=[0.5, 1.0])
            scores = {"loss": 1 / epoch, "accuracy": 0.5, "val_loss": 2 / epoch, "val_accuracy": 0.1 * epoch}
            record.append("epoch", epoch=epoch, step=2 * epoch, seconds=0.25, learning_rate=1e-3, **scores,
                          answers=[3, 4], confidence=[0.5, 0.25])  # fmt: skip
            save(run, epoch, weights_like(model, epoch))
        record.status(state=states.FINISHED, epoch=epochs, epochs=epochs, best_epoch=best, best_val_accuracy=0.2)
    return run, model


# Keras 3.15 asks NumPy 2 for an array in NumPy 1's way while it exports.
keras_export = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(7).integers(0, 256, (9, 8, 8, 1)).astype(np.float32)


@pytest.fixture
def rich():
    """A run whose network has every kind of layer, and what it says after epoch 2."""
    run, model = finished(Experiment(name="Rich net", layers=STACK))
    put(model, run.weights(2))
    return run, model


# ---------------------------------------------------------------------------------------------- networks


def test_the_keras_file_opens_in_plain_keras_and_answers_bit_for_bit(rich, images, tmp_path):
    import keras

    run, model = rich
    made = make(run, "keras", "best")  # in a process of its own, as the server does it
    path = tmp_path / made.name
    path.write_bytes(made.read())
    opened = keras.models.load_model(path)

    assert made.name == "rich-net-epoch-2.keras"
    np.testing.assert_array_equal(opened.predict(images, verbose=0), model.predict(images, verbose=0))
    assert opened.optimizer.__class__.__name__ == "RMSprop"
    assert opened.loss == "sparse_categorical_crossentropy"
    assert opened.evaluate(images, np.zeros(9), verbose=0)


@keras_export
def test_the_labels_travel_inside_the_files(rich):
    run, _ = rich
    names = "".join(f"{name}\n" for name in "0123456789")

    for word, member in (("keras", "labels.txt"), ("tflite", "labels.txt"), ("savedmodel", "model/labels.txt")):
        with zipfile.ZipFile(produce(run, word, 2, QUIET)) as file:
            assert file.read(member).decode() == names
            assert file.testzip() is None


@keras_export
def test_the_saved_model_serves_the_same_answers(rich, images, tmp_path):
    import tensorflow as tf

    run, model = rich
    with zipfile.ZipFile(produce(run, "savedmodel", 2, QUIET)) as file:
        file.extractall(tmp_path)
    opened = tf.saved_model.load(tmp_path / "model")

    np.testing.assert_allclose(opened.serve(images).numpy(), model(images).numpy(), atol=1e-5)


def test_tensorflow_lite_gives_the_same_answers_for_one_picture_and_for_many(rich, images):
    run, model = rich
    content = produce(run, "tflite", 2, QUIET).read_bytes()
    expected = model(images).numpy()

    np.testing.assert_allclose(lite_answers(content, images), expected, atol=1e-5)
    np.testing.assert_allclose(lite_answers(content, images[:1]), expected[:1], atol=1e-5)


def lite_answers(content, images):
    import tensorflow as tf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its interpreter moves to a package of its own and says so
        interpreter = tf.lite.Interpreter(model_content=content)
    (given,), (told,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(given["index"], images.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(given["index"], images)
    interpreter.invoke()
    return interpreter.get_tensor(told["index"])


def test_onnx_is_offered_where_its_converter_is_and_else_says_how_to_get_it(rich, monkeypatch):
    monkeypatch.setattr(networks.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="pip install tf2onnx"):
        make(rich[0], "onnx")

    monkeypatch.setattr(networks.importlib.util, "find_spec", lambda name: object())
    assert formats()["onnx"].why_not() == ""


@pytest.mark.filterwarnings("ignore")  # the converter is an extra, and uses names of NumPy that will go
def test_onnx_runtime_gives_the_same_answers(rich, images):
    pytest.importorskip("tf2onnx")
    runtime = pytest.importorskip("onnxruntime")
    run, model = rich
    session = runtime.InferenceSession(produce(run, "onnx", 2, QUIET).read_bytes())
    (answers,) = session.run(None, {session.get_inputs()[0].name: images})

    np.testing.assert_allclose(answers, model(images).numpy(), atol=1e-5)
    assert json.loads(session.get_modelmeta().custom_metadata_map["class_names"]) == list("0123456789")


def test_the_read_me_says_what_two_classes_answer(small):
    facts = small.dataset.facts()

    assert "10 probabilities" in networks.read_me(facts, 10, "Mine.")
    assert "the probability of '1'" in networks.read_me(facts, 1, "Mine.")


# ---------------------------------------------------------------------------------------------- epochs


def test_best_last_and_a_number_name_an_epoch_and_another_is_refused_with_those_kept(small):
    run, _ = finished(small)

    assert (saved_epoch(run), saved_epoch(run, "last"), saved_epoch(run, 1), saved_epoch(run, "1")) == (2, 3, 1, 1)
    for wish in (0, 4, "-1", "x", "1.0"):
        with pytest.raises(UserError, match=r"Kept epochs: 1, 2, 3\."):
            saved_epoch(run, wish)


def test_a_run_without_a_network_exports_no_network(small):
    with pytest.raises(UserError, match="no saved network"):
        make(here().create(small), "keras")


def test_a_damaged_network_is_never_exported(small):
    run, _ = finished(small)
    path = run.path / "checkpoints" / "000002" / "weights.npz"
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(UserError):
        produce(run, "keras", 2, QUIET)
    assert list((workspace.current().home / "exports").iterdir()) == []


# ---------------------------------------------------------------------------------------------- records


def test_metrics_read_back_by_pandas_equal_those_of_the_run(small):
    run, _ = finished(small)
    epochs = pd.read_csv(io.BytesIO(make(run, "csv").read()))
    batches = pd.read_csv(io.BytesIO(make(run, "batches").read()))
    metrics = run.metrics()

    for column in ("epoch", "step", "seconds", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"):
        assert epochs[column].tolist() == [record[column] for record in metrics.epochs]
    assert batches["step"].tolist() == metrics.step
    assert batches["loss"].replace({np.nan: None}).tolist() == metrics.loss
    assert set(epochs["run"]) == {run.title}


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", '=HYPERLINK("x")'])
def test_no_title_becomes_a_formula_in_a_spreadsheet(title):
    (row,) = pd.read_csv(io.BytesIO(table(title, ["loss"], [[-0.5]]))).itertuples(index=False)

    assert row.run.startswith("'")
    assert row.loss == -0.5


def test_a_spreadsheet_is_told_that_the_file_is_utf8_and_pandas_does_not_mind():
    data = table("고양이 é", ["loss"], [[0.5], [None]])

    assert data.startswith(b"\xef\xbb\xbf")
    back = pd.read_csv(io.BytesIO(data))
    assert list(back.columns) == ["run", "loss"]
    assert back["run"].tolist() == ["고양이 é"] * 2
    assert back["loss"].isna().tolist() == [False, True]


@pytest.mark.parametrize("title", ["a;=1+1", "a\t=1+1", "a,=1+1", 'a";=1+1;"', "a\n=1", "＝1+1", "half \ud800"])  # noqa: RUF001
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_part_of_a_title_becomes_a_cell_wherever_a_spreadsheet_parts_them(title, separator):
    text = table(title, ["loss"], [[-0.5]]).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=separator) for cell in row]

    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "＝"))]  # noqa: RUF001


def test_numbers_keep_every_digit():
    values = np.random.default_rng(0).normal(size=200) * 10.0 ** np.arange(-100, 100)
    back = pd.read_csv(io.BytesIO(table("x", ["v"], [[float(v)] for v in values])))

    assert back["v"].tolist() == values.tolist()
    assert cell(-1.5) == -1.5


def test_the_script_compiles(small):
    run, _ = finished(small)
    made = make(run, "script")

    compile(made.read(), made.name, "exec")


# ---------------------------------------------------------------------------------------------- files


def test_every_format_has_a_word_a_title_and_a_sentence():
    assert " ".join(formats()) == "zip keras savedmodel tflite onnx script notebook code csv batches"
    for format in formats().values():
        assert format.suffix and format.title() and format.sentence()


def test_an_unknown_format_is_refused_with_those_there_are(small):
    with pytest.raises(UserError, match="keras"):
        make(here().create(small), "h5")


def test_names_of_files_come_from_the_title_and_are_safe_on_every_system(small):
    for name, start in (("../..\\etc: <b>", "etc-b"), ("Çé", "run"), ("a" * 80, "a" * 60), ("CON", "con")):
        run = here().create(small.edited(name=name))
        assert make(run, "script").name == f"{start}.py" or start == "run"


def test_a_full_disk_leaves_nothing_half_made(small, monkeypatch):
    run, _ = finished(small)

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(workspace, "rename", full)
    with pytest.raises(UserError, match="disk is full"):
        make(run, "csv")
    assert list((workspace.current().home / "exports").iterdir()) == []


def test_files_that_were_fetched_long_ago_make_room(small):
    run, _ = finished(small)
    old = make(run, "csv")
    os.utime(old.path, (0, time.time() - ready.STALE_SECONDS - 1))
    fresh = make(run, "csv")

    assert fresh.path.exists()
    with pytest.raises(UserError, match="cleared away"):
        old.read()


def test_a_failure_of_a_converter_reaches_the_user_as_one_sentence(small, monkeypatch):
    from core.export import process

    run, _ = finished(small)
    monkeypatch.setattr(networks.TFLite, "save", lambda *arguments: 1 / 0)
    with pytest.raises(UserError, match=r"TensorFlow Lite \(\.tflite\) could not be made of this network"):
        process._work({"run": run.id, "format": "tflite", "epoch": 1}, QUIET)


def test_a_run_from_nowhere_exports_nothing(small):
    from core.export import process

    with pytest.raises(UserError, match="not here"):
        process._work({"run": "0" * 32, "format": "keras", "epoch": 1}, QUIET)
    assert here().find(here().create(small).id)


def test_answers_open_in_a_spreadsheet_with_hangul_names_and_no_formula():
    names = ("고양이", "=HYPERLINK(1)", "개")
    shares = np.array([0.2, 0.7, 0.1], np.float32)
    turned = np.array([0.9, 0.05, 0.05], np.float32)
    answers = [
        FileAnswer("고양이 1.png", shares),
        FileAnswer("@SUM(A1).png", shares, "inverted and centred", turned),
        FileAnswer("bad.png", left_out="bad.png is not a picture."),
    ]
    data = answers_csv("=run", names, answers)
    read = pd.read_csv(io.BytesIO(data), encoding="utf-8-sig")

    assert data.startswith(codecs.BOM_UTF8)
    assert read["file"].tolist() == ["고양이 1.png", "'@SUM(A1).png", "bad.png"]
    assert read["answer"].tolist()[:2] == ["'=HYPERLINK(1)"] * 2
    assert read["adjusted_answer"].fillna("").tolist() == ["", "고양이", ""]
    assert read["left_out"].fillna("").tolist() == ["", "", "bad.png is not a picture."]
    assert read.columns.tolist()[-3:] == ["고양이", "'=HYPERLINK(1)", "개"]
    np.testing.assert_allclose(read["probability"], [0.7, 0.7, np.nan], rtol=1e-6)
    np.testing.assert_allclose(read["개"], [0.1, 0.1, np.nan], rtol=1e-6)
    assert "adjusted" not in answers_csv("run", names, answers[:1]).decode("utf-8-sig")
