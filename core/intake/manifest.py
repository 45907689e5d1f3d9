"""The table of contents of a dataset of own pictures, and where each picture lies."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import stored, workspace
from core.errors import UserError
from core.intake.layout import SPLITS
from core.intake.left_out import Group, Skipped, grouped
from core.intake.questions import Answer, Offer
from core.words import cleaned, is_text

SCHEMA = 1
TITLES = "titles.json"
"""Beside the manifest, which never changes: what those called it who brought the same images later."""
MAX_TITLES = 20
NAME = "name.json"
"""Beside the manifest as well: what its owner calls a dataset by now."""
MAX_TITLE = 80
"""Letters of a title."""
MAX_SIDE = 10**9
"""Pixels: more than any format can tell of."""
ID = re.compile(r"[0-9a-f]{32}")
FILE = re.compile(r"[0-9]{6}\.(jpg|webp|png)")
"""PNG is what older versions wrote."""


@dataclass(frozen=True)
class Ingested:
    """What became of an upload: what the user gets, and what was left out and why.

    Args:
        id: 32 hexadecimal digits; the same files give the same id.
        class_names: alphabetical; a label is an index into them.
        counts: pictures by split ("train", "validation", "test"), then by class name.
        skipped: files that were left out.
        notes: sentences about what was decided on the way.
        offers: what of that can be taken back, and the answer that does.
        kept: where the files lie meanwhile (`core.uploads.incoming.answer`); empty where they do not.
    """

    id: str
    title: str
    class_names: tuple[str, ...]
    counts: dict[str, dict[str, int]]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]
    offers: tuple[Offer, ...] = ()
    kept: str = ""

    def left_out(self) -> list[Group]:
        """The files that were left out, by kind: "6 .heic files can't be read: save them as JPEG"."""
        return grouped(self.skipped)


@dataclass(frozen=True)
class StoredImage:
    """One picture of a dataset on disk.

    Args:
        file: its name under `images/`.
        label: index into the class names.
        split: "train", "validation" or "test".
        name: the relative name it came with; text to show, never a path.
        width, height: before shrinking, in pixels.
        digest: equal for images that are equal pixel by pixel; empty in datasets of older versions.
    """

    file: str
    label: int
    split: str
    name: str
    width: int
    height: int
    digest: str = ""


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
    offers: tuple[Offer, ...] = ()

    def counts(self) -> dict[str, dict[str, int]]:
        """Pictures by split, then by class name; every split and class is there."""
        counts = {split: dict.fromkeys(self.class_names, 0) for split in ("train", "validation", "test")}
        for image in self.images:
            counts[image.split][self.class_names[image.label]] += 1
        return counts

    def reading(self) -> list[tuple[str, str, str]]:
        """How the files were read: the name, the split and the class of each image, in order of name."""
        return sorted((image.name, image.split, self.class_names[image.label]) for image in self.images)

    def ingested(self) -> Ingested:
        """The summary of this dataset."""
        return Ingested(self.id, self.title, self.class_names, self.counts(), self.skipped, self.notes, self.offers)


def read_manifest(root: Path, id: str) -> Manifest:
    """Opens the table of contents of a dataset.

    Args:
        root: folder of all such datasets.
        id: 32 hexadecimal digits; anything else is not looked for on disk.

    Raises:
        UserError: there is no such dataset, or its table of contents is damaged.
    """
    try:
        value = stored.read_json(root / id / "manifest.json") if ID.fullmatch(id) else None
        manifest = _parse_manifest(value)
        if manifest.id != id:
            raise ValueError("another dataset's manifest")
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        what, remedy = "These pictures are not there any more.", "Upload them again."
        raise UserError(what, remedy, "DATASET_NOT_FOUND") from error
    return manifest


def known_manifest(root: Path, id: str) -> Manifest | None:
    """As `read_manifest`, or None where there is none."""
    try:
        return read_manifest(root, id)
    except UserError:
        return None


def titles(root: Path, id: str) -> tuple[str, ...]:
    """What the images of a dataset were called, each time they were brought; the first is the manifest's."""
    told = stored.read_json(root / id / TITLES)
    names = told if isinstance(told, list) else []
    return tuple(name for name in names[:MAX_TITLES] if isinstance(name, str))


