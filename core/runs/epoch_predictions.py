"""What a network answered to its validation images after each epoch: `predictions.bin`, one small record an epoch.

First comes a line of JSON with its CRC-32 (format, images, classes), then which images these are: positions uint32,
labels uint16, their CRC-32. All records are equally long, so that a damaged one costs its own epoch only: the epoch
and a CRC-32 as uint32, then for each image the class that was predicted (uint8, uint16 above 256 classes), and in steps
of 1/255 the probability of that class, one step at least, and of the true one; where the network's answer was no number
all three are 0. All numbers are little-endian.
"""

import struct
import zlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from core import stored
from core.runs.judging import EPOCHS, Part
from core.runs.layout import PREDICTIONS
from core.runs.records import line

FORMAT = 1
BUDGET = 32 << 20
"""Bytes that a run may take for them: of more images than fit, evenly spread ones are told."""
LARGEST = 4 * BUDGET
"""Bytes that are read of a file: later phases may have made it longer than was planned."""
CLASSES = 1 << 16
STEPS = 255
"""In which a probability is told."""
HEAD = struct.Struct("<II")
"""Of a record: its epoch, its CRC-32."""
CHECK = struct.Struct("<I")
LINE = 4096
"""Bytes among which the first line ends."""


class _Told(Part):
    format: int
    images: Annotated[int, Field(ge=1, le=LARGEST)]
    classes: Annotated[int, Field(ge=1, le=CLASSES)]


