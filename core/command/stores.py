"""`python -m core store`: the dataset of an experiment as a file in one of the forms, or all of them measured."""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core import workspace
from core.command import console
from core.command.experiments import read
from core.holdings import size_words
from core.stores import files, find, measuring, remarks, stores
from core.stores.measuring import Measured, Measurement


def add_arguments(one: argparse.ArgumentParser) -> None:
    """What the command is told beside the experiment."""
    one.add_argument("--as", dest="store", default="hdf5", metavar="FORM", help=f"one of {', '.join(stores())}")
    one.add_argument("--out", type=Path, help="the file to write, or the folder to write it into")
    one.add_argument("--measure", action="store_true", help="write nothing; measure every form with these images")


def store(options: argparse.Namespace) -> int:
    """Writes the file, or prints the measurement."""
    experiment = read(options.experiment)
    asked = experiment.dataset, experiment.training.validation_split, experiment.seed
    progress = _draw if sys.stderr.isatty() else None
    if options.measure:
        found = measuring.measure(*asked, progress)
        console.say(options.json, asdict(found), lambda _: _text(found))
        return 0
    made = files.make(*asked, find(options.store).word, progress)
    target = console.target(options.out, made.name)
    try:
        with made.path.open("rb") as source:
            console.copy_new(target, source)
    finally:
        workspace.remove(made.path)
    document = {"store": options.store, "file": str(target), "bytes": target.stat().st_size}
    console.say(options.json, document, lambda told: told["file"])
    return 0


def _draw(done: int, total: int) -> None:
    print(f"\r{done} of {total}\x1b[K\r", end="", file=sys.stderr, flush=True)


def _text(found: Measurement) -> str:
    head = f"{'':16}{'on disk':>10}{'write':>12}{'in order':>12}{'at random':>12}  the same back"
    said = [*remarks.on_size(found), *remarks.on_speed(found)]
    return "\n".join([head, *map(_row, found.stores), "(images/s)", *said])


def _row(one: Measured) -> str:
    rates: list[Any] = [one.write, one.in_order, one.at_random]
    numbers = "".join(f"{rate:>12,.0f}" for rate in rates)
    return (
        f"{stores()[one.word].called():16}{size_words(one.on_disk):>10}{numbers}  {'yes' if one.is_identical else 'NO'}"
    )
