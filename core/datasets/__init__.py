"""The catalogue of datasets, and the one form in which every process reads them.

A dataset is prepared once: its images lie in the workspace as one array file that is opened as a memory map, so the
server samples it, a worker streams it, and neither ever holds it whole.
"""

import contextlib
import hashlib
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import Field

from core import child, workspace
from core.corrections import LEFT_OUT, MOST_STEPS, Correction, Labelled, applied, mended
from core.corrections import source as corrections_source
from core.datasets import views
from core.datasets.groups import grouped_split
from core.datasets.split import NONE_LEFT, TEST, TRAIN, VALIDATION, check_labels, deal, stratified_split
from core.datasets.split import problems as split_problems
from core.problems import ALONE, Context, Dealt, Facts, Problem
from core.spec import Spec, one_of, option
from core.words import counted

FORMAT = 1
"""Raised when the prepared form changes, so that old files are made anew."""

Empty = Callable[[tuple[int, ...], type], np.ndarray]
"""Makes an array to be filled, given its shape and dtype: `np.empty`, or one that lies on the disk."""


@dataclass(frozen=True)
class ImageData:
    """Images and labels, split; the images are memory maps, so index before you compute.

    Args:
        images: uint8 (N, height, width, channels), 0..255.
        labels: int64 (N,), an index into `class_names`.
        train, validation, test: int64 positions into `images`; `test` may be empty. An image that was left out is in
            none of them.
        class_names: one per label.
    """

    images: np.ndarray
    labels: np.ndarray
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    class_names: tuple[str, ...]

    def positions(self, split: str) -> np.ndarray:
        """Positions of one split by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[split]


class Dataset(Spec):
    """Labelled pictures to learn from."""

    family: ClassVar[str] = "More"
    """Heading under which the Data page offers it."""

    instant: ClassVar[bool] = False
    """Whether preparing takes so little that a page may do it itself."""

    megabytes: ClassVar[int] = 0
    """Size of its download; 0 for what needs no network."""

    origin: ClassVar[str] = ""
    """The host that its download comes from."""

    handed: ClassVar[bool] = False
    """Whether its pictures are signs, which mean something else once mirrored or turned far."""

    has_images: ClassVar[bool] = True
    """Whether there are images; without them a network can be looked at, and not be trained."""

    seen_otherwise: ClassVar[tuple[str, ...]] = ("image_size", "color", "aspect")
    """Fields that show the same images otherwise, in the same order, so that what was mended holds."""

    dealt_otherwise: ClassVar[tuple[str, ...]] = ()
    """Fields that say how the same images are dealt out, and nothing about what is prepared."""

    corrections: tuple[one_of(Correction), ...] = Field(
        (),
        max_length=MOST_STEPS,
        description="What was mended, step by step.",
        json_schema_extra={"shown": False, "rare": True},
    )
    learns_as_brought: bool = option(
        False,
        "Whether training images stay as they came, and only what is checked on is mended.",
        shown=False,
        rare=True,
    )

    def called(self) -> str:
        """The name by which people know these pictures: that of the kind, or of their own ones what they call them."""
        return self.title()

    def is_here(self) -> bool:
        """Whether it can be made ready without the network."""
        return True

    def fetching(self) -> str:
        """What getting it ready takes, in a sentence: what is fetched, how large it is; empty where nothing is."""
        if self.is_here() or is_prepared(self):
            return ""
        return (
            f"{self.called()} is not on this machine: {self.megabytes} MB are fetched from {self.origin}, once. "
            "That needs the network."
        )

    def edited(self, **changes: Any) -> Self:
        """A copy with some fields changed; where these ask for other images, nothing of it was mended yet."""
        fields = set(changes) - {*self.seen_otherwise, *self.dealt_otherwise, "corrections", "learns_as_brought"}
        if "corrections" not in changes and any(changes[name] != getattr(self, name) for name in fields):
            changes |= {"corrections": (), "learns_as_brought": False}
        return super().edited(**changes)

    def as_brought(self) -> Self:
        """The same without anything that was mended."""
        return self.edited(corrections=(), learns_as_brought=False)

    def facts(self) -> Facts:
        """Shape, classes and count as they are by now, without reading an image.

        Counts of a dataset that was mended are known once it is prepared.

        Raises:
            UserError: the dataset is not there.
        """
        facts = self.pristine()
        return _mended_facts(self, facts, self._is_known()) if self.corrections else facts

    def pristine(self) -> Facts:
        """Shape, classes and count as they came; what a kind of dataset implements.

        Raises:
            UserError: the dataset is not there.
        """
        raise NotImplementedError

    def labelled(self) -> tuple[np.ndarray, np.ndarray]:
        """Labels int64 (N,) and split int8 (N,) as they came, of a dataset that is prepared.

        Raises:
            OSError: it is not prepared.
        """
        home = workspace.current().home / views.FOLDER / self.key()
        labels, split = (np.load(home / f"{name}.npy", allow_pickle=False) for name in ("labels", "split"))
        return labels, split

    def _is_known(self) -> bool:
        return is_prepared(self)

    def generate(self, progress: child.Progress, empty: Empty = np.empty) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Makes or reads everything: images uint8 (N, H, W, C), labels int64 (N,), split int8 (N,), 0..2 as in SPLITS.

        Args:
            progress: called with (done, total) now and then.
            empty: makes the array of images for kinds that fill it one by one, so that it need not fit into memory.

        Raises:
            UserError: the data cannot be had.
        """
        raise NotImplementedError

    def source(self, context: Context = ALONE) -> str:
        """Lines of Python that define `images`, `labels`, `split`, `class_names` as `generate` and `pristine` do."""
        raise NotImplementedError

    def problems(self, context: Context) -> list[Problem]:
        """Too few classes or images, and classes that can hardly be learnt."""
        facts = context.facts
        if len(facts.class_names) < 2:
            return [Problem("data", "This dataset has one class only.", "Choose one with two classes or more.")]
        if facts.count < 2:
            few = "no picture" if not facts.count else "one picture only"
            return [Problem("data", f"This dataset has {few}.", "Choose one with two pictures or more.")]
        dealt = self.dealt_by_now(context.share, context.seed)
        if dealt is None:
            return split_problems(facts, deal(facts, context.share))
        none = [] if any(dealt.train) and any(dealt.validation) else [NONE_LEFT]
        return [*none, *split_problems(facts, dealt)]

    def dealt_by_now(self, share: float, seed: int) -> Dealt | None:
        """How many images training and validation get after what was mended; None where nothing was, or not known.

        Args:
            share: 0..0.9 of each class's training images held out for validation.
            seed: of the split.
        """
        return _dealt_by_now(self, share, seed) if self.corrections and self._is_known() else None

    def words(self) -> str:
        """Its size in a few words: "8x8 grey"."""
        height, width, channels = self.facts().shape
        return f"{height}x{width} {'grey' if channels == 1 else 'colour'}"

    def original_sizes(self) -> np.ndarray:
        """Width and height in px before the pictures were made alike: int64 (N, 2), or (1, 2) when all had the same."""
        height, width, _ = self.facts().shape
        return np.array([[width, height]], np.int64)

    def names(self) -> tuple[str, ...]:
        """What the file of each image is called; empty where they come in no files."""
        return ()

    def mended_words(self) -> str:
        """How much was mended: "mended: 3 steps"; empty where nothing was."""
        steps = counted(len(self.corrections), "step")
        as_came = ", learnt from as it came" if self.learns_as_brought else ""
        return f"mended: {steps}{as_came}" if self.corrections else ""

    def caption(self, position: int) -> str:
        """What is known of one picture beside its class: its size, and its name where it has one."""
        width, height = self.original_sizes()[0]
        return f"{width}x{height} px"

    def groups(self) -> np.ndarray | None:
        """Numbers that are equal for images to be held out together, int64 (N,); None where each goes by itself."""
        return None

    def key(self) -> str:
        """Names the prepared form: the same settings give the same key, whatever was mended since."""
        told = self._as_prepared().model_dump_json()
        return hashlib.sha256(f"{FORMAT} {told}".encode()).hexdigest()[:32]

    def _as_prepared(self) -> Self:
        """The same without what changes no prepared image."""
        plain = {name: type(self).model_fields[name].default for name in self.dealt_otherwise}
        return (self.as_brought() if self.corrections else self).model_copy(update=plain)

    def state(self) -> str:
        """Names the images with all that is said about them by now; for what is remembered of classes and splits."""
        if self == self._as_prepared():
            return self.key()
        return hashlib.sha256(f"{FORMAT} {self.model_dump_json()}".encode()).hexdigest()[:32]


