"""How alike two maps are: by the order of their values, and by their structure."""

import numpy as np

C1, C2 = 0.01**2, 0.03**2
"""What keeps the quotients of SSIM finite, for values 0..1."""
WINDOW = 7
"""px of the square within which structure is compared."""


def spearman(one: np.ndarray, other: np.ndarray) -> float | None:
    """Spearman's correlation of ranks, -1..1; equal values share their mean rank. None where a map is all one value.

    Args:
        one, other: of one shape.
    """
    ranks = [_ranks(map_.ravel()) for map_ in (one, other)]
    first, second = (rank - rank.mean() for rank in ranks)
    size = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / size if size else None


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 0, float64 (N,)."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts + 1) / 2)[place]


def ssim(one: np.ndarray, other: np.ndarray) -> float:
    """The mean structural similarity, -1..1 (Wang et al. 2004, equation 13), within all squares that fit.

    Args:
        one, other: of one shape, values 0..1.
    """
    side = min(WINDOW, *one.shape)
    first, second = (_windows(np.asarray(map_, np.float64), side) for map_ in (one, other))
    means = first.mean(-1), second.mean(-1)
    variances = first.var(-1), second.var(-1)
    together = (first * second).mean(-1) - means[0] * means[1]
    above = (2 * means[0] * means[1] + C1) * (2 * together + C2)
    below = (means[0] ** 2 + means[1] ** 2 + C1) * (variances[0] + variances[1] + C2)
    return float((above / below).mean())


def _windows(map_: np.ndarray, side: int) -> np.ndarray:
    """Every square of a map: (rows, columns, side * side)."""
    found = np.lib.stride_tricks.sliding_window_view(map_, (side, side))
    return found.reshape(*found.shape[:2], -1)


def scaled(map_: np.ndarray) -> np.ndarray:
    """A map whose largest size is 1: -1..1; zeros where nothing counts."""
    most = np.abs(map_).max(initial=0)
    return map_ / most if most else map_


def edges(image: np.ndarray) -> np.ndarray:
    """How sharply an image changes around each pixel (Sobel): float (height, width).

    Args:
        image: uint8 (height, width, channels), 0..255.
    """
    grey = np.pad(image.astype(np.float64).mean(-1), 1, mode="edge")
    down = grey[2:] - grey[:-2]
    across = grey[:, 2:] - grey[:, :-2]
    down = down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:]
    across = across[:-2] + 2 * across[1:-1] + across[2:]
    return np.hypot(down, across)
