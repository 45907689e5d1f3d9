"""Looks at a network while an epoch goes on, so that a long one is alive: its answers, its first kernels.

They take at most a small share of the training's time, and leave the training as it was: an answer changes no weight
and draws no random number. What was seen last lies in a file of its own beside the metrics, which counts epochs only.
"""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.build.kernels import DIGITS, first_kernels
from core.build.weights import of_layer
from core.datasets import ImageData
from core.experiment.network import Row
from core.runs.judging import MATRIX_CLASSES

if TYPE_CHECKING:
    import keras

    from core.training.loop import Trainer

TILES = 24
"""Validation pictures whose current answer is told: about so many, each class as often as the others."""
MOST_TILES = 48
"""Of a dataset with many classes; of one with more, some classes, evenly spread."""
SHARE = 0.05
"""Of the training's time that the looks may take."""
EVERY_SECONDS = 1.0
"""Between two looks: nobody reads faster."""


class Glimpses:
    """Looks now and then, within its share of the time.

    Args:
        rows: of the network.
        model: the network; its first layer with kernels is looked for once.
    """

    def __init__(self, rows: Sequence[Row], model: "keras.Model") -> None:
        self._model, self.every = model, EVERY_SECONDS
        name, _ = first_kernels(rows, self._owned)
        self._rows = [row for row in rows if row.name == name]
        self._last, self._latest, self._count = time.monotonic(), 0.0, 0
        self.taken = np.zeros(2)  # seconds of the looks by the clock, and of the processor
        self._start: np.ndarray | None = None  # the same of the training, when its first chunk was done

    def look(self, training: "Trainer") -> None:
        """Takes a look and tells it, if it is time; after a single step always.

        Raises:
            UserError: the disk is full.
            Ended: the user asked to stop meanwhile.
        """
        if self._start is None:
            self._start = _spent(training)
        if not len(training.tiles) or not (training.control.is_stepping or self._is_time(training)):
            return
        began = time.monotonic(), time.process_time()
        _, answers = training.evaluate(training.tiles)
        done = training.progress
        training.record.glimpse(
            epoch=done.epoch + 1,
            batch=done.batch,
            step=done.step,
            taken=self._seconds(self.taken),
            of=self._seconds(_spent(training) - self._start),
            **shown(answers),
            **self.kernels(),
        )
        self._count_look(np.subtract((time.monotonic(), time.process_time()), began))

    def kernels(self) -> dict[str, list]:
        """The first kernels as a record tells them: `kernels`, all numbers in a row, and `kernel_shape`."""
        _, planes = first_kernels(self._rows, self._owned)
        return {"kernels": [round(float(v), DIGITS) for v in planes.ravel()], "kernel_shape": list(planes.shape)}

    def _owned(self, layer: str) -> dict[str, np.ndarray]:
        """The weights of a layer by Keras' names."""
        variables = (variable for variable in self._model.weights if variable.path.partition("/")[0] == layer)
        return of_layer({variable.path: variable.numpy() for variable in variables}, layer)

    def _is_time(self, training: "Trainer") -> bool:
        """Whether the last look is long enough ago, and another one like it stays within the share."""
        if time.monotonic() - self._last < self.every:
            return False
        return self.taken[0] + self._latest <= SHARE * (_spent(training) - self._start)[0]

    def _count_look(self, took: np.ndarray) -> None:
        """The first one compiles what the end of the epoch needs anyway: it says nothing about the next."""
        if self._count:
            self.taken += took
            self._latest = float(took[0])
        self._count += 1
        self._last = time.monotonic()

    def _seconds(self, values: np.ndarray) -> list[float]:
        """As a record tells them: by the clock, and of the processor."""
        return [round(float(value), DIGITS) for value in values]


def _spent(training: "Trainer") -> np.ndarray:
    """Seconds of training so far by the clock, pauses left out, and of the processor."""
    return np.array([training.progress.trained_seconds, time.process_time()])


def shown(answers: np.ndarray) -> dict[str, list]:
    """Answers as a record tells them: class and confidence 0..1 of each.

    Args:
        answers: float32 (N, classes), or (N, 1) for the probability of the second of two.
    """
    rows = np.concatenate([1 - answers, answers], axis=1) if answers.shape[1] == 1 else answers
    return {"answers": rows.argmax(1).tolist(), "confidence": [round(float(p), 4) for p in rows.max(1)]}


def by_class(labels: np.ndarray, answers: np.ndarray, classes: int) -> dict[str, list]:
    """How right the answers are by class: `confusion`, classes * classes counts in a row, true class by true class.

    Of more than MATRIX_CLASSES classes `class_accuracy` alone, 0..1 each, None where no image shows one. Neither where
    the network has diverged: answers that are no numbers name no class.

    Args:
        labels: int64 (N,), the true classes.
        answers: as `shown` takes them.
        classes: how many there are.
    """
    if not np.isfinite(answers).all():
        return {}
    chosen = _chosen(answers)
    if classes <= MATRIX_CLASSES:
        return {"confusion": np.bincount(labels * classes + chosen, minlength=classes**2).tolist()}
    right, of = right_by_class(labels, answers, classes)
    return {"class_accuracy": [round(int(r) / int(n), 4) if n else None for r, n in zip(right, of, strict=True)]}


def right_by_class(labels: np.ndarray, answers: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Right answers of each class, and its images: int64 (classes,), int64 (classes,).

    Args:
        labels, answers, classes: as `by_class` takes them.
    """
    chosen = _chosen(answers)
    return tuple(np.bincount(some, minlength=classes) for some in (labels[labels == chosen], labels))


def _chosen(answers: np.ndarray) -> np.ndarray:
    """The class that each answer names: int64 (N,)."""
    return (answers[:, 0] > 0.5).astype(np.int64) if answers.shape[1] == 1 else answers.argmax(1)


def tile_positions(data: ImageData) -> np.ndarray:
    """Positions of about TILES validation images, classes in turn: all of them, and each as often as the others.

    Where there are more than MOST_TILES classes, so many of them, evenly spread.
    """
    count = len(data.class_names)
    labels = np.unique(np.linspace(0, count - 1, min(count, MOST_TILES)).round().astype(int))
    by_label = [data.validation[data.labels[data.validation] == label] for label in labels]
    rounds = max(1, round(TILES / max(1, count)))
    return np.array([members[turn] for turn in range(rounds) for members in by_label if turn < len(members)], np.int64)
