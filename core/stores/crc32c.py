"""CRC32C, the check sum of TFRecord files; Python's own is that of another polynomial.

A check sum is linear: that of a block is the exclusive or of what each byte gives by its value and its place, which
NumPy looks up for all bytes at once.
"""

from functools import cache

import numpy as np

POLYNOMIAL = 0x82F63B78
"""Castagnoli's, bits reversed (RFC 3720, appendix B.4)."""
BLOCK = 512
FEW = 64
"""Bytes up to which one after another is faster."""
MASK = 0xA282EAD8
ONES = 0xFFFFFFFF


def masked(data: bytes) -> int:
    """The CRC32C of some bytes, as TFRecord writes it: turned by 15 bits, and a constant added.

    Source: tensorflow/core/lib/hash/crc32c.h.
    """
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + MASK) & ONES


def crc32c(data: bytes) -> int:
    """The check sum of some bytes, 0..2^32-1."""
    if len(data) <= FEW:
        return _one_by_one(data)
    tables, firsts = _tables()
    values = np.zeros(-(-len(data) // BLOCK) * BLOCK, np.uint8)  # zeros in front change nothing when the state is 0
    start = len(values) - len(data)
    values[start:] = np.frombuffer(data, np.uint8)
    values[start : start + 4] ^= 0xFF  # in place of a state of ones at the beginning
    parts = np.bitwise_xor.reduce(tables[np.arange(BLOCK), values.reshape(-1, BLOCK)], axis=1)
    state, (first, second, third, fourth) = 0, firsts
    for part in parts.tolist():
        moved = first[state & 255] ^ second[state >> 8 & 255] ^ third[state >> 16 & 255] ^ fourth[state >> 24]
        state = part ^ moved
    return state ^ ONES


def _one_by_one(data: bytes) -> int:
    table, state = _table(), ONES
    for byte in data:
        state = table[(state ^ byte) & 255] ^ state >> 8
    return state ^ ONES


@cache
def _table() -> list[int]:
    """What a byte makes of a state of 0."""
    found = []
    for byte in range(256):
        state = byte
        for _ in range(8):
            state = state >> 1 ^ (POLYNOMIAL if state & 1 else 0)
        found.append(state)
    return found


@cache
def _tables() -> tuple[np.ndarray, list[list[int]]]:
    """uint32 (BLOCK, 256), what a byte gives by its place in a block and its value; and the first four as lists."""
    table = np.array(_table(), np.uint32)
    found = np.empty((BLOCK, 256), np.uint32)
    found[-1] = table
    for place in range(BLOCK - 2, -1, -1):  # one more byte follows, a 0
        found[place] = found[place + 1] >> 8 ^ table[found[place + 1] & 255]
    return found, [found[place].tolist() for place in range(4)]
