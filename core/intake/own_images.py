"""Datasets of the user's own pictures: an upload becomes a folder of ours that never changes again."""

import errno
import hashlib
import json
import os
import re
import secrets
import shutil
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from core import workspace
from core.errors import UserError
from core.intake.archives import (
    MAX_ENTRIES,
    MAX_TOTAL,
    Member,
    Skipped,
    check_names,
    is_junk,
    read_archive,
    tidy,
    why_left_out,
)
from core.intake.images import MAX_BYTES, DecodedImage, read_image, shown

SCHEMA = 1
LONGEST = 512
"""Pixels of the longer side that are kept: networks here read at most 224, and a crop should stay sharp."""

SPLITS = {"train": "train", "validation": "validation", "val": "validation", "valid": "validation", "test": "test"}
"""Names of split folders, any case, and the split they mean."""

LAYOUT = "Make one folder per class: pets/cat/1.jpg, pets/dog/1.jpg. Folders train, validation and test may lie above."

STRETCHED = 10
"""From this ratio of the sides on, squeezing a picture into a square leaves little of it."""

STAGING_SECONDS = 3600.0
"""An ingest is ended after minutes, so a staging folder of this age belongs to none."""

ID = re.compile(r"[0-9a-f]{32}")
FILE = re.compile(r"[0-9]{6}\.png")

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Ingested:
    """What became of an upload: what the user gets, and what was left out and why.

    Args:
        id: 32 hexadecimal digits; the same files give the same id.
        class_names: alphabetical; a label is an index into them.
        counts: pictures by split ("train", "validation", "test"), then by class name.
        skipped: files that were left out.
        notes: sentences about what was decided on the way.
    """

    id: str
    title: str
    class_names: tuple[str, ...]
    counts: dict[str, dict[str, int]]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class StoredImage:
    """One picture of a dataset on disk.

    Args:
        file: its name under `images/`.
        label: index into the class names.
        split: "train", "validation" or "test".
        name: the relative name it came with; text to show, never a path.
        width, height: before shrinking, in pixels.
    """

    file: str
    label: int
    split: str
    name: str
    width: int
    height: int


@dataclass(frozen=True)
class Manifest:
    """The table of contents of a dataset on disk."""

    schema: int
    id: str
    title: str
    class_names: tuple[str, ...]
    images: tuple[StoredImage, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]

    def counts(self) -> dict[str, dict[str, int]]:
        """Pictures by split, then by class name; every split and class is there."""
        counts = {split: dict.fromkeys(self.class_names, 0) for split in ("train", "validation", "test")}
        for image in self.images:
            counts[image.split][self.class_names[image.label]] += 1
        return counts

    def ingested(self) -> Ingested:
        """The summary of this dataset."""
        return Ingested(self.id, self.title, self.class_names, self.counts(), self.skipped, self.notes)


@dataclass(frozen=True)
class Layout:
    """How the folders of an upload are to be read: wrappers, then perhaps a split, then the class.

    Args:
        wrapper: folders around everything, from the outside.
        has_splits: whether train, validation or test folders follow.
    """

    wrapper: tuple[str, ...]
    has_splits: bool

    def place(self, name: str) -> tuple[str, str] | None:
        """Split and class folder of a file, or None where it lies outside of the class folders."""
        parts = tuple(name.split("/"))
        if parts[: len(self.wrapper)] != self.wrapper:
            return None
        parts, split = parts[len(self.wrapper) :], "train"
        if self.has_splits:
            split, parts = SPLITS.get(parts[0].casefold(), ""), parts[1:]
        return (split, parts[0]) if split and len(parts) > 1 else None


class Upload(Protocol):
    """What a ZIP and a folder from the browser have in common; iterating gives each picture in order of name."""

    names: list[str]
    folders: list[str]
    skipped: list[Skipped]
    size: int

    def __iter__(self) -> Iterator[Member | Skipped]: ...


@dataclass(frozen=True)
class _Kept:
    """A picture that was written to the staging folder; its class is known by key until all names are settled."""

    file: str
    key: str
    split: str
    name: str
    digest: str
    width: int
    height: int
    is_animated: bool


