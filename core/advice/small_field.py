"""A network of which no part sees the whole picture."""

from collections.abc import Iterator
from typing import ClassVar

from core.advice import Advice, AdviceRule, Fix, Situation, called
from core.advice.edits import with_layer_before
from core.experiment import Experiment
from core.experiment.network import Row
from core.experiment.stack import replaced
from core.layers import Shape
from core.layers.convolution import MOST_FILTERS, Conv2D
from core.layers.pooling import MaxPooling2D
from core.layers.reshaping import Flatten
from core.layers.windows import by
from core.words import compact

FILLS = 2 / 3
"""Of each side of the picture: what is to be seen seldom fills more, and seldom less where pictures are cut out."""
MOST_PAIRS = 8
"""Poolings, each followed by a convolution: enough for pictures of a thousand px."""


class SmallField(AdviceRule):
    """Finds a global pooling whose values each see a part of the picture only.

    Behind Flatten a Dense layer joins all places: there the network sees everything, whatever the maps see.
    """

    name: ClassVar[str] = "small_field"
    rank: ClassVar[int] = 30

    @classmethod
    def about(cls, situation: Situation) -> Iterator[Advice]:
        rows = situation.traced.rows
        if any(row.layer.reads == "flattened" for row in rows):
            return
        for row in situation.own_rows:
            source = situation.rows.get(row.inputs[0])
            if row.layer.reads != "whole map" or source is None or not situation.ends(row):
                continue
            if not source.base and source.receptive_field > 1 and _is_narrow(source, situation.facts.shape):
                yield cls._advice(situation, row, source)

    @classmethod
    def _advice(cls, situation: Situation, row: Row, source: Row) -> Advice:
        height, width, _ = situation.facts.shape
        return Advice(
            cls.name,
            row.id,
            f"Each value that {called(row)} pools has seen {by(source.sees)} px of the {height}x{width} px picture.",
            "Behind it one number per map is left, without the places. So the network can tell what such pieces hold "
            "and how much of it there is, not how pieces further apart lie to each other. That may suffice: with "
            "pieces of 33 px such networks reached 87.6 % (top 5) on ImageNet.",
            "Brendel and Bethge 2019, Approximating CNNs with Bag-of-local-Features models",
            tuple(_fixes(situation, row)),
        )


def _is_narrow(row: Row, image: Shape) -> bool:
    """Whether its values see too little of the image along one of its sides."""
    return any(seen < FILLS * side for seen, side in zip(row.sees, image[:2], strict=True))


def _fixes(situation: Situation, row: Row) -> Iterator[Fix]:
    experiment, now = situation.experiment, situation.traced.parameters
    for pairs in range(1, MOST_PAIRS + 1):

        def deeper(pairs: int = pairs) -> Experiment:
            return _deeper(experiment, row, pairs)

        traced = deeper().trace(situation.facts)
        if _sees(traced.rows, row.id):
            times = "" if pairs == 1 else f"{pairs} times "
            more = compact(traced.parameters - now)
            yield Fix(f"Add {times}MaxPooling2D and Conv2D: {more} parameters more", deeper)
            break

    def flat() -> Experiment:
        return experiment.edited(nodes=replaced(experiment.nodes, row.id, Flatten()))

    traced = flat().trace(situation.facts)
    if traced.broken is None:
        yield Fix(f"Use Flatten: {compact(traced.parameters - now)} parameters more", flat)


def _sees(rows: tuple[Row, ...], id: str) -> bool:
    """Whether what a row reads sees the whole picture."""
    by_id = {row.id: row for row in rows}
    return by_id[by_id[id].inputs[0]].sees_all


def _deeper(experiment: Experiment, row: Row, pairs: int) -> Experiment:
    """The experiment with so many poolings, each followed by a convolution, before a row that reads maps."""
    nodes, maps = experiment.nodes, min(row.input_shape[-1], MOST_FILTERS)
    for _ in range(pairs):
        for layer in (MaxPooling2D(padding="same"), Conv2D(filters=maps, padding="same")):
            nodes = with_layer_before(nodes, row.id, layer)
    return experiment.edited(nodes=nodes)
