"""Features: what the frozen part of a network makes of images, computed once per image and kept on disk by content.

They are named by all that decides them: the images, the layers, their weights, the precision, what was drawn. Whoever
trains another head on the same part finds them there. They are only ever a short way: without them, for want of room or
because they were thrown away, the same training computes the same.
"""

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core import workspace
from core.build.model import build_augmentation
from core.datasets import views
from core.errors import UserError
from core.experiment import Experiment, frozen
from core.experiment.frozen import FrozenPart, frozen_part, is_still, kept_part
from core.experiment.network import Trace
from core.holdings import FEATURES, size_words
from core.training.extraction import Extraction, rest_of
from core.training.feed import ImageFeed
from core.words import counted

if TYPE_CHECKING:
    import keras

    from core.training.loop import Trainer

VERSION = 1
"""Raised when the same layers give other numbers."""
ARRAY = "features.npy"
TOLD_SECONDS = 0.25
"""Between two tellings of how far it is."""
DISK = frozenset({"DISK_FULL", "DISK_ERROR", "WORKSPACE_NOT_WRITABLE"})
"""Refusals after which a run trains on without features."""


class Features(ImageFeed):
    """Features of some images.

    Args:
        feed: of all that lie in a file.
        places: int64 (N,), where in it those of an image lie, by its position; -1 for those that are not there.
    """

    def __init__(self, feed: ImageFeed, places: np.ndarray) -> None:
        self._feed, self._places = feed, places

    def at(self, positions: np.ndarray) -> np.ndarray:
        return self._feed.at(self._places[positions])


class FeatureFeed(ImageFeed):
    """Features in place of images, by the same positions.

    Args:
        held: of images as they are.
        drawn: of each augmented version of those that are learnt from; empty where they are learnt from as they are.
    """

    def __init__(self, held: Features, drawn: Sequence[Features]) -> None:
        self._held, self._drawn = held, drawn

    def of_epoch(self, epoch: int) -> ImageFeed:
        return self._drawn[epoch % len(self._drawn)] if self._drawn else self

    def at(self, positions: np.ndarray) -> np.ndarray:
        return self._held.at(positions)


@dataclass(frozen=True)
class Wanted:
    """One file of features.

    Args:
        positions: int64 (n,), of the images.
        draws: how many augmented versions of each; 0 for the images as they are.
    """

    positions: np.ndarray
    draws: int = 0

    @property
    def count(self) -> int:
        """Features in all."""
        return len(self.positions) * max(1, self.draws)

    def places(self, images: int, draw: int = 0) -> np.ndarray:
        """Where the features of an image lie, by its position."""
        found = np.full(images, -1, np.int64)
        found[self.positions] = np.arange(len(self.positions)) + draw * len(self.positions)
        return found


def take(training: "Trainer", traced: Trace) -> ImageFeed | None:
    """Has the frozen part computed once per image, and the training learn from what it gives.

    Args:
        training: its network with its weights, its steps compiled for nothing yet.
        traced: its network.

    Returns:
        what it learns from; None where it computes the whole network in every step, and the status says why.

    Raises:
        Ended: the user asked to stop meanwhile.
    """
    part = kept_part(training.experiment, traced)
    if part is None:
        if told := why_not(training.experiment, traced):
            training.tell(features=told)
        return None
    try:
        feed = _Keeper(training, part).feed()
    except UserError as error:
        if error.code not in DISK:
            raise
        training.tell(features=f"{error.what} {ANEW}", computing=0, computed=0)
        return None
    training.steps.learn_from_features(rest_of(training.model, part.rows))
    return feed


ANEW = "The frozen layers are computed in every epoch."


def why_not(experiment: Experiment, traced: Trace) -> str:
    """Why what could be computed once is computed in every epoch, in words; empty where nothing could."""
    if frozen_part(traced) and experiment.mixes:
        return f"Images are mixed with one another anew in every step. {ANEW}"
    if frozen_part(traced):
        return f"Images are augmented anew in every epoch. {ANEW}"
    adds = sum(row.multiply_adds for row in traced.rows if row.parameters and is_still(row))
    return f"The rest reads more than the last of the frozen layers. {ANEW}" if adds >= frozen.LEAST else ""


