"""How a picture file is built, read in one pass over its headers before anything is decoded.

What makes a small file costly stands there: its size in pixels, the scans of a progressive JPEG, the number of parts.
The pass is total: whatever the bytes are, it ends after at most `MAX_PARTS` steps and raises nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

MAX_PARTS = 10_000
"""Chunks of a PNG or WebP, segments of a JPEG: files of 25 MB written in the usual pieces of 8 kB have about 3 000."""
MAX_BLOCKS = 250_000
"""Blocks of a GIF up to its second frame; they hold up to 255 bytes, so a file of 25 MB has about 100 000."""


QUICK_BYTES, QUICK_PIXELS = 1_000_000, 4_000_000
"""Bytes of a file, and pixels times scans: no decoder needs much more than half a second for less."""


@dataclass(frozen=True)
class Structure:
    """What the headers of a picture file say.

    Args:
        format: as Pillow calls it; empty for bytes of another kind.
        width, height: of the largest frame named before the second, in pixels; 0 where the file does not come so far.
        parts: chunks, segments or blocks; never more than one over the limit, as counting ends there.
        most: the limit of `parts` for this format.
        scans: how often a JPEG passes over the picture; 1 for the others.
        coefficient_bytes: memory that a JPEG of several scans takes until the last of them is read; 0 for the others.
        is_lossless: whether it is a JPEG that can't be decoded at a part of its size.
    """

    format: str = ""
    width: int = 0
    height: int = 0
    parts: int = 0
    most: int = MAX_PARTS
    scans: int = 1
    coefficient_bytes: int = 0
    is_lossless: bool = False

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.width * self.height


def is_quick(data: bytes) -> bool:
    """Whether a file is decoded within about half a second, whatever it holds: it is short and announces little."""
    built = structure(data)
    return len(data) <= QUICK_BYTES and max(1, built.pixels) * built.scans <= QUICK_PIXELS


def structure(data: bytes) -> Structure:
    """Reads the structure of a file; a broken one is read up to where it breaks.

    Source: PNG (W3C), ITU-T T.81 annex B, RFC 9649 (WebP), the GIF89a specification, BITMAPINFOHEADER.
    """
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(data)
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data.startswith((b"GIF87a", b"GIF89a")):
        return _gif(data)
    if data.startswith(b"BM"):
        return _bmp(data)
    return _webp(data) if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else Structure()


def _png(data: bytes) -> Structure:
    width, height = _big(data, 16, 4), _big(data, 20, 4)
    at, parts = 8, 0
    while at + 12 <= len(data) and parts <= MAX_PARTS:
        parts += 1
        at += 12 + _big(data, at, 4)
    return Structure("PNG", width, height, parts)


def _webp(data: bytes) -> Structure:
    at, parts, width, height = 12, 0, 0, 0
    while at + 8 <= len(data) and parts <= MAX_PARTS:
        kind, body = data[at : at + 4], at + 8
        if kind == b"VP8X":
            size = _little(data, body + 4, 3) + 1, _little(data, body + 7, 3) + 1
        elif kind == b"VP8 ":
            size = _little(data, body + 6, 2) & 0x3FFF, _little(data, body + 8, 2) & 0x3FFF
        elif kind == b"VP8L":
            bits = _little(data, body + 1, 4)
            size = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        else:
            size = 0, 0
        width, height = max(width, size[0]), max(height, size[1])
        parts += 1
        length = _little(data, at + 4, 4)
        at = body + length + length % 2
    return Structure("WEBP", width, height, parts)


def _bmp(data: bytes) -> Structure:
    if _little(data, 14, 4) == 12:  # OS/2
        return Structure("BMP", _little(data, 18, 2), _little(data, 20, 2))
    # A negative height says that the rows stand from the top down.
    width, height = (int.from_bytes(data[at : at + 4], "little", signed=True) for at in (18, 22))
    return Structure("BMP", abs(width), abs(height))


def _gif(data: bytes) -> Structure:
    """The screen and every part up to the second frame: what comes after that is never read."""
    found = Structure("GIF", _little(data, 6, 2), _little(data, 8, 2), most=MAX_BLOCKS)
    at, frames, parts = 13 + _colours(data, 10), 0, 0
    while at < len(data) and parts <= MAX_BLOCKS:
        if data[at] == 0x2C:
            frames += 1
            if frames == 2:
                break
            found = replace(
                found,
                width=max(found.width, _little(data, at + 1, 2) + _little(data, at + 5, 2)),
                height=max(found.height, _little(data, at + 3, 2) + _little(data, at + 7, 2)),
            )
            at += 11 + _colours(data, at + 9)
        elif data[at] == 0x21:
            at += 2
        else:
            parts, at = parts + 1, at + 1
            continue
        while at < len(data) and parts <= MAX_BLOCKS:
            parts, length = parts + 1, data[at]
            at += 1 + length
            if not length:
                break
    return replace(found, parts=parts)


def _colours(data: bytes, at: int) -> int:
    """Bytes of the colour table that the flags at a place announce."""
    flags = data[at] if at < len(data) else 0
    return 3 << (flags & 7) + 1 if flags & 128 else 0


# Inside a scan 0xFF is followed by 0 (a byte of data) or D0..D7 (restart); anything else begins the next segment.
MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
SOF = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""Start of a frame: size, and how it is coded. The three left out define tables."""
LOSSLESS = {0xC3, 0xC7, 0xCB, 0xCF}
SOS, EOI, TEM = 0xDA, 0xD9, 0x01


def _jpeg(data: bytes) -> Structure:
    found, components, scans, parts = Structure("JPEG"), 0, 0, 0
    in_one_scan = True
    for kind, at in _segments(data):
        parts += 1
        if kind in SOF:
            components = data[at + 7] if at + 7 < len(data) else 0
            found = _frame(data, at, kind, components, found)
        elif kind == SOS:
            scans += 1
            in_one_scan = in_one_scan and at + 2 < len(data) and data[at + 2] >= components
    found = replace(found, parts=parts, scans=max(1, scans))
    return replace(found, coefficient_bytes=0) if scans <= 1 and in_one_scan else found


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Each segment's kind, and where its length stands; the picture ends with its first EOI."""
    at, parts = 2, 0
    while (marker := MARKER.search(data, at)) and parts <= MAX_PARTS:
        kind, at = data[marker.start() + 1], marker.end()
        if kind == EOI:
            return
        parts += 1
        yield kind, at
        if kind != TEM:
            at += max(2, _big(data, at, 2))


def _frame(data: bytes, at: int, kind: int, components: int, before: Structure) -> Structure:
    """Size, and the memory of its coefficients: 2 bytes for each of the 64 in a block of 8 x 8 pixels."""
    height, width = _big(data, at + 3, 2), _big(data, at + 5, 2)
    factors = [data[place] for place in range(at + 9, at + 9 + 3 * components, 3) if place < len(data)]
    across, down = [max(1, one >> 4) for one in factors], [max(1, one & 15) for one in factors]
    full = max(across, default=1) * max(down, default=1)
    share = sum(a * d for a, d in zip(across, down, strict=True)) / full
    return replace(
        before,
        width=max(before.width, width),
        height=max(before.height, height),
        coefficient_bytes=max(before.coefficient_bytes, int(2 * width * height * share)),
        is_lossless=before.is_lossless or kind in LOSSLESS,
    )


def _big(data: bytes, at: int, count: int) -> int:
    return int.from_bytes(data[at : at + count], "big")


def _little(data: bytes, at: int, count: int) -> int:
    return int.from_bytes(data[at : at + count], "little")
