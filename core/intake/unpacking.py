"""The bytes of one entry of a ZIP, counted and checked as they come out."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from core.errors import UserError
from core.intake.zip_names import UTF8_NAME, raw_name

LOCAL_HEADER, LOCAL_HEADER_SIZE = b"PK\x03\x04", 30
PIECE = 1 << 16

# What zipfile and zlib raise on damaged data.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    LookupError,
    OverflowError,
)


def unpack(file: zipfile.ZipFile, entry: zipfile.ZipInfo, allowed: int) -> bytes:
    """The bytes of one entry, counted as they come out because what is told of them may be a lie.

    Raises:
        UserError: there are more than `allowed`.
        DAMAGE: one of these, where the entry is damaged.
    """
    pieces, count = [], 0
    for piece in pieces_of(file, entry):
        count += len(piece)
        if count > allowed:
            raise bomb("more bytes come out of it than the limit allows")
        pieces.append(piece)
    return b"".join(pieces)


def pieces_of(file: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of an entry, at most 64 kB at a time.

    zipfile refuses an entry whose two names differ, but some tools write them in two code pages, or with two kinds of
    separators; only where that can't be is it damage.

    Raises:
        DAMAGE: one of these, where the content is not what the table of contents says.
    """
    file.fp.seek(entry.header_offset)
    header = file.fp.read(LOCAL_HEADER_SIZE)
    flags, name_size, extra_size = struct.unpack("<6xH18x2H", header)
    own_name = file.fp.read(name_size).replace(b"\\", b"/")
    is_same_kind = (flags ^ entry.flag_bits) & UTF8_NAME == 0
    if not header.startswith(LOCAL_HEADER) or (is_same_kind and own_name != raw_name(entry).replace(b"\\", b"/")):
        raise zipfile.BadZipFile("no header of this entry")
    start = entry.header_offset + LOCAL_HEADER_SIZE + name_size + extra_size
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS) if entry.compress_type == zipfile.ZIP_DEFLATED else _Stored()
    crc = size = 0
    for piece in _unpacked(file.fp, start, entry.compress_size, unpacker):
        crc, size = zlib.crc32(piece, crc), size + len(piece)
        if size > entry.file_size:
            raise zipfile.BadZipFile("more bytes than told")
        yield piece
    if (size, crc) != (entry.file_size, entry.CRC):
        raise zipfile.BadZipFile("other bytes than told")


def _unpacked(file: BinaryIO, start: int, length: int, unpacker: Any) -> Iterator[bytes]:
    at = 0
    while at < length and not unpacker.eof:
        file.seek(start + at)
        packed = file.read(min(PIECE, length - at))
        if not packed:
            raise EOFError
        at += len(packed)
        while packed:
            yield unpacker.decompress(packed, PIECE)
            packed = unpacker.unconsumed_tail
    yield unpacker.flush()  # what the last bytes still stand for


class _Stored:
    """Unpacks what was not packed."""

    eof = False
    unconsumed_tail = b""

    def decompress(self, data: bytes, most: int) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


def bomb(reason: str) -> UserError:
    """The refusal of a ZIP that was made to fill a disk or a memory."""
    return UserError(f"The ZIP was refused: {reason}.", "Make it again from a plain folder of pictures.", "ZIP_BOMB")
