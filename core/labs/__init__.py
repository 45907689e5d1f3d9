"""The labs: small arithmetic that answers at once, and what a reader may set in each of them.

The arithmetic is NumPy, short enough to be read. What follows the pointer is computed again in the browser, and both
are compared with each other and with known answers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.spec import Spec


@dataclass(frozen=True)
class Check:
    """A known answer that a lab must give.

    Args:
        id: under which the browser's side answers the same question.
        words: the question, as a reader sees it.
        published: the known answer: a number, a text, or nested lists of numbers.
        compute: gives our own answer, in NumPy.
    """

    id: str
    words: str
    published: Any
    compute: Callable[[], Any]

    def to_json(self) -> dict[str, Any]:
        """As the browser takes it, computed now."""
        ours = self.compute()
        numpy = ours.tolist() if isinstance(ours, np.ndarray | np.generic) else ours
        return {"id": self.id, "words": self.words, "published": self.published, "numpy": numpy}


class Lab(Spec):
    """What a reader may set in one lab; its fields are the knobs, and what the link holds."""

    @classmethod
    def checks(cls) -> tuple[Check, ...]:
        """Known answers that the lab shows beside its own."""
        return ()
