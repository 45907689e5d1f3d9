"""The run directory: everything about one training, and the only owner of its file names.

`experiment.json` is written once. The worker alone writes `metrics.jsonl`, `status.json` and `checkpoints/`; the server
alone writes `intent.json`. A held file lock means alive, so "interrupted" needs nobody to write it down.
"""

import contextlib
import hashlib
import io
import json
import re
import secrets
import shutil
import time
import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from core import workspace
from core.errors import UserError
from core.experiment import Experiment
from core.intake.experiments import read_experiment

STARTING, RUNNING = "starting", "running"
FINISHED, STOPPED, DIVERGED, FAILED, INTERRUPTED = "finished", "stopped", "diverged", "failed", "interrupted"
LIVE = frozenset({STARTING, RUNNING})
STATES = LIVE | {FINISHED, STOPPED, DIVERGED, FAILED, INTERRUPTED}

GRACE_SECONDS = 20.0
"""A run without a worker yet is "starting" this long; a cold worker needs 4 to 12 s to import TensorFlow."""
LOG_LIMIT = 200_000
"""Bytes of a worker's log that are read back."""


@dataclass(frozen=True)
class Status:
    """Where a run stands.

    Args:
        state: one of the states above.
        epoch: epochs finished.
        epochs: epochs asked for.
        images_per_second: training images, while running or over the whole run.
        seconds_left: estimate; None when unknown.
        accuracy, val_accuracy, test_accuracy, loss, val_loss: the latest epoch's; None before the first.
        best_epoch: the epoch with the highest validation accuracy (the earliest of equals); 0 before the first.
        error: what happened and what to do, when it failed.
    """

    state: str = STARTING
    epoch: int = 0
    epochs: int = 0
    images_per_second: float | None = None
    seconds_left: float | None = None
    loss: float | None = None
    accuracy: float | None = None
    val_loss: float | None = None
    val_accuracy: float | None = None
    test_loss: float | None = None
    test_accuracy: float | None = None
    best_epoch: int = 0
    best_val_accuracy: float | None = None
    parameters: int = 0
    error: str = ""

    @property
    def is_live(self) -> bool:
        """Whether a worker is, or is about to be, at it."""
        return self.state in LIVE


@dataclass
class Metrics:
    """What `metrics.jsonl` holds, as columns.

    Args:
        step, loss, accuracy: one value per batch or short mean of batches; `step` counts batches from the start.
        epochs: one dict per finished epoch: epoch, step, loss, accuracy, val_loss, val_accuracy, seconds.
        steps_per_epoch: batches in an epoch.
        tiles: positions of the validation pictures whose answers every epoch tells.
        damaged: lines in the middle that could not be read.
    """

    step: list[int] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    epochs: list[dict[str, Any]] = field(default_factory=list)
    steps_per_epoch: int = 0
    tiles: list[int] = field(default_factory=list)
    damaged: int = 0

    def take(self, record: dict[str, Any]) -> None:
        """Adds one record."""
        if record["event"] == "batches":
            self.step += record["step"]
            self.loss += record["loss"]
            self.accuracy += record["accuracy"]
        elif record["event"] == "epoch":
            self.epochs.append(record)
        elif record["event"] == "started":
            self.steps_per_epoch, self.tiles = record["steps_per_epoch"], record["tiles"]


