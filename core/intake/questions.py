"""What an upload asks back when its folders can be read in two ways, and what people may answer or take back."""

from dataclasses import asdict, dataclass, replace

from core.errors import UserError


@dataclass(frozen=True)
class Answer:
    """How the user wants an upload to be read, where that is not plain; empty means "as it is understood".

    Args:
        read: key of a `Reading` ("outer", "inner").
        keep_apart: whether folders whose names differ only in spelling stay classes of their own.
        names: code page of the names in a ZIP, as Python calls it ("cp949").
    """

    read: str = ""
    keep_apart: bool = False
    names: str = ""


UNDERSTOOD = Answer()
"""The user said nothing; folders and names are read as they are understood."""


@dataclass(frozen=True)
class Reading:
    """One sensible way to read the folders of an upload.

    Args:
        key: what `Answer.read` calls it.
        words: which folders are the classes, in one sentence.
        counts: images by split ("train", "validation", "test"), then by class folder.
    """

    key: str
    words: str
    counts: dict[str, dict[str, int]]


@dataclass(frozen=True)
class Question:
    """What an upload ends with when its folders can be read in two sensible ways; nothing was stored yet.

    Args:
        title: the user's name for the upload.
        what: the question in one sentence.
        readings: two or more.
        given: what the user said before; an answer adds to it.
        kept: where the files lie until it is answered (`core.uploads.incoming.answer`); empty where they do not.
    """

    title: str
    what: str
    readings: tuple[Reading, ...]
    given: Answer = UNDERSTOOD
    kept: str = ""

    def answers(self) -> list[Answer]:
        """What choosing each of the readings says."""
        return [replace(self.given, read=reading.key) for reading in self.readings]

    def refusal(self) -> UserError:
        """The question for where nobody can press a button."""
        ways = "; ".join(f"{reading.key}: {reading.words}" for reading in self.readings)
        keys = " or ".join(f"--read {reading.key}" for reading in self.readings)
        return UserError(f"{self.what} {ways}", f"Say which with {keys}.", "DATASET_QUESTION")


@dataclass(frozen=True)
class Offer:
    """Something that was decided on the way and can be taken back.

    Args:
        label: of the button ("Keep apart").
        words: what was decided, in one sentence.
        answer: what undoes it.
    """

    label: str
    words: str
    answer: Answer

    def on_top_of(self, given: Answer) -> "Offer":
        """The same, where the user said something before that stays."""
        said = {name: value for name, value in asdict(self.answer).items() if value}
        return replace(self, answer=replace(given, **said))
