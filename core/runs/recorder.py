"""The worker's pen: the only writer of a run's results, in an order that a crash at any instant leaves legal.

An epoch is told in these steps: its record at the end of `metrics.jsonl`, its predictions at that of `predictions.bin`,
a checkpoint by one rename, then the status. A checkpoint knows how many bytes of metrics belong to it, and a prediction
its epoch, so that going on cuts off what came after.
"""

import json
import math
import secrets
import threading
import time
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from filelock import Timeout

from core import stored, workspace
from core.errors import UserError
from core.runs import arrays, layout, versions
from core.runs.arrays import Arrays
from core.runs.checkpoints import Checkpoint
from core.runs.epoch_predictions import LARGEST, Images, images_of, reach
from core.runs.records import line
from core.runs.run import Run, not_found
from core.runs.states import Intent, Status
from core.stored import Lock

EPOCHS_BYTES = 200 * 2**20
"""Disk that the weights of a run's epochs may take; small networks keep every epoch for travelling through them."""
STATES_KEPT = 2
"""Checkpoints from which training can go on: the newest, and one before it should the newest be damaged."""
STARTS_WITH = frozenset({"attempt", "state", "epochs", "beat"})
"""What a status says of a training that starts anew."""
OURS = (layout.STATUS, layout.FORMAT, layout.GLIMPSE)
"""What the worker replaces, and a crash may leave half-made."""
STAGING, DAMAGED = ".staging-", ".damaged-"


@dataclass(frozen=True)
class CheckpointData:
    """What a checkpoint holds.

    Args:
        epoch, batch: epochs finished, and batches of the next one.
        step: batches from the start.
        weights: those that training changes, by name, float32.
        state: the optimizer's memory and the random state, by name.
        progress: what else the training must know to go on, as JSON.
        frozen: the weights that training never changes; asked for once a run. None when there are none.
    """

    epoch: int
    batch: int
    step: int
    weights: Arrays
    state: Arrays
    progress: dict[str, Any]
    frozen: Arrays | None = None

    @property
    def number(self) -> int:
        """The folder's name: an epoch in progress counts as the next one."""
        return self.epoch + bool(self.batch)


