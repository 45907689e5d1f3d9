"""Numbers on their way to the browser: one run of bytes, which `unpack` in `signed.js` takes apart."""

import hashlib
import json
from typing import Any

import numpy as np


class Packet:
    """Arrays one after another; a header tells where each begins."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._length = 0

    def put(self, values: np.ndarray) -> int:
        """Adds numbers as float32; returns the index of the first among all."""
        data = np.ascontiguousarray(values, np.float32).tobytes()
        self._pieces.append(data)
        self._length += len(data)
        return (self._length - len(data)) // 4

    def seal(self, header: dict[str, Any]) -> bytes:
        """The header's length (uint32, little endian), the header as JSON filled up to four bytes, the numbers."""
        numbers = b"".join(self._pieces)
        sign = hashlib.blake2b(json.dumps(header).encode() + numbers, digest_size=12).hexdigest()
        text = json.dumps({"sign": sign, **header}).encode()
        text += b" " * (-len(text) % 4)
        return len(text).to_bytes(4, "little") + text + numbers
