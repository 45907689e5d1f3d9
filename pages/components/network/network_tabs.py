"""The network in four views: the layers to edit, a drawing, the script, and the experiment to save and share."""

from pathlib import Path

import streamlit as st

from core.build.codegen import script
from core.build.notebook import notebook
from core.datasets import Facts
from core.datasets.own_images import OwnImages
from core.errors import UserError
from core.experiment import Experiment, memory
from core.experiment.node import inputs_of
from core.layers import Layer
from core.layers.blocks import Block
from core.layers.holding import Holding
from core.layers.pretrained import Base
from core.runs import beginning
from pages.components.frame import head, session, spec_form, strip, undoing
from pages.components.frame.markdown import plain, say
from pages.components.network import (
    base_rows,
    base_weights,
    catalogue,
    diagram,
    field_view,
    layer_list,
    layer_wires,
    open_network,
    own_runs,
)
from pages.components.runs import measure_line, preset_shelf

STYLE = Path(__file__).with_name("network_tabs.css")
KEYS = """With the keyboard, on a row:

- Enter selects it, Alt+↑ and Alt+↓ move it, Delete removes it
- B begins a second path, J joins two
- Shift+↑ and Shift+↓ mark several rows, Ctrl+A all; Ctrl+C, Ctrl+X, Ctrl+V and Ctrl+D copy, cut, paste and duplicate
- G makes a block of them, → and ← unfold and fold it, T takes it apart
"""
LAYERS, DIAGRAM, CODE, SHARE = "Layers", "Diagram", "Code", "Save and share"


def toolbar() -> None:
    """Ready-made experiments to start from."""
    undoing.first(layer_list.take_in_form)
    preset_shelf.menu("Start from")
    preset_shelf.pair_in_place()


def draw(experiment: Experiment, facts: Facts) -> None:
    """Draws the open view only."""
    st.html(STYLE)
    open_network.first_weights(experiment)
    views = {LAYERS: _edited, DIAGRAM: diagram.draw, CODE: _code, SHARE: _share}
    for tab, view in zip(
        st.tabs([LAYERS, DIAGRAM, CODE, SHARE], key="network-views", on_change="rerun"), views.values(), strict=True
    ):
        if tab.open:
            with tab:
                if view is not _edited:
                    head.here().draw()
                view(experiment, facts)


def _edited(experiment: Experiment, facts: Facts) -> None:
    """The list as a part that redraws itself: an edit is answered without the rest of the page."""
    st.fragment(_redrawn)(head.here(), experiment, facts)


def _redrawn(above: head.Head, drawn: Experiment, facts: Facts) -> None:
    """The list, and what follows it above the page.

    Args:
        above: what stands above the page.
        drawn: the experiment as the whole page was drawn.
        facts: of its dataset.
    """
    layer_list.take()
    experiment = session.experiment()
    if (experiment.dataset, experiment.weights) != (drawn.dataset, drawn.weights):
        st.rerun()  # Undo brings back more than layers
    _layers(above, experiment, facts)
    session.follow_in_address()
    if strip.is_behind():
        st.rerun()


def _layers(above: head.Head, experiment: Experiment, facts: Facts) -> None:
    """The list, and beside it the selected layer's form or the catalogue."""
    left, right = st.columns([2.6, 1], gap="large")
    with left:
        layer_list.draw(experiment, facts)
        st.caption(
            "Drag a row by its dots to move it. Its ⋯ holds the rest: second paths, joins, blocks, copies.",
            help=KEYS,
        )
        base_weights.show(experiment, facts)
        measure_line.show(experiment)
    above.draw()
    with right, st.container(key="layer-panel"):
        if layer_list.is_adding():
            _adding(experiment, facts)
        else:
            _form(experiment, facts)
            field_view.show(experiment, facts, experiment.nodes[layer_list.selected()].id)


