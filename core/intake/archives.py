"""ZIP files that people bring: every entry is checked before one is opened, and read under budgets."""

import contextlib
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Self

from core.errors import UserError
from core.intake.images import FORMAT_WORDS, MAX_BYTES, shown

MAX_ENTRIES = 20_000
MAX_DEPTH = 8
"""Folders around a picture; split and class need two."""
MAX_NAME = 120
"""Characters in the name of one file or folder."""
MAX_TOTAL = 1 << 30
"""Bytes of everything unpacked: 1 GiB."""
MAX_RATIO = 200
"""Unpacked by packed size. Pictures hardly shrink; text rarely passes 20; only fill patterns come near 1000."""
RATIO_FROM = 1 << 20
"""The ratio counts only above 1 MiB unpacked: a small flat BMP may pack very well and harms no one."""
MAX_DIRECTORY = 64 << 20
"""Bytes of the ZIP's own table of contents: 20 000 entries with long names and comments fit."""

IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".gif"}
ARCHIVE_SUFFIXES = {".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz"}
JUNK = {"thumbs.db", "desktop.ini", "__macosx"}
"""What Windows and macOS add unasked; names that begin with a dot are left out too."""

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

# "end of central directory": signature, entries at offset 10, size of the directory at 12 (APPNOTE.TXT, 4.3.16).
END = b"PK\x05\x06"
END_SIZE = 22
ZIP64_LOCATOR, ZIP64_END = b"PK\x06\x07", b"PK\x06\x06"
ZIP64_LOCATOR_SIZE, ZIP64_END_SIZE = 20, 56
ENTRY_SIZE = 46
LOCAL_HEADER_SIZE = 30

ENCRYPTED = 0x01 | 0x40
UTF8_NAME = 0x800


