"""A base in front of a network, or in place of the one that is there."""

from collections.abc import Iterator

from core.datasets import Facts
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.network import Row, trace
from core.experiment.node import IMAGE, Node, fresh_id
from core.experiment.wiring import Nodes, in_short, instead, spelled_out
from core.layers.dense import Dense
from core.layers.pooling import GlobalAveragePooling2D
from core.layers.pretrained import Base
from core.words import counted

REMEDY = "Choose other images on the Data page, or another base."
ALONE = "your layers gave way, as they can't be behind it"


def with_base(experiment: Experiment, base: Base) -> tuple[Experiment, tuple[str, ...]]:
    """An experiment whose network begins with a base, and sentences about what had to give way.

    It takes the place of a base that is there; else it stands in front, and what read the image reads it. Where that
    can't be, it is cut after its last maps, and the layers give way that made maps of the image so far.

    Args:
        experiment: all else of it stays, but the weights that it began with, which were of another network.
        base: as it is to be used.

    Raises:
        UserError: the base can't be with these images, or the dataset is not here.
    """
    facts = experiment.dataset.facts()
    for nodes, told in _ways(experiment, base, facts):
        changed = experiment.edited(nodes=in_short(nodes), weights="")
        if changed.trace(facts).broken is None:
            return changed, told
    raise _refused(base, facts)


def _ways(experiment: Experiment, base: Base, facts: Facts) -> Iterator[tuple[Nodes, tuple[str, ...]]]:
    """Networks with the base and what is to be said of each, from the one that changes least."""
    cuts = [(base, ())]
    if cut := _last_maps(base):
        cuts.append((base.edited(cut=cut), (f"it is cut at {cut}, the last of its layers that gives maps",)))
    nodes, tail = spelled_out(experiment.nodes), _tail(experiment, facts)
    yield _begun_with(base, nodes), ()
    gone = f"{counted(len(nodes) - len(tail), 'layer')} of yours that made maps gave way"
    for one, told in reversed(cuts):
        yield _begun_with(one, tail), (*told, *([gone] if len(tail) < len(nodes) else []))
    pooling = GlobalAveragePooling2D()
    mean = Node(id=fresh_id(pooling.kind, ()), layer=pooling, inputs=(IMAGE,))
    for one, told in reversed(cuts):
        yield _begun_with(one, (mean,)), (*told, ALONE)
        yield _begun_with(one, ()), (*told, ALONE)


def _begun_with(base: Base, nodes: Nodes) -> Nodes:
    """Nodes with the base in the place of the one among them, else in front of them."""
    if any(isinstance(node.layer, Base) for node in nodes):
        return tuple(
            node.model_copy(update={"layer": base}) if isinstance(node.layer, Base) else node for node in nodes
        )
    first = Node(id=fresh_id(base.kind, nodes), layer=base, inputs=(IMAGE,))
    return (first, *instead(nodes, IMAGE, first.id))


def _tail(experiment: Experiment, facts: Facts) -> Nodes:
    """A chain from its first layer that makes a list of values of maps; nothing of another network."""
    traced, nodes = experiment.trace(facts).folded(), spelled_out(experiment.nodes)
    flat = (row.index for row in traced.rows[:-1] if row.output_shape and len(row.output_shape) == 1)
    start = next(flat, None)
    if start is None or not traced.is_chain:
        return ()
    return (nodes[start].model_copy(update={"inputs": (IMAGE,)}), *nodes[start + 1 :])


def _last_maps(base: Base) -> str:
    """Its last layer that gives maps, by its name; empty where that is the end of it."""
    rows = _alone(base.usual, base)
    maps = [row.part for row in rows if row.base and row.output_shape and len(row.output_shape) == 3]
    return maps[-1] if maps and maps[-1] != rows[-2].part else ""


def _alone(shape: tuple[int, ...], base: Base) -> tuple[Row, ...]:
    return trace(shape, [base], Dense(units=1)).rows


def _refused(base: Base, facts: Facts) -> UserError:
    broken = next((row.impossible for row in _alone(facts.shape, base) if row.impossible), None)
    what, remedy = (broken.reason, broken.hint) if broken else ("no layer can be behind it", REMEDY)
    return UserError(f"{base.short()} can't be the base for these images: {what}.", remedy, "BASE_DOES_NOT_FIT")
