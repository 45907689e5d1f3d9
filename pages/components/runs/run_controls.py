"""What can be asked of a run: pause, one more batch or epoch, go on, stop, another learning rate, a tamer copy."""

from collections.abc import Callable

import streamlit as st

from core.errors import UserError
from core.experiment import Experiment
from core.optimization.optimizers import RATES
from core.runs import states
from core.runs.run import Run
from core.runs.states import Status
from pages.components.frame import session
from pages.components.runs import launching


def live(run: Run, status: Status) -> None:
    """The buttons of a run under way; they redraw with every tick, so that a second tab shows the same."""
    intent = run.intent()
    if status.state in (states.RUNNING, states.PAUSED):
        held = intent.pause and status.state == states.PAUSED
        if held:
            _button("Go on", "play_arrow", run.request_resume, run, key="pause")
        else:
            _button("Pause", "pause", run.request_pause, run, key="pause")
        _button("Batch", "skip_next", run.request_steps, run, help="One step: trains on the next batch, then waits.",
                kwargs={"batches": 1})  # fmt: skip
        _button("Epoch", "fast_forward", run.request_steps, run, help="Trains to the end of this epoch, then waits.",
                kwargs={"epochs": 1})  # fmt: skip
    stop = "Leave the queue" if status.state == states.QUEUED else "Stop"
    _button(stop, "stop", run.request_stop, run, key="stop", disabled=intent.stop)


def _button(label: str, icon: str, ask: Callable[..., object], run: Run, *, key: str = "", **how: object) -> None:
    arguments = {"args": (ask,), "kwargs": how.pop("kwargs", {})}
    name = f"{key or label}-{run.id}"
    st.button(label, icon=f":material/{icon}:", key=name, on_click=session.whole(_asked), **arguments, **how)


def _asked(ask: Callable[..., object], **what: object) -> None:
    """Asks a run for something; a sentence above the page says when that can't be, as it may be gone."""
    try:
        ask(**what)
    except UserError as error:
        session.say(str(error))


def learning_rate(run: Run, status: Status) -> None:
    """A slider that changes the learning rate of a run under way; the curves mark where."""
    now = status.learning_rate or run.experiment.training.optimizer.learning_rate
    key = f"rate-{run.id}"
    st.select_slider(
        "Learning rate from now on",
        sorted({*RATES, session.sent(key, now), now}),
        value=now,
        format_func=lambda rate: f"{rate:.3g}",
        key=key,
        on_change=session.whole(_change_rate),
        args=(run, key),
        help="Takes effect with the next batch, and the curves mark where. If the loss jumps, divide it by 10.",
        width=420,
    )


def _change_rate(run: Run, key: str) -> None:
    _asked(run.request_learning_rate, value=session.sent(key))


def after(run: Run, status: Status) -> None:
    """What to do with a run that ended before its time."""
    if status.state == states.DIVERGED:
        if st.button(
            "Train a copy with a tenth of the learning rate",
            type="primary",
            icon=":material/healing:",
            key=f"tamer-{run.id}",
            on_click=session.whole(_train_tamer),
            args=(run.experiment,),
        ):
            st.rerun()  # the page around this live part shows the copy, and the address names it
    elif run.can_resume():
        st.button(
            "Resume",
            type="primary",
            icon=":material/play_arrow:",
            key=f"resume-{run.id}",
            on_click=session.whole(launching.ask),
            args=(run,),
            help=f"Goes on after epoch {status.epoch:d}." if status.epoch else "Starts again from its first epoch.",
        )


def _train_tamer(experiment: Experiment) -> None:
    """A copy with smaller steps, in the editor and under way."""
    tamer = tamed(experiment)
    session.save(tamer, redraw=True)
    launching.start(tamer)


def tamed(experiment: Experiment) -> Experiment:
    """The same experiment with a tenth of the learning rate."""
    optimizer = experiment.training.optimizer
    rate = max(1e-6, float(f"{optimizer.learning_rate / 10:.3g}"))
    return experiment.edited(
        training=experiment.training.edited(optimizer=optimizer.edited(learning_rate=rate)),
        name=f"{experiment.name[:64]} · rate {rate:g}",
    )
