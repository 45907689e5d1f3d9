"""What a run was made of and measured, as files: the script, the metrics, the whole run for another installation."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from core import child, stored, workspace
from core.build.codegen import script
from core.build.notebook import notebook
from core.datasets import Dataset
from core.datasets.own_images import OwnImages, StoredImages
from core.errors import UserError
from core.export import Format
from core.intake.archives import check_names
from core.runs import beginning, checkpoints, epoch_predictions, layout
from core.runs.archive import ABOUT, FORMAT, PICTURES
from core.runs.records import line
from core.runs.run import Run

WEIGHTS_BYTES = 120 << 20
"""Of all epochs in an archive, the best and the last apart: with the pictures it stays below the upload limit."""
IMAGES_BYTES = 48 << 20
"""Pictures of yours travel with the run up to here; beyond, their ZIP is better sent along as it is."""

EPOCH_COLUMNS = ("epoch", "step", "seconds", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")
BATCH_COLUMNS = ("step", "loss", "accuracy")
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001  Excel reads the wide ones too
"""How a text begins that spreadsheets would compute."""


class RunArchive(Format):
    """The whole run for another Kernelscope: settings, curves, notes, networks, and your pictures when they are few."""

    word: ClassVar[str] = "zip"
    suffix: ClassVar[str] = "-run.zip"
    mime: ClassVar[str] = "application/zip"
    rank: ClassVar[int] = 10

    @classmethod
    def title(cls) -> str:
        return "The whole run (.zip)"

    def write(self, run: Run, epoch: int, path: Path, progress: child.Progress) -> None:
        chosen, upload = epochs_to_take(run), _travelling(run.experiment.dataset)
        with workspace.new_file(path) as new, zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(layout.EXPERIMENT, run.experiment.to_json())
            file.writestr(layout.STATUS, json.dumps(asdict(run.status()), indent=1))
            file.writestr(layout.NOTES, json.dumps(asdict(run.notes()), indent=1))
            file.writestr(layout.METRICS, b"".join(map(line, run.events()[0])))
            if found := epoch_predictions.of_run(run.path):
                file.writestr(layout.PREDICTIONS, found.to_bytes())
            file.writestr(ABOUT, json.dumps(_about(run, upload)))
            frozen = _add_frozen(file, run)
            for done, number in enumerate(chosen):
                _add_checkpoint(file, run, number, frozen)
                progress(done + 1, len(chosen) + 1)
            if upload is not None:
                _add_images(file, upload)
        progress(len(chosen) + 1, len(chosen) + 1)


class Script(Format):
    """A complete Python file that builds and trains the same network with Keras, without Kernelscope."""

    word: ClassVar[str] = "script"
    suffix: ClassVar[str] = ".py"
    mime: ClassVar[str] = "text/x-python"
    heavy: ClassVar[bool] = False
    rank: ClassVar[int] = 60

    @classmethod
    def title(cls) -> str:
        return "Keras script (.py)"

    def write(self, run: Run, epoch: int, path: Path, progress: child.Progress) -> None:
        workspace.write_new(path, script(run.experiment).encode())


class Notebook(Format):
    """A Jupyter notebook that builds and trains the same network with Keras, and draws its curves."""

    word: ClassVar[str] = "notebook"
    suffix: ClassVar[str] = ".ipynb"
    mime: ClassVar[str] = "application/x-ipynb+json"
    heavy: ClassVar[bool] = False
    rank: ClassVar[int] = 61

    @classmethod
    def title(cls) -> str:
        return "Keras notebook (.ipynb)"

    def write(self, run: Run, epoch: int, path: Path, progress: child.Progress) -> None:
        workspace.write_new(path, notebook(run.experiment).encode())


class Code(Format):
    """Script and notebook together, with the weights of the base that they begin with: unpack it, and run one."""

    word: ClassVar[str] = "code"
    suffix: ClassVar[str] = "-code.zip"
    mime: ClassVar[str] = "application/zip"
    rank: ClassVar[int] = 62

    @classmethod
    def title(cls) -> str:
        return "Code (.zip)"

    def write(self, run: Run, epoch: int, path: Path, progress: child.Progress) -> None:
        experiment = run.experiment
        weights = beginning.file_beside(run.workspace, experiment)
        with workspace.new_file(path) as new, zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("network.py", script(experiment))
            file.writestr("network.ipynb", notebook(experiment))
            if weights:
                file.write(weights[1], weights[0], zipfile.ZIP_STORED)
        progress(1, 1)


class EpochsCSV(Format):
    """Loss, accuracy and learning rate after every epoch, one line each; opens in a spreadsheet."""

    word: ClassVar[str] = "csv"
    suffix: ClassVar[str] = "-epochs.csv"
    mime: ClassVar[str] = "text/csv"
    heavy: ClassVar[bool] = False
    rank: ClassVar[int] = 70

    @classmethod
    def title(cls) -> str:
        return "Metrics per epoch (.csv)"

    def write(self, run: Run, epoch: int, path: Path, progress: child.Progress) -> None:
        rows = [[record.get(name) for name in EPOCH_COLUMNS] for record in run.metrics().epochs]
        workspace.write_new(path, table(run.title, EPOCH_COLUMNS, rows))


class BatchesCSV(Format):
    """Loss and accuracy while it trained, per batch or short mean of batches; step counts batches from the start."""

    word: ClassVar[str] = "batches"
    suffix: ClassVar[str] = "-batches.csv"
    mime: ClassVar[str] = "text/csv"
    heavy: ClassVar[bool] = False
    rank: ClassVar[int] = 80

    @classmethod
    def title(cls) -> str:
        return "Metrics per batch (.csv)"

    def write(self, run: Run, epoch: int, path: Path, progress: child.Progress) -> None:
        metrics = run.metrics()
        rows = zip(metrics.step, metrics.loss, metrics.accuracy, strict=True)
        workspace.write_new(path, table(run.title, BATCH_COLUMNS, rows))


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows as CSV in UTF-8, the run's title in front of each so that several files can be joined.

    The mark at the start tells Excel that it is UTF-8. Every text stands in quotes: a spreadsheet that parts its cells
    at semicolons would else find a cell of its own within a title.

    Args:
        title: of the run.
        columns: names of the others.
        rows: one value a column; None for an empty cell.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(["run", *map(cell, columns)])
    writer.writerows([cell(title), *map(cell, row)] for row in rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def cell(value: Any) -> Any:
    """A value that no spreadsheet takes for a formula: "=A1" -> "'=A1"; numbers as they are, to the last digit."""
    if not isinstance(value, str):
        return value
    text = " ".join(value.split())
    return f"'{text}" if text.startswith(FORMULA) else text


def epochs_to_take(run: Run) -> list[int]:
    """The saved epochs that go into an archive: the best, the last, and as many of the others as fit, evenly spread."""
    saved = run.checkpoints()
    if not saved:
        return []
    size = max(stored.size_of(checkpoints.folder_of(run.path, number) / layout.WEIGHTS) for number in saved)
    stride, status = max(1, -(-len(saved) * size // WEIGHTS_BYTES)), run.status()
    needed = {status.best_epoch, status.restored_epoch, saved[-1]}
    return [n for place, n in enumerate(saved) if place % stride == 0 or n in needed]


def _add_frozen(file: zipfile.ZipFile, run: Run) -> str:
    """The weights that all epochs share, if there are any; returns their sha256."""
    try:
        data = (run.path / layout.CHECKPOINTS / layout.FROZEN).read_bytes()
    except OSError:
        return ""
    file.writestr(f"{layout.CHECKPOINTS}/{layout.FROZEN}", data, zipfile.ZIP_STORED)
    return hashlib.sha256(data).hexdigest()


def _add_checkpoint(file: zipfile.ZipFile, run: Run, number: int, frozen: str) -> None:
    """The weights of one epoch, unless they are damaged or were cleared away meanwhile.

    Args:
        frozen: sha256 of what the archive holds for all epochs.
    """
    checkpoint = run.checkpoint(number)
    try:
        data = checkpoint.place(layout.WEIGHTS).read_bytes() if checkpoint else b""
    except OSError:
        return
    files = {layout.WEIGHTS: hashlib.sha256(data).hexdigest()}
    if checkpoint and layout.FROZEN in checkpoint.files:
        files[layout.FROZEN] = frozen
    if checkpoint is None or any(checkpoint.files.get(name) != digest for name, digest in files.items()):
        return
    name = f"{layout.CHECKPOINTS}/{number:06d}"
    manifest = {"epoch": checkpoint.epoch, "batch": checkpoint.batch, "step": checkpoint.step, "files": files}
    file.writestr(f"{name}/{layout.MANIFEST}", json.dumps(manifest))
    file.writestr(f"{name}/{layout.WEIGHTS}", data, zipfile.ZIP_STORED)  # weights are noise to a packer


def _travelling(dataset: Dataset) -> StoredImages | None:
    """Pictures of the user's own that travel with a run: those that are here, few enough, and of every class."""
    if not isinstance(dataset, OwnImages):
        return None
    try:
        upload = dataset.upload()
        check_names((f"{PICTURES}/{name}" for name in upload.names), "ZIP")
        is_small = sum(image.stat().st_size for image in upload.files) <= IMAGES_BYTES
    except (UserError, OSError):  # not here any more, or not to be unpacked: the archive says so where it is opened
        return None
    return upload if is_small and len(np.unique(upload.labels)) == len(upload.class_names) else None


def _add_images(file: zipfile.ZipFile, upload: StoredImages) -> None:
    """Pictures under the names they came with, in the order in which corrections and splits count them."""
    for name, image in zip(upload.names, upload.files, strict=True):
        file.write(image, f"{PICTURES}/{name}", zipfile.ZIP_STORED)


def _about(run: Run, upload: StoredImages | None) -> dict[str, Any]:
    """What another installation must know that the run's own files do not say."""
    about: dict[str, Any] = {"format": FORMAT, "created": run.created, "dataset": None}
    dataset = run.experiment.dataset
    try:
        facts, came = dataset.facts(), dataset.pristine()
    except UserError:
        return about
    told = {"title": dataset.called(), "class_names": facts.class_names, "count": came.count}
    if upload is not None:
        rows = zip(upload.labels.tolist(), upload.split.tolist(), strict=True)
        places = [[*row, sum(1 for _ in same)] for row, same in groupby(rows)]
        told |= {"brought": upload.class_names, "places": places}
    return about | {"dataset": told}
