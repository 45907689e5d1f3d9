"""The one path from the bytes of a picture file to what a network reads; training, Predict, the command line and every
exported file take it, so this text travels with them and needs nothing but NumPy and Pillow.

    bytes -> canonical: upright, RGB, longer side at most 512 px -> fit_to: the network's height, width and channels

Shrinking is done in two steps and always in the same two. What is uploaded is stored once, before anybody knows which
size a network will read, so the first step must not depend on the network; 512 px are enough for every size offered
and bound what a photo of 50 megapixels costs. A picture that went straight to the network's size elsewhere would be
averaged over other areas: a 2000 x 250 picture would get another contrast, and another class.
"""

import io

import numpy as np
from PIL import Image

LONGEST = 512
"""px: the longer side of the canonical picture; networks here read at most 300, and a crop should stay sharp."""

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
"""Pillow opens over 40 formats, one of them by starting Ghostscript; these five are all that people bring."""

MAX_PIXELS_SHRUNK = 200_000_000
"""JPEG can be decoded at 1/2, 1/4 or 1/8 of its size; phones take 48, 50, 108 and 200 megapixels."""

# Pillow's own limit is lower; Kernelscope reads the size from the header and refuses before it decodes.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS_SHRUNK

BAND_PIXELS = 1 << 22
"""Pixels that are converted at once: a whole picture twice in memory would not fit the bound of the decoder."""

# EXIF tag 0x0112, "Orientation": how a viewer must turn the stored pixels so that the picture stands upright.
ORIENTATION = 0x0112
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


STRETCH, CROP, PAD = ASPECTS = ("stretch", "crop", "pad")
"""What becomes of a picture of another aspect ratio than the network's: squeezed into it whole, its middle cut out, or
whole with black beside it; the latter two are `crop_to_aspect_ratio` and `pad_to_aspect_ratio` in Keras."""


def network_input(data: bytes, height: int, width: int, channels: int, aspect: str = STRETCH) -> np.ndarray:
    """What a network reads of a picture file: `canonical`, then `fit_to`.

    Args:
        data: the whole file: PNG, JPEG, WebP, BMP or GIF.
        height, width: of the network's input, in pixels.
        channels: 1 for grey, 3 for RGB.
        aspect: one of ASPECTS.

    Returns:
        uint8 (height, width, channels), 0..255; the same bytes always give the same array.
    """
    return fit_to(canonical(data), height, width, channels, aspect)


def canonical(data: bytes) -> np.ndarray:
    """The form in which pictures are stored: uint8 (H, W, 3), 0..255, upright, RGB, longer side at most 512 px."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        return upright_rgb(image, LONGEST)


def upright_rgb(image: Image.Image, longest: int | None) -> np.ndarray:
    """Decodes an opened picture: shrunk by averaging areas (PIL's box filter), laid on white, turned upright.

    Args:
        image: opened and not yet loaded; metadata, colour profiles and frames after the first are dropped.
        longest: px that the longer side has at most; None for all pixels.

    Returns:
        uint8 (H, W, 3), 0..255.
    """
    size = shrunk(image.size, longest)
    # JPEG only, and free: the file is decoded at 1/2, 1/4 or 1/8 of its size, never below what is asked for.
    image.draft(None, size)
    image.load()
    turn = UPRIGHT.get(orientation(image))
    upright = to_rgb(image)
    if upright.size != size:
        upright = upright.resize(size, Image.Resampling.BOX)
    return np.array(upright if turn is None else upright.transpose(turn))


def shrunk(size: tuple[int, int], longest: int | None) -> tuple[int, int]:
    """(width, height) with a longer side of at most `longest` px: (2000, 250), 512 -> (512, 64); never enlarged."""
    scale = min(1.0, longest / max(size)) if longest else 1.0
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def orientation(image: Image.Image) -> int:
    """EXIF's number, 1..8, for how the picture stands; 1 where it is unknown."""
    # Cameras and editors write broken EXIF often, and it may fail in any way; such a picture stands as stored.
    try:
        value = image.getexif().get(ORIENTATION, 1)
    except Exception:
        return 1
    return value if isinstance(value, int) else 1


def to_rgb(image: Image.Image) -> Image.Image:
    """The pixels of one loaded picture as RGB, the same size:

    - 1, L, P: grey or palette colours, as RGB. RGB: as it is. 16 bits per colour: the upper 8 bits.
    - LA, RGBA, P or RGB with transparency: laid on white.
    - CMYK, YCbCr: Pillow's plain conversion.
    - I;16, I (16-bit grey): divided by 257 and rounded, 40000 -> 156; never clipped.
    - F (no file of the five formats has it): 0..255, clipped; not-a-number is black.
    """
    if image.mode == "RGB" and not image.has_transparency_data:
        return image
    rgb = Image.new("RGB", image.size)
    rows = max(1, BAND_PIXELS // image.width)
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(image.height, top + rows)))
        rgb.paste(_band_to_rgb(band), (0, top))
    return rgb


