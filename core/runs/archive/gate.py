"""The gate for runs from another installation: every part is read, judged and written anew."""

import hashlib
import json
import re
import secrets
import shutil
import time
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from core import child, workspace
from core.corrections import Correction, Labelled, applied
from core.datasets import Dataset, Facts
from core.datasets.own_images import OwnImages
from core.datasets.split import SPLITS
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.reading import read_experiment
from core.experiment.stages import Stage, written_in
from core.intake.archives import MAX_TOTAL, open_checked
from core.intake.documents import MAX_BYTES, MAX_DEPTH, nesting
from core.intake.images import MAX_BYTES as IMAGE_BYTES
from core.intake.images import shown
from core.intake.left_out import is_junk
from core.intake.manifest import Ingested
from core.intake.own_images import ingest_files, ingest_placed
from core.intake.questions import Answer, Question
from core.intake.unpacking import DAMAGE, unpack
from core.runs import arrays, doctor, epoch_predictions, layout, states
from core.runs.archive import ABOUT, ANEW, FORMAT, PICTURES, Opened
from core.runs.archive.curves import Curves, records
from core.runs.archive.parts import (
    About,
    CheckpointManifest,
    Data,
    damaged,
    of_fields,
    parse,
    read_model,
    refused,
)
from core.runs.archive.weights import Shapes, check_network, largest_file, read_arrays, weight_shapes
from core.runs.judging import misfit
from core.runs.records import line
from core.runs.run import Run
from core.runs.states import Notes, Status
from core.runs.versions import METRICS, NETWORKS, VERSION
from core.words import cleaned
from core.workspace import Workspace

