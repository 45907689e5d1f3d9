"""What each dataset takes on the disk, which runs learned from it, and what can go because it is made again."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from core import holdings, stored, workspace
from core.datasets import Dataset, views
from core.datasets.own_images import OwnImages, uploads
from core.datasets.views import View
from core.errors import UserError
from core.holdings import FEATURES, IMAGES, PREPARED
from core.runs.collection import Runs
from core.runs.run import Run
from core.spec import one_of
from core.workspace import using

UNKNOWN = ""
"""Key of what no dataset is known for."""


@dataclass
class Kept:
    """What lies on the disk of one dataset, whatever its settings.

    Args:
        key: names it: the kind of a built-in one, the id of own images; empty for what nobody knows any more.
        title: what people call it.
        pictures: bytes of own images as they were brought; 0 for others.
        prepared, features: bytes of its prepared forms, and of what frozen layers made of it.
        made: all of these.
        runs: that learned from it, the latest first.
    """

    key: str
    title: str
    pictures: int = 0
    prepared: int = 0
    features: int = 0
    made: list[View] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Bytes in all."""
        return self.pictures + self.prepared + self.features

    @property
    def freeable(self) -> int:
        """Bytes of what is made again when it is wanted."""
        return self.prepared + self.features


def kept(runs: Runs) -> list[Kept]:
    """Every dataset of which something lies on the disk, the largest first."""
    with using(runs.workspace):
        found: dict[str, Kept] = {}
        sizes = holdings.held(runs.workspace, IMAGES).parts
        for upload in uploads():
            found[upload.images_id] = Kept(upload.images_id, upload.title, sizes.get(upload.images_id, 0))
        for place in (PREPARED, FEATURES):
            for view in views.views(place):
                told = stored.read_json(view.path / views.FACTS)
                one = _of(told.get("dataset") if isinstance(told, dict) else None, found)
                one.made.append(view)
                if place is PREPARED:
                    one.prepared += view.size
                else:
                    one.features += view.size
        for run in runs.newest():
            with contextlib.suppress(UserError):  # a damaged one says nothing
                if one := found.get(_key(run.experiment.dataset)):
                    one.runs.append(run)
    return sorted((one for one in found.values() if one.size), key=lambda one: one.size, reverse=True)


def _of(told: Any, found: dict[str, Kept]) -> Kept:
    """The dataset that a view says it was made of."""
    try:
        dataset: Dataset = TypeAdapter(one_of(Dataset)).validate_python(told)
        key, title = _key(dataset), dataset.called()
    except ValidationError:
        key, title = UNKNOWN, "Of an earlier version"
    return found.setdefault(key, Kept(key, title))


def _key(dataset: Dataset) -> str:
    """One for all settings of a dataset: own images are told apart, of others the kind says all."""
    return dataset.images_id if isinstance(dataset, OwnImages) else dataset.kind


def free(key: str, runs: Runs) -> int:
    """Throws away what is made again when it is wanted: the prepared forms of a dataset, and its features.

    Args:
        key: as `Kept.key` says.
        runs: of the workspace.

    Returns:
        the bytes that went.

    Raises:
        UserError: a run that is under way needs them, or the disk is to blame.
    """
    one = next((one for one in kept(runs) if one.key == key), None)
    if one is None:
        return 0
    if live := next((run for run in one.runs if run.status().is_live), None):
        what = f"{live.title} is under way and needs the prepared images of {one.title}."
        raise UserError(what, "Wait until it ends, or stop it, then free them.", "DATASET_IN_USE")
    gone = 0
    try:
        for view in one.made:
            with contextlib.suppress(FileNotFoundError):  # another process threw it away
                workspace.discard(view.path)
                gone += view.size
    except OSError as error:
        raise workspace.disk_error(error) from error
    finally:
        holdings.forget(runs.workspace, PREPARED, FEATURES)
    return gone


def parts(one: Kept) -> Mapping[str, int]:
    """What there is of it, by name; only what takes room."""
    all_of_it = {"pictures": one.pictures, "prepared": one.prepared, "features": one.features}
    return {name: size for name, size in all_of_it.items() if size}
