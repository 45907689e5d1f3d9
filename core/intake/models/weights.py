"""The weights in a `.keras` file: of an HDF5 file only plain arrays of plain numbers, each where it is expected.

HDF5 can point at other files, at itself, and at more numbers than there are atoms. What is read here is found by its
name, over hard links only, and its size is known before a byte of it is taken.
"""

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import UserError
from core.intake.models import AGAIN
from core.words import number

if TYPE_CHECKING:
    import h5py

VARS, OPTIMIZER = "vars", "optimizer"
MAX_ARRAYS = 16
"""Of one layer."""
MAX_GROUPS, MAX_DEPTH = 4000, 24
MAX_BYTES = 2_000_000_000
"""Of all arrays but the optimizer's, none of which may lie on another."""
MAX_NOTES, MAX_NOTE = 64, 64_000
"""Attributes of a group or an array, and bytes of one: Keras writes a name and a kind of number."""
Shapes = dict[str, list[list[int]]]
"""Shapes of the arrays of each layer, by its group."""


def shapes(path: Path) -> Shapes:
    """Which arrays a file holds, without reading one.

    Args:
        path: of the HDF5 file.

    Raises:
        UserError: it is no HDF5, or holds what only a trap does.
    """
    with opened(path) as file:
        found = {key: [list(array.shape) for array in arrays] for key, arrays in _layers(file)}
    return {key: arrays for key, arrays in found.items() if arrays}


def arrays(path: Path, keys: Iterable[str]) -> Iterator[tuple[str, list[np.ndarray]]]:
    """The arrays of some layers, one layer in memory at a time: float32, those of one in Keras' order.

    Args:
        path: of the HDF5 file.
        keys: groups of layers, "layers/conv2d_1"; they come in this order.

    Raises:
        UserError: as `shapes`, or one of them has no arrays, or holds what is no number.
    """
    wanted = list(dict.fromkeys(keys))
    with opened(path) as file:
        held = {key: found for key, found in _layers(file) if key in wanted}
        if missing := [key for key in wanted if key not in held]:
            raise refused(f"{', '.join(missing[:3])} has no weights in this file")
        for key in wanted:
            yield key, [numbers(key, array) for array in held[key]]


def opened(path: Path) -> "h5py.File":
    """An HDF5 file.

    Raises:
        UserError: it is none.
    """
    import h5py

    try:
        file = h5py.File(path, "r")
        _check_notes(file["/"], "the file")
        return file
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise refused("they are no HDF5 file") from error


def _layers(file: "h5py.File") -> Iterator[tuple[str, list["h5py.Dataset"]]]:
    """Every group with its own arrays, but those of the optimizer."""
    waiting, seen, size = [("", 0)], 0, 0
    while waiting:
        name, depth = waiting.pop()
        group = group_of(file, name)
        seen += 1
        if seen > MAX_GROUPS or depth > MAX_DEPTH or len(group) > MAX_GROUPS:
            raise refused("they have more groups than any network")
        held = _arrays(group, name) if VARS in group else []
        size += sum(array.size * array.dtype.itemsize for array in held)
        if size > MAX_BYTES:
            raise refused(f"they take more than {number(MAX_BYTES // 1_000_000)} MB")
        if held:
            yield name, held
        for child in group:
            if child != VARS and (name or child != OPTIMIZER):
                waiting.append((f"{name}/{child}".strip("/"), depth + 1))


def group_of(file: "h5py.File", name: str) -> "h5py.Group":
    """A group, by hard links."""
    import h5py

    group = file
    for part in filter(None, name.split("/")):
        group = member(group, part)
        if not isinstance(group, h5py.Group):
            raise refused(f"{name} is no group")
    return group


def member(group: "h5py.Group", name: str) -> "h5py.Group | h5py.Dataset":
    """What stands in a group under a name.

    Raises:
        UserError: a link to somewhere else.
    """
    import h5py

    try:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise refused(f"{name} is a link to somewhere else")
        _check_notes(group[name], name)
        return group[name]
    except (KeyError, OSError, ValueError, RuntimeError) as error:
        raise refused(f"{name} is damaged") from error


def _check_notes(found: "h5py.Group | h5py.Dataset", name: str) -> None:
    """Refuses attributes that no network has; they are never read.

    Raises:
        UserError: there is one.
    """
    import h5py

    count = h5py.h5a.get_num_attrs(found.id)
    sizes = (h5py.h5a.get_info(found.id, index=place).data_size for place in range(min(count, MAX_NOTES)))
    if count > MAX_NOTES or max(sizes, default=0) > MAX_NOTE:
        raise refused(f"{name} holds more notes beside its numbers than any network")


def _arrays(group: "h5py.Group", name: str) -> list["h5py.Dataset"]:
    """The arrays of one layer, in their order."""
    import h5py

    held = member(group, VARS)
    if not isinstance(held, h5py.Group) or len(held) > MAX_ARRAYS:
        raise refused(f"{name} has more arrays than any layer")
    found = [member(held, str(place)) for place in range(len(held)) if str(place) in held]
    if len(found) != len(held) or not plain_arrays(found):
        raise refused(f"{name} holds something else than plain arrays")
    return found


def plain_arrays(found: "Iterable[h5py.Dataset | h5py.Group]") -> bool:
    """Whether all of them are arrays whose numbers lie in their file as they are."""
    import h5py

    return all(isinstance(one, h5py.Dataset) and _is_plain(one) for one in found)


def _is_plain(array: "h5py.Dataset") -> bool:
    """Whether the numbers of an array lie in this file as they are, as many as it says."""
    if array.is_virtual or array.external or array.chunks or array.dtype.hasobject or array.shape is None:
        return False
    return array.id.get_storage_size() == math.prod(array.shape) * array.dtype.itemsize


def numbers(key: str, array: "h5py.Dataset") -> np.ndarray:
    """The numbers of an array: float32.

    Raises:
        UserError: they are of another kind, or one is none.
    """
    if array.dtype != np.float32:
        raise refused(f"{key} holds {array.dtype}; only float32 is read")
    try:
        numbers = array[()]
    except (OSError, ValueError, RuntimeError) as error:
        raise refused(f"{key} is damaged") from error
    if not np.all(np.isfinite(numbers)):
        raise refused(f"{key} holds NaN or infinite numbers: its training diverged")
    return np.asarray(numbers, np.float32)


def refused(why: str) -> UserError:
    """What is said of weights that can't be taken over."""
    return UserError(f"The weights in this file can't be taken over: {why}.", AGAIN, "MODEL_WEIGHTS")
