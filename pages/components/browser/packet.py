"""Numbers on their way to the browser: one run of bytes, which `unpack` in `signed.js` takes apart."""

import hashlib
import json
from typing import Any

import numpy as np

STEPS = 65_535
"""Of a number in two bytes."""


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

    def put_short(self, values: np.ndarray) -> dict[str, int]:
        """Adds numbers in two bytes each, as steps between the least and the largest of their part.

        Args:
            values: float (parts, ...); of each part a number is told to 1/131 070 of the way from the least to the
                largest.

        Returns:
            `short` and `ends`, the places of the steps and of each part's least number and size of a step.
        """
        parts = np.asarray(values, np.float32).reshape(len(values), -1)
        least = parts.min(1, keepdims=True)
        step = (parts.max(1, keepdims=True) - least) / STEPS
        steps = np.round((parts - least) / np.where(step > 0, step, 1)).astype(np.uint16).ravel()
        even = np.append(steps, np.zeros(steps.size % 2, np.uint16))
        return {"short": self.put(even.view(np.float32)), "ends": self.put(np.hstack([least, step]))}

    def seal(self, header: dict[str, Any]) -> bytes:
        """The header's length (uint32, little endian), the header as JSON filled up to four bytes, the numbers."""
        numbers = b"".join(self._pieces)
        sign = hashlib.blake2b(json.dumps(header).encode() + numbers, digest_size=12).hexdigest()
        text = json.dumps({"sign": sign, **header}).encode()
        text += b" " * (-len(text) % 4)
        return len(text).to_bytes(4, "little") + text + numbers
