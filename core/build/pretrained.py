"""The weights that the bases of a network begin with, by the names that they have in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.datasets.downloads import keras_folder
from core.errors import UserError
from core.experiment.network import Row, Trace
from core.intake.models import legacy
from core.layers.pretrained import Base, WeightsFile

if TYPE_CHECKING:
    import keras

ANOTHER = "Put the whole file in its place, or choose another base on the Network page."


def place(file: WeightsFile) -> Path:
    """Where Keras keeps a file of weights."""
    return keras_folder().parent / "models" / file.name


def begin(model: "keras.Model", traced: Trace) -> None:
    """Gives the bases of a network what they learnt elsewhere; its other layers stay fresh.

    Args:
        model: as `core.build.model.build_model` makes it.
        traced: its network.

    Raises:
        UserError: the weights of a base are not here, or are another network's.
    """
    for base, rows in _bases(traced).items():
        if file := base.file(rows[0].input_shape):
            _fill(model, rows, place(file), base)


def _bases(traced: Trace) -> dict[Base, list[Row]]:
    """The rows of each base, the preparation of the image included."""
    found: dict[Base, list[Row]] = {}
    for row in traced.rows:
        if row.base:
            found.setdefault(row.base, []).append(row)
    return found


def _fill(model: "keras.Model", rows: list[Row], path: Path, base: Base) -> None:
    """Takes the weights of a base out of Keras' file."""
    wanted = {row.part: row for row in rows if row.parameters and not row.layer.kind.startswith("HandMade")}
    for name, arrays in _arrays(path, base):
        row = wanted.pop(name, None)
        if row is None:
            continue  # of what was cut off
        variables = model.get_layer(row.name).weights
        if [tuple(one.shape) for one in variables] != [one.shape for one in arrays]:
            raise _other(path, base)
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)
    if wanted:
        raise _other(path, base)


def _arrays(path: Path, base: Base) -> Iterator[tuple[str, list[np.ndarray]]]:
    if not path.is_file():
        raise UserError(
            f"The weights of {base.kind} are not on this machine.",
            "Fetch them on the Network page, or choose a base that is here.",
            "BASE_NOT_HERE",
        )
    try:
        yield from legacy.arrays(path)
    except UserError as error:
        raise _other(path, base) from error


def _other(path: Path, base: Base) -> UserError:
    return UserError(f"{path.name} does not hold the weights of {base.kind}.", ANOTHER, "BASE_WEIGHTS")
