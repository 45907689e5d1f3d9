"""A run that has ended goes on: the last layers of its base learn as well, in the same run and the same curves."""

import streamlit as st

from core.errors import UserError
from core.experiment.stages import stages
from core.phases.fine_tuning import FineTuning
from core.runs import transfer
from core.runs.going_on import can_extend, extend
from core.runs.run import Run
from core.runs.states import Status
from core.words import counted
from pages.components.frame import session
from pages.components.frame.markdown import say
from pages.components.runs import launching, phases_form

DRAFT = "fine-tuning-draft"


def offer(run: Run, status: Status) -> None:
    """The form and the button that goes on; nothing for a run without a base, or one that can't go on."""
    try:
        experiment = session.overview().experiment(run)
        if transfer.base_of(experiment) is None or not can_extend(run, status):
            return
        facts, last = experiment.dataset.facts(), stages(experiment)[-1].experiment
    except UserError:
        return
    with st.expander("Fine-tune: let layers of the base learn as well", icon=":material/tune:", key="fine-tune"):
        st.caption(
            say(
                "Goes on in this run after {}: the same curves, with a border where it begins. Of the base, only "
                "layers from the chosen one on will move.",
                counted(status.epoch + bool(status.batch), "epoch"),
            )
        )
        draft = session.remember(DRAFT)
        start = draft if isinstance(draft, FineTuning) else FineTuning()
        phase = phases_form.form(start.fitted(last.nodes, facts), last, f"fine-tune-{run.id}")
        session.keep(DRAFT, phase)
        st.button(
            "Go on with fine-tuning",
            type="primary",
            icon=":material/play_arrow:",
            key=f"fine-tune-go-{run.id}",
            on_click=session.whole(_go_on),
            args=(run,),
        )


def _go_on(run: Run) -> None:
    """Has the run taken up again, and the tab's experiment be what it is now."""
    try:
        phase = session.remember(DRAFT)
        session.save(extend(run, phase), redraw=True)
        launching.ask(run)
    except UserError as error:
        session.say(str(error))
