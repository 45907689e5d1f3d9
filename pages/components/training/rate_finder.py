"""The rate finder under the learning rate: a button, how far it is, the curve it found, and the rate to take."""

from collections.abc import Callable

import streamlit as st

from core import words
from core.experiment import Experiment, memory
from core.experiment.comparison import Difference, differences
from core.figures.training import range_curve
from core.optimization.range_test import HIGH, STEPS, RangeTest
from core.training.rate_searches import WAITING, RateSearches, Search, tested
from pages.components.frame import session, ticks
from pages.components.frame.markdown import plain, say
from pages.components.runs import launching

TICK_SECONDS = 0.5
WANTED, LAST = "rates-wanted", "rates-of"
"""What the tab remembers: that a search is to begin once its dataset is ready, and the experiment of its last one."""
IMAGES = "dataset.images_id"
"""The field that tells images of one's own apart; its digests say nothing to people."""
OTHERS = {"steepest": "falls fastest", "tenth_of_lowest": "tenth of the lowest"}
"""What the other proposals are, in few words."""
VALLEY = "The middle of the longest way down of the line (fastai's valley). Undo brings the old rate back."
HELP = (
    "Trains a copy of your network for a moment while the rate grows from step to step, and draws the loss over it. "
    "It takes seconds, and changes nothing here until you take what it proposes."
)
FLAT = (
    "At no rate did it fall further than batches differ anyway, so there is nothing to propose. Larger batches differ "
    "less. A network that takes longer to begin shows no fall in so few steps: start it with the rate that Keras takes."
)


@st.cache_resource(on_release=lambda searches: searches.close())
def searches() -> RateSearches:
    """The server's range tests."""
    return RateSearches(session.workspace())


def show(experiment: Experiment, take_in: Callable[[], None]) -> None:
    """Draws it under the slider.

    Args:
        experiment: the one being edited.
        take_in: saves what all forms of the page say.
    """
    search = searches().of(experiment)
    if search and search.is_live:
        session.keep(LAST, experiment)
        st.fragment(_wait, run_every=ticks.period(TICK_SECONDS))(search)
        return
    if search and search.found:
        session.keep(LAST, experiment)
        _outcome(experiment, search.found, take_in)
        return
    if search and search.trouble:
        st.error(plain(search.trouble))
    _button(experiment, take_in)
    _stale(experiment)


def _button(experiment: Experiment, take_in: Callable[[], None]) -> None:
    """Begins the search; the dataset must be ready first."""
    blocking = [problem for problem in memory.obstacles(experiment) if problem.blocking]
    st.button(
        "Find a learning rate",
        key="find-rate",
        icon=":material/query_stats:",
        disabled=bool(blocking),
        help=say("{} {}", blocking[0].message, blocking[0].hint) if blocking else HELP,
        on_click=session.whole(_want),
        args=(take_in,),
    )
    if session.remember(WANTED):
        session.keep(WANTED, False)
        if launching.make_ready([experiment]):
            searches().begin(experiment)
            st.rerun()


def _want(take_in: Callable[[], None]) -> None:
    take_in()
    session.keep(WANTED, True)


def _wait(search: Search) -> None:
    """Until it is over; the page goes on being edited meanwhile."""
    if not search.is_live:
        st.rerun()
    st.progress(search.done / max(1, search.total), plain(_doing(search)))
    st.button(
        "Cancel", key="cancel-rate", type="tertiary", icon=":material/close:",
        on_click=session.whole(searches().end), args=(search,),
    )  # fmt: skip


def _doing(search: Search) -> str:
    """What is being waited for."""
    if search.state == WAITING:
        return "Waiting: another network is being tested"
    if not search.total:
        return "A process of its own builds the network"
    return f"Step {words.number(search.done)} of {words.number(search.total)}, the rate growing"


def _outcome(experiment: Experiment, found: RangeTest, take_in: Callable[[], None]) -> None:
    """The curve, what it says, and the rates that can be taken with one click."""
    in_use, proposals = experiment.training.optimizer.learning_rate, found.proposals()
    first = next(iter(proposals.values()), None)
    st.plotly_chart(
        range_curve(found, in_use, first),
        key="range-curve",
        config={"displayModeBar": False},
        alt=f"Loss over a learning rate that grew from {found.rates[0]:.2g} to {found.rates[-1]:.2g}.",
    )
    st.caption(plain(told(found)))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for name, rate in proposals.items():
            if name not in OTHERS:
                _take(f"Use {rate:g}", name, rate, in_use, take_in)
            elif rate != first:
                _take(f"{rate:g}: {OTHERS[name]}", name, rate, in_use, take_in)


def _take(label: str, name: str, rate: float, in_use: float, take_in: Callable[[], None]) -> None:
    """A button that takes a proposal over."""
    is_first = name not in OTHERS
    st.button(
        label,
        key=f"use-rate-{name}",
        type="secondary" if is_first else "tertiary",
        icon=":material/check:" if rate == in_use else None,
        disabled=rate == in_use,
        help=VALLEY if is_first else "Uses this rate, which another rule proposes.",
        on_click=session.whole(_use),
        args=(take_in, rate),
    )


def told(found: RangeTest) -> str:
    """What the curve shows, and how it is read."""
    sentences = ["Each point is the loss of one batch, the line their running mean; the rate grew at every step."]
    if found.steps < STEPS:
        sentences.append(f"A step takes long here: {found.steps} were planned instead of {STEPS}.")
    if found.is_flat:
        return " ".join([*sentences, FLAT])
    return " ".join(
        [*sentences, "On the left steps are too short to learn much.", _end(found), "Good rates lie on the way down."]
    )


def _end(found: RangeTest) -> str:
    """What happens on the right."""
    if found.limit:
        return f"At {found.limit:.1g} the network diverged, and the test ended."
    lowest = int(found.smoothed.argmin())
    if lowest == len(found.smoothed) - 1:
        return f"Up to {HIGH:g} the loss never rose."
    return f"Beyond {found.rates[lowest]:.1g} the loss rises: there steps are too long."


def _use(take_in: Callable[[], None], rate: float) -> None:
    """Takes a rate over, unless what was typed meanwhile makes it that of another experiment."""
    take_in()
    experiment = session.experiment()
    if searches().of(experiment) is None:
        session.say("What you typed last changes what was tested. Find a learning rate again.")
        return
    training = experiment.training
    changed = training.edited(optimizer=training.optimizer.edited(learning_rate=rate))
    session.save(experiment.edited(training=changed), redraw=True)


def _stale(experiment: Experiment) -> None:
    """Says why the curve that was here is gone: it belongs to what was tested."""
    last = session.remember(LAST)
    if last is None or searches().of(last) is None:
        return
    if changed := differences([tested(last), tested(experiment)]):
        more = f" and {words.counted(len(changed) - 1, 'other setting')}" if changed[1:] else ""
        st.caption(plain(f"The last curve was of {other(changed[0])}{more}: find it again."))


def other(changed: Difference) -> str:
    """What the curve was of: "another batch size (32 pictures, now 64 pictures)", "other images"."""
    if changed.field == IMAGES:
        return "other images"
    was, now = changed.values
    return f"another {changed.field.rpartition('.')[2].replace('_', ' ')} ({was}, now {now})"
