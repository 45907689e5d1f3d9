"""The script of a network with a base: as notes on transfer learning write it, and it repeats the app's run."""

import os
import runpy
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.build.codegen import promise, script
from core.build.model import build_model
from core.datasets import weights_files
from core.datasets.shapes import Shapes
from core.experiment import Experiment, Training
from core.experiment.node import Node
from core.experiment.stages import stages
from core.export import produce
from core.intake.pixels import network_input
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.inception_v3 import InceptionV3
from core.layers.mobilenet_v2 import MobileNetV2
from core.layers.mobilenet_v3 import MobileNetV3Small
from core.layers.own_base import OwnBase
from core.layers.pooling import GlobalAveragePooling2D
from core.layers.regularization import BatchNormalization, Dropout
from core.layers.reshaping import Flatten
from core.layers.small_base import SmallBase
from core.optimization.optimizers import Adam
from core.phases.fine_tuning import FineTuning
from core.runs import beginning
from core.runs.recorder import Recorder
from core.training.loop import Trainer
from tests.saved import here

SMALL = MobileNetV2(alpha=0.35)


def experiment_of(base, **more):
    return Experiment(
        dataset=Shapes(image_size=96, count=60, classes=2),
        layers=(base, GlobalAveragePooling2D(), Dropout(rate=0.2), Dense(units=8)),
        training=Training(optimizer=Adam(learning_rate=0.001), epochs=1, batch_size=16),
        **more,
    )


OWN = (Conv2D(filters=8, strides=2), BatchNormalization(), Dropout(rate=0.3), Conv2D(filters=8, strides=2))
TUNED = FineTuning(epochs=1, trainable_from="conv8", base_divisor=3, training=True)


def own_base(home):
    """A base out of a network of one's own, its weights drawn and kept."""
    nodes = tuple(Node(id=f"own_{place}", layer=layer) for place, layer in enumerate(OWN))
    fresh = Experiment(layers=(OwnBase(nodes=nodes, images=(32, 32, 3)), Flatten()), dataset=FEW)
    draws = np.random.default_rng(3)
    learnt = [
        (one.path, draws.uniform(0.1 * ("moving" in one.path) - 0.1, 0.1, one.shape).astype("float32"))
        for one in build_model(fresh, FEW.facts()).weights
    ]
    return OwnBase(nodes=nodes, images=(32, 32, 3), weights=beginning.keep(home, learnt))


FEW = Shapes(image_size=32, count=40, classes=2)


@pytest.mark.parametrize("phase", [TUNED, TUNED.edited(trainable_from="own_1", training=False)], ids=["small", "own"])
def test_the_script_of_a_base_of_ours_reads_its_file_and_repeats_both_phases_of_the_app(phase, tmp_path, monkeypatch):
    base = SmallBase(trainable_from="conv9") if phase is TUNED else own_base(here().workspace)
    training = Training(optimizer=Adam(learning_rate=0.003), epochs=1, batch_size=16, phases=(phase,))
    run = here().create(Experiment(dataset=FEW, layers=(base, GlobalAveragePooling2D()), training=training))
    with Recorder(run) as record:
        Trainer(run.experiment, record).run()
    with zipfile.ZipFile(produce(run, "code", 0, print)) as file:
        file.extractall(tmp_path)
    monkeypatch.chdir(tmp_path)
    names = runpy.run_path("network.py")
    theirs, model = names["history"].history, names["model"]

    for place, ours in enumerate(run.metrics().epochs):
        for name in ("loss", "val_loss"):
            assert theirs[name][place] == pytest.approx(ours[name], rel=1e-3), (place, name)
    last = stages(run.experiment)[1].trace(FEW.facts())
    assert (model.count_params(), sum(w.shape.num_elements() for w in model.trainable_weights)) == (
        last.parameters, last.trainable,
    )  # fmt: skip
    assert "leaves out" not in promise(run.experiment)


def network_of(text):
    return text[text.index("# MobileNet") if "# MobileNet" in text else text.index("# Inception") :].split("model =")[0]


