"""The network drawn: boxes whose sides are the sizes, a graph, or Keras' own summary; each can be taken away."""

import streamlit as st

from core.datasets import Facts
from core.experiment import Experiment
from core.experiment.network import Trace
from core.figures.drawing import Drawing
from core.figures.network import boxes, graph
from core.figures.summary import summary
from pages.components.browser.component import component
from pages.components.frame.markdown import plain, say

BOXES, GRAPH, SUMMARY = "Boxes", "Graph", "Keras summary"
CAPTIONS = {
    BOXES: "A box is as high as its maps are wide, and as deep as there are maps (on a log scale). A list of values "
    "is a thin bar; a frozen layer has a dashed border. The pointer on a box says what it costs.",
    GRAPH: "Each layer stands under what it reads; a join is blue, a frozen layer has a dashed border. Under a name: "
    "what it gives, and its parameters.",
    SUMMARY: "What model.summary() prints, line for line.",
}

_component = component(
    "network_diagram", "network/diagram", html="<div class='drawing' role='region' tabindex='0'></div>"
)


def draw(experiment: Experiment, facts: Facts) -> None:
    """The chosen view, and its files.

    Args:
        experiment: the one being edited.
        facts: of its dataset.
    """
    traced = experiment.trace(facts)
    if broken := traced.broken:
        reason = broken.impossible
        st.warning(say("Drawn up to {}: {}. {}", broken.kind, reason.reason, reason.hint))
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        view = st.segmented_control(
            "Drawn as", list(CAPTIONS), default=BOXES, required=True, key="diagram-view", label_visibility="collapsed"
        )
        inside = any(row.block for row in traced.rows) and view != SUMMARY
        unfolded = inside and st.toggle("Show the layers of blocks", key="diagram-unfolded")
        files = st.container(horizontal=True, width="content")
    if view == SUMMARY:
        _summary(traced, files)
    else:
        shown = traced if unfolded else traced.folded()
        _drawing(graph(shown) if view == GRAPH else boxes(shown), view, files)
    st.caption(plain(CAPTIONS[view]))


def _drawing(drawing: Drawing, view: str, files: st.delta_generator.DeltaGenerator) -> None:
    """A drawing, as this page's theme has it, on the page and as files."""
    dark = st.context.theme.type == "dark"
    svg = drawing.svg(dark)
    _component(key=f"diagram-{view.lower()}", data={"svg": svg, "label": drawing.title})
    _file(files, "SVG", svg, f"{view.lower()}.svg", "image/svg+xml")
    _file(files, "PNG", lambda: drawing.png(dark), f"{view.lower()}.png", "image/png")


def _summary(traced: Trace, files: st.delta_generator.DeltaGenerator) -> None:
    """The text; there is none while a layer can't be."""
    if traced.broken:
        return
    text = summary(traced)
    st.code(text, language=None)
    _file(files, "Text", text, "summary.txt", "text/plain")


def _file(files: st.delta_generator.DeltaGenerator, label: str, data: object, name: str, kind: str) -> None:
    """A button that hands a file out; it is made when it is pressed."""
    files.download_button(
        plain(label), data, name, kind, icon=":material/download:", key=f"download-{label.lower()}", on_click="ignore"
    )
