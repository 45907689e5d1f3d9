"""A Dense layer behind Flatten that holds nearly all parameters."""

from collections.abc import Iterator
from typing import ClassVar

from core.advice import Advice, AdviceRule, Fix, Situation, called
from core.advice.edits import with_layer_before
from core.experiment import Experiment
from core.experiment.network import Row
from core.experiment.stack import replaced
from core.layers.pooling import GlobalAveragePooling2D, MaxPooling2D
from core.words import counted, number, percent

SHARE, LEAST = 0.9, 10_000
"""Of all parameters, and parameters below which a layer is small whatever its share."""


class FlattenDense(AdviceRule):
    """Finds the layer that joins every place of every map with every unit, where it is most of the network."""

    name: ClassVar[str] = "flatten_dense"
    rank: ClassVar[int] = 40

    @classmethod
    def about(cls, situation: Situation) -> Iterator[Advice]:
        total = situation.traced.parameters
        for row in situation.traced.rows:
            if row.parameters < max(LEAST, SHARE * total) or row.block:
                continue
            flat = _flattened(situation, row)
            if flat is not None and flat.layer.reads == "flattened" and flat.input_shape[:2] != (1, 1):
                yield cls._advice(situation, row, flat, total)

    @classmethod
    def _advice(cls, situation: Situation, row: Row, flat: Row, total: int) -> Advice:
        (values,), units = flat.output_shape, row.output_shape[-1]
        return Advice(
            cls.name,
            row.id,
            f"{called(row).capitalize() if row.index is None else called(row)} holds {percent(row.parameters / total)} "
            f"of all parameters: {number(row.parameters)} of {number(total)}.",
            f"Flatten keeps every place of every map, and each of the {number(values)} values is joined with each of "
            f"the {counted(units, 'unit')}. Global average pooling keeps one mean per map instead, and with it "
            "no longer where something was; one more pooling halves both sides of the maps.",
            "Lin, Chen and Yan 2013, Network in Network, section 3.2",
            tuple(_fixes(situation, flat)),
        )


def _flattened(situation: Situation, row: Row) -> Row | None:
    """The Flatten that a Dense layer reads, directly or through layers without parameters; only of learned maps."""
    for _ in situation.traced.rows:
        source = situation.rows.get(row.inputs[0]) if len(row.inputs) == 1 else None
        if source is None or source.parameters:
            return None
        if source.layer.reads == "flattened":
            of_base = any(one.base for one in situation.traced.rows)  # what stands behind it has a rule of its own
            return source if source.receptive_field > 1 and source in situation.own_rows and not of_base else None
        row = source
    return None


def _fixes(situation: Situation, flat: Row) -> Iterator[Fix]:
    experiment = situation.experiment

    def pooled() -> Experiment:
        return experiment.edited(nodes=replaced(experiment.nodes, flat.id, GlobalAveragePooling2D()))

    def smaller() -> Experiment:
        return experiment.edited(nodes=with_layer_before(experiment.nodes, flat.id, MaxPooling2D()))

    for label, make in (("Use GlobalAveragePooling2D", pooled), ("Add MaxPooling2D before Flatten", smaller)):
        traced = make().trace(situation.facts)
        if traced.broken is None:
            spared = number(situation.traced.parameters - traced.parameters)
            yield Fix(f"{label}: {spared} parameters fewer", make)
