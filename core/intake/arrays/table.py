"""LMDB tables with images in the layout in which Kernelscope stores them: `data.mdb` by itself, or in a ZIP."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import numpy as np

from core import child, workspace
from core.intake.archives import open_checked
from core.intake.arrays import MAX_IMAGES, MAX_SIDE, damaged, refused, step, text
from core.intake.layout import SPLITS
from core.intake.unpacking import DAMAGE, pieces_of

FILE = "data.mdb"
MAGIC, MAGIC_AT = b"\xde\xc0\xef\xbe", 16
"""Of LMDB's first page, on machines that write the lowest byte first."""
MAX_BYTES = 2 << 30
"""Of the table: 1 GiB of pixels, each image on pages of its own."""
MAX_ABOUT = 1 << 20
LABEL_BYTES = 4


class LMDBTable(AbstractContextManager):
    """Images and labels of each split as arrays: x_train, y_train ...

    Args:
        path: of `data.mdb`, or of a ZIP with one.

    Raises:
        UserError: no LMDB, damaged, or in another layout than ours.
    """

    def __init__(self, path: Path, *, is_zip: bool) -> None:
        import lmdb

        with ExitStack() as stack:
            if is_zip:
                scratch = workspace.current().folder(child.SCRATCH)
                path = _unpacked(path, stack.enter_context(workspace.staging(scratch)))
            try:
                table = lmdb.open(str(path), subdir=False, readonly=True, lock=False, create=False, max_dbs=0)
                stack.callback(table.close)
                reader = stack.enter_context(table.begin(buffers=True))
                self.arrays = list(_arrays(reader, table.stat()["entries"]))
            except lmdb.Error as error:
                raise damaged("the LMDB table") from error
            self._open = stack.pop_all()

    def __exit__(self, *error: object) -> None:
        self._open.close()


def _unpacked(path: Path, folder: Path) -> Path:
    """The table of a ZIP as a file of ours."""
    archive, entries = open_checked(path, MAX_BYTES)
    with archive:
        found = [entry for name, entry in entries if name.rpartition("/")[2] == FILE]
        if len(found) != 1:
            raise refused(f"the ZIP holds {len(found)} files called {FILE}", "ARRAYS_LAYOUT", "Pack one LMDB folder.")
        try:
            with workspace.new_file(folder / FILE) as file:
                for piece in pieces_of(archive, found[0]):
                    file.write(piece)
        except DAMAGE as error:
            raise damaged(FILE) from error
    return folder / FILE


def _arrays(reader: object, entries: int) -> "Iterator[_Images | _Labels | _Names]":
    """What the table says of itself, checked."""
    remedy = "Only tables that Kernelscope wrote are read; other ones as HDF5, NPZ or class folders."
    raw = reader.get(b"about")
    try:
        about = json.loads(bytes(raw)) if raw is not None and len(raw) <= MAX_ABOUT else None
        shape = tuple(about["shape"])
        names = [text(name, "class_names") for name in about["class_names"]]
        bounds = [tuple(about[split]) for split in SPLITS]
        whole = (
            all(type(side) is int for side in (*shape, *(end for pair in bounds for end in pair)))
            and len(shape) == 3
            and all(1 <= side <= MAX_SIDE for side in shape)
            and all(len(pair) == 2 and 0 <= pair[0] <= pair[1] <= MAX_IMAGES for pair in bounds)
            and bounds[-1][1] < entries
        )
    except (ValueError, TypeError, LookupError, RecursionError):
        whole = False
    if not whole:
        raise refused("the table is in a layout that is not ours", "ARRAYS_LAYOUT", remedy)
    yield _Names(names)
    for split, (first, end) in zip(SPLITS, bounds, strict=True):
        if end > first:
            yield _Images(reader, f"x_{split}", range(first, end), shape)
            yield _Labels(reader, f"y_{split}", range(first, end), shape)


class _Names:
    """The names of the classes."""

    name, is_text = "class_names", True

    def __init__(self, names: list[str]) -> None:
        self.shape, self._names = (len(names),), names

    def pieces(self) -> Iterator[np.ndarray]:
        yield np.array(self._names)


class _Values:
    """Values of some keys in a row."""

    is_text = False

    def __init__(self, reader: object, name: str, keys: range, shape: tuple[int, ...]) -> None:
        self.name, self._reader, self._keys, self._image = name, reader, keys, shape

    def _values(self) -> Iterator[memoryview]:
        import lmdb

        size = LABEL_BYTES + int(np.prod(self._image))
        try:
            for key in self._keys:
                value = self._reader.get(b"%08d" % key)
                if value is None or len(value) != size:
                    raise damaged(self.name)
                yield value
        except lmdb.Error as error:
            raise damaged(self.name) from error


class _Images(_Values):
    """Pixels: uint8 (N, H, W, C)."""

    @property
    def shape(self) -> tuple[int, ...]:
        return len(self._keys), *self._image

    def pieces(self) -> Iterator[np.ndarray]:
        rows, held = step(self.shape, 1), []
        for value in self._values():
            held.append(np.frombuffer(value, np.uint8, offset=LABEL_BYTES).reshape(self._image))
            if len(held) == rows:
                yield np.stack(held)
                held = []
        if held:
            yield np.stack(held)


class _Labels(_Values):
    """Labels: int64 (N,)."""

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self._keys),)

    def pieces(self) -> Iterator[np.ndarray]:
        yield np.array([int.from_bytes(value[:LABEL_BYTES], "little") for value in self._values()], np.int64)
