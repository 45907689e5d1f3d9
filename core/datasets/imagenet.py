"""ImageNet without its images: the shape and the classes for which the famous networks were made."""

from typing import ClassVar

import numpy as np

from core import child
from core.datasets import Dataset, Empty, Facts
from core.errors import UserError
from core.problems import ALONE, Context, Problem
from core.spec import option

IMAGES = 1_281_167
"""For training, of all 1 000 classes."""


class ImageNet(Dataset):
    """ImageNet without its 1.28 million photos: their size and 1 000 classes, to look at networks made for them."""

    family: ClassVar[str] = "To look at"
    rank: ClassVar[int] = 30
    has_images: ClassVar[bool] = False

    image_size: int = option(
        224, "Side of each picture.", advice="The famous networks read 224 px; 160 is common too.", low=32, high=512,
        unit="px",
    )  # fmt: skip
    classes: int = option(
        1000,
        "Number of classes; ImageNet has 1 000.",
        advice="Take 2 to see what a network for two classes of yours would be.",
        low=2,
        high=1000,
    )

    @classmethod
    def title(cls) -> str:
        return "ImageNet's shape"

    def pristine(self) -> Facts:
        names = tuple(f"class {number}" for number in range(1, self.classes + 1))
        return Facts((self.image_size, self.image_size, 3), names, IMAGES * self.classes // 1000)

    def problems(self, context: Context) -> list[Problem]:
        """That nothing can be trained on it."""
        refusal = _no_images()
        return [Problem("data", refusal.what, refusal.remedy)]

    def generate(self, progress: child.Progress, empty: Empty = np.empty) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """There is nothing to make.

        Raises:
            UserError: always.
        """
        raise _no_images()

    def source(self, context: Context = ALONE) -> str:
        return f'class_names = [f"class {{number}}" for number in range(1, {self.classes + 1})]'


def _no_images() -> UserError:
    return UserError(
        "This network is here to be looked at: ImageNet's photos (150 GB) are not part of Kernelscope, so it can't be "
        "trained.",
        "To train it, choose another dataset on the Data page; the network stays, its last layer follows the classes.",
        "DATASET_TO_LOOK_AT",
    )
