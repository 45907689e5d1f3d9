"""Datasets of the user's own pictures: an upload becomes a folder of ours that never changes again."""

import contextlib
import hashlib
import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import asdict, dataclass, replace
from itertools import count
from pathlib import Path

from core import child, workspace
from core.errors import UserError
from core.holdings import images_full, size_words
from core.intake import remarks
from core.intake.archives import Member, read_archive
from core.intake.arrays.table import FILE as TABLE
from core.intake.arrays.upload import ArrayImage, ArrayPlan, Arrays, kind_of
from core.intake.classes import Classes
from core.intake.decoding import decode_member
from core.intake.folders import Folder, Upload
from core.intake.images import FORMAT_WORDS, shown
from core.intake.layout import LAYOUT, Place, Plan, read_folders
from core.intake.left_out import LARGE, OF_CODE, OUTSIDE, UNTRAINED, Skipped, grouped, junk_note
from core.intake.manifest import SCHEMA, Ingested, Manifest, StoredImage, add_title, known_manifest
from core.intake.names import clean, key, quoted
from core.intake.questions import UNDERSTOOD, Answer, Question
from core.intake.storing import in_turn, stored_form
from core.words import counted, listed, number

STRETCHED = 10
"""From this ratio of the sides on, squeezing a picture into a square leaves little of it."""

FEW = 5
"""Folders that are told one by one; of more the first are named in one sentence."""

MAX_CLASSES = 1000
"""As many as ImageNet has; more folders are seldom classes."""

MAX_CLASS_NAME = 120
"""Characters; only a folder that becomes a class is judged by its name."""

NO_PICTURE = "There is no picture in the upload."


@dataclass(frozen=True)
class _Kept:
    """A picture that was written to the staging folder; its class is known by key until all names are settled.

    Equal digests mean equal pixels.
    """

    file: str
    key: str
    split: str
    name: str
    digest: str
    width: int
    height: int
    is_animated: bool


@dataclass(frozen=True)
class _Decoded:
    """A picture in the form in which it is stored, and what is told of it: its digest, width, height, animation."""

    ending: str
    data: bytes
    told: tuple[str, int, int, bool]


def ingest_archive(
    archive: Path,
    root: Path,
    title: str,
    on_progress: child.Progress | None = None,
    answer: Answer = UNDERSTOOD,
    *,
    room: int | None = None,
    known: Set[str] = frozenset(),
) -> Ingested | Question:
    """Makes a dataset of a ZIP of class folders.

    Good pictures are kept and bad ones listed. The dataset appears under `root` whole or not at all.

    Args:
        archive: the ZIP.
        root: folder of all such datasets.
        title: the user's name for it.
        on_progress: called about a hundred times with (pictures done, pictures in all), and as often again while they
            are forced to the disk.
        answer: what the user said to a question, or takes back.
        room: bytes that its pictures may take as they are stored; any where left out.
        known: keys (`names.key`) of classes that have training images elsewhere, where this adds to them; one class
            is then enough, and these need no training image here.

    Returns:
        what became of it; a question, with nothing stored, where its folders can be read in several ways.

    Raises:
        UserError: a refusal of `read_archive`, no or one class, no usable picture, or no room.
    """
    if kind := kind_of(archive):
        with Arrays(archive, kind) as upload:  # its labels say the classes, and nothing is asked
            kept_apart = replace(answer, keep_apart=True)
            return _ingest(upload, root, title, on_progress, kept_apart, room, upload.plan, known)
    with read_archive(archive, answer.names) as upload:
        return _ingest(upload, root, title, on_progress, answer, room, known=known)


def ingest_files(
    files: Iterable[tuple[str, Path]],
    root: Path,
    title: str,
    on_progress: child.Progress | None = None,
    answer: Answer = UNDERSTOOD,
    *,
    room: int | None = None,
    places: Mapping[str, Place] | None = None,
    known: Set[str] = frozenset(),
) -> Ingested | Question:
    """Makes a dataset of a folder that the browser sent as single files; else as `ingest_archive`.

    Args:
        files: relative name ("pets/cat/1.jpg") and where its bytes lie.
        places: split and class of each folder ("pets/cat"), where they were said and need not be read in its name.

    Raises:
        UserError: unsafe, repeated or too many names, no or one class, no usable picture, or the disk is full.
    """
    plan = None
    if places is not None:
        plan = Plan("", {tuple(folder.split("/")): place for folder, place in places.items()})
        answer = replace(answer, keep_apart=True)
    files = list(files)
    if table := next((path for name, path in files if name.rpartition("/")[2] == TABLE), None):
        # The folder of an LMDB table, brought as a folder: its one file is all there is to read.
        return ingest_archive(table, root, title, on_progress, answer, room=room, known=known)
    return _ingest(Folder(files), root, title, on_progress, answer, room, plan, known)


