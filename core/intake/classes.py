"""One name for each class, however its folder is spelled in the splits; spellings inside one split stay classes."""

from collections import defaultdict
from collections.abc import Callable, Iterable

from core.intake.layout import Place
from core.intake.names import clean, key, quoted
from core.intake.questions import Answer, Offer

UNNAMED = "unnamed"
MOST = 20
"""Sentences of one kind; after them only the number of the others is told."""
KEEP_APART = Answer(keep_apart=True)


class Classes:
    """The classes of an upload, each known by a key: the spelling of its folder in the training split.

    A folder of another split belongs to the class of the same name, else to the only one that differs from it in
    spelling alone ("Cat" and "cat"), if no other folder of its split would belong there too.

    Args:
        places: split and class folder of each image.
        keep_apart: whether each spelling stays a class of its own.
        order: names of folders in the order of the labels, where that is known.
    """

    def __init__(self, places: Iterable[Place], *, keep_apart: bool = False, order: Iterable[str] = ()) -> None:
        self._order = {name: place for place, name in enumerate(order)}
        self._spellings: defaultdict[str, set[str]] = defaultdict(set)
        self._keys: dict[Place, str] = {}
        found = sorted(set(places))
        self._own: Callable[[str], str] = str if keep_apart else clean
        alike: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for split, folder in found:
            alike[split, key(folder)].add(self._own(folder))
        for place in found:
            self._keys[place] = self._settled(place, alike, may_merge=not keep_apart)
            self._spellings[self._keys[place]].add(place[1])
        self._names = self._named()

    def _settled(self, place: Place, alike: dict[tuple[str, str], set[str]], *, may_merge: bool) -> str:
        """The key of a folder's class; `alike` holds the folders of a split by what they have in common."""
        split, folder = place
        own, near = self._own(folder), alike.get(("train", key(folder)), set())
        only_one_of_each = len(near) == len(alike[split, key(folder)]) == 1
        return next(iter(near)) if may_merge and own not in near and only_one_of_each else own

    def key(self, place: Place) -> str:
        """Of the class that a folder of a split belongs to; also of a folder without images."""
        return self._keys.get(place) or self._own(place[1])

    def name(self, key: str) -> str:
        """Of a class, fit to be shown; no two are equal."""
        return self._names.get(key) or clean(key) or UNNAMED

    def ordered(self, keys: Iterable[str]) -> list[str]:
        """Keys of classes in the order of their labels: as it is known, else by name."""
        last = len(self._order)
        return sorted(keys, key=lambda one: (self._order.get(one, last), self.name(one), one))

    def notes(self) -> list[str]:
        """Says which folders were merged, and which names were changed."""
        notes = [offer.words for offer in self.offers()]
        if (more := len(self._merged()) - MOST) > 0:
            notes.append(f"So were the folders of {more} more classes.")
        changed = [name for key, name in sorted(self._names.items()) if name != clean(key)]
        notes += [
            f"A class is called {quoted(name)}, as its folder's own name can't be shown." for name in changed[:MOST]
        ]
        return notes + ([f"So are {len(changed) - MOST} more classes."] if len(changed) > MOST else [])

    def offers(self) -> list[Offer]:
        """The first merges; what takes one back takes back all."""
        return [Offer("Keep apart", _merge_words(name, folders), KEEP_APART) for name, folders in self._merged()[:MOST]]

    def _merged(self) -> list[tuple[str, list[str]]]:
        return sorted((self.name(key), sorted(folders)) for key, folders in self._spellings.items() if len(folders) > 1)

    def _named(self) -> dict[str, str]:
        names: dict[str, str] = {}
        taken: set[str] = set()
        for one in sorted(self._spellings, key=lambda one: (clean(one), one != clean(one), one)):
            base, number = clean(one) or UNNAMED, 1
            name = base
            while name in taken:
                number += 1
                name = f"{base} ({number})"
            taken.add(name)
            names[one] = name
        return names


def _merge_words(name: str, folders: list[str]) -> str:
    spelled = sorted({quoted(folder) for folder in folders})
    if len(spelled) == 1:
        return f"{len(folders)} folders whose names look the same were taken as one class, {quoted(name)}."
    return f"The folders {' and '.join(spelled)} were taken as one class, {quoted(name)}."
