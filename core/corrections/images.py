"""Corrections of single images."""

from dataclasses import replace
from typing import ClassVar, Literal

from core.corrections import LEFT_OUT, MOST_CLASSES, Correction, Images, Labelled, as_python, positions
from core.spec import option
from core.words import counted

SPLITS = ("train", "validation", "test")


class Exclude(Correction):
    """Leaves images out: they are neither learnt from nor checked on. They stay where they lie."""

    rank: ClassVar[int] = 1

    images: Images = option("", "Which images.", shown=False)

    def applied(self, now: Labelled) -> Labelled:
        split = now.split.copy()
        split[positions(self.images, len(split))] = LEFT_OUT
        return replace(now, split=split)

    def told(self, class_names: tuple[str, ...]) -> str:
        return f"{_counted(self.images)} left out"

    def lines(self, now: Labelled) -> list[str]:
        return [f"part[{as_python(self.images)}] = -1  # left out"] if self.images else []


class Relabel(Correction):
    """Gives images another class."""

    rank: ClassVar[int] = 2

    images: Images = option("", "Which images.", shown=False)
    label: int = option(0, "Their class.", low=0, high=MOST_CLASSES - 1, shown=False)

    def applied(self, now: Labelled) -> Labelled:
        if self.label >= len(now.class_names):
            return now
        labels = now.labels.copy()
        labels[positions(self.images, len(labels))] = self.label
        return replace(now, labels=labels)

    def told(self, class_names: tuple[str, ...]) -> str:
        name = class_names[self.label] if self.label < len(class_names) else "a class that is not there"
        return f"{_counted(self.images)} labelled {name}"

    def lines(self, now: Labelled) -> list[str]:
        if not self.images or self.label >= len(now.class_names):
            return []
        return [f"labels[{as_python(self.images)}] = {self.label}  # {now.class_names[self.label]!r}"]


class Move(Correction):
    """Moves images to another split; one that was left out comes back."""

    rank: ClassVar[int] = 3

    images: Images = option("", "Which images.", shown=False)
    split: Literal["train", "validation", "test"] = option("train", "Where to.", shown=False)

    def applied(self, now: Labelled) -> Labelled:
        split = now.split.copy()
        split[positions(self.images, len(split))] = SPLITS.index(self.split)
        return replace(now, split=split)

    def told(self, class_names: tuple[str, ...]) -> str:
        return f"{_counted(self.images)} moved to {self.split}"

    def lines(self, now: Labelled) -> list[str]:
        place = SPLITS.index(self.split)
        return [f"part[{as_python(self.images)}] = {place}  # {self.split}"] if self.images else []


def _counted(images: str) -> str:
    """How many are named."""
    return counted(int(sum(_length(run) for run in images.split(",") if run)), "picture")


def _length(run: str) -> int:
    low, _, high = run.partition("-")
    return max(0, int(high or low) - int(low) + 1)
