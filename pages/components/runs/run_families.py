"""A sweep as one chart: what each value, or each pair of values, of the varied fields reached."""

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from core.experiment import Experiment, comparison
from core.experiment.comparison import Findings
from core.figures import runs as figures_runs
from core.runs import sweeps, transfer
from core.runs.overview import RunRow
from core.words import counted
from pages.components.frame import session
from pages.components.frame.markdown import plain
from pages.components.runs import run_table

HEIGHT = 320
OPENED = "family-opened"
"""What the tab remembers: the family that is looked at."""


def families(rows: Sequence[RunRow]) -> dict[str, list[RunRow]]:
    """The runs of every sweep, the latest sweep first."""
    found: dict[str, list[RunRow]] = {}
    for row in rows:
        if row.family and row.varied:
            found.setdefault(row.family, []).append(row)
    return found


def show(rows: Sequence[RunRow]) -> None:
    """The chart of one sweep, and a way to its runs; nothing before there is a sweep."""
    found = families(rows)
    if not found:
        return
    st.subheader("Values you tried")
    opened = _choose(list(found))
    members = found[opened]
    # A run counts once it has ended: a chart that changed with every epoch would flicker.
    findings = comparison.findings([(row.varied, None if row.is_live else row.accuracy) for row in members])
    titles = _titles(findings, session.overview().experiment(members[0].run))
    st.caption(_progress(members))
    chart, table = st.tabs(["Chart", "Table"])
    with chart:
        st.plotly_chart(_figure(findings, titles), key="family-chart", config={"displayModeBar": False})
    with table:
        st.table(_cells(findings, [plain(title) for title in titles]))
    st.button(
        "Lay their curves over each other",
        icon=":material/stacked_line_chart:",
        on_click=session.whole(run_table.choose),
        args=([row.run.id for row in members],),
    )


def open_family(name: str) -> None:
    """Looks at this family from now on."""
    session.keep(OPENED, name)


def _choose(names: list[str]) -> str:
    """The family that is looked at; a menu where there are several."""
    opened = session.remember(OPENED)
    opened = opened if opened in names else names[0]
    if len(names) > 1:
        opened = st.selectbox("Sweep", names, index=names.index(opened), width=420)
        session.keep(OPENED, opened)
    return opened


def _progress(members: Sequence[RunRow]) -> str:
    """How far the sweep is."""
    live = sum(row.is_live for row in members)
    runs = counted(len(members), "run")
    return f"{runs}, {live:d} still to finish." if live else f"{runs}, all ended."


def _figure(findings: Findings, titles: Sequence[str]) -> go.Figure:
    """A line for one field, a map for two."""
    if findings.fields == (transfer.IMAGES, transfer.SEED):
        return figures_runs.accuracy_by_images(*findings.values, findings.accuracy, HEIGHT)
    if len(findings.fields) == 2:
        return figures_runs.accuracy_map(*findings.values, findings.accuracy, tuple(titles), HEIGHT)
    values = findings.values[0]
    accuracy = [findings.accuracy[(value,)] for value in values]
    return figures_runs.accuracy_by_value(values, accuracy, titles[0], log=comparison.is_wide(values), height=HEIGHT)


def _cells(findings: Findings, titles: Sequence[str]) -> dict[str, list[str]]:
    """The same numbers as columns of a table."""
    if len(findings.fields) == 1:
        values = findings.values[0]
        reached = [_number(findings.accuracy[(value,)]) for value in values]
        return {titles[0]: [f"{value:g}" for value in values], "best validation accuracy": reached}
    columns, lines = findings.values
    table = {f"{titles[1]} ↓ · {titles[0]} →": [f"{line:g}" for line in lines]}
    return table | {
        f"{column:g}": [_number(findings.accuracy.get((column, line))) for line in lines] for column in columns
    }


def _number(accuracy: float | None) -> str:
    return comparison.NOTHING if accuracy is None else f"{accuracy:.4f}"


def _titles(findings: Findings, experiment: Experiment) -> list[str]:
    """The varied fields as the axes name them, with their units."""
    known = {field.path: field for field in sweeps.numeric_fields(experiment)}
    found = [known.get(path) for path in findings.fields]
    return [
        path if field is None else f"{field.label}, {field.unit}" if field.unit else field.label
        for path, field in zip(findings.fields, found, strict=True)
    ]
