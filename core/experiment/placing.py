"""A base in a network: it stands first, on the image, and what the learner builds stands behind it."""

from collections.abc import Iterator, Sequence

from core.experiment.network import Row, Trace
from core.experiment.node import IMAGE, Node, fresh_id
from core.experiment.wiring import Nodes, fitting_in, in_short, instead, place_of, spelled_out, taken_out
from core.layers import Layer
from core.layers.pooling import GlobalAveragePooling2D
from core.layers.pretrained import Base
from core.layers.regularization import Dropout
from core.layers.resizing import Resizing
from core.words import counted

RATE = 0.2
"""Of the dropout behind a base, as in Keras' guide to transfer learning."""
SMALL = 96
"""px: the least side at which most bases have learnt."""


def base_of(nodes: Sequence[Node]) -> Node | None:
    """The base of a network; None without one."""
    return next((node for node in nodes if isinstance(node.layer, Base)), None)


def begun(nodes: Sequence[Node], base: Base) -> tuple[Nodes, str]:
    """The network with a base first, and its id: in place of the base that is there, before everything else if not.

    Raises:
        UserError: the network is as large as it may be.
    """
    if old := base_of(nodes):
        place = place_of(nodes, old.id)
        return fitting_in((*nodes[:place], old.edited(layer=base), *nodes[place + 1 :])), old.id
    new = Node(id=fresh_id(base.kind, nodes), layer=base, inputs=(IMAGE,))
    return fitting_in(in_short((new, *instead(spelled_out(nodes), IMAGE, new.id)))), new.id


def put_first(nodes: Sequence[Node], id: str) -> Nodes:
    """The network with one of its bases in front of everything else; another one gives way to it."""
    node = nodes[place_of(nodes, id)]
    left = spelled_out(nodes)
    for one in [one for one in nodes if isinstance(one.layer, Base)]:
        left = taken_out(left, one.id)
    return in_short((node.edited(inputs=(IMAGE,)), *instead(left, IMAGE, id)))


def with_usual_head(nodes: Sequence[Node]) -> Nodes:
    """The base of a network, what stands before it, and behind it one mean for each map, a few of them dropped."""
    place = place_of(nodes, base_of(nodes).id)
    return _with(_with(tuple(nodes[: place + 1]), GlobalAveragePooling2D()), Dropout(rate=RATE))


def _with(nodes: Nodes, layer: Layer) -> Nodes:
    return (*nodes, Node(id=fresh_id(layer.kind, nodes), layer=layer))


def ways(traced: Trace, nodes: Nodes, row: Row) -> Iterator[tuple[str, Nodes]]:
    """What mends a base that can't be where it stands, or a layer that can't be behind one: words, and the network.

    Args:
        traced: of the network, its blocks folded.
        nodes: of the network.
        row: of the layer that can't be.
    """
    if isinstance(row.layer, Base):
        yield from _of_base(traced, nodes, row)
        return
    base = base_of(nodes)
    above = next((one for one in traced.rows if base and one.id == base.id), None)
    if above is not None and above.output_shape is not None:
        behind = len(nodes) - place_of(nodes, base.id) - 1
        yield f"{usual_head()} in place of {_counted(behind)} behind {base.kind}", with_usual_head(nodes)


def usual_head() -> str:
    """The usual head in words."""
    return f"Use GlobalAveragePooling2D and Dropout {RATE}"


def _counted(layers: int) -> str:
    return "the layer" if layers == 1 else f"all {counted(layers, 'layer')}"


def _of_base(traced: Trace, nodes: Nodes, row: Row) -> Iterator[tuple[str, Nodes]]:
    """Ways for the base itself: another place, or larger images."""
    node = nodes[place_of(nodes, row.id)]
    other = base_of([one for one in nodes if one.id != row.id])
    if other is not None:
        yield f"Use it in place of {other.kind}", put_first(nodes, row.id)
    elif not row.input_shapes and node.inputs != (IMAGE,) and nodes[0].id != row.id:
        yield "Put it first", put_first(nodes, row.id)
        yield (
            f"Put it first and {usual_head()[:1].lower()}{usual_head()[1:]} behind it",
            with_usual_head(put_first(nodes, row.id)),
        )
    elif len(row.input_shape or ()) == 3 and min(row.input_shape[:2]) < row.layer.least:
        side = max(SMALL, row.layer.least)
        before = Node(id=fresh_id("Resizing", nodes), layer=Resizing(height=side, width=side))
        known, place = spelled_out(nodes), place_of(nodes, row.id)
        resized = before.model_copy(update={"inputs": known[place].inputs})
        yield (
            f"Put Resizing to {side}x{side} px before it",
            in_short((*known[:place], resized, known[place].edited(inputs=(resized.id,)), *known[place + 1 :])),
        )
