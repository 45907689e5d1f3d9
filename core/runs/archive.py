"""The gate for runs from another installation: of a ZIP only what is known is read, each part by its own reader.

It works in a process of its own (`python -m core.runs.archive`). Nothing of the ZIP is kept as it came:
settings, curves, notes and arrays are read, judged and written anew; the run appears by one rename under a fresh id.
"""

import hashlib
import io
import json
import logging
import os
import re
import secrets
import shutil
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core import child, runs, workspace
from core.datasets import Dataset, Facts
from core.datasets.own_images import OwnImages
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.reading import MAX_BYTES, MAX_DEPTH, nesting, read_experiment
from core.intake.archives import DAMAGE, MAX_TOTAL, is_junk, open_checked, tidy, unpack
from core.intake.images import MAX_BYTES as IMAGE_BYTES
from core.intake.images import shown
from core.intake.own_images import ingest_files
from core.intake.process import limit_memory
from core.runs import Notes, Status
from core.words import number

MODULE = "core.runs.archive"
FORMAT = 1
"""Raised when the archive changes so that older versions can't read it."""
ABOUT, PICTURES = "archive.json", "pictures"

MAX_PARAMETERS = 50_000_000
"""Of a network from elsewhere: what opens it has 4 GB, and holds each number more than once."""
METRICS_BYTES = 128 << 20
"""Of curves: three hours of training write about that much."""
LINE_BYTES = 64 << 10
"""One record holds 24 points or the answers for 24 pictures: 2 KB."""
LINE_BRACKETS = 32
TEXT = 2000
"""Letters of the longest text that a run holds, a note."""
ARRAY_HEADER = 256
"""Bytes that an array may take beyond its numbers."""

ANEW = "Export the run again where it was trained, and open that file as it is."

M = TypeVar("M", bound=BaseModel)
Count = Annotated[int, Field(ge=0, le=10**12)]
Real = Annotated[float, Field(ge=-1e30, le=1e30)]
Share = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True)
class Opened:
    """A run that arrived.

    Args:
        run: its id here.
        notes: sentences about what could not come along.
    """

    run: str
    notes: tuple[str, ...] = ()


class _Part(BaseModel):
    """A JSON object of an archive: types as declared, and what a newer version may add is left out."""

    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)


class _Data(_Part):
    title: str = Field(max_length=200)
    class_names: list[Annotated[str, Field(max_length=200)]] = Field(min_length=2, max_length=10_000)
    count: Count


class _About(_Part):
    format: Annotated[int, Field(ge=1)]
    created: Real = 0.0
    dataset: _Data | None = None


class _Manifest(_Part):
    epoch: Count
    batch: Count = 0
    step: Count = 0
    files: dict[str, str]


class _Started(_Part):
    steps_per_epoch: Count
    train_images: Count = 0
    validation_images: Count = 0
    tiles: list[Count] = Field(max_length=1000)


class _Batches(_Part):
    step: list[Count] = Field(max_length=10_000)
    loss: list[Real | None] = Field(max_length=10_000)
    accuracy: list[Share | None] = Field(max_length=10_000)


class _Epoch(_Part):
    epoch: Annotated[int, Field(ge=1, le=10_000)]
    step: Count
    seconds: Real = 0.0
    loss: Real | None
    accuracy: Share | None
    val_loss: Real | None
    val_accuracy: Share | None
    learning_rate: Real | None = None
    answers: list[Count] = Field([], max_length=1000)
    confidence: list[Share] = Field([], max_length=1000)


class _Rate(_Part):
    step: Count
    value: Annotated[float, Field(ge=0, le=1e6)]
    why: str = Field(max_length=80)


RECORDS: dict[str, type[_Part]] = {"started": _Started, "batches": _Batches, "epoch": _Epoch, "rate": _Rate}
"""What a line of the metrics may hold, by its event."""


# ---------------------------------------------------------------------------------------------- the server's side


