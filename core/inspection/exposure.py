"""Images in which there is nothing to see: too dark, too light, one colour, blurred."""

from typing import ClassVar

import numpy as np

from core.datasets.statistics import sizes_at
from core.inspection import Check, Finding, Group, finding
from core.inspection.remedies import leave_out
from core.inspection.subject import Subject
from core.words import counted

FLAT = 2.0
"""Standard deviation of the luma, 0..255, below which an image is one colour."""
DARK, USUALLY_LIGHT = 60.0, 120.0
"""Luma of the lightest place of a dark image, and of the lightest place of most images, for that to be unusual."""
LIGHT, USUALLY_DARK = 210.0, 128.0
"""The same for the darkest place."""
BLURRED, SPREADS = 1 / 8, 5.0
"""Sharpness against that of the median image, and standard deviations (of the logarithm) below it."""
DEVIATIONS = 1.4826
"""Standard deviations in a median absolute deviation."""


class _Plain(Check):
    """Images that are shown one by one."""

    what: ClassVar[tuple[str, str]] = ("", "")
    why: ClassVar[str] = ""

    def look(self, subject: Subject) -> tuple[list[Finding], int, str]:
        positions, notes = self.found(subject)
        if not positions:
            return [], len(subject.used), ""
        told = f"{counted(len(positions), 'picture')} {self.what[len(positions) > 1]}"
        found = finding(
            self,
            told,
            f"{told}: {self.why}",
            "doubtful",
            list(zip(positions, notes, strict=True)),
            lambda one: Group(images=(one[0],), note=one[1], remedies=leave_out("Leave it out", [one[0]])),
            leave_out(f"Leave out {counted(len(positions), 'picture')}", positions),
        )
        return [found], len(subject.used), ""

    def found(self, subject: Subject) -> tuple[list[int], list[str]]:
        """Positions of the images, the worst first, and what is noted of each."""
        raise NotImplementedError


class OneColour(_Plain):
    """Pictures of one colour, in which there is nothing to learn."""

    rank: ClassVar[int] = 5
    what: ClassVar[tuple[str, str]] = ("is one colour", "are one colour")
    why: ClassVar[str] = f"their values differ by less than {FLAT:g} of 255 (standard deviation)."

    @classmethod
    def title(cls) -> str:
        return "One colour"

    @classmethod
    def clear(cls) -> str:
        return "No picture is of one colour."

    def found(self, subject: Subject) -> tuple[list[int], list[str]]:
        contrast = subject.number("contrast")
        chosen = np.flatnonzero(contrast < FLAT)
        chosen = chosen[np.argsort(contrast[chosen], kind="stable")]
        return subject.used[chosen].tolist(), [f"deviation {contrast[one]:.1f} of 255" for one in chosen]


class Dark(_Plain):
    """Pictures that are dark all over, where most of the dataset's are not."""

    rank: ClassVar[int] = 6
    what: ClassVar[tuple[str, str]] = ("is dark all over", "are dark all over")
    why: ClassVar[str] = f"even the lightest place is below {DARK:g} of 255, unlike in most pictures of this dataset."

    @classmethod
    def clear(cls) -> str:
        return "No picture is darker all over than the others."

    def found(self, subject: Subject) -> tuple[list[int], list[str]]:
        lightest = subject.number("lightest")
        if not len(lightest) or np.median(lightest) < USUALLY_LIGHT:
            return [], []
        chosen = np.flatnonzero((lightest < DARK) & (subject.number("contrast") >= FLAT))
        chosen = chosen[np.argsort(lightest[chosen], kind="stable")]
        return subject.used[chosen].tolist(), [f"lightest place {lightest[one]:.0f} of 255" for one in chosen]


class Light(_Plain):
    """Pictures that are nearly white all over, where most of the dataset's are not."""

    rank: ClassVar[int] = 7
    what: ClassVar[tuple[str, str]] = ("is nearly white all over", "are nearly white all over")
    why: ClassVar[str] = f"even the darkest place is above {LIGHT:g} of 255, unlike in most pictures of this dataset."

    @classmethod
    def clear(cls) -> str:
        return "No picture is lighter all over than the others."

    def found(self, subject: Subject) -> tuple[list[int], list[str]]:
        darkest = subject.number("darkest")
        if not len(darkest) or np.median(darkest) > USUALLY_DARK:
            return [], []
        chosen = np.flatnonzero((darkest > LIGHT) & (subject.number("contrast") >= FLAT))
        chosen = chosen[np.argsort(-darkest[chosen], kind="stable")]
        return subject.used[chosen].tolist(), [f"darkest place {darkest[one]:.0f} of 255" for one in chosen]


class Blurred(_Plain):
    """Pictures with far fewer fine details than the others of the dataset."""

    rank: ClassVar[int] = 8
    what: ClassVar[tuple[str, str]] = ("looks blurred", "look blurred")
    why: ClassVar[str] = "fine details are less than an eighth as strong as in the median picture of this dataset."

    @classmethod
    def clear(cls) -> str:
        return "No picture is far less sharp than the others."

    def found(self, subject: Subject) -> tuple[list[int], list[str]]:
        seen = subject.number("contrast") >= FLAT
        sharpness = np.maximum(subject.number("sharpness"), 1e-6)
        if seen.sum() < 20:
            return [], []
        levels = np.log(sharpness)
        middle = np.median(levels[seen])
        spread = DEVIATIONS * np.median(np.abs(levels[seen] - middle))
        chosen = np.flatnonzero(seen & (levels < middle + np.log(BLURRED)) & (levels < middle - SPREADS * spread))
        chosen = chosen[np.argsort(levels[chosen], kind="stable")]
        sizes = sizes_at(subject.dataset, subject.used)
        shares = np.exp(levels - middle)
        return subject.used[chosen].tolist(), [
            f"{100 * shares[one]:.1f} % of the median's details, {sizes[one][0]}x{sizes[one][1]} px" for one in chosen
        ]
