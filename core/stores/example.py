"""tf.train.Example as bytes, written and read without TensorFlow: a protocol buffer of nested fields.

Source: tensorflow/core/example/feature.proto, and the encoding of protocol buffers.
"""

from collections.abc import Iterator

import numpy as np

BYTES, INT64 = 1, 3
"""Fields of a Feature: bytes_list and int64_list."""


def packed(image: np.ndarray, label: int) -> bytes:
    """An image and its label as an Example with the features "image" (raw bytes), "label" and "shape".

    Args:
        image: uint8 (H, W, C).
        label: 0 or more.
    """
    features = (
        _feature(b"image", BYTES, _field(1, image.tobytes())),
        _feature(b"label", INT64, _field(1, _number(label))),
        _feature(b"shape", INT64, _field(1, b"".join(map(_number, image.shape)))),
    )
    return _field(1, b"".join(features))


def unpacked(data: bytes) -> tuple[memoryview, int]:
    """The raw bytes and the label of what `packed` has made."""
    ((_, features),) = _fields(memoryview(data))
    found = {}
    for _, entry in _fields(features):
        (_, name), (_, feature) = _fields(entry)
        ((_, values),) = _fields(feature)
        ((_, value),) = _fields(values)
        found[bytes(name)] = value
    return found[b"image"], _read_number(found[b"label"], 0)[0]


def _feature(name: bytes, kind: int, values: bytes) -> bytes:
    """One entry of the map of features."""
    return _field(1, _field(1, name) + _field(2, _field(kind, values)))


def _field(number: int, content: bytes) -> bytes:
    """A field of wire type 2: number and type, length, content."""
    return bytes([number << 3 | 2]) + _number(len(content)) + content


def _number(value: int) -> bytes:
    """A varint: seven bits a byte, the lowest first; the high bit says that more follow."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _fields(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Number and content of each field of wire type 2."""
    at = 0
    while at < len(data):
        number = data[at] >> 3
        length, at = _read_number(data, at + 1)
        yield number, data[at : at + length]
        at += length


def _read_number(data: memoryview, at: int) -> tuple[int, int]:
    """A varint, and where it ends."""
    value = shift = 0
    while data[at] & 0x80:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return value | data[at] << shift, at + 1