def ingest_placed(
    files: Iterable[tuple[str, Path]],
    root: Path,
    title: str,
    places: Mapping[str, Place],
    order: tuple[str, ...],
    on_progress: child.Progress | None = None,
) -> Ingested:
    """Makes a dataset of pictures that were one already, in the order in which they are given: as `ingest_files`.

    Args:
        places: split and class of each file by its name; nothing is read in it.
        order: names of the classes, by their labels.

    Raises:
        UserError: as `ingest_files`.
    """
    plan, given = ArrayPlan("", {}, places=dict(places), order=order), list(files)
    manner = json.dumps([order, [(name, *places[name]) for name, _ in given]])
    known = frozenset(map(key, order))
    upload, answer = Folder(given, is_ordered=True), Answer(keep_apart=True)
    return _ingest(upload, root, title, on_progress, answer, None, plan, known, manner)


def _ingest(
    upload: Upload,
    root: Path,
    title: str,
    on_progress: child.Progress | None,
    answer: Answer,
    room: int | None,
    plan: Plan | None = None,
    known: Set[str] = frozenset(),
    manner: str = "",
) -> Ingested | Question:
    """As `ingest_archive`; what was read in another manner is another dataset."""
    if not upload.names:
        raise _nothing_to_read(upload)
    plan = plan or read_folders(upload.names, _title(title), answer)
    if isinstance(plan, Question):
        return plan
    on_progress = on_progress or (lambda done, total: None)
    places = {name: plan.place(name) for name in upload.names}
    classes = Classes((place for place in places.values() if place), keep_apart=answer.keep_apart, order=plan.order)
    trained = _trained({place for place in places.values() if place}, classes, known)
    _check_classes(places, trained, classes, least=1 if known else 2)
    with _staging(root, 2 * upload.size) as staging:
        images = staging / "images"
        workspace.make_folder(images)
        kept, skipped, digest = _store(upload, places, classes, trained, images, on_progress, room)
        digest = hashlib.sha256(f"{digest} {manner}".encode()).hexdigest()[:32] if manner else digest
        manifest = _settle(kept, skipped, classes, images, known)
        notes = (*upload.notes, *plan.notes, *classes.notes(), *_empty_folders(upload, plan, classes), *manifest.notes)
        offers = tuple(one.on_top_of(answer) for one in (*upload.offers, *plan.offers, *classes.offers()))
        told = replace(manifest, id=digest, title=_title(title), notes=(*notes, *junk_note(upload.junk)), offers=offers)
        told = _commit(told, staging, root, on_progress)
    return told.ingested()


@contextlib.contextmanager
def _staging(root: Path, needed: int) -> Iterator[Path]:
    """A staged folder on a disk that has room for so many bytes; its troubles in the words of an upload."""
    if _free(root) < needed:
        raise _disk_full(root, needed)
    with workspace.staging(root) as staging:
        try:
            yield staging
        except OSError as error:
            raise (_disk_full(root, needed) if error.errno in workspace.FULL else _not_stored()) from error


def _nothing_to_read(upload: Upload) -> UserError:
    """The refusal of an upload without a picture, by what it has instead."""
    groups = grouped(upload.skipped)
    if groups:
        return _no_images(f"{groups[0].words[0].upper()}{groups[0].words[1:]}.")
    return _no_images(" ".join([NO_PICTURE, *junk_note(upload.junk)]))


def _trained(found: Set[Place], classes: Classes, known: Set[str]) -> dict[str, str]:
    """Keys of the classes that have a training image, here or where they are known, and a folder of each."""
    return {
        classes.key(place): place[1]
        for place in sorted(found)
        if place[0] == "train" or key(classes.name(classes.key(place))) in known
    }


def _check_classes(places: dict[str, Place | None], training: dict[str, str], classes: Classes, least: int) -> None:
    """Refuses what cannot become a dataset before any picture is decoded."""
    if not any(places.values()):
        raise UserError("The pictures do not lie in class folders.", LAYOUT, "DATASET_NO_CLASSES")
    if not training:
        raise UserError("There is no picture to train on, only validation or test.", LAYOUT, "DATASET_NO_TRAINING")
    if len(training) < least:
        raise _one_class(*training.values())
    if len(training) > MAX_CLASSES:
        what = f"The upload has {number(len(training))} classes; the limit is {number(MAX_CLASSES)}."
        raise UserError(what, LAYOUT, "DATASET_TOO_MANY_CLASSES")
    if long := next((name for name in map(classes.name, training) if len(name) > MAX_CLASS_NAME), ""):
        what = f"The class {quoted(long)} has a name of more than {MAX_CLASS_NAME} characters."
        raise UserError(what, "Give this folder a shorter name.", "DATASET_CLASS_NAME")


