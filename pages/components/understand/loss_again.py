"""The training loss counted again, beside what was drawn while it trained, and what makes the difference."""

from itertools import pairwise

import streamlit as st

from core.figures import opened
from core.lens.loss_again import LossAgain
from core.words import number
from pages.components.frame.markdown import plain, say
from pages.components.understand.looking import Looking

CHART = {"displayModeBar": False}


def draw(found: LossAgain, looking: Looking) -> None:
    """Draws it.

    Args:
        found: as the lens found it.
    """
    if not len(found.epochs):
        st.caption("No epoch of this run has both its weights and its losses kept.")
        return
    chart = opened.losses(found.epochs, found.told, found.again, found.validation, found.epoch)
    st.plotly_chart(
        chart, key=looking.key("loss-again"), config=CHART, alt="Training loss counted twice, and validation loss"
    )
    st.markdown(say("**Epoch {}, one change after the other**", number(found.epoch)))
    first = found.steps[0][1]
    rows = [{"training loss": plain(found.steps[0][0]), "loss": f"{first:.4f}", "change": ""}]
    for (_, before), (words, after) in pairwise(found.steps):
        rows.append({"training loss": plain(words), "loss": f"{after:.4f}", "change": _signed(after - before)})
    st.table(rows)
    at = found.epochs.tolist().index(found.epoch)
    st.caption(plain(_gap(found, at)))


def _gap(found: LossAgain, at: int) -> str:
    """What the two gaps are, in numbers."""
    told, again, validation = (float(values[at]) for values in (found.told, found.again, found.validation))
    words = (
        f"While it trained, the validation loss was {_apart(validation - told)} the training loss; counted alike, it "
        f"is {_apart(validation - again)} it. The difference, {abs(told - again):.4f}, comes from when and how it "
        "is counted."
    )
    if found.pictures < found.all_pictures:
        words += (
            f" Counted over {number(found.pictures)} of the {number(found.all_pictures)} training pictures, drawn at "
            "random: the first change holds the chance of that draw too."
        )
    return words


def _signed(difference: float) -> str:
    """ "+0.0567" or "−0.0567"."""
    return f"{difference:+.4f}".replace("-", "−")


def _apart(difference: float) -> str:
    """How far one loss is from another: "0.2443 above"."""
    return f"{abs(difference):.4f} {'below' if difference < 0 else 'above'}"
