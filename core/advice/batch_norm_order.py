"""Batch normalization before or behind the activation: two usual orders."""

from collections.abc import Iterator
from typing import ClassVar

from core.advice import Advice, AdviceRule, Fix, Situation, called
from core.advice.edits import Nodes, changed, swapped, with_layer_behind
from core.experiment import Experiment
from core.experiment.network import Row
from core.experiment.stack import place_of, removed
from core.layers.activation import Activation
from core.layers.regularization import BatchNormalization

BEHIND, BEFORE = "layer, activation, batch norm", "layer, batch norm, activation"
WHY = (
    "Behind the activation, the next layer reads channels of mean 0 and variance 1. Before it, the activation reads "
    "them: relu then cuts about half of each channel at the start, and the layer's own bias does nothing, as the mean "
    "is taken away. Both train well; which does better here is found by trying."
)
SOURCE = "Ioffe and Szegedy 2015, section 3.2, have it before the activation; many notes have it behind"


class BatchNormOrder(AdviceRule):
    """Says which of the two orders a network uses, and offers the other; said once, as either is good.

    A network with blocks that normalize has their order, and a mixture of both helps nobody: there it is silent.
    """

    name: ClassVar[str] = "batch_norm_order"
    rank: ClassVar[int] = 80

    @classmethod
    def about(cls, situation: Situation) -> Iterator[Advice]:
        places = [(row, order) for row in situation.own_rows if (order := _order(situation, row))]
        is_fixed = any(
            row.block and not row.base and isinstance(row.layer, BatchNormalization) for row in situation.traced.rows
        )
        if not places or is_fixed:
            return
        first, order = places[0]
        other = BEFORE if order == BEHIND else BEHIND
        rows = [row for row, its in places if its == order]
        sentence = f"{called(first)} stands in the order {order}. The other usual one is {other}."
        advice = Advice(cls.name, first.id, sentence, WHY, SOURCE, whole=True)
        everywhere = " everywhere" if len(rows) > 1 else ""
        fix = Fix(f"Use {other}{everywhere}", lambda: _turned(situation, rows, order, advice.key))
        yield advice.with_fixes(fix)


def _order(situation: Situation, row: Row) -> str:
    """The order in which a batch normalization stands; empty where there is neither."""
    source = situation.before(row) if isinstance(row.layer, BatchNormalization) else None
    if source is None or source not in situation.own_rows:
        return ""
    if _is_function(source) or (source.parameters and getattr(source.layer, "activation", "linear") != "linear"):
        return BEHIND
    following = situation.reader(row)
    is_sum = source.parameters and source.layer.is_linear and source.layer.reads != "own value"
    is_read = following is not None and following in situation.own_rows and _is_function(following)
    return BEFORE if is_sum and is_read else ""


def _is_function(row: Row) -> bool:
    """Whether a layer is an activation on its own."""
    return row.layer.family == "Activation"


def _turned(situation: Situation, rows: list[Row], order: str, key: str) -> Experiment:
    """The experiment with the other order; who has chosen is not asked again."""
    experiment = situation.experiment
    nodes = experiment.nodes
    for row in rows:
        turn = _before if order == BEHIND else _behind
        nodes = turn(situation, nodes, row)
    return experiment.edited(nodes=nodes, declined=(*experiment.declined, key))


def _before(situation: Situation, nodes: Nodes, row: Row) -> Nodes:
    """A batch normalization brought before the activation that it reads."""
    source = situation.before(row)
    if _is_function(source):
        return swapped(nodes, source.id, row.id)
    function = Activation(activation=source.layer.activation)
    return with_layer_behind(changed(nodes, source, activation="linear"), row.id, function)


def _behind(situation: Situation, nodes: Nodes, row: Row) -> Nodes:
    """A batch normalization brought behind the activation that reads it; a plain one goes into the layer itself."""
    source, following = situation.before(row), situation.reader(row)
    layer = nodes[place_of(nodes, source.id)].layer
    if isinstance(following.layer, Activation) and "activation" in type(layer).model_fields:
        return changed(removed(nodes, following.id), source, activation=following.layer.activation)
    return swapped(nodes, row.id, following.id)
