"""Copies: images that are the same, pixel for pixel."""

from typing import ClassVar

from core.datasets.duplicates import Group as Same
from core.datasets.duplicates import groups, sentence
from core.datasets.split import SPLITS
from core.inspection import MOST_GROUPS, Check, Finding, Group
from core.inspection.remedies import leave_out
from core.inspection.subject import Subject
from core.words import counted, listed


class Copies(Check):
    """Pictures that are there more than once, pixel for pixel."""

    rank: ClassVar[int] = 1

    @classmethod
    def title(cls) -> str:
        return "Exact copies"

    @classmethod
    def clear(cls) -> str:
        return "No picture is there twice."

    def look(self, subject: Subject) -> tuple[list[Finding], int, str]:
        found = groups(subject.digests, subject.data.labels, subject.split)
        looked = len(subject.used)
        if not found:
            return [], looked, ""
        more = sum(len(one.positions) - 1 for one in found)
        finding = Finding(
            check=self.kind,
            title=f"{counted(more, 'exact copy', 'exact copies')}",
            sentence=sentence(found, subject.split),
            severity="wrong" if any(one.leaks or len(one.classes) > 1 for one in found) else "noted",
            images=sum(len(one.positions) for one in found),
            found=len(found),
            groups=tuple(_group(one, subject) for one in found[:MOST_GROUPS]),
            remedies=(leave_out("Leave out all copies", [at for one in found for at in one.positions[1:]]),),
        )
        return [finding], looked, ""


def _group(one: Same, subject: Subject) -> Group:
    names = [subject.data.class_names[label] for label in one.classes]
    told = f"labelled {listed(names)}" if names[1:] else f"in {listed([SPLITS[part] for part in one.splits])}"
    return Group(images=one.positions, note=told, remedies=(leave_out("Leave out the copies", one.positions[1:]),))