METRICS_BYTES = 128 << 20
"""Of curves: three hours of training write about that much."""


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
        kept = {name: entry for name, entry in entries.items() if not name.endswith("/") and not is_junk(name)}
        self.file, self.entries, self.place, self.on_progress = file, kept, place, on_progress
        self.id = secrets.token_hex(16)
        self.staging = place / self.id
        self.lacks: list[str] = []
        self.left = MAX_TOTAL
        self.notes: list[str] = []
        self.ends: dict[int, dict[str, int]] = {0: {}}
        """Where the records of each epoch end; 0 for all of them."""

    def admit(self) -> Opened:
        """Reads, judges and writes every part, then makes the run by one rename."""
        self._check_members()
        about = read_model(About, self._json(ABOUT), ABOUT)
        if about.format > FORMAT:
            what = "This run is from a newer Kernelscope."
            raise UserError(what, "Update Kernelscope and open it again.", "RUN_NEWER")
        experiment = read_experiment(self._read(layout.EXPERIMENT, MAX_BYTES))
        status, notes = self._status(), self._notes()
        workspace.make_folder(self.staging)
        experiment, facts = self._with_images(experiment, about)
        check_network(experiment, facts)
        self._write_metrics(experiment.dataset, facts)
        self._write_predictions(facts)
        self._write_weights(experiment, facts)
        self._write_json(layout.FORMAT, {"format": VERSION} | ({"lacks": self.lacks} if self.lacks else {}))
        self._write_json(layout.STATUS, asdict(status))
        self._write_json(layout.NOTES, asdict(notes))
        workspace.write_new(self.staging / layout.EXPERIMENT, experiment.to_json().encode())
        self._check()
        self._keep_date(about.created)
        images_id = next((folder.name for folder in (self.place / "images").glob("[0-9a-f]*")), "")
        return Opened(self._commit(), tuple(self.notes), images_id)

    # ---- reading

    def _check_members(self) -> None:
        """Refuses whatever is not a part of a run, and an archive that lacks its settings."""
        known = re.compile(
            rf"{ABOUT}|{layout.EXPERIMENT}|{layout.STATUS}|{layout.NOTES}|{layout.METRICS}|{layout.PREDICTIONS}|{PICTURES}/.+"
            rf"|{layout.CHECKPOINTS}/([0-9]{{6}}/({layout.WEIGHTS}|{layout.MANIFEST})|{layout.FROZEN})".replace(
                ".json", r"\.json"
            )
        )
        strange = [name for name in self.entries if not known.fullmatch(name)]
        if layout.EXPERIMENT not in self.entries or ABOUT not in self.entries:
            what = "This ZIP is not a run that Kernelscope exported."
            raise UserError(what, "On the Runs page, export a run as ZIP, and open that.", "RUN_NOT_AN_ARCHIVE")
        if strange:
            raise refused(f"it holds {shown(strange[0])}, which is no part of a run", "RUN_STRANGE_MEMBER")
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
            raise refused(f"{name} is missing", "RUN_INCOMPLETE")
        if entry.file_size > allowed:
            raise refused(f"{shown(name)} is larger than it can be", "RUN_TOO_LARGE")
        try:
            data = unpack(self.file, entry, min(allowed, self.left))
        except UserError as error:
            raise UserError(error.what, ANEW, error.code) from error
        except DAMAGE as error:
            raise damaged(name) from error
        self.left -= len(data)
        return data

    def _json(self, name: str) -> dict[str, Any]:
        """A small JSON object."""
        data = self._read(name, MAX_BYTES)
        if nesting(data.decode("utf-8", "replace")) > MAX_DEPTH:
            raise damaged(name)
        return parse(data, name)

    def _status(self) -> Status:
        """Where it stood; a run that was under way when it was exported counts as stopped here."""
        told = of_fields(Status, self._json(layout.STATUS), layout.STATUS)
        status = Status(**{"state": states.STOPPED} | told)
        if status.state not in states.STATES:
            raise refused(f"{layout.STATUS} says an unknown state", "RUN_STATUS")
        ended = status.state if status.state not in states.LIVE | {states.INTERRUPTED} else states.STOPPED
        return replace(status, state=ended, position=0, attempt=0, beat=0.0, memory_mb=None, cpu_percent=None)

    def _notes(self) -> Notes:
        """What people said about it, cut to what fits."""
        if layout.NOTES not in self.entries:
            return Notes()
        told = self._json(layout.NOTES)
        if isinstance(told.get("varied"), dict) and misfit(Notes, told) == "varied":
            raise refused(f"{layout.NOTES} holds what no sweep varies", "RUN_NOTES")
        notes = Notes(**of_fields(Notes, told, layout.NOTES))
        name, family = (cleaned(text, states.TITLE_LENGTH) for text in (notes.name, notes.family))
        return replace(notes, name=name, note=notes.note[: states.NOTE_LENGTH], family=family)

    # ---- pictures

    def _with_images(self, experiment: Experiment, about: About) -> tuple[Experiment, Facts | None]:
        """The experiment on the pictures of this machine, and what its network must know of them.

        Without its pictures a run is still good for looking at its curves: then the facts are what the archive says.
        """
        pictures = [name for name in self.entries if name.startswith(f"{PICTURES}/")]
        dataset = experiment.dataset
        if pictures and not isinstance(dataset, OwnImages):
            raise refused("it brings pictures for a dataset that needs none", "RUN_STRANGE_MEMBER")
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
            return experiment, claimed(dataset, about.dataset)

    def _ingest(self, experiment: Experiment, names: list[str], about: About) -> tuple[Experiment, Facts | None]:
        """Brings the pictures through their own gate, into the place of what is half made."""
        folder = self.place / "arrived"
        workspace.make_folder(folder)
        files = []
        for place, name in enumerate(names):
            path = folder / str(place)
            with workspace.new_file(path) as file:
                file.write(self._read(name, IMAGE_BYTES))
            files.append((name.removeprefix(f"{PICTURES}/"), path))
        told, old = about.dataset, experiment.dataset
        ingested = self._as_told(files, told) if told and told.brought else self._as_it_was(files, told)
        if ingested is None or told is None or _names_after(old.corrections, ingested.class_names) != told.class_names:
            raise refused("its pictures are not those that it was trained on", "RUN_PICTURES")
        dataset = old.edited(
            images_id=ingested.id, corrections=old.corrections, learns_as_brought=old.learns_as_brought
        )
        return experiment.edited(dataset=dataset), claimed(dataset, told.model_copy(update={"count": len(files)}))

    def _as_told(self, files: list[tuple[str, Path]], told: Data) -> Ingested | None:
        """The pictures in the order, the splits and the classes that the archive says; None where they don't fit."""
        if sum(alike for _, _, alike in told.places) != len(files) or any(
            label >= len(told.brought) or split >= len(SPLITS) for label, split, _ in told.places
        ):
            return None
        places = [(SPLITS[split], told.brought[label]) for label, split, alike in told.places for _ in range(alike)]
        placed = {name: place for (name, _), place in zip(files, places, strict=True)}
        found = ingest_placed(files, self.place / "images", told.title, placed, tuple(told.brought), self.on_progress)
        return found if list(found.class_names) == told.brought and not found.skipped else None

    def _as_it_was(self, files: list[tuple[str, Path]], told: Data | None) -> Ingested | None:
        """The pictures in the classes that an older archive names; None where no reading of folders gives these."""
        answers, place = [Answer(), Answer(keep_apart=True)], 0
        while told and place < len(answers):
            found = ingest_files(files, self.place / "images", told.title, self.on_progress, answers[place])
            if isinstance(found, Question):
                answers += [replace(answers[place], read=reading.key) for reading in found.readings]
            elif list(found.class_names) == told.class_names and not found.skipped:
                return found
            else:
                answers += [offer.answer for offer in found.offers if offer.answer not in answers]
                workspace.discard(self.place / "images" / found.id)
            place += 1
        return None

    # ---- curves

    def _write_metrics(self, dataset: Dataset, facts: Facts | None) -> None:
        """Every record, judged by its event and written anew."""
        data = self._read(layout.METRICS, METRICS_BYTES) if layout.METRICS in self.entries else b""
        if layout.METRICS not in self.entries:
            self.lacks.append(METRICS)
        curves, written = _curves(dataset, facts), bytearray()
        for where, told in records(data):
            if record := curves.judge(where, told):
                written += line(record)
                self.ends[0] = {"metrics_size": len(written), "sequence": record["n"]}
                if record["event"] == "epoch":
                    self.ends[record["epoch"]] = self.ends[0]
        workspace.write_new(self.staging / layout.METRICS, bytes(written))

    def _write_predictions(self, facts: Facts | None) -> None:
        """What was answered after each epoch, of images and epochs that there are."""
        if layout.PREDICTIONS not in self.entries:
            return
        found = epoch_predictions.read(self._read(layout.PREDICTIONS, epoch_predictions.LARGEST))
        if found is None or found.damaged or found.torn:
            raise damaged(layout.PREDICTIONS)
        images = found.images
        fits = facts is None or images.positions[-1] < facts.count and images.classes == len(facts.class_names)
        if not fits:
            raise refused(f"{layout.PREDICTIONS} tells of images that it can't have", "RUN_PREDICTIONS")
        workspace.write_new(self.staging / layout.PREDICTIONS, found.up_to(max(self.ends)).to_bytes())

    # ---- networks

    def _write_weights(self, experiment: Experiment, facts: Facts | None) -> None:
        """The networks of all epochs, each array of the shape that the settings ask for."""
        inside = [name.split("/") for name in self.entries if name.startswith(f"{layout.CHECKPOINTS}/")]
        saved = sorted({parts[1] for parts in inside if len(parts) == 3})
        if saved and facts is None:
            self.notes.append("Its networks were left out, as nothing here says what they must look like.")
            self.lacks.append(NETWORKS)
            return
        if not saved:
            self.lacks.append(NETWORKS)
        shapes, kept = weight_shapes(experiment, facts) if saved else ({}, {})
        workspace.make_folder(self.staging / layout.CHECKPOINTS)
        shared = f"{layout.CHECKPOINTS}/{layout.FROZEN}"
        frozen = next(iter(kept.values()), {})
        here = self._write_arrays(shared, frozen) if shared in self.entries else ("", "")
        for done, folder in enumerate(saved):
            self._write_checkpoint(f"{layout.CHECKPOINTS}/{folder}", shapes, kept, here)
            self.on_progress(done + 1, len(saved))

    def _write_arrays(self, name: str, shapes: Shapes, wanted: str = "") -> tuple[str, str]:
        """One file of weights, read and written anew; returns its sha256 in the archive and here."""
        data = self._read(name, largest_file(shapes))
        told = hashlib.sha256(data).hexdigest()
        if wanted and told != wanted:
            raise damaged(name)
        return told, arrays.write(self.staging / name, read_arrays(data, shapes, name).items()).digest

    def _write_checkpoint(self, name: str, shapes: Shapes, kept: dict[Stage, Shapes], here: tuple[str, str]) -> None:
        """One epoch's; the optimizer's memory never travels, so training can't go on from it here.

        Args:
            name: of its folder.
            shapes, kept: of all weights, and for each stage of those that no checkpoint of it repeats.
            here: sha256 of the file with what is kept once, in the archive and here.
        """
        manifest = read_model(CheckpointManifest, self._json(f"{name}/{layout.MANIFEST}"), f"{name}/{layout.MANIFEST}")
        if manifest.epoch + bool(manifest.batch) != int(name[-6:]):
            raise refused(f"{name} holds another epoch than its name says", "RUN_WEIGHTS")
        folder, files = self.staging / name, {}
        workspace.make_folder(folder)
        if layout.FROZEN in manifest.files:
            if manifest.files[layout.FROZEN] != here[0]:
                raise damaged(f"{layout.CHECKPOINTS}/{layout.FROZEN}")
            still = kept[written_in(list(kept), manifest.epoch, manifest.batch)]
            shapes = {one: shape for one, shape in shapes.items() if one not in still}
            files[layout.FROZEN] = here[1]
        wanted = manifest.files.get(layout.WEIGHTS, "none")
        _, files[layout.WEIGHTS] = self._write_arrays(f"{name}/{layout.WEIGHTS}", shapes, wanted)
        place = {"epoch": manifest.epoch, "batch": manifest.batch, "step": manifest.step}
        end = self.ends.get(0 if manifest.batch else manifest.epoch, {})
        self._write_json(f"{name}/{layout.MANIFEST}", place | end | {"files": files})

    # ---- the end

    def _check(self) -> None:
        """Refuses what the doctor would condemn.

        Raises:
            UserError: its parts do not fit together.
        """
        if wrong := doctor.faults(Run(Workspace(self.place), self.id, ""), Workspace(self.place)):
            raise refused(f"its parts don't fit together. {wrong[0].removesuffix('.')}", "RUN_UNSOUND")

    def _write_json(self, name: str, value: dict[str, Any]) -> None:
        """One part of the run that is half made."""
        workspace.write_new(self.staging / name, json.dumps(value, allow_nan=False, indent=1).encode())

    def _keep_date(self, created: float) -> None:
        """The run keeps the time at which it was asked for, where that can be."""
        if 0 < created <= time.time():
            workspace.touch(self.staging / layout.EXPERIMENT, created)

    def _commit(self) -> str:
        """Pictures first: without its run a dataset does no harm, without its dataset a run is half."""
        home, arrived = workspace.current().folder("images"), self.place / "images"
        for folder in arrived.glob("[0-9a-f]*"):
            if not (home / folder.name).exists():
                workspace.rename(folder, home / folder.name)
        workspace.commit(self.staging, workspace.current().folder(layout.RUNS) / self.id)
        return self.id


def _curves(dataset: Dataset, facts: Facts | None) -> Curves:
    """What judges the records; positions count all images that came, also those that were left out since."""
    try:
        count = dataset.pristine().count
    except UserError:  # its pictures are not here: then it is what the archive says
        count = facts.count if facts else None
    return Curves(count, len(facts.class_names) if facts else None)


def _names_after(corrections: Sequence[Correction], brought: tuple[str, ...]) -> list[str]:
    """What the classes are called after all that was mended."""
    none = Labelled(np.zeros(0, np.int64), np.zeros(0, np.int8), brought)
    return list(applied(corrections, none).class_names)


def claimed(dataset: Dataset, data: Data | None) -> Facts | None:
    """What an archive says about pictures that are not here; the size of the images stands in the settings."""
    if data is None or not isinstance(dataset, OwnImages):
        return None
    side, channels = dataset.image_size, 3 if dataset.color == "colour" else 1
    return Facts((side, side, channels), tuple(data.class_names), data.count, aspect=dataset.aspect)