@dataclass(frozen=True)
class Member:
    """One picture file of an upload: its relative name and its bytes, not yet decoded."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Skipped:
    """One file of an upload that is left out, and why, in a few words."""

    name: str
    reason: str


class Archive:
    """A ZIP whose table of contents passed every check; iterate it for its pictures, one in memory at a time.

    A picture that is damaged inside the ZIP comes as `Skipped`, the others as `Member`, ordered by name.

    Args:
        file: the open ZIP.
        entries: name and entry of everything that is neither junk nor a folder.
        folders: names of the folders that the ZIP lists.

    Raises:
        UserError: while iterating, when more bytes come out than the budget allows, or no picture is undamaged.
    """

    def __init__(self, file: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], folders: list[str]) -> None:
        reasons = {name: why_left_out(name) or _why_too_large(entry) for name, entry in entries.items()}
        self._file = file
        self._images = {name: entries[name] for name in sorted(entries) if not reasons[name]}
        self.names = list(self._images)
        self.skipped = [Skipped(name, reason) for name, reason in sorted(reasons.items()) if reason]
        self.folders = sorted(folders)
        self.size = sum(entry.file_size for entry in self._images.values())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()

    def __iter__(self) -> Iterator[Member | Skipped]:
        left, good = MAX_TOTAL, 0
        for name, entry in self._images.items():
            try:
                data = unpack(self._file, entry, min(left, MAX_BYTES))
            except DAMAGE:
                yield Skipped(name, "it is damaged inside the ZIP")
                continue
            left, good = left - len(data), good + 1
            yield Member(name, data)
        if self._images and not good:
            raise _corrupt("Every picture in the ZIP is damaged.")


def read_archive(path: Path) -> Archive:
    """Opens a ZIP of pictures after checking all of its entries; nothing is unpacked to disk.

    Args:
        path: the ZIP file.

    Returns:
        an `Archive`: `names` of its pictures, `skipped` files, `folders`, `size` in bytes; close it, or use `with`.

    Raises:
        UserError: not a ZIP, damaged, encrypted, over a budget, or with names or links that only a trap has.

    Source: PKWARE APPNOTE.TXT 6.3.10; overlapping entries: CVE-2024-0450 (zipfile before 3.11.8 lets them pass).
    """
    zip_file, entries = open_checked(path)
    try:
        kept = {tidy(name): entry for name, entry in entries if not is_junk(name) and not name.endswith("/")}
        folders = [tidy(name) for name, _ in entries if not is_junk(name) and name.endswith("/")]
        return Archive(zip_file, kept, folders)
    except BaseException:
        zip_file.close()
        raise


def open_checked(source: Path | BinaryIO) -> tuple[zipfile.ZipFile, list[tuple[str, zipfile.ZipInfo]]]:
    """Opens a ZIP of any content after checking all of its entries: names, kinds, sizes, overlap.

    Args:
        source: the ZIP, as a path or an open file.

    Returns:
        the open ZIP, to be closed by the caller, and name and entry of everything in it.

    Raises:
        UserError: as `read_archive`.
    """
    try:
        with source.open("rb") if isinstance(source, Path) else contextlib.nullcontext(source) as file:
            _check_end_record(file)
    except OSError as error:
        raise UserError("The ZIP cannot be opened.", "Upload it again.", "ZIP_NOT_FOUND") from error
    try:
        zip_file = zipfile.ZipFile(source)
    except (*DAMAGE, NotImplementedError) as error:
        raise _corrupt("The ZIP is damaged or was cut off.") from error
    try:
        entries = [(_name_of(entry), entry) for entry in zip_file.infolist()]
        _check_entries(entries, zip_file.start_dir)
    except BaseException:
        zip_file.close()
        raise
    return zip_file, entries


def unpack(file: zipfile.ZipFile, entry: zipfile.ZipInfo, allowed: int) -> bytes:
    """The bytes of one entry, counted as they come out because a header may lie.

    Raises:
        UserError: there are more than `allowed`.
        DAMAGE: one of these, where the entry is damaged.
    """
    pieces, count = [], 0
    with file.open(entry) as stream:
        while piece := stream.read(1 << 16):
            count += len(piece)
            if count > allowed:
                raise _bomb("more bytes come out of it than it declares")
            pieces.append(piece)
    return b"".join(pieces)


def check_names(names: Iterable[str], kind: str) -> None:
    """Refuses an upload some of whose names point outside of it, repeat, or are too long or too deep.

    Args:
        names: as they came.
        kind: "ZIP" or "folder"; begins the code of the refusal ("ZIP_UNSAFE_NAME").

    Raises:
        UserError: names the first three.
    """
    names, code = list(names), kind.upper()
    real = [name for name in names if not is_junk(name)]
    paths = [tidy(name) for name in real]
    again = f"Make the {kind} again from a plain folder of pictures."
    _refuse(filter(is_unsafe, names), f"The {kind} has names that point outside of it", again, f"{code}_UNSAFE_NAME")
    _refuse(
        (name for name in real if tidy(name).count("/") > MAX_DEPTH),
        f"The {kind} has folders more than {MAX_DEPTH} deep",
        "Move the class folders nearer to the top.",
        f"{code}_TOO_DEEP",
    )
    _refuse(
        (name for name in real if max(map(len, name.split("/"))) > MAX_NAME),
        f"The {kind} has names longer than {MAX_NAME} characters",
        "Give these files shorter names.",
        f"{code}_NAME_TOO_LONG",
    )
    seen: set[str] = set()
    _refuse(
        (path for path in paths if path in seen or seen.add(path)),
        f"The {kind} has the same name more than once",
        again,
        f"{code}_DUPLICATE_NAME",
    )


def tidy(name: str) -> str:
    """A relative name without empty and `.` parts: `./a//b.png` -> `a/b.png`."""
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def is_unsafe(name: str) -> bool:
    r"""Whether a name, used as a path on some system, would leave its folder: `../x`, `/x`, `a\x`, `C:x`, NUL."""
    drive = re.match(r"[A-Za-z]:", name)
    return bool(drive) or name.startswith("/") or "\\" in name or "\0" in name or ".." in name.split("/")


def is_junk(name: str) -> bool:
    """Whether a file is one that an operating system added and no one would miss, or has no name at all."""
    parts = tidy(name).casefold().split("/")
    return any(part in JUNK or part.startswith(".") or not part for part in parts)


def why_left_out(name: str) -> str:
    """Says why a file of an upload is not taken as a picture; "" if its suffix is one of a picture."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in IMAGE_SUFFIXES:
        return ""
    if suffix in ARCHIVE_SUFFIXES:
        return "an archive inside is not opened"
    return f"{shown(suffix) if suffix else 'this kind of'} files are not read; use {FORMAT_WORDS}"


def _refuse(names: Iterable[str], what: str, remedy: str, code: str) -> None:
    """Raises, with the first three names, if there are any."""
    found = [shown(name) for name in names]
    if found:
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        raise UserError(f"{what}: {', '.join(found[:3])}{more}.", remedy, code)


def _check_end_record(file: BinaryIO) -> None:
    """Counts the entries before zipfile builds an object for each: 60 000 of them take it seconds."""
    size = file.seek(0, 2)
    if size == 0:
        raise UserError("The ZIP is empty.", "Choose another file.", "ZIP_EMPTY")
    file.seek(max(0, size - (1 << 16) - END_SIZE - ZIP64_LOCATOR_SIZE - ZIP64_END_SIZE))
    tail_at = file.tell()
    tail = file.read()
    at = _find_end(tail)
    if at < 0:
        file.seek(0)
        raise _corrupt("The ZIP was cut off.") if file.read(2) == b"PK" else _not_a_zip()
    count, length, end = _end_fields(tail, at)
    if count > MAX_ENTRIES:
        raise _too_many(f"{count:,}")
    if length > MAX_DIRECTORY:
        raise _bomb("its table of contents is too large")
    file.seek(max(0, tail_at + end - length))
    # The record may understate; the table itself does not.
    if _count_entries(file.read(length)) > MAX_ENTRIES:
        raise _too_many(f"more than {MAX_ENTRIES:,}")


