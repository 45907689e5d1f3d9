"""What was shown, as a value: classes with their images, and the steps that lead back and forth."""

import re
from collections.abc import Collection, Iterator, Sequence
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
COLORS = ("#0d9488", "#a855f7", "#ca8a04", "#db2777", "#65a30d", "#0891b2", "#b45309", "#6366f1", "#e11d48", "#57534e")
"""Of classes, in turn; blue and orange are left to what is learnt from and what is checked on."""
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
        color: index into COLORS; None for that of its id.
    """

    id: Annotated[int, Ge(1), Le(10**6)]
    name: ClassName
    images: Annotated[tuple[File, ...], Field(strict=False), MaxLen(MAX_IMAGES)] = ()
    color: Annotated[int, Ge(0), Le(len(COLORS) - 1)] | None = None

    @property
    def painted(self) -> str:
        """Its colour, wherever it is drawn: "#0d9488"."""
        return COLORS[(self.id - 1) % len(COLORS) if self.color is None else self.color]

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
        added = self._fresh()
        return self._after("a new class", (*self.classes, added)).model_copy(update={"given": added.id})

    def _fresh(self, images: tuple[str, ...] = ()) -> ShownClass:
        """One more class, which is not among the others yet.

        Raises:
            UserError: there are as many as there may be.
        """
        if len(self.classes) >= MAX_CLASSES:
            what = f"There are {MAX_CLASSES} classes, as many as can be shown here."
            raise UserError(what, "Make it a dataset, or remove one.", "SHOWN_TOO_MANY_CLASSES")
        number = len(self.classes) + 1
        while self._has(f"Class {number}"):
            number += 1
        return ShownClass(id=self.given + 1, name=f"Class {number}", images=images)

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

    def without_images(self, images: Collection[str]) -> Self:
        """Without some images; those that are gone already change nothing."""
        going = [(one, sum(image in images for image in one.images)) for one in self.classes]
        held = [(one, count) for one, count in going if count]
        if not held:
            return self
        left = tuple(_images(one, tuple(image for image in one.images if image not in images)) for one in self.classes)
        what = "a picture" if (count := sum(count for _, count in held)) == 1 else counted(count, "picture")
        return self._after(f"the removal of {what} of {listed([one.name for one, _ in held], 3)}", left)

    def moved(self, images: Collection[str], class_id: int | None) -> Self:
        """With some images in another class, or in a new one of their own; those that are gone change nothing.

        Args:
            images: names of files.
            class_id: of the class that gets them; None for a new one.

        Raises:
            UserError: that class is gone, or there are as many as there may be.
        """
        going = tuple(
            image for one in self.classes if one.id != class_id for image in one.images if image in set(images)
        )
        if not going:
            return self
        target = self._fresh() if class_id is None else self.find(class_id)
        others = (*self.classes, target) if class_id is None else self.classes
        left = (_images(one, tuple(image for image in one.images if image not in going)) for one in others)
        dealt = tuple(_images(one, (*one.images, *going)) if one.id == target.id else one for one in left)
        after = self._after(f"the move of {counted(len(going), 'picture')} to {target.name}", dealt)
        return after.model_copy(update={"given": max(self.given, target.id)})

    def merged(self, class_id: int, into: int) -> Self:
        """With two classes as one, which keeps the name and the colour of the second."""
        gone, kept = self.find(class_id), self.find(into)
        if gone.id == kept.id:
            return self
        both = _images(kept, (*kept.images, *gone.images))
        classes = tuple(both if one.id == into else one for one in self.classes if one.id != class_id)
        return self._after(f"the merging of {gone.name} into {kept.name}", classes)

    def painted(self, class_id: int) -> Self:
        """With the next colour for a class, one that no other has where there is such."""
        before = self.find(class_id)
        taken = {one.painted for one in self.classes if one.id != class_id}
        at = COLORS.index(before.painted)
        turn = [(at + step) % len(COLORS) for step in range(1, len(COLORS))]
        color = next((one for one in turn if COLORS[one] not in taken), turn[0])
        return self._replaced(before.model_copy(update={"color": color}), f"the colour of {before.name}")

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


def _images(one: ShownClass, images: tuple[str, ...]) -> ShownClass:
    """A class with other images."""
    return one.model_copy(update={"images": images})


def digest_of(image: str) -> str:
    """The sum of an image's pixels, which its name ends with."""
    return image[11:43]


def press_of(image: str) -> int:
    """The number of the press that brought an image; those of one press are alike."""
    return int(image[:6])


def presses_of(images: Sequence[str]) -> list[int]:
    """The press of each image; presses that brought an equal image count as one: who learnt from one knows the other.

    Args:
        images: names of files.
    """
    counted_as: dict[int, int] = {}

    def one(press: int) -> int:
        while (earlier := counted_as.get(press, press)) != press:
            press = earlier
        return press

    first: dict[str, int] = {}
    for image in images:
        press = press_of(image)
        ends = one(press), one(first.setdefault(digest_of(image), press))
        counted_as[max(ends)] = min(ends)
    return [one(press_of(image)) for image in images]


def words(shown: Shown) -> str:
    """In one line: "My things · cup, pen · 48 pictures"."""
    names = [one.name for one in shown.classes if one.images]
    return " · ".join([shown.title, *([listed(names)] if names else []), counted(shown.count, "picture")])
