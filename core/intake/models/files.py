"""Which kind of file it is: `.keras` is opened, everything else gets one sentence; nothing is unpickled.

A file is read from the disk a piece at a time: its weights, and the optimizer's memory, may be larger than memory.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

from core import workspace
from core.errors import UserError
from core.intake.archives import open_checked
from core.intake.documents import NETWORK, parsed
from core.intake.models import AGAIN, MAX_LAYERS
from core.intake.models.graph import is_network
from core.intake.unpacking import DAMAGE, pieces_of, unpack
from core.words import number

MB = 1_000_000
MOST = 2000 * MB
"""Bytes of a file, and of its weights unpacked: 160 million numbers with what Adam remembers of each."""
MOST_TIMES = 200
"""By which a part may grow as it is unpacked; weights shrink little, and zeros of an optimizer stand beside them."""
CONFIG, WEIGHTS, OURS = "config.json", "model.weights.h5", "kernelscope.json"
HEAD = 2000
"""Bytes by which a file is judged that is no ZIP."""
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


@dataclass(frozen=True)
class Parts:
    """What a `.keras` file holds.

    Args:
        config: the JSON value of its config.
        weights: the HDF5 file of its weights, unpacked.
        ours: what our export wrote beside them: the experiment with the network as it was built; empty without.
    """

    config: Any
    weights: Path
    ours: str = ""


def open_keras(file: Path, name: str) -> Parts:
    """Opens a file that was laid down; its weights are unpacked beside it.

    Args:
        file: of ours alone, so that what is checked is what is used.
        name: what it was called.

    Raises:
        UserError: it is no `.keras` file, damaged, or larger than any; or the disk is full.
    """
    require_size(file.stat().st_size)
    with file.open("rb") as source:
        head = source.read(HEAD)
    if not head:
        raise _broken("it is empty")
    if not head.startswith(b"PK"):
        _refuse_other(head, name)
    try:
        archive, entries = open_checked(file, 2 * MOST)
    except UserError as error:
        raise UserError(f"This .keras file can't be opened. {error.what}", AGAIN, "MODEL_BROKEN") from error
    with archive:
        parts = dict(entries)
        if CONFIG not in parts:
            _refuse_zip(list(parts))
        if not all(one in parts for one in (WEIGHTS, "metadata.json")):
            raise _broken(f"{WEIGHTS if WEIGHTS not in parts else 'metadata.json'} is missing in it")
        config = _config(archive, parts[CONFIG])
        weights = file.with_name(f"{file.name}.h5")
        _lay_down(archive, parts[WEIGHTS], weights)
        return Parts(config, weights, _ours(archive, parts))


def require_size(size: int) -> None:
    """Refuses a file that is larger than any.

    Args:
        size: its bytes, or as many of them as are known.

    Raises:
        UserError: it is.
    """
    if size > MOST:
        what = f"This file has more than {number(MOST // MB)} MB."
        raise UserError(what, "Open a smaller network, or one saved without its optimizer.", "MODEL_TOO_LARGE")


def is_config(value: Any) -> bool:
    """Whether a JSON value is a Keras config, rather than an experiment."""
    return is_network(value)


def _config(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Any:
    """The value of config.json.

    Raises:
        UserError: it is too large, damaged, or no JSON.
    """
    if entry.file_size > NETWORK.most_bytes:
        told = f"{number(-(-entry.file_size // MB))} MB, and {MAX_LAYERS} layers take less than 1 MB"
        raise UserError(f"{CONFIG} in this .keras file has {told}.", "Open a smaller network.", "MODEL_TOO_LARGE")
    text = b"".join(_pieces(archive, entry))
    try:
        return parsed(text, NETWORK)
    except UserError as error:
        raise UserError(f"{CONFIG} in this .keras file can't be read. {error.what}", AGAIN, "MODEL_BROKEN") from error


def _lay_down(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: Path) -> None:
    """Unpacks the weights, a piece at a time; what comes out is counted, as what is told of it may be a lie.

    Raises:
        UserError: they are damaged, more than any network has, or were made to fill a disk; or the disk is full.
    """
    if entry.file_size > MOST:
        told = f"{number(entry.file_size // MB)} MB of weights; up to {number(MOST // MB)} MB are opened"
        raise UserError(f"This .keras file has {told}.", "Open a smaller network.", "MODEL_TOO_LARGE")
    if entry.file_size > MB and entry.file_size > MOST_TIMES * entry.compress_size:
        told = f"{number(entry.file_size // MB)} MB of weights packed into {number(entry.compress_size // 1000)} kB"
        raise UserError(f"This .keras file was refused: it has {told}, as only a trap has.", AGAIN, "MODEL_BOMB")
    try:
        with workspace.new_file(place) as copy:
            for piece in _pieces(archive, entry):
                copy.write(piece)
    except OSError as error:
        raise workspace.disk_error(error) from error


def _pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of a part, piece by piece.

    Raises:
        UserError: it is damaged.
    """
    try:
        yield from pieces_of(archive, entry)
    except DAMAGE as error:
        raise _broken(f"{entry.filename} is damaged in it") from error


def _ours(archive: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo]) -> str:
    """What our export wrote; empty where there is none that can be read, as the config says the same less well."""
    entry = parts.get(OURS)
    if entry is None or entry.file_size > NETWORK.most_bytes:
        return ""
    try:
        return unpack(archive, entry, NETWORK.most_bytes).decode()
    except DAMAGE:
        return ""


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
