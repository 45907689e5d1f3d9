"""The networks of a run's archive: each array of the shape that the settings ask for, or none is taken."""

import io
import math
import zipfile

import numpy as np

from core.datasets import Facts
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.stages import Stage, stages
from core.intake.archives import open_checked
from core.intake.unpacking import DAMAGE, unpack
from core.runs.archive.parts import damaged, refused
from core.runs.arrays import UNREADABLE
from core.words import number

MAX_PARAMETERS = 50_000_000
"""Of a network from elsewhere: what opens it has 4 GB, and holds each number more than once."""
MAX_VALUES = 50_000_000
"""That one layer may give for an image: 200 MB, ten times what networks of 300 px give."""
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
    if traced.unread:
        row = traced.unread[0]
        raise refused(f"in its network, nothing reads {row.called}", "RUN_NETWORK")
    largest = max(math.prod(row.output_shape) for row in traced.rows)
    if largest > MAX_VALUES:
        reason = f"a layer of its network gives {number(largest)} values; {number(MAX_VALUES)} is the limit"
        raise refused(reason, "RUN_NETWORK")
    if traced.parameters > MAX_PARAMETERS:
        reason = f"its network has {number(traced.parameters)} parameters; {number(MAX_PARAMETERS)} is the limit"
        raise refused(reason, "RUN_NETWORK")


Shapes = dict[str, tuple[int, ...]]
"""Of weights by name."""


def weight_shapes(experiment: Experiment, facts: Facts) -> tuple[Shapes, dict[Stage, Shapes]]:
    """Shapes of all weights of a network, in Keras' order, and for each stage of those that none so far has changed.

    Args:
        experiment: its network passed `check_network`.
        facts: of its data.
    """
    from core.build.model import build_model, hold
    from core.build.weights import frozen

    model = build_model(experiment, facts)
    shapes = {weight.path: tuple(weight.shape) for weight in model.weights}
    still, kept = set(shapes), {}
    for stage in stages(experiment):
        hold(model, stage.trace(facts))
        still &= {weight.path for weight in frozen(model)}
        kept[stage] = {path: shape for path, shape in shapes.items() if path in still}
    return shapes, kept


def largest_file(shapes: Shapes) -> int:
    """Bytes that a file with weights of these shapes may have."""
    return sum(int(np.prod(shape, dtype=np.int64)) * 4 + 3 * ARRAY_HEADER for shape in shapes.values()) + 1024


def read_arrays(data: bytes, shapes: Shapes, name: str) -> dict[str, np.ndarray]:
    """The arrays of an npz file by name, float32, if they are exactly those that are expected.

    A file of format 1 has them in their order, called arr_0, arr_1 ...

    Sizes and kinds are compared before any array is made.

    Args:
        data: the file.
        shapes: of the arrays.
        name: what a refusal calls the file.

    Raises:
        UserError: another number of arrays, another shape or kind, or damage.
    """
    try:
        file, entries = open_checked(io.BytesIO(data))
        with file:
            found = [entry.removesuffix(".npy") for entry, _ in entries]
            wanted = list(shapes) if found == [f"arr_{i}" for i in range(len(shapes))] else found
            if len(wanted) != len(shapes) or set(wanted) != set(shapes):
                raise refused(f"{name} holds other arrays than its network has", "RUN_WEIGHTS")
            return {
                one: _array(file, entry, shapes[one], name) for one, (_, entry) in zip(wanted, entries, strict=True)
            }
    except (*DAMAGE, *UNREADABLE) as error:
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
