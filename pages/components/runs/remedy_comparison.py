"""Forgetting: what is learnt first and what next, and one run for each remedy, side by side."""

from collections.abc import Sequence

import streamlit as st

from core.errors import UserError
from core.experiment import Experiment
from core.experiment.against_forgetting import examples, place_of, with_remedies
from core.experiment.forgotten import Drop, drops
from core.figures import forgetting as figures
from core.runs import live, sweeps
from core.runs.overview import RunRow
from core.words import counted
from pages.components.frame import going, presses, session, spec_form, ticks, undoing
from pages.components.frame.markdown import plain
from pages.components.runs import launching, run_table

CHOSEN, PHASES, OPENED = "forgetting-chosen", "forgetting-phases", "forgetting-family"
"""What the tab remembers: the data, the phase as it was set for each, and the family that is looked at."""
MINE = "The experiment above"
ENDING = ": remedies"
"""Of the name of a family."""
SECONDS = 2.0
SHOWN = 20
"""Classes that are told with their numbers."""
HEADS = "With separate heads the network is told which task an image is of; with all others it is not."
START = "compare-remedies"
RUNS_PAGE = "pages/3_Train/2_Runs.py"


def settings() -> None:
    """The forms and what they start."""
    offered = _offered()
    begun = session.remember(CHOSEN)
    begun = begun if begun in offered else next(iter(offered))
    chosen = st.selectbox("What is learnt, and what next", list(offered), index=list(offered).index(begun), width=420)
    session.keep(CHOSEN, chosen)
    experiment = _edited(chosen, offered[chosen])
    blocking = [problem for problem in experiment.problems() if problem.blocking]
    for problem in blocking:
        st.error(plain(f"{problem.message} {problem.hint}"))
    with st.container(horizontal=True):
        _compare(experiment, bool(blocking))
        st.button(
            "Take this experiment over",
            icon=":material/edit:",
            help="Makes it the experiment above every page, to be changed and trained like any other.",
            disabled=chosen == MINE,
            on_click=session.whole(undoing.bring),
            args=(experiment,),
        )


def _offered() -> dict[str, Experiment]:
    """Experiments that learn one thing after the other, the one in work first if it does."""
    own = session.experiment()
    return ({MINE: own} if place_of(own) is not None else {}) | examples()


def _edited(chosen: str, experiment: Experiment) -> Experiment:
    """The experiment with its phase as the form says; of the one in work as it stands."""
    place, names = place_of(experiment), experiment.dataset.facts().class_names
    if chosen == MINE:
        return experiment
    kept = session.remember(PHASES) or {}
    phase = kept.get(chosen, experiment.training.phases[place])
    with st.expander("Change what comes next", icon=":material/tune:"):
        st.caption("The comparison sets each remedy by itself, and leaves all others off.")
        if any(str(number) != name for number, name in enumerate(names)):
            st.caption(plain(", ".join(f"{number} {name}" for number, name in enumerate(names[:SHOWN]))))
        changed = spec_form.edit(phase, f"forgetting-{list(examples()).index(chosen)}")
    if changed != phase:
        session.keep(PHASES, kept | {chosen: changed})
    phases = list(experiment.training.phases)
    phases[place] = changed
    return experiment.edited(training=experiment.training.edited(phases=tuple(phases)))


def _compare(experiment: Experiment, is_blocked: bool) -> None:
    """The button that starts a run for each remedy."""
    look = {"type": "primary", "icon": ":material/play_arrow:", "disabled": is_blocked}
    if not presses.button("Compare the remedies", key=START, **look) or is_blocked:
        return
    family = with_remedies(experiment)
    if launching.make_ready([experiment]):
        with session.undisturbed():
            presses.answered(START)
            name = sweeps.free_family(session.runs(), f"{experiment.name}{ENDING}")
            if launching.start_many([(one, {}) for one in family.values()], name):
                session.keep(OPENED, name)
        st.rerun()
    presses.answered(START)


