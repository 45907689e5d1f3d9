"""What stands behind a base: maps laid out as a long list, or convolutions that begin afresh."""

from collections.abc import Iterator
from typing import ClassVar

from core.advice import Advice, AdviceRule, Fix, Situation, called
from core.experiment import Experiment
from core.experiment.network import Row
from core.experiment.placing import usual_head, with_usual_head
from core.experiment.stack import replaced
from core.layers.pooling import GlobalAveragePooling2D
from core.words import counted, number

EACH = 100
"""Fresh parameters for each picture; of more, many learn the pictures by heart."""


class BaseHead(AdviceRule):
    """Finds a head with far more fresh parameters than there are images, behind a base that makes good maps."""

    name: ClassVar[str] = "base_head"
    rank: ClassVar[int] = 35

    @classmethod
    def about(cls, situation: Situation) -> Iterator[Advice]:
        base = next((row for row in reversed(situation.traced.rows) if row.base), None)
        if base is None or len(base.output_shape) != 3 or base.output_shape[:2] == (1, 1):
            return
        following, count = situation.reader(base), situation.facts.count
        fresh = [row for row in situation.traced.rows if not row.base]
        learn = sum(row.parameters - row.non_trainable for row in fresh)
        if following is None or following not in situation.own_rows or learn < EACH * count:
            return
        is_flat = following.layer.reads == "flattened"
        if not is_flat and not _learning(situation):
            return
        yield cls._advice(situation, base, following, learn, is_flat)

    @classmethod
    def _advice(cls, situation: Situation, base: Row, following: Row, learn: int, is_flat: bool) -> Advice:
        nodes, experiment = situation.experiment.nodes, situation.experiment
        height, width, maps = base.output_shape

        def pooled() -> Experiment:
            return experiment.edited(nodes=replaced(nodes, following.id, GlobalAveragePooling2D()))

        def usual() -> Experiment:
            return experiment.edited(nodes=with_usual_head(nodes))

        return Advice(
            cls.name,
            following.id,
            f"Behind {called(base)}, {number(learn)} fresh parameters learn from "
            f"{counted(situation.facts.count, 'picture')}.",
            f"Each of its {number(maps)} maps says already whether something is there; its mean over {height}x{width} "
            "places keeps that with one number. So many fresh parameters learn few pictures by heart.",
            "Keras' guide to transfer learning: GlobalAveragePooling2D, Dropout, one Dense layer",
            (Fix("Use GlobalAveragePooling2D", pooled),) if is_flat else (Fix(usual_head(), usual),),
        )


def _learning(situation: Situation) -> list[Row]:
    """The learner's own layers over maps that learn."""
    rows = situation.own_rows
    return [row for row in rows if len(row.input_shape) == 3 and row.layer.does == "convolve" and row.parameters]
