"""A JPEG without anything but its picture: no camera, no place, no comment, no thumbnail, bit for bit the same pixels.

Most pictures that people bring are small JPEGs already. Kept as they are, without what they tell beside the picture,
they take a fifth of the room of a lossless copy and a tenth of its time.
"""

from collections.abc import Iterator

SOI, EOI, SOS = 0xD8, 0xD9, 0xDA
BASELINE = 0xC0
TABLES = (0xC4, 0xDB, 0xDD)
"""Huffman codes, quantization, restart interval: with the frame and one scan all that a decoder needs."""
SAID_BESIDE = (*range(0xE0, 0xEE), 0xEF, 0xFE)
"""What applications wrote, and comments. Adobe's (0xEE) is not among them: it changes how colours are decoded."""
GREY, YCBCR = (1,), (1, 2, 3)
"""Numbers of a frame's colours as JFIF has them; from these every decoder knows the colours without being told."""
MOST_SEGMENTS = 1000


def plain(data: bytes) -> bytes | None:
    """The picture of a baseline JPEG alone; None for any other file, also one that is turned by what it says of itself.

    Args:
        data: a whole file, which was decoded without complaint.

    Source: ITU-T T.81, annex B.
    """
    kept, frames = [b"\xff\xd8"], 0
    for marker, segment in _segments(data):
        if marker == SOS:
            scan = _scan(data[segment.stop :])
            return b"".join([*kept, data[segment], scan]) if scan and frames == 1 else None
        if marker == BASELINE:
            frames += 1
            if _colours(data[segment]) not in (GREY, YCBCR):
                return None
        elif marker not in TABLES:
            if marker not in SAID_BESIDE:
                return None
            continue
        kept.append(data[segment])
    return None


def _segments(data: bytes) -> Iterator[tuple[int, slice]]:
    """Markers up to the first scan, each with where it stands; ends where the file is no JPEG any more."""
    at = 2
    if data[:2] != b"\xff\xd8":
        return
    for _ in range(MOST_SEGMENTS):
        if at + 4 > len(data) or data[at] != 0xFF:
            return
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end > len(data):
            return
        yield data[at + 1], slice(at, end)
        at = end


def _scan(data: bytes) -> bytes:
    """The coded picture up to the end of the file's only scan; empty where another one follows, or none ends."""
    at = 0
    while (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        marker = data[at + 1]
        if marker == EOI:
            return data[: at + 2]
        if marker != 0 and not 0xD0 <= marker <= 0xD7:  # a stuffed byte, a restart
            return b""
        at += 2
    return b""


def _colours(frame: bytes) -> tuple[int, ...]:
    """The numbers of a frame's colours."""
    count = frame[9] if len(frame) > 9 else 0
    return tuple(frame[10 : 10 + 3 * count : 3])
