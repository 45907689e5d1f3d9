"""Which kind of file it is: `.keras` is opened, everything else gets one sentence; nothing is unpickled."""

import io
import zipfile
from pathlib import PurePosixPath
from typing import Any, NoReturn

from core.errors import UserError
from core.intake.archives import open_checked
from core.intake.documents import MAX_BYTES, parsed
from core.intake.models import AGAIN
from core.intake.models.graph import is_network
from core.intake.unpacking import DAMAGE, unpack

MOST = 256 << 20
"""Bytes of a file."""
MAX_CONFIG = 1 << 20
"""Bytes of a config, unpacked."""
CONFIG, WEIGHTS = "config.json", "model.weights.h5"
MAGIC = b"\x89HDF\r\n\x1a\n"
ONLY = "Only .keras files and Keras' JSON configs are opened"
IN_PYTHON = "Open it in Python and save it with model.save('network.keras'); then open that file here."
TRUSTED = "If you trust who made it, open it in Python, and save the network with model.save('network.keras')."
MACHINE = (
    "This is a model of Teachable Machine: a trained network (keras_model.h5) and the names of its classes "
    "(labels.txt), in a format that is not opened here."
)
MACHINE_REMEDY = (
    "Upload the pictures it learned from on the Data page (in Teachable Machine, download the samples of each class) "
    "and train here."
)


def open_keras(data: bytes, name: str) -> tuple[Any, bytes]:
    """Opens the bytes of an upload.

    Args:
        data: the whole file, read once: what is checked is what is used.
        name: what it was called.

    Returns:
        the JSON value of its config, and the bytes of its weights, empty where it has none.

    Raises:
        UserError: it is no `.keras` file, damaged, or larger than any.
    """
    if len(data) > MOST:
        raise UserError(f"This file has more than {MOST >> 20} MB.", "Open a smaller network.", "MODEL_TOO_LARGE")
    if not data:
        raise _broken("it is empty")
    if not data.startswith(b"PK"):
        _refuse_other(data, name)
    try:
        archive, entries = open_checked(io.BytesIO(data))
    except UserError as error:
        raise UserError(f"This .keras file can't be opened. {error.what}", AGAIN, "MODEL_BROKEN") from error
    with archive:
        parts = dict(entries)
        if CONFIG not in parts:
            _refuse_zip(list(parts))
        if not all(one in parts for one in (WEIGHTS, "metadata.json")):
            raise _broken(f"{WEIGHTS if WEIGHTS not in parts else 'metadata.json'} is missing in it")
        config = _config(archive, parts[CONFIG])
        if parts[WEIGHTS].file_size > MOST:
            raise _too_large(WEIGHTS, MOST)
        return config, _part(archive, parts[WEIGHTS], MOST)


def is_config(value: Any) -> bool:
    """Whether a JSON value is a Keras config, rather than an experiment."""
    return is_network(value)


def _config(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Any:
    """The value of config.json.

    Raises:
        UserError: it is too large, damaged, or no JSON.
    """
    if entry.file_size > MAX_CONFIG:
        raise _too_large(CONFIG, MAX_CONFIG)
    try:
        return parsed(_part(archive, entry, MAX_BYTES), any_text=True)  # the code of a Lambda has line breaks
    except UserError as error:
        raise UserError(f"{CONFIG} in this .keras file can't be read. {error.what}", AGAIN, "MODEL_BROKEN") from error


def _part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """The bytes of one part.

    Raises:
        UserError: it is damaged, or more than it says.
    """
    try:
        return unpack(archive, entry, most)
    except DAMAGE as error:
        raise _broken(f"{entry.filename} is damaged in it") from error


def _too_large(part: str, most: int) -> UserError:
    what = f"{part} in this .keras file has more than {most >> 20} MiB."
    return UserError(what, "Open a smaller network.", "MODEL_TOO_LARGE")


def _broken(why: str) -> UserError:
    return UserError(f"This .keras file can't be read: {why}.", AGAIN, "MODEL_BROKEN")


def _refuse_other(data: bytes, name: str) -> NoReturn:
    """What a file is that is no ZIP."""
    called = PurePosixPath(name.replace("\\", "/")).name.lower()
    if called == "labels.txt" or called == "keras_model.h5" or _are_labels(data):
        raise UserError(MACHINE, MACHINE_REMEDY, "MODEL_OF_TEACHABLE_MACHINE")
    if data.startswith(MAGIC):
        raise _only("this is an HDF5 file of an older Keras (.h5)")
    if data[:1] == b"\x80" and data[1:2] in b"\x00\x01\x02\x03\x04\x05":
        raise _only("this is a pickle, which could run any program", TRUSTED)
    if data[4:8] == b"TFL3":
        raise _only("this is a TensorFlow Lite file, which can't be trained any more", "Open the network it came from.")
    if called.endswith((".pt", ".pth", ".onnx", ".pkl", ".pb", ".h5")):
        raise _only(f"this is called {PurePosixPath(called).suffix}")
    raise _broken("it is no ZIP, as every .keras file is")


def _are_labels(data: bytes) -> bool:
    """Whether a text has the lines of labels.txt: a number and a name each."""
    lines = data[:2000].decode("utf-8", "replace").splitlines()
    return bool(lines) and all(line.split(" ", 1)[0] == str(place) for place, line in enumerate(lines[:5]))


def _refuse_zip(names: list[str]) -> NoReturn:
    """What a ZIP is that holds no config.json."""
    last = {PurePosixPath(name).name for name in names}
    if "keras_model.h5" in last or {"labels.txt", "model.json"} <= last or "weights.bin" in last:
        raise UserError(MACHINE, MACHINE_REMEDY, "MODEL_OF_TEACHABLE_MACHINE")
    if "saved_model.pb" in last:
        raise _only("this is a SavedModel")
    if "data.pkl" in last:
        raise _only("this is a file of PyTorch", "Build its layers here, or with Keras.")
    if any(name.endswith(".npy") for name in last):
        raise _only("this holds arrays of NumPy")
    raise _broken(f"{CONFIG} is missing in it")


def _only(what: str, remedy: str = IN_PYTHON) -> UserError:
    return UserError(f"{ONLY}; {what}.", remedy, "MODEL_NOT_KERAS")
