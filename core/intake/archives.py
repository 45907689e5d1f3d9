"""ZIP files that people bring: every entry is checked before one is opened, and read under budgets."""

import contextlib
import io
import stat
import struct
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from core.errors import UserError
from core.intake.images import MAGIC, MAX_BYTES, shown
from core.intake.left_out import (
    DAMAGED,
    LARGE,
    NO_SUFFIX,
    Skipped,
    chosen_folder,
    junk_of,
    kind_of,
    suffix,
    why_left_out,
)
from core.intake.names import are_lettered, relative
from core.intake.unpacking import DAMAGE, LOCAL_HEADER_SIZE, bomb, pieces_of, unpack
from core.intake.zip_names import Names, clear_false_claims, read_names

MAX_DEPTH = 32
"""Folders around a picture; split and class need two, the way to a folder on somebody's disk a few more."""
MAX_TOTAL = 1 << 30
"""Bytes of everything unpacked: 1 GiB. How far a single file grows is nobody's harm below that."""
MAX_DIRECTORY = 24 << 20
"""Bytes of all names, in a ZIP those of its table of contents: 100 000 files with long names fit.

They are in memory at once, about 1 kB for each file; this, and the time of the process, is what bounds their number.
"""
HEAD = 32
"""Bytes by which the content of a file is judged whose name is not that of an image."""

# "end of central directory": signature, entries at offset 10, size of the directory at 12 (APPNOTE.TXT, 4.3.16).
END = b"PK\x05\x06"
END_SIZE = 22
ZIP64_LOCATOR, ZIP64_END = b"PK\x06\x07", b"PK\x06\x06"
ZIP64_LOCATOR_SIZE, ZIP64_END_SIZE = 20, 56

ENCRYPTED = 0x01 | 0x40


@dataclass(frozen=True)
class Member:
    """One picture file of an upload: its relative name and its bytes, not yet decoded."""

    name: str
    data: bytes


class Archive:
    """A ZIP whose table of contents passed every check; iterate it for its pictures, one in memory at a time.

    A picture that is damaged inside the ZIP comes as `Skipped`, the others as `Member`, ordered by name.

    Args:
        file: the open ZIP.
        entries: name and entry of everything that is neither junk nor a folder.
        folders: names of the folders that the ZIP lists.
        junk: how many files of each kind of junk were passed over.
        notes: how the names were read, where they did not say so.

    Raises:
        UserError: while iterating, when more bytes come out than the budget allows, or no picture is undamaged.
    """

    def __init__(
        self,
        file: zipfile.ZipFile,
        entries: dict[str, zipfile.ZipInfo],
        folders: list[str],
        junk: Counter[str],
        names: Names,
    ) -> None:
        self._file = file
        left_out = {name: self._why_left_out(name, entries[name]) for name in sorted(entries)}
        self._images = {name: entries[name] for name, skipped in left_out.items() if skipped is None}
        self.names = list(self._images)
        self.skipped = [skipped for skipped in left_out.values() if skipped]
        self.folders = sorted(folders)
        self.size = sum(entry.file_size for entry in self._images.values())
        self.junk, self.notes, self.offers = junk, names.notes, names.offers

    def _why_left_out(self, name: str, entry: zipfile.ZipInfo) -> Skipped | None:
        if skipped := judged(name, lambda: self._head(entry)):
            return skipped
        if entry.file_size > MAX_BYTES:
            reason = f"it has {entry.file_size / 1e6:.0f} MB; the limit is {MAX_BYTES / 1e6:.0f} MB"
            return Skipped(name, reason, LARGE)
        return None

    def _head(self, entry: zipfile.ZipInfo) -> bytes:
        with contextlib.suppress(*DAMAGE):
            return next(pieces_of(self._file, entry), b"")[:HEAD]
        return b""

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
                yield Skipped(name, "it is damaged inside the ZIP", DAMAGED)
                continue
            left, good = left - len(data), good + 1
            yield Member(name, data)
        if self._images and not good:
            raise _corrupt("Every picture in the ZIP is damaged.")