def open_in_process(archive: Path, place: Path, on_progress: child.Progress | None = None) -> Opened:
    """Opens an archive in a short-lived process.

    Args:
        archive: the ZIP, inside the workspace.
        place: an empty folder of the workspace for whatever is half made; the caller removes it.
        on_progress: called with (done, total).

    Raises:
        UserError: the gate's refusal, or the process gave no answer.
    """
    try:
        told = child.ask(MODULE, {"archive": str(archive), "place": str(place)}, on_progress, 300.0)
    except UserError as error:
        if error.code in ("CRASHED", "TIMEOUT"):
            raise UserError("Opening the archive broke off; nothing of it was kept.", ANEW, "RUN_CRASHED") from error
        raise
    return Opened(told["run"], tuple(told["notes"]))


# ---------------------------------------------------------------------------------------------- the gate


def open_archive(archive: Path, place: Path, on_progress: child.Progress = lambda done, total: None) -> Opened:
    """Makes a run of an archive that `core.export` wrote.

    Args:
        archive: the ZIP.
        place: an empty folder of the workspace; what is half made lies there.
        on_progress: called with (done, total).

    Raises:
        UserError: it is no such archive, or any part of it is not what it must be; nothing of it is kept.
    """
    try:
        file, entries = open_checked(archive)
    except UserError as error:
        raise UserError(error.what, ANEW, error.code) from error
    with file:
        gate = _Gate(file, dict(entries), place, on_progress)
        try:
            return gate.admit()
        except OSError as error:
            raise workspace.disk_error(error) from error


