"""Over sixty picture files that differ in all that a file may differ in, made here."""

import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageDraw

from core.intake.pixels import ORIENTATION


def encoded(image, format="PNG", **options):
    file = io.BytesIO()
    image.save(file, format=format, **options)
    return file.getvalue()


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def scene(width, height, mode="RGB"):
    """A picture without symmetry, with fine stripes, so that every way of shrinking gives other values."""
    y, x = np.mgrid[:height, :width]
    stripes = (x // 3 + y // 5) % 2 * 90
    pixels = np.stack([x * 255 // width, y * 255 // height, stripes], axis=2).astype(np.uint8)
    image = Image.fromarray(pixels)
    ImageDraw.Draw(image).rectangle((width // 9, height // 9, width // 3, height // 2), fill=(10, 20, 30))
    return image.convert(mode)


def photo_of_a_phone(width, height, **options):
    """A JPEG of many megapixels and few bytes."""
    image = Image.new("L", (width, height), 200)
    pen = ImageDraw.Draw(image)
    for n in range(12):
        pen.ellipse((n * width // 14, n * height // 30, n * width // 14 + width // 5, height // 2), fill=20 * n)
    return encoded(image, "JPEG", quality=80, **options)


def png_of_16_bits(colours):
    """A PNG with two bytes a colour, which Pillow reads and does not write."""
    values = np.random.default_rng(3).integers(0, 65536, (40, 50, colours)).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[colours]
    header = struct.pack(">IIBBBBB", 50, 40, 16, kind, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def turned(number):
    exif = Image.Exif()
    exif[ORIENTATION] = number
    return exif


def frames():
    return [scene(70, 50), scene(70, 50).rotate(180), scene(70, 50).rotate(90)]


def odd_images():
    """Their bytes by name; no two are alike."""
    found = {}
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        found[f"mode-{mode}.png"] = encoded(scene(90, 61, "L").convert(mode) if mode == "LA" else scene(90, 61, mode))
    for mode in ("L", "RGB", "CMYK", "YCbCr"):
        found[f"mode-{mode}.jpg"] = encoded(scene(130, 90, mode), "JPEG", quality=85)
    for mode in ("1", "L", "P", "RGB"):
        found[f"mode-{mode}.bmp"] = encoded(scene(77, 60, mode), "BMP")
    for colours in (1, 2, 3, 4):
        found[f"16-bit-{colours}.png"] = png_of_16_bits(colours)
    for number in range(1, 9):
        found[f"exif-{number}.jpg"] = encoded(scene(700, 301), "JPEG", exif=turned(number))
        found[f"exif-{number}.png"] = encoded(scene(60, 41), exif=turned(number))
    found["exif-6.webp"] = encoded(scene(600, 41), "WEBP", exif=turned(6))
    found["exif-broken.jpg"] = encoded(scene(60, 40), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    fade = scene(83, 40, "RGBA")
    fade.putalpha(Image.linear_gradient("L").resize((83, 40)))
    found["alpha.png"], found["alpha.webp"] = encoded(fade), encoded(fade, "WEBP", lossless=True, exact=True)
    found["clear-colour.png"] = encoded(scene(50, 40, "P"), transparency=3)
    found["clear-colour.gif"] = encoded(scene(50, 40, "P"), "GIF", transparency=3)
    found["clear-grey.png"] = encoded(scene(50, 40, "L"), transparency=90)
    wide = scene(2000, 250)
    found["wide.png"], found["wide.bmp"] = encoded(wide), encoded(wide, "BMP")
    found["wide.jpg"] = encoded(wide, "JPEG", quality=90)
    found["wide-progressive.jpg"] = encoded(wide, "JPEG", progressive=True)
    found["wide-all-colours.jpg"] = encoded(wide, "JPEG", subsampling=0)
    found["wide.webp"] = encoded(wide, "WEBP")
    found["high.jpg"] = encoded(scene(301, 4000), "JPEG")
    for size in ((1, 20_000), (20_000, 1), (1, 1), (3, 2), (511, 3), (512, 512), (513, 512), (1024, 1024), (1500, 7)):
        found[f"size-{size[0]}x{size[1]}.png"] = encoded(scene(*size))
    found["size-1x1.jpg"] = encoded(scene(1, 1), "JPEG")
    found["48-megapixels.jpg"] = photo_of_a_phone(8000, 6000)
    found["50-megapixels-turned.jpg"] = photo_of_a_phone(8160, 6144, exif=turned(6))
    more = frames()[1:]
    found["animated.gif"] = encoded(frames()[0], "GIF", save_all=True, append_images=more)
    found["animated.png"] = encoded(frames()[0], save_all=True, append_images=more)
    found["animated.webp"] = encoded(frames()[0], "WEBP", save_all=True, append_images=more)
    found["interlaced.gif"] = encoded(scene(90, 70, "P"), "GIF", interlace=1)
    found["jpeg-in-truth.png"] = encoded(scene(600, 500), "JPEG", quality=70)
    found["png-in-truth.jpg"] = encoded(scene(601, 500))
    found["with-a-preview.jpg"] = encoded(scene(900, 500), "MPO", save_all=True, append_images=[scene(90, 50)])
    return found


def jpeg_of_scans(count, side=64):
    """A progressive JPEG that passes over the same picture again and again, a few bytes each time."""
    data = encoded(Image.new("L", (side, side), 90), "JPEG", progressive=True)
    scan = data.index(b"\xff\xda")
    following = data.find(b"\xff\xc4", scan)
    one = data[scan : following if following > 0 else -2]
    return data[:scan] + one * count + b"\xff\xd9"


def png(width, height, *between):
    """A grey PNG that is black all over."""
    rows = zlib.compress(bytes((width + 1) * min(height, 20_000)), 9)
    parts = [chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), *between]
    return b"\x89PNG\r\n\x1a\n" + b"".join([*parts, chunk(b"IDAT", rows), chunk(b"IEND", b"")])


def gif_of_blocks(count):
    """A GIF with a comment of so many blocks of one byte."""
    data = encoded(Image.new("P", (8, 8)), "GIF")
    at = data.index(b",\0\0\0\0")
    return data[:at] + b"!\xfe" + b"\1x" * count + b"\0" + data[at:]


def webp_of(width, height):
    """The header of a WebP with a canvas of this size."""
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\2\0\0\0" + canvas
    return b"RIFF" + struct.pack("<I", len(body)) + body


def scene_jpeg():
    return encoded(scene(40, 30), "JPEG")


def sized_jpeg(width, height, **options):
    """A JPEG whose header announces another size."""
    data = bytearray(encoded(scene(40, 30), "JPEG", **options))
    at = data.index(b"\xff\xc2" if options else b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)
