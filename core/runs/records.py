"""The records of a training, `metrics.jsonl`: one JSON object a line, a tab and its CRC-32 behind it."""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.runs.judging import Order, record_of, without_answers

LINE_BYTES = 64 << 10
"""One record holds 24 points or the answers for 24 pictures: 2 KB."""


@dataclass
class Metrics:
    """What `metrics.jsonl` holds, as columns.

    Args:
        step, loss, accuracy: one value per batch or short mean of batches; `step` counts batches from the start.
        epochs: one dict a finished epoch: epoch, step, loss, accuracy, val_loss, val_accuracy, learning_rate, seconds.
        rates: (step, new learning rate, who changed it: "you" or "plateau").
        steps_per_epoch: batches in an epoch, in the latest phase.
        borders: where something else began: (step, epochs before it, batches in an epoch from there on, what).
        tiles: positions of the validation pictures whose answers every epoch tells.
        kernels: the first ones as they were at the start, all numbers in a row, and their shape (filters, k, k).
        damaged: lines in the middle that could not be read, or don't fit those before them.
        order: what came so far.
    """

    step: list[int] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    epochs: list[dict[str, Any]] = field(default_factory=list)
    rates: list[tuple[int, float, str]] = field(default_factory=list)
    steps_per_epoch: int = 0
    borders: list[tuple[int, int, int, str]] = field(default_factory=list)
    tiles: list[int] = field(default_factory=list)
    kernels: tuple[list[float], list[int]] = field(default_factory=lambda: ([], []))
    damaged: int = 0
    order: Order = field(default_factory=Order, repr=False, compare=False)

    def take(self, record: dict[str, Any]) -> None:
        """Adds one record, of those that `read_line` gives; one that doesn't fit those before it is left out."""
        if not self.order.follows(record):
            self.damaged += 1
            record = without_answers(record)
            if record["event"] != "epoch" or not self.order.follows(record):
                return
        if record["event"] == "batches":
            self.step += record["step"]
            self.loss += record["loss"]
            self.accuracy += record["accuracy"]
        elif record["event"] == "epoch":
            self.epochs.append(record)
        elif record["event"] == "rate":
            self.rates.append((record["step"], record["value"], record["why"]))
        elif record["event"] == "phase":
            self.steps_per_epoch = record["steps_per_epoch"]
            self.borders.append((record["step"], record["epoch"], self.steps_per_epoch, record["what"]))
        elif record["event"] == "started":
            self.steps_per_epoch, self.tiles = record["steps_per_epoch"], record["tiles"]
            self.borders = [(0, 0, self.steps_per_epoch, "")]
            self.kernels = record.get("kernels", []), record.get("kernel_shape", [])

    def in_epochs(self, steps: Sequence[float]) -> np.ndarray:
        """Where steps lie on an axis of epochs: float64, one each; epochs of two phases may have other numbers of them.

        Args:
            steps: batches from the start.
        """
        starts = np.array([[step, epoch, max(1, length)] for step, epoch, length, _ in self.borders or [(0, 0, 1, "")]])
        places = np.asarray(steps, float)
        step, epoch, length = starts[np.searchsorted(starts[:, 0], places, "left").clip(1) - 1].T
        return epoch + (places - step) / length


def line(record: dict[str, Any]) -> bytes:
    """One record as a line: JSON, a tab and its CRC-32."""
    text = json.dumps(record, allow_nan=False).encode()
    return text + b"\t%08x\n" % zlib.crc32(text)


def read_line(line: bytes) -> dict[str, Any] | None:
    """One record, or None when it is damaged, or not what its event says."""
    text, _, check = line.rpartition(b"\t")
    if check != b"%08x" % zlib.crc32(text) or len(text) > LINE_BYTES:
        return None
    try:
        return record_of(json.loads(text))
    except (ValueError, RecursionError):
        return None
