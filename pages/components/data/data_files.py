"""The dataset in every form in which it can lie on a disk: what each takes, the lines that read it, and the file."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core import child
from core.datasets import Dataset
from core.errors import UserError
from core.experiment import Experiment
from core.figures import stores as figures
from core.holdings import size_words
from core.stores import Content, Store, content_of, files, find, measuring, remarks, stores
from core.stores.measuring import Measured, Measurement
from core.stores.ready import Exported
from core.words import compact, counted, number, side_by_side
from pages.components.frame import cached, presses, session
from pages.components.frame.markdown import plain, say

MEASURE, MAKE, STORE = "stores-measure", "store-make", "store-shown"
"""Keys of the two presses, and of the store that is looked at."""
MOST_FETCHED = 300_000_000
"""Bytes of pixels up to which a browser fetches the file: the server has it in memory meanwhile."""
KEPT = 32
"""Measurements and files that the server remembers."""
MEASURES: tuple[tuple[str, str, Callable[[Measured], float], Callable[[float], str]], ...] = (
    ("Size on disk", "less is better", lambda one: one.on_disk, lambda value: size_words(round(value))),
    ("Write", "images/s", lambda one: one.write, compact),
    ("Read in order", "images/s", lambda one: one.in_order, compact),
    ("Read at random", "images/s", lambda one: one.at_random, compact),
)


@dataclass(frozen=True)
class _Work:
    """Something that a process does with a dataset and its split.

    Args:
        store: word of the store whose file is made; empty to measure all.
    """

    dataset: Dataset
    share: float
    seed: int
    store: str = ""

    def key(self) -> str:
        """Names it."""
        told = f"{session.workspace().home} {self.dataset.model_dump_json()} {self.share} {self.seed} {self.store}"
        return f"stores-{hashlib.sha256(told.encode()).hexdigest()[:32]}"

    def called(self) -> str:
        """What people call it."""
        return self.dataset.called()

    def do(self, progress: child.Progress) -> None:
        """Does it, and keeps what comes of it."""
        told = self.dataset, self.share, self.seed
        found = files.make(*told, self.store, progress) if self.store else measuring.measure(*told, progress)
        done = _done()
        done[self.key()] = found
        while len(done) > KEPT:
            done.pop(next(iter(done)), None)


@st.cache_resource
def _done() -> dict[str, Any]:
    """What processes found for all tabs, by key."""
    return {}


def show(experiment: Experiment) -> None:
    """All of it; without a dataset the reason and the way to one."""
    dataset, share, seed = experiment.dataset, experiment.training.validation_split, experiment.seed
    if not dataset.has_images:
        st.info(say("{} has no images here: choose another dataset to store.", dataset.called()))
        _to_data()
        return
    try:
        content = content_of(cached.data(dataset, share, seed))
    except UserError as error:
        st.error(plain(error))
        _to_data()
        return
    st.markdown(
        say(
            "The same {} of {}, {}, in each form in which data lies on a disk.",
            counted(len(content.labels), "image"),
            dataset.called(),
            side_by_side(content.shape),
        )
    )
    measures, reasons = st.columns([2, 1], gap="large")
    with measures:
        _measured(_Work(dataset, share, seed))
    with reasons:
        st.markdown("**Why leave class folders?**")
        st.markdown("\n".join(say("1. {}", reason) for reason in remarks.REASONS))
        is_measured = _Work(dataset, share, seed).key() in _done()
        st.caption(
            "That is what people say. What was measured says how much of it holds for your images."
            if is_measured
            else "That is what people say. Measure how much of it holds for your images."
        )
    st.space("small")
    _one_store(dataset, share, seed, content)


def _to_data() -> None:
    st.page_link("pages/2_Design/1_Data.py", label="Open the Data page", icon=":material/arrow_forward:")


# ---- measured


def _measured(work: _Work) -> None:
    """The charts and what they say; before, what they will show and the press that fills them."""
    found: Measurement | None = _done().get(work.key())
    st.subheader("Measured with your images", anchor=False)
    if found is None:
        st.markdown(
            "Each form is written, read in order, read at random and compared with what was stored, in a process of "
            "its own. That takes some seconds."
        )
        _on_press(MEASURE, "Measure", ":material/speed:", work, _measuring, is_primary=True)
        return
    for start in range(0, len(MEASURES), 2):
        for column, measure in zip(st.columns(2, gap="medium"), MEASURES[start : start + 2], strict=True):
            with column:
                _chart(found, *measure)
    st.markdown(say(":material/check_circle: {}", remarks.on_sameness(found)))
    size, speed = st.columns(2, gap="medium")
    size.markdown("\n".join(["**What takes room**\n", *(f"- {plain(one)}" for one in remarks.on_size(found))]))
    speed.markdown("\n".join(["**What takes time**\n", *(f"- {plain(one)}" for one in remarks.on_speed(found))]))
    some = f"with {number(found.count)} of the {counted(found.total, 'image')}, " if found.count < found.total else ""
    st.caption(
        say(
            "Measured on this machine, {}one image at a time, each form's opening included. The files had just been "
            "written, so the system still had them in memory; nothing was forced to the disk.",
            some,
        )
    )
    st.button("Measure again", key="stores-again", type="tertiary", on_click=session.whole(_again), args=(work,))


def _again(work: _Work) -> None:
    """As if it had just been pressed for the first time."""
    _done().pop(work.key(), None)
    presses.press(MEASURE)


def _chart(
    found: Measurement, title: str, unit: str, value: Callable[[Measured], float], text: Callable[[float], str]
) -> None:
    known = [one for one in found.stores if one.word in stores()]
    values = [value(one) for one in known]
    names, texts = [stores()[one.word].called() for one in known], [text(one) for one in values]
    st.markdown(say("**{}**, {}", title, unit))
    st.plotly_chart(
        figures.bars(values, names, texts, title),
        key=f"stores-{title}",
        config={"displayModeBar": False},
        alt=f"{title}: {', '.join(f'{name} {told}' for name, told in zip(names, texts, strict=True))}.",
    )


def _measuring(done: int, total: int) -> str:
    word = list(stores())[done] if done < total == len(stores()) else ""
    return f"Writing, reading and comparing: {stores()[word].called()}" if word else "Comparing"


# ---- one of them


def _one_store(dataset: Dataset, share: float, seed: int, content: Content) -> None:
    """What it is, the lines that read it, and the way to have it."""
    st.subheader("Take your dataset along", anchor=False)
    word = st.segmented_control(
        "As", list(stores()), format_func=lambda one: stores()[one].called(), default=next(iter(stores())), key=STORE,
        required=True, label_visibility="collapsed",
    )  # fmt: skip
    store = find(word)
    lines, words = st.columns([2, 1], gap="large")
    with words:
        st.markdown(plain(store.sentence()))
        st.markdown(say(":material/add: {}", store.gain))
        st.markdown(say(":material/remove: {}", store.price))
        _file(_Work(dataset, share, seed, word), store, content)
    with lines:
        name = files.file_name(dataset, store, store.ending or ".zip")
        inside = name.removesuffix(f"-{store.word}.zip")
        where = "where the file lies" if store.ending else f"{inside} of the unpacked ZIP"
        st.markdown(say("**Read it in Python**, in the folder {}", where))
        st.code(store.reading(name if store.ending else ""), language="python")


def _file(work: _Work, store: Store, content: Content) -> None:
    """The press that makes the file, then the one that fetches it."""
    learnt, held, tested = content.counts
    parts = [(learnt, "to train on"), (held, "to validate on"), (tested, "to test on")]
    st.caption(plain(f"It holds your split: {', '.join(f'{number(n)} {words}' for n, words in parts if n)}."))
    if content.size > MOST_FETCHED:
        st.info(
            say(
                "{} of pixels are too much for a download. On the machine of the server, this writes them: "
                "python -m core store",
                size_words(content.size),
            )
        )
        return
    made: Exported | None = _done().get(work.key())
    data = _bytes(made)
    if not data:
        _on_press(f"{MAKE}-{store.word}", "Make the file", ":material/package_2:", work, _making)
        return
    st.download_button(
        say("Download {} ({})", made.name, size_words(len(data))),
        data,
        made.name,
        made.mime,
        icon=":material/download:",
        type="primary",
        on_click="ignore",
        key="store-download",
    )


def _bytes(made: Exported | None) -> bytes:
    """The file; empty where there is none, or it was cleared away after an hour."""
    try:
        return made.read() if made else b""
    except UserError:
        return b""


def _making(done: int, total: int) -> str:
    return f"Storing the images: {number(done)} of {number(total)}" if total else "Storing the images"


def _on_press(
    key: str,
    label: str,
    icon: str,
    work: _Work,
    doing: Callable[[int, int], str],
    *,
    is_primary: bool = False,
) -> None:
    """A press that stands until the work is done, whatever is pressed meanwhile; a refusal ends it."""
    kind = "primary" if is_primary else "secondary"
    pressed = presses.button(label, key=key, icon=icon, type=kind)
    refused = f"{key}-refused"
    if not pressed:
        if session.remember(refused):
            st.error(plain(session.remember(refused)))
        return
    session.keep(refused, None)
    try:
        cached.await_work(work, lambda one, progress: one.do(progress), doing)
    except UserError as error:
        session.keep(refused, str(error))
    presses.answered(key)
    st.rerun()
