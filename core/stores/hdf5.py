"""HDF5: all images as one array in one file."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from core import child, workspace
from core.datasets.split import SPLITS
from core.spec import option
from core.stores import Content, Labelled, Reader, Store, told

FILE = "data.h5"
CHUNK = 1 << 16
"""Bytes of a chunk, about: the piece in which the file is read, packed and unpacked."""


class HDF5(Store):
    """One file with an array of images and an array of labels for each of training, validation and test."""

    rank: ClassVar[int] = 20
    gain: ClassVar[str] = (
        "One file, read in sequence or in pieces like an array, without opening each image; the labels travel with "
        "the images."
    )
    ending: ClassVar[str] = ".h5"
    price: ClassVar[str] = "All images must have the same size, and to look at one you need a program."

    gzip: bool = option(
        False,
        "Whether each chunk is packed, without loss.",
        advice="If the file is too large to send, pack it; writing and reading then take longer.",
    )

    @classmethod
    def all(cls) -> tuple[Self, ...]:
        return cls(), cls(gzip=True)

    @classmethod
    def title(cls) -> str:
        return "HDF5 (h5py)"

    def called(self) -> str:
        return "HDF5, gzip" if self.gzip else "HDF5"

    @property
    def word(self) -> str:
        return "hdf5-gzip" if self.gzip else "hdf5"

    def write(self, folder: Path, content: Content, progress: child.Progress = lambda done, total: None) -> None:
        import h5py

        counts, done = dict(zip(SPLITS, content.counts, strict=True)), 0
        with workspace.new_file(folder / FILE) as raw, h5py.File(raw, "w") as file:
            file.create_dataset("class_names", data=list(content.class_names), dtype=h5py.string_dtype())
            for split, labelled in content.parts():
                count = counts[split]
                step = images_in_a_chunk(content.shape, count)
                file[f"y_{split}"] = content.labels[done : done + count]
                images = file.create_dataset(
                    f"x_{split}",
                    (count, *content.shape),
                    np.uint8,
                    chunks=(step, *content.shape),
                    compression="gzip" if self.gzip else None,
                    compression_opts=1 if self.gzip else None,
                )
                held, start = [], 0
                for image, _ in told(progress, len(content.labels), labelled, done):
                    held.append(image)
                    if len(held) == step or start + len(held) == count:
                        images[start : start + len(held)] = np.stack(held)
                        start, held = start + len(held), []
                done += count

    def open(self, folder: Path) -> Reader:
        return _File(folder / FILE)

    def reading(self, file: str = "") -> str:
        return f'''import h5py

with h5py.File("{file or FILE}") as file:
    images = file["x_train"][:]  # or some of them: file["x_train"][100:132]
    labels = file["y_train"][:]  # likewise x_validation, y_validation, x_test, y_test
    class_names = list(file["class_names"].asstr())'''


def images_in_a_chunk(shape: tuple[int, int, int], count: int) -> int:
    """How many images are read at a time: about as many as fit into `CHUNK`, and no chunk is left half empty."""
    chunks = -(-count // max(1, CHUNK // int(np.prod(shape))))
    return -(-count // chunks)


class _File(Reader):
    """The arrays of the file."""

    def __init__(self, path: Path) -> None:
        import h5py

        self.file = h5py.File(path, "r")
        self.class_names = tuple(self.file["class_names"].asstr())
        held = [split for split in SPLITS if f"x_{split}" in self.file]
        self.images = [self.file[f"x_{split}"] for split in held]
        self.labels = [self.file[f"y_{split}"][:] for split in held]
        self.counts = tuple(len(self.file[f"x_{split}"]) if split in held else 0 for split in SPLITS)

    def in_order(self) -> Iterator[Labelled]:
        for images, labels in zip(self.images, self.labels, strict=True):
            step = images.chunks[0]
            for start in range(0, len(images), step):
                yield from zip(images[start : start + step], labels[start : start + step].tolist(), strict=True)

    def at(self, position: int) -> Labelled:
        for images, labels in zip(self.images, self.labels, strict=True):
            if position < len(labels):
                return images[position], int(labels[position])
            position -= len(labels)
        raise IndexError(position)

    def close(self) -> None:
        self.file.close()