@lru_cache(maxsize=64)
def _mended_facts(dataset: Dataset, facts: Facts, is_known: bool) -> Facts:
    """Facts after what was mended; without the labels themselves only names are known."""
    labels, split = dataset.labelled() if is_known else (np.zeros(0, np.int64), np.zeros(0, np.int8))
    now = applied(dataset.corrections, Labelled(labels, split, facts.class_names))
    names = now.class_names
    if not is_known:
        return replace(facts, class_names=names, counts=(), validation_counts=(), test_counts=())
    # Where none came for validation, images are drawn for it among all the others.
    part = np.where((now.split == VALIDATION) & (not facts.has_validation), TRAIN, now.split)
    counts = [
        tuple(np.bincount(now.labels[part == number], minlength=len(names)).tolist())
        for number in (TRAIN, VALIDATION, TEST)
    ]
    told = dict(zip(("counts", "validation_counts", "test_counts"), counts, strict=True))
    return replace(facts, class_names=names, count=int((part >= 0).sum()), **told)


@lru_cache(maxsize=64)
def _dealt_by_now(dataset: Dataset, share: float, seed: int) -> Dealt:
    """Images of each class that are learnt from and checked on, once dealt out and mended."""
    now, parts = dealt(dataset, *dataset.labelled(), share, seed)
    train, validation = (np.bincount(now.labels[part], minlength=len(now.class_names)) for part in parts[:2])
    return Dealt(tuple(train.tolist()), tuple(validation.tolist()))


