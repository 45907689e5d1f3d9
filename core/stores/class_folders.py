"""Class folders: one PNG per image."""

import json
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

import numpy as np
from PIL import Image

from core import child, workspace
from core.datasets.split import SPLITS
from core.errors import UserError
from core.stores import Content, Labelled, Reader, Store, told

CLASSES = "classes.json"
MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
"""What Pillow calls images of so many channels."""
SAFE = " !#$&'()+,;=@[]{}"
"""What a folder's name may hold on every system, beside letters, digits and _.-~"""
FEW = 80
"""Letters of a folder's name: each may take nine characters, and 255 are the most that disks take."""


class ClassFolders(Store):
    """A folder for training, validation and test, in it a folder per class, in it one PNG file per image."""

    rank: ClassVar[int] = 10
    gain: ClassVar[str] = "You can look at every image, add one, or move it to another class, without any program."
    price: ClassVar[str] = (
        "Thousands of small files are slow to open and to copy, and the label is only the name of a folder."
    )

    @classmethod
    def title(cls) -> str:
        return "Class folders (PNG)"

    def called(self) -> str:
        return "Class folders"

    @property
    def word(self) -> str:
        return "folders"

    def write(self, folder: Path, content: Content, progress: child.Progress = lambda done, total: None) -> None:
        if content.shape[2] not in MODES:
            what = f"PNG holds images of 1 to 4 channels; these have {content.shape[2]}."
            raise UserError(what, "Store them as HDF5, LMDB or TFRecord.", "STORE_CHANNELS")
        folders, done = folder_names(content.class_names), 0
        about = {"class_names": list(content.class_names), "folders": folders}
        workspace.write_new(folder / CLASSES, json.dumps(about, indent=1).encode())
        for split, labelled in content.parts():
            workspace.make_folder(folder / split)
            for name in folders:
                workspace.make_folder(folder / split / name)
            for place, (image, label) in enumerate(told(progress, len(content.labels), labelled, done)):
                _write(folder / split / folders[label] / f"{place:08d}.png", image)
            done += place + 1

    def open(self, folder: Path) -> Reader:
        return _Folders(folder)

    def reading(self, file: str = "") -> str:
        return f'''import json
from pathlib import Path

import numpy as np
from PIL import Image

classes = json.loads(Path("{CLASSES}").read_text())
class_names = classes["class_names"]  # in the order of the labels
images, labels = [], []
for label, folder in enumerate(classes["folders"]):
    for file in sorted(Path("train", folder).glob("*.png")):  # or "validation", "test"
        images.append(np.asarray(Image.open(file)))
        labels.append(label)'''


def folder_names(class_names: tuple[str, ...]) -> list[str]:
    """A name for the folder of each class, which every system takes: that of the class where it can be.

    Args:
        class_names: any text; what no folder may be called is written as in web addresses, and no two are alike.
    """
    names: list[str] = []
    for name in class_names:
        base = quote(name[:FEW], safe=SAFE).strip(" ")[:200]
        if not base.strip(".") or base.split(".")[0].upper() in _RESERVED or base.endswith((".", " ")):
            base = f"class {base.strip('. ')}".strip()
        one, number = base, 1
        while one.casefold() in {other.casefold() for other in names}:
            number += 1
            one = f"{base} ({number})"
        names.append(one)
    return names


_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{digit}" for port in ("COM", "LPT") for digit in range(1, 10))}
"""Names that Windows keeps for devices."""


def _write(path: Path, image: np.ndarray) -> None:
    pixels = image[:, :, 0] if image.shape[2] == 1 else image
    with workspace.new_file(path) as file:
        Image.fromarray(np.ascontiguousarray(pixels), MODES[image.shape[2]]).save(file, format="PNG", compress_level=1)


class _Folders(Reader):
    """Every file of the folders, in the order in which they were written."""

    def __init__(self, folder: Path) -> None:
        classes = json.loads((folder / CLASSES).read_text(encoding="utf-8"))
        self.class_names = tuple(classes["class_names"])
        parts = [_listed(folder / split, classes["folders"]) for split in SPLITS]
        self.counts = tuple(map(len, parts))
        self.files = [one for part in parts for one in part]

    def in_order(self) -> "list[Labelled]":
        return map(self.at, range(len(self)))

    def at(self, position: int) -> Labelled:
        path, label = self.files[position]
        with Image.open(path) as image:
            pixels = np.asarray(image)
        return pixels.reshape(*pixels.shape[:2], -1), label

    def bytes_at(self, position: int) -> bytes:
        """An image as it lies there, not unpacked."""
        return self.files[position][0].read_bytes()


def _listed(folder: Path, names: list[str]) -> list[tuple[Path, int]]:
    found = [(path, label) for label, name in enumerate(names) for path in (folder / name).glob("*.png")]
    return sorted(found, key=lambda one: one[0].name)
