"""The process that holds Keras and answers questions: `python -m core.lens.process`.

In: a JSON line, then as many bytes as it announces. Out: a JSON line, then as many bytes of npz as it announces.
No pickle crosses the border. It ends when its standard input does.
"""

import io
import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np
from pydantic import TypeAdapter

from core import datasets
from core.errors import UserError
from core.experiment import Experiment
from core.intake.images import decode_image, fit_to
from core.lens import Answer, Lens
from core.lens.draws import augment
from core.lens.network import Network, open_network
from core.runs import Run
from core.spec import kinds

LONGEST = 2048
"""px; larger uploads are shrunk while they are decoded, as no network here takes more."""


def main() -> None:
    """Answers until nobody asks any more."""
    out = os.fdopen(os.dup(1), "wb")
    sys.stdout = sys.stderr  # what a library prints must not mix with our frames
    if hasattr(os, "nice"):
        os.nice(3)  # the server answers first
    warm_up()
    send(out, {"ready": True})
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        payload = sys.stdin.buffer.read(request.get("bytes", 0))
        send(out, *_reply(request, payload))


def warm_up() -> None:
    """Imports Keras and lets TensorFlow start its threads; two of them, so that training keeps its pace."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(2)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    import keras

    keras.layers.Conv2D(1, 3)(np.zeros((1, 8, 8, 1), np.float32))


def _reply(request: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
    """The answer to one question, or why there is none."""
    try:
        return pack(ask(request, payload))
    except UserError as error:
        return {"error": {"what": error.what, "remedy": error.remedy, "code": error.code}}, b""
    # The border of the process: a cause nobody foresaw goes to the log, a sentence to the learner.
    except Exception:
        traceback.print_exc()
        what = {
            "what": "The network could not be looked at.",
            "remedy": "Try again; if it stays, train it anew.",
            "code": "LENS",
        }
        return {"error": what}, b""


def ask(request: dict[str, Any], payload: bytes) -> Answer:
    """Answers one question.

    Args:
        request: `question` and its fields.
        payload: the uploaded files one after another, as `uploads` in the request tells.

    Raises:
        UserError: it can't be answered.
    """
    question = request["question"]
    if question == "augment":
        experiment = TypeAdapter(Experiment).validate_json(json.dumps(request["experiment"]))
        return augment(experiment, request["position"], request["draws"], request["seed"])
    lens = _lenses()[question]()
    network = open_network(Run(request["run"]), request.get("epoch"))
    if not lens.needs_pictures:
        return lens.look(network, np.zeros((0, *network.facts.shape), np.uint8))
    pictures, seen = _pictures(network, request, payload)
    if not len(seen) and question != "predict":
        raise UserError(pictures[0]["error"] if pictures else "There is no picture to look at.", "", "NO_PICTURE")
    return {
        "pictures": pictures,
        "seen": seen,
        "class_names": list(network.facts.class_names),
        **lens.look(network, seen),
    }


def _lenses() -> dict[str, Callable[[], Lens]]:
    """Every way of looking by its question."""
    return {kind.question: kind for kind in kinds(Lens).values()}


def _pictures(network: Network, request: dict[str, Any], payload: bytes) -> tuple[list[dict[str, Any]], np.ndarray]:
    """What was asked about, and the good ones as the network sees them: uint8 (N, height, width, channels)."""
    told, seen = [], []
    for name, read in _sources(network, request, payload):
        try:
            seen.append(read())
            told.append({"name": name, "row": len(seen) - 1, "error": ""})
        except UserError as error:
            told.append({"name": name, "row": None, "error": str(error)})
    return told, np.stack(seen) if seen else np.zeros((0, *network.facts.shape), np.uint8)


def _sources(network: Network, request: dict[str, Any], payload: bytes) -> list[tuple[str, Callable[[], np.ndarray]]]:
    """(name, how to read it) of every picture: positions in the dataset, then uploaded files."""
    shape = network.facts.shape
    sources: list[tuple[str, Callable[[], np.ndarray]]] = []
    for position in request.get("positions", []):
        sources.append((f"picture {position}", lambda p=position: _stored(network, p)))
    start = 0
    for upload in request.get("uploads", []):
        data = payload[start : start + upload["bytes"]]
        start += upload["bytes"]
        sources.append((upload["name"], lambda d=data, n=upload["name"]: fit_to(decode_image(d, n, LONGEST), *shape)))
    return sources


def _stored(network: Network, position: int) -> np.ndarray:
    """One picture of the dataset."""
    images = datasets.load(network.experiment.dataset).images
    if not 0 <= position < len(images):
        raise UserError("This picture is not in the dataset.", "Choose another one.", "NO_PICTURE")
    return np.array(images[position])


def pack(answer: Answer) -> tuple[dict[str, Any], bytes]:
    """An answer as (JSON values, npz of its arrays)."""
    arrays = {name: value for name, value in answer.items() if isinstance(value, np.ndarray)}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return {"answer": {name: value for name, value in answer.items() if name not in arrays}}, buffer.getvalue()


def unpack(header: dict[str, Any], data: bytes) -> Answer:
    """What `pack` packed."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return {**header["answer"], **{name: arrays[name] for name in arrays.files}}


def send(out: BinaryIO, header: dict[str, Any], data: bytes = b"") -> None:
    """Writes one frame."""
    out.write(json.dumps(header | {"bytes": len(data)}).encode() + b"\n" + data)
    out.flush()


if __name__ == "__main__":
    main()
