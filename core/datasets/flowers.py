"""Flowers: the photos of TensorFlow's own examples, in class folders inside a TAR."""

from typing import ClassVar

from core.datasets import class_folders
from core.datasets.class_folders import PUBLISHED, Part
from core.datasets.split import TRAIN
from core.spec import option


class Flowers(class_folders._ClassFolders):
    """3 670 photos of daisies, dandelions, roses, sunflowers and tulips: TensorFlow's example of class folders."""

    rank: ClassVar[int] = 17
    parts: ClassVar[tuple[Part, ...]] = (
        Part("flower_photos.tgz", TRAIN, f"{PUBLISHED}example_images/", 228_813_984,
             "4c54ace7911aaffe13a365c34f650e71dd5bf1be0a58b464e5a7183e3e595d9c"),
    )  # fmt: skip
    names: ClassVar[tuple[str, ...]] = ("daisy", "dandelion", "roses", "sunflowers", "tulips")
    counts: ClassVar[tuple[tuple[int, ...], ...]] = ((633, 898, 641, 699, 799), (), ())

    image_size: int = option(
        150,
        "Side to which every picture is brought; they were published in many sizes, and long ones are squeezed.",
        advice="Halving it makes an epoch about four times faster, and the network sees less detail.",
        low=16,
        high=300,
        unit="px",
    )
