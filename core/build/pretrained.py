"""The weights that the bases of a network begin with, by the names that they have in it."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from core.build import embedded
from core.datasets.weights_files import place
from core.errors import UserError
from core.experiment.network import Row, Trace
from core.intake.models import legacy
from core.layers.pretrained import FIRST, Base, WeightsFile

if TYPE_CHECKING:
    import keras

Arrays = Mapping[str, np.ndarray]
AWAY = "Choose the run or the file again, or another base, on the Network page."
ANOTHER = "Put the whole file in its place, or choose another base on the Network page."


def nowhere(digest: str, name: str = "its base") -> NoReturn:
    """Where no weights are kept.

    Args:
        digest: of those that are asked for.
        name: of the base, for people.

    Raises:
        UserError: always.
    """
    raise UserError(f"The weights of {name} are not on this machine any more.", AWAY, "BASE_WEIGHTS_GONE")


def begin(model: "keras.Model", traced: Trace, kept: Callable[[str], Arrays] = nowhere) -> None:
    """Gives the bases of a network what they learnt elsewhere; its other layers stay fresh.

    Args:
        model: as `core.build.model.build_model` makes it.
        traced: its network.
        kept: the weights of a digest, float32 by `part/variable`, for bases out of networks of one's own.

    Raises:
        UserError: the weights of a base are not here, or are another network's.
    """
    for base, rows in _bases(traced).items():
        if base.digest:
            _take(model, rows, kept(base.digest), base)
        elif file := base.file(rows[0].input_shape):
            if file.sha256:
                _take(model, rows, _ours(file, base), base)
            else:
                _fill(model, rows, place(file), base)


def _bases(traced: Trace) -> dict[Base, list[Row]]:
    """The rows of each base, the preparation of the image included."""
    found: dict[Base, list[Row]] = {}
    for row in traced.rows:
        if row.base:
            found.setdefault(row.base, []).append(row)
    return found


def _take(model: "keras.Model", rows: list[Row], weights: Arrays, base: Base) -> None:
    """Takes the weights of a base out of those that are kept here."""
    for row in rows:
        if row.part.startswith(FIRST):
            continue  # it prepares the image, and was in no run
        for variable in model.get_layer(row.name).weights:
            array = weights.get(f"{row.part}/{variable.path.partition('/')[2]}")
            if array is None or array.shape != tuple(variable.shape):
                what = f"The weights kept for {base.short()} are not those of its layers."
                raise UserError(what, AWAY, "BASE_WEIGHTS_OTHER")
            variable.assign(array)


def _ours(file: WeightsFile, base: Base) -> Arrays:
    """The weights of a base that lies in the repository."""
    try:
        return embedded.arrays(place(file), file.sha256)
    except (OSError, ValueError) as error:
        raise _other(place(file), base) from error


def _fill(model: "keras.Model", rows: list[Row], path: Path, base: Base) -> None:
    """Takes the weights of a base out of Keras' file."""
    by_part = {row.part: row for row in rows}
    names = base.learnt((*rows[0].input_shape[:2], 3))
    place = 0
    for place, (_, arrays) in enumerate(_arrays(path, base), 1):
        if place > len(names):
            raise _other(path, base)
        row = by_part.get(names[place - 1])
        if row is None:
            continue  # it was cut off
        variables = model.get_layer(row.name).weights
        if [tuple(one.shape) for one in variables] != [one.shape for one in arrays]:
            raise _other(path, base)
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)
    if place < len(names):
        raise _other(path, base)


def _arrays(path: Path, base: Base) -> Iterator[tuple[str, list[np.ndarray]]]:
    if not path.is_file():
        raise UserError(
            f"The weights of {base.kind} are not on this machine.",
            "Fetch them on the Network page, or take SmallBase, which is always here.",
            "BASE_NOT_HERE",
        )
    try:
        yield from legacy.arrays(path)
    except UserError as error:
        raise _other(path, base) from error


def _other(path: Path, base: Base) -> UserError:
    return UserError(f"{path.name} does not hold the weights of {base.kind}.", ANOTHER, "BASE_WEIGHTS")
