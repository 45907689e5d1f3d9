"""The run directory: everything about one training, and the only owner of its file names.

`experiment.json` is written once. The worker alone writes `metrics.jsonl`, `status.json` and `checkpoints/` (see
`core.runs.recorder`); the server alone writes `intent.json` and `notes.json`. A held file lock means alive, so
"interrupted" needs nobody to write it down. A run that waits for a free core has a ticket in `queue/`.
"""

import contextlib
import hashlib
import io
import json
import re
import secrets
import time
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from filelock import FileLock, Timeout

from core import workspace
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.reading import read_experiment

QUEUED, STARTING, RUNNING, PAUSED = "queued", "starting", "running", "paused"
FINISHED, STOPPED, DIVERGED, FAILED, INTERRUPTED = "finished", "stopped", "diverged", "failed", "interrupted"
LIVE = frozenset({QUEUED, STARTING, RUNNING, PAUSED})
STATES = LIVE | {FINISHED, STOPPED, DIVERGED, FAILED, INTERRUPTED}
RESUMABLE = frozenset({STOPPED, FAILED, INTERRUPTED})

EXPERIMENT, STATUS, METRICS, CHECKPOINTS = "experiment.json", "status.json", "metrics.jsonl", "checkpoints"
INTENT, NOTES, LOCK, LOG = "intent.json", "notes.json", "run.lock", "log.txt"
WEIGHTS, STATE, MANIFEST = "weights.npz", "state.npz", "manifest.json"
RUNS, QUEUE, TRASH = "runs", "queue", "trash"

GRACE_SECONDS = 20.0
"""A run made in a terminal is "starting" this long before its lock must be held."""
SILENT_SECONDS = 30.0
"""A worker that lives but wrote nothing for so long does not respond."""
LOG_LIMIT = 200_000
"""Bytes of a worker's log that are read back."""
STOP_SECONDS = 10.0
"""How long a deletion waits for the worker to let go."""
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
        best_epoch: the epoch with the highest validation accuracy (the earliest of equals); 0 before the first.
        restored_epoch: the epoch whose weights a stopping rule brought back; 0 for none.
        learning_rate: of the latest step.
        memory_mb, cpu_percent: of the worker; 100 % is one core.
        reason: why it ended before its last epoch ("reached accuracy 0.991 (target 0.99) at epoch 4").
        error: what happened and what to do, when it failed.
        beat: when it last wrote, in seconds since 1970; to tell a frozen worker.
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
        pid, born: of the last one's process, the latter in seconds since 1970, as numbers are used again.
        warm: whether it stood by, TensorFlow imported.
        stop: end after the step in progress.
        pause: wait after the step in progress.
        batches, epochs: how many single steps were asked for since the attempt began; each leaves the pause once.
        rate: the learning rate asked for; None for the experiment's own.
        rates: how often it was asked for.
        verdict: why the last worker is gone, where the server knows.
    """

    launched: int = 0
    pid: int = 0
    born: float = 0.0
    warm: bool = True
    stop: bool = False
    pause: bool = False
    batches: int = 0
    epochs: int = 0
    rate: float | None = None
    rates: int = 0
    verdict: str = ""


@dataclass(frozen=True)
class Notes:
    """What people say about a run.

    Args:
        name: theirs, or empty for the experiment's.
        note: free text.
        family: names the sweep that it belongs to, or empty.
        varied: what the sweep set: field -> value.
    """

    name: str = ""
    note: str = ""
    family: str = ""
    varied: dict[str, Any] = field(default_factory=dict)


@dataclass
class Metrics:
    """What `metrics.jsonl` holds, as columns.

    Args:
        step, loss, accuracy: one value per batch or short mean of batches; `step` counts batches from the start.
        epochs: one dict a finished epoch: epoch, step, loss, accuracy, val_loss, val_accuracy, learning_rate, seconds.
        rates: (step, new learning rate, who changed it: "you" or "plateau").
        steps_per_epoch: batches in an epoch.
        tiles: positions of the validation pictures whose answers every epoch tells.
        damaged: lines in the middle that could not be read.
    """

    step: list[int] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    epochs: list[dict[str, Any]] = field(default_factory=list)
    rates: list[tuple[int, float, str]] = field(default_factory=list)
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
        elif record["event"] == "rate":
            self.rates.append((record["step"], record["value"], record["why"]))
        elif record["event"] == "started":
            self.steps_per_epoch, self.tiles = record["steps_per_epoch"], record["tiles"]


@dataclass(frozen=True)
class Checkpoint:
    """One saved moment of a training.

    Args:
        path: its folder.
        epoch, batch: epochs finished, and batches of the next one.
        step: batches from the start.
        metrics_size: bytes of metrics.jsonl that belong to it.
        sequence: number of the last record among them.
        progress: what else the training must know to go on, as JSON.
        files: name -> sha256 of each file.
    """

    path: Path
    epoch: int
    batch: int = 0
    step: int = 0
    metrics_size: int = 0
    sequence: int = 0
    progress: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def arrays(self, name: str) -> list[np.ndarray] | None:
        """The arrays of one of its files, or None when it is missing or not what was written."""
        try:
            data = (self.path / name).read_bytes()
        except OSError:
            return None
        if hashlib.sha256(data).hexdigest() != self.files.get(name):
            return None
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return [arrays[f"arr_{i}"] for i in range(len(arrays.files))]

    @property
    def has_state(self) -> bool:
        """Whether training can go on from here: the optimizer's memory and the random state are kept for the newest."""
        return (self.path / STATE).exists()


