"""What a network says about the chosen pictures, and where that leads: why, and what it says of changed copies."""

import streamlit as st

from core.lens.why import Why
from core.runs.run import Run
from pages.components.frame import session
from pages.components.understand import changed_copies, image_source, look_with, predictions
from pages.components.understand.image_source import Chosen
from pages.components.understand.looking import Looking

LOOK_INSIDE = "pages/4_Understand/2_Look_inside.py"


def draw(run: Run, epoch: int | None, chosen: Chosen | None) -> None:
    """Draws it.

    Args:
        run, epoch: whose network, and after which epoch.
        chosen: the pictures; None while there are none.

    Raises:
        UserError: the lens' refusal.
    """
    if chosen is None:
        st.caption("The five likeliest classes will stand here.")
        return
    why = predictions.draw(run, epoch, chosen)
    if why is not None:
        image_source.carry(chosen, *why, "look-inside")
        session.keep(look_with.WITH, Why.question)
        st.switch_page(LOOK_INSIDE)
    if len(chosen.names) == 1:
        changed_copies.offer(Looking.at(run, epoch, chosen))
