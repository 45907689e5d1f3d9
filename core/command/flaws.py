"""`python -m core inspect`: a dataset looked through for flaws, on the command line."""

import argparse
import sys
from typing import Any

from core.command import console
from core.command.experiments import read
from core.inspection import Check, Report, at_work
from core.inspection.inspecting import Inspection, inspect_in_child
from core.spec import kinds
from core.words import compact


def inspect(options: argparse.Namespace) -> int:
    """Prints what was found, and fails where something misleads a training or its scores."""
    experiment = read(options.experiment)
    wanted = Inspection(experiment.dataset, experiment.training.validation_split, experiment.seed)
    report = inspect_in_child(wanted, _draw if sys.stderr.isatty() else lambda done, total: None)
    console.say(options.json, report.model_dump(mode="json"), lambda told: _text(report))
    return int(any(finding.severity == "wrong" for finding in report.findings))


def _draw(done: int, total: int) -> None:
    """How far it is, on the terminal's last line; the outcome is written over it."""
    share = 100 * done // max(1, total)
    print(f"\r{share:3d} %  {at_work(done).title()}\x1b[K\r", end="", file=sys.stderr, flush=True)


def _text(report: Report) -> str:
    lines: list[Any] = [f"{one.severity:9} {one.title}. {one.sentence}" for one in report.findings]
    found, catalogue = {one.check for one in report.findings}, kinds(Check)
    lines += [f"{'':9} {catalogue[one.check].clear()}" for one in report.looked if one.check not in found]
    return "\n".join([*lines, f"{'':9} {compact(report.seconds)} s"])
