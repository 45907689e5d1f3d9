"""Inspecting a dataset: by a process of its own, its report kept in the workspace by what was inspected."""

import contextlib
import hashlib
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from core import child, stored, workspace
from core.corrections import Correction
from core.datasets import Dataset, load
from core.inspection import STEPS, Looked, Report, Severity, checks
from core.inspection.subject import Subject
from core.problems import ALONE

FOLDER = "inspections"
VERSION = 3
"""Raised when the same images give another report."""
LARGEST = 16 << 20
"""Bytes of a report: three hundred groups of each check take 1 MB."""
MOST_KEPT = 200
STEPS_BACK = 50
"""Corrections that are gone back to find a report."""
SECONDS = 3600.0
"""An inspection may take so long."""


@dataclass(frozen=True)
class Inspection:
    """What is inspected; `Preparations.make_ready(Inspection(...), tell, inspect_in_child)` waits for it.

    Args:
        dataset: as it is corrected by now.
        share: 0..0.9 of each class's training images held out for validation.
        seed: of the split.
    """

    dataset: Dataset
    share: float = ALONE.share
    seed: int = ALONE.seed

    def key(self) -> str:
        """Names the report: the same images, corrections and split give the same."""
        kinds = [check.kind for check in checks()]
        told = f"{VERSION} {kinds} {self.dataset.state()} {self.share} {self.seed}"
        return hashlib.sha256(told.encode()).hexdigest()[:32]

    def called(self) -> str:
        """What people call it."""
        return self.dataset.called()

    def report(self) -> Report | None:
        """What an inspection found in it; None where there was none, or its report is damaged."""
        try:
            return read_report(stored.read_file(_path(self), LARGEST))
        except (OSError, ValueError):
            return None

    def latest(self) -> tuple[Report, tuple[Correction, ...]] | None:
        """The newest report of these images, and the corrections that were recorded since; None where there is none.

        Corrections of classes give labels other numbers, so that what was found before them can't be mended any more.
        """
        steps = self.dataset.corrections
        for count in range(len(steps), max(-1, len(steps) - STEPS_BACK), -1):
            before = replace(self, dataset=self.dataset.edited(corrections=steps[:count]))
            if (report := before.report()) is not None:
                return report, steps[count:]
            if count and steps[count - 1].of_classes:
                return None
        return None

    def job(self) -> dict[str, object]:
        """As JSON, for the process."""
        return {"dataset": self.dataset.model_dump(), "share": self.share, "seed": self.seed}


def read_report(data: bytes) -> Report:
    """A report as it lies on the disk.

    Raises:
        ValueError: it is none, or speaks of images that are not there.
    """
    report = Report.model_validate_json(data)
    groups = [group for finding in report.findings for group in finding.groups]
    if any(position >= report.images for group in groups for position in group.images):
        raise ValueError("a position without an image")
    return report


def inspect_in_child(inspection: Inspection, progress: child.Progress | None = None) -> Report:
    """What is found in a dataset, from the disk or by a process of its own; whatever `progress` raises ends that.

    Args:
        inspection: of which dataset.
        progress: called with (done, total); STEPS units for each check, and `at_work(done)` names the one.

    Raises:
        UserError: the data cannot be had, or the disk is to blame.
    """
    if (known := inspection.report()) is not None:
        return known
    told = child.ask("core.inspection.process", inspection.job(), progress, seconds=SECONDS)
    return read_report(told.encode())


def inspect(inspection: Inspection, progress: child.Progress = lambda done, total: None) -> Report:
    """Looks a dataset through with every check, and keeps the report.

    Args:
        inspection: of which dataset.
        progress: as in `inspect_in_child`.

    Raises:
        UserError: as there.
    """
    began, catalogue = time.monotonic(), checks()
    total = STEPS * len(catalogue)
    data = load(inspection.dataset, inspection.share, inspection.seed, lambda done, of: progress(0, total))
    subject, findings, looked = Subject(inspection.dataset, data), [], []
    for place, check in enumerate(catalogue):
        subject.tell = lambda part, place=place: progress(STEPS * place + int(STEPS * min(part, 0.99)), total)
        subject.tell(0.0)
        start = time.monotonic()
        found, images, note = check.look(subject)
        findings += found
        seconds = time.monotonic() - start
        looked.append(Looked(check=check.kind, images=images, of=len(subject.used), seconds=seconds, note=note))
    findings.sort(key=lambda finding: get_args(Severity).index(finding.severity))
    report = Report(
        images=len(data.images), findings=tuple(findings), looked=tuple(looked), seconds=time.monotonic() - began
    )
    keep(inspection, report)
    return report


def keep(inspection: Inspection, report: Report) -> None:
    """Puts a report into the workspace; of too many the oldest go.

    Raises:
        UserError: the disk is full.
    """
    workspace.current().folder(FOLDER)
    workspace.write_bytes(_path(inspection), report.model_dump_json().encode())
    others = sorted(stored.names_in(_path(inspection).parent), key=_changed, reverse=True)
    for path in others[MOST_KEPT:]:
        with contextlib.suppress(OSError):
            workspace.remove(path)


def _path(inspection: Inspection) -> Path:
    return workspace.current().home / FOLDER / f"{inspection.key()}.json"


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