class Run:
    """One training, alive or done, as its directory tells it.

    Args:
        run_id: 32 hexadecimal digits.
        place: the workspace folder it lies in.

    Raises:
        UserError: there is no such run.
    """

    def __init__(self, run_id: str, place: str = RUNS) -> None:
        if not re.fullmatch(r"[0-9a-f]{32}", run_id):
            raise _not_found()
        self.id = run_id
        self.path = workspace.home() / place / run_id
        if not (self.path / EXPERIMENT).exists():
            raise _not_found()

    @property
    def experiment(self) -> Experiment:
        """What was asked for; it never changes.

        Raises:
            UserError: the file is damaged or from another version.
        """
        try:
            return read_experiment((self.path / EXPERIMENT).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise UserError("This run's experiment can't be read.", "Choose another run.", "RUN_DAMAGED") from error

    @property
    def created(self) -> float:
        """When it was asked for, in seconds since 1970; 0 once it is gone, as another tab may still look at it."""
        try:
            return (self.path / EXPERIMENT).stat().st_mtime
        except OSError:
            return 0.0

    @property
    def title(self) -> str:
        """The name people know it by."""
        return self.notes().name or self.experiment.name

    # ---- where it stands

    def status(self) -> Status:
        """Where it stands; "interrupted" when it should be alive but no worker holds its lock."""
        status, intent = self.told_status(), self.intent()
        answered = status is not None and status.attempt >= intent.launched
        if answered and not status.is_live and not (position := self._position()):
            return status
        if self.is_held():
            fresh = self.told_status()
            return fresh if fresh is not None and fresh.is_live else replace(fresh or Status(), state=STARTING)
        if position := self._position():
            return replace(status or Status(), state=QUEUED, position=position, error="", reason="")
        return self._without_worker(answered, intent)

    def _without_worker(self, answered: bool, intent: Intent) -> Status:
        """The status of a run that nobody holds and that does not wait."""
        # The worker may have ended between the two looks: only a second reading is proof.
        status = self.told_status() or Status()
        if status.attempt >= intent.launched and not status.is_live:
            return status
        if intent.stop and not answered:
            return replace(status, state=STOPPED)
        if not answered and not intent.verdict and self._is_coming(intent):
            return replace(status, state=STARTING)
        return replace(status, state=INTERRUPTED, error=intent.verdict)

    def _is_coming(self, intent: Intent) -> bool:
        """Whether the worker that was sent still imports TensorFlow; a run of a terminal has no such note."""
        if not intent.pid:
            return time.time() - self.created < GRACE_SECONDS
        try:
            process = psutil.Process(intent.pid)
            return process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - intent.born) < 1
        except psutil.Error:
            return False

    def told_status(self) -> Status | None:
        """What status.json says; None when there is none or it is damaged."""
        told = workspace.read_json(self.path / STATUS)
        if not isinstance(told, dict) or told.get("state") not in STATES:
            return None
        known = {item.name: item.type for item in fields(Status)}
        return Status(**{name: value for name, value in told.items() if name in known and _fits(value, known[name])})

    def is_held(self) -> bool:
        """Whether a worker holds the lock, and so is alive."""
        if not (self.path / LOCK).exists():
            return False
        lock = FileLock(self.path / LOCK)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):  # a folder that can't be written tells nothing either: leave it alone
            return True
        lock.release()
        return False

    def is_taken(self) -> bool:
        """Whether a worker has it, or is on its way to it."""
        intent, told = self.intent(), self.told_status() or Status()
        sent = intent.pid and told.attempt < intent.launched and not intent.verdict
        return self.is_held() or bool(sent and self._is_coming(intent))

    def can_resume(self) -> bool:
        """Whether somebody may ask it to go on: it has epochs left, and the optimizer's memory is kept."""
        status, saved = self.status(), self.checkpoints()
        unfinished = status.state in RESUMABLE and (status.epoch < status.epochs or not status.epochs)
        return unfinished and (not saved or any((self._folder(number) / STATE).exists() for number in saved))

    # ---- what was measured

    def events(self, offset: int = 0) -> tuple[list[dict[str, Any]], int, int]:
        """Records written since `offset`: (records, next offset, damaged lines); a half-written last line waits."""
        try:
            with (self.path / METRICS).open("rb") as file:
                file.seek(offset)
                data = file.read()
        except OSError:
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

    def log_tail(self) -> str:
        """The end of the worker's log, for whoever looks for the cause of a failure."""
        try:
            data = (self.path / LOG).read_bytes()
        except OSError:
            return ""
        return data[-LOG_LIMIT:].decode(errors="replace")

    # ---- what is asked of it

    def intent(self) -> Intent:
        """What was asked of its worker so far."""
        told = workspace.read_json(self.path / INTENT)
        known = {item.name: item.type for item in fields(Intent)}
        told = told if isinstance(told, dict) else {}
        return Intent(**{name: value for name, value in told.items() if name in known and _fits(value, known[name])})

    def _ask(self, **changes: Any) -> None:
        """Changes the intent; two tabs may do so at once."""
        with self._intent_turn():
            workspace.write_json(self.path / INTENT, asdict(replace(self.intent(), **changes)))

    @contextlib.contextmanager
    def _intent_turn(self) -> Iterator[None]:
        """One after the other.

        Raises:
            UserError: its folder can't be written.
        """
        lock = FileLock(self.path / "intent.lock")
        try:
            lock.acquire()
        except OSError as error:
            raise workspace.disk_error(error) from error
        try:
            yield
        finally:
            lock.release()

    def request_stop(self) -> None:
        """Asks the worker to stop after the step in progress and keep the model; leaves the queue."""
        self.leave_queue()
        self._ask(stop=True)

    def request_pause(self) -> None:
        """Asks the worker to wait after the step in progress."""
        self._ask(pause=True)

    def request_resume(self) -> None:
        """Lets a paused worker go on."""
        self._ask(pause=False)

    def request_steps(self, *, batches: int = 0, epochs: int = 0) -> None:
        """Lets a paused worker do so much and pause again; a running one pauses first."""
        intent = self.intent()
        self._ask(pause=True, batches=intent.batches + batches, epochs=intent.epochs + epochs)

    def request_learning_rate(self, value: float) -> None:
        """Asks the worker to go on with another learning rate.

        Raises:
            UserError: the value is no learning rate.
        """
        if not (isinstance(value, int | float) and 0 < value <= 10):
            raise UserError(f"learning_rate: {value!r} can't be used.", "Take one above 0, up to 10.", "RATE")
        self._ask(rate=float(value), rates=self.intent().rates + 1)

    def launched(self, pid: int = 0, *, warm: bool = True) -> None:
        """Notes that a worker comes, with everything asked of the last one forgotten; leaves the queue.

        Args:
            pid: its process; 0 for this one.
            warm: whether it stood by, TensorFlow imported.
        """
        status = self.told_status() or Status()
        with self._intent_turn():
            number = max(status.attempt, self.intent().launched) + 1
            process = psutil.Process(pid or None)
            fresh = Intent(launched=number, pid=process.pid, born=process.create_time(), warm=warm)
            workspace.write_json(self.path / INTENT, asdict(fresh))
        self.leave_queue()

    def judge(self, verdict: str) -> None:
        """Notes why its worker is gone, where the worker could not say so itself."""
        self._ask(verdict=verdict)

    # ---- the queue

    def enqueue(self) -> None:
        """Waits for a free core from now on; a second time changes nothing.

        Raises:
            UserError: it is at work already, or has nothing left to do.
        """
        if self._position():
            return
        if self.status().state == FINISHED:
            raise UserError("This run is finished.", "Train its experiment again for a new run.", "RUN_FINISHED")
        if self.is_taken():
            raise UserError("This run is being trained.", "Wait until it ends.", "RUN_LIVE")
        if self.told_status() is not None and not self.can_resume():
            raise UserError("This run can't go on.", "Train its experiment again for a new run.", "RUN_ENDED")
        if self.intent().stop:
            self._ask(stop=False)
        workspace.write_bytes(workspace.folder(QUEUE) / f"{_next_ticket():012d}-{self.id}", b"")

    def leave_queue(self) -> None:
        """Waits no more."""
        for ticket in _tickets():
            if ticket.name.endswith(self.id):
                try:
                    workspace.remove(ticket)
                except OSError as error:
                    raise workspace.disk_error(error) from error

    def _position(self) -> int:
        """Place in the queue, 1 for the next; 0 outside."""
        places = [i for i, ticket in enumerate(_tickets(), 1) if ticket.name.endswith(self.id)]
        return places[0] if places else 0

    # ---- what people say about it

    def notes(self) -> Notes:
        """Name, note and family."""
        told = workspace.read_json(self.path / NOTES)
        told = told if isinstance(told, dict) else {}
        known = {item.name: item.type for item in fields(Notes)}
        return Notes(**{name: value for name, value in told.items() if name in known and _fits(value, known[name])})

    def annotate(self, **changes: Any) -> None:
        """Changes some of its notes.

        Args:
            changes: `name` (cut to 80 letters; empty for the experiment's) or `note` (cut to 2 000).
        """
        notes = replace(self.notes(), **changes)
        notes = replace(notes, name=" ".join(notes.name.split())[:TITLE_LENGTH], note=notes.note.strip()[:NOTE_LENGTH])
        workspace.write_json(self.path / NOTES, asdict(notes))

    # ---- its networks

    def checkpoints(self) -> list[int]:
        """Epochs whose weights are kept, ascending; a stop inside an epoch keeps them under its number."""
        home = self.path / CHECKPOINTS
        return sorted(int(p.name) for p in home.iterdir() if p.name.isdigit()) if home.exists() else []

    def _folder(self, number: int) -> Path:
        """Where a checkpoint lies."""
        return self.path / CHECKPOINTS / f"{number:06d}"

    def checkpoint(self, number: int) -> Checkpoint | None:
        """One of them, or None when its manifest can't be read."""
        path = self._folder(number)
        told = workspace.read_json(path / MANIFEST)
        if not isinstance(told, dict) or not _fits(told.get("epoch"), int):
            return None
        if "files" not in told:  # saved by a version that kept weights only
            told = {"epoch": told["epoch"], "files": {WEIGHTS: told.get("sha256")}}
        known = {item.name: item.type for item in fields(Checkpoint) if item.name != "path"}
        return Checkpoint(path, **{k: v for k, v in told.items() if k in known and _fits(v, known[k])})

    def weights(self, epoch: int | None = None) -> list[np.ndarray]:
        """The model's arrays in Keras' order, float32: of one epoch, or of the newest whose hash is right.

        A run whose stopping rule brought back its best weights gives these by default.

        Raises:
            UserError: nothing was saved yet, or it is damaged.
        """
        wanted = [epoch] if epoch is not None else self._by_default()
        for number in wanted:
            checkpoint = self.checkpoint(number)
            arrays = checkpoint.arrays(WEIGHTS) if checkpoint else None
            if arrays is not None:
                return arrays
        raise UserError(
            "This run has no saved network yet.", "Wait for its first epoch, or train again.", "NO_CHECKPOINT"
        )

    def _by_default(self) -> list[int]:
        """Saved epochs, the one to use first."""
        restored = (self.told_status() or Status()).restored_epoch
        return sorted(self.checkpoints(), key=lambda number: (number == restored, number), reverse=True)

    @property
    def chosen_epoch(self) -> int | None:
        """The epoch whose weights it gives by default; None before the first."""
        return next(iter(self._by_default()), None)


