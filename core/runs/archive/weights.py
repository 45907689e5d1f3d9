"""The networks of a run's archive: each array of the shape that the settings ask for, or none is taken."""

import io
import zipfile

import numpy as np

from core.datasets import Facts
from core.errors import UserError
from core.experiment import Experiment
from core.intake.archives import DAMAGE, open_checked, unpack
from core.runs.archive.parts import damaged, refused
from core.words import number

MAX_PARAMETERS = 50_000_000
"""Of a network from elsewhere: what opens it has 4 GB, and holds each number more than once."""
ARRAY_HEADER = 256
"""Bytes that an array may take beyond its numbers."""


def check_network(experiment: Experiment, facts: Facts | None) -> None:
    """Refuses a network that can't be, or is over the budget of parameters; it is not built for that.

    Raises:
        UserError: names the layer or the numbers.
    """
    if facts is None:
        return
    traced = experiment.trace(facts)
    if traced.broken:
        raise refused(f"its network can't be: {traced.broken.impossible.reason}", "RUN_NETWORK")
    if traced.parameters > MAX_PARAMETERS:
        reason = f"its network has {number(traced.parameters)} parameters; {number(MAX_PARAMETERS)} is the limit"
        raise refused(reason, "RUN_NETWORK")


def weight_shapes(experiment: Experiment, facts: Facts) -> list[tuple[int, ...]]:
    """Shapes of the arrays of a network in Keras' order; it passed `check_network`."""
    from core.build.model import build_model

    return [tuple(weight.shape) for weight in build_model(experiment, facts).weights]


def read_arrays(data: bytes, shapes: list[tuple[int, ...]], name: str) -> list[np.ndarray]:
    """The arrays of an npz file, float32, if they are exactly those that are expected.

    Sizes and kinds are compared before any array is made.

    Args:
        data: the file.
        shapes: of the arrays, in order.
        name: what a refusal calls the file.

    Raises:
        UserError: another number of arrays, another shape or kind, or damage.
    """
    try:
        file, entries = open_checked(io.BytesIO(data))
        with file:
            if [entry for entry, _ in entries] != [f"arr_{i}.npy" for i in range(len(shapes))]:
                raise refused(f"{name} holds other arrays than its network has", "RUN_WEIGHTS")
            return [_array(file, entry, shape, name) for (_, entry), shape in zip(entries, shapes, strict=True)]
    except (*DAMAGE, SyntaxError, TypeError) as error:  # the last two come from NumPy's reader of headers
        raise damaged(name) from error
    except UserError as error:
        raise (error if error.code.startswith("RUN_") else damaged(name)) from error


def _array(file: zipfile.ZipFile, entry: zipfile.ZipInfo, shape: tuple[int, ...], name: str) -> np.ndarray:
    count = int(np.prod(shape, dtype=np.int64))
    plain = entry.compress_type == zipfile.ZIP_STORED and not entry.flag_bits & 1
    if not plain or not count * 4 < entry.file_size <= count * 4 + ARRAY_HEADER:
        raise refused(f"an array in {name} has not the size of its layer", "RUN_WEIGHTS")
    content = io.BytesIO(unpack(file, entry, entry.file_size))
    if np.lib.format.read_magic(content) != (1, 0):
        raise damaged(name)
    told, fortran, kind = np.lib.format.read_array_header_1_0(content)
    rest = content.read()
    if told != shape or fortran or kind != np.dtype("<f4") or len(rest) != count * 4:
        raise refused(f"an array in {name} has not the shape or the kind of its layer", "RUN_WEIGHTS")
    return np.frombuffer(rest, np.float32).reshape(shape)