def read_archive(path: Path, code_page: str = "") -> Archive:
    """Opens a ZIP of pictures after checking all of its entries; nothing is unpacked to disk.

    Args:
        path: the ZIP file.
        code_page: of names that do not say theirs, where the user knows; else it is judged.

    Returns:
        an `Archive`: `names` of its pictures, `skipped` files, `folders`, `size` in bytes; close it, or use `with`.

    Raises:
        UserError: not a ZIP, damaged, encrypted, over a budget, or with names or links that only a trap has.

    Source: PKWARE APPNOTE.TXT 6.3.10; overlapping entries: CVE-2024-0450 (zipfile before 3.11.8 lets them pass).
    """
    zip_file, entries, names = _open(path, code_page)
    try:
        junk, kept, folders = Counter(), {}, []
        chosen = chosen_folder(name for name, _ in entries)
        for name, entry in entries:
            if kind := junk_of(name, chosen):
                junk[kind] += not name.endswith("/")
            elif name.endswith("/"):
                folders.append(name[:-1])
            else:
                kept[name] = entry
        return Archive(zip_file, kept, folders, +junk, names)  # + leaves out what counts nothing
    except BaseException:
        zip_file.close()
        raise


def open_checked(
    source: Path | BinaryIO, most: int | None = None
) -> tuple[zipfile.ZipFile, list[tuple[str, zipfile.ZipInfo]]]:
    """Opens a ZIP of any content after checking all of its entries: names, kinds, sizes, overlap.

    Args:
        source: the ZIP, as a path or an open file.
        most: bytes of everything unpacked; as many as pictures may have when left out.

    Returns:
        the open ZIP, to be closed by the caller, and relative name and entry of everything in it; names of folders
        end with "/".

    Raises:
        UserError: as `read_archive`.
    """
    zip_file, entries, _ = _open(source, most=most)
    return zip_file, entries


def _open(
    source: Path | BinaryIO, code_page: str = "", most: int | None = None
) -> tuple[zipfile.ZipFile, list[tuple[str, zipfile.ZipInfo]], Names]:
    try:
        with source.open("rb") if isinstance(source, Path) else contextlib.nullcontext(source) as file:
            table = _check_end_record(file)
    except OSError as error:
        raise UserError("The ZIP cannot be opened.", "Upload it again.", "ZIP_NOT_FOUND") from error
    try:
        zip_file = _zip_file(source, *table)
    except (*DAMAGE, NotImplementedError) as error:
        raise _corrupt("The ZIP is damaged or was cut off.") from error
    try:
        names = read_names(zip_file.infolist(), code_page)
        entries = list(zip(check_names(names.names, "ZIP"), zip_file.infolist(), strict=True))
        _check_entries(entries, zip_file.start_dir, MAX_TOTAL if most is None else most)
    except BaseException:
        zip_file.close()
        raise
    return zip_file, entries, names


def _zip_file(source: Path | BinaryIO, start: int, length: int) -> zipfile.ZipFile:
    """As zipfile opens it; once more without the claims of names to be UTF-8 that are not, which it refuses."""
    try:
        return zipfile.ZipFile(source)
    except UnicodeDecodeError:
        if not isinstance(source, Path) or source.stat().st_size > MAX_TOTAL:
            raise
        data = bytearray(source.read_bytes())
        clear_false_claims(data, start, length)
        return zipfile.ZipFile(io.BytesIO(data))


def judged(name: str, head: Callable[[], bytes]) -> Skipped | None:
    """Why a file is not taken as a picture: neither its suffix is that of one, nor does it begin like one.

    Args:
        name: of the file.
        head: gives its first `HEAD` bytes.
    """
    kind = kind_of(name)
    if (suffix(name) and not kind) or _looks_like_image(head()):
        return None
    if kind:
        return Skipped(name, why_left_out(kind), kind)
    return Skipped(name, "it has no suffix, and is no picture by its content", NO_SUFFIX)


def _looks_like_image(head: bytes) -> bool:
    # Many texts begin with BM; a bitmap has four zeros after its size.
    return bool(MAGIC.match(head)) and (not head.startswith(b"BM") or head[6:10] == bytes(4))


def check_names(names: Iterable[str], kind: str) -> list[str]:
    """Brings names into one form, and refuses an upload some of whose names lead out of it, repeat, or are too deep.

    Args:
        names: as they came.
        kind: "ZIP" or "folder"; begins the code of the refusal ("ZIP_UNSAFE_NAME").

    Returns:
        the names, relative, with "/" between the parts and at the end of folders.

    Raises:
        UserError: names the first three.
    """
    code, again = kind.upper(), f"Make the {kind} again from a plain folder of pictures."
    given, tidy, outside = list(names), [], []
    is_lettered = are_lettered(given)
    for name in given:
        try:
            tidy.append(relative(name, is_lettered=is_lettered))
        except ValueError:
            outside.append(name)
    _refuse(outside, f"The {kind} has names that point outside of it", again, f"{code}_UNSAFE_NAME")
    chosen = chosen_folder(tidy)
    real = [name for name in tidy if not junk_of(name, chosen)]
    _refuse(
        (name for name in real if name.rstrip("/").count("/") > MAX_DEPTH),
        f"The {kind} has folders more than {MAX_DEPTH} deep",
        "Move the class folders nearer to the top.",
        f"{code}_TOO_DEEP",
    )
    seen: set[str] = set()
    _refuse(
        (name for name in real if not name.endswith("/") and (name in seen or seen.add(name))),
        f"The {kind} has the same name more than once",
        again,
        f"{code}_DUPLICATE_NAME",
    )
    return tidy


