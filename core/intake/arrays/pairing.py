"""Which arrays of a file are images, which are their labels, and what each is for, by their names and shapes."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from core.intake.arrays import MAX_IMAGES, MAX_VALUES, Array, refused
from core.intake.layout import SPLITS
from core.words import listed, number

_SPLITS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_IMAGES = {"x", "image", "images", "img", "imgs", "data", "pixels", "pictures", "picture", "set"}
_LABELS = {"y", "label", "labels", "target", "targets"}
_NAMES = {"names", "classes", "categories"}


@dataclass(frozen=True)
class Pair:
    """Images with their labels.

    Args:
        images: of one array; a single image where `is_single`.
        labels: one per image; None where `label` says it for all.
        split: "train", "validation" or "test".
        label: of all of them: the name of the group that they lie in.
        is_single: whether the array is one image, and no row of them.
    """

    images: Array
    labels: Array | None
    split: str
    label: str = ""
    is_single: bool = False

    @property
    def count(self) -> int:
        """How many images these are."""
        return 1 if self.is_single else self.images.shape[0]


@dataclass(frozen=True)
class Paired:
    """All images of a file.

    Args:
        pairs: those to learn from first.
        names: words for the labels, by number; None where there are none.
        notes: what was left out.
    """

    pairs: tuple[Pair, ...]
    names: Array | None
    notes: tuple[str, ...] = ()


def paired(arrays: Iterable[Array]) -> Paired:
    """Finds images and labels among the arrays of a file.

    Raises:
        UserError: there are none, they can be taken in two ways, they don't fit together, or there are too many.
    """
    found = list(arrays)
    names = next((one for one in found if one.is_text and _words(one) & _NAMES and len(one.shape) == 1), None)
    labels = [one for one in found if one is not names and _is_label(one)]
    images = [one for one in found if one not in labels and not one.is_text and len(one.shape) >= 2]
    if not images:
        raise refused(f"there are no images in it: it holds {_held(found)}", "ARRAYS_LAYOUT")
    pairs, notes = _with_labels(images, labels) if labels else (_by_group(images), ())
    values = sum(_values(pair.images) for pair in pairs)
    count = sum(pair.count for pair in pairs)
    if count > MAX_IMAGES or values > MAX_VALUES:
        raise refused(
            f"it claims {number(count)} images of {number(values)} values in all",
            "ARRAYS_TOO_LARGE",
            f"At most {number(MAX_IMAGES)} images and {number(MAX_VALUES)} values are read.",
        )
    pairs = [pair for pair in pairs if pair.count]
    return Paired(tuple(sorted(pairs, key=lambda pair: SPLITS.index(pair.split))), names, tuple(notes))


def _with_labels(images: list[Array], labels: list[Array]) -> tuple[list[Pair], list[str]]:
    """Each array of images with the one of labels for the same split."""
    of_split: defaultdict[str, list[Array]] = defaultdict(list)
    for one in labels:
        of_split[_split(one)].append(one)
    pairs, notes, seen = [], [], {}
    for one in images:
        split = _split(one)
        if split in seen:
            raise refused(f"both {seen[split].name} and {one.name} could be the images of {split}", "ARRAYS_LAYOUT")
        seen[split] = one
        mine = of_split[split]
        if not mine:
            notes.append(f"{one.name} has no labels and was left out.")
            continue
        if len(mine) > 1:
            raise refused(f"both {mine[0].name} and {mine[1].name} could be the labels of {one.name}", "ARRAYS_LAYOUT")
        if mine[0].shape[0] != one.shape[0]:
            what = f"{one.name} has {number(one.shape[0])} images and {mine[0].name} {number(mine[0].shape[0])} labels"
            raise refused(what, "ARRAYS_LENGTHS", "Store one label for each image.")
        pairs.append(Pair(one, mine[0], split))
    if not pairs:
        raise refused(f"no labels belong to the images: it holds {_held([*images, *labels])}", "ARRAYS_LAYOUT")
    return pairs, notes


def _by_group(images: list[Array]) -> list[Pair]:
    """The last name on the way to an array that says neither split nor images is its class."""
    pairs = []
    for one in images:
        parts = one.name.split("/")
        is_single = len(one.shape) == 2 or (len(one.shape) == 3 and one.shape[2] in (1, 3, 4) and len(parts) > 1)
        if is_single:
            parts = parts[:-1]  # the image's own name
        label = next((part for part in reversed(parts) if not _plain(part)), "")
        if not label:
            what = f"{one.name} has neither labels nor a group that could be its class"
            raise refused(what, "ARRAYS_LAYOUT")
        pairs.append(Pair(one, None, _split_of(parts[:-1]), label, is_single))
    return pairs


def _plain(part: str) -> bool:
    """Whether a name says no class."""
    return part.lower() in _SPLITS or part.lower() in _IMAGES


def _is_label(one: Array) -> bool:
    """One number or word per image, or a row of them under the name of labels."""
    has_word = bool(_words(one) & _LABELS)
    if one.is_text:
        return has_word and len(one.shape) == 1
    is_column = len(one.shape) == 1 or (len(one.shape) == 2 and one.shape[1] == 1)
    return len(one.shape) == 1 or (has_word and (is_column or len(one.shape) == 2))


def _words(one: Array) -> set[str]:
    return set(re.split(r"[^a-z]+", one.name.lower()))


def _split(one: Array) -> str:
    return _split_of(re.split(r"[^a-zA-Z]+", one.name))


def _split_of(words: Iterable[str]) -> str:
    """What images under such names are for; to learn from unless something else is said."""
    return next((_SPLITS[word.lower()] for word in words if word.lower() in _SPLITS), "train")


def _values(one: Array) -> int:
    total = 1
    for side in one.shape:
        total *= side
    return total


def _held(arrays: list[Array]) -> str:
    """ "x (100, 28, 28) and note ()", or that there is nothing."""
    return listed([f"{one.name} ({', '.join(map(str, one.shape))})" for one in arrays]) if arrays else "no arrays"
