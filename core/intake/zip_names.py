"""What the files in a ZIP are called: by the Unicode field, else by the UTF-8 flag, else by one code page for all."""

import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from core.intake.code_pages import judge, known_page, read_as
from core.intake.questions import Answer, Offer

UTF8_NAME = 0x800
ENTRY_SIZE = 46
"""Bytes of an entry of the table of contents before its name."""
UNICODE_PATH = 0x7075


@dataclass(frozen=True)
class Names:
    """The names of all entries, as their author saw them.

    Args:
        names: in the order of the entries.
        notes: by which code page they were read, where they do not say so themselves.
        offers: another reading of them, where there is one.
    """

    names: list[str]
    notes: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()


def read_names(entries: Sequence[zipfile.ZipInfo], code_page: str = "") -> Names:
    """Reads the names of a ZIP's entries.

    Args:
        entries: of its table of contents.
        code_page: of the names that do not say theirs, any that Python knows; empty to have it judged.

    Raises:
        UserError: there is no such code page.

    Source: PKWARE APPNOTE.TXT 6.3.10, 4.6.9 (field 0x7075) and appendix D (flag 11).
    """
    code_page = known_page(code_page) if code_page else ""
    names = [_told(entry) for entry in entries]
    silent = [place for place, name in enumerate(names) if name is None]
    raw = [raw_name(entries[place]) for place in silent]
    if all(name.isascii() for name in raw):
        judged = read_as(raw, "cp437")
    else:
        judged = read_as(raw, code_page) if code_page else judge(raw, entries[silent[0]].create_system)
    for place, name in zip(silent, judged.names, strict=True):
        names[place] = name
    if all(name.isascii() for name in raw):
        return Names(names)
    also = [Offer("Read the names as UTF-8", judged.words(), Answer(names="utf-8"))] if judged.utf8_names else []
    return Names(names, (judged.words(),), tuple(also))


def _told(entry: zipfile.ZipInfo) -> str | None:
    """The name that an entry gives together with its encoding; None where it gives only bytes."""
    found = _unicode_path(entry.extra, zlib.crc32(raw_name(entry)))
    if found is not None:
        return found
    return entry.orig_filename if entry.flag_bits & UTF8_NAME else None


def raw_name(entry: zipfile.ZipInfo) -> bytes:
    """The name of an entry as it stands in the table of contents."""
    # `filename` is cut at a NUL and rewritten on Windows.
    return entry.orig_filename.encode("utf-8" if entry.flag_bits & UTF8_NAME else "cp437")


def clear_false_claims(data: bytearray, start: int, length: int) -> None:
    """Takes the UTF-8 flag from those names in a table of contents that are no UTF-8; some tools set it for all.

    Args:
        data: a ZIP; changed in place.
        start: of its table of contents.
        length: of that, in bytes.
    """
    at = max(0, start)
    while at + ENTRY_SIZE <= start + length and data.startswith(b"PK\x01\x02", at):
        flags, sizes = struct.unpack_from("<H", data, at + 8)[0], struct.unpack_from("<3H", data, at + 28)
        try:
            data[at + ENTRY_SIZE : at + ENTRY_SIZE + sizes[0]].decode("utf-8")
        except UnicodeDecodeError:
            struct.pack_into("<H", data, at + 8, flags & ~UTF8_NAME)
        at += ENTRY_SIZE + sum(sizes)


def _unicode_path(extra: bytes, crc: int) -> str | None:
    """The name in field 0x7075; None where there is none, or it belongs to a name that was changed since."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        content = extra[at + 4 : at + 4 + size]
        at += 4 + size
        if kind == UNICODE_PATH and len(content) > 5 and content[0] == 1 and content[1:5] == struct.pack("<L", crc):
            try:
                return content[5:].decode("utf-8")
            except UnicodeDecodeError:
                return None
    return None
