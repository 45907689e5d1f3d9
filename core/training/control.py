"""What the user asks of a training under way: stop, pause, one more batch or epoch, another learning rate."""

import time
from typing import TYPE_CHECKING

from core.runs import states
from core.runs.recorder import Recorder
from core.runs.states import Intent

if TYPE_CHECKING:
    from core.training.loop import Trainer

MANY = 2**31
"""Steps that the next chunk may have when nobody holds it."""
POLL_SECONDS = 0.03
SAVE_AFTER = 0.5
"""Seconds into a pause at which its moment is saved; single steps follow each other faster."""
BEAT_SECONDS = 5.0


class Control:
    """Reads the run's intent between two chunks and holds the training accordingly.

    `is_stepping` while a single batch is trained, with a pause before and after it.

    Args:
        record: the run's pen.
    """

    def __init__(self, record: Recorder) -> None:
        self._record = record
        self._pauses = self._batches = self._epochs = self._rates = 0
        self._until_epoch = 0
        self.is_stepping = False
        self._waited = 0.0

    def hold(self, training: "Trainer") -> int:
        """Waits as long as the user wants it to; returns how many steps the next chunk may have.

        Raises:
            Ended: the user asked to stop.
        """
        heard = self._heard
        intent, self.is_stepping = self._heed(training), False
        if not intent.pause or training.progress.epoch < self._until_epoch:
            if self._heard != heard:  # a pause that was taken back at once
                training.tell(heard=self._heard)
            return MANY
        began = time.monotonic()
        training.tell(state=states.PAUSED, heard=self._heard, **training.where())
        try:
            return self._wait(training, began)
        finally:
            self._waited += time.monotonic() - began

    def heed_stop(self, training: "Trainer") -> None:
        """Ends the training, its moment saved, if the user asked to stop; else shows now and then that it goes on.

        Raises:
            Ended: so it is.
        """
        if self._record.intent().stop:
            training.stop()
        if time.monotonic() - training.last_status > BEAT_SECONDS:
            training.tell()

    def take_waited(self) -> float:
        """Seconds spent waiting since the last call."""
        waited, self._waited = self._waited, 0.0
        return waited

    def _wait(self, training: "Trainer", began: float) -> int:
        """Waits for the end of the pause or for a single step."""
        beat = began
        while True:
            intent = self._heed(training)
            if not intent.pause or intent.epochs > self._epochs:
                if intent.pause:
                    self._epochs, self._until_epoch = self._epochs + 1, training.progress.epoch + 1
                training.tell(state=states.RUNNING, heard=self._heard)
                return MANY
            if intent.batches > self._batches:
                self._batches, self.is_stepping = self._batches + 1, True
                return 1
            now = time.monotonic()
            if now - began > SAVE_AFTER:
                training.save()
            if now - beat > BEAT_SECONDS:
                beat = now
                training.tell()
            time.sleep(POLL_SECONDS)

    def _heed(self, training: "Trainer") -> Intent:
        """Stops or changes the learning rate if asked to; returns what else is asked."""
        intent = self._record.intent()
        if intent.stop:
            training.stop()
        if intent.rate is not None and intent.rates > self._rates:
            training.change_rate(intent.rate, "you")
        self._rates = intent.rates
        if intent.pauses > self._pauses:  # also within an epoch that was asked for
            self._pauses, self._until_epoch = intent.pauses, 0
        self._batches, self._epochs = max(self._batches, intent.past_batches), max(self._epochs, intent.past_epochs)
        return intent

    @property
    def _heard(self) -> int:
        return self._pauses + self._batches + self._epochs
