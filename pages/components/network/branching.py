"""What the layer list shows and does of paths: rails, with what an end can join, what mends a join, what is copied."""

from collections.abc import Sequence
from typing import Any

from core.experiment import Experiment, branches, fragments, mending, stack
from core.experiment.network import Row, Trace
from core.experiment.node import IMAGE
from core.figures.rails import Rail, rails
from core.words import side_by_side
from pages.components.frame import session

CLIP = "copied-layers"
"""Under which name the tab remembers the layers that were copied."""
EDITS = ("branch", "join", "mend", "cut", "paste")
"""What is done here to a network."""


def copy(nodes: stack.Nodes, ids: Sequence[object]) -> None:
    """Remembers layers of a network, for this tab.

    Raises:
        UserError: one of them is gone.
    """
    session.keep(CLIP, fragments.copied(nodes, ids))


def edited(experiment: Experiment, doing: dict[str, Any]) -> tuple[stack.Nodes, str | None]:
    """The network after one of the `EDITS`, and the layer that is selected then.

    Args:
        experiment: in work.
        doing: `action`, `at` or `ids` of the layers that it is done to; for "join" the `other` end and as `value` the
            kind; for "mend" the label of the `way`.

    Raises:
        UserError: it does not fit the network.
    """
    nodes, action, at = experiment.nodes, doing["action"], doing["at"]
    if action == "cut":
        copy(nodes, doing["ids"])
        return stack.gesture(nodes, None, doing | {"action": "delete"})
    if action == "paste":
        more, names = fragments.pasted(nodes, at, session.remember(CLIP, ()))
        return more, names[0] if names else at
    if action == "join":
        return branches.joined(nodes, at, doing["other"], doing["value"])
    traced = experiment.trace(experiment.dataset.facts()).folded()
    if action == "mend":
        return mending.mended(traced, nodes, at, doing["way"]), at
    shape = next((row.output_shape for row in traced.rows if row.id == at), None)
    return branches.branched(nodes, at, shape)


def data(traced: Trace, experiment: Experiment, selected: str | None) -> dict[str, Any]:
    """What the list is told besides its rows.

    Args:
        traced: of the network, its blocks folded.
        experiment: in work.
        selected: id of the selected layer.
    """
    loose = [row.id for row in traced.unread]
    ends = dict.fromkeys([*loose, *([selected] if selected else [])])
    return {
        "rails": _rails(traced),
        "loose": loose,
        "joins": branches.joins(),
        "partners": {id: _partners(traced, id) for id in ends},
        "copied": len(session.remember(CLIP, ())),
        "comments": {node.id: node.comment for node in experiment.nodes if node.comment},
    }


def ways(row: Row, traced: Trace, nodes: stack.Nodes) -> list[dict[str, Any]]:
    """Buttons that mend a join, or the wires of a layer.

    Args:
        row: of the layer that can't be.
        traced: of the network, its blocks folded.
        nodes: of the network.
    """
    found = mending.ways(traced, nodes, row.id)
    return [{"label": way.label, "gesture": {"action": "mend", "way": way.label}} for way in found]


def _rails(traced: Trace) -> dict[str, Any] | None:
    """The rails of all rows, the image and the head included; None for a chain, which needs none."""
    if traced.is_chain:
        return None
    ids = [IMAGE, *(row.id for row in traced.rows)]
    found = rails(ids, {row.id: row.inputs for row in traced.rows})
    return {
        "lanes": max(rail.width for rail in found),
        "of": {id: _drawn(rail) for id, rail in zip(ids, found, strict=True)},
    }


def _drawn(rail: Rail) -> dict[str, Any]:
    return {
        "lane": rail.lane,
        "into": [[wire.lane, wire.source] for wire in rail.into],
        "past": [[wire.lane, wire.source] for wire in rail.past],
        "isRead": rail.is_read,
    }


def _partners(traced: Trace, id: str) -> list[dict[str, str]]:
    """With what an end can be joined, the most natural first."""
    rows = {row.id: row for row in traced.rows}
    return [{"id": one.id, "kind": one.kind, "label": _label(rows[one.id])} for one in branches.partners(traced, id)]


def _label(row: Row) -> str:
    shape = f" ({side_by_side(row.output_shape)})" if row.output_shape else ""
    return f"{row.kind} #{row.index + 1}{shape}"