class _Gate:
    """One archive on its way in.

    Args:
        file: the open ZIP, its table of contents checked.
        entries: name -> entry.
        place: where the parts are laid down until all are judged.
        on_progress: called with (done, total).
    """

    def __init__(
        self, file: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], place: Path, on_progress: child.Progress
    ) -> None:
        kept = {tidy(name): entry for name, entry in entries.items() if not name.endswith("/") and not is_junk(name)}
        self.file, self.entries, self.place, self.on_progress = file, kept, place, on_progress
        self.staging = place / "run"
        self.left = MAX_TOTAL
        self.notes: list[str] = []
        self.ends: dict[int, dict[str, int]] = {0: {}}
        """Where the records of each epoch end; 0 for all of them."""

    def admit(self) -> Opened:
        """Reads, judges and writes every part, then makes the run by one rename."""
        self._check_members()
        about = _model(_About, self._json(ABOUT), ABOUT)
        if about.format > FORMAT:
            what = "This run is from a newer Kernelscope."
            raise UserError(what, "Update Kernelscope and open it again.", "RUN_NEWER")
        experiment = read_experiment(self._read(runs.EXPERIMENT, MAX_BYTES))
        status, notes = self._status(), self._notes()
        workspace.make_folder(self.staging)
        experiment, facts = self._with_images(experiment, about)
        check_network(experiment, facts)
        self._write_metrics(facts)
        self._write_weights(experiment, facts)
        workspace.write_json(self.staging / runs.STATUS, asdict(status))
        workspace.write_json(self.staging / runs.NOTES, asdict(notes))
        workspace.write_bytes(self.staging / runs.EXPERIMENT, experiment.to_json().encode())
        self._keep_date(about.created)
        return Opened(self._commit(), tuple(self.notes))

    # ---- reading

    def _check_members(self) -> None:
        """Refuses whatever is not a part of a run, and an archive that lacks its settings."""
        known = re.compile(
            rf"{ABOUT}|{runs.EXPERIMENT}|{runs.STATUS}|{runs.NOTES}|{runs.METRICS}|{PICTURES}/.+"
            rf"|{runs.CHECKPOINTS}/[0-9]{{6}}/({runs.WEIGHTS}|{runs.MANIFEST})".replace(".json", r"\.json")
        )
        strange = [name for name in self.entries if not known.fullmatch(name)]
        if runs.EXPERIMENT not in self.entries or ABOUT not in self.entries:
            what = "This ZIP is not a run that Kernelscope exported."
            raise UserError(what, "On the Runs page, export a run as ZIP, and open that.", "RUN_NOT_AN_ARCHIVE")
        if strange:
            raise _refused(f"it holds {shown(strange[0])}, which is no part of a run", "RUN_STRANGE_MEMBER")
        needed = 2 * sum(entry.file_size for entry in self.entries.values())
        if shutil.disk_usage(self.place).free < needed:
            raise UserError(f"The disk has no room: the run needs {needed / 1e6:,.0f} MB.", "Free some.", "DISK_FULL")

    def _read(self, name: str, allowed: int) -> bytes:
        """The bytes of one part.

        Raises:
            UserError: it is missing, damaged, or larger than such a part can be.
        """
        entry = self.entries.get(name)
        if entry is None:
            raise _refused(f"{name} is missing", "RUN_INCOMPLETE")
        if entry.file_size > allowed:
            raise _refused(f"{shown(name)} is larger than it can be", "RUN_TOO_LARGE")
        try:
            data = unpack(self.file, entry, min(allowed, self.left))
        except UserError as error:
            raise UserError(error.what, ANEW, error.code) from error
        except DAMAGE as error:
            raise _damaged(name) from error
        self.left -= len(data)
        return data

    def _json(self, name: str) -> dict[str, Any]:
        """A small JSON object."""
        data = self._read(name, MAX_BYTES)
        if nesting(data.decode("utf-8", "replace")) > MAX_DEPTH:
            raise _damaged(name)
        return _parse(data, name)

    def _status(self) -> Status:
        """Where it stood; a run that was under way when it was exported counts as stopped here."""
        told = _of_fields(Status, self._json(runs.STATUS), runs.STATUS)
        status = Status(**{"state": runs.STOPPED} | told)
        if status.state not in runs.STATES:
            raise _refused(f"{runs.STATUS} says an unknown state", "RUN_STATUS")
        ended = status.state if status.state not in runs.LIVE | {runs.INTERRUPTED} else runs.STOPPED
        return replace(status, state=ended, position=0, attempt=0, beat=0.0, memory_mb=None, cpu_percent=None)

    def _notes(self) -> Notes:
        """What people said about it, cut to what fits."""
        if runs.NOTES not in self.entries:
            return Notes()
        notes = Notes(**_of_fields(Notes, self._json(runs.NOTES), runs.NOTES))
        plain = all(isinstance(value, int | float | str) for value in notes.varied.values())
        if len(notes.varied) > 10 or not plain or len(json.dumps(notes.varied)) > TEXT:
            raise _refused(f"{runs.NOTES} holds what no sweep varies", "RUN_NOTES")
        name = " ".join(notes.name.split())[: runs.TITLE_LENGTH]
        return replace(notes, name=name, note=notes.note[: runs.NOTE_LENGTH], family=notes.family[: runs.TITLE_LENGTH])

    # ---- pictures

    def _with_images(self, experiment: Experiment, about: _About) -> tuple[Experiment, Facts | None]:
        """The experiment on the pictures of this machine, and what its network must know of them.

        Without its pictures a run is still good for looking at its curves: then the facts are what the archive says.
        """
        pictures = [name for name in self.entries if name.startswith(f"{PICTURES}/")]
        dataset = experiment.dataset
        if pictures and not isinstance(dataset, OwnImages):
            raise _refused("it brings pictures for a dataset that needs none", "RUN_STRANGE_MEMBER")
        try:
            return experiment, dataset.facts()
        except UserError as error:
            if pictures:
                return self._ingest(experiment, pictures, about)
            whose = f" ({shown(about.dataset.title)})" if about.dataset else ""
            self.notes.append(
                f"Its pictures{whose} are not on this machine: you see its curves. {error.remedy}"
                " The same files will be known again."
            )
            return experiment, _claimed(dataset, about.dataset)

    def _ingest(self, experiment: Experiment, names: list[str], about: _About) -> tuple[Experiment, Facts | None]:
        """Brings the pictures through their own gate, into the place of what is half made."""
        folder = self.place / "arrived"
        workspace.make_folder(folder)
        files = []
        for place, name in enumerate(names):
            path = folder / str(place)
            path.write_bytes(self._read(name, IMAGE_BYTES))
            files.append((name.removeprefix(f"{PICTURES}/"), path))
        title = about.dataset.title if about.dataset else ""
        ingested = ingest_files(files, self.place / "images", title, self.on_progress)
        if ingested.skipped or about.dataset is None or list(ingested.class_names) != about.dataset.class_names:
            raise _refused("its pictures are not those that it was trained on", "RUN_PICTURES")
        dataset = experiment.dataset.edited(images_id=ingested.id)
        data = about.dataset.model_copy(update={"count": len(files)})
        return experiment.edited(dataset=dataset), _claimed(dataset, data)

    # ---- curves

    def _write_metrics(self, facts: Facts | None) -> None:
        """Every record, judged by its event and written anew."""
        data = self._read(runs.METRICS, METRICS_BYTES) if runs.METRICS in self.entries else b""
        curves, written = _Curves(facts), bytearray()
        for where, told in _records(data):
            if record := curves.judge(where, told):
                written += line(record)
                self.ends[record.get("epoch", 0)] = self.ends[0] = {
                    "metrics_size": len(written),
                    "sequence": record["n"],
                }
        workspace.write_bytes(self.staging / runs.METRICS, bytes(written))

    # ---- networks

    def _write_weights(self, experiment: Experiment, facts: Facts | None) -> None:
        """The networks of all epochs, each array of the shape that the settings ask for."""
        saved = sorted({name.split("/")[1] for name in self.entries if name.startswith(f"{runs.CHECKPOINTS}/")})
        if saved and facts is None:
            self.notes.append("Its networks were left out, as nothing here says what they must look like.")
            return
        shapes = weight_shapes(experiment, facts) if saved else []
        workspace.make_folder(self.staging / runs.CHECKPOINTS)
        for done, folder in enumerate(saved):
            self._write_checkpoint(f"{runs.CHECKPOINTS}/{folder}", shapes)
            self.on_progress(done + 1, len(saved))

    def _write_checkpoint(self, name: str, shapes: list[tuple[int, ...]]) -> None:
        """One epoch's; the optimizer's memory never travels, so training can't go on from it here."""
        manifest = _model(_Manifest, self._json(f"{name}/{runs.MANIFEST}"), f"{name}/{runs.MANIFEST}")
        if manifest.epoch + bool(manifest.batch) != int(name[-6:]):
            raise _refused(f"{name} holds another epoch than its name says", "RUN_WEIGHTS")
        size = sum(int(np.prod(shape, dtype=np.int64)) * 4 + 2 * ARRAY_HEADER for shape in shapes) + 1024
        data = self._read(f"{name}/{runs.WEIGHTS}", size)
        if hashlib.sha256(data).hexdigest() != manifest.files.get(runs.WEIGHTS):
            raise _damaged(f"{name}/{runs.WEIGHTS}")
        packed = io.BytesIO()
        np.savez(packed, *read_arrays(data, shapes, f"{name}/{runs.WEIGHTS}"))
        folder = self.staging / name
        workspace.make_folder(folder)
        workspace.write_bytes(folder / runs.WEIGHTS, packed.getvalue())
        digest = hashlib.sha256(packed.getvalue()).hexdigest()
        place = {"epoch": manifest.epoch, "batch": manifest.batch, "step": manifest.step}
        end = self.ends.get(0 if manifest.batch else manifest.epoch, {})
        workspace.write_json(folder / runs.MANIFEST, place | end | {"files": {runs.WEIGHTS: digest}})

    # ---- the end

    def _keep_date(self, created: float) -> None:
        """The run keeps the time at which it was asked for, where that can be."""
        if 0 < created <= time.time():
            os.utime(self.staging / runs.EXPERIMENT, (created, created))

    def _commit(self) -> str:
        """Pictures first: without its run a dataset does no harm, without its dataset a run is half."""
        home, arrived = workspace.folder("images"), self.place / "images"
        for folder in arrived.iterdir() if arrived.exists() else []:
            if not (home / folder.name).exists():
                workspace.rename(folder, home / folder.name)
        run_id = secrets.token_hex(16)
        workspace.rename(self.staging, workspace.folder(runs.RUNS) / run_id)
        return run_id


