"""Classes of very different sizes."""

from typing import ClassVar

from core.datasets.statistics import imbalance
from core.inspection import Check, Finding
from core.inspection.subject import Subject


class Imbalance(Check):
    """Classes with far more pictures than others: always answering the largest looks better than it is."""

    rank: ClassVar[int] = 10
    balances: ClassVar[bool] = True

    @classmethod
    def clear(cls) -> str:
        return "No class has more than three times as many training pictures as another."

    def look(self, subject: Subject) -> tuple[list[Finding], int, str]:
        words, looked = imbalance(subject.data), len(subject.data.train)
        if not words:
            return [], looked, ""
        title = "Classes of very different sizes"
        return [Finding(check=self.kind, title=title, sentence=words, severity="noted")], looked, ""
