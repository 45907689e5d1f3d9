"""LMDB: a sorted table of keys and values, which the system maps into memory."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from core import child, workspace
from core.datasets.split import SPLITS
from core.stores import Content, Labelled, Reader, Store, told

if TYPE_CHECKING:
    import lmdb

FOLDER, ABOUT = "data.lmdb", b"about"
LABEL_BYTES = 4
"""In front of each image's pixels."""
PAGE = 4096
IN_A_PAGE = 2038
"""Bytes of key, value and their heads up to which several share a page (LMDB 0.9, pages of 4 096 bytes)."""
HELD = 4 << 20
"""Bytes that are written in one transaction."""


class LMDB(Store):
    """A folder with one file, a sorted table: the key is the image's number, the value its label and its pixels."""

    rank: ClassVar[int] = 30
    gain: ClassVar[str] = (
        "One image is found as fast as the next one, without opening a file, by many readers at once; labels and "
        "pixels lie side by side."
    )
    ending: ClassVar[str] = ".mdb"
    price: ClassVar[str] = "Pixels are not packed, and what does not fit half a page of 4 KB takes whole pages."

    @classmethod
    def title(cls) -> str:
        return "LMDB"

    @property
    def word(self) -> str:
        return "lmdb"

    def write(self, folder: Path, content: Content, progress: child.Progress = lambda done, total: None) -> None:
        import lmdb

        workspace.make_folder(folder / FOLDER)
        size = 2 * _estimated(content)
        with lmdb.open(str(folder / FOLDER), map_size=size, lock=False, sync=False) as table:
            held, done = [], 0
            for _, labelled in content.parts():
                before = done
                for image, label in told(progress, len(content.labels), labelled, before):
                    value = label.to_bytes(LABEL_BYTES, "little") + image.tobytes()
                    held.append((key(done), value))
                    done += 1
                    if len(held) * len(value) > HELD:
                        _put(table, held)
                        held = []
            bounds = np.cumsum([0, *content.counts]).tolist()
            about = {"shape": list(content.shape), "class_names": list(content.class_names)}
            about |= {split: bounds[part : part + 2] for part, split in enumerate(SPLITS)}
            _put(table, [*held, (ABOUT, json.dumps(about).encode())])

    def open(self, folder: Path) -> Reader:
        return _Table(folder / FOLDER)

    def reading(self, file: str = "") -> str:
        where = f'"{file}", subdir=False' if file else f'"{FOLDER}"'
        return f'''import json

import lmdb
import numpy as np

table = lmdb.open({where}, readonly=True, lock=False)
with table, table.begin() as reader:
    about = json.loads(reader.get(b"{ABOUT.decode()}"))
    first, end = about["train"]  # or "validation", "test"
    values = [reader.get(b"%08d" % number) for number in range(first, end)]
labels = [int.from_bytes(value[:{LABEL_BYTES}], "little") for value in values]
pixels = [np.frombuffer(value, "uint8", offset={LABEL_BYTES}) for value in values]
images = [one.reshape(about["shape"]) for one in pixels]
class_names = about["class_names"]'''


def key(number: int) -> bytes:
    """The key of an image: the table is sorted byte by byte, so numbers have equally many digits."""
    return b"%08d" % number


def pages(shape: tuple[int, int, int]) -> int:
    """Whole pages that one image takes; 0 where several share one."""
    value = LABEL_BYTES + int(np.prod(shape))
    return 0 if value + 16 <= IN_A_PAGE else -(-(value + 16) // PAGE)


def _estimated(content: Content) -> int:
    """Bytes that the table takes, about."""
    each = max(pages(content.shape) * PAGE, LABEL_BYTES + int(np.prod(content.shape))) + 64
    return len(content.labels) * each + (1 << 20)


def _put(table: "lmdb.Environment", held: list[tuple[bytes, bytes]]) -> None:
    """Writes some in the order of their keys; a table that is full is made larger and takes them then."""
    import lmdb

    while True:
        try:
            with table.begin(write=True) as writer:
                for one, value in held:
                    writer.put(one, value, append=True)
            return
        except lmdb.MapFullError:
            table.set_mapsize(2 * table.info()["map_size"])


class _Table(Reader):
    """The table, read in one transaction."""

    def __init__(self, path: Path) -> None:
        import lmdb

        self.table = lmdb.open(str(path), readonly=True, lock=False, readahead=False)
        self.reader = self.table.begin(buffers=True)
        about = json.loads(bytes(self.reader.get(ABOUT)))
        self.class_names, self.shape = tuple(about["class_names"]), tuple(about["shape"])
        self.counts = tuple(end - first for first, end in (about[split] for split in SPLITS))

    def in_order(self) -> Iterator[Labelled]:
        with self.reader.cursor() as cursor:
            for one, value in cursor:
                if bytes(one) != ABOUT:
                    yield self._read(value)

    def at(self, position: int) -> Labelled:
        return self._read(self.reader.get(key(position)))

    def _read(self, value: memoryview) -> Labelled:
        """A copy: the pages of the map may go when the table is closed."""
        pixels = np.frombuffer(value, np.uint8, offset=LABEL_BYTES).reshape(self.shape).copy()
        return pixels, int.from_bytes(value[:LABEL_BYTES], "little")

    def close(self) -> None:
        self.reader.abort()
        self.table.close()
