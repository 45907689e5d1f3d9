"""`python -m core fetch`: the bases and their weights, without a browser."""

import argparse
import sys
from typing import Any

from core.command.console import say
from core.command.experiments import HOW_NAMED, read
from core.datasets import weights_files
from core.experiment.weights_needed import needed
from core.layers import Layer
from core.layers.pretrained import Base, WeightsFile
from core.spec import kinds

Wanted = tuple[str, WeightsFile]
"""The name of a base, and its file."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `fetch` is told."""
    help_text = f"a base, or whose bases: {HOW_NAMED}; without it all bases are listed"
    parser.add_argument("what", metavar="WHAT", nargs="?", default="", help=help_text)


def fetch(options: argparse.Namespace) -> int:
    """Fetches what is not here yet, or lists what there is."""
    wanted = _wanted(options.what)
    if options.what:
        for name, file in wanted:
            _fetch(name, file)
    document = {"weights": [_about(name, file) for name, file in wanted]}
    say(options.json, document, _text)
    return 0


def _wanted(what: str) -> list[Wanted]:
    """The files of a base, of an experiment, or of all bases as they are unless told otherwise."""
    bases = {name: kind() for name, kind in kinds(Layer).items() if issubclass(kind, Base)}
    if what and what not in bases:
        experiment = read(what)
        return [(one.base.kind, one.file) for one in needed(experiment, experiment.dataset.facts())]
    chosen = [bases[what]] if what else bases.values()
    return [(base.kind, file) for base in chosen if (file := base.file(base.usual))]


def _fetch(name: str, file: WeightsFile) -> None:
    if weights_files.is_here(file):
        return
    print(f"Fetching the weights of {name}, {weights_files.megabytes(file)}: {file.url}", file=sys.stderr)

    def progress(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done} of {total} MB", end="\n" if done == total else "", file=sys.stderr, flush=True)

    weights_files.fetch(file, progress)


def _about(name: str, file: WeightsFile) -> dict[str, Any]:
    return {
        "base": name,
        "file": str(weights_files.place(file)),
        "url": file.url,
        "md5": file.md5 or None,
        "bytes": file.size,
        "is_here": weights_files.is_here(file),
    }


def _text(document: dict[str, Any]) -> str:
    lines = [
        f"{one['base']:20} {max(1, round(one['bytes'] / 1e6)):4} MB  {one['file'] if one['is_here'] else 'not here'}"
        for one in document["weights"]
    ]
    return "\n".join(lines) or "No base needs a file."