def create(experiment: Experiment, *, family: str = "", varied: dict[str, Any] | None = None) -> Run:
    """Makes the directory of a new run.

    Args:
        experiment: without blocking problems.
        family: names the sweep that it belongs to.
        varied: what the sweep set: field -> value.

    Raises:
        UserError: the experiment has a problem that no training can get past, or the disk is full.
    """
    for problem in experiment.problems():
        if problem.blocking:
            raise UserError(problem.message, problem.hint, "EXPERIMENT_PROBLEM")
    run_id = secrets.token_hex(16)
    path = workspace.folder(RUNS) / run_id
    try:
        workspace.make_folder(path)
    except OSError as error:
        raise workspace.disk_error(error) from error
    if family:
        workspace.write_json(path / NOTES, asdict(Notes(family=family, varied=varied or {})))
    workspace.write_bytes(path / EXPERIMENT, experiment.to_json().encode())
    return Run(run_id)


def newest() -> list[Run]:
    """All runs, the latest first; directories that are no run are passed over."""
    return _found_in(RUNS)


def queue() -> list[Run]:
    """Runs that wait for a free core, the next first."""
    waiting = []
    for ticket in _tickets():
        with contextlib.suppress(UserError):
            waiting.append(Run(ticket.name.partition("-")[2]))
    return waiting