def _store(
    upload: Upload,
    places: dict[str, Place | None],
    classes: Classes,
    training: Collection[str],
    folder: Path,
    on_progress: child.Progress,
    room: int | None,
) -> tuple[list[_Kept], list[Skipped], str]:
    """Decodes and writes every picture that has a class; returns what was kept, what was not, and the dataset's id."""
    kept: list[_Kept] = []
    skipped, digests, written = list(upload.skipped), [], 0
    keys = {name: classes.key(place) for name, place in places.items() if place}

    def take(item: Member | Skipped) -> tuple[_Decoded | Skipped, str]:
        if isinstance(item, Skipped):
            return item, ""
        return _why_no_class(item.name, keys, training) or _decoded(item), hashlib.sha256(item.data).hexdigest()

    for done, (item, (outcome, digest)) in enumerate(in_turn(take, upload), start=1):
        if digest:
            digests.append((item.name, digest))
        if isinstance(outcome, _Decoded):
            file = f"{len(kept):06d}.{outcome.ending}"
            with workspace.new_file(folder / file) as opened:
                opened.write(outcome.data)
            split = places[item.name][0]
            kept.append(_Kept(file, keys[item.name], split, item.name, *outcome.told))
            written += len(outcome.data)
        else:
            skipped.append(outcome)
        if room is not None and written > room:
            # A small file can be a large picture, and that is stored without loss.
            raise images_full(f"The pictures of this upload take more than the {size_words(room)} that are left.")
        _report(done, len(upload.names), on_progress)
    listing = json.dumps([SCHEMA, sorted(digests)])
    return kept, skipped, hashlib.sha256(listing.encode()).hexdigest()[:32]


def _why_no_class(name: str, keys: dict[str, str], training: Collection[str]) -> Skipped | None:
    if name not in keys:
        return Skipped(name, "it does not lie in a class folder", OUTSIDE)
    if keys[name] not in training:
        return Skipped(name, "its class has no training pictures", UNTRAINED)
    return None


