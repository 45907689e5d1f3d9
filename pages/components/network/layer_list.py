"""The stack of layers as a list that is dragged, typed on and mended; what it costs stands beside every layer."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

import streamlit as st
from annotated_types import MaxLen

from core.advice import advice_on
from core.datasets import Facts
from core.errors import UserError
from core.experiment import Experiment, grouping, memory, placing, stack
from core.experiment.network import Row, Trace, wires
from core.layers import Layer
from core.layers.pretrained import Base
from core.problems import Problem
from core.words import compact, counted, in_bytes, number, side_by_side
from pages.components.browser.component import component
from pages.components.frame import cached, notices, sent, session, spec_form
from pages.components.frame.gestures import Gestures
from pages.components.frame.markdown import plain
from pages.components.network import advice_notes, base_rows, branching, ladder, layer_wires, row_cells

KEY = "layers"
SELECTED, ADDING, COPIES, REFUSAL = "layer", "adding-layer", "layers-copies", "layers-refusal"
"""What the tab remembers: the selected layer, whether the catalogue is open, copies, why a gesture was refused."""
MOST_COPIES = 50
MOST_MARKED, LONGEST_WAY = 1000, 600
"""Layers that one gesture names, and letters of the label of a fix."""

ADDED = "layers-added"
"""Under which name the tab counts what was added: the focus goes to what came last."""

_component = component(
    "layer_list",
    "browser/gestures",
    "network/glyphs",
    "network/rails",
    "network/row_menu",
    "network/layer_advice",
    "network/layer_blocks",
    "network/layer_bases",
    "network/ladder",
    "network/layer_rows",
    "network/layer_moves",
    "network/layer_marks",
    "network/layer_list",
    html="<div class='host'><div class='list' role='grid' aria-label='Layers of the network'></div>"
    "<div class='said' role='status'></div></div>",
)


def draw(experiment: Experiment, facts: Facts) -> None:
    """Draws the list; what is done in it is already in the experiment when the page runs."""
    if refusal := session.remember(REFUSAL):
        st.warning(plain(refusal))
    session.keep(REFUSAL, None)
    notices.draw()
    _component(key=KEY, data=_data(experiment, facts), on_gestures_change=_gestures.take)


def selected() -> int | None:
    """Place of the selected layer; None when there is no layer. The first is selected in a fresh tab."""
    ids = [node.id for node in session.experiment().nodes]
    chosen = session.remember(SELECTED)
    return (ids.index(chosen) if chosen in ids else 0) if ids else None


def is_adding() -> bool:
    """Whether the catalogue is open."""
    return bool(session.remember(ADDING)) or selected() is None


def place_of_new() -> int:
    """Where a new layer goes: after the selected one."""
    at = selected()
    return 0 if at is None else at + 1


def form_key(at: int) -> str:
    """Names the form of the layer at a place."""
    return f"layer-{at}"


def take_in_form() -> None:
    """Saves what the form of the selected layer says."""
    experiment, at = session.experiment(), selected()
    if at is not None:
        node = experiment.nodes[at]
        layer = spec_form.said(node.layer, form_key(at))
        nodes = layer_wires.said(experiment.nodes, at, form_key(at))
        session.save(experiment.edited(nodes=stack.replaced(nodes, node.id, layer)))


class Asked(sent.Shape):
    """A gesture of the list.

    Args:
        action: what is to be done; to open or close the catalogue, and to answer an advice, as well.
        at: the id of the layer that it is done to.
        ids: of several such.
        to: the place where that goes.
        other: the id of the row with which it is joined.
        way: the label of what mends it.
        field, value: what is to be changed of it.
        line, n: of the gesture among all.
    """

    action: Literal[
        *("open", "close", "select", "move", "duplicate", "delete", "fix", "follow", "decline"),
        *("group", "ungroup", "copy", "images", *branching.EDITS),
    ]
    at: sent.Name | None = None
    ids: Annotated[list[sent.Name], MaxLen(MOST_MARKED)] | None = None
    other: sent.Name | None = None
    way: Annotated[str, MaxLen(LONGEST_WAY)] | None = None
    to: int | None = None
    field: sent.Name | None = None
    value: bool | int | float | sent.Name | Annotated[list[int | float], MaxLen(100)] | None = None
    line: sent.Name | None = None
    n: int | None = None


def apply(gesture: object) -> None:
    """Does a gesture to the experiment in work; one that can't be done is said above the list.

    Args:
        gesture: as the browser sent it.
    """
    try:
        _apply(sent.read(Asked, gesture))
    except UserError as error:
        session.keep(REFUSAL, str(error))


def _apply(asked: Asked) -> None:
    take_in_form()
    action = asked.action
    session.keep(ADDING, action == "open")
    if action in ("open", "close"):
        return
    if action in ("follow", "decline"):
        changed = advice_notes.answered(session.experiment(), action, asked.at, asked.field, asked.value)
        session.save(changed, redraw=True)
        return
    at = selected()
    chosen = None if at is None else session.experiment().nodes[at].id
    doing = asked.model_dump() | {"at": _meant(asked.at), "ids": [_meant(one) for one in asked.ids or [asked.at]]}
    if action == "ungroup":
        take_apart(doing["at"])
        return
    if action == "images":
        session.save(base_rows.with_images(session.experiment(), asked.value), redraw=True)
        return
    if action == "copy":
        branching.copy(session.experiment().nodes, doing["ids"])
        return
    if action in branching.EDITS:
        if _change(lambda nodes: branching.edited(session.experiment(), doing)):
            _focus_on_new(action != "cut")
        return
    if not _change(lambda nodes: stack.gesture(nodes, chosen, doing)):
        return
    if action == "duplicate" and len(doing["ids"]) > 1:
        _focus_on_new()
    elif action in ("duplicate", "group"):
        copies = {
            **session.remember(COPIES, {}),
            f"{asked.line}:{asked.n}": session.remember(SELECTED),
        }
        session.keep(COPIES, dict([*copies.items()][-MOST_COPIES:]))


def _meant(row: str | None) -> str | None:
    """The node that a row of the browser stands for: a copy is named by the gesture that made it until it is drawn."""
    return session.remember(COPIES, {}).get(row, row)


_gestures = Gestures(KEY, apply, REFUSAL)


def take() -> None:
    """Does what was done in the list and is not in the experiment yet; called before it is drawn."""
    _gestures.take()


def add(layer: Layer) -> None:
    """Puts a new layer in after the selected one, selects it, and closes the catalogue."""
    at = place_of_new()
    session.keep(ADDING, False)
    if _change(lambda nodes: _inserted(nodes, at, layer)):
        _focus_on_new()


def _focus_on_new(is_new: bool = True) -> None:
    """Has the list put the keyboard on the layer that is selected now."""
    session.keep(ADDED, session.remember(ADDED, 0) + is_new)


def take_apart(id: str) -> None:
    """Puts the layers that a block stands for in its place, and selects the first of them.

    Args:
        id: of the block.
    """
    experiment = session.experiment()
    rows = experiment.trace(experiment.dataset.facts()).folded().rows
    shape = next((row.input_shape for row in rows if row.id == id), None)
    if _change(lambda nodes: grouping.ungrouped(nodes, id, shape)):
        _focus_on_new()


def _inserted(nodes: stack.Nodes, at: int, layer: Layer) -> tuple[stack.Nodes, str]:
    """The nodes with one more layer, and its name; a base goes first, in place of one that is there."""
    if isinstance(layer, Base):
        return placing.begun(nodes, layer)
    more = stack.inserted(nodes, at, layer)
    return more, more[at].id


def _change(edit: Callable[[stack.Nodes], tuple[stack.Nodes, str | None]]) -> bool:
    """Takes over an edited network and its selected node, or keeps the reason why not; says whether it could."""
    experiment = session.experiment()
    try:
        nodes, chosen = edit(experiment.nodes)
    except UserError as error:
        session.keep(REFUSAL, str(error))
        return False
    session.keep(SELECTED, chosen)
    session.save(experiment.edited(nodes=nodes), redraw=True)
    return True


def _data(experiment: Experiment, facts: Facts) -> dict[str, Any]:
    """Everything that the browser draws."""
    unfolded = experiment.trace(facts)
    traced = unfolded.folded()
    problems = [problem for problem in memory.obstacles(experiment) if problem.where == "network"]
    advice = advice_on(experiment, facts, unfolded)
    costs = ladder.Ladder(unfolded, experiment.training)
    rows = [
        _row(row, traced, problems)
        | row_cells.unfolded(row, unfolded, traced, costs)
        | costs.columns(row)
        | {"advice": advice_notes.of_row(advice, row.id)}
        for row in traced.rows
    ]
    chosen = selected()
    paths = branching.data(traced, experiment, None if chosen is None else experiment.nodes[chosen].id)
    head = {**rows.pop(), "words": f"{experiment.head(facts).words()} · follows from the data"}
    return {
        "rows": rows,
        "head": head,
        "input": _input(traced, facts),
        "total": _total(unfolded, experiment, facts, costs),
        "paths": paths,
        "copies": session.remember(COPIES, {}),
        "selected": chosen,
        "adding": is_adding(),
        "added": session.remember(ADDED, 0),
        "insertAt": place_of_new() if is_adding() else None,
        "gestures": _gestures.data(),
    }


def _row(row: Row, traced: Trace, problems: list[Problem]) -> dict[str, Any]:
    """One layer; after a layer that can't be, only what it is."""
    reads = wires(row, traced)
    reads = f"reads {reads}" if reads and row.layer.takes[1] == 1 else reads
    told = row.base.settings() if row.base else row.layer.words()
    words = " · ".join(filter(None, (told, reads)))
    drawn = {"id": row.id, "kind": row.kind, "family": row.layer.family, "words": words}
    drawn["sentence"] = row.layer.sentence()
    drawn["notes"] = [_note(problem, row, traced) for problem in problems if problem.index == row.index]
    if row.output_shape is None:
        return {**drawn, "state": "stuck" if row.impossible else "unjudged"}
    state = "stuck" if any(note["blocking"] for note in drawn["notes"]) else "fine"
    return {**drawn, "state": state, **row_cells.numbers(row, traced), **row_cells.learning(row)}