class Recorder:
    """Holds the lock of a run for life and is the only one that writes its results.

    Args:
        run: which.

    Raises:
        filelock.Timeout: on entering: another worker holds it, or had the turn that we were sent for.
        UserError: on entering: the run is from a newer version, or gone.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.lock = Lock(run.path / layout.LOCK)
        self.turn = threading.RLock()
        self.sequence = 0
        self.known: dict[str, Any] = {}
        self.has_lease = False
        self.frozen = ""
        self._images: Images | None = None

    def __enter__(self) -> "Recorder":
        versions.check(self.run.path)
        # Whoever looks whether a run is alive holds the lock for an instant; that must not turn its worker away.
        attempts = (self.run.told_status() or Status()).attempt
        try:
            self.lock.acquire(10)
        except FileNotFoundError:
            raise not_found() from None
        # What was reached stays told: a worker may be gone again before it has anything to say.
        told, intent = self.run.told_status() or Status(), self.run.intent()
        launched, self.has_lease = intent.launched, bool(intent.host)
        if told.attempt != attempts or 0 < launched <= told.attempt:  # another worker had this turn
            self.lock.release()
            raise Timeout(str(self.lock.path))
        self.known = asdict(told) | {"attempt": max(told.attempt + 1, launched)}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.lock.release()

    def intent(self) -> Intent:
        """What is asked of this worker; what was asked of an earlier one counts no more."""
        intent = self.run.intent()
        return intent if intent.launched in (0, self.known["attempt"]) else Intent()

    def status(self, **changes: Any) -> None:
        """Replaces status.json; what is not named stays.

        Raises:
            UserError: the disk is full, the run is another worker's by now, or somebody removed it by hand: nobody
                would see what comes of it.
        """
        self._check_turn()
        if not (self.run.path / layout.EXPERIMENT).exists():
            raise UserError("This run's folder was removed.", "Train again for a new run.", "RUN_NOT_FOUND")
        with self.turn:
            self.known |= {key: finite(value) for key, value in changes.items()} | {"beat": time.time()}
            workspace.write_json(self.run.path / layout.STATUS, self.known)

    def append(self, event: str, **values: Any) -> None:
        """Appends one record to metrics.jsonl: JSON, a tab and its CRC-32.

        Raises:
            UserError: the disk is full, or the run is another worker's by now.
        """
        self._check_turn()
        record = {"n": self.sequence + 1, "event": event, **finite(values)}
        workspace.append(self.run.path / layout.METRICS, line(record))
        self.sequence += 1

    def predictions(self, epoch: int, offered: Images, answers: np.ndarray) -> None:
        """Appends what was answered after an epoch to predictions.bin, which begins with whose answers these are.

        Args:
            epoch: from 1.
            offered: all images that were asked about; a run that goes on tells of the same ones as before.
            answers: float32 (N, classes) or (N, 1), to all that are offered.

        Raises:
            UserError: the disk is full, or the run is another worker's by now.
        """
        self._check_turn()
        path = self.run.path / layout.PREDICTIONS
        size = stored.size_of(path)
        if not len(offered) or path.exists() and not path.is_file():
            return  # the doctor moves aside what has its name
        chosen = (self._images or images_of(path)) if size else offered.within(self.known.get("epochs", 1))
        if chosen is None or not chosen.are_among(offered):
            return  # no such file, or of images that were dealt otherwise: what it holds stays
        self._images, data = chosen, b"" if size else chosen.to_bytes()
        data += chosen.record(epoch, answers[np.searchsorted(offered.positions, chosen.positions)])
        if size + len(data) <= LARGEST:
            workspace.append(path, data)

    def glimpse(self, **values: Any) -> None:
        """Replaces glimpse.json: what the network answers within an epoch, and its first kernels.

        Raises:
            UserError: the disk is full, or the run is another worker's by now.
        """
        self._check_turn()
        told = json.dumps(finite(values), allow_nan=False, separators=(",", ":"))
        workspace.write_bytes(self.run.path / layout.GLIMPSE, told.encode())

    def _check_turn(self) -> None:
        """Keeps a worker from writing that was thought dead on another machine, where no lock holds the next one off.

        Raises:
            UserError: another worker was sent meanwhile.
        """
        if self.has_lease and self.run.intent().launched > self.known["attempt"]:
            raise UserError("This run went to another worker.", "Look at it to see where it stands.", "RUN_LIVE")

    # ---- going on

    def resume_point(self) -> Checkpoint | None:
        """The newest checkpoint that training can go on from; whatever was written after it is taken back.

        Damaged checkpoints are set aside, never used. Without any good one, training starts anew.

        Raises:
            UserError: the disk does not let us.
        """
        if versions.version_of(self.run.path) < versions.VERSION:  # from now on it may hold what this version writes
            workspace.write_json(self.run.path / layout.FORMAT, {"format": versions.VERSION})
        try:
            with self.turn:  # a status that another thread is writing is no leftover
                self._clear_up()
            found = self._newest_whole()
            self._cut_metrics(found)
            self._cut_predictions(found)
        except OSError as error:
            raise workspace.disk_error(error) from error
        self.frozen = found.files.get(layout.FROZEN, "") if found else ""
        if found is None:
            self.known = {name: value for name, value in self.known.items() if name in STARTS_WITH}
        return found

    def _clear_up(self) -> None:
        """Removes what a crash of a worker left half-made; a half-made intent may be the server's, at this moment."""
        home = self.run.path / layout.CHECKPOINTS
        ours = [one for name in OURS for one in self.run.path.glob(f".{name}.*.tmp")]
        seen = [glimpse] if (glimpse := self.run.path / layout.GLIMPSE).is_file() else []  # of what is taken back
        for leftover in [*home.glob(f"{STAGING}*"), *ours, *seen]:
            workspace.remove(leftover)

    def _newest_whole(self) -> Checkpoint | None:
        """The newest checkpoint that is whole; newer ones are set aside."""
        for number in reversed(self.run.checkpoints()):
            checkpoint = self.run.checkpoint(number)
            if checkpoint is not None and self._is_whole(checkpoint):
                return checkpoint
            home = self.run.path / layout.CHECKPOINTS
            workspace.rename(home / f"{number:06d}", home / f"{DAMAGED}{number:06d}-{secrets.token_hex(2)}")
        return None

    def _is_whole(self, checkpoint: Checkpoint) -> bool:
        """Whether all that is needed to go on is there, unharmed, and the metrics reach as far as it says."""
        metrics = self.run.path / layout.METRICS
        reaches = metrics.exists() and metrics.stat().st_size >= checkpoint.metrics_size > 0
        return reaches and all(map(checkpoint.is_whole, {layout.WEIGHTS, layout.STATE, *checkpoint.files}))

    def _cut_metrics(self, checkpoint: Checkpoint | None) -> None:
        """Leaves the records that belong to the checkpoint."""
        path = self.run.path / layout.METRICS
        if path.exists():
            workspace.truncate(path, checkpoint.metrics_size if checkpoint else 0)
        self.sequence = checkpoint.sequence if checkpoint else 0

    def _cut_predictions(self, checkpoint: Checkpoint | None) -> None:
        """Leaves the predictions of the epochs that the checkpoint has."""
        path, self._images = self.run.path / layout.PREDICTIONS, None
        size = reach(path, checkpoint.epoch) if checkpoint else 0
        if path.is_file() and stored.size_of(path) != size:
            workspace.truncate(path, size)

    # ---- checkpoints

    def checkpoint(self, data: CheckpointData, *, keep: Collection[int] = (), epochs: int = 0) -> None:
        """Commits a checkpoint by one rename, then lets go of what is no longer needed.

        Args:
            data: what to keep.
            keep: epochs whose weights must stay.
            epochs: how many there will be, which decides whether all can be kept.

        Raises:
            UserError: the disk is full, or the run is another worker's by now; the checkpoints so far are as they were.
        """
        self._check_turn()
        home = self.run.path / layout.CHECKPOINTS
        try:
            workspace.make_folder(home)
            staging = home / f"{STAGING}{secrets.token_hex(4)}"
            try:
                size = self._fill(staging, data)
                self._commit(staging, home / f"{data.number:06d}")
            finally:
                if staging.exists():
                    workspace.remove(staging)
            self._prune(size, keep, epochs)
        except OSError as error:
            raise workspace.disk_error(error) from error

    def _fill(self, staging: Path, data: CheckpointData) -> int:
        """Everything of a checkpoint, down to the disk, under a name that nobody reads; returns bytes of weights."""
        workspace.make_folder(staging)
        weights = arrays.write(staging / layout.WEIGHTS, data.weights)
        state = arrays.write(staging / layout.STATE, data.state)
        files = {layout.WEIGHTS: weights.digest, layout.STATE: state.digest} | self._frozen(staging, data)
        metrics = self.run.path / layout.METRICS
        workspace.sync(metrics)  # the records that the manifest counts on
        manifest = {
            "epoch": data.epoch,
            "batch": data.batch,
            "step": data.step,
            "metrics_size": metrics.stat().st_size,
            "sequence": self.sequence,
            "progress": data.progress,
            "files": files,
        }
        workspace.write_new(staging / layout.MANIFEST, json.dumps(manifest, allow_nan=False, indent=1).encode())
        workspace.sync_folder(staging)
        return weights.size

    def _frozen(self, staging: Path, data: CheckpointData) -> dict[str, str]:
        """The digest of the frozen weights under their name, which are written first if no checkpoint has them yet."""
        if data.frozen is None:
            return {}
        if not self.frozen:
            written = arrays.write(staging / layout.FROZEN, data.frozen)
            workspace.remove(staging.parent / layout.FROZEN)  # of a training that started anew
            workspace.rename(staging / layout.FROZEN, staging.parent / layout.FROZEN)
            self.frozen = written.digest
        return {layout.FROZEN: self.frozen}

    def _commit(self, staging: Path, target: Path) -> None:
        """The rename that makes it count; an older one of the same number (a stop inside this epoch) makes way."""
        if target.exists():
            workspace.rename(target, target.with_name(f"{STAGING}{secrets.token_hex(4)}"))
        workspace.rename(staging, target)

    def _prune(self, size: int, keep: Collection[int], epochs: int) -> None:
        """Takes away old states, the weights of epochs beyond the budget, and what a commit pushed aside."""
        home = self.run.path / layout.CHECKPOINTS
        stride = max(1, math.ceil(size * max(epochs, 1) / EPOCHS_BYTES))
        numbers = self.run.checkpoints()
        for number in numbers[:-STATES_KEPT]:
            if number % stride and number not in keep:  # out of sight first: half of it is no checkpoint
                workspace.rename(home / f"{number:06d}", home / f"{STAGING}{secrets.token_hex(4)}")
            elif (state := home / f"{number:06d}" / layout.STATE).exists():
                workspace.remove(state)
        for leftover in home.glob(f"{STAGING}*"):
            workspace.remove(leftover)


def finite(value: Any) -> Any:
    """The same with null for numbers that JSON cannot say."""
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value
