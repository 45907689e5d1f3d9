"""Cats and dogs: photos as people take them, of the course that made the field's second exercise of them."""

from typing import ClassVar

from core.datasets import class_folders
from core.datasets.class_folders import Part
from core.datasets.split import TRAIN
from core.spec import option


class CatsAndDogs(class_folders._ClassFolders):
    """3 000 photos of cats and dogs as people take them, 1 000 of them in a validation folder."""

    rank: ClassVar[int] = 16
    parts: ClassVar[tuple[Part, ...]] = (
        Part("cats_and_dogs_filtered.zip", TRAIN, "https://storage.googleapis.com/mledu-datasets/", 68_606_236),
    )
    names: ClassVar[tuple[str, ...]] = ("cats", "dogs")
    counts: ClassVar[tuple[tuple[int, ...], ...]] = ((1000, 1000), (500, 500), ())

    image_size: int = option(
        150,
        "Side to which every picture is brought; they were published in many sizes, and long ones are squeezed.",
        advice="Halving it makes an epoch about four times faster, and the network sees less detail.",
        low=16,
        high=300,
        unit="px",
    )

    @classmethod
    def title(cls) -> str:
        return "Cats and dogs"
