"""Batch normalization over a handful of pictures."""

from collections.abc import Iterator
from typing import ClassVar

from core.advice import Advice, AdviceRule, Fix, Situation, called
from core.layers.regularization import BatchNormalization
from core.words import counted

FEWEST, USUAL = 8, 32
"""Pictures in a batch."""


class SmallBatches(AdviceRule):
    """Finds batches too small for a mean and a variance; said once, beside the first that measures them."""

    name: ClassVar[str] = "small_batches"
    rank: ClassVar[int] = 15

    @classmethod
    def about(cls, situation: Situation) -> Iterator[Advice]:
        training = situation.experiment.training
        measuring = (row for row in situation.traced.rows if row.differs_in_training)  # not those of a frozen base
        row = next((one for one in measuring if isinstance(one.layer, BatchNormalization)), None)
        if row is None or training.batch_size >= FEWEST:
            return
        alone = training.batch_size == 1 and len(row.output_shape) == 1
        nothing = " Of a single picture each of these values is its own mean: nothing of it is left." if alone else ""
        what = f"Batch normalization in {called(row)}" if row.block else called(row)
        pictures = counted(training.batch_size, "picture")
        fix = Fix(
            f"Use batch_size={USUAL}",
            lambda: situation.experiment.edited(training=training.edited(batch_size=USUAL)),
        )
        yield Advice(
            cls.name,
            row.block or row.id,
            f"{what} measures mean and variance over a batch of {pictures} only.",
            "Each channel is shifted and scaled by what the batch happens to hold, so that a picture is seen "
            f"differently in every step, the more so the fewer stand beside it.{nothing} At inference the moving "
            "averages take their place.",
            "Wu and He 2018, Group Normalization, figure 1: the error grows fast below 8 pictures",
            (fix,),
            whole=True,
        )