def ingest_archive(archive: Path, root: Path, title: str, on_progress: Progress | None = None) -> Ingested:
    """Makes a dataset of a ZIP of class folders.

    Good pictures are kept and bad ones listed. The dataset appears under `root` whole or not at all.

    Args:
        archive: the ZIP.
        root: folder of all such datasets.
        title: the user's name for it.
        on_progress: called about a hundred times with (pictures done, pictures in all).

    Raises:
        UserError: a refusal of `read_archive`, no or one class, no usable picture, or the disk is full.
    """
    with read_archive(archive) as upload:
        return _ingest(upload, root, title, on_progress)


def ingest_files(
    files: Iterable[tuple[str, Path]], root: Path, title: str, on_progress: Progress | None = None
) -> Ingested:
    """Makes a dataset of a folder that the browser sent as single files; else as `ingest_archive`.

    Args:
        files: relative name ("pets/cat/1.jpg") and where its bytes lie.

    Raises:
        UserError: unsafe, repeated or too many names, no or one class, no usable picture, or the disk is full.
    """
    return _ingest(_Folder(files), root, title, on_progress)


def read_manifest(root: Path, id: str) -> Manifest:
    """Opens the table of contents of a dataset.

    Args:
        root: folder of all such datasets.
        id: 32 hexadecimal digits; anything else is not looked for on disk.

    Raises:
        UserError: there is no such dataset, or its table of contents is damaged.
    """
    try:
        value = workspace.read_json(root / id / "manifest.json") if ID.fullmatch(id) else None
        manifest = _parse_manifest(value)
        if manifest.id != id:
            raise ValueError("another dataset's manifest")
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        what, remedy = "These pictures are not there any more.", "Upload them again."
        raise UserError(what, remedy, "DATASET_NOT_FOUND") from error
    return manifest


def image_path(root: Path, id: str, image: StoredImage) -> Path:
    """Where the pixels of a stored picture lie: a PNG, RGB, without metadata."""
    return root / id / "images" / image.file


def sweep_staging(root: Path) -> int:
    """Removes what uploads that were interrupted over an hour ago left behind; returns how many there were."""
    old = [path for path in root.glob(".staging-*") if _age(path) > STAGING_SECONDS]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return len(old)


def recognise_layout(names: Sequence[str]) -> Layout:
    """Finds out where the class folders are.

    `horse-or-human/train/horses/1.png` -> wrapper ("horse-or-human",), splits; `cat/1.png`, `dog/1.png` -> no wrapper.

    Args:
        names: relative names of the pictures.
    """
    paths = [tuple(name.split("/")) for name in names]
    wrapper: tuple[str, ...] = ()
    while (inner := _wrapped(paths)) is not None:
        wrapper, paths = (*wrapper, next(path[0] for path in paths if len(path) > 1)), inner
    return Layout(wrapper, _has_splits(paths))


class _Folder:
    """Single files as an `Upload`, under the budgets of a ZIP."""

    def __init__(self, files: Iterable[tuple[str, Path]]) -> None:
        given = list(files)
        if len(given) > MAX_ENTRIES:
            what = f"The folder has {len(given):,} files; the limit is {MAX_ENTRIES:,}."
            raise UserError(what, "Use fewer pictures per class.", "FOLDER_TOO_MANY")
        check_names((name for name, _ in given), "folder")
        paths = {tidy(name): path for name, path in given if not is_junk(name)}
        self._paths = {name: paths[name] for name in sorted(paths) if not why_left_out(name)}
        self.names = list(self._paths)
        self.folders: list[str] = []
        self.skipped = [Skipped(name, why_left_out(name)) for name in sorted(paths) if why_left_out(name)]
        self.size = sum(path.stat().st_size for path in self._paths.values() if path.is_file())
        if self.size > MAX_TOTAL:
            what = f"The folder has {self.size / 1e6:,.0f} MB; the limit is {MAX_TOTAL / 1e6:,.0f} MB."
            raise UserError(what, "Use fewer or smaller pictures.", "FOLDER_TOO_LARGE")

    def __iter__(self) -> Iterator[Member | Skipped]:
        for name, path in self._paths.items():
            try:
                with path.open("rb") as file:
                    yield Member(name, file.read(MAX_BYTES + 1))
            except OSError:
                yield Skipped(name, "its upload did not arrive")