# ---------------------------------------------------------------------------------------------- the parts


class _Curves:
    """Judges records in their order.

    Args:
        facts: of the data, which bound positions and classes; None when unknown.
    """

    def __init__(self, facts: Facts | None) -> None:
        self.pictures = facts.count if facts else 10**9
        self.classes = len(facts.class_names) if facts else 10**9
        self.tiles, self.epoch, self.step, self.sequence = 0, 0, 0, 0

    def judge(self, where: str, told: dict[str, Any]) -> dict[str, Any] | None:
        """The record with its number, or None for an event that this version does not know.

        Raises:
            UserError: it is not what its event says.
        """
        event = told.get("event")
        kind = RECORDS.get(event) if isinstance(event, str) else None
        if kind is None:
            return None
        values = _model(kind, told, where).model_dump(exclude_unset=True)
        if not getattr(self, f"_{event}")(values):
            raise _refused(f"{where} does not fit the lines before it", "RUN_METRICS")
        self.sequence += 1
        return {"n": self.sequence, "event": event, **values}

    def _started(self, values: dict[str, Any]) -> bool:
        self.tiles = len(values["tiles"])
        return all(position < self.pictures for position in values["tiles"])

    def _batches(self, values: dict[str, Any]) -> bool:
        steps = [self.step, *values["step"]]
        self.step = steps[-1]
        same = len(values["step"]) == len(values["loss"]) == len(values["accuracy"])
        return same and all(a <= b for a, b in zip(steps, steps[1:], strict=False))

    def _epoch(self, values: dict[str, Any]) -> bool:
        before, self.epoch = self.epoch, values["epoch"]
        answers = values.get("answers", [])
        told = len(answers) == len(values.get("confidence", [])) and len(answers) in (0, self.tiles)
        return told and before < self.epoch and all(answer < self.classes for answer in answers)

    def _rate(self, values: dict[str, Any]) -> bool:
        return True