def outcome() -> None:
    """The table and the picture of the latest comparison; while it is at work they are drawn again and again."""
    families = _families()
    if not families:
        st.caption("A run for each remedy, everything else the same: what is forgotten then, and what is learnt.")
        return
    is_live = any(row.is_live for row in families[_opened(families)])
    st.fragment(_outcome, run_every=ticks.period(SECONDS) if is_live else None)(is_live)


def _families() -> dict[str, list[RunRow]]:
    """The comparisons, the latest first, their runs in the order of the remedies."""
    found: dict[str, list[RunRow]] = {}
    for row in session.overview().read().rows:
        if ENDING in row.family and not row.trouble:
            found.setdefault(row.family, []).insert(0, row)
    return found


def _opened(families: dict[str, list[RunRow]]) -> str:
    opened = session.remember(OPENED)
    return opened if opened in families else next(iter(families))


def _outcome(was_live: bool) -> None:
    """One tick."""
    with ticks.timed():
        families = _families()
        if not families:
            return
        opened = _opened(families)
        if len(families) > 1:
            opened = st.selectbox("Comparison", list(families), index=list(families).index(opened), width=420)
            session.keep(OPENED, opened)
        rows = families[opened]
        _draw(rows)
    if was_live and not any(row.is_live for row in rows):
        st.rerun()


def _draw(rows: Sequence[RunRow]) -> None:
    """The comparison as far as it has come."""
    still = sum(row.is_live for row in rows)
    st.caption(
        f"{counted(len(rows), 'run')}, {still:d} still to finish."
        if still
        else f"{counted(len(rows), 'run')}, all ended."
    )
    try:
        told = [(_remedy(row), _drop(row), row) for row in rows]
    except UserError as error:
        st.caption(plain(error))
        return
    st.table(_cells(told))
    if any(words == "separate heads" for words, _, _ in told):
        st.caption(HEADS)
    known = [(words, drop) for words, drop, _ in told if drop]
    if known:
        st.plotly_chart(figures.remedies(known), key="remedies-chart", config={"displayModeBar": False})
    st.button(
        "Lay their curves over each other",
        icon=":material/stacked_line_chart:",
        on_click=session.whole(_overlay),
        args=([row.run.id for row in rows],),
    )


def _overlay(runs: list[str]) -> None:
    """Shows the curves of these runs on the page of all runs."""
    run_table.choose(runs)
    going.to(RUNS_PAGE)


def _remedy(row: RunRow) -> str:
    return row.title.rpartition(" · ")[2]


def _drop(row: RunRow) -> Drop | None:
    """What became of the first task; None before the border is passed."""
    experiment = session.overview().experiment(row.run)
    told = [(epoch, values) for epoch, values, _ in live.of(row.run, SECONDS / 2).tested]
    return next(iter(drops(experiment, len(experiment.dataset.facts().class_names), told)), None)


def _cells(told: Sequence[tuple[str, Drop | None, RunRow]]) -> dict[str, list[str]]:
    """The numbers as columns of a table."""
    first = next((drop for _, drop, _ in told if drop), None)
    old, new = (first.name, first.during) if first else ("First", "Next")
    found = [drop for _, drop, _ in told]
    return {
        "Remedy": [plain(words) for words, _, _ in told],
        plain(f"{old} at the border"): [plain(_three(drop and drop.before)) for drop in found],
        plain(f"{old} in the end"): [plain(_three(drop and drop.after)) for drop in found],
        "Points lost": [plain("–" if drop is None else f"{drop.points:.0f}") for drop in found],
        plain(f"{new} in the end"): [plain(_three(drop and drop.reached)) for drop in found],
        "Run": [plain(row.state) for _, _, row in told],
    }


def _three(accuracy: float | None) -> str:
    return "–" if accuracy is None else f"{accuracy:.3f}"