class _Keeper:
    """Finds features of a training, or makes them.

    Args:
        training: whose images.
        part: of its network.
    """

    def __init__(self, training: "Trainer", part: FrozenPart) -> None:
        self.training, self.part = training, part
        self.home = workspace.current().home / FEATURES.folder
        self.draws = training.experiment.training.feature_draws if training.experiment.applied else 0
        self._made, self._all, self._told = 0, 0, 0.0

    def feed(self) -> ImageFeed:
        """What the training learns from.

        Raises:
            UserError: there is no room for them, or the disk is to blame.
            Ended: the user asked to stop.
        """
        data, count = self.training.data, len(self.training.data.images)
        held = Wanted(np.arange(count))
        drawn = Wanted(np.sort(data.train), self.draws) if self.draws else None
        wanted = [one for one in (held, drawn) if one]
        keys = [key(self.training, self.part, one) for one in wanted]
        missing = [one for one, name in zip(wanted, keys, strict=True) if not _is_there(self.home / name)]
        self._all = sum(one.count for one in missing)
        self._make_room(wanted, missing, keys)
        feeds = [ImageFeed(self._opened(one, name)) for one, name in zip(wanted, keys, strict=True)]
        self._tell_kept(wanted, bool(missing))
        versions = [Features(feeds[1], drawn.places(count, draw)) for draw in range(self.draws)]
        return FeatureFeed(Features(feeds[0], held.places(count)), versions)

    def _make_room(self, wanted: list[Wanted], missing: list[Wanted], keys: list[str]) -> None:
        """Keeps to the budget.

        Raises:
            UserError: what is wanted is more than all that may be kept.
        """
        size = self.part.bytes_of(sum(one.count for one in wanted))
        if size > FEATURES.setting.value():
            allowed = size_words(FEATURES.setting.value())
            raise UserError(
                f"Features of these images would take {size_words(size)}, and all may take {allowed}.",
                f"Set {FEATURES.setting.variable} higher.",
                "DISK_FULL",
            )
        more = self.part.bytes_of(sum(one.count for one in missing))
        views.make_room(lambda: keys, FEATURES, more, 0.0)

    def _opened(self, one: Wanted, name: str) -> np.ndarray:
        """The features of a file, made unless they are there: float32 (n, ...)."""
        target = self.home / name
        for _ in range(2):
            if not _is_there(target):
                self._discard(target)
                self._make(one, target)
            try:
                views.used(target)
                found = np.load(target / ARRAY, mmap_mode="r", allow_pickle=False)
                if found.shape == (one.count, *self.part.shape) and found.dtype == np.float32:
                    return found
            except (OSError, ValueError):  # thrown away at this very moment, or damaged
                pass
            self._discard(target)
        raise UserError("Features could not be read back.", "Train again.", "DISK_ERROR")

    def _discard(self, target: Path) -> None:
        """Takes what is damaged away."""
        try:
            if target.exists():
                workspace.discard(target)
        except OSError as error:
            raise workspace.disk_error(error) from error

    def _make(self, one: Wanted, target: Path) -> None:
        """Computes features into a file that nobody sees before it is whole."""
        workspace.current().folder(FEATURES.folder)
        with workspace.staging(target.parent) as staging:
            array = workspace.new_array(staging / ARRAY, (one.count, *self.part.shape), np.float32)
            start = 0
            for values in self._computed(one):
                array[start : start + len(values)] = values
                start += len(values)
                self._tell(len(values))
            del array  # Windows renames no folder with open files
            dataset = self.training.experiment.dataset.as_brought().model_dump()
            facts = {"schema": VERSION, "images": one.count, "dataset": dataset}
            workspace.write_json(staging / views.FACTS, facts)
            try:
                workspace.commit(staging, target)
            except OSError:
                if not _is_there(target):  # else another run made the same meanwhile
                    raise

    def _computed(self, one: Wanted) -> Iterator[np.ndarray]:
        """Features in the order of the positions, one version of all images after the other."""
        training = self.training
        augmentation = build_augmentation(training.experiment) if one.draws else None
        extraction = Extraction(training.model, self.part.rows, augmentation)
        images = ImageFeed(training.data.images)
        for _ in range(max(1, one.draws)):
            for start in range(0, len(one.positions), extraction.batch):
                training.control.hold(training)
                yield extraction.of(images.at(one.positions[start : start + extraction.batch]))

    def _tell(self, more: int) -> None:
        """Says now and then how far it is."""
        self._made += more
        if self._made == self._all or time.monotonic() - self._told > TOLD_SECONDS:
            self._told = time.monotonic()
            self.training.tell(computing=self._all, computed=self._made)

    def _tell_kept(self, wanted: list[Wanted], are_new: bool) -> None:
        """Says what is learnt from; a wait meanwhile is none within the first epoch."""
        size = size_words(self.part.bytes_of(sum(one.count for one in wanted)))
        images = counted(len(self.training.data.images), "image")
        once, kept = f"Frozen layers computed once for {images}", f"Features of {images} were kept from an earlier run"
        told = once if are_new else kept
        drawn = f", training images in {counted(self.draws, 'augmented version')} taken in turn" if self.draws else ""
        self.training.control.take_waited()
        self.training.tell(computing=0, computed=0, features=f"{told}{drawn} ({size}).")


def _is_there(path: Path) -> bool:
    return (path / views.FACTS).exists()


def key(training: "Trainer", part: FrozenPart, one: Wanted) -> str:
    """Names features by all that decides them.

    Args:
        training: whose images, network and weights.
        part: of the network.
        one: which images.
    """
    experiment, images = training.experiment, training.data.images
    places = {row.id: place for place, row in enumerate(part.rows)}
    told = {
        "version": VERSION,
        "images": [experiment.dataset.key(), *images.shape],
        "rows": [[row.layer.model_dump(), [places.get(one, -1) for one in row.inputs]] for row in part.rows],
        "weights": _digest(training.model, part),
        "precision": experiment.training.precision,
        "positions": hashlib.sha256(one.positions.tobytes()).hexdigest(),
        "draws": one.draws,
        "drawn": [experiment.seed, [change.model_dump() for change in experiment.applied]] if one.draws else [],
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]


def _digest(model: "keras.Model", part: FrozenPart) -> str:
    """Of all weights of a part, in order."""
    found = hashlib.sha256()
    for row in part.rows:
        for variable in model.get_layer(row.name).weights:
            found.update(variable.numpy().tobytes())
    return found.hexdigest()