class _Classes:
    """One name for each class, however its folder was spelled in the splits."""

    def __init__(self, folders: Iterable[str]) -> None:
        self._spellings: defaultdict[str, set[str]] = defaultdict(set)
        for folder in folders:
            self._spellings[self.key(folder)].add(folder)

    @staticmethod
    def key(folder: str) -> str:
        """Equal for folders that people, or some systems, do not tell apart: Cat and cat, composed and decomposed e."""
        return unicodedata.normalize("NFC", unicodedata.normalize("NFC", _plain(folder)).casefold())

    def name(self, key: str) -> str:
        """The first spelling in alphabetical order, fit to be shown."""
        first = min(self._spellings[key], key=lambda folder: (unicodedata.normalize("NFC", folder), folder))
        return _plain(unicodedata.normalize("NFC", first)) or "unnamed"

    def notes(self) -> list[str]:
        """Says which spellings were merged."""
        merged = sorted((key, sorted(names)) for key, names in self._spellings.items() if len(names) > 1)
        return [
            f"The folders {' and '.join(map(_quoted, names))} were taken as one class, {_quoted(self.name(key))}."
            for key, names in merged
        ]


def _ingest(upload: Upload, root: Path, title: str, on_progress: Progress | None) -> Ingested:
    layout = recognise_layout(upload.names)
    places = {name: layout.place(name) for name in upload.names}
    classes = _Classes(place[1] for place in places.values() if place)
    _check_classes(upload, places)
    staging = root / f".staging-{secrets.token_hex(8)}"
    try:
        (staging / "images").mkdir(parents=True)
        _check_room(root, 2 * upload.size)
        kept, skipped, digest = _store(upload, places, staging / "images", on_progress or (lambda done, total: None))
        manifest = _settle(kept, skipped, classes, staging / "images")
        empty = _empty_folders(upload, layout, classes)
        notes = (*classes.notes(), *empty, *manifest.notes)
        _commit(replace(manifest, id=digest, title=_title(title), notes=notes), staging, root)
    except OSError as error:
        raise _disk_error(error, root, 2 * upload.size) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return read_manifest(root, digest).ingested()


def _wrapped(paths: list[tuple[str, ...]]) -> list[tuple[str, ...]] | None:
    """What lies inside of the one folder around everything, or None where the outer folders are splits or classes."""
    tops = {path[0] for path in paths if len(path) > 1}
    if len(tops) != 1 or tops.pop().casefold() in SPLITS:
        return None
    inner = [path[1:] for path in paths if len(path) > 1]
    seconds = {path[0] for path in inner if len(path) > 1}
    # One inner folder beside loose pictures is a part of the class that holds both.
    is_class = not seconds or (len(seconds) == 1 and any(len(path) == 1 for path in inner))
    return None if is_class else inner


def _has_splits(paths: list[tuple[str, ...]]) -> bool:
    tops = {path[0] for path in paths if len(path) > 1}
    splits = {top for top in tops if top.casefold() in SPLITS}
    with_classes = {path[0] for path in paths if len(path) > 2} & splits
    # Classes may be called "train" and "bus": a lone split name among other folders is a class.
    return bool(with_classes) and (len(splits) > 1 or splits == tops)


def _check_classes(upload: Upload, places: dict[str, tuple[str, str] | None]) -> None:
    """Refuses what cannot become a dataset before any picture is decoded."""
    if not upload.names:
        raise _no_images("There is no picture in the upload.")
    found = [place for place in places.values() if place]
    if not found:
        raise UserError("The pictures do not lie in class folders.", LAYOUT, "DATASET_NO_CLASSES")
    training = {_Classes.key(folder): folder for split, folder in found if split == "train"}
    if not training:
        raise UserError("There is no picture to train on, only validation or test.", LAYOUT, "DATASET_NO_TRAINING")
    if len(training) == 1:
        raise _one_class(*training.values())


