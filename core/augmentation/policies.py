"""Augmentations that are many in one."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from core.augmentation import Augmentation, Drawn, turned, upper
from core.augmentation.colour import COLOURS
from core.problems import Context
from core.spec import option


class RandAugment(Augmentation):
    """Applies a few operations that are drawn anew for each batch out of eleven, all at one strength.

    Source: Cubuk, Zoph, Shlens and Le 2020, "RandAugment: practical automated data augmentation with a reduced search
    space". In Keras' form the operations are drawn for the batch, what each does for every picture.
    """

    keras: ClassVar[str] = "layers.RandAugment"
    family: ClassVar[str] = "Several at once"
    rank: ClassVar[int] = 15
    passes: ClassVar[float] = 45.0

    num_ops: int = option(
        2,
        "How many operations follow one another; one may come twice.",
        advice="If pictures are hard to recognise, one.",
        low=1,
        high=5,
    )
    factor: float = option(
        0.5,
        "How strong they are; some, as equalizing, have one strength only, at 0 too.",
        advice="If the network learns slowly and overfits nothing, lower it.",
        low=0.0,
        high=1.0,
    )
    strengths: ClassVar[tuple[str, ...]] = ("factor",)

    @classmethod
    def of_keras(cls, name: str, value: Any) -> Any:
        return upper(value) if name == "factor" else value

    def told(self, drawn: Drawn, place: int, shape: tuple[int, int]) -> str:
        names = [name.removeprefix("random_").replace("_", " ") for name in drawn["transforms"]]
        return ", then ".join(names[one] for one in np.asarray(drawn["layer_idxes"]))

    def tells(self) -> Mapping[str, str]:
        return {one: f"made grey, what is {one} has no colour any more" for one in COLOURS} if self.factor > 0.5 else {}

    def untrue(self, context: Context) -> list[tuple[str, str]]:
        return [*super().untrue(context), *turned(context, self.factor)]

    def words(self) -> str:
        return f"{self.num_ops} of 11 at {self.factor:.0%}"