def line(record: dict[str, Any]) -> bytes:
    """One record as a line of metrics.jsonl: JSON, a tab and its CRC-32."""
    text = json.dumps(record, allow_nan=False).encode()
    return text + b"\t%08x\n" % zlib.crc32(text)


def _records(data: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """Where each record stands, and the record.

    Raises:
        UserError: a line is damaged.
    """
    for place, text in enumerate(io.BytesIO(data), start=1):
        where = f"line {place} of {runs.METRICS}"
        record, _, check = text.rpartition(b"\t")
        brackets = record.count(b"[") + record.count(b"{")  # counted first because the parser recurses
        if check != b"%08x\n" % zlib.crc32(record) or len(record) > LINE_BYTES or brackets > LINE_BRACKETS:
            raise _damaged(where)
        yield where, _parse(record, where)


def check_network(experiment: Experiment, facts: Facts | None) -> None:
    """Refuses a network that can't be, or is over the budget of parameters; it is not built for that.

    Raises:
        UserError: names the layer or the numbers.
    """
    if facts is None:
        return
    traced = experiment.trace(facts)
    if traced.broken:
        raise _refused(f"its network can't be: {traced.broken.impossible.reason}", "RUN_NETWORK")
    if traced.parameters > MAX_PARAMETERS:
        reason = f"its network has {number(traced.parameters)} parameters; {number(MAX_PARAMETERS)} is the limit"
        raise _refused(reason, "RUN_NETWORK")


def weight_shapes(experiment: Experiment, facts: Facts) -> list[tuple[int, ...]]:
    """Shapes of the arrays of a network in Keras' order; it passed `check_network`."""
    from core.build.model import build_model

    return [tuple(weight.shape) for weight in build_model(experiment, facts).weights]


def read_arrays(data: bytes, shapes: list[tuple[int, ...]], name: str) -> list[np.ndarray]:
    """The arrays of an npz file, float32, if they are exactly those that are expected.

    Sizes and kinds are compared before any array is made.

    Args:
        data: the file.
        shapes: of the arrays, in order.
        name: what a refusal calls the file.

    Raises:
        UserError: another number of arrays, another shape or kind, or damage.
    """
    try:
        file, entries = open_checked(io.BytesIO(data))
        with file:
            if [entry for entry, _ in entries] != [f"arr_{i}.npy" for i in range(len(shapes))]:
                raise _refused(f"{name} holds other arrays than its network has", "RUN_WEIGHTS")
            return [_array(file, entry, shape, name) for (_, entry), shape in zip(entries, shapes, strict=True)]
    except (*DAMAGE, SyntaxError, TypeError) as error:  # the last two come from NumPy's reader of headers
        raise _damaged(name) from error
    except UserError as error:
        raise (error if error.code.startswith("RUN_") else _damaged(name)) from error


def _array(file: zipfile.ZipFile, entry: zipfile.ZipInfo, shape: tuple[int, ...], name: str) -> np.ndarray:
    count = int(np.prod(shape, dtype=np.int64))
    plain = entry.compress_type == zipfile.ZIP_STORED and not entry.flag_bits & 1
    if not plain or not count * 4 < entry.file_size <= count * 4 + ARRAY_HEADER:
        raise _refused(f"an array in {name} has not the size of its layer", "RUN_WEIGHTS")
    content = io.BytesIO(unpack(file, entry, entry.file_size))
    if np.lib.format.read_magic(content) != (1, 0):
        raise _damaged(name)
    told, fortran, kind = np.lib.format.read_array_header_1_0(content)
    rest = content.read()
    if told != shape or fortran or kind != np.dtype("<f4") or len(rest) != count * 4:
        raise _refused(f"an array in {name} has not the shape or the kind of its layer", "RUN_WEIGHTS")
    return np.frombuffer(rest, np.float32).reshape(shape)


def _claimed(dataset: Dataset, data: _Data | None) -> Facts | None:
    """What an archive says about pictures that are not here; the size of the images stands in the settings."""
    if data is None or not isinstance(dataset, OwnImages):
        return None
    side, channels = dataset.image_size, 3 if dataset.color == "colour" else 1
    return Facts((side, side, channels), tuple(data.class_names), data.count)


def _parse(data: bytes, name: str) -> dict[str, Any]:
    """A JSON object.

    Raises:
        UserError: it is none.
    """
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_no_constant, parse_int=_whole)
    except ValueError as error:
        raise _damaged(name) from error
    if not isinstance(value, dict):
        raise _damaged(name)
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _whole(digits: str) -> int:
    if len(digits) > 30:
        raise ValueError("too many digits")
    return int(digits)