def is_prepared(dataset: Dataset) -> bool:
    """Whether the images already lie in the workspace."""
    return (workspace.current().home / views.FOLDER / dataset.key() / views.FACTS).exists()


def prepare(dataset: Dataset, progress: child.Progress = lambda done, total: None) -> Path:
    """Puts the images into the workspace, unless they are there; returns their folder.

    Raises:
        UserError: the data cannot be had, or the disk is full.
    """
    target = workspace.current().folder(views.FOLDER) / dataset.key()
    if (target / views.FACTS).exists():
        return target
    with workspace.staging(target.parent) as staging:
        _write(dataset, staging, progress)
        try:
            workspace.commit(staging, target)
        except OSError:
            # Another process prepared the same data meanwhile: theirs is as good as ours.
            if not (target / views.FACTS).exists():
                raise
    return target


def _write(dataset: Dataset, staging: Path, progress: child.Progress) -> None:
    """Fills the folder; on return no file in it is open, as Windows renames no folder with open files."""
    on_disk = partial(workspace.new_array, staging / "images.npy")
    images, labels, split = dataset.generate(progress, on_disk)
    if not isinstance(images, np.memmap):
        on_disk(images.shape, images.dtype)[:] = images
    workspace.new_array(staging / "labels.npy", labels.shape, np.int64)[:] = labels
    workspace.new_array(staging / "split.npy", split.shape, np.int8)[:] = split
    workspace.write_json(staging / views.FACTS, {"schema": FORMAT, "dataset": dataset.model_dump()})


def load(
    dataset: Dataset, share: float = 0.2, seed: int = 0, progress: child.Progress = lambda done, total: None
) -> ImageData:
    """Opens a dataset, preparing it when needed.

    Args:
        dataset: which one.
        share: 0..0.9 of each class's training images held out for validation.
        seed: of the split.

    Raises:
        UserError: the data cannot be had, or a label has no class.
    """
    try:
        images, labels, split = _open(prepare(dataset, progress))
    except FileNotFoundError:  # it was thrown away between the two; what is new stays for an hour
        images, labels, split = _open(prepare(dataset, progress))
    check_labels(labels, dataset.pristine().class_names)
    now, parts = dealt(dataset, labels, split, share, seed)
    return ImageData(images, now.labels, *parts, now.class_names)