def delete(run: Run) -> None:
    """Takes a run out of sight by one rename into the trash, its worker stopped first; `restore` brings it back.

    Raises:
        UserError: its worker does not let go.
    """
    run.leave_queue()
    deadline = time.monotonic() + STOP_SECONDS
    while run.is_held():
        if not run.intent().stop:
            run.request_stop()
        if time.monotonic() > deadline:
            raise UserError("This run is still being trained and does not stop.", "Try again in a moment.", "RUN_LIVE")
        time.sleep(0.05)
    try:
        workspace.rename(run.path, workspace.folder(TRASH) / run.id)
    except FileNotFoundError:
        raise _not_found() from None
    except OSError as error:
        raise workspace.disk_error(error) from error


def deleted() -> list[Run]:
    """What lies in the trash, the latest run first."""
    return _found_in(TRASH)


def restore(run_id: str) -> Run:
    """Brings a deleted run back.

    Raises:
        UserError: it is not in the trash.
    """
    run = Run(run_id, TRASH)
    try:
        workspace.rename(run.path, workspace.folder(RUNS) / run_id)
    except FileNotFoundError:
        raise _not_found() from None
    except OSError as error:
        raise workspace.disk_error(error) from error
    return Run(run_id)


def _found_in(place: str) -> list[Run]:
    """The runs of one folder, the latest first."""
    found = []
    home = workspace.home() / place
    for path in home.iterdir() if home.exists() else []:
        with contextlib.suppress(UserError, OSError):
            run = Run(path.name, place)
            found.append((run.created, run))
    return [run for _, run in sorted(found, key=lambda pair: pair[0], reverse=True)]