def _store(
    upload: Upload, places: dict[str, tuple[str, str] | None], folder: Path, on_progress: Progress
) -> tuple[list[_Kept], list[Skipped], str]:
    """Decodes and writes every picture that has a class; returns what was kept, what was not, and the dataset's id."""
    kept: list[_Kept] = []
    skipped, digests, total = list(upload.skipped), [], len(upload.names)
    training = {_Classes.key(place[1]) for place in places.values() if place and place[0] == "train"}
    for done, item in enumerate(upload, start=1):
        if isinstance(item, Member):
            digests.append((item.name, hashlib.sha256(item.data).hexdigest()))
            outcome = _store_one(item, digests[-1][1], places[item.name], training, folder / f"{len(kept):06d}.png")
        else:
            outcome = item
        (kept if isinstance(outcome, _Kept) else skipped).append(outcome)
        if done == total or done % max(1, total // 100) == 0:
            on_progress(done, total)
    listing = json.dumps([SCHEMA, sorted(digests)])
    return kept, skipped, hashlib.sha256(listing.encode()).hexdigest()[:32]


def _store_one(
    member: Member, digest: str, place: tuple[str, str] | None, training: set[str], path: Path
) -> _Kept | Skipped:
    if place is None:
        return Skipped(member.name, "it does not lie in a class folder")
    split, key = place[0], _Classes.key(place[1])
    if key not in training:
        return Skipped(member.name, "its class has no training pictures")
    try:
        picture = read_image(member.data, member.name.rpartition("/")[2], LONGEST)
    except UserError as error:
        return Skipped(member.name, error.what)
    _write_image(picture, path)
    return _Kept(path.name, key, split, member.name, digest, picture.width, picture.height, picture.is_animated)


def _write_image(picture: DecodedImage, path: Path) -> None:
    # Level 1 takes a third of the time of the default and a tenth more room.
    Image.fromarray(picture.pixels).save(path, format="PNG", compress_level=1)


def _settle(kept: list[_Kept], skipped: list[Skipped], classes: _Classes, folder: Path) -> Manifest:
    """Gives the classes that have a training picture their labels and lets go of the others."""
    if not kept:
        raise _no_images("None of the pictures can be read.")
    trained = {image.key for image in kept if image.split == "train"}
    lost = sorted({classes.name(image.key) for image in kept if image.key not in trained})
    for image in kept:
        if image.key not in trained:
            (folder / image.file).unlink()
            skipped.append(Skipped(image.name, "its class has no training picture that can be read"))
    kept = [image for image in kept if image.key in trained]
    if not kept:
        raise _no_images("None of the training pictures can be read.")
    if len(trained) == 1:
        raise _one_class(*map(classes.name, trained))
    order = sorted(trained, key=lambda key: (classes.name(key), key))
    images = [
        StoredImage(image.file, order.index(image.key), image.split, image.name, image.width, image.height)
        for image in kept
    ]
    notes = [f"The class {_quoted(name)} has no training picture that can be read and was left out." for name in lost]
    names = tuple(classes.name(key) for key in order)
    notes += _notes_on(kept, classes)
    return Manifest(SCHEMA, "", "", names, tuple(images), tuple(skipped), tuple(notes))


def _notes_on(kept: list[_Kept], classes: _Classes) -> list[str]:
    """What the user should know about pictures that were kept."""
    animated = sum(image.is_animated for image in kept)
    stretched = sum(max(image.width, image.height) > STRETCHED * min(image.width, image.height) for image in kept)
    repeats = sum(count - 1 for count in Counter(image.digest for image in kept).values())
    notes = []
    if animated:
        notes.append(f"Only the first frame of {_count(animated, 'animation')} was kept.")
    if stretched:
        notes.append(f"{_count(stretched, 'picture')} will look squeezed: over {STRETCHED} times longer on one side.")
    if repeats:
        notes.append(f"{_count(repeats, 'picture')} repeat{'s' if repeats == 1 else ''} an earlier one exactly.")
    return notes + _notes_on_conflicts(kept, classes)


def _notes_on_conflicts(kept: list[_Kept], classes: _Classes) -> list[str]:
    """One picture under two labels asks the network for two answers to one question."""
    by_content: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for image in kept:
        by_content[image.digest].setdefault(image.key, image.name)
    return [
        f"The same picture is in {' and '.join(sorted(_quoted(classes.name(key)) for key in names))}: "
        f"{', '.join(shown(name) for name in names.values())}."
        for names in by_content.values()
        if len(names) > 1
    ][:10]


def _empty_folders(upload: Upload, layout: Layout, classes: _Classes) -> list[str]:
    """Names the class folders in which there is no picture file at all."""
    inside = [f"{folder}/x" for folder in upload.folders if folder] + [item.name for item in upload.skipped]
    named = {_Classes.key(place[1]): place[1] for place in map(layout.place, inside) if place}
    used = {_Classes.key(place[1]) for place in map(layout.place, upload.names) if place}
    return [f"The folder {_quoted(named[key])} has no picture in it." for key in sorted(named.keys() - used)]


def _commit(manifest: Manifest, staging: Path, root: Path) -> None:
    """One rename makes the dataset; until then there is only a staging folder."""
    workspace.write_json(staging / "manifest.json", asdict(manifest))
    target = root / manifest.id
    if _is_whole(root, manifest.id):
        return
    if target.exists():
        # Its manifest is damaged, so nothing can be using it; the same pictures take its place.
        shutil.rmtree(target, ignore_errors=True)
    try:
        staging.rename(target)
    except OSError:
        # Another process finished the same upload meanwhile: theirs is ours, picture by picture.
        if not _is_whole(root, manifest.id):
            raise
    _sync_folder(root)


def _is_whole(root: Path, id: str) -> bool:
    try:
        read_manifest(root, id)
    except UserError:
        return False
    return True


def _sync_folder(path: Path) -> None:
    """Makes a rename outlast a power cut where a folder can be opened for that; Windows has no such call."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _parse_manifest(value: Any) -> Manifest:
    """A manifest from its JSON; ValueError, TypeError, LookupError or AttributeError where it is not one."""
    names = tuple(value["class_names"])
    images = tuple(StoredImage(**image) for image in value["images"])
    whole = (
        value["schema"] == SCHEMA
        and all(isinstance(name, str) for name in (value["id"], value["title"], *names, *value["notes"]))
        and all(FILE.fullmatch(image.file) and image.split in SPLITS.values() for image in images)
        and all(isinstance(image.label, int) and 0 <= image.label < len(names) for image in images)
    )
    if not whole or not images:
        raise ValueError("not a manifest")
    skipped = tuple(Skipped(**item) for item in value["skipped"])
    return Manifest(SCHEMA, value["id"], value["title"], names, images, skipped, tuple(value["notes"]))


def _check_room(root: Path, needed: int) -> None:
    if _free(root) < needed:
        raise _disk_full(root, needed)


def _disk_error(error: OSError, root: Path, needed: int) -> UserError:
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return _disk_full(root, needed)
    remedy = "Check that the workspace folder can be written, then upload them again."
    return UserError("The pictures could not be stored.", remedy, "DATASET_NOT_STORED")


def _disk_full(root: Path, needed: int) -> UserError:
    sizes = f"the pictures need about {needed / 1e6:,.1f} MB and {_free(root) / 1e6:,.1f} MB are free"
    return UserError(f"The disk is full: {sizes}.", "Free some space, or upload fewer pictures.", "DISK_FULL")


def _free(root: Path) -> int:
    nearest = next(path for path in (root, *root.absolute().parents) if path.exists())
    return shutil.disk_usage(nearest).free


def _no_images(what: str) -> UserError:
    return UserError(what, "Use PNG, JPEG, WebP, BMP or GIF pictures in one folder per class.", "DATASET_EMPTY")


def _one_class(folder: str) -> UserError:
    what = f"A dataset needs at least two classes; only {_quoted(folder)} has training pictures that can be read."
    return UserError(what, LAYOUT, "DATASET_ONE_CLASS")


def _age(path: Path) -> float:
    try:
        return time.time() - path.lstat().st_mtime
    except OSError:
        return 0.0


def _title(title: str) -> str:
    return " ".join(_plain(title).split())[:80] or "My pictures"


def _plain(text: str) -> str:
    """Without characters that move or hide others (control and direction marks)."""
    return "".join(mark for mark in text if unicodedata.category(mark)[0] != "C" or mark == "\u200d").strip()


def _quoted(name: str) -> str:
    return f'"{shown(name)}"'


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