def _input(traced: Trace, facts: Facts) -> dict[str, Any]:
    """The first row: the picture."""
    grey = "grey" if facts.shape[2] == 1 else "colour"
    return {
        "kind": "Input",
        "family": "Input",
        "words": f"{grey} picture, scaled to 0..1",
        "shape": side_by_side(facts.shape),
        "shapeTitle": row_cells.shape_words(facts.shape),
        "box": row_cells.box(facts.shape, traced),
        "sees": "1 px",
    }


def _total(traced: Trace, experiment: Experiment, facts: Facts, costs: ladder.Ladder) -> dict[str, Any]:
    """The last row: the whole network; nothing is added up while a layer can't be."""
    if traced.broken:
        return {"kind": "Total", "family": "", "words": "known once every layer fits"}
    still = traced.parameters - traced.trainable
    maps = [row for row in traced.rows if len(row.output_shape) == 3]
    words = [f"{in_bytes(traced.weight_bytes)} of weights"]
    words.append(f"about {memory.gigabytes(memory.of(experiment, facts).total)} to train")
    if time := cached.epoch_time(experiment):
        predicted = " (predicted)" if time.is_predicted else ""
        words.append(f"about {compact(time.seconds)} s per epoch here{predicted}")
    return {
        "kind": "Total",
        "family": "",
        "words": " · ".join(words),
        "parameters": number(traced.parameters),
        "formula": f"{number(traced.trainable)} trainable, {number(still)}\u00a0not" if still else "all trainable",
        "parametersTitle": f"Trainable {number(traced.trainable)} · Non-trainable {number(still)}",
        **costs.total(),
        "cost": compact(traced.multiply_adds),
        "costTitle": f"{counted(traced.multiply_adds, 'multiply-add')} for one picture",
        "sees": ("all" if maps[-1].sees_all else f"{maps[-1].receptive_field} px") if maps else "",
        "seesTitle": "what one value of the last maps sees of the picture",
    }


