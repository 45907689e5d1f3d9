"""The strip above the pages: the experiment's dataset, augmentation, network and training, and the tab's run beside it.

Experiment and run are two things: the badge names its run, and says so where that is of another experiment.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import words
from core.errors import UserError
from core.experiment import Experiment, names
from core.runs import scores
from core.runs.run import Run
from core.runs.states import Status
from pages.components.frame import session, ticks, titles, when
from pages.components.frame.markdown import plain, say

STYLE = Path(__file__).with_name("frame.css")
TICK_SECONDS = 0.8
"""From one look of the badge at a run that lives to the next; with what another tab saw it is a second at most."""
LIVE_PAGE = "pages/3_Train/1_Live_run.py"
DRAWN, OWN = "badge-drawn", "badge-own"
"""What the tab remembers: whether its run was alive as the badge was drawn, and of the experiment in work."""
PARTS = 4
DATA, CHANGES, NETWORK, LAYERS = 26, 2, 42, 28
"""What two lines have room for: letters of the data's name, operations of the augmentation, letters of the
whole network and of its outline."""


@dataclass(frozen=True)
class Part:
    """A part of the experiment.

    Args:
        page: where it is edited.
        words: what it is, as short as it must be.
        full: the same in full; empty where nothing was left out.
    """

    page: str = ""
    words: str = ""
    full: str = ""


def place(title: str) -> "Strip":
    """Where the parts will stand, and the badge. A lab is about neither experiment nor run and has none.

    Args:
        title: of the page below.
    """
    st.html(STYLE)
    return Strip(*(([], None) if title in titles.without_experiment() else _places()))


def _places() -> tuple[list[DeltaGenerator], DeltaGenerator | None]:
    """Where the parts will stand; beside them the badge, and its place while the tab looks at no run."""
    untrained = None
    with st.container(key="strip"), st.container(horizontal=True, key="strip-line", vertical_alignment="center"):
        with st.container(horizontal=True, key="strip-parts", gap="small"):
            places = [st.empty() for _ in range(PARTS)]
        st.html('<details><summary aria-label="The whole experiment"></summary></details>')  # where it has no room
        with st.container(key="strip-badge"):
            is_live = _is_live()
            session.keep(DRAWN, is_live)
            if session.run() is None:
                untrained = st.empty()
                _say_untrained(untrained)
            else:
                st.fragment(_badge, run_every=ticks.period(TICK_SECONDS) if is_live else None)(is_live)
    return places, untrained


def is_behind() -> bool:
    """Whether a part of the page that redraws itself knows more of the tab's run than the badge, which has no clock."""
    run = session.run()
    if run is None:
        return False
    return (_is_live() and not session.remember(DRAWN)) or session.is_in_work(run) != session.remember(OWN)


def _is_live() -> bool:
    run = session.run()
    return run is not None and session.status(run).is_live


class Strip:
    """The parts on the screen; each leads to the page that edits it.

    Args:
        places: of the parts.
        untrained: where it says that nothing was trained; None where the badge has a run.
    """

    def __init__(self, places: list[DeltaGenerator], untrained: DeltaGenerator | None = None) -> None:
        self._places, self._untrained = places, untrained
        self._shown = [Part()] * len(places)

    def draw(self) -> None:
        """Draws all parts."""
        self._shown = [Part()] * len(self._places)
        self.follow()

    def follow(self) -> None:
        """Shows the experiment as it is by now, and the run that a page below has opened by itself."""
        now = parts(session.experiment()) if self._places else []
        for place, part, shown in zip(self._places, now, self._shown, strict=True):
            if part != shown:
                place.page_link(part.page, label=plain(part.words), help=plain(part.full) or None)
        self._shown = now
        if self._untrained and session.run() is not None:
            with self._untrained.container():
                _badge(was_live=False)
            self._untrained = None


def parts(experiment: Experiment) -> list[Part]:
    """The experiment from left to right; what has no room is shortened to what tells most."""
    called = experiment.dataset.called()
    try:
        facts = experiment.dataset.facts()
        count = words.number(facts.count) if experiment.dataset.has_images else "to look at"
        traced = experiment.trace(facts)
        size = "does not fit yet" if traced.broken else words.number(traced.parameters)
    except UserError:
        count, size = "missing", ""
    return [
        Part("pages/2_Design/1_Data.py", *_data(called, count, experiment.dataset.mended_words())),
        Part("pages/2_Design/2_Augmentation.py", *_changes(experiment)),
        Part("pages/2_Design/3_Network.py", *_network(experiment, size)),
        Part("pages/2_Design/4_Training.py", names.training_line(experiment.training)),
    ]


def _data(called: str, count: str, mended: str) -> tuple[str, str]:
    """Name and number of the pictures, and whether they were mended."""
    full = " · ".join(filter(None, [called, count, mended]))
    return _both(" · ".join([names.shortened(called, DATA), count, *(["mended"] if mended else [])]), full)


def _both(short: str, full: str) -> tuple[str, str]:
    """The short words, and the full ones where these say more."""
    return short, "" if short == full else full


def _changes(experiment: Experiment) -> tuple[str, str]:
    """The operations of the augmentation; of many the first ones."""
    found = [one.kind.removeprefix("Random") for one in experiment.applied]
    short = found if len(found) <= CHANGES + 1 else [*found[:CHANGES], f"{len(found) - CHANGES} more"]
    return _both(" · ".join(short) or "no augmentation", " · ".join(found) or "no augmentation")


def _network(experiment: Experiment, size: str) -> tuple[str, str]:
    """All layers where they have room, else those that learn and how many there are; and what they come to."""
    full = experiment.network_line()
    count = len(experiment.layers) + 1  # with the last one, which the data asks for
    short = (
        full
        if len(full) <= NETWORK
        else f"{names.shortened(names.outline(experiment), LAYERS)} · {words.counted(count, 'layer')}"
    )
    return _both(*(" · ".join(filter(None, [line, size])) for line in (short, full)))


def _badge(was_live: bool) -> None:
    """The run of this tab; redraws itself while it lives, on every page that has the strip.

    Args:
        was_live: whether it lived when the page was drawn.
    """
    run = session.run()
    if run is None:
        _say_untrained(st)
        return
    with ticks.timed():
        status = session.status(run, TICK_SECONDS / 4)
        row = session.overview().row(run, TICK_SECONDS)
        _tell(run, row.title if row else run.title, status)
    if was_live and not status.is_live:
        st.rerun()  # once: the clock stops


def _say_untrained(place: Any) -> None:
    place.page_link(LIVE_PAGE, label="not trained yet")


def _tell(run: Run, title: str, status: Status) -> None:
    """Its name and its state; grey, and said so, where it is not of the experiment beside it."""
    is_own = session.is_in_work(run)
    session.keep(OWN, is_own)
    about = scores.short(status) if is_own else "of another experiment"
    far = f" {status.epoch}/{status.epochs}" if is_own and status.epochs else ""
    told = f"{'●' if status.is_live else '○'} {' · '.join(filter(None, [f'{status.state}{far}', about]))}"
    with st.container(key="badge-own" if is_own else "badge-other"):
        st.page_link(
            LIVE_PAGE,
            label=say("**{}** {}", title, told),
            help=say("{}{}", title, when.started(run.created)),
        )