def _find_end(tail: bytes) -> int:
    # zipfile's order: at the very end when the ZIP has no comment, else the last signature there is.
    plain = len(tail) - END_SIZE
    if plain >= 0 and tail[plain : plain + 4] == END and tail.endswith(b"\0\0"):
        return plain
    found = tail.rfind(END)
    return found if len(tail) - found >= END_SIZE else -1


def _end_fields(tail: bytes, at: int) -> tuple[int, int, int]:
    """Number of entries, bytes of the directory, and where in `tail` the directory ends."""
    locator, record = at - ZIP64_LOCATOR_SIZE, at - ZIP64_LOCATOR_SIZE - ZIP64_END_SIZE
    if record >= 0 and tail.startswith(ZIP64_LOCATOR, locator) and tail.startswith(ZIP64_END, record):
        count, length = struct.unpack_from("<2Q", tail, record + 32)
        return count, length, record
    count, length = struct.unpack_from("<HL", tail, at + 10)
    return count, length, at


def _count_entries(directory: bytes) -> int:
    count = at = 0
    while at + ENTRY_SIZE <= len(directory) and count <= MAX_ENTRIES:
        at += ENTRY_SIZE + sum(struct.unpack_from("<3H", directory, at + 28))
        count += 1
    return count


def _name_of(entry: zipfile.ZipInfo) -> str:
    """The name as its author saw it."""
    # `filename` is cut at a NUL and rewritten on Windows. macOS writes UTF-8 without saying so, and zipfile then reads
    # it as the DOS code page; DOS names are hardly ever valid UTF-8, so trying is safe.
    name = entry.orig_filename
    if entry.flag_bits & UTF8_NAME or name.isascii():
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _check_entries(entries: list[tuple[str, zipfile.ZipInfo]], end: int) -> None:
    """All checks of the table of contents; `end` is where the data of the entries must end."""
    if not entries:
        raise UserError("The ZIP has nothing in it.", "Choose another file.", "ZIP_EMPTY")
    if len(entries) > MAX_ENTRIES:
        raise _too_many(f"{len(entries):,}")
    _check_kinds(entries)
    check_names((name for name, _ in entries), "ZIP")
    _check_sizes([entry for _, entry in entries], end)


def _check_kinds(entries: list[tuple[str, zipfile.ZipInfo]]) -> None:
    if any(entry.flag_bits & ENCRYPTED for _, entry in entries):
        raise UserError("This ZIP has a password.", "Make one without.", "ZIP_PASSWORD")
    _refuse(
        (name for name, entry in entries if _is_special(entry)),
        "The ZIP has links or devices instead of files",
        "Make it again with the pictures themselves in it.",
        "ZIP_LINK",
    )
    # bzip2 and LZMA are left out because zipfile unpacks them without a limit per step.
    _refuse(
        (name for name, entry in entries if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)),
        "The ZIP is packed in a way we do not read",
        'Make it again with the usual method ("Deflate").',
        "ZIP_METHOD",
    )


def _is_special(entry: zipfile.ZipInfo) -> bool:
    # Only Unix-made ZIPs carry a file type; plain files and folders, or none, are what we take.
    return stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR)


def _check_sizes(entries: list[zipfile.ZipInfo], end: int) -> None:
    for entry in entries:
        if entry.file_size > RATIO_FROM and entry.file_size > MAX_RATIO * entry.compress_size:
            raise _bomb(f"{shown(entry.filename)} would grow more than {MAX_RATIO} times")
    total = sum(entry.file_size for entry in entries)
    if total > MAX_TOTAL:
        raise UserError(
            f"The ZIP unpacks to {total / 1e6:,.0f} MB; the limit is {MAX_TOTAL / 1e6:,.0f} MB.",
            "Use fewer or smaller pictures.",
            "ZIP_TOO_LARGE",
        )
    # The local header holds the name too, so this is the least that an entry takes.
    spans = sorted((entry.header_offset, LOCAL_HEADER_SIZE + entry.compress_size) for entry in entries)
    starts = [start for start, _ in spans[1:]] + [end]
    if any(start + length > following for (start, length), following in zip(spans, starts, strict=True)):
        raise _bomb("its entries overlap")


def _why_too_large(entry: zipfile.ZipInfo) -> str:
    if entry.file_size <= MAX_BYTES:
        return ""
    return f"it has {entry.file_size / 1e6:.0f} MB; the limit is {MAX_BYTES / 1e6:.0f} MB"


def _corrupt(what: str) -> UserError:
    return UserError(what, "Make it again, or upload it again.", "ZIP_CORRUPT")


def _not_a_zip() -> UserError:
    return UserError(
        "This file is not a ZIP.", "Pack the folder as ZIP; RAR, 7z and tar are not read.", "ZIP_NOT_A_ZIP"
    )


def _bomb(reason: str) -> UserError:
    return UserError(f"The ZIP was refused: {reason}.", "Make it again from a plain folder of pictures.", "ZIP_BOMB")


def _too_many(count: str) -> UserError:
    what = f"The ZIP has {count} files; the limit is {MAX_ENTRIES:,}."
    return UserError(what, "Use fewer pictures per class.", "ZIP_TOO_MANY")
