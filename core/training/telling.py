"""What a training tells of itself while it goes on: its place, its pace, its scores, its answers."""

import time
from typing import TYPE_CHECKING

import numpy as np

from core.training.glimpses import by_class, right_by_class, shown

if TYPE_CHECKING:
    from core.training.loop import Trainer


class Telling:
    """The part of a `Trainer` that says where it is; it changes nothing."""

    def where(self: "Trainer") -> dict[str, object]:
        """Epoch, pace, the seconds left at that pace (validation left out), and what the machine gives."""
        done = self.progress
        told = {
            "epoch": done.epoch,
            "batch": done.batch,
            "seconds": done.seconds,
            "learning_rate": self.rate,
            "running_loss": done.score.loss if done.score.images else None,
            "running_accuracy": done.score.accuracy if done.score.images else None,
            **self.resources.take(),
        }
        if done.trained_seconds:
            pace = done.trained_images / done.trained_seconds
            left = sum(one.images_after(done.epoch) for one in self.plan) - done.score.images
            told |= {"images_per_second": pace, "seconds_left": max(0.0, left / pace)}
        return told

    def _latest(self: "Trainer") -> dict[str, object]:
        """Scores of the last epoch, and the best one so far."""
        if not self.history:
            return {}
        last = {name: self.history[-1][name] for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
        return last | {"best_epoch": self.best[1], "best_val_accuracy": self.best[0]}

    def _told(self: "Trainer", answers: np.ndarray) -> dict[str, object]:
        """The current answers for the pictures on show."""
        return shown(answers[np.searchsorted(self.data.validation, self.tiles)])

    def _classes(self: "Trainer", answers: np.ndarray) -> dict[str, object]:
        """How right it is by class."""
        return by_class(self.data.labels[self.data.validation], answers, len(self.data.class_names))

    def _by_task(self: "Trainer", answers: np.ndarray) -> dict[str, object]:
        """How right it is of all that is tested by itself, and by class in every style; nothing where nothing is.

        Args:
            answers: to the validation images as they are.
        """
        if not self.tested:
            return {}
        positions, images = self.data.validation, len(self.data.images)
        told = [answers, *(self.evaluate(positions + style * images)[1] for style in range(1, len(self.styles)))]
        classes = len(self.data.class_names)
        right, of = (
            np.array(ones)
            for ones in zip(*(right_by_class(self.data.labels[positions], one, classes) for one in told), strict=True)
        )
        shares = np.divide(right, of, out=np.full(right.shape, np.nan), where=of > 0)
        return {
            "by_task": [one.accuracy(right, of) for one in self.tested],
            "by_class": [None if np.isnan(share) else round(float(share), 4) for share in shares.ravel()],
        }

    def tell(self: "Trainer", **changes: object) -> None:
        """Writes the status and tells whoever watches."""
        self.last_status = time.monotonic()
        self.record.status(**changes)
        self.watch(self.record.known)
