"""The next task: other classes are learnt, those before are not seen any more."""

from typing import ClassVar

import numpy as np

from core.phases.remedies import _OfClasses
from core.spec import option


class NextTask(_OfClasses):
    """Learns other classes from here on; what was learnt before is forgotten, unless a remedy helps.

    Source: French 1999, "Catastrophic forgetting in connectionist networks"; rehearsal: Robins 1995, "Catastrophic
    forgetting, rehearsal and pseudorehearsal".
    """

    rank: ClassVar[int] = 20
    blurb: ClassVar[str] = "next task"

    separate_heads: bool = option(
        False,
        "Whether each task is answered among its own classes only. In training and in testing the network is then told "
        "which task an image is of; on Predict and Look inside nobody tells it.",
        advice="Outputs of one task learn nothing while another is learnt, and are not compared with them in testing.",
    )

    @classmethod
    def title(cls) -> str:
        return "Next task"

    def called(self, number: int) -> str:
        return f"Task {number}"

    def allowed(self, classes: int, begun: bool) -> np.ndarray | None:
        if not self.separate_heads:
            return None
        mine = np.isin(np.arange(classes), self.classes)
        return mine[:, None] == mine[None]
