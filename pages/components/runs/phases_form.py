"""The phases of a run: what comes after its first epochs; added from the catalogue, set, removed."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.experiment import Experiment
from core.experiment.stages import stages
from core.phases import MOST_PHASES, Phase
from core.spec import kinds
from pages.components.frame import session, spec_form
from pages.components.frame.markdown import plain, say

Phases = tuple[Phase, ...]
Take = Callable[[], None]


def edit(experiment: Experiment, take_in: Take) -> None:
    """Draws the phases; what is done to them is saved before the page is drawn again.

    Args:
        experiment: whose phases.
        take_in: saves what all forms of the page say.
    """
    found = stages(experiment)
    if len(found) == 1:
        st.caption(
            "The run ends with them. Instead it can go on in the same curves: layers of a base learn as well, other "
            "classes come, or pictures of another style."
        )
    for before, stage in zip(found, found[1:], strict=False):
        _row(before.experiment, stage.place - 1, stage.phase, take_in, f"epochs {stage.first + 1} to {stage.last}")
    with st.container(horizontal=True, gap="small"):
        for name, kind in kinds(Phase).items():
            st.button(
                plain(kind.title()),
                icon=":material/add:",
                key=session.key(f"add-{name}"),
                help=plain(kind.sentence()),
                disabled=len(found) > MOST_PHASES,
                on_click=session.whole(_change),
                args=(take_in, partial(_with_one_more, kind=kind)),
            )


def said(phases: Phases) -> Phases:
    """The phases as their forms say now, for callbacks."""
    return tuple(spec_form.said(phase, _form_key(place)) for place, phase in enumerate(phases))


def _row(experiment: Experiment, place: int, phase: Phase, take_in: Take, when: str) -> None:
    """One phase: when it comes, its form, and a way to be rid of it.

    Args:
        experiment: as it learns before it.
        place: among the phases.
    """
    title = say("**{}**, {} · {}", type(phase).title(), when, phase.words())
    with st.expander(title, expanded=True, key=session.key(f"phase-{place}")):
        st.caption(plain(phase.sentence()))
        form(phase, experiment, _form_key(place), take_in)
        st.button(
            "Remove",
            icon=":material/delete:",
            key=session.key(f"remove-phase-{place}"),
            on_click=session.whole(_change),
            args=(take_in, lambda phases: phases[:place] + phases[place + 1 :]),
        )


def form(phase: Phase, experiment: Experiment, key: str, take_in: Take | None = None) -> Phase:
    """The form of a phase, for the network that it comes to.

    Args:
        phase: as it is.
        experiment: as it learns before it.
        key: names the widgets.
        take_in: called when something was changed.

    Returns:
        the phase as the widgets say it now.
    """
    choices = phase.choices(experiment.nodes, experiment.dataset.facts())
    return spec_form.edit(phase, key, on_change=take_in, choices=choices)


def _form_key(place: int) -> str:
    return f"phase-{place}"


def _change(take_in: Take, change: Callable[[Phases], Phases]) -> None:
    """Changes the phases as their forms say them now."""
    take_in()
    experiment = session.experiment()
    training = experiment.training
    session.save(experiment.edited(training=training.edited(phases=change(training.phases))), redraw=True)


def _with_one_more(phases: Phases, kind: type[Phase]) -> Phases:
    experiment = session.experiment()
    nodes = stages(experiment)[-1].experiment.nodes
    return (*phases, kind().fitted(nodes, experiment.dataset.facts()))
