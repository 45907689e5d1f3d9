"""What the first page shows beside the run: the experiment as a picture, places to start from, recent runs."""

from functools import lru_cache

import streamlit as st

from core import datasets
from core.datasets.statistics import in_use
from core.errors import UserError
from core.experiment import Experiment
from core.runs import scores
from core.runs.overview import RunRow
from core.runs.run import Run
from pages.components.browser.component import component, tokens
from pages.components.browser.pixels import thumbnail_uri
from pages.components.frame import gallery, session, undoing, when
from pages.components.frame.markdown import plain, say

WALL = 40
TILE = 64
"""px of a picture on the wall."""
RECENT = 5


_flow = component(
    "flow",
    "frame/flow",
    html="<div class='flow'><div class='samples'></div><div class='arrow' aria-hidden='true'>→</div>"
    "<div class='layers'></div>"
    "<div class='arrow' aria-hidden='true'>→</div><div class='classes'></div></div>",
)


def picture(experiment: Experiment) -> None:
    """Pictures, layers and classes from left to right: what will be trained."""
    try:
        facts = experiment.dataset.facts()
        _flow(
            key="flow",
            data={
                "samples": _samples(experiment),
                "layers": _layers(experiment),
                "classes": list(facts.class_names)[:12],
            },
        )
    except UserError as error:
        st.info(plain(error))


def before_training(experiment: Experiment) -> str:
    """What to know beside the button that trains: what must be fetched first, else that nothing can go wrong."""
    dataset = experiment.dataset
    try:
        if not dataset.has_images:
            return " ".join(
                f"{one.message} {one.hint}" for one in dataset.problems(experiment.context(dataset.facts()))
            )
        if sentence := dataset.fetching():
            return f"{sentence} That begins with the first training."
    except UserError:
        pass  # the picture above says what is wrong with the data
    return "Don't worry, you can't break it. Everything runs on this machine; your pictures never leave it."


def _layers(experiment: Experiment) -> list[dict]:
    """Name, shape and side of every layer, for the drawing."""
    traced = experiment.trace(experiment.dataset.facts()).folded()
    rows = [row for row in traced.rows if row.output_shape]
    return [
        {"name": row.layer.short(), "shape": "x".join(map(str, row.output_shape)), "size": _size(row.output_shape)}
        for row in rows
    ]


def _size(shape: tuple[int, ...]) -> list[int]:
    """(side, depth) of a map; a flat row is thin and deep."""
    return [shape[0], shape[2]] if len(shape) == 3 else [1, shape[0]]


@st.cache_data(max_entries=8, show_spinner=False)
def _wall(dataset_key: str, _dataset: datasets.Dataset) -> list[str]:
    """Pictures of all classes in turn, as data URIs; empty while the dataset is not on this machine yet."""
    data = datasets.load(_dataset)
    used = in_use(data)
    by_class = [used[data.labels[used] == label][: WALL // 2] for label in range(len(data.class_names))]
    turns = [members[turn] for turn in range(WALL // 2) for members in by_class if turn < len(members)]
    return [thumbnail_uri(data.images[position], TILE) for position in turns[:WALL]]


def _samples(experiment: Experiment) -> list[str]:
    dataset = experiment.dataset
    if not dataset.has_images or not (datasets.is_prepared(dataset) or dataset.instant):
        return []
    return _wall(dataset.state(), dataset)


def labs() -> None:
    """The labs, each about one thing."""
    st.subheader("Understand one thing")
    gallery.links()
    st.page_link("pages/0_Start/2_Labs.py", label="All labs as pictures", icon=":material/grid_view:")


def recent_runs() -> None:
    """The latest runs of this workspace, to go back to."""
    found = session.overview().latest(RECENT)
    if not found:
        return
    st.subheader("Recent runs")
    for row in found:
        if not row.trouble:  # a damaged run is for the doctor, not for the first page
            _recent(row)
    st.page_link("pages/3_Train/2_Runs.py", label="All runs", icon=":material/stacked_line_chart:")


def _recent(row: RunRow) -> None:
    """One line: name, state, accuracy, curve, and a way in."""
    name, state, line, way = st.columns([4, 2, 1.5, 1], vertical_alignment="center")
    name.markdown(say("**{}**  \n{} · {} · {}", row.title, when.moment(row.created), row.dataset, row.network))
    state.markdown(plain(" · ".join(filter(None, [row.state, scores.short(row.status, epoch=True)]))))
    if len(row.curve) > 1:
        line.image(_sparkline(row.curve), width=120)
    way.button("Open", key=f"open-{row.run.id}", on_click=session.whole(_open), args=(row.run,))


@lru_cache(64)
def _sparkline(values: tuple[float | None, ...]) -> str:
    """Validation accuracy over the epochs as a small SVG, 0 at the bottom and 1 at the top."""
    known = [(i, value) for i, value in enumerate(values) if value is not None]
    points = " ".join(f"{4 + 112 * i / (len(values) - 1):.1f},{28 - 24 * value:.1f}" for i, value in known)
    line = f'<polyline points="{points}" fill="none" stroke="{tokens()["orange"]}" stroke-width="2"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 32" width="120" height="32">{line}</svg>'


def _open(run: Run) -> None:
    try:
        undoing.bring(run.experiment)
        session.choose_run(run)
    except UserError as error:  # it was deleted meanwhile
        session.say(str(error))
