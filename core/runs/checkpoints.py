"""Checkpoints: moments of a training from which a network can be opened, and the newest of which it can go on from."""

import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.runs.layout import CHECKPOINTS, MANIFEST, STATE, WEIGHTS
from core.runs.states import fits, of_known
from core.workspace import read_json


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


def folder_of(run: Path, number: int) -> Path:
    """Where a checkpoint of a run lies."""
    return run / CHECKPOINTS / f"{number:06d}"


def saved(run: Path) -> list[int]:
    """Numbers of the checkpoints of a run, ascending; a stop inside an epoch keeps it under its number."""
    home = run / CHECKPOINTS
    return sorted(int(p.name) for p in home.iterdir() if p.name.isdigit()) if home.exists() else []


def opened(run: Path, number: int) -> Checkpoint | None:
    """One of them, or None when its manifest can't be read."""
    path = folder_of(run, number)
    told = read_json(path / MANIFEST)
    if not isinstance(told, dict) or not fits(told.get("epoch"), int):
        return None
    if "files" not in told:  # saved by a version that kept weights only
        told = {"epoch": told["epoch"], "files": {WEIGHTS: told.get("sha256")}}
    return of_known(Checkpoint, told, path=path)