def add_title(root: Path, id: str, title: str) -> None:
    """Notes under which title images were brought; another one for images that are here already is kept beside.

    Raises:
        UserError: the disk is full.
    """
    known = read_manifest(root, id).title
    names = titles(root, id) or (known,)
    if title not in names:
        workspace.write_json(root / id / TITLES, [*names[: MAX_TITLES - 1], title])


def title(manifest: Manifest, root: Path) -> str:
    """What a dataset is called by now: as its owner named it since, or as it came.

    Args:
        manifest: of the dataset.
        root: folder of all such datasets.
    """
    return given_name(root / manifest.id) or manifest.title


def given_name(folder: Path) -> str:
    """The name that the owner of a dataset gave it; empty where it has the one that it came with."""
    told = stored.read_json(folder / NAME)
    named = told.get("title") if isinstance(told, dict) else None
    return named if isinstance(named, str) and named.strip() and is_text(named, MAX_TITLE) else ""


def give_name(root: Path, id: str, title: str) -> str:
    """Calls a dataset by another name; its pictures, its id and what was trained on it stay as they are.

    Args:
        root: folder of all such datasets.
        id: of one.
        title: letters that no file can hold are left out, and what is too long is cut.

    Returns:
        the name that it has now.

    Raises:
        UserError: there is no such dataset, nothing is left of the name, or the disk is full.
    """
    known = read_manifest(root, id)
    if not (named := cleaned(title, MAX_TITLE)):
        raise UserError("A dataset needs a name.", "Write one letter or more.", "DATASET_NAME")
    if named == known.title:
        workspace.remove(root / id / NAME)
    else:
        workspace.write_json(root / id / NAME, {"title": named})
    return named


def image_path(root: Path, id: str, image: StoredImage) -> Path:
    """Where the pixels of a stored picture lie: a JPEG as it came or a lossless WebP, without metadata."""
    return root / id / "images" / image.file


def _is_length(side: object) -> bool:
    """Whether a picture may be so many pixels wide or high."""
    return type(side) is int and 1 <= side <= MAX_SIDE


def _parse_manifest(value: Any) -> Manifest:
    """A manifest from its JSON; ValueError, TypeError, LookupError or AttributeError where it is not one."""
    _require_texts(value)
    names = tuple(value["class_names"])
    images = tuple(StoredImage(**image) for image in value["images"])
    whole = (
        value["schema"] == SCHEMA
        and all(isinstance(name, str) for name in (value["id"], value["title"], *names, *value["notes"]))
        and all(FILE.fullmatch(image.file) and image.split in SPLITS for image in images)
        and all(isinstance(image.digest, str) for image in images)
        and all(_is_length(side) for image in images for side in (image.width, image.height))
        and all(isinstance(image.label, int) and 0 <= image.label < len(names) for image in images)
    )
    if not whole or not images:
        raise ValueError("not a manifest")
    skipped = tuple(Skipped(**item) for item in value["skipped"])
    offers = offers_from(value.get("offers", []))
    return Manifest(SCHEMA, value["id"], value["title"], names, images, skipped, tuple(value["notes"]), offers)


def _require_texts(value: Any) -> None:
    """Refuses a manifest in which a text is none, or the title or a class has half a character, as we write none.

    Raises:
        TypeError, ValueError, LookupError: there is one.
    """
    offers = [*value.get("offers", [])]
    listed = [value["class_names"], value["notes"], value["images"], value["skipped"], value.get("offers", [])]
    texts = [
        *(value["id"], value["title"], *value["class_names"], *value["notes"]),
        *(image[part] for image in value["images"] for part in ("file", "split", "name")),
        *(text for item in value["skipped"] for text in item.values()),
        *(text for offer in offers for text in (offer["label"], offer["words"])),
        *(offer["answer"].get(part, "") for offer in offers for part in ("read", "names")),
    ]
    if not all(isinstance(one, list) for one in listed) or not all(isinstance(text, str) for text in texts):
        raise TypeError("not a text")
    "".join([value["title"], *value["class_names"]]).encode()


def offers_from(told: list[dict[str, Any]]) -> tuple[Offer, ...]:
    """Offers from their JSON."""
    return tuple(Offer(item["label"], item["words"], Answer(**item["answer"])) for item in told)
