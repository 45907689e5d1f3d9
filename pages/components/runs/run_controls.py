"""What can be asked of a run: pause, one more batch or epoch, go on, stop, another learning rate, a tamer copy."""

from collections.abc import Callable

import streamlit as st

from core.errors import UserError
from core.experiment import Experiment
from core.optimization.optimizers import RATES
from core.runs import states
from core.runs.run import Run
from core.runs.states import Status
from core.words import number
from pages.components.frame import session
from pages.components.runs import launching


def live(run: Run, status: Status, steps: int = 0) -> None:
    """The buttons of a run under way, each always in its place; they redraw with every tick, so that tabs agree.

    Args:
        run: which.
        status: of it.
        steps: batches in an epoch; 0 when unknown.
    """
    intent, is_at_it = run.intent(), status.state in (states.RUNNING, states.PAUSED)
    with st.container(horizontal=True, width="content", key="run-buttons"):
        if is_at_it and is_held(run, status):
            # A key of its own: a press that Streamlit tells twice must not take itself back.
            _button("Go on", "play_arrow", run.request_resume, run, key="go-on")
        else:
            _button("Pause", "pause", run.request_pause, run, key="pause", disabled=not is_at_it)
        _button("Batch", "skip_next", run.request_steps, run, key="batch", disabled=not is_at_it,
                help=f"One step: trains on {_next_batch(status, steps)}, then waits.",
                kwargs={"batches": 1})  # fmt: skip
        _button("Epoch", "fast_forward", run.request_steps, run, key="epoch", disabled=not is_at_it,
                help="Trains to the end of this epoch, then waits.", kwargs={"epochs": 1})  # fmt: skip
        stop = "Leave the queue" if status.state == states.QUEUED else "Stop"
        _button(stop, "stop", run.request_stop, run, key="stop", disabled=intent.stop)


def is_pending(run: Run, status: Status) -> bool:
    """Whether its worker has not answered yet to what was asked last."""
    intent = run.intent()
    if status.state not in (states.RUNNING, states.PAUSED):
        return status.is_live and intent.stop
    return intent.stop or intent.asked > status.heard or (status.state == states.PAUSED and not intent.pause)


def is_held(run: Run, status: Status) -> bool:
    """Whether it waits, or is about to: what was pressed shows at once, before its worker has heard."""
    intent = run.intent()
    if status.state == states.PAUSED:
        return intent.pause
    return intent.pause and intent.asked > status.heard


def _next_batch(status: Status, steps: int) -> str:
    """While it waits, which one; that would change all the time while it trains."""
    if status.state != states.PAUSED or not steps:
        return "the next batch"
    return f"batch {number(status.batch % steps + 1)} of {number(steps)}"


def _button(label: str, icon: str, ask: Callable[..., object], run: Run, *, key: str, **how: object) -> None:
    arguments = {"args": (ask,), "kwargs": how.pop("kwargs", {})}
    name = f"{key}-{run.id}"
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
        help="Sets learning_rate from the next batch on; the curves mark where. If the loss jumps, divide it by 10.",
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