def dealt(
    dataset: Dataset, labels: np.ndarray, split: np.ndarray, share: float, seed: int
) -> tuple[Labelled, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """What is said about images by now, and the positions (train, validation, test), once dealt out and then mended.

    Args:
        dataset: whose corrections.
        labels: int64 (N,), as it came.
        split: int8 (N,), 0..2, as it came.
        share: 0..0.9 of each class's training images held out for validation.
        seed: of the split.
    """
    groups = dataset.groups()
    if groups is None:
        train, validation, test = stratified_split(labels, split, share, seed)
    else:
        train, validation, test = grouped_split(labels, split, groups, share, seed)
    given = np.full(len(labels), LEFT_OUT, np.int8)
    for number, part in ((TEST, test), (VALIDATION, validation), (TRAIN, train)):
        given[part] = number
    brought = Labelled(labels, given, dataset.pristine().class_names)
    if not dataset.corrections:
        return brought, (train, validation, test)
    return mended(
        dataset.corrections,
        brought,
        learns_as_brought=dataset.learns_as_brought,
        is_watched=test is validation,
    )


def corrections_in_python(dataset: Dataset) -> str:
    """Lines of a script that mend `labels`, `train`, `validation`, `test` and `class_names`; empty where nothing is.

    Args:
        dataset: whose corrections.

    Raises:
        UserError: it is not there.
    """
    if not dataset.corrections:
        return ""
    names = dataset.pristine().class_names
    none = Labelled(np.zeros(0, np.int64), np.zeros(0, np.int8), names)
    return corrections_source(dataset.corrections, none, learns_as_brought=dataset.learns_as_brought)


def _open(home: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The images of a prepared form as a memory map, the labels and the split; notes that it is in use."""
    views.used(home)
    images = np.load(home / "images.npy", mmap_mode="r", allow_pickle=False)
    return images, *(np.load(home / f"{name}.npy", allow_pickle=False) for name in ("labels", "split"))


def prepare_in_child(dataset: Dataset, progress: child.Progress | None = None) -> None:
    """`prepare` for the server: slow or heavy kinds work in a process of their own.

    Raises:
        UserError: as `prepare`.
    """
    if is_prepared(dataset):
        return
    if dataset.instant:
        prepare(dataset)
    else:
        child.ask("core.datasets.process", dataset.model_dump(), progress, seconds=1800)


def images_at(images: np.ndarray, positions: Iterable[int]) -> Iterator[np.ndarray]:
    """Copies of some images, one after the other, for a process that must stay small.

    Args:
        images: uint8 (N, H, W, C), a whole memory map or an array.
        positions: which ones.
    """
    if not isinstance(images, np.memmap):
        yield from (images[position] for position in positions)
        return
    with contextlib.closing(ImageFile(images)) as file:
        yield from (file.read(position) for position in positions)


class ImageFile:
    """The images of a memory map, read as a file that stays open, so that they last although their name may go.

    What is touched through a map counts as the reader's memory, and systems with large pages map 2 MB for every image.

    Args:
        images: (N, ...), a whole memory map: uint8 (N, H, W, C), or what was made of images.
    """

    def __init__(self, images: np.memmap) -> None:
        self._shape, self._offset, self._dtype = images.shape[1:], images.offset, images.dtype
        self._file = Path(images.filename).open("rb")  # noqa: SIM115  it stays open

    def read(self, position: int) -> np.ndarray:
        """A copy of one: uint8 (H, W, C), or as it lies there."""
        size = math.prod(self._shape) * self._dtype.itemsize
        self._file.seek(self._offset + int(position) * size)
        return np.frombuffer(self._file.read(size), self._dtype).reshape(self._shape)

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()


def batches(data: ImageData, positions: np.ndarray, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Images and labels in pieces of `size`, in the order of `positions`."""
    for start in range(0, len(positions), size):
        part = positions[start : start + size]
        yield data.images[part], data.labels[part]