def _refuse(names: Iterable[str], what: str, remedy: str, code: str) -> None:
    """Raises, with the first three names, if there are any."""
    found = [shown(name) for name in names]
    if found:
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        raise UserError(f"{what}: {', '.join(found[:3])}{more}.", remedy, code)


def _check_end_record(file: BinaryIO) -> tuple[int, int]:
    """Looks at the size of the table of contents before zipfile builds an object for each of its entries.

    Returns:
        where it starts, and its length in bytes.
    """
    size = file.seek(0, 2)
    if size == 0:
        raise UserError("The ZIP is empty.", "Choose another file.", "ZIP_EMPTY")
    file.seek(max(0, size - (1 << 16) - END_SIZE - ZIP64_LOCATOR_SIZE - ZIP64_END_SIZE))
    tail_at, tail = file.tell(), file.read()
    at = _find_end(tail)
    if at < 0:
        file.seek(0)
        raise _corrupt("The ZIP was cut off.") if file.read(2) == b"PK" else _not_a_zip()
    length, end = _directory(tail, at)
    if length > MAX_DIRECTORY:
        raise too_many("ZIP", length)
    return tail_at + end - length, length


def _find_end(tail: bytes) -> int:
    # zipfile's order: at the very end when the ZIP has no comment, else the last signature there is.
    plain = len(tail) - END_SIZE
    if plain >= 0 and tail[plain : plain + 4] == END and tail.endswith(b"\0\0"):
        return plain
    found = tail.rfind(END)
    return found if len(tail) - found >= END_SIZE else -1


def _directory(tail: bytes, at: int) -> tuple[int, int]:
    """Bytes of the table of contents, of which zipfile reads no more than is told, and where in `tail` it ends."""
    locator, record = at - ZIP64_LOCATOR_SIZE, at - ZIP64_LOCATOR_SIZE - ZIP64_END_SIZE
    if record >= 0 and tail.startswith(ZIP64_LOCATOR, locator) and tail.startswith(ZIP64_END, record):
        return struct.unpack_from("<Q", tail, record + 40)[0], record
    return struct.unpack_from("<L", tail, at + 12)[0], at


def _check_entries(entries: list[tuple[str, zipfile.ZipInfo]], end: int, most: int) -> None:
    """All checks of the table of contents; `end` is where the data of the entries must end."""
    if not entries:
        raise UserError("The ZIP has nothing in it.", "Choose another file.", "ZIP_EMPTY")
    _check_kinds(entries)
    _check_sizes([entry for _, entry in entries], end, most)


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


def _check_sizes(entries: list[zipfile.ZipInfo], end: int, most: int) -> None:
    total = sum(entry.file_size for entry in entries)
    if total > most:
        raise UserError(
            f"The ZIP unpacks to {total / 1e6:,.0f} MB; the limit is {most / 1e6:,.0f} MB.",
            "Use fewer or smaller pictures.",
            "ZIP_TOO_LARGE",
        )
    # The local header holds the name too, so this is the least that an entry takes.
    spans = sorted((entry.header_offset, LOCAL_HEADER_SIZE + entry.compress_size) for entry in entries)
    starts = [start for start, _ in spans[1:]] + [end]
    if any(start + length > following for (start, length), following in zip(spans, starts, strict=True)):
        raise bomb("its entries overlap")


def _corrupt(what: str) -> UserError:
    return UserError(what, "Make it again, or upload it again.", "ZIP_CORRUPT")


def _not_a_zip() -> UserError:
    return UserError(
        "This file is not a ZIP.", "Pack the folder as ZIP; RAR, 7z and tar are not read.", "ZIP_NOT_A_ZIP"
    )


def too_many(kind: str, size: int) -> UserError:
    """The refusal of an upload whose names alone are more than is read."""
    what = f"The {kind} has too many files: their names take {size / 1e6:.0f} MB; the limit is"
    return UserError(
        f"{what} {MAX_DIRECTORY / 1e6:.0f} MB.", "Use fewer pictures per class.", f"{kind.upper()}_TOO_MANY"
    )
