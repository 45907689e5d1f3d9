"""The same changes in the model, in the input pipeline and by ImageDataGenerator: timed here, each with its lines."""

import streamlit as st

from core.augmentation import Augmentation
from core.build.augmentation_ways import OURS, USUAL, Way, conventions, job, ways
from core.errors import UserError
from core.experiment import Experiment
from core.figures.data import pace_bars
from core.training.augmentation_speed import find
from core.words import listed, number
from pages.components.frame import cached, session
from pages.components.frame.markdown import plain, say

CHART = {"displayModeBar": False}
FOUND, WANTED = "augmentation-speed", "augmentation-speed-wanted"
"""What the tab remembers: what was timed and what came of it, and that it is to be timed."""


def show(experiment: Experiment) -> None:
    """Draws the button, the bars, and the lines of each way.

    Args:
        experiment: its dataset, and its changes that are switched on.
    """
    facts = experiment.dataset.facts()
    changes, left_out = job(experiment.applied)
    found = ways(changes, facts.shape, experiment.training.batch_size)
    st.caption(plain(told(experiment.applied, left_out)))
    timed, paces = session.remember(FOUND) or (None, {})
    sign = _sign(experiment, changes)
    st.button(
        "Time all five here" if timed != sign else "Time them again",
        key="time-augmentation",
        icon=":material/timer:",
        on_click=session.whole(session.keep),
        args=(WANTED, sign),
        help="A process of its own lets each way change training images of yours, in turns. "
        "It takes some seconds, with large photos up to a minute.",
    )
    if session.remember(WANTED) == sign:
        _measure(experiment, sign)
    if timed == sign:
        _bars(found, paces)
    for tab, way in zip(st.tabs([plain(way.title) for way in found]), found, strict=True):
        with tab:
            st.caption(plain(way.note))
            st.code(f"{way.code}\n\n{way.fit}".rstrip(), language="python")
    _conventions(changes)


def told(applied: tuple[Augmentation, ...], left_out: tuple[Augmentation, ...]) -> str:
    """What the job is."""
    if not applied or len(left_out) == len(applied):
        why = "Nothing is switched on" if not applied else "ImageDataGenerator can do none of yours"
        return f"{why}, so the job is a small turn and a small shift."
    if left_out:
        names = listed([change.kind for change in left_out])
        return f"The job: what is switched on, without {names}, which ImageDataGenerator can't do."
    return "The job: what is switched on, on your training images, in batches of yours."


def _sign(experiment: Experiment, changes: tuple[Augmentation, ...]) -> str:
    """The same for the same job."""
    size = experiment.training.batch_size
    return f"{experiment.dataset.key()} {size} {[change.model_dump_json() for change in changes]}"


def _measure(experiment: Experiment, sign: str) -> None:
    """Waits for the outcome; whatever is pressed meanwhile ends it."""
    session.keep(WANTED, None)
    bar, cancel = st.progress(0.0, "A process of its own imports Keras"), st.empty()
    cancel.button("Cancel", key="cancel-timing", type="tertiary", icon=":material/close:")
    try:
        cached.make_ready(experiment.dataset)
        paces = find(experiment, lambda done, total: bar.progress(done / total, say("Turn {} of {}", done, total)))
    except UserError as error:
        st.error(plain(error))
        return
    session.keep(FOUND, (sign, paces))
    st.rerun()


def _bars(found: list[Way], paces: dict[str, float]) -> None:
    """How fast each is, and what that says."""
    timed = [way for way in found if way.name in paces]
    st.plotly_chart(
        pace_bars([way.title for way in timed], [paces[way.name] for way in timed]),
        key="augmentation-speed",
        config=CHART,
        alt=sentence(found, paces),
    )
    st.markdown(say("**{}**", sentence(found, paces)))
    if len(timed) < len(found):
        st.caption("ImageDataGenerator is left out: it moves images by SciPy, which is not installed here.")


def sentence(found: list[Way], paces: dict[str, float]) -> str:
    """Which is fastest, and by how much."""
    timed = sorted((way for way in found if way.name in paces), key=lambda way: -paces[way.name])
    fast, slow = timed[0], timed[-1]
    times = paces[fast.name] / paces[slow.name]
    pace = number(round(paces[fast.name]))
    words = f"Fastest here: {_named(fast)} with {pace} images/s, {times:.1f} times as fast as {_named(slow)}."
    if fast.name != OURS and OURS in paces:
        words += f" This app: {number(round(paces[OURS]))} images/s."
    return words


def _named(way: Way) -> str:
    """A way within a sentence."""
    return way.title if way.title.startswith("Image") else way.title[0].lower() + way.title[1:]


def _conventions(changes: tuple[Augmentation, ...]) -> None:
    """Both ways of counting, side by side."""
    st.markdown("**The same change, counted in two ways**")
    rows = [
        {"layer": plain(one.layer), "ImageDataGenerator": plain(one.generator), "both mean": plain(one.meaning)}
        for one in conventions(changes)
    ]
    st.table(rows)
    if changes == USUAL:
        st.caption("Books count turns in degrees, Keras' layers in full turns: rotation_range=36 is factor=0.1.")