def _tickets() -> list[Path]:
    """The queue's tickets in order; whatever else lies there is none."""
    home = workspace.home() / QUEUE
    if not home.exists():
        return []
    return sorted(path for path in home.iterdir() if re.fullmatch(r"\d{12}-[0-9a-f]{32}", path.name))


def _next_ticket() -> int:
    """One more than the last, so that a clock that jumps changes no order."""
    return max((int(path.name[:12]) for path in _tickets()), default=0) + 1


def _not_found() -> UserError:
    return UserError(
        "This run is not here.", "It may have been deleted; choose another one or train again.", "RUN_NOT_FOUND"
    )


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value from a file has the type of its field; whole numbers pass as real ones."""
    if isinstance(value, bool):
        return kind is bool
    kind = getattr(kind, "__origin__", kind)  # dict[str, Any] -> dict
    return isinstance(value, kind | int if kind in (float, float | None) else kind)


def _read_line(line: bytes) -> dict[str, Any] | None:
    """One record, or None when it is damaged."""
    text, _, check = line.rpartition(b"\t")
    if check != b"%08x" % zlib.crc32(text):
        return None
    return json.loads(text)


def readable(data: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """The records at the start of a metrics file up to the first that is torn: (end of the line in bytes, record)."""
    end = 0
    for line in data.splitlines(keepends=True):
        record = _read_line(line.rstrip(b"\n")) if line.endswith(b"\n") else None
        if record is None:
            return
        end += len(line)
        yield end, record
