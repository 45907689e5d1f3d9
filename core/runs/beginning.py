"""Weights that a run begins with instead of fresh ones: taken out of a `.keras` file, kept by their content.

An experiment names them by their digest. They belong to the network that they came for: once a layer has other numbers
of weights, its experiment is refused until it begins fresh.
"""

import contextlib
import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core import child, stored, workspace
from core.build import base_code, pretrained
from core.datasets import weights_files
from core.errors import UserError
from core.experiment import Experiment
from core.layers.pretrained import Base
from core.runs import arrays, checkpoints
from core.workspace import Workspace

FOLDER, MOST = "weights", 1 << 30
"""Where they lie, and how many bytes of them are kept, the newest."""
MODULE, SECONDS = "core.runs.beginning_process", 180.0
FRESH = "Begin with fresh weights, on the Network page."


@dataclass(frozen=True)
class Taken:
    """Weights that were taken over.

    Args:
        digest: names them.
        notes: sentences about what begins fresh, and what of the file was not needed.
    """

    digest: str
    notes: tuple[str, ...] = ()


def take_over(file: Path, name: str, experiment: Experiment, keys: Mapping[str, str], *, base: bool = False) -> Taken:
    """Takes the weights of a `.keras` file over, in a process of its own.

    Args:
        file: where its bytes lie.
        name: what it was called.
        experiment: whose network they are for.
        keys: the group in the file for each layer, by its name here.
        base: whether they are for the base alone that the network begins with.

    Raises:
        UserError: they are not those of this network, or can't be read.
    """
    job = {"file": str(file), "name": name, "experiment": experiment.to_json(), "keys": dict(keys), "base": base}
    return _done(job)


def take_over_run(run_id: str, experiment: Experiment) -> Taken:
    """Takes the weights of a run over where the layers of a network are alike, in a process of its own.

    Args:
        run_id: of a run that has ended.
        experiment: whose network they are for; the outputs of its head go by the names of their classes.

    Raises:
        UserError: they can't be had.
    """
    return _done({"run": run_id, "experiment": experiment.to_json()})


def _done(job: dict[str, Any]) -> Taken:
    """What came of a job."""
    try:
        told = child.ask(MODULE, job, None, SECONDS)
    except UserError as error:
        if error.code in ("CRASHED", "TIMEOUT"):
            what = "Taking the weights over broke off; nothing of them was kept."
            raise UserError(what, "Try again, or take the network without them.", "WEIGHTS_CRASHED") from error
        raise
    return Taken(told["digest"], tuple(told["notes"]))


def keep(home: Workspace, weights: arrays.Arrays) -> str:
    """Keeps weights under their digest, which it returns.

    Args:
        weights: float32 by name, `layer/variable`; asked for one after the other.

    Raises:
        UserError: the disk is full.
    """
    folder = home.folder(FOLDER)
    with workspace.staging(folder) as place:
        digest = arrays.write(place / "weights", weights).digest
        if not is_kept(home, digest):
            workspace.commit(place / "weights", _path(home, digest))
    _let_go(folder, digest)
    return digest


def weights_of(home: Workspace, digest: str) -> dict[str, np.ndarray]:
    """The weights of a digest: float32 by name.

    Raises:
        UserError: they are not here.
    """
    found = arrays.read(_path(home, digest), digest)
    if found is None:
        raise _not_here()
    return found


def base_weights(home: Workspace, digest: str) -> dict[str, np.ndarray]:
    """The weights of a base out of a network of one's own: float32 by `part/variable`.

    Raises:
        UserError: they are not here.
    """
    found = arrays.read(_path(home, digest), digest)
    return pretrained.nowhere(digest) if found is None else found


def file_beside(home: Workspace, experiment: Experiment) -> tuple[str, Path] | None:
    """The weights of a base that its script reads: what it calls their file, and where they lie; None without any.

    Args:
        home: where weights of one's own lie.
        experiment: without blocking problems.

    Raises:
        UserError: they are not here any more, or its dataset isn't.
    """
    traced = experiment.trace(experiment.dataset.facts())
    name = base_code.weights_name(traced)
    if not name:
        return None
    row = next(row for row in traced.rows if row.base)
    digest = row.base.digest
    if digest and not is_kept(home, digest):
        pretrained.nowhere(digest, row.base.short())
    return name, _path(home, digest) if digest else weights_files.place(row.base.file(row.input_shape))


def is_kept(home: Workspace, digest: str) -> bool:
    """Whether the weights of a digest are here; those that are asked for count as new, and stay."""
    path = _path(home, digest)
    if not stored.is_there(path):
        return False
    with contextlib.suppress(OSError):  # a disk that can only be read keeps them as well
        workspace.touch(path)
    return True


def require(home: Workspace, experiment: Experiment) -> None:
    """Refuses an experiment whose weights are not here, or are of another network by now; any without passes.

    Raises:
        UserError: it does.
    """
    if not experiment.weights:
        for layer in experiment.layers:
            if isinstance(layer, Base) and layer.digest and not is_kept(home, layer.digest):
                pretrained.nowhere(layer.digest, layer.short())
        return
    sizes = _sizes(_path(home, experiment.weights))
    if sizes is None:
        raise _not_here()
    if not checkpoints.are_of(experiment, sizes):
        raise UserError(
            "The network was changed: the weights taken over are not those of its layers any more.",
            f"{FRESH} Undo brings the network back that they are for.",
            "WEIGHTS_DO_NOT_FIT",
        )


def _not_here() -> UserError:
    what = "The weights that this experiment begins with are not on this machine."
    return UserError(what, FRESH, "WEIGHTS_NOT_HERE")


def _path(home: Workspace, digest: str) -> Path:
    return home.home / FOLDER / f"{digest}.npz"


def _sizes(path: Path) -> dict[str, int] | None:
    """How many numbers each array has, told by its head alone; None where there is no such file."""
    try:
        with zipfile.ZipFile(path) as file:
            return {name.removesuffix(".npy"): _size(file, name) for name in file.namelist()}
    except arrays.UNREADABLE:
        return None


def _size(file: zipfile.ZipFile, name: str) -> int:
    with file.open(name) as array:
        np.lib.format.read_magic(array)
        return math.prod(np.lib.format.read_array_header_1_0(array)[0])


def _let_go(folder: Path, kept: str) -> None:
    """Removes the oldest where there are too many."""
    found, size = [], 0
    for path in folder.glob("[!.]*.npz"):
        with contextlib.suppress(OSError):  # another process makes room at the same time
            found.append((path.stat().st_mtime, path.stat().st_size, path))
    for _, length, path in sorted(found, reverse=True):
        size += length
        if size > MOST and path.stem != kept:
            with contextlib.suppress(OSError):
                workspace.remove(path)