def _adding(experiment: Experiment, facts: Facts) -> None:
    """The catalogue under its heading."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("Add a layer", anchor=False)
        if experiment.layers:
            st.button("Cancel", type="tertiary", on_click=session.whole(layer_list.apply), args=({"action": "close"},))
    catalogue.draw(experiment, facts)


def _form(experiment: Experiment, facts: Facts) -> None:
    """The selected layer, editable; a change shows in the list at once."""
    at = layer_list.selected()
    layer = experiment.layers[at]
    shape = catalogue.shape_before(experiment, facts, at) or facts.shape
    st.subheader(say("{} #{}", layer.kind, at + 1), anchor=False)
    st.caption(plain(layer.sentence()))
    key, save = layer_list.form_key(at), layer_list.take_in_form
    count = len(inputs_of(experiment.nodes)[at])
    # A kind takes as many inputs as there are; a group is made of rows, and a base of one's own out of a run.
    fits = lambda kind: kind.takes[0] <= count <= kind.takes[1] and not issubclass(kind, Holding)  # noqa: E731
    choices = layer.choices(shape)
    spec_form.choose(Layer, layer, key, label="Kind of layer", on_change=save, offers=fits, choices=choices)
    if isinstance(layer, Base):
        base_rows.tell(layer, shape)
    elif isinstance(layer, Block):
        _take_apart(experiment.nodes[at].id)
    layer_wires.edit(experiment.nodes, at, key, save)


def _take_apart(block: str) -> None:
    """The way from a block to rows that can be edited one by one."""
    st.button(
        "Take apart",
        icon=":material/account_tree:",
        key="take-apart",
        on_click=session.whole(layer_list.apply),
        args=({"action": "ungroup", "at": block},),
        help="The layers in it become rows of their own, to be edited one by one. The network stays the same.",
    )


def _code(experiment: Experiment, facts: Facts) -> None:
    """The complete script, and the same as a notebook."""
    has_images = experiment.dataset.has_images  # without, the script builds the network and ends there
    blocking = [one for one in memory.obstacles(experiment) if one.blocking and (has_images or one.where == "network")]
    if blocking:
        st.warning(say("There is no script yet: {} {}", blocking[0].message, blocking[0].hint))
        return
    try:
        text, cells = script(experiment), notebook(experiment)
    except UserError as error:
        st.error(plain(error))
        return
    with st.container(horizontal=True):
        for label, content, name, kind in (
            ("Download the script", text, "network.py", "text/x-python"),
            ("Download the notebook", cells, "network.ipynb", "application/x-ipynb+json"),
        ):
            st.download_button(plain(label), content, name, kind, icon=":material/download:", on_click="ignore")
        _weights(experiment)
    st.caption("Both build and train this very network with Keras, without Kernelscope. The notebook draws the curves.")
    st.code(text, language="python", line_numbers=True)


def _weights(experiment: Experiment) -> None:
    """The file that the script reads beside it, where its base's weights do not come from Keras."""
    try:
        found = beginning.file_beside(session.workspace(), experiment)
    except UserError as error:
        st.caption(plain(error))
        return
    if found:
        name, path = found
        st.download_button(
            "Download the base's weights",
            path.read_bytes,
            name,
            icon=":material/download:",
            on_click="ignore",
            help=say("Script and notebook read {}: put it into their folder.", name),
        )


def _share(experiment: Experiment, facts: Facts) -> None:
    """The experiment as a file, from a file, and as a link."""
    save, load = st.columns(2, gap="large")
    with save:
        st.subheader("Save", anchor=False)
        st.write("Dataset, augmentation, layers, training and seed in one file.")
        st.download_button(
            "Download as JSON",
            experiment.to_json(),
            "experiment.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
        )
    with load:
        st.subheader("Open", anchor=False)
        open_network.draw(experiment)
        own_runs.draw()
    st.subheader("Link", anchor=False)
    st.write("Whoever opens this link on the same server, or on a Kernelscope of their own, has this experiment.")
    if isinstance(experiment.dataset, OwnImages):
        st.caption("Your pictures don't travel with it: they stay on this machine.")
    try:
        st.code(f"{st.context.url or ''}?{session.LINK}={experiment.to_link()}", language=None)
    except UserError as error:
        st.warning(plain(error))
    with st.expander("The experiment as JSON"):
        st.code(experiment.to_json(), language="json")
