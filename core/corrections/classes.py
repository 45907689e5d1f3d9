"""Corrections of what classes there are."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from core.corrections import LEFT_OUT, MOST_CLASSES, ClassName, Correction, Labelled
from core.spec import option
from core.words import listed

Label = Annotated[int, Field(ge=0, lt=MOST_CLASSES)]


class RenameClass(Correction):
    """Gives a class another name."""

    rank: ClassVar[int] = 4
    of_classes: ClassVar[bool] = True

    label: int = option(0, "Which class.", low=0, high=MOST_CLASSES - 1, shown=False)
    name: ClassName = option("class", "Its new name.", shown=False)

    def applied(self, now: Labelled) -> Labelled:
        names = list(now.class_names)
        if not self.is_legal(names):
            return now
        names[self.label] = self.name
        return replace(now, class_names=tuple(names))

    def is_legal(self, class_names: Sequence[str]) -> bool:
        """Whether there is such a class, and no other of that name."""
        others = [name for label, name in enumerate(class_names) if label != self.label]
        return self.label < len(class_names) and bool(self.name.strip()) and self.name not in others

    def told(self, class_names: Sequence[str]) -> str:
        return f"{_named(class_names, [self.label])} is called {self.name}"

    def lines(self, now: Labelled) -> list[str]:
        return [f"class_names[{self.label}] = {self.name!r}"] if self.is_legal(now.class_names) else []


class MergeClasses(Correction):
    """Makes one class of several; it takes the place of the first."""

    rank: ClassVar[int] = 5
    of_classes: ClassVar[bool] = True

    labels: tuple[Label, ...] = Field((), max_length=MOST_CLASSES, json_schema_extra={"shown": False})
    name: ClassName = option("", "What the class is called; empty for the name of the first.", shown=False)

    def applied(self, now: Labelled) -> Labelled:
        merged = _without(now, self._gone(now), self._first(now))
        names = list(merged.class_names)
        if self._gone(now) and self.name and self.name not in names:
            names[self._first(now)] = self.name
        return replace(merged, class_names=tuple(names))

    def _first(self, now: Labelled) -> int:
        return min((label for label in self.labels if label < len(now.class_names)), default=0)

    def _gone(self, now: Labelled) -> list[int]:
        known = sorted({label for label in self.labels if label < len(now.class_names)})
        return known[1:]

    def told(self, class_names: Sequence[str]) -> str:
        return f"{_named(class_names, self.labels)} are one class{f', {self.name}' if self.name else ''}"

    def lines(self, now: Labelled) -> list[str]:
        return _renumbered(now, self._gone(now), self._first(now), self.applied(now).class_names)


class RemoveClass(Correction):
    """Takes a class away with all its images; they stay where they lie."""

    rank: ClassVar[int] = 6
    of_classes: ClassVar[bool] = True

    label: int = option(0, "Which class.", low=0, high=MOST_CLASSES - 1, shown=False)

    def applied(self, now: Labelled) -> Labelled:
        if self.label >= len(now.class_names):
            return now
        split = np.where(now.labels == self.label, np.int8(LEFT_OUT), now.split)
        return _without(replace(now, split=split), [self.label], 0)

    def told(self, class_names: Sequence[str]) -> str:
        return f"{_named(class_names, [self.label])} taken away"

    def lines(self, now: Labelled) -> list[str]:
        if self.label >= len(now.class_names):
            return []
        gone = f"part[labels == {self.label}] = -1  # {now.class_names[self.label]!r} is left out"
        return [gone, *_renumbered(now, [self.label], 0, self.applied(now).class_names)]


class AddClass(Correction):
    """Adds a class, empty as yet: images are labelled with it afterwards."""

    rank: ClassVar[int] = 7
    of_classes: ClassVar[bool] = True

    name: ClassName = option("class", "Its name.", shown=False)

    def applied(self, now: Labelled) -> Labelled:
        return replace(now, class_names=(*now.class_names, self.name)) if self._is_new(now) else now

    def _is_new(self, now: Labelled) -> bool:
        return self.name.strip() != "" and self.name not in now.class_names and len(now.class_names) < MOST_CLASSES

    def told(self, class_names: Sequence[str]) -> str:
        return f"class {self.name} added"

    def lines(self, now: Labelled) -> list[str]:
        return [f"class_names.append({self.name!r})"] if self._is_new(now) else []


def _named(class_names: Sequence[str], labels: Sequence[int]) -> str:
    known = [class_names[label] for label in sorted(set(labels)) if label < len(class_names)]
    return listed(known) if known else "a class that is not there"


def _map(now: Labelled, gone: Sequence[int], into: int) -> list[int]:
    """The new label of each old one: those that go become `into`."""
    kept = [label for label in range(len(now.class_names)) if label not in gone]
    return [kept.index(label) if label in kept else into for label in range(len(now.class_names))]


def _without(now: Labelled, gone: Sequence[int], into: int) -> Labelled:
    """The classes without some, whose images get another label."""
    if not gone:
        return now
    names = tuple(name for label, name in enumerate(now.class_names) if label not in gone)
    return replace(now, labels=np.array(_map(now, gone, into), np.int64)[now.labels], class_names=names)


def _renumbered(now: Labelled, gone: Sequence[int], into: int, names: Sequence[str]) -> list[str]:
    """Lines that do what `_without` does."""
    if not gone:
        return []
    return [f"labels = np.array({_map(now, gone, into)})[labels]", f"class_names = {list(names)!r}"]