def _model(kind: type[M], value: dict[str, Any], where: str) -> M:
    """A part read by its model.

    Raises:
        UserError: a field is missing or wrong, named.
    """
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors(include_url=False)[0]["loc"])
        raise _refused(f"{shown(field)} in {where} is not what it must be", "RUN_FIELD") from error


_CHECKS: dict[type, Callable[[Any], bool]] = {
    str: lambda value: isinstance(value, str) and len(value) <= TEXT,
    int: lambda value: type(value) is int and 0 <= value <= 10**12,
    float: lambda value: type(value) in (int, float) and abs(value) <= 1e30,
    dict: lambda value: isinstance(value, dict),
}


def _of_fields(kind: type, told: dict[str, Any], name: str) -> dict[str, Any]:
    """The values that belong to a dataclass' fields, if each is of its field's kind; null only where that may be.

    Raises:
        UserError: one is not, named.
    """
    found = {}
    for field in fields(kind):
        if field.name not in told:
            continue
        value, wanted = told[field.name], getattr(field.type, "__origin__", field.type)
        optional = wanted == float | None
        if not (optional and value is None) and not _CHECKS[float if optional else wanted](value):
            raise _refused(f"{field.name} in {name} is not what it must be", "RUN_FIELD")
        found[field.name] = value
    return found


def _refused(reason: str, code: str) -> UserError:
    return UserError(f"The run was refused: {reason}.", ANEW, code)


def _damaged(name: str) -> UserError:
    return UserError(f"The run was refused: {shown(name)} is damaged.", ANEW, "RUN_DAMAGED")


def _work(job: dict[str, Any], progress: child.Progress) -> dict[str, Any]:
    """The process's side; every failure is a UserError."""
    try:
        return asdict(open_archive(Path(job["archive"]), Path(job["place"]), progress))
    except UserError:
        raise
    except Exception as error:
        # The one boundary where everything is caught: no defect in a reader may show its insides to a learner.
        logging.getLogger(__name__).exception("opening a run failed")
        raise UserError("The run could not be opened because of a fault of ours.", ANEW, "RUN_FAILED") from error


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr)
    limit_memory()
    child.answer(_work)
