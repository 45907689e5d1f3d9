"""The process that holds Keras and answers questions: `python -m core.lens.process`.

A question is a lens' own with its options, or one of `WITHOUT_NETWORK`. It ends when its standard input does.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from core.augmentation import Augmentation
from core.child import receive, scratch, send
from core.errors import UserError
from core.experiment import Experiment
from core.lens import Answer, Lens
from core.lens.asked_images import AskedImages
from core.lens.draws import augment, by_itself, next_batch
from core.lens.features import features
from core.lens.frames import pack
from core.lens.network import open_network
from core.lens.progress import heard_by
from core.lens.tape import tape
from core.quick_keras import import_keras
from core.runs.collection import Runs
from core.spec import kinds, one_of
from core.workspace import current


def main() -> None:
    """Answers until nobody asks any more."""
    out = os.fdopen(os.dup(1), "wb")
    sys.stdout = sys.stderr  # what a library prints must not mix with our frames
    if hasattr(os, "nice"):
        os.nice(3)  # the server answers first
    with scratch():
        warm_up()
        send(out, {"ready": True})
        with heard_by(lambda done, total: send(out, {"progress": [done, total]})):
            while frame := receive(sys.stdin.buffer):
                send(out, *_reply(*frame))


def warm_up() -> None:
    """Imports Keras and lets TensorFlow start its threads; two of them, so that training keeps its pace."""
    import_keras()
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(2)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    import keras

    keras.layers.Conv2D(1, 3)(np.zeros((1, 8, 8, 1), np.float32))


def _reply(request: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
    """The answer to one question, or why there is none."""
    try:
        answer = ask(request, payload)
        return pack(answer | {"result": answer["result"].to_answer()} if "result" in answer else answer)
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
        request: `question` and its fields; of a lens `options`, the `run` and its `epoch`, and its pictures as
            `AskedImages` takes them.
        payload: the pixels of the uploads one after another, as `asked_images.decoded` gives them.

    Returns:
        of a lens `result`, and what `AskedImages` says about the pictures.

    Raises:
        UserError: it can't be answered.
    """
    question = request["question"]
    if question in WITHOUT_NETWORK:
        return WITHOUT_NETWORK[question](request, payload)
    kind = _lenses()[question]
    lens = kind(**request.get("options", {}))
    network = open_network(Runs(current()).find(request["run"]), request.get("epoch"))
    if not (fits := kind.is_compatible(network.outline)):
        raise UserError(fits.reason, "Choose another way of looking.", "LENS_DOES_NOT_FIT")
    asked = AskedImages(network.outline, request if lens.needs_images else {}, payload)
    if lens.needs_images and not lens.many:
        asked.need_one()
    return {**asked.answer(), "result": lens.fitted(network.outline).look(network, asked.stacked())}


def _augmented(request: dict[str, Any], _payload: bytes) -> Answer:
    """Draws of one picture, as training would see it: `experiment`, `position`, `draws`, `seed`."""
    return augment(_experiment(request["experiment"]), request["position"], request["draws"], request["seed"])


def _alone(request: dict[str, Any], payload: bytes) -> Answer:
    """One change alone: `change`, images as payload with their `shape`, `seed`, `value` and `whole` if wanted."""
    change = TypeAdapter(one_of(Augmentation)).validate_json(json.dumps(request["change"]))
    images = np.frombuffer(payload, np.uint8).reshape(request["shape"])
    return by_itself(change, images, request["seed"], request.get("value"), request.get("whole", False))


def _batch(request: dict[str, Any], _payload: bytes) -> Answer:
    """A batch as the network will see it: `experiment`, `number`."""
    return next_batch(_experiment(request["experiment"]), request["number"])


def _experiment(told: dict[str, Any]) -> Experiment:
    return TypeAdapter(Experiment).validate_json(json.dumps(told))


WITHOUT_NETWORK: dict[str, Callable[[dict[str, Any], bytes], Answer]] = {
    "augment": _augmented,
    "alone": _alone,
    "batch": _batch,
    "features": features,
    "tape": tape,
}
"""Questions about no trained network."""


def _lenses() -> dict[str, type[Lens]]:
    """Every way of looking by its question."""
    return {kind.question: kind for kind in kinds(Lens).values()}


if __name__ == "__main__":
    main()
