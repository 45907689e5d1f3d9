"""The kernels that a network lays over the image first: what its training is seen by."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from core.experiment.network import Row
from core.layers.pretrained import FIRST

KERNELS = 32
"""Filters on show, the first ones."""
VALUES = 4096
"""Numbers that tell them all: one record holds them; of large kernels there are fewer."""
DIGITS = 4
"""Behind the point: more than a colour can show."""


def first_kernels(rows: Iterable[Row], owned: Callable[[str], Mapping[str, np.ndarray]]) -> tuple[str, np.ndarray]:
    """The first layer that slides kernels, and what each of its filters does to the first input map.

    Args:
        rows: of the network, in their order.
        owned: the weights of a layer by Keras' names, asked by the layer's name.

    Returns:
        The layer's name, and float32 (filters, k, k), at most KERNELS of them; "" and (0, 0, 0) without such a layer,
        or where the weights are another network's.
    """
    for row in rows:
        if row.part.startswith(FIRST):  # it prepares the image for a base, and learns nothing
            continue
        try:
            planes = row.layer.kernel_planes(owned(row.name), KERNELS, 1)  # (filters, 1, k, k)
        except (LookupError, ValueError, TypeError):
            break
        if planes is not None:
            return row.name, fitting(planes[:, 0])
    return "", np.zeros((0, 0, 0), np.float32)


def fitting(planes: np.ndarray) -> np.ndarray:
    """As many kernels (filters, k, k) as a record holds, rounded."""
    most = VALUES // max(1, planes[0].size if len(planes) else 1)
    return np.round(planes[: min(KERNELS, most)].astype(np.float32), DIGITS)
