"""The catalogue of checks: what to look for in a dataset before learning from it. Each is one class.

A check says what it found in a sentence with its exact numbers, shows the images, and names the corrections that one
click would record. It never changes anything itself.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from core.corrections import Correction
from core.spec import Spec, kinds, one_of

if TYPE_CHECKING:
    from core.inspection.subject import Subject

T = TypeVar("T")
MOST_GROUPS = 300
"""Groups of a finding that are listed; the sentence and the remedies of the finding are about all of them."""
STEPS = 100
"""Units of progress of one check."""

Severity = Literal["wrong", "doubtful", "noted"]
"""What misleads a training or its scores; what somebody should look at; what is good to know. In this order."""
Count = Annotated[int, Field(ge=0)]
Words = Annotated[str, Field(max_length=2000)]


class _Value(BaseModel):
    """A part of a report: frozen, comparable, JSON in and out; what is damaged is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Remedy(_Value):
    """What one click does.

    Args:
        name: what stands on its button: "Leave out the copies".
        corrections: that are recorded, in this order; never empty.
    """

    name: Words
    corrections: Annotated[tuple[one_of(Correction), ...], Field(min_length=1)]


class Group(_Value):
    """Images that are shown together.

    Args:
        images: their positions in the dataset as it is prepared.
        note: what is known of them; empty where there is nothing to say.
        remedies: the likeliest first; empty where nothing can be recorded.
    """

    images: Annotated[tuple[Count, ...], Field(min_length=1)]
    note: Words = ""
    remedies: tuple[Remedy, ...] = ()


class Finding(_Value):
    """One thing that a check found.

    Args:
        check: kind of the check.
        title: in a few words, with its number.
        sentence: what is so, with exact numbers, and what that means.
        severity: how much it matters.
        images: how many images it is about.
        found: how many groups there are; of more than MOST_GROUPS the first are listed.
        groups: the worst first.
        remedies: that mend all groups at once, also those that are not listed.
    """

    check: Words
    title: Words
    sentence: Words
    severity: Severity
    images: Count = 0
    found: Count = 0
    groups: Annotated[tuple[Group, ...], Field(max_length=MOST_GROUPS)] = ()
    remedies: tuple[Remedy, ...] = ()


def finding(  # noqa: PLR0913  the parts of a finding
    check: "Check",
    title: str,
    sentence: str,
    severity: Severity,
    flaws: Sequence[T],
    group: Callable[[T], Group],
    remedies: tuple[Remedy, ...] = (),
    images: int | None = None,
) -> Finding:
    """A finding of flaws, of which the first are shown.

    Args:
        check, title, sentence, severity, remedies: as in `Finding`.
        flaws: all of them, the worst first.
        group: shows one.
        images: how many all of them are about; one each when left out.
    """
    about = len(flaws) if images is None else images
    shown = tuple(group(flaw) for flaw in flaws[:MOST_GROUPS])
    return Finding(
        check=check.kind,
        title=title,
        sentence=sentence,
        severity=severity,
        images=about,
        found=len(flaws),
        groups=shown,
        remedies=remedies,
    )


class Looked(_Value):
    """What a check looked at.

    Args:
        check: its kind.
        images: how many it looked at.
        of: how many there are.
        seconds: that it took.
        note: what it could not look at, and why; empty where it looked at all.
    """

    check: Words
    images: Count
    of: Count
    seconds: Annotated[float, Field(ge=0)]
    note: Words = ""


class Report(_Value):
    """What an inspection found in a dataset.

    Args:
        version: of this form.
        images: how many the dataset has, those that are left out included.
        findings: the gravest first.
        looked: one of each check, in their order.
        seconds: that all of it took.
    """

    version: Literal[1] = 1
    images: Count
    findings: tuple[Finding, ...] = ()
    looked: tuple[Looked, ...] = ()
    seconds: Annotated[float, Field(ge=0)] = 0.0

    def of(self, check: str) -> tuple[Finding, ...]:
        """The findings of one check, by its kind."""
        return tuple(finding for finding in self.findings if finding.check == check)


class Check(Spec):
    """One kind of flaw that is looked for."""

    rank: ClassVar[int] = 100
    """Its place among the checks."""

    balances: ClassVar[bool] = False
    """Whether what it finds is mended by letting each class count alike in training."""

    @classmethod
    def clear(cls) -> str:
        """What is said where it found nothing: "No picture is there twice."."""
        raise NotImplementedError

    def look(self, subject: "Subject") -> tuple[list[Finding], int, str]:
        """Looks for it.

        Args:
            subject: the dataset, and what was measured of it by now.

        Returns:
            what it found, how many images it looked at, and why not at all of them (empty where it did).
        """
        raise NotImplementedError


def checks() -> list[Check]:
    """One of each, in the order in which they are made."""
    return [kind() for kind in kinds(Check).values()]


def at_work(done: int) -> Check:
    """The check that is at work when so many units are done."""
    return checks()[min(done // STEPS, len(checks()) - 1)]
