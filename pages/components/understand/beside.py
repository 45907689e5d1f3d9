"""Two networks side by side: the same image, the same set, every view drawn twice."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import streamlit as st

from core.errors import UserError
from core.lens import Lens
from core.lens.disagreement import Disagreement
from core.lens.outline import Outline
from core.lens.said import SaidOfEach
from core.runs import scores
from core.runs.run import Run
from core.words import listed
from pages.components.browser import pixels
from pages.components.frame import cached, session
from pages.components.frame.markdown import plain, say
from pages.components.runs import trained_run
from pages.components.understand import results, time_machine
from pages.components.understand.image_source import Chosen
from pages.components.understand.looking import Looking

WITH, SAME = "compare-with", "compare-same-epoch"
"""What the tab remembers: the other network, and whether it goes through the epochs with the first."""
MENU_WIDTH, EPOCH_WIDTH = 500, 220
"""px"""
NONE, AN_EPOCH = "", "epoch "
ITS_OWN, AS_LEFT = "its own", "as on the left"

Other = tuple[Run, int | None]


def choose(run: Run, epoch: int | None, found: list[Run]) -> Other | None:
    """A menu of what the network may be compared with: another network, or itself after another epoch.

    Args:
        run, epoch: the network of the page.
        found: those that the page may look at, as `trained_run.ready` gives them.

    Returns:
        the other network and its epoch; None for no comparison.
    """
    saved, status = run.checkpoints(), run.status()
    others = {other.id: other for other in found if other.id != run.id}
    epochs = {f"{AN_EPOCH}{one}": one for one in saved if one != epoch}
    words = {NONE: "no other network"} | {key: trained_run.title(other) for key, other in others.items()}
    words |= {key: f"itself after epoch {scores.epoch_name(status, one, saved[-1])}" for key, one in epochs.items()}
    if len(words) == 1:
        return None
    kept = session.remember(WITH, NONE)
    session.keep(time_machine.BESIDE, None)
    key = f"{WITH}-{run.id}-{epoch if kept.startswith(AN_EPOCH) else ''}-{len(words)}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Compare with",
            list(words),
            index=list(words).index(kept) if kept in words else 0,
            format_func=words.get,
            key=key,
            on_change=session.whole(_keep),  # the menu is another one once a run or an epoch has come meanwhile
            args=(key,),
            width=MENU_WIDTH,
        )
        session.keep(WITH, chosen)
        if chosen in others:
            return others[chosen], _epoch_of(others[chosen], epoch)
    return (run, epochs[chosen]) if chosen in epochs else None


def _keep(key: str) -> None:
    session.keep(WITH, session.sent(key, NONE))


def _epoch_of(other: Run, epoch: int | None) -> int | None:
    """After which epoch the other network is looked at: where the tab looks at it else, or as the first."""
    saved, status = other.checkpoints(), other.status()
    own = session.remember(time_machine.kept_as(other))
    own = own if own in saved else scores.default_epoch(status, saved)
    if epoch not in saved:
        return own
    choices = {ITS_OWN: own, AS_LEFT: epoch}
    named = {ITS_OWN: scores.epoch_name(status, own, saved[-1]), AS_LEFT: "as on the left"}
    start = AS_LEFT if session.remember(SAME, False) else ITS_OWN
    chosen = st.selectbox(
        "After epoch",
        list(choices),
        index=list(choices).index(start),
        format_func=named.get,
        key=f"{SAME}-{other.id}",
        width=EPOCH_WIDTH,
    )
    session.keep(SAME, chosen == AS_LEFT)
    session.keep(time_machine.BESIDE, other.id if chosen == AS_LEFT else None)
    return choices[chosen]


def lookings(run: Run, epoch: int | None, other: Other | None, chosen: Chosen | None) -> list[Looking]:
    """The network of the page, and the other where there is one, both at the same image; what can't be compared is
    said.

    Args:
        run, epoch: the network of the page.
        other: as `choose` gives it.
        chosen: the image; None while there is none.

    Raises:
        UserError: a dataset is not there.
    """
    one = Looking.at(run, epoch, chosen)
    if other is None:
        return [one]
    try:
        both = [one, Looking.at(*other, _fitted(chosen, run, other[0]), side=1)]
    except UserError as error:
        st.warning(plain(error))
        return [one]
    _say_what_differs(both)
    return both


def _fitted(chosen: Chosen | None, run: Run, other: Run) -> Chosen | None:
    """The same images for a network of another dataset: their pixels are sent, and fitted as a file's are. Of the same
    one that was mended otherwise the classes may be others."""
    if chosen is None or run.experiment.dataset == other.experiment.dataset:
        return chosen
    mine, theirs = (one.experiment.dataset.facts().class_names for one in (run, other))
    truth = [None if at is None else mine[at] for at in chosen.truth]
    known = tuple(theirs.index(name) if name in theirs else None for name in truth)
    if not chosen.positions or run.experiment.dataset.key() == other.experiment.dataset.key():
        return replace(chosen, truth=known)
    data = cached.data(run.experiment.dataset, run.experiment.training.validation_split, run.experiment.seed)
    files = [base64.b64decode(pixels.png_uri(data.images[at]).partition(",")[2]) for at in chosen.positions]
    uploads = tuple(zip(chosen.names, files, strict=True))
    return replace(chosen, positions=(), uploads=uploads, truth=known, sign=f"{chosen.sign}-{run.id}")


def each(found: list[Looking], draw: Callable[[Looking], None], *, named: bool = True) -> None:
    """Draws something for one network, or for both beside each other; on a phone below each other.

    Args:
        found: as `lookings` gives them.
        draw: draws it for one.
        named: whether the names of two stand above.

    Raises:
        UserError: it can't be drawn for the only one; of two each says by itself what it lacks.
    """
    if len(found) == 1:
        draw(found[0])
        return
    for place, looking in zip(st.columns(2, gap="medium"), found, strict=True):
        with place:
            if named:
                st.markdown(say("**{}**", name_of(looking)))
            try:
                draw(looking)
            except UserError as error:
                st.error(plain(error))


def draw(lenses: list[Lens], found: list[Looking]) -> None:
    """Views of one network, or each of both.

    Args:
        lenses: as the reader set them for the first.
        found: as `lookings` gives them.
    """
    if len(found) == 1:
        results.draw_all(lenses, found[0])
        return
    for at, lens in enumerate(lenses):
        each(found, partial(_one_of_two, lens, found[0].outline), named=not at)


def _one_of_two(lens: Lens, own: Outline, looking: Looking) -> None:
    """A view of one of two networks, or why there is none.

    Args:
        lens: as the reader set it for the first.
        own: of the first.
        looking: at one of both.
    """
    if not (fits := lens.is_compatible(looking.outline)):
        st.info(plain(fits.reason))
    elif looking.side and getattr(lens, "part", "") == "test":
        st.info("The test set is kept apart: choose by validation images, then ask it about one network.")
    else:
        results.draw(carried(lens, own, looking.outline) if looking.side else lens, looking)


def carried(lens: Lens, own: Outline, other: Outline) -> Lens:
    """A lens of one network for another: what is told from others by a number, such as a class, is found by its name.

    Args:
        lens: that fits the one.
        own, other: the one, and the other.
    """
    mine, theirs, told = lens.choices(own), lens.choices(other), {}
    for name, offered in theirs.items():
        if isinstance(offered, Mapping) and isinstance(mine.get(name), Mapping):
            word = mine[name].get(getattr(lens, name))
            start = type(lens).model_fields[name].default
            told[name] = next((value for value, words in offered.items() if words == word), start)
    return lens.edited(**told).fitted(other)


def name_of(looking: Looking) -> str:
    """A network of two, in few words."""
    return f"{looking.run.title}, after epoch {looking.epoch}"


def _say_what_differs(found: list[Looking]) -> None:
    """What can't be compared, in one sentence each."""
    one, other = found
    lines = []
    if one.outline.facts.shape != other.outline.facts.shape and one.chosen is not None:
        sizes = ["×".join(map(str, looking.outline.facts.shape[:2])) for looking in found]
        lines.append(f"The left network reads {sizes[0]} px, the right one {sizes[1]}: the image is fitted to each.")
    mine, theirs = (set(looking.outline.facts.class_names) for looking in found)
    if missing := sorted(mine ^ theirs):
        lines.append(f"Only one of them knows {listed(missing)}.")
    if lines:
        st.caption(plain(" ".join(lines)))


def disagreement(found: list[Looking]) -> None:
    """Where two networks disagree; nothing while there is one.

    Raises:
        UserError: they can't be compared.
    """
    if len(found) > 1:
        one, other = found
        st.subheader(plain(Disagreement.title()))
        is_long = SaidOfEach().is_long(other.outline)
        results.draw(Disagreement(other=other.run.id, other_epoch=other.epoch or 0, other_is_long=is_long), one)
