"""What was shown, as a value: classes with their images, and the steps that lead back and forth."""

import re
from collections.abc import Iterator
from typing import Annotated, Self

from annotated_types import Ge, Le, MaxLen
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.errors import UserError
from core.intake.names import key
from core.words import cleaned, counted, listed, text_of

MAX_NAME, MAX_TITLE = 40, 80
"""Letters of the name of a class, and of all that was shown."""
MAX_CLASSES, MAX_IMAGES = 30, 1000
"""Classes and images of one showing: with more, a dataset is made and a network trained."""
MAX_STEPS = 20
"""Steps that can be taken back."""
TITLE = "My things"
FILE = re.compile(r"[0-9]{6}-[0-9]{3}-[0-9a-f]{32}\.png")
"""The press that brought an image, its turn among those of that press, and the sum of its pixels."""

ClassName = Annotated[str, AfterValidator(text_of(MAX_NAME))]
Title = Annotated[str, AfterValidator(text_of(MAX_TITLE))]
File = Annotated[str, Field(pattern=f"^{FILE.pattern}$")]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class ShownClass(_Value):
    """One class.

    Args:
        id: its own among the classes, also those that went.
        name: what it is called; no two are called alike.
        images: names of files, in the order in which they were shown.
    """

    id: Annotated[int, Ge(1), Le(10**6)]
    name: ClassName
    images: Annotated[tuple[File, ...], Field(strict=False), MaxLen(MAX_IMAGES)] = ()

    @property
    def digests(self) -> set[str]:
        """Sums of its images: equal for images that are equal pixel by pixel."""
        return {digest_of(image) for image in self.images}


Classes = Annotated[tuple[ShownClass, ...], Field(strict=False), MaxLen(MAX_CLASSES)]


class Step(_Value):
    """A state that can be had again.

    Args:
        words: what was done after it ("24 pictures of cup").
        classes: as they were.
    """

    words: Annotated[str, MaxLen(200)]
    classes: Classes


Steps = Annotated[tuple[Step, ...], Field(strict=False), MaxLen(MAX_STEPS)]


class Shown(_Value):
    """All that was shown.

    Args:
        title: what the dataset is called that it becomes.
        presses: the number of the last press that brought images.
        given: the last id that a class was given.
        classes: in the order in which they were made.
        back, ahead: what can be taken back, the latest last, and what can be done again.
    """

    title: Title = TITLE
    presses: Annotated[int, Ge(0), Le(10**6)] = 0
    given: Annotated[int, Ge(0), Le(10**6)] = 2
    classes: Classes = (ShownClass(id=1, name="Class 1"), ShownClass(id=2, name="Class 2"))
    back: Steps = ()
    ahead: Steps = ()

    @property
    def count(self) -> int:
        """Images of all classes."""
        return sum(len(one.images) for one in self.classes)

    def find(self, class_id: int) -> ShownClass:
        """A class by its id.

        Raises:
            UserError: it is not there any more.
        """
        for one in self.classes:
            if one.id == class_id:
                return one
        raise UserError("This class is not there any more.", "Show it in another one.", "SHOWN_NO_CLASS")

    def files(self) -> Iterator[str]:
        """The images of all states that can be had: now, back and ahead."""
        for classes in (self.classes, *(step.classes for step in (*self.back, *self.ahead))):
            for one in classes:
                yield from one.images

    # ---- changes

    def with_class(self) -> Self:
        """With one more class, called by the next free number.

        Raises:
            UserError: there are as many as there may be.
        """
        if len(self.classes) >= MAX_CLASSES:
            what = f"There are {MAX_CLASSES} classes, as many as can be shown here."
            raise UserError(what, "Make it a dataset, or remove one.", "SHOWN_TOO_MANY_CLASSES")
        number = len(self.classes) + 1
        while self._has(f"Class {number}"):
            number += 1
        added = ShownClass(id=self.given + 1, name=f"Class {number}")
        return self._after("a new class", (*self.classes, added)).model_copy(update={"given": self.given + 1})

    def named(self, class_id: int, name: str) -> Self:
        """With another name for a class; one that is taken gets a number, an empty one changes nothing."""
        before, wanted = self.find(class_id), cleaned(name, MAX_NAME)
        if not wanted or wanted == before.name:
            return self
        others = self.model_copy(update={"classes": tuple(one for one in self.classes if one.id != class_id)})
        free, number = wanted, 2
        while others._has(free):
            free, number = f"{wanted[: MAX_NAME - 5]} ({number})", number + 1
        return self._replaced(before.model_copy(update={"name": free}), f"the name {free}")

    def without_class(self, class_id: int) -> Self:
        """Without a class and its images."""
        gone = self.find(class_id)
        return self._after(f"the removal of {gone.name}", tuple(one for one in self.classes if one.id != class_id))

    def with_images(self, class_id: int, images: tuple[str, ...]) -> Self:
        """With more images, whose names hold the numbers of presses that follow."""
        before = self.find(class_id)
        added = before.model_copy(update={"images": (*before.images, *images)})
        words = f"{counted(len(images), 'picture')} of {before.name}"
        return self._replaced(added, words).model_copy(update={"presses": max(map(press_of, images))})

    def without_image(self, image: str) -> Self:
        """Without one image; one that is gone already changes nothing."""
        for one in self.classes:
            if image in one.images:
                left = one.model_copy(update={"images": tuple(other for other in one.images if other != image)})
                return self._replaced(left, f"the removal of a picture of {one.name}")
        return self

    def undone(self) -> Self:
        """As it was before the last change."""
        if not self.back:
            return self
        *back, step = self.back
        ahead = (*self.ahead, Step(words=step.words, classes=self.classes))
        return self.model_copy(update={"classes": step.classes, "back": tuple(back), "ahead": ahead})

    def redone(self) -> Self:
        """With the change again that was taken back last."""
        if not self.ahead:
            return self
        *ahead, step = self.ahead
        back = (*self.back, Step(words=step.words, classes=self.classes))
        return self.model_copy(update={"classes": step.classes, "back": back, "ahead": tuple(ahead)})

    def _replaced(self, changed: ShownClass, words: str) -> Self:
        return self._after(words, tuple(changed if one.id == changed.id else one for one in self.classes))

    def _after(self, words: str, classes: tuple[ShownClass, ...]) -> Self:
        """With other classes; what was there can be had back."""
        back = (*self.back, Step(words=words, classes=self.classes))[-MAX_STEPS:]
        return self.model_copy(update={"classes": classes, "back": back, "ahead": ()})

    def _has(self, name: str) -> bool:
        return key(name) in {key(one.name) for one in self.classes}


def digest_of(image: str) -> str:
    """The sum of an image's pixels, which its name ends with."""
    return image[11:43]


def press_of(image: str) -> int:
    """The number of the press that brought an image; those of one press are alike."""
    return int(image[:6])


def words(shown: Shown) -> str:
    """In one line: "My things · cup, pen · 48 pictures"."""
    names = [one.name for one in shown.classes if one.images]
    return " · ".join([shown.title, *([listed(names)] if names else []), counted(shown.count, "picture")])
