"""Files of weights as `keras.applications` keeps them: a group for each layer, in it arrays by the names of variables.

Read with the care of any HDF5 file (`core.intake.models.weights`): hard links, plain arrays, float32 numbers.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.intake.models.weights import MAX_GROUPS, VARS, group_of, member, numbers, opened, plain_arrays, refused

if TYPE_CHECKING:
    import h5py

ORDER = ("kernel", "depthwise_kernel", "pointwise_kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance")
"""Names of variables in the order in which Keras has them in a layer."""
DEEPEST = 8


def arrays(path: Path) -> Iterator[tuple[str, list[np.ndarray]]]:
    """The arrays of every layer that has some, one layer in memory at a time: float32, in Keras' order.

    Args:
        path: of the HDF5 file.

    Raises:
        UserError: it is no such file.
    """
    with opened(path) as file:
        if len(file) > MAX_GROUPS or VARS in file:
            raise refused("they are not laid as keras.applications lays them")
        for name in file:
            group = group_of(file, name)
            if found := sorted(_arrays(group, 0), key=_place):
                yield name, [numbers(name, array) for _, array in found]


def _arrays(group: "h5py.Group", depth: int) -> Iterator[tuple[str, "h5py.Dataset"]]:
    """All arrays in a group and those in it: names of variables, and what holds their numbers."""
    import h5py

    for name in group:
        found = member(group, name)
        if isinstance(found, h5py.Dataset):
            if not plain_arrays([found]):
                raise refused(f"{name} holds something else than plain arrays")
            yield name.partition(":")[0], found
        elif depth < DEEPEST:
            yield from _arrays(found, depth + 1)


def _place(named: tuple[str, object]) -> int:
    if named[0] not in ORDER:
        raise refused(f"no layer has a variable {named[0][:40]}")
    return ORDER.index(named[0])
