"""Where a run stands, what is asked of its worker, and what people say about it: three small JSON files."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from core.runs.judging import of_known
from core.stored import read_json

T = TypeVar("T")

QUEUED, STARTING, RUNNING, PAUSED = "queued", "starting", "running", "paused"
FINISHED, STOPPED, DIVERGED, FAILED, INTERRUPTED = "finished", "stopped", "diverged", "failed", "interrupted"
LIVE = frozenset({QUEUED, STARTING, RUNNING, PAUSED})
STATES = LIVE | {FINISHED, STOPPED, DIVERGED, FAILED, INTERRUPTED}
RESUMABLE = frozenset({STOPPED, FAILED, INTERRUPTED})

SILENT_SECONDS = 30.0
"""A worker that lives but wrote nothing for so long does not respond."""
LEASE_SECONDS = 300.0
"""A worker of another machine counts as alive this long after it last wrote: a step of a large network takes its time,
a shared disk shows files late, and the clocks of two machines differ."""
TITLE_LENGTH, NOTE_LENGTH = 80, 2000


@dataclass(frozen=True)
class Status:
    """Where a run stands.

    Args:
        state: one of the states above.
        position: place in the queue, 1 for the next; 0 when it does not wait.
        attempt: how often a worker took it up.
        epoch, batch: epochs finished, and batches of the next one.
        epochs: epochs asked for.
        images_per_second: training images, while running or over the whole run.
        seconds_left: estimate; None when unknown.
        seconds: time spent training and validating.
        accuracy, val_accuracy, test_accuracy, loss, val_loss: the latest epoch's; None before the first.
        running_loss, running_accuracy: over the images of the epoch in progress so far; None between two epochs.
        heard: how many requests to wait, and for single steps, the worker has heard (`Intent.asked`).
        best_epoch: the epoch with the highest validation accuracy (the earliest of equals); 0 before the first.
        restored_epoch: the epoch whose weights a stopping rule brought back; 0 for none.
        learning_rate: of the latest step.
        memory_mb, cpu_percent: of the worker; 100 % is one core.
        computing, computed: images whose features are being computed before the first epoch, and those that are done; 0
            at all other times.
        features: what is computed once per image and what in every epoch, and why, where layers are frozen.
        reason: why it ended before its last epoch ("reached accuracy 0.991 (target 0.99) at epoch 4").
        error: what happened and what to do, when it failed.
        beat: when it last wrote, in seconds since 1970; to tell a frozen worker; the lease of one elsewhere.
    """

    state: str = STARTING
    position: int = 0
    attempt: int = 0
    epoch: int = 0
    batch: int = 0
    epochs: int = 0
    images_per_second: float | None = None
    seconds_left: float | None = None
    seconds: float = 0.0
    loss: float | None = None
    accuracy: float | None = None
    val_loss: float | None = None
    running_loss: float | None = None
    running_accuracy: float | None = None
    heard: int = 0
    val_accuracy: float | None = None
    test_loss: float | None = None
    test_accuracy: float | None = None
    best_epoch: int = 0
    best_val_accuracy: float | None = None
    restored_epoch: int = 0
    learning_rate: float | None = None
    memory_mb: float | None = None
    cpu_percent: float | None = None
    parameters: int = 0
    computing: int = 0
    computed: int = 0
    features: str = ""
    reason: str = ""
    error: str = ""
    beat: float = 0.0

    @property
    def is_live(self) -> bool:
        """Whether a worker is, or is about to be, at it."""
        return self.state in LIVE

    @property
    def is_silent(self) -> bool:
        """Whether its worker lives but has not written for long: frozen, or the machine is overloaded."""
        return self.state == RUNNING and self.beat > 0 and time.time() - self.beat > SILENT_SECONDS


@dataclass(frozen=True)
class Intent:
    """What the server asks of a run's worker.

    Args:
        launched: how often a worker was sent; the answer is `Status.attempt`.
        host: name of the machine on which the last one works; empty for this one.
        pid, born: of its process, the latter in seconds since 1970, as numbers are used again; when it was sent, where
            it works on another machine.
        warm: whether it stood by, TensorFlow imported.
        stop: end after the step in progress.
        pause: wait after the step in progress.
        pauses: how often a wait was asked for since the attempt began.
        batches, epochs: how many single steps were asked for since the attempt began; each leaves the pause once.
        past_batches, past_epochs: those asked for before the latest wait, or the latest end of one: what of them was
            not begun by then is not done any more.
        rate: the learning rate asked for; None for the experiment's own.
        rates: how often it was asked for.
        verdict: why the last worker is gone, where the server knows.
    """

    launched: int = 0
    host: str = ""
    pid: int = 0
    born: float = 0.0
    warm: bool = True
    stop: bool = False
    pause: bool = False
    pauses: int = 0
    batches: int = 0
    epochs: int = 0
    past_batches: int = 0
    past_epochs: int = 0
    rate: float | None = None
    rates: int = 0
    verdict: str = ""

    @property
    def asked(self) -> int:
        """Requests so far that the worker answers by `Status.heard`."""
        return self.pauses + self.batches + self.epochs


def is_fresh(beat: float) -> bool:
    """Whether a lease lasts that was renewed then, in seconds since 1970; a clock ahead of ours is no matter."""
    return abs(time.time() - beat) < LEASE_SECONDS


@dataclass(frozen=True)
class Notes:
    """What people say about a run.

    Args:
        name: theirs, or empty for the experiment's.
        note: free text.
        family: names the sweep that it belongs to, or empty.
        varied: what the sweep set: field -> value.
        tested: accuracy on the test set, 0..1, by the epoch that it was asked about.
        tested_at: when that was first asked, in seconds since 1970.
    """

    name: str = ""
    note: str = ""
    family: str = ""
    varied: dict[str, float] = field(default_factory=dict)
    tested: dict[str, float] = field(default_factory=dict)
    tested_at: dict[str, float] = field(default_factory=dict)


def from_file(kind: type[T], path: Path) -> T | None:
    """The dataclass that a JSON file holds, without what does not fit; None when there is none or it is damaged."""
    value = read_json(path)
    return of_known(kind, value) if isinstance(value, dict) else None
