"""New classes: outputs that waited begin to learn, beside the old ones."""

from typing import ClassVar

import numpy as np

from core.phases.remedies import EVERY, _OfClasses
from core.spec import option


class NewClasses(_OfClasses):
    """Adds classes to a network that learnt others: the old outputs keep their weights, the new ones begin fresh.

    Before it no image is taken for a new class: their outputs keep the weights they were made with.
    """

    rank: ClassVar[int] = 30
    blurb: ClassVar[str] = "new classes"

    rehearsal: int = option(
        EVERY,
        "How many old images per class are learnt on, beside the new ones; as a rule all.",
        advice="With few of them, watch the old classes fall.",
        low=0,
        high=EVERY,
        unit="images per class",
    )

    @classmethod
    def title(cls) -> str:
        return "New classes"

    def called(self, number: int) -> str:
        return "Old classes" if number == 1 else f"New classes{f' {number - 1}' if number > 2 else ''}"

    def allowed(self, classes: int, begun: bool) -> np.ndarray | None:
        return None if begun else np.tile(~np.isin(np.arange(classes), self.classes), (classes, 1))
