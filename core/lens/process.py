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
from functools import partial
from typing import Any, BinaryIO

import numpy as np
from PIL import Image
from pydantic import TypeAdapter

from core import datasets
from core.errors import UserError
from core.experiment import Experiment
from core.intake.images import DecodedImage, fit_to, read_image
from core.labs.images import from_file
from core.lens import Answer, Lens
from core.lens.drawings import centred, manner_of, shrunk
from core.lens.draws import augment
from core.lens.network import Network, open_network
from core.lens.tape import tape
from core.runs.collection import Runs
from core.spec import kinds
from core.workspace import current

LONGEST = 2048
"""px; larger uploads are shrunk while they are decoded, as no network here takes more."""
SHOWN, SHOWN_SMALL, FEW = 320, 96, 6
"""px: longest side at which an upload goes back to be shown, when they are few and when they are many."""


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
    if question in WITHOUT_NETWORK:
        return WITHOUT_NETWORK[question](request, payload)
    kind = _lenses()[question]
    lens = kind(**{name: request[name] for name in kind.model_fields if name in request})
    network = open_network(Runs(current()).find(request["run"]), request.get("epoch"))
    if not lens.needs_images:
        return lens.look(network, np.zeros((0, *network.facts.shape), np.uint8))
    asked = Pictures(network, request, payload)
    if not asked.seen and question != "predict":
        raise UserError(asked.told[0]["error"] if asked.told else "There is no picture to look at.", "", "NO_PICTURE")
    return {**asked.answer(), "class_names": list(network.facts.class_names), **lens.look(network, asked.stacked())}


def _augmented(request: dict[str, Any], _payload: bytes) -> Answer:
    """Draws of one picture, as training would see it."""
    experiment = TypeAdapter(Experiment).validate_json(json.dumps(request["experiment"]))
    return augment(experiment, request["position"], request["draws"], request["seed"])


def _opened(request: dict[str, Any], payload: bytes) -> Answer:
    """An upload for a lab, which asks no network: `name`, `pixels` uint8 (H, W, 1 or 3) and `words` about it.

    Raises:
        UserError: no picture.
    """
    picture = from_file(payload, request["uploads"][0]["name"], min(LONGEST, request["longest"]))
    return {"name": picture.name, "pixels": picture.pixels, "words": picture.words}


WITHOUT_NETWORK: dict[str, Callable[[dict[str, Any], bytes], Answer]] = {
    "augment": _augmented,
    "picture": _opened,
    "tape": tape,
}
"""Questions about no trained network."""


def _lenses() -> dict[str, type[Lens]]:
    """Every way of looking by its question."""
    return {kind.question: kind for kind in kinds(Lens).values()}


class Pictures:
    """The pictures of one request: the good ones as the network sees them, the others with the reason.

    Args:
        network: they are made to fit.
        request: `positions` in the dataset, and `uploads`, which are `drawn` ones or files; a drawing may be `centred`.
        payload: the files one after another.
    """

    def __init__(self, network: Network, request: dict[str, Any], payload: bytes) -> None:
        self.network = network
        self.told: list[dict[str, Any]] = []
        self.seen: list[np.ndarray] = []
        self.originals: dict[str, np.ndarray] = {}
        for position in request.get("positions", []):
            self._take(f"picture {position}", partial(self._stored, position))
        uploads = request.get("uploads", [])
        longest = SHOWN if len(uploads) <= FEW else SHOWN_SMALL
        read = partial(self._drawn, request.get("centred", False)) if request.get("drawn") else self._photo
        start = 0
        for upload in uploads:
            data, start = payload[start : start + upload["bytes"]], start + upload["bytes"]
            self._take(upload["name"], partial(self._uploaded, upload["name"], data, longest, read))

    def answer(self) -> Answer:
        """`pictures` (name, row among the good ones or None, error, words), `seen` uint8 (N, height, width, channels),
        and for uploads `original_<row>` uint8 (H, W, 3), small enough to be shown."""
        return {"pictures": self.told, "seen": self.stacked(), **self.originals}

    def stacked(self) -> np.ndarray:
        """The good ones as one array: uint8 (N, height, width, channels)."""
        return np.stack(self.seen) if self.seen else np.zeros((0, *self.network.facts.shape), np.uint8)

    def _take(self, name: str, read: Callable[[], tuple[np.ndarray, str]]) -> None:
        try:
            image, words = read()
            self.told.append({"name": name, "row": len(self.seen), "error": "", "words": words})
            self.seen.append(image)
        except UserError as error:
            self.told.append({"name": name, "row": None, "error": str(error), "words": ""})

    def _stored(self, position: int) -> tuple[np.ndarray, str]:
        images = datasets.load(self.network.experiment.dataset).images
        if not 0 <= position < len(images):
            raise UserError("This picture is not in the dataset.", "Choose another one.", "NO_PICTURE")
        return np.array(images[position]), ""

    def _uploaded(
        self, name: str, data: bytes, longest: int, read: Callable[[np.ndarray], np.ndarray]
    ) -> tuple[np.ndarray, str]:
        picture = read_image(data, name, LONGEST)
        self.originals[f"original_{len(self.seen)}"] = _smaller(picture.pixels, longest)
        return read(picture.pixels), _words(picture)

    def _photo(self, pixels: np.ndarray) -> np.ndarray:
        return fit_to(pixels, *self.network.facts.shape)

    def _drawn(self, in_the_middle: bool, pixels: np.ndarray) -> np.ndarray:
        if in_the_middle:
            return centred(pixels, manner_of(self.network.experiment.dataset), *self.network.facts.shape)
        return shrunk(pixels, *self.network.facts.shape)


def _smaller(pixels: np.ndarray, longest: int) -> np.ndarray:
    """The same picture with a longer side of at most `longest` px: uint8 (H, W, 3)."""
    image = Image.fromarray(pixels)
    image.thumbnail((longest, longest), Image.Resampling.BOX)
    return np.array(image)


def _words(picture: DecodedImage) -> str:
    """What is worth knowing about a file: "640×480 px, first frame of an animation"."""
    return f"{picture.width}×{picture.height} px" + (", first frame of an animation" if picture.is_animated else "")


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
