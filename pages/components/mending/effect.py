"""What mending is worth: trained with and without by one press, both judged on the same mended images."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import streamlit as st

from core.datasets import is_prepared, load
from core.datasets.browsing import View
from core.errors import UserError
from core.experiment import Experiment, memory
from core.runs import sweeps, with_without
from core.runs.overview import RunRow
from core.runs.with_without import ENDING, SEEDS, effect
from core.words import counted, number, percent
from pages.components.frame import presses, session, ticks
from pages.components.frame.markdown import plain, say
from pages.components.mending import current
from pages.components.runs import launching, run_comparison

OPENED, START = "effect-family", "train-with-and-without"
"""What the tab remembers: the comparison that is looked at; and the button that starts one."""
SECONDS = 2.0
CLASSES = 40
"""Classes told by their numbers, those that changed most first."""


def draw(experiment: Experiment, seen: View) -> None:
    """What is compared, the button, and the latest comparison."""
    if not experiment.dataset.corrections:
        st.info("Nothing was mended yet: both would be the same. Mend something, then see here what it is worth.")
    else:
        _offer(experiment, seen)
    families = _families()
    if families:
        is_live = any(row.is_live for row in families[_opened(families)])
        st.fragment(_outcome, run_every=ticks.period(SECONDS) if is_live else None)(is_live)


def _offer(experiment: Experiment, seen: View) -> None:
    """The button that starts the pair."""
    checked = int((seen.now.split == 1).sum()) or int((seen.now.split == 2).sum())
    st.markdown(
        say(
            "Two runs for each seed, the same but for one thing: one learns from the mended pictures, the other from "
            "the pictures as they came. Both are judged on the same {}, mended: "
            "wrong labels there would judge wrongly.",
            counted(checked, "validation picture"),
        )
    )
    if not _touches_training(seen):
        st.info("What you mended is in no training picture, so that both learn from the same. It changes only what "
                "they are judged on.")  # fmt: skip
    seeds = st.segmented_control(
        "Seeds", [1, SEEDS], default=1, key="effect-seeds", required=True, persist_state="session",
        help="A seed draws the first weights and what is held out. Of three seeds, which are six runs, "
        "you see what is more than chance.",
    )  # fmt: skip
    blocking = [problem for problem in memory.obstacles(experiment) if problem.blocking]
    look = {"type": "primary", "icon": ":material/compare_arrows:", "disabled": bool(blocking)}
    if blocking:
        st.error(plain(f"{blocking[0].message} {blocking[0].hint}"))
    if presses.button("Train with and without", key=START, **look) and not blocking:
        _start(experiment, seeds)
    presses.answered(START)


def _touches_training(seen: View) -> bool:
    return bool((seen.mended & ((seen.brought.split == 0) | (seen.now.split == 0))).any())


def _start(experiment: Experiment, seeds: int) -> None:
    """Starts the runs, and looks at them."""
    try:
        family = with_without.pairs(experiment, seeds)
    except UserError as error:
        session.keep(current.REFUSAL, str(error))
        return
    if launching.make_ready([experiment]):
        with session.undisturbed():
            presses.answered(START)
            name = sweeps.free_family(session.runs(), f"{experiment.name}{ENDING}")
            if started := launching.start_many([(one, {}) for one in family], name):
                session.keep(OPENED, name)
                session.choose_run(started[0])
        st.rerun()


def _families() -> dict[str, list[RunRow]]:
    """The comparisons, the latest first, their runs in the order in which they were asked for."""
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
    ended = f"{counted(len(rows), 'run')}, {still:d} still to finish." if still else "All runs have ended."
    st.caption(plain(f"{rows[0].family}. {ended} {_of_another(rows[0])}"))
    try:
        names, counts = _checked(rows[0])
    except UserError as error:
        st.caption(plain(error))
        return
    images = int(counts.sum())
    found = effect([(_experiment(row), None if row.is_live else row.accuracy) for row in rows], images)
    if words := found.sentence():
        st.markdown(say("**{}**", words))
        pictures = counted(images, "validation picture") if images else "the validation pictures"
        st.caption(f"Each run by its best epoch, on {pictures}, the same for both of a pair.")
        st.table(
            {
                "Seed": [number(seed) for seed in found.seeds],
                "Mended": [_percent(one) for one in found.mended],
                "As it came": [_percent(one) for one in found.brought],
                "Points": [_points(gap) for gap in found.differences],
            }
        )
    run_comparison.curves([row for row in rows if row.curve])
    _by_class(rows, names, counts)


def _of_another(row: RunRow) -> str:
    """What is looked at where it is not the dataset in work as it is mended by now."""
    then, now = _experiment(row).dataset, session.experiment().dataset
    if then.key() != now.key() and then.called() == now.called():
        return f"These are of {then.called()} in another form than now."
    if then.key() != now.key():
        return f"These are of other pictures: {then.called()}."
    return "" if then.corrections == now.corrections else "What was mended was another then than now."


def _experiment(row: RunRow) -> Experiment:
    return session.overview().experiment(row.run)


def _checked(row: RunRow) -> tuple[tuple[str, ...], np.ndarray]:
    """The classes of a run, and how many images of each it is checked on; none where its images are not here."""
    experiment = _experiment(row)
    names = experiment.dataset.facts().class_names
    if not is_prepared(experiment.dataset):
        return names, np.zeros(len(names), np.int64)
    data = load(experiment.dataset, experiment.training.validation_split, experiment.seed)
    return names, np.bincount(data.labels[data.validation], minlength=len(names))


@lru_cache(128)
def _shares(run_id: str, epoch: int, classes: int) -> np.ndarray | None:
    """How often each class is right after an epoch of a run that has ended; read once."""
    try:
        return with_without.right_by_class(session.runs().find(run_id), epoch, classes)
    except (UserError, OSError):
        return None


def _by_class(rows: Sequence[RunRow], names: tuple[str, ...], counts: np.ndarray) -> None:
    """How often each class is right with and without, of several seeds on average; those that changed most first."""
    ended = [row for row in rows if not row.is_live]
    known = [(_experiment(row).dataset, _shares(row.run.id, row.best_epoch, len(names))) for row in ended]
    sides = [
        [shares for dataset, shares in known if shares is not None and dataset.learns_as_brought == as_brought]
        for as_brought in (False, True)
    ]
    if not all(sides):
        return
    mended, brought = (np.mean(side, axis=0) for side in sides)
    gaps = 100 * (mended - brought)
    order = np.argsort(-np.abs(np.nan_to_num(gaps)), kind="stable")[:CLASSES]
    is_mean = max(map(len, sides)) > 1
    st.markdown("**Right by class**" + (", on average over all seeds" if is_mean else ""))
    st.table(
        {
            "Class": [plain(names[label]) for label in order],
            "Mended": [_percent(mended[label]) for label in order],
            "As it came": [_percent(brought[label]) for label in order],
            "Points": [_points(gaps[label]) for label in order],
            "Pictures": [number(int(counts[label])) for label in order],
        }
    )


def _percent(share: float) -> str:
    return "–" if np.isnan(share) else plain(percent(float(share), 1))


def _points(gap: float) -> str:
    return "–" if np.isnan(gap) else f"{gap:+.1f}"
