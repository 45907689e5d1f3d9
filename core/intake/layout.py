"""How the folders of an upload are read: wrappers, splits, classes, and one name for each class."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.intake.images import shown

SPLITS = {"train": "train", "validation": "validation", "val": "validation", "valid": "validation", "test": "test"}
"""Names of split folders, any case, and the split they mean."""

LAYOUT = "Make one folder per class: pets/cat/1.jpg, pets/dog/1.jpg. Folders train, validation and test may lie above."


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


class Classes:
    """One name for each class, however its folder was spelled in the splits."""

    def __init__(self, folders: Iterable[str]) -> None:
        self._spellings: defaultdict[str, set[str]] = defaultdict(set)
        for folder in folders:
            self._spellings[self.key(folder)].add(folder)

    @staticmethod
    def key(folder: str) -> str:
        """Equal for folders that people, or some systems, do not tell apart: Cat and cat, composed and decomposed e."""
        return unicodedata.normalize("NFC", unicodedata.normalize("NFC", plain(folder)).casefold())

    def name(self, key: str) -> str:
        """The first spelling in alphabetical order, fit to be shown."""
        first = min(self._spellings[key], key=lambda folder: (unicodedata.normalize("NFC", folder), folder))
        return plain(unicodedata.normalize("NFC", first)) or "unnamed"

    def notes(self) -> list[str]:
        """Says which spellings were merged."""
        merged = sorted((key, sorted(names)) for key, names in self._spellings.items() if len(names) > 1)
        return [
            f"The folders {' and '.join(map(quoted, names))} were taken as one class, {quoted(self.name(key))}."
            for key, names in merged
        ]


def plain(text: str) -> str:
    """Without characters that move or hide others (control and direction marks)."""
    return "".join(mark for mark in text if unicodedata.category(mark)[0] != "C" or mark == "\u200d").strip()


def quoted(name: str) -> str:
    return f'"{shown(name)}"'
