"""Files of weights as `keras.applications` keeps them: a group for each layer, and in notes the order of all.

Read with the care of any HDF5 file (`core.intake.models.weights`): hard links, plain arrays, float32 numbers. What a
note says is a name that is looked up, no more. Keras 3 reads them by that order too (`legacy_h5_format.py`), as old
files call their layers by other names.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.intake.models.weights import MAX_ARRAYS, MAX_GROUPS, group_of, member, numbers, opened, plain_arrays, refused

if TYPE_CHECKING:
    import h5py

LAYERS, ARRAYS = "layer_names", "weight_names"
"""The notes that tell the order."""
LONGEST = 200
"""Letters of a name."""


def arrays(path: Path) -> Iterator[tuple[str, list[np.ndarray]]]:
    """The arrays of every layer that has some, one layer in memory at a time: float32, all in Keras' order.

    Args:
        path: of the HDF5 file.

    Raises:
        UserError: it is no such file.
    """
    with opened(path) as file:
        for layer in _names(file, LAYERS, MAX_GROUPS):
            group = group_of(file, layer)
            if names := _names(group, ARRAYS, MAX_ARRAYS):
                yield layer, [numbers(layer, _array(group, name)) for name in names]


def _names(group: "h5py.Group", note: str, most: int) -> list[str]:
    """The names that a note lists.

    Raises:
        UserError: there is no such note, or it is none.
    """
    import h5py

    attributes = group.attrs
    if note not in attributes:
        raise refused("they are not laid as keras.applications lays them")
    kind = attributes.get_id(note)
    if len(kind.shape) != 1 or kind.shape[0] > most:
        raise refused(f"{note} lists more than any network has")
    if not kind.shape[0]:
        return []
    if kind.dtype.kind != "S" and not h5py.check_string_dtype(kind.dtype):
        raise refused(f"{note} lists something else than names")
    found = [name if isinstance(name, str) else name.decode("utf-8", "replace") for name in attributes[note]]
    if any(len(name) > LONGEST for name in found) or len(set(found)) != len(found):
        raise refused(f"{note} lists something else than names")
    return found


def _array(group: "h5py.Group", name: str) -> "h5py.Dataset":
    """An array by its path in the group of a layer.

    Raises:
        UserError: there is none, or no plain one.
    """
    folder, _, last = name.rpartition("/")
    found = member(group_of(group, folder), last)
    if not plain_arrays([found]):
        raise refused(f"{name} holds something else than plain arrays")
    return found
