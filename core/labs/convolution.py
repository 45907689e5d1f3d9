"""Convolution in NumPy, short enough to be read: what a signal, a picture and every kind of layer compute."""

from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from core.labs.sliding import Fill, bordered, slide

Mode = Literal["full", "same", "valid"]


def convolve_1d(signal: np.ndarray, kernel: np.ndarray, mode: Mode = "full", flip: bool = True) -> np.ndarray:
    """Slides a kernel along a signal; every place is the sum of the products.

    Args:
        signal: float (n,).
        kernel: float (k,).
        mode: "full" every window that touches the signal, "same" as many places as the longer of the two has,
            "valid" only windows that lie inside.
        flip: True turns the kernel round first, as mathematics and `np.convolve` do; False is what a network's layer
            does (cross-correlation).

    Returns:
        float64 (n + k - 1,) for full, (max(n, k),) for same, (max(n, k) - min(n, k) + 1,) for valid. Where "same" can't
        be cut evenly out of "full", a convolution drops more at the end (NumPy), a layer at the start (TensorFlow).
    """
    signal, weights = np.asarray(signal, float), np.asarray(kernel, float)[:: -1 if flip else 1]
    reach = len(weights) - 1
    sums = sliding_window_view(np.pad(signal, reach), len(weights)) @ weights  # (n + k - 1,)
    longer, shorter = max(len(signal), len(weights)), min(len(signal), len(weights))
    wanted = {"full": len(sums), "same": longer, "valid": longer - shorter + 1}[mode]
    surplus = len(sums) - wanted
    skipped = surplus // 2 if flip or mode == "valid" else surplus - surplus // 2
    return sums[skipped : skipped + wanted]


def windows(
    image: np.ndarray, size: int, stride: int = 1, dilation: int = 1, padding: str | int = "valid", fill: Fill = "zero"
) -> np.ndarray:
    """What the kernel sees at each of its stops.

    Args:
        image: float (H, W, C).
        size: side of the kernel, cells.
        stride, dilation, padding: as in `core.labs.sliding.slide`.
        fill: what stands in the border.

    Returns:
        float (H', W', C, size, size); (0, 0, ...) where the kernel does not fit.
    """
    height, width, channels = image.shape
    down, across = (slide(side, size, stride, dilation, padding) for side in (height, width))
    if not down.out or not across.out:
        return np.zeros((down.out, across.out, channels, size, size))
    seen = sliding_window_view(bordered(image, down, across, fill), (down.reach, across.reach), axis=(0, 1))
    return seen[::stride, ::stride, :, ::dilation, ::dilation]


def convolve_2d(
    image: np.ndarray,
    kernels: np.ndarray,
    *,
    stride: int = 1,
    dilation: int = 1,
    padding: str | int = "valid",
    fill: Fill = "zero",
    bias: np.ndarray | float = 0.0,
    groups: int = 1,
) -> np.ndarray:
    """What Conv2D computes: every kernel times every window, summed over all channels, plus its bias.

    Args:
        image: float (H, W, C).
        kernels: float (k, k, C / groups, F), as Keras stores them; they are not flipped.
        stride, dilation, padding, fill: as in `windows`.
        bias: one number, or float (F,).
        groups: the channels are split into so many groups, each seen by its own F / groups kernels.

    Returns:
        float64 (H', W', F), one map per kernel.

    Source: Goodfellow, Bengio and Courville 2016, "Deep Learning", equation 9.6.
    """
    seen = windows(np.asarray(image, float), kernels.shape[0], stride, dilation, padding, fill)  # (H', W', C, k, k)
    parts = zip(np.split(seen, groups, axis=2), np.split(np.asarray(kernels, float), groups, axis=3), strict=True)
    maps = [np.einsum("yxcij,ijcf->yxf", part, weights, optimize=True) for part, weights in parts]
    return np.concatenate(maps, axis=-1) + bias


def depthwise(
    image: np.ndarray,
    kernels: np.ndarray,
    *,
    stride: int = 1,
    dilation: int = 1,
    padding: str | int = "valid",
    fill: Fill = "zero",
) -> np.ndarray:
    """What DepthwiseConv2D computes: each channel under its own kernels, never mixed.

    Args:
        image: float (H, W, C).
        kernels: float (k, k, C, M), M for each channel.

    Returns:
        float64 (H', W', C * M); the M maps of a channel stand beside each other.
    """
    seen = windows(np.asarray(image, float), kernels.shape[0], stride, dilation, padding, fill)
    maps = np.einsum("yxcij,ijcm->yxcm", seen, np.asarray(kernels, float), optimize=True)
    return maps.reshape(*maps.shape[:2], -1)


def separable(
    image: np.ndarray, kernels: np.ndarray, mixing: np.ndarray, *, stride: int = 1, padding: str | int = "valid"
) -> np.ndarray:
    """What SeparableConv2D computes: each channel alone first, then a 1x1 convolution that mixes them.

    Args:
        image: float (H, W, C).
        kernels: float (k, k, C, M).
        mixing: float (1, 1, C * M, F).

    Returns:
        float64 (H', W', F).
    """
    return convolve_2d(depthwise(image, kernels, stride=stride, padding=padding), mixing)


def transposed(image: np.ndarray, kernels: np.ndarray, *, stride: int = 1, padding: str = "valid") -> np.ndarray:
    """What Conv2DTranspose computes: every input value spreads a kernel over the output; overlaps are summed.

    Args:
        image: float (H, W, C).
        kernels: float (k, k, F, C), as Keras stores them.
        stride: cells between the corners of neighbouring kernels.
        padding: "valid": side (H - 1) * stride + max(k, stride); "same": H * stride, the rest is cut from both ends.

    Returns:
        float64 (H', W', F).

    Source: Dumoulin and Visin 2016, relation 13.
    """
    height, width, _ = image.shape
    size, filters = kernels.shape[0], kernels.shape[2]
    sides = [(side - 1) * stride + max(size, stride) for side in (height, width)]
    spread = np.zeros((*sides, filters))
    for y, x in np.ndindex(height, width):
        spread[y * stride : y * stride + size, x * stride : x * stride + size] += kernels @ image[y, x]
    if padding == "valid":
        return spread
    starts = [max(size - stride, 0) // 2] * 2
    (top, left), (tall, wide) = starts, (height * stride, width * stride)
    return spread[top : top + tall, left : left + wide]
