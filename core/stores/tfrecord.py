"""TFRecord: examples one after another, as TensorFlow's input pipelines read them."""

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, ClassVar

import numpy as np

from core import child, workspace
from core.datasets.split import SPLITS
from core.stores import Content, Labelled, Reader, Store, example, told
from core.stores.crc32c import masked

ABOUT = "about.json"
FRAME = struct.Struct("<QI")
"""In front of each record: its length in bytes, and the masked CRC32C of that length."""
SUM = struct.Struct("<I")
"""Behind each record: the masked CRC32C of its bytes."""


class TFRecord(Store):
    """One file each for training, validation and test: tf.train.Example messages in a row, each with a check sum."""

    rank: ClassVar[int] = 40
    gain: ClassVar[str] = "Made to be read in sequence by tf.data, from many files at once; damage is noticed."
    price: ClassVar[str] = "It has no table of contents: one image is found by going through the file from its start."

    @classmethod
    def title(cls) -> str:
        return "TFRecord"

    @property
    def word(self) -> str:
        return "tfrecord"

    def write(self, folder: Path, content: Content, progress: child.Progress = lambda done, total: None) -> None:
        done = 0
        about = {"shape": list(content.shape), "class_names": list(content.class_names)}
        workspace.write_new(folder / ABOUT, json.dumps(about, indent=1).encode())
        counts = dict(zip(SPLITS, content.counts, strict=True))
        for split, labelled in content.parts():
            with workspace.new_file(folder / f"{split}.tfrecord") as file:
                for image, label in told(progress, len(content.labels), labelled, done):
                    write_record(file, example.packed(image, label))
            done += counts[split]

    def open(self, folder: Path) -> Reader:
        return _Records(folder)

    def reading(self, file: str = "") -> str:
        return f'''import json

import tensorflow as tf

features = {{
    "image": tf.io.FixedLenFeature([], tf.string),
    "label": tf.io.FixedLenFeature([], tf.int64),
    "shape": tf.io.FixedLenFeature([3], tf.int64),
}}

def read(record):
    one = tf.io.parse_single_example(record, features)
    return tf.reshape(tf.io.decode_raw(one["image"], tf.uint8), one["shape"]), one["label"]

dataset = tf.data.TFRecordDataset("train.tfrecord").map(read)  # or "validation.tfrecord", "test.tfrecord"
class_names = json.load(open("{ABOUT}"))["class_names"]'''


def write_record(file: BinaryIO, data: bytes) -> None:
    """Adds one record: length, masked CRC32C of the length, data, masked CRC32C of the data.

    Source: TensorFlow, "TFRecord and tf.train.Example", section "TFRecords format details".
    """
    length = struct.pack("<Q", len(data))
    file.write(FRAME.pack(len(data), masked(length)) + data + SUM.pack(masked(data)))


class _Records(Reader):
    """The files, and where each record begins, which only going from one to the next can tell."""

    def __init__(self, folder: Path) -> None:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        self.class_names, self.shape = tuple(about["class_names"]), tuple(about["shape"])
        paths = [folder / f"{split}.tfrecord" for split in SPLITS]
        self.files = [path.open("rb") if path.exists() else None for path in paths]
        places = [list(_begun(file)) if file else [] for file in self.files]
        self.counts = tuple(map(len, places))
        self.places = [(file, *place) for file, found in zip(self.files, places, strict=True) for place in found]

    def in_order(self) -> Iterator[Labelled]:
        for file in filter(None, self.files):
            file.seek(0)
            while head := file.read(FRAME.size):
                length, _ = FRAME.unpack(head)
                yield self._read(file.read(length))
                file.seek(SUM.size, 1)

    def at(self, position: int) -> Labelled:
        file, start, length = self.places[position]
        file.seek(start)
        return self._read(file.read(length))

    def _read(self, data: bytes) -> Labelled:
        pixels, label = example.unpacked(data)
        return np.frombuffer(pixels, np.uint8).reshape(self.shape), label

    def close(self) -> None:
        for file in filter(None, self.files):
            file.close()


def _begun(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Where the data of each record begins, and its length."""
    while head := file.read(FRAME.size):
        length, _ = FRAME.unpack(head)
        yield file.tell(), length
        file.seek(length + SUM.size, 1)
