"""Pixels on their way to the browser: crisp PNGs as data URIs, at whole multiples of their size."""

import base64
import io

import numpy as np
from PIL import Image


def png_uri(image: np.ndarray) -> str:
    """One picture as a PNG that an `img` or a background takes.

    Args:
        image: uint8 (H, W), (H, W, 1) or (H, W, 3), 0..255.
    """
    flat = image[..., 0] if image.ndim == 3 and image.shape[-1] == 1 else image
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(flat)).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def jpeg_uri(image: np.ndarray, quality: int) -> str:
    """A picture that is too large to be sent as it is, as a JPEG.

    Args:
        image: uint8 (H, W, 1) or (H, W, 3), 0..255.
        quality: 1..95.
    """
    buffer = io.BytesIO()
    Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(buffer, "JPEG", quality=quality)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def thumbnail_uri(image: np.ndarray, longest: int) -> str:
    """One picture as a PNG of at most `longest` px, smoothly made smaller where it is larger.

    Args:
        image: uint8 (H, W, 1) or (H, W, 3), 0..255.
        longest: px of the longer side.
    """
    small = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    small.thumbnail((longest, longest))
    return png_uri(np.asarray(small))


def sheet_uri(images: np.ndarray, columns: int) -> str:
    """Several pictures of one size side by side in one PNG; a browser shows each by its place.

    Args:
        images, columns: as `sheet` takes them.
    """
    return png_uri(sheet(images, columns))


def sheet(images: np.ndarray, columns: int) -> np.ndarray:
    """Several pictures of one size side by side.

    Args:
        images: uint8 (N, H, W, C), 0..255.
        columns: pictures per row; the last row is filled up with black.
    """
    count, height, width, channels = images.shape
    rows = -(-count // columns)
    places = np.zeros((rows * columns, height, width, channels), np.uint8)
    places[:count] = images
    grid = places.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    return grid.reshape(rows * height, columns * width, channels)


def reduced(images: np.ndarray, longest: int) -> np.ndarray:
    """Pictures that are at most `longest` px high and wide: whole blocks of pixels averaged, nothing smeared.

    Args:
        images: uint8 (N, H, W, C), 0..255.
        longest: in px.

    Returns:
        uint8 (N, h, w, C); the same array when it is small enough.
    """
    factor = -(-max(images.shape[1:3]) // longest)
    if factor == 1:
        return images
    count, height, width, channels = images.shape
    height, width = height // factor, width // factor
    blocks = images[:, : height * factor, : width * factor].reshape(count, height, factor, width, factor, channels)
    return np.rint(blocks.mean((2, 4), dtype=np.float32)).astype(np.uint8)


def multiple(side: int, wanted: int) -> float:
    """The whole multiple (2, 3 ...) or part (1/2, 1/3 ...) of `side` that comes nearest to `wanted` px from below."""
    return wanted // side if side <= wanted else 1 / -(-side // wanted)
