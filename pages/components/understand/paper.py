"""Uploads that are ink on paper, the other way round than the training pictures: said, and turned by a switch."""

import streamlit as st

from core.datasets import Dataset, is_prepared
from core.errors import UserError
from core.intake.decoding import decode_apart
from core.lens.drawings import Manner, manner_of
from core.lens.turned_round import have_paper, is_turned_round
from core.runs.run import Run
from pages.components.frame import session

JUDGED = 6
"""Files that are looked at before the network is asked; each that is asked about is judged by itself."""
MINDED = "as-it-is"
"""Under this the tab remembers that the reader wants pictures as they are."""


def offer(run: Run, files: list[tuple[str, bytes]]) -> bool:
    """Says when pictures are the other way round, and draws the switch that leaves them so.

    Args:
        run: whose network will be asked.
        files: name and content of each.

    Returns:
        whether such pictures are inverted and centred.
    """
    manner = _paper_of(run.experiment.dataset)
    turned = [] if manner is None else [data for name, data in files[:JUDGED] if _is_turned(name, data, manner)]
    if not turned:
        return False
    one = len(files) == 1
    ways = ("dark on light", "light on dark") if manner.paper == 0 else ("light on dark", "dark on light")
    some = "Some of your" if len(turned) < len(files) else "Your"
    who = "Your picture is" if one else f"{some} pictures are"
    st.caption(f"{who} {ways[0]}; this network learned from pictures that are {ways[1]}.")
    inverts = st.toggle(
        f"Invert and centre {'it' if one else 'them'}",
        value=not session.remember(MINDED, False),
        key=f"invert-{one}",
        help="Takes the light off the paper, makes ink what strokes are in the training pictures, and puts it where "
        "they have theirs. If you want to see what the network makes of the picture as it is, switch it off.",
    )
    session.keep(MINDED, not inverts)
    return inverts


def _is_turned(name: str, data: bytes, manner: Manner) -> bool:
    try:
        return is_turned_round(decode_apart(data, name).pixels, manner)
    except UserError:  # the answer says why
        return False


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