def test_a_base_reads_as_in_notes_on_transfer_learning():
    text = network_of(script(experiment_of(SMALL)))

    assert (
        "base = keras.applications.MobileNetV2(input_shape=(96, 96, 3), include_top=False, alpha=0.35, "
        'weights="imagenet")\nbase.trainable = False\n'
    ) in text
    assert "x = keras.applications.mobilenet_v2.preprocess_input(image)" in text
    assert 'x = Inference(base, name="base")(x)' in text
    assert "conv" not in text.lower().replace("mobilenetv2", ""), "its layers are not listed"


def test_a_base_that_is_cut_and_learns_from_a_layer_on_says_so_by_their_names():
    text = script(experiment_of(InceptionV3(cut="mixed7", trainable_from="conv2d_60", training=True)))

    assert 'base = keras.Model(base.input, base.get_layer("mixed7").output)' in text
    assert 'first = base.layers.index(base.get_layer("conv2d_60"))' in text
    assert text.index("clear_session") < text.index("set_random_seed"), "conv2d_60 is counted in a fresh session"
    assert "x = base(x)" in text and "Inference" not in text
    assert "clear_session" not in script(experiment_of(InceptionV3(cut="mixed7")))
    assert "preprocess_input" not in script(experiment_of(MobileNetV3Small()))


@pytest.fixture(scope="module")
def photos():
    """24 horses and 24 humans: uint8 (48, 96, 96, 3), and 0 or 1 for each."""
    folder = Path(os.environ.get("KERNELSCOPE_TEST_DATA", ""))
    file = folder / "datasets/horse-or-human-150px.zip"
    if not file.is_file() or not weights_files.is_here(SMALL.file((96, 96, 3))):
        pytest.skip("needs KERNELSCOPE_TEST_DATA with photos and a KERAS_HOME with MobileNetV2's weights")
    with zipfile.ZipFile(file) as archive:
        names = sorted(archive.namelist())
        chosen = [
            name for kind in ("horses", "humans") for name in
            [one for one in names if f"/train/{kind}/" in f"/{one}" and one.endswith((".png", ".jpg"))][:24]
        ]  # fmt: skip
        return np.stack([network_input(archive.read(name), 96, 96, 3) for name in chosen]), np.repeat([0, 1], 24)


@pytest.mark.parametrize("base", [SMALL.edited(trainable_from="Conv_1")], ids=["its end learns"])
def test_the_script_repeats_the_first_epoch_of_the_app(base, photos, tmp_path, monkeypatch):
    images, labels = photos
    np.savez(tmp_path / "photos.npz", images=images, labels=labels)
    read = f"""kept = np.load({str(tmp_path / "photos.npz")!r})
images, labels, split = kept["images"], kept["labels"], np.zeros(48, "int8")
class_names = ["0", "1"]"""
    monkeypatch.setattr(Shapes, "source", lambda *_: read)
    monkeypatch.setattr(Shapes, "generate", lambda *_: (images, labels.astype("int64"), np.zeros(48, "int8")))
    experiment = experiment_of(base)
    experiment = experiment.edited(dataset=Shapes(image_size=96, count=48, classes=2, drawing_seed=len(base.words())))
    run = here().create(experiment)
    with Recorder(run) as record:
        Trainer(run.experiment, record).run()
    ours = run.metrics().epochs[0]
    file = tmp_path / "network.py"
    file.write_text(script(experiment), encoding="utf-8")
    names = runpy.run_path(str(file))
    theirs = {name: values[0] for name, values in names["history"].history.items()}

    fresh = build_model(experiment, experiment.dataset.facts())
    assert names["model"].count_params() == experiment.trace(experiment.dataset.facts()).parameters
    trainable = [tuple(one.shape) for one in names["model"].trainable_weights]
    assert trainable == [tuple(one.shape) for one in fresh.trainable_weights]
    for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
        assert ours[name] == pytest.approx(theirs[name], rel=1e-3), name
    still = names["base"].get_layer("Conv_1_bn").moving_mean
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from keras.applications import MobileNetV2 as Theirs

        begun = Theirs(input_shape=(96, 96, 3), include_top=False, alpha=0.35).get_layer("Conv_1_bn").moving_mean
    np.testing.assert_array_equal(still, begun)  # training=False held
    assert "same first weights" in promise(experiment)
