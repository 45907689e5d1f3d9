"""Labels that are probably wrong."""

from typing import ClassVar

import numpy as np

from core.inspection import Check, Finding, Group, finding
from core.inspection.confident import FOLDS, TIMES, CrossValidated, Suspect
from core.inspection.remedies import leave_out, relabel
from core.inspection.subject import Subject
from core.words import counted, percent

FEWEST = 50
"""Images that a classifier is made by."""
FIT_TO_JUDGE = 0.5
"""A classifier that is right less often is no judge."""


class SuspiciousLabels(Check):
    """Pictures whose label a classifier that never saw them would hardly give (confident learning)."""

    rank: ClassVar[int] = 4

    @classmethod
    def title(cls) -> str:
        return "Suspicious labels"

    @classmethod
    def clear(cls) -> str:
        return f"No label has another class {TIMES:g} times as likely."

    def look(self, subject: Subject) -> tuple[list[Finding], int, str]:
        labels, names = subject.data.labels[subject.used], subject.data.class_names
        if len(np.unique(labels)) < 2 or len(labels) < FEWEST:
            return [], 0, f"It takes two classes and {FEWEST} pictures to judge labels."
        subject.tell(0.1)
        judged = CrossValidated(subject.known, subject.used, labels, len(names), _folds(subject, labels)).judge()
        right = percent(judged.accuracy)
        if judged.accuracy < FIT_TO_JUDGE:
            few = f"The quick classifier is right for {right} only, too few to judge labels by."
            return [], 0, f"{few} Train a network, and look on Mistakes at those of which it is surest."
        suspects = judged.suspects
        if not suspects:
            return [], len(labels), ""
        count = counted(len(suspects), "label")
        all_new = {one.position: one.likely for one in suspects}
        found = finding(
            self,
            f"{count} {'looks' if len(suspects) == 1 else 'look'} wrong",
            f"{count} of {len(labels)}: a quick classifier that did not see the picture finds another class at least "
            f"{TIMES:g} times as likely. It is right for {right} of all pictures, so look before you agree.",
            "doubtful",
            suspects,
            lambda one: _group(one, names),
            (
                *relabel(f"Label {counted(len(suspects), 'picture')} as suggested", all_new),
                *leave_out(f"Leave out {counted(len(suspects), 'picture')}", all_new),
            ),
        )
        return [found], len(labels), ""


def _folds(subject: Subject, labels: np.ndarray) -> np.ndarray:
    """The fold of each image: each class is dealt out evenly, and copies of one picture stay together."""
    order = np.random.default_rng(0).permutation(len(labels))
    folds = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        members = order[labels[order] == label]
        folds[members] = (np.arange(len(members)) + label) % FOLDS
    for one in subject.clusters:
        members = np.searchsorted(subject.used, one.images)
        folds[members] = folds[members[0]]
    return folds


def _group(one: Suspect, names: tuple[str, ...]) -> Group:
    return Group(
        images=(one.position,),
        note=f"labelled {names[one.given]}, looks like {names[one.likely]} ({percent(one.likely_share)} against "
        f"{percent(one.given_share)})",
        remedies=(
            *relabel(f"Label it {names[one.likely]}", {one.position: one.likely}),
            *leave_out("Leave it out", [one.position]),
        ),
    )
