"""The trained network as files that other programs open; all read raw pixels 0..255 and give probabilities."""

import contextlib
import importlib.util
import inspect
import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from core import child
from core.build.model import FULL, build_model
from core.build.weights import put
from core.datasets import Facts
from core.experiment import Experiment
from core.experiment.recognised import written
from core.export import Format
from core.intake import pixels
from core.intake.models.files import OURS
from core.runs import scores
from core.runs.run import Run

if TYPE_CHECKING:
    import keras
    import onnx

STEPS = 3
"""Of the progress: weights read, network built, file written."""
ONNX_CONVERTER = "tf2onnx"
ONNX_INSTALL = "pip install tf2onnx==1.17.0"
"""Tried with Keras 3.15.1, TensorFlow 2.21.0, NumPy 2.4.6 and ONNX 1.23.2: every kind of layer gives our answers."""
MANNERS = {"stretch": "all of it to", "crop": "its middle to", "pad": "all of it, with black beside it, to"}
LABELS, READ_ME, READER = "labels.txt", "README.txt", "network_input.py"


class _Network(Format):
    """The network after one epoch."""

    of_epoch: ClassVar[bool] = True

    def write(self, run: Run, epoch: int, path: Path, progress: child.Progress) -> None:
        experiment = run.experiment
        facts = experiment.dataset.facts()
        weights = run.weights(epoch)
        progress(1, STEPS)
        model = build_model(experiment, facts)
        put(model, weights)
        progress(2, STEPS)
        self.save(model, experiment, facts, path, which(run, epoch))
        progress(STEPS, STEPS)

    def save(self, model: "keras.Model", experiment: Experiment, facts: Facts, path: Path, named: str) -> None:
        """Writes the model with its labels to `path`; `named` says in words which network it is."""
        raise NotImplementedError


class KerasFile(_Network):
    """Opens in Python with keras.models.load_model, compiled, so that you can go on training it."""

    word: ClassVar[str] = "keras"
    suffix: ClassVar[str] = ".keras"
    rank: ClassVar[int] = 20

    @classmethod
    def title(cls) -> str:
        return "Keras (.keras)"

    def save(self, model: "keras.Model", experiment: Experiment, facts: Facts, path: Path, named: str) -> None:
        model.compile(experiment.training.optimizer.build(), experiment.loss(facts), metrics=["accuracy"])
        model.optimizer.build(model.trainable_variables)  # else Keras warns when it opens the file
        model.save(path)
        _add_what_belongs_to_it(path, facts)
        with zipfile.ZipFile(path, "a") as file:
            file.writestr(OURS, written(experiment))


class SavedModel(_Network):
    """TensorFlow's own folder, as a ZIP: for TensorFlow Serving and other languages; its endpoint is called serve."""

    word: ClassVar[str] = "savedmodel"
    suffix: ClassVar[str] = "-savedmodel.zip"
    mime: ClassVar[str] = "application/zip"
    rank: ClassVar[int] = 30

    @classmethod
    def title(cls) -> str:
        return "TensorFlow SavedModel (.zip)"

    def save(self, model: "keras.Model", experiment: Experiment, facts: Facts, path: Path, named: str) -> None:
        folder = path.with_name("model")
        model.export(folder, verbose=False)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for part in sorted(folder.rglob("*")):
                if part.is_file():
                    file.write(part, part.relative_to(folder.parent))
            file.writestr(f"model/{LABELS}", labels(facts))
            file.writestr(READER, reader(facts))
            file.writestr(READ_ME, read_me(facts, experiment.head(facts).units, named))


class TFLite(_Network):
    """For phones and small boards: TensorFlow Lite (LiteRT) runs it without Python."""

    word: ClassVar[str] = "tflite"
    suffix: ClassVar[str] = ".tflite"
    rank: ClassVar[int] = 40

    @classmethod
    def title(cls) -> str:
        return "TensorFlow Lite (.tflite)"

    def save(self, model: "keras.Model", experiment: Experiment, facts: Facts, path: Path, named: str) -> None:
        import tensorflow as tf

        with contextlib.redirect_stdout(io.StringIO()):  # it tells of files that are gone by the time one reads it
            path.write_bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())
        # Files that belong to a TensorFlow Lite model travel as a ZIP behind its bytes; readers pass over it.
        _add_what_belongs_to_it(path, facts)