@dataclass(frozen=True, eq=False)
class Images:
    """The images that a run's predictions are of.

    Args:
        positions: int64 (N,), in the dataset, ascending.
        labels: int64 (N,), their true classes.
        classes: how many there are.
    """

    positions: np.ndarray
    labels: np.ndarray
    classes: int

    def within(self, epochs: int) -> "Images":
        """As many of them as the budget allows, evenly spread.

        Args:
            epochs: how many will be told.
        """
        every = max(1, -(-len(self) * _bytes_each(self.classes) * max(1, epochs) // BUDGET))
        return Images(self.positions[::every], self.labels[::every], self.classes)

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def record_bytes(self) -> int:
        """What the predictions of one epoch take."""
        return HEAD.size + len(self) * _bytes_each(self.classes)

    def are_among(self, others: "Images") -> bool:
        """Whether all of them are among others, with the same labels."""
        places = np.searchsorted(others.positions, self.positions).clip(max=max(0, len(others) - 1))
        return (
            self.classes == others.classes
            and len(others) > 0
            and bool((others.positions[places] == self.positions).all())
            and bool((others.labels[places] == self.labels).all())
        )

    def to_bytes(self) -> bytes:
        """How the file begins."""
        told = self.positions.astype("<u4").tobytes() + self.labels.astype("<u2").tobytes()
        first = line({"format": FORMAT, "images": len(self), "classes": self.classes})
        return first + told + CHECK.pack(zlib.crc32(told))

    def record(self, epoch: int, answers: np.ndarray) -> bytes:
        """What is told of one epoch.

        Args:
            epoch: from 1.
            answers: float32 (N, classes), or (N, 1) for the probability of the second of two; of these images.
        """
        rows = np.concatenate([1 - answers, answers], axis=1) if answers.shape[1] == 1 else answers
        known, each = np.isfinite(rows).all(1), np.arange(len(self))
        rows = np.where(known[:, None], rows, 0)
        predicted = rows.argmax(1)
        confidence, of_truth = (_quantized(rows[each, chosen]) for chosen in (predicted, self.labels))
        shares = np.maximum(confidence, known.astype(np.uint8)), of_truth
        data = b"".join([predicted.astype(_class_type(self.classes)).tobytes(), *(share.tobytes() for share in shares)])
        return HEAD.pack(epoch, _check(epoch, data)) + data


@dataclass(frozen=True, eq=False)
class EpochPredictions:
    """What is known of a run's answers, epoch by epoch.

    Args:
        images: which.
        epochs: int64 (E,), ascending; an epoch may be missing.
        predicted: uint8 or uint16 (E, N), the class that each was taken for.
        confidence, of_truth: uint8 (E, N), the probability of that class and of the true one in steps of 1/255.
        damaged: records that could not be read.
        torn: bytes of an unfinished record at the end.
    """

    images: Images
    epochs: np.ndarray
    predicted: np.ndarray
    confidence: np.ndarray
    of_truth: np.ndarray
    damaged: int = 0
    torn: int = 0

    @cached_property
    def right(self) -> np.ndarray:
        """bool (E, N), whether each was answered right."""
        return (self.predicted == self.images.labels) & (self.confidence > 0)

    @cached_property
    def lost(self) -> np.ndarray:
        """bool (E,), after which epochs some answer was no number: the network had diverged."""
        return (self.confidence == 0).any(1)

    def up_to(self, epoch: int) -> "EpochPredictions":
        """The same without later epochs."""
        kept = self.epochs <= epoch
        parts = (part[kept] for part in (self.epochs, self.predicted, self.confidence, self.of_truth))
        return EpochPredictions(self.images, *parts)

    def to_bytes(self) -> bytes:
        """The file again, without what was damaged."""
        return self.images.to_bytes() + b"".join(map(self._record, range(len(self.epochs))))

    def _record(self, place: int) -> bytes:
        told = (self.predicted[place], self.confidence[place], self.of_truth[place])
        data, epoch = b"".join(part.tobytes() for part in told), int(self.epochs[place])
        return HEAD.pack(epoch, _check(epoch, data)) + data


def of_run(path: Path) -> EpochPredictions | None:
    """The predictions of a run; None where it has none, or they can't be read.

    Args:
        path: of the run; its file is read once as long as it stays the same.
    """
    file = path / PREDICTIONS
    try:
        told = file.stat()
        return _of_file(file, told.st_mtime_ns, told.st_size)
    except OSError:
        return None


@lru_cache(4)
def _of_file(file: Path, stamp: int, size: int) -> EpochPredictions | None:
    return read(stored.read_file(file, LARGEST))


def read(data: bytes) -> EpochPredictions | None:
    """What the bytes of a file say; None when they are no such file. Of an epoch that is told twice the later counts.

    Args:
        data: of the whole file, any bytes.
    """
    found = _images(data)
    if found is None:
        return None
    images, start = found
    heads, rows = _records(data, start, images)
    good = [place for place, (epoch, check) in enumerate(heads) if _is_good(images, epoch, check, rows[place])]
    by_epoch = {heads[place][0]: place for place in good}
    places = [by_epoch[epoch] for epoch in sorted(by_epoch)]
    predicted, confidence, of_truth = _parts(rows[places], images)
    epochs = np.array(sorted(by_epoch), np.int64)
    torn = (len(data) - start) % images.record_bytes
    return EpochPredictions(images, epochs, predicted, confidence, of_truth, len(heads) - len(good), torn)


def reach(file: Path, epoch: int) -> int:
    """Bytes of a file up to which it belongs to a run that goes on after an epoch; 0 where it is to begin anew.

    Args:
        file: which may be missing or hold anything.
        epoch: the last that counts.
    """
    try:
        data = stored.read_file(file, LARGEST)
    except OSError:
        return 0
    found = _images(data)
    if found is None:
        return 0
    images, start = found
    heads, _ = _records(data, start, images)
    kept = next((place for place, (told, _) in enumerate(heads) if told > epoch), len(heads))
    return start + kept * images.record_bytes


def images_of(file: Path) -> Images | None:
    """The images that a file begins with; None where it can't be read."""
    try:
        found = _images(stored.read_file(file, LARGEST))
    except OSError:
        return None
    return found[0] if found else None


def _images(data: bytes) -> tuple[Images, int] | None:
    """How a file begins, and where its records do."""
    first = data[:LINE].partition(b"\n")[0]
    text, _, check = first.rpartition(b"\t")
    if check != b"%08x" % zlib.crc32(text):
        return None
    try:
        told = _Told.model_validate_json(text)
    except ValueError:
        return None
    start, length = len(first) + 1, told.images * 6
    block = data[start : start + length]
    end = start + length + CHECK.size
    if told.format != FORMAT or len(data) < end or CHECK.unpack(data[end - CHECK.size : end])[0] != zlib.crc32(block):
        return None
    positions = np.frombuffer(block, "<u4", told.images).astype(np.int64)
    labels = np.frombuffer(block, "<u2", told.images, told.images * 4).astype(np.int64)
    if (np.diff(positions) <= 0).any() or labels.max() >= told.classes:
        return None
    return Images(positions, labels, told.classes), end


def _records(data: bytes, start: int, images: Images) -> tuple[list[tuple[int, int]], np.ndarray]:
    """Epoch and CRC-32 of each whole record, and what they hold: uint8 (records, bytes)."""
    count = (len(data) - start) // images.record_bytes
    whole = np.frombuffer(data, np.uint8, count * images.record_bytes, start).reshape(count, images.record_bytes)
    heads = [HEAD.unpack(row[: HEAD.size].tobytes()) for row in whole]
    return heads, whole[:, HEAD.size :]


def _is_good(images: Images, epoch: int, check: int, row: np.ndarray) -> bool:
    """Whether a record is what was written, and can be."""
    if not 1 <= epoch <= EPOCHS or check != _check(epoch, row.tobytes()):
        return False
    return bool(_parts(row[None], images)[0].max() < images.classes)


def _parts(rows: np.ndarray, images: Images) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Class, its probability, that of the true one, of each record and image."""
    kind = _class_type(images.classes)
    first = len(images) * kind.itemsize
    predicted = np.ascontiguousarray(rows[:, :first]).view(kind)
    return predicted, rows[:, first : first + len(images)], rows[:, first + len(images) :]


def _check(epoch: int, data: bytes) -> int:
    return zlib.crc32(data, zlib.crc32(CHECK.pack(epoch)))


def _class_type(classes: int) -> np.dtype:
    return np.dtype("u1" if classes <= 256 else "<u2")


def _bytes_each(classes: int) -> int:
    """What one image takes in an epoch."""
    return _class_type(classes).itemsize + 2


def _quantized(shares: np.ndarray) -> np.ndarray:
    """Probabilities 0..1 in steps of 1/255: uint8."""
    return np.round(shares.clip(0, 1) * STEPS).astype(np.uint8)
