"""The same picture more than once: learnt from and checked on at once, equal, or nearly equal."""

from collections.abc import Sequence
from typing import ClassVar

from core.datasets.split import SPLITS, TRAIN
from core.inspection import Check, Finding, Group, Remedy, finding
from core.inspection.remedies import leave_out, relabel
from core.inspection.subject import Cluster, Subject
from core.words import counted, listed


class Leaks(Check):
    """Pictures that are learnt from and checked on at once: what was learnt by heart is then taken for skill."""

    rank: ClassVar[int] = 1

    @classmethod
    def title(cls) -> str:
        return "Leaks between train and what is checked on"

    @classmethod
    def clear(cls) -> str:
        return "No picture is both learnt from and checked on."

    def look(self, subject: Subject) -> tuple[list[Finding], int, str]:
        leaks = [one for one in subject.clusters if one.leaks]
        looked = len(subject.used)
        if not leaks:
            return [], looked, ""
        others = [part for part in range(len(SPLITS)) if part != TRAIN]
        leaked = {SPLITS[part]: [image for one in leaks for image in one.of_part(part)] for part in others}
        told = [f"{counted(len(some), 'picture')} of {name}" for name, some in leaked.items() if some]
        total = sum(map(len, leaked.values()))
        exact = sum(one.how == "equal" for one in leaks)
        found = finding(
            self,
            f"{counted(total, 'picture')} leaked",
            f"{listed(told)} {'is' if total == 1 else 'are'} also trained on ({_how(exact, len(leaks) - exact)}): "
            "what was learnt by heart is then taken for skill.",
            "wrong",
            leaks,
            lambda one: Group(images=one.images, note=one.note(subject.data.class_names), remedies=_out([one])),
            _out(leaks),
            sum(len(one.images) for one in leaks),
        )
        return [found], looked, ""


def _out(leaks: Sequence[Cluster]) -> tuple[Remedy, ...]:
    """Leaves what leaked out of one of the splits."""
    found = ()
    for part, name in enumerate(SPLITS):
        images = [image for one in leaks for image in one.of_part(part)]
        found += leave_out(f"Leave {_them(len(images))} out of {name}", images)
    return found


def _how(exact: int, near: int) -> str:
    """How many groups there are of each kind."""
    told = [f"{counted(exact, 'group')} pixel for pixel"] if exact else []
    return listed([*told, *([f"{counted(near, 'group')} nearly equal or mirrored"] if near else [])])


def _them(count: int) -> str:
    return "it" if count == 1 else counted(count, "picture")


class Copies(Check):
    """Pictures that are there more than once, pixel for pixel."""

    rank: ClassVar[int] = 2
    hows: ClassVar[tuple[str, ...]] = ("equal",)
    copies: ClassVar[tuple[str, str]] = ("exact copy", "exact copies")
    like: ClassVar[str] = "pixel for pixel"

    @classmethod
    def title(cls) -> str:
        return "Exact copies"

    @classmethod
    def clear(cls) -> str:
        return "No picture is there twice, pixel for pixel."

    def look(self, subject: Subject) -> tuple[list[Finding], int, str]:
        found = [one for one in subject.clusters if one.how in self.hows and not one.leaks]
        found.sort(key=lambda one: (-len(set(one.labels)), -len(one.images)))
        looked = len(subject.used)
        return ([self._finding(found, subject)] if found else []), looked, ""

    def _finding(self, found: list[Cluster], subject: Subject) -> Finding:
        more = sum(len(one.images) - 1 for one in found)
        several = sum(len(set(one.labels)) > 1 for one in found)
        verb = "repeats" if more == 1 else "repeat"
        told = f"{counted(more, 'picture')} {verb} another one, {self.like} ({counted(len(found), 'group')})."
        if several:
            have = "has" if several == 1 else "have"
            told += f" {counted(several, 'group')} {have} more than one class: only one label can be right."
        alike = [image for one in found if len(set(one.labels)) == 1 for image in one.images[1:]]
        return finding(
            self,
            counted(more, *self.copies),
            told,
            "wrong" if several else "noted",
            found,
            lambda one: _group(one, subject.data.class_names),
            leave_out(f"Leave out {counted(len(alike), 'copy', 'copies')}", alike),
            sum(len(one.images) for one in found),
        )


class NearCopies(Copies):
    """Pictures that are nearly equal, as when one is saved again, resized or mirrored."""

    rank: ClassVar[int] = 3
    hows: ClassVar[tuple[str, ...]] = ("near", "mirrored")
    copies: ClassVar[tuple[str, str]] = ("near copy", "near copies")
    like: ClassVar[str] = "nearly, or mirrored, as when one is saved again or resized"

    @classmethod
    def title(cls) -> str:
        return "Near copies"

    @classmethod
    def clear(cls) -> str:
        return "No picture is nearly equal to another one, or its mirror image."


def _group(one: Cluster, class_names: Sequence[str]) -> Group:
    """A group; where its images have several classes, one of them is right."""
    labels = sorted(set(one.labels))
    remedies = leave_out("Leave out the copies" if one.images[2:] else "Leave out the copy", one.images[1:])
    if labels[1:]:
        given = [relabel(f"Label all {class_names[label]}", _others(one, label)) for label in labels]
        remedies = (*(remedy for some in given for remedy in some), *leave_out("Leave out all of them", one.images))
    return Group(images=one.images, note=one.note(class_names), remedies=remedies)


def _others(one: Cluster, label: int) -> dict[int, int]:
    return {image: label for image, own in zip(one.images, one.labels, strict=True) if own != label}