def _report(done: int, total: int, on_progress: child.Progress) -> None:
    """Tells about every hundredth picture, and the last."""
    if done == total or done % max(1, total // 100) == 0:
        on_progress(done, total)


def _decoded(member: Member) -> _Decoded | Skipped:
    """A picture as it is kept: without metadata, and without any loss."""
    try:
        is_array = isinstance(member, ArrayImage)
        picture = member.picture() if is_array else decode_member(member.data, member.name)
    except UserError as error:
        return Skipped(member.name, error.what, OF_CODE.get(error.code, LARGE))
    digest = hashlib.sha256(f"{picture.pixels.shape}".encode() + picture.pixels.tobytes()).hexdigest()[:32]
    return _Decoded(*stored_form(member.data, picture), (digest, picture.width, picture.height, picture.is_animated))


def _settle(kept: list[_Kept], skipped: list[Skipped], classes: Classes, folder: Path, known: Set[str]) -> Manifest:
    """Gives the classes that have a training picture their labels and lets go of the others."""
    if not kept:
        raise _no_images("None of the pictures can be read.")
    trained = {image.key for image in kept if image.split == "train" or key(classes.name(image.key)) in known}
    lost = sorted({classes.name(image.key) for image in kept if image.key not in trained})
    for image in kept:
        if image.key not in trained:
            workspace.remove(folder / image.file)
            skipped.append(Skipped(image.name, "its class has no training picture that can be read", UNTRAINED))
    kept = [image for image in kept if image.key in trained]
    if not kept:
        raise _no_images("None of the training pictures can be read.")
    if len(trained) == 1 and not known:
        raise _one_class(*map(classes.name, trained))
    ordered = classes.ordered(trained)
    order = {one: label for label, one in enumerate(ordered)}
    images = [
        StoredImage(image.file, order[image.key], image.split, image.name, image.width, image.height, image.digest)
        for image in kept
    ]
    notes = _each_or_all(
        lost,
        "The class {} has no training picture that can be read and was left out.",
        "{} classes have no training picture that can be read and were left out: {}.",
    )
    names = tuple(map(classes.name, order))
    notes += _notes_on(kept, classes)
    notes += remarks.of_splits([(image.split, classes.name(image.key), image.digest) for image in kept], names)
    return Manifest(SCHEMA, "", "", names, tuple(images), tuple(skipped), tuple(notes))


def _notes_on(kept: list[_Kept], classes: Classes) -> list[str]:
    """What the user should know about pictures that were kept."""
    animated = sum(image.is_animated for image in kept)
    stretched = sum(max(image.width, image.height) > STRETCHED * min(image.width, image.height) for image in kept)
    repeats = sum(count - 1 for count in Counter(image.digest for image in kept).values())
    notes = []
    if animated:
        notes.append(f"Only the first frame of {counted(animated, 'animation')} was kept.")
    if stretched:
        notes.append(f"{counted(stretched, 'picture')} will look squeezed: over {STRETCHED} times longer on one side.")
    if repeats:
        notes.append(f"{counted(repeats, 'picture repeats', 'pictures repeat')} an earlier one exactly.")
    return notes + _notes_on_conflicts(kept, classes)


def _notes_on_conflicts(kept: list[_Kept], classes: Classes) -> list[str]:
    """One picture under two labels asks the network for two answers to one question."""
    by_content: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for image in kept:
        by_content[image.digest].setdefault(image.key, image.name)
    return [
        f"The same picture is in {' and '.join(sorted(quoted(classes.name(key)) for key in names))}: "
        f"{', '.join(shown(name) for name in names.values())}."
        for names in by_content.values()
        if len(names) > 1
    ][:10]


def _empty_folders(upload: Upload, plan: Plan, classes: Classes) -> list[str]:
    """Names the class folders in which there is no picture file at all."""
    named = [*upload.folders, *(item.name.rpartition("/")[0] for item in upload.skipped)]
    inside = {folder.rpartition("/")[2] for folder in named if folder and plan.would_be_class(folder)}
    used = {folder for _, folder in plan.classes.values()}
    return _each_or_all(
        sorted(inside - used), "The folder {} has no picture in it.", "{} folders have no picture in them: {}."
    )


def _each_or_all(names: list[str], one: str, all_of_them: str) -> list[str]:
    """A sentence for each of a few names, or one for many."""
    if len(names) <= FEW:
        return [one.format(quoted(name)) for name in names]
    return [all_of_them.format(number(len(names)), listed([quoted(name) for name in names], FEW))]


def _commit(manifest: Manifest, staging: Path, root: Path, on_progress: child.Progress) -> Manifest:
    """One rename makes the dataset; until then there is only a staging folder.

    The images belong to their content, so equal ones that are here already are taken; the report, title included,
    belongs to this upload. Equal images that were read another way are another dataset.

    Returns:
        the report, with the id under which the images lie.
    """
    known = known_manifest(root, manifest.id)
    if known and known.reading() != manifest.reading():
        reading = f"{manifest.id} {manifest.reading()}".encode()
        manifest = replace(manifest, id=hashlib.sha256(reading).hexdigest()[:32])
        known = known_manifest(root, manifest.id)
    if known is None:
        _put_in_place(manifest, staging, root, on_progress)
    add_title(root, manifest.id, manifest.title)
    return manifest


def _put_in_place(manifest: Manifest, staging: Path, root: Path, on_progress: child.Progress) -> None:
    """Makes the staged folder count."""
    workspace.write_json(staging / "manifest.json", asdict(manifest))
    target = root / manifest.id
    if target.exists():
        # Its manifest is damaged, so nothing can be using it; the same pictures take its place.
        workspace.discard(target)
    try:
        done, total = count(1), len(manifest.images)  # the manifest is one file more
        workspace.commit(staging, target, lambda: _report(min(next(done), total), total, on_progress))
    except OSError:
        # Another process finished the same upload meanwhile: theirs is ours, picture by picture.
        if known_manifest(root, manifest.id) is None:
            raise


def _not_stored() -> UserError:
    remedy = "Check that the workspace folder can be written, then upload them again."
    return UserError("The pictures could not be stored.", remedy, "DATASET_NOT_STORED")


def _disk_full(root: Path, needed: int) -> UserError:
    sizes = f"the pictures need about {needed / 1e6:,.1f} MB and {_free(root) / 1e6:,.1f} MB are free"
    return UserError(f"The disk is full: {sizes}.", "Free some space, or upload fewer pictures.", "DISK_FULL")


def _free(root: Path) -> int:
    nearest = next(path for path in (root, *root.absolute().parents) if path.exists())
    return shutil.disk_usage(nearest).free


def _no_images(what: str) -> UserError:
    return UserError(what, f"Use {FORMAT_WORDS} pictures in one folder per class.", "DATASET_EMPTY")


def _one_class(folder: str) -> UserError:
    what = f"A dataset needs at least two classes; only {quoted(folder)} has training pictures that can be read."
    return UserError(what, LAYOUT, "DATASET_ONE_CLASS")


def _title(title: str) -> str:
    return " ".join(clean(" ".join(title.split())).split())[:80] or "My pictures"
