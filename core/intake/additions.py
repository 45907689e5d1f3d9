"""Images added to a dataset that is here: a new one that begins with the old images, in the same order.

The old one stays as it is, and with it every run that learnt from it. Images lie on the disk once, under both names.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from itertools import count
from pathlib import Path

from core import child, workspace
from core.errors import UserError
from core.intake.left_out import REPEAT, Skipped
from core.intake.manifest import Ingested, Manifest, StoredImage, add_title, known_manifest, read_manifest
from core.intake.names import key
from core.intake.questions import Question
from core.words import counted

ADDED = "added"


@dataclass(frozen=True)
class Onto:
    """What images are added to.

    Args:
        id: of the dataset.
        labels: each name of a class by which it may be called -> its label.
        more: names of classes that follow those of the dataset, where a new class is added; their labels are told, too.
    """

    id: str
    labels: dict[str, int] = field(default_factory=dict)
    more: tuple[str, ...] = ()


def add(
    root: Path,
    onto: Onto,
    ingest: Callable[[Path, frozenset[str]], Ingested | Question],
    on_progress: child.Progress | None = None,
) -> Ingested | Question:
    """Makes a dataset of one that is here and of what is added.

    Args:
        root: folder of all datasets.
        onto: what is added to.
        ingest: makes a dataset of the new images in a folder that it is given, with the classes that are known.
        on_progress: called with (pictures done, pictures in all).

    Returns:
        what became of it, its notes and what was left out those of the new images; or what these ask.

    Raises:
        UserError: the dataset is gone, nothing is new, or the new images are refused.
    """
    base = read_manifest(root, onto.id)
    with workspace.staging(root) as aside:
        told = ingest(aside / ADDED, frozenset(key(name) for name in onto.labels))
        if isinstance(told, Question):
            return told
        new = read_manifest(aside / ADDED, told.id)
        joined, fresh = _joined(base, new, onto)
        if known_manifest(root, joined.id) is None:
            old = [root / base.id / "images" / one.file for one in base.images]
            more = [aside / ADDED / new.id / "images" / one.file for one in fresh]
            try:
                _put(joined, [*old, *more], root, on_progress or (lambda done, total: None))
            except OSError as error:
                read_manifest(root, base.id)  # refused where somebody deleted it meanwhile
                raise workspace.disk_error(error) from error
        add_title(root, joined.id, joined.title)
    return replace(joined.ingested(), offers=told.offers)


def _joined(base: Manifest, new: Manifest, onto: Onto) -> tuple[Manifest, list[StoredImage]]:
    """The table of contents of both, and those of the new images that are not in the old ones."""
    here = {(image.digest, image.label) for image in base.images if image.digest}
    names, labels = _classes(base, new, onto)
    is_here = [(image.digest, labels[image.label]) in here for image in new.images]
    fresh = [image for image, known in zip(new.images, is_here, strict=True) if not known]
    if not fresh:
        what = f"Nothing is new: {_all(len(new.images))} in {base.title} already."
        raise UserError(what, "Choose other pictures, or another class for these.", "DATASET_NOTHING_NEW")
    number = count(len(base.images))
    added = tuple(
        replace(image, label=labels[image.label], file=f"{next(number):06d}{Path(image.file).suffix}")
        for image in fresh
    )
    again = [image.name for image, known in zip(new.images, is_here, strict=True) if known]
    skipped = (*new.skipped, *(Skipped(name, "it is there already, in the same class", REPEAT) for name in again))
    joined = replace(
        base,
        id=hashlib.sha256(json.dumps([base.id, new.id, labels, names]).encode()).hexdigest()[:32],
        class_names=names,
        images=(*base.images, *added),
        skipped=skipped,
        notes=(*_notes(base, added, len(again)), *new.notes),
        offers=(),
    )
    return joined, fresh


def _classes(base: Manifest, new: Manifest, onto: Onto) -> tuple[tuple[str, ...], list[int]]:
    """The names of all classes, the old ones first, as their labels are in what was mended; and the labels of new."""
    known = {key(name): label for name, label in reversed(onto.labels.items())}
    exact = [onto.labels.get(name, known.get(key(name), -1)) for name in new.class_names]
    if all(0 <= label < len(base.class_names) for label in exact):
        return base.class_names, exact
    names = [*base.class_names, *onto.more]
    for at, label in enumerate(exact):
        if label < 0:
            exact[at] = len(names)
            names.append(_free(new.class_names[at], names))
    return tuple(names), exact


def _free(name: str, taken: list[str]) -> str:
    """A name that no other class has: of one that was taken away, a number tells it apart."""
    number, free = 2, name
    while free in taken:
        free, number = f"{name} ({number})", number + 1
    return free


def _notes(base: Manifest, added: tuple[StoredImage, ...], again: int) -> list[str]:
    notes = [f"{counted(len(added), 'picture')} added to the {counted(len(base.images), 'picture')} that were there."]
    if again:
        notes.append(f"{counted(again, 'picture was', 'pictures were')} there already and not added again.")
    had = {image.split for image in base.images}
    if "validation" not in had and any(image.split == "validation" for image in added):
        notes.append(
            "Only the new pictures have a validation folder: from now on all is checked on those, and all others are "
            "learnt from."
        )
    return notes


def _all(number: int) -> str:
    return "the picture is" if number == 1 else f"all {counted(number, 'picture')} are"


def _put(manifest: Manifest, files: list[Path], root: Path, on_progress: child.Progress) -> None:
    """The images under their names in the new dataset, and its table of contents."""
    with workspace.staging(root) as place:
        workspace.make_folder(place / "images")
        for done, (file, image) in enumerate(zip(files, manifest.images, strict=True), start=1):
            _share(file, place / "images" / image.file)
            if done % max(1, len(files) // 100) == 0:
                on_progress(done, len(files))
        workspace.write_json(place / "manifest.json", asdict(manifest))
        target = root / manifest.id
        if target.exists():  # its table of contents is damaged, so nothing can be using it
            workspace.discard(target)
        try:
            workspace.commit(place, target)
        except OSError:
            if known_manifest(root, manifest.id) is None:  # else another process did the same meanwhile
                raise


def _share(file: Path, target: Path) -> None:
    """Another name of a file; a copy where the disk knows no such thing."""
    with contextlib.suppress(OSError):
        workspace.link(file, target)
        return
    workspace.write_new(target, file.read_bytes())