def _band_to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        return Image.fromarray(_from_16_bits(image)).convert("RGB")
    if image.mode == "F":
        values = np.nan_to_num(np.asarray(image), nan=0.0)
        return Image.fromarray(np.rint(values.clip(0, 255)).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(layer, mask=layer)
        return paper
    return image.convert("RGB")


def _from_16_bits(image: Image.Image) -> np.ndarray:
    values = np.asarray(image).clip(0, 65535).astype(np.uint32)
    grey = ((values + 128) // 257).astype(np.uint8)  # (H, W); 65535 / 257 = 255 exactly
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        grey[values == clear] = 255
    return grey


def fit_to(image: np.ndarray, height: int, width: int, channels: int, aspect: str = STRETCH) -> np.ndarray:
    """Gives a picture the size and the channels that a network reads.

    The whole picture is kept, so its aspect ratio may change, unless `aspect` says otherwise. Shrinking averages over
    what it covers (PIL's antialiased bilinear filter). Grey is ITU-R 601 luma: 0.299 R + 0.587 G + 0.114 B.

    Args:
        image: uint8 (H, W), (H, W, 1) or (H, W, 3), 0..255.
        height, width: of the result, in pixels.
        channels: 1 for grey, 3 for RGB.
        aspect: one of ASPECTS.

    Returns:
        uint8 (height, width, channels), 0..255; the same input always gives the same bytes.

    Raises:
        ValueError: another shape, dtype or number of channels.

    Source: PIL.Image.Image.resize and convert("L").
    """
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] not in (1, 3)):
        raise ValueError(f"image must be uint8 (H, W), (H, W, 1) or (H, W, 3), not {image.dtype} {image.shape}")
    if channels not in (1, 3):
        raise ValueError(f"channels must be 1 or 3, not {channels}")
    flat = image[:, :, 0] if image.ndim == 3 and image.shape[2] == 1 else image
    picture = Image.fromarray(np.ascontiguousarray(flat)).convert("L" if channels == 1 else "RGB")
    if aspect != STRETCH:
        picture = picture.crop(middle(picture.size, width, height, aspect))  # beyond the picture it is black
    fitted = picture.resize((width, height), Image.Resampling.BILINEAR)
    return np.array(fitted).reshape(height, width, channels)


def middle(size: tuple[int, int], width: int, height: int, aspect: str) -> tuple[int, int, int, int]:
    """The part of a picture that a network is shown: (left, top, right, bottom) in px, beyond the picture for "pad".

    Args:
        size: (width, height) of the picture.
        width, height: of what the network reads.
        aspect: one of ASPECTS.

    Source: `crop_to_aspect_ratio` and `pad_to_aspect_ratio` of keras.preprocessing.image.smart_resize.
    """
    if aspect == STRETCH:
        return 0, 0, *size
    most = min if aspect == CROP else max
    box = most(size[0], int(size[1] * width / height)), most(size[1], int(size[0] * height / width))
    left, top = int((size[0] - box[0]) / 2), int((size[1] - box[1]) / 2)
    return left, top, left + max(1, box[0]), top + max(1, box[1])
