"""Augmentations that put two pictures of a batch into one, their labels mixed in the same shares.

Who looks at a mixed picture and answers with the class of its larger share is right: so accuracy is counted.
"""

from typing import Any, ClassVar

import numpy as np

from core.augmentation import Augmentation, Drawn, number, upper
from core.spec import option


class _Mixing(Augmentation):
    """What two pictures share in."""

    mixes: ClassVar[bool] = True

    def told(self, drawn: Drawn, place: int, shape: tuple[int, int]) -> str:
        own, other = number(drawn, "mix_weight", place), int(np.asarray(drawn["permutation_order"])[place])
        return f"{own:.0%} itself, {1 - own:.0%} picture {other + 1} of the batch" if other != place else ""


class MixUp(_Mixing):
    """Lays another picture of the batch over each, half transparent, and mixes the labels in the same shares.

    Source: Zhang, Cisse, Dauphin and Lopez-Paz 2018, "mixup: beyond empirical risk minimization".
    """

    keras: ClassVar[str] = "layers.MixUp"
    family: ClassVar[str] = "Mixes"
    rank: ClassVar[int] = 13
    passes: ClassVar[float] = 0.5

    alpha: float = option(
        0.2,
        "Both parameters of the beta distribution that shares are drawn from: 0.2 mixes little, 1 any share alike.",
        advice="If the network overfits, raise it; if it learns too slowly, lower it.",
        low=0.01,
        high=2.0,
    )

    def words(self) -> str:
        return f"alpha {self.alpha:g}"


class CutMix(_Mixing):
    """Puts a box of another picture of the batch into each, and mixes the labels by what it covers.

    Source: Yun, Han, Oh, Chun, Choe and Yoo 2019, "CutMix: regularization strategy to train strong classifiers with
    localizable features".
    """

    keras: ClassVar[str] = "layers.CutMix"
    family: ClassVar[str] = "Mixes"
    rank: ClassVar[int] = 14
    passes: ClassVar[float] = 1.5

    factor: float = option(
        1.0,
        "Largest parameter of the beta distribution that shares are drawn from; each batch draws its own up to it.",
        advice="If too little is left of a picture, lower it: small boxes and large ones are drawn more often.",
        low=0.01,
        high=1.0,
    )

    @classmethod
    def of_keras(cls, name: str, value: Any) -> Any:
        return upper(value) if name == "factor" else value

    def words(self) -> str:
        return f"factor {self.factor:g}"
