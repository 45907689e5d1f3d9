"""TAR archives, also packed by gzip: every header is checked before one picture is opened, all under budgets.

`tarfile` believes the size of a long name and reads it whole; here nothing but a picture is read at once, and no more
of it than one may have.
"""

import gzip
import tarfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Self

from core.errors import UserError
from core.intake.archives import HEAD, MAX_DIRECTORY, MAX_TOTAL, Member, check_names, judged, too_many
from core.intake.images import MAX_BYTES, shown
from core.intake.left_out import LARGE, Skipped, chosen_folder, junk_of

BLOCK = 512
PIECE = 1 << 16
MAX_WORDS = 1 << 16
"""Bytes of a name, or of the words about one file, that stand in a block of their own."""
_DAMAGE = (tarfile.HeaderError, EOFError, OSError, zlib.error, ValueError)
_LONG_NAME, _WORDS = tarfile.GNUTYPE_LONGNAME, (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)


class Tar:
    """A TAR all of whose headers passed every check; iterate it for its pictures, one in memory at a time.

    They come in the order in which they stand in it: going back in what gzip packed would mean to unpack it again.

    Args:
        path: the file.

    Raises:
        UserError: no TAR, damaged, over a budget, or with names, links or devices that only a trap has.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            found = [(name, size) for name, size, _ in _entries(path)]
        except _DAMAGE as error:
            raise _corrupt() from error
        if not found:
            raise _corrupt()
        self._names = check_names((name for name, _ in found), "TAR")
        chosen = chosen_folder(self._names)
        self.junk = Counter(kind for name in self._names if (kind := junk_of(name, chosen)))
        self.names = [name for name in self._names if name and not name.endswith("/") and not junk_of(name, chosen)]
        self._taken = frozenset(self.names)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing stays open between two iterations."""

    def __iter__(self) -> Iterator[Member | Skipped]:
        try:
            for name, (_, size, file) in zip(self._names, _entries(self._path), strict=True):
                if name in self._taken:
                    yield _judged(name, size, file)
        except _DAMAGE as error:
            raise _corrupt() from error


def read_tar(path: Path) -> Tar:
    """Opens a TAR of pictures after checking all of its headers; nothing is unpacked to disk.

    Raises:
        UserError: as `Tar`.

    Source: POSIX.1-2017, pax, "ustar interchange format" and "pax header block".
    """
    return Tar(path)


def _judged(name: str, size: int, file: "_Bytes") -> Member | Skipped:
    if size > MAX_BYTES:
        return Skipped(name, f"it has {size / 1e6:.0f} MB; the limit is {MAX_BYTES / 1e6:.0f} MB", LARGE)
    data = file.read(size)
    return judged(name, lambda: data[:HEAD]) or Member(name, data)


def _entries(path: Path) -> Iterator[tuple[str, int, "_Bytes"]]:
    """Name and size of each file and folder, and the bytes that follow; who leaves these unread passes over them.

    Raises:
        UserError: a link or a device, or over a budget.
        _DAMAGE: one of these, where it is no TAR or is cut off.
    """
    with _unpacked(path) as packed:
        file, name, words = _Bytes(packed), "", 0
        while header := _header(file):
            end = file.at + -(-header.size // BLOCK) * BLOCK
            if header.type == _LONG_NAME:
                name = _text(file.read(_short(header.size)))
            elif header.type in _WORDS:
                name = _path_in(file.read(_short(header.size))) or name
            else:
                _check_kind(header, name or header.name)
                words += len(name or header.name)
                if words > MAX_DIRECTORY:
                    raise too_many("TAR", words)
                yield f"{(name or header.name).rstrip('/')}{'/' if header.isdir() else ''}", header.size, file
                name = ""
            file.skip(end - file.at)
        file.end()


def _unpacked(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        is_packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if is_packed else path.open("rb")


class _Bytes:
    """A stream that only goes forward, and counts: a short file must not become an endless one."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.at = file, 0

    def read(self, size: int) -> bytes:
        """So many bytes.

        Raises:
            EOFError: there are fewer.
        """
        data = self._piece(size)
        if len(data) < size:
            raise EOFError
        return data

    def end(self) -> None:
        """Reads what is left: at the end of what gzip packed stands its sum."""
        while self._piece(PIECE):
            pass

    def _piece(self, size: int) -> bytes:
        data = self._file.read(size)
        self.at += len(data)
        if self.at > MAX_TOTAL:
            what = f"The TAR unpacks to more than {MAX_TOTAL / 1e6:,.0f} MB."
            raise UserError(what, "Use fewer or smaller pictures.", "TAR_TOO_LARGE")
        return data

    def skip(self, size: int) -> None:
        """Passes over so many bytes."""
        while size > 0:
            size -= len(self.read(min(size, PIECE)))


def _header(file: _Bytes) -> tarfile.TarInfo | None:
    """The next header; None at the end, which is a block of zeros."""
    block = file.read(BLOCK)
    if not any(block):
        return None
    header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    if header.size < 0:
        raise ValueError("a size below nothing")
    return header


def _short(size: int) -> int:
    if size > MAX_WORDS:
        raise ValueError("more words about a file than one has")
    return size


def _text(data: bytes) -> str:
    return data.rstrip(b"\0").decode("utf-8", "surrogateescape")


def _path_in(words: bytes) -> str:
    """The name that a pax header gives, from its lines "<length> path=<name>"."""
    found = ""
    for line in words.split(b"\n"):
        key, _, value = line.partition(b" ")[2].partition(b"=")
        if key == b"path":
            found = _text(value)
        elif key == b"size" or key.startswith(b"GNU.sparse"):
            raise ValueError("a file that is not what its header says")
    return found


def _check_kind(header: tarfile.TarInfo, name: str) -> None:
    if not (header.isreg() or header.isdir()) or header.type == tarfile.GNUTYPE_SPARSE:
        what = f"The TAR has links or devices instead of files: {shown(name)}."
        raise UserError(what, "Make it again with the pictures themselves in it.", "TAR_LINK")


def _corrupt() -> UserError:
    return UserError("The TAR is damaged or was cut off.", "Fetch it again.", "TAR_CORRUPT")