def _note(problem: Problem, row: Row, traced: Trace) -> dict[str, Any]:
    """A problem beside its row, with the buttons that mend it."""
    fixes = [_fix(field, value) for field, value in problem.fixes]
    if row.index is None and row.impossible:
        fixes.append(_fix("append", "GlobalAveragePooling2D"))
    if row.index is not None and row.impossible:
        fixes += base_rows.larger_images(row, session.experiment())
        fixes += branching.ways(row, traced, session.experiment().nodes)
        fixes += _ways_back(row, traced)
        fixes.append({"label": "Remove this layer", "gesture": {"action": "delete"}})
    message = problem.message.removeprefix(f"{row.kind} #{(row.index or 0) + 1}: ")
    return {
        "message": message[:1].upper() + message[1:],
        "hint": problem.hint,
        "blocking": problem.blocking,
        "fixes": fixes,
    }


def _fix(field: str, value: Any) -> dict[str, Any]:
    """A button that changes one field, or adds a layer at the end."""
    label = f"Add {value}" if field == "append" else f"Use {field}={value!r}"
    return {"label": label, "gesture": {"action": "fix", "field": field, "value": value}}


def _ways_back(row: Row, traced: Trace) -> list[dict[str, Any]]:
    """For a layer that needs maps behind the one that laid them flat: buttons that put the two in order."""
    labels = []
    for start, to in stack.before_flat(traced, row.index):
        moved, place = traced.rows[start], traced.rows[to]
        label = (
            f"Move it before {place.kind}" if start == row.index else f"Move {moved.kind} behind {place.kind} #{to + 1}"
        )
        labels.append({"label": label, "gesture": {"action": "move", "at": moved.id, "to": to}})
    return labels
