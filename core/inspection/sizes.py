"""Images that came in a size or a shape unlike that of the others."""

from typing import ClassVar

import numpy as np

from core.datasets.statistics import sizes_at
from core.inspection import Check, Finding, Group, finding
from core.inspection.remedies import leave_out
from core.inspection.subject import Subject
from core.words import counted

STRETCHED = 2.0
"""Times the median aspect ratio, or its inverse."""
ENLARGED = 2.0
"""Times by which the shorter side was enlarged."""
FEW = 0.2
"""What more images than this share have is how the dataset is, and no oddity."""


class OddSizes(Check):
    """Pictures whose shape or size is unlike that of the others, so that they were squeezed or enlarged much more."""

    rank: ClassVar[int] = 9

    @classmethod
    def title(cls) -> str:
        return "Odd sizes"

    @classmethod
    def clear(cls) -> str:
        return "No picture came in a shape or a size far from the others."

    def look(self, subject: Subject) -> tuple[list[Finding], int, str]:
        sizes = sizes_at(subject.dataset, subject.used)
        if not len(sizes):
            return [], 0, ""
        height, width, _ = subject.data.images.shape[1:]
        aspect = sizes[:, 0] / np.maximum(1, sizes[:, 1])
        usual = float(np.median(aspect))
        off = np.maximum(aspect / usual, usual / np.maximum(aspect, 1e-9))
        factor = np.maximum(width / np.maximum(1, sizes[:, 0]), height / np.maximum(1, sizes[:, 1]))
        why = f"width against height is {STRETCHED:g} times as large as in the median picture ({usual:.2f}), or more"
        found = [
            self._finding(subject, sizes, off >= STRETCHED, off, "of an odd shape", f"{why}, or so much less."),
            self._finding(
                subject,
                sizes,
                (factor >= ENLARGED) & (off < STRETCHED),
                factor,
                "much smaller than they are used",
                f"they are enlarged {ENLARGED:g} times or more, to {width}x{height} px.",
            ),
        ]
        return [one for one in found if one], len(subject.used), ""

    def _finding(
        self, subject: Subject, sizes: np.ndarray, is_odd: np.ndarray, how: np.ndarray, what: str, why: str
    ) -> Finding | None:
        """None where no image is odd, or so many are that it is none."""
        chosen = np.flatnonzero(is_odd)
        if not len(chosen) or len(chosen) > FEW * len(sizes):
            return None
        chosen = chosen[np.argsort(-how[chosen], kind="stable")]
        told = f"{counted(len(chosen), 'picture')} {'is' if len(chosen) == 1 else 'are'} {what}"
        return finding(
            self,
            told,
            f"{told}: {why}",
            "doubtful",
            chosen.tolist(),
            lambda one: self._group(int(subject.used[one]), *sizes[one]),
            leave_out(f"Leave out {counted(len(chosen), 'picture')}", subject.used[chosen].tolist()),
        )

    def _group(self, position: int, width: int, height: int) -> Group:
        return Group(images=(position,), note=f"{width}x{height} px", remedies=leave_out("Leave it out", [position]))
