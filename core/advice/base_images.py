"""Images far smaller than those from which a base has learnt."""

from collections.abc import Iterator
from typing import ClassVar

from core.advice import Advice, AdviceRule, Fix, Situation, called
from core.experiment import Experiment
from core.words import side_by_side

LEAST = 0.4
"""Of the side from which it learnt; MobileNetV2 of 224 px was offered for 96 px too, which is 0.43."""
STEP = 32
"""px: by so much most bases make sides smaller."""


class BaseImages(AdviceRule):
    """Finds a base whose images are so small that things in them are far smaller than those it knows."""

    name: ClassVar[str] = "base_images"
    rank: ClassVar[int] = 12

    @classmethod
    def about(cls, situation: Situation) -> Iterator[Advice]:
        row = next((row for row in situation.traced.rows if row.base), None)
        if row is None or row.base.is_fresh:
            return
        base, given = row.base, row.input_shape
        if min(given[:2]) >= LEAST * min(base.usual[:2]):
            return
        wanted = -(-int(LEAST * min(base.usual[:2])) // STEP) * STEP
        experiment = situation.experiment
        size = experiment.dataset.options().get("image_size")
        fixes = ()
        if size and size.low <= wanted <= size.high and given[:2] == situation.facts.shape[:2]:

            def larger() -> Experiment:
                return experiment.edited(dataset=experiment.dataset.edited(image_size=wanted))

            fixes = (Fix(f"Use pictures of {wanted}x{wanted} px", larger),)
        yield Advice(
            cls.name,
            row.block,
            f"{called(row)} learnt from pictures of {side_by_side(base.usual[:2])} px, these are "
            f"{side_by_side(given[:2])} px.",
            "Its kernels know things at the size that they had there. In much smaller pictures the same thing covers "
            "fewer pixels, and its last maps are few places wide.",
            "Touvron, Vedaldi, Douze and Jégou 2019, Fixing the train-test resolution discrepancy",
            fixes,
        )
