"""Checkpoints: moments of a training from which a network can be opened, and the newest of which it can go on from."""

import re
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from core import stored
from core.build.weights import are_positional
from core.errors import UserError
from core.experiment import Experiment
from core.runs import arrays
from core.runs.judging import fits, of_known
from core.runs.layout import CHECKPOINTS, FROZEN, MANIFEST, STATE, WEIGHTS

NAME = re.compile(r"[0-9]{6}")
"""Of a checkpoint's folder."""


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

    def place(self, name: str) -> Path:
        """Where one of its files lies; the frozen weights are shared by all checkpoints of a run."""
        return (self.path.parent if name == FROZEN else self.path) / name

    def is_whole(self, name: str) -> bool:
        """Whether one of its files is what was written."""
        return arrays.is_whole(self.place(name), self.files.get(name))

    def weights(self) -> dict[str, np.ndarray] | None:
        """All weights by name, float32, the frozen ones first; None when they are missing or not what was written.

        A checkpoint of format 1 names them by their place in Keras' order: arr_0, arr_1 ...
        """
        parts = [self._read(name) for name in (FROZEN, WEIGHTS) if name == WEIGHTS or name in self.files]
        return None if None in parts else {name: array for part in parts for name, array in part.items()}

    def state(self) -> dict[str, np.ndarray] | None:
        """The optimizer's memory and the random state by name, or None as `weights`."""
        return self._read(STATE)

    def _read(self, name: str) -> dict[str, np.ndarray] | None:
        return arrays.read(self.place(name), self.files.get(name))

    @property
    def has_state(self) -> bool:
        """Whether training can go on from here: the optimizer's memory and the random state are kept for the newest."""
        return (self.path / STATE).exists()


def folder_of(run: Path, number: int) -> Path:
    """Where a checkpoint of a run lies."""
    return run / CHECKPOINTS / f"{number:06d}"


def stamp(run: Path, number: int | None) -> int:
    """Another number whenever another network takes the place of a checkpoint, as a whole epoch does of half a one.

    Args:
        run: its folder.
        number: of the checkpoint; 0 is told of one that is not there, and of None.
    """
    try:
        return (folder_of(run, number or 0) / MANIFEST).stat().st_mtime_ns
    except OSError:
        return 0


def saved(run: Path) -> list[int]:
    """Numbers of the checkpoints of a run, ascending; a stop inside an epoch keeps it under its number."""
    found = [path.name for path in stored.names_in(run / CHECKPOINTS) if NAME.fullmatch(path.name) and path.is_dir()]
    return sorted(map(int, found))


def opened(run: Path, number: int) -> Checkpoint | None:
    """One of them, or None when its manifest can't be read."""
    path = folder_of(run, number)
    told = stored.read_json(path / MANIFEST)
    if not isinstance(told, dict) or not fits(told.get("epoch"), int, "epoch"):
        return None
    if "files" not in told:  # saved by a version that kept weights only
        told = {"epoch": told["epoch"], "files": {WEIGHTS: told.get("sha256")}}
    return of_known(Checkpoint, told, path=path)


def are_of(experiment: Experiment | None, sizes: dict[str, int]) -> bool:
    """Whether weights of these names and sizes are those of an experiment's network; True when its data is not there.

    Args:
        experiment: None when it can't be read.
        sizes: numbers in each array.
    """
    try:
        rows = experiment.trace(experiment.dataset.facts()).rows if experiment else None
    except UserError:
        return True
    if rows is None:
        return True
    if are_positional(sizes):
        return _follow(list(sizes.values()), [row.parameters for row in rows])
    found: dict[str, int] = {}
    for name, size in sizes.items():
        layer = name.partition("/")[0]
        found[layer] = found.get(layer, 0) + size
    return found == {row.name: row.parameters for row in rows if row.parameters}


def _follow(sizes: list[int], layers: list[int]) -> bool:
    """Whether arrays of these sizes, one after the other, fill layers of so many parameters: format 1."""
    ends, borders = ({0, *accumulate(numbers)} for numbers in (sizes, layers))
    return sum(sizes) == sum(layers) and borders <= ends
