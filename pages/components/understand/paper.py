"""Uploads that are ink on paper unlike the training pictures: said, and on Look inside adjusted by a switch."""

from typing import Literal

import streamlit as st

from core.datasets import Dataset, is_prepared
from core.errors import UserError
from core.intake.decoding import decode_apart
from core.lens.drawings import Manner, manner_of
from core.lens.turned_round import Unlike, have_paper, unlike
from core.runs.run import Run
from pages.components.frame import session
from pages.components.frame.markdown import plain

MINDED = "as-it-is"
"""Under this the tab remembers that the reader wants pictures as they are."""
DONE: dict[Unlike, str] = {
    "dark on light": "inverted and centred",
    "light on dark": "inverted and centred",
    "off centre": "centred",
}
"""What makes a picture like the training pictures, by what it is."""
OTHER: dict[Unlike, Unlike] = {"dark on light": "light on dark", "light on dark": "dark on light"}


def differs(unlike: Unlike, count: int, of: int) -> str:
    """A sentence about pictures that are unlike the training pictures.

    Args:
        unlike: in what.
        count: how many are.
        of: all that were asked about, at least as many.
    """
    who = "Your picture" if of == 1 else "Your pictures" if count == of else f"{count} of your {of} pictures"
    many = of > 1 and count > 1
    if unlike == "off centre":
        lies = (
            "lie off the centre, or are smaller or larger" if many else "lies off the centre, or is smaller or larger"
        )
        return f"{who} {lies} than those this network learned from."
    return f"{who} {'are' if many else 'is'} {unlike}; this network learned from pictures that are {OTHER[unlike]}."


def offer(run: Run, file: tuple[str, bytes]) -> Literal["", "instead"]:
    """Says when a picture is unlike the training pictures, and draws the switch that leaves it so.

    Args:
        run: whose network will be asked.
        file: name and content.

    Returns:
        whether it is inverted and centred instead of being taken as it is.
    """
    manner = _paper_of(run.experiment.dataset)
    found = "" if manner is None else _unlike(*file, manner)
    if not found:
        return ""
    st.caption(plain(differs(found, 1, 1)))
    adjusts = st.toggle(
        "Centre it" if found == "off centre" else "Invert and centre it",
        value=not session.remember(MINDED, False),
        key=f"adjust-{found}",
        help="Takes the light off the paper, makes ink what strokes are in the training pictures, and puts it where "
        "they have theirs. If you want to see what the network makes of the picture as it is, switch it off.",
    )
    session.keep(MINDED, not adjusts)
    return "instead" if adjusts else ""


def _unlike(name: str, data: bytes, manner: Manner) -> Unlike:
    try:
        return unlike(decode_apart(data, name).pixels, manner)
    except UserError:  # the answer says why
        return ""


def _paper_of(dataset: Dataset) -> Manner | None:
    """How the pictures of a dataset are drawn; None for photos, and while they would have to be fetched first."""
    try:
        return _measured(dataset.key(), dataset) if is_prepared(dataset) else None
    except UserError:
        return None


@st.cache_data(max_entries=8, show_spinner=False)
def _measured(key: str, _dataset: Dataset) -> Manner | None:
    """Measured once."""
    return manner_of(_dataset) if have_paper(_dataset) else None
