"""What an upload asks back when its folders can be read in two ways, and what people may answer or take back."""

from dataclasses import dataclass, field

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
        kept: where the files lie until it is answered (`core.uploads.incoming.answer`); empty where they do not.
    """

    title: str
    what: str
    readings: tuple[Reading, ...]
    kept: str = ""

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
    answer: Answer = field(default_factory=Answer)