class ONNX(_Network):
    """For other runtimes, C++, C#, JavaScript or PyTorch tools: ONNX Runtime opens it."""

    word: ClassVar[str] = "onnx"
    suffix: ClassVar[str] = ".onnx"
    rank: ClassVar[int] = 50

    @classmethod
    def title(cls) -> str:
        return "ONNX (.onnx)"

    def why_not(self) -> str:
        if importlib.util.find_spec(ONNX_CONVERTER):
            return ""
        return f"Its converter is an extra: run {ONNX_INSTALL} where Kernelscope is installed and start it again."

    def save(self, model: "keras.Model", experiment: Experiment, facts: Facts, path: Path, named: str) -> None:
        import numpy as np

        model(np.zeros((1, *facts.shape), np.float32))  # Keras exports only what was called once
        model.export(path, format="onnx", verbose=False)
        _finish_onnx(path, facts)


def _finish_onnx(path: Path, facts: Facts) -> None:
    """Mends what the converter leaves open; class names and reader go into the metadata, by the names of their files.

    Raises:
        onnx.checker.ValidationError: the file holds a step that ONNX does not know.
    """
    import onnx

    saved = onnx.load(path)
    _replace_erfc(saved)
    onnx.helper.set_model_props(saved, {"class_names": json.dumps(facts.class_names), READER: reader(facts)})
    onnx.checker.check_model(saved)
    onnx.save(saved, path)


def _replace_erfc(saved: "onnx.ModelProto") -> None:
    """erfc(x) -> 1 - erf(x): gelu is written with the one, and ONNX knows only the other."""
    from onnx import TensorProto, helper

    found = [node for node in saved.graph.node if node.op_type == "Erfc"]
    if found:
        saved.graph.initializer.append(helper.make_tensor("one", TensorProto.FLOAT, [], [1.0]))
    for node in found:
        (told,) = node.output
        node.op_type, node.output[0] = "Erf", f"{told}/erf"
        place = list(saved.graph.node).index(node)
        saved.graph.node.insert(place + 1, helper.make_node("Sub", ["one", f"{told}/erf"], [told]))


def _add_what_belongs_to_it(path: Path, facts: Facts) -> None:
    """Puts the class names and the reader of picture files into a file that is a ZIP, or may end in one."""
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(LABELS, labels(facts))
        file.writestr(READER, reader(facts))


def reader(facts: Facts) -> str:
    """A Python file that brings any picture file into the form that a network reads, as training did."""
    shape = ", ".join(map(str, facts.shape))
    reads = shape + (f', "{facts.aspect}"' if facts.aspect != pixels.STRETCH else "")
    return f'''{inspect.getsource(pixels)}

def read(path: str) -> np.ndarray:
    """What this network reads of a picture file: uint8 (1, {shape}), 0..255."""
    with open(path, "rb") as file:
        return network_input(file.read(), {reads})[None]
'''


def labels(facts: Facts) -> str:
    """The class names, one a line in the order of the network's answers; breaks inside a name become spaces."""
    return "".join(f"{' '.join(name.split())}\n" for name in facts.class_names)


def which(run: Run, epoch: int) -> str:
    """Which network of a run is in a file, and what the run reached."""
    status = run.status()
    name = scores.epoch_name(status, epoch, max(run.checkpoints(), default=epoch))
    reached = f"Accuracies: {scores.sentence(status, run.experiment) or '–'}."
    return " ".join(filter(None, [f"{run.title}: the network after epoch {name}.", reached, policy(run.experiment)]))


def policy(experiment: Experiment) -> str:
    """What a file computes with, where that is not what it was trained in; empty else."""
    chosen = experiment.training.precision
    return f"Trained in {chosen}; this file computes in {FULL}, as its weights are." if chosen != FULL else ""


def read_me(facts: Facts, units: int, named: str) -> str:
    """How to use a network.

    Args:
        facts: of its data.
        units: of its last layer.
        named: which network it is.
    """
    height, width, channels = facts.shape
    answer = (
        f"one number: the probability of {facts.class_names[1]!r}"
        if units == 1
        else f"{units} probabilities, in the order of model/{LABELS}"
    )
    return (
        f"{named}\n\n"
        f"Input:  float32 (N, {height}, {width}, {channels}), pixels 0..255 as they are; the scaling is inside.\n"
        f"        {READER} makes it of a picture file as training did: upright, RGB, the longer side brought to\n"
        f"        at most {pixels.LONGEST} px by averaging areas, then {MANNERS[facts.aspect]} {width} x {height} px.\n"
        f"Output: {answer}.\n\n"
        "import tensorflow as tf\n"
        "from network_input import read\n"
        'network = tf.saved_model.load("model")\n'
        'probabilities = network.serve(read("photo.jpg").astype("float32"))\n'
    )
