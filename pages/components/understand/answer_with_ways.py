"""What a network says about the chosen pictures, and where that leads: why, and what it says of changed copies."""

import streamlit as st

from core.lens.why import Why
from pages.components.frame import session
from pages.components.understand import asking, changed_copies, image_source, look_with, predictions, unknown
from pages.components.understand.looking import Looking

LOOK_INSIDE = "pages/4_Understand/2_Look_inside.py"


def draw(looking: Looking) -> None:
    """Draws it.

    Args:
        looking: at which network, and which pictures.

    Raises:
        UserError: the lens' refusal.
    """
    chosen = looking.chosen
    if chosen is None:
        st.caption("The five likeliest classes will stand here.")
        return
    why = predictions.draw(looking.run, looking.epoch, chosen, looking.side)
    if why is not None:
        image_source.carry(chosen, *why, "look-inside")
        session.keep(look_with.WITH, Why.question)
        st.switch_page(LOOK_INSIDE)
    if len(chosen.names) <= asking.PORTION:
        unknown.offer(looking)
    if len(chosen.names) == 1:
        changed_copies.offer(looking)