class Run:
    """One training, alive or done, as its directory tells it.

    Args:
        run_id: 32 hexadecimal digits.

    Raises:
        UserError: there is no such run.
    """

    def __init__(self, run_id: str) -> None:
        if not re.fullmatch(r"[0-9a-f]{32}", run_id):
            raise _not_found()
        self.id = run_id
        self.path = workspace.home() / "runs" / run_id
        if not (self.path / "experiment.json").exists():
            raise _not_found()

    @property
    def experiment(self) -> Experiment:
        """What was asked for; it never changes.

        Raises:
            UserError: the file is damaged or from another version.
        """
        return read_experiment((self.path / "experiment.json").read_text(encoding="utf-8"))

    @property
    def created(self) -> float:
        """When it was asked for, in seconds since 1970."""
        return (self.path / "experiment.json").stat().st_mtime

    def status(self) -> Status:
        """Where it stands; "interrupted" when it should be alive but no worker holds its lock."""
        status = self._told_status()
        waiting = status.state == STARTING and time.time() - self.created < GRACE_SECONDS
        if status.is_live and not waiting and not self.is_held():
            # The worker may have ended between the two looks: only a second reading is proof.
            status = self._told_status()
            return replace(status, state=INTERRUPTED) if status.is_live else status
        return status

    def _told_status(self) -> Status:
        """What status.json says; a damaged one counts as none."""
        told = workspace.read_json(self.path / "status.json")
        if not isinstance(told, dict) or told.get("state") not in STATES:
            return Status()
        return Status(**{key: value for key, value in told.items() if key in Status.__dataclass_fields__})

    def is_held(self) -> bool:
        """Whether a worker holds the lock, and so is alive."""
        lock = FileLock(self.path / "run.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        lock.release()
        return False

    def events(self, offset: int = 0) -> tuple[list[dict[str, Any]], int, int]:
        """Records written since `offset`: (records, next offset, damaged lines); a half-written last line waits."""
        try:
            with (self.path / "metrics.jsonl").open("rb") as file:
                file.seek(offset)
                data = file.read()
        except FileNotFoundError:
            return [], offset, 0
        whole = data[: data.rfind(b"\n") + 1]
        read = [_read_line(line) for line in whole.splitlines()]
        good = [record for record in read if record is not None]
        return good, offset + len(whole), len(read) - len(good)

    def metrics(self) -> Metrics:
        """Everything measured so far."""
        metrics = Metrics()
        records, _, metrics.damaged = self.events()
        for record in records:
            metrics.take(record)
        return metrics

    def request_stop(self) -> None:
        """Asks the worker to stop after the step in progress and keep the model."""
        workspace.write_json(self.path / "intent.json", {"stop": True})

    def wants_stop(self) -> bool:
        """Whether somebody asked for that."""
        return bool((workspace.read_json(self.path / "intent.json") or {}).get("stop"))

    def checkpoints(self) -> list[int]:
        """Epochs whose weights are kept, ascending; a stop inside an epoch keeps them under its number."""
        home = self.path / "checkpoints"
        return sorted(int(p.name) for p in home.iterdir() if p.name.isdigit()) if home.exists() else []

    def weights(self, epoch: int | None = None) -> list[np.ndarray]:
        """The model's arrays in Keras' order, float32: of one epoch, or of the newest whose hash is right.

        Raises:
            UserError: nothing was saved yet, or it is damaged.
        """
        wanted = [epoch] if epoch is not None else self.checkpoints()[::-1]
        for number in wanted:
            arrays = _read_checkpoint(self.path / "checkpoints" / f"{number:06d}")
            if arrays is not None:
                return arrays
        raise UserError(
            "This run has no saved network yet.", "Wait for its first epoch, or train again.", "NO_CHECKPOINT"
        )

    def log_tail(self) -> str:
        """The end of the worker's log, for whoever looks for the cause of a failure."""
        try:
            data = (self.path / "log.txt").read_bytes()
        except OSError:
            return ""
        return data[-LOG_LIMIT:].decode(errors="replace")


class Recorder:
    """The worker's pen: holds the lock of a run for life and is the only one that writes its results."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.lock = FileLock(run.path / "run.lock")
        self.sequence = 0
        self.known: dict[str, Any] = {}

    def __enter__(self) -> "Recorder":
        # Whoever looks whether a run is alive holds the lock for an instant; that must not turn its worker away.
        self.lock.acquire(timeout=10, poll_interval=0.01)
        return self

    def __exit__(self, *error: object) -> None:
        self.lock.release()

    def status(self, **changes: Any) -> None:
        """Replaces status.json; what is not named stays."""
        self.known |= {key: _finite(value) for key, value in changes.items()}
        workspace.write_json(self.run.path / "status.json", self.known)

    def append(self, event: str, **values: Any) -> None:
        """Appends one record to metrics.jsonl: JSON, a tab and its CRC-32."""
        self.sequence += 1
        text = json.dumps({"n": self.sequence, "event": event, **_finite(values)}, allow_nan=False).encode()
        try:
            with (self.run.path / "metrics.jsonl").open("ab") as file:
                file.write(text + b"\t%08x\n" % zlib.crc32(text))
        except OSError as error:
            raise workspace.disk_error(error) from error

    def checkpoint(self, epoch: int, weights: list[np.ndarray], keep: set[int]) -> None:
        """Commits the weights of an epoch by one rename, then lets go of those not in `keep`."""
        home = self.run.path / "checkpoints"
        home.mkdir(exist_ok=True)
        staging = home / f".staging-{secrets.token_hex(4)}"
        staging.mkdir()
        buffer = io.BytesIO()
        np.savez(buffer, *weights)
        data = buffer.getvalue()
        try:
            workspace.write_bytes(staging / "weights.npz", data)
            workspace.write_json(
                staging / "manifest.json", {"epoch": epoch, "sha256": hashlib.sha256(data).hexdigest()}
            )
            target = home / f"{epoch:06d}"
            if target.exists():
                shutil.rmtree(target)
            staging.rename(target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        for number in self.run.checkpoints():
            if number not in keep | {epoch}:
                shutil.rmtree(home / f"{number:06d}", ignore_errors=True)


def create(experiment: Experiment) -> Run:
    """Makes the directory of a new run.

    Raises:
        UserError: the experiment has a problem that no training can get past, or the disk is full.
    """
    for problem in experiment.problems():
        if problem.blocking:
            raise UserError(problem.message, problem.hint, "EXPERIMENT_PROBLEM")
    run_id = secrets.token_hex(16)
    path = workspace.folder("runs") / run_id
    path.mkdir()
    workspace.write_bytes(path / "experiment.json", experiment.to_json().encode())
    return Run(run_id)


def newest() -> list[Run]:
    """All runs, the latest first; directories that are no run are passed over."""
    found = []
    home = workspace.home() / "runs"
    for path in home.iterdir() if home.exists() else []:
        with contextlib.suppress(UserError, OSError):
            run = Run(path.name)
            found.append((run.created, run))
    return [run for _, run in sorted(found, key=lambda pair: pair[0], reverse=True)]


def _not_found() -> UserError:
    return UserError(
        "This run is not here.", "It may have been deleted; choose another one or train again.", "RUN_NOT_FOUND"
    )


def _read_line(line: bytes) -> dict[str, Any] | None:
    """One record, or None when it is damaged."""
    text, _, check = line.rpartition(b"\t")
    if check != b"%08x" % zlib.crc32(text):
        return None
    return json.loads(text)


def _read_checkpoint(path: Path) -> list[np.ndarray] | None:
    """The arrays of a checkpoint whose bytes are those that were written, or None."""
    manifest = workspace.read_json(path / "manifest.json")
    try:
        data = (path / "weights.npz").read_bytes()
    except OSError:
        return None
    if not isinstance(manifest, dict) or hashlib.sha256(data).hexdigest() != manifest.get("sha256"):
        return None
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return [arrays[f"arr_{i}"] for i in range(len(arrays.files))]


def _finite(value: Any) -> Any:
    """The same with null for numbers that JSON cannot say."""
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
