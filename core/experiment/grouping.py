"""Rows that become a block, and a block that becomes rows: the network stays the same, layer by layer."""

from collections.abc import Sequence

from pydantic import ValidationError

from core.errors import UserError
from core.experiment.node import IMAGE, Node, fresh_id
from core.experiment.wiring import Nodes, fitting_in, in_short, instead, place_of, readers, spelled_out
from core.layers import Impossible, Shape
from core.layers.blocks import GIVEN, NAME_LENGTH, Block, Part
from core.layers.group import Group
from core.layers.holding import DEEPEST, MOST_MEMBERS, Holding
from core.layers.pretrained import Base
from core.words import cleaned, listed


def grouped(nodes: Sequence[Node], ids: Sequence[object], name: str = "") -> tuple[Nodes, str]:
    """The network with some rows as one block, and the id of that.

    Args:
        nodes: of the network.
        ids: of the rows, in any order: together they read one thing from outside, and only the last is read there.
        name: what the block is called.

    Raises:
        UserError: there is no such row, or they are no single path in and out: says which wires are in the way.
    """
    known = spelled_out(nodes)
    places = sorted({place_of(nodes, id) for id in ids})
    if not places:
        raise _refused("There is nothing to make a block of.", "Select the rows first.")
    members, last = [known[place] for place in places], known[places[-1]]
    if base := next((node for node in members if isinstance(node.layer, Base)), None):
        raise _refused(f"{base.kind} is a block already, and stands first.", "Select the rows behind it.")
    given = _given(known, members)
    _check_ways_out(known, members)
    own = _inside(members, given)
    try:
        group = Group(nodes=own, name=cleaned(name, NAME_LENGTH))
    except ValidationError as error:
        raise _no_group(own) from error
    block = Node(id=fresh_id(group.kind, nodes), layer=group, inputs=(given,))
    # At the place of the last: all that the rows read stands above it, all that reads them below.
    inside = {node.id for node in members}
    order = tuple(block if node is last else node for node in known if node is last or node.id not in inside)
    return in_short(instead(order, last.id, block.id)), block.id


def ungrouped(nodes: Sequence[Node], id: object, shape: Shape | None) -> tuple[Nodes, str]:
    """The network with a block taken apart into plain rows, and the id of the first; blocks in it stay blocks.

    Args:
        nodes: of the network.
        id: of the block.
        shape: of what it is given for one image; None where that is not known, which only a group can do without.

    Raises:
        UserError: there is no such block, it can't be taken apart here, or its rows are too many.
    """
    place = place_of(nodes, id)
    known, parts = spelled_out(nodes), _parts(nodes[place], shape)
    rows = _outside(nodes, known[place], parts)
    below = instead(known[place + 1 :], known[place].id, rows[-1].id)
    return fitting_in(in_short((*known[:place], *rows, *below))), rows[0].id


def _no_group(own: Nodes) -> UserError:
    """Why rows with one way in and one out are no block all the same."""
    if len(own) > MOST_MEMBERS:
        return _refused(f"A block holds {MOST_MEMBERS} rows at most.", "Select fewer rows.")
    if any(isinstance(node.layer, Holding) and node.layer.depth() >= DEEPEST for node in own):
        return _refused(f"Blocks lie in each other {DEEPEST} deep at most.", "Take an inner one apart first.")
    return _refused("One of these rows can't read what it is told to.", "Mend it first, then make the block.")


def entry_of(known: Nodes, members: Sequence[Node]) -> str | None:
    """The one thing that rows read from outside; None where they read several, or others than the last are read.

    Args:
        known: of the network, spelled out.
        members: some of them, in their order.
    """
    try:
        given = _given(known, members)
        _check_ways_out(known, members)
    except UserError:
        return None
    return given


def _given(known: Nodes, members: Sequence[Node]) -> str:
    """The one thing that rows read from outside."""
    inside = {node.id for node in members}
    outside = list(dict.fromkeys(one for node in members for one in node.inputs if one not in inside))
    if len(outside) > 1:
        raise _refused(
            f"These rows read {listed([_called(known, one) for one in outside])}; a block reads one thing only.",
            "Select all rows from one branching to its join, or the rows of one path.",
        )
    return outside[0]


def _check_ways_out(known: Nodes, members: Sequence[Node]) -> None:
    """Whether only the last of some rows is read outside, and all others within.

    Raises:
        UserError: another is, or one is read nowhere.
    """
    inside = {node.id for node in members}
    for member in members[:-1]:
        reading = readers(known, member.id)
        if other := next((node for node in reading if node.id not in inside), None):
            raise _refused(
                f"{_called(known, other.id)} reads {_called(known, member.id)}, which would lie within the block; only "
                "its last row can be read.",
                "Select the rows up to the join as well, or leave that path out.",
            )
        if not reading:
            raise _refused(f"Nothing reads {_called(known, member.id)}.", "Join its output with the rest first.")


def _inside(members: Sequence[Node], given: str) -> Nodes:
    """Rows as the nodes of a group: what they read from outside is what the group is given."""
    return in_short(tuple(node.model_copy(update={"inputs": _instead(node.inputs, given)}) for node in members))


def _instead(inputs: tuple[str, ...], given: str) -> tuple[str, ...]:
    return tuple(GIVEN if one == given else one for one in inputs)


def _parts(node: Node, shape: Shape | None) -> tuple[Part, ...]:
    """What a block is taken apart into."""
    block = node.layer
    if not isinstance(block, Block):
        raise _refused(f"{block.kind} is one layer.", "Choose a block.")
    if isinstance(block, Base):
        raise _refused(
            f"Taken apart, the layers of {block.kind} would begin fresh: what it has learnt belongs to it as a whole.",
            "Cut it at another layer, or let more of it learn.",
        )
    if shape is None and not isinstance(block, Group):
        raise _refused("What this block is given is not known yet.", "Mend the rows above it first.")
    try:
        parts = block.expand(shape or ())
    except Impossible as impossible:
        raise _refused(f"{block.kind} can't be here: {impossible.reason}.", impossible.hint) from impossible
    if not parts:
        raise _refused("This block holds no layer.", "Remove it.")
    return parts


def _outside(nodes: Sequence[Node], block: Node, parts: Sequence[Part]) -> Nodes:
    """The parts of a block as nodes of the network, with names that no other has."""
    taken, names, rows = [*nodes], {GIVEN: block.inputs[0]}, []
    before = GIVEN
    for part in parts:
        own = fresh_id(part.layer.kind, taken)
        inputs = tuple(names[one] for one in part.inputs or (before,))
        rows.append(Node(id=own, layer=part.layer, inputs=inputs, comment=part.comment))
        names[part.id], before = own, part.id
        taken.append(rows[-1])
    return tuple(rows)


def _called(known: Nodes, id: str) -> str:
    """A row as the list shows it: "Conv2D #2"."""
    if id == IMAGE:
        return "the image"
    place = place_of(known, id)
    return f"{known[place].kind} #{place + 1}"


def _refused(what: str, remedy: str) -> UserError:
    return UserError(what, remedy, "BLOCK_ROWS")
