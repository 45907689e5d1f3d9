"""Back-propagation by hand, checked against automatic differentiation."""

from typing import Any

import streamlit as st

from core.errors import UserError
from core.labs.backpropagation import EPSILON, SYSTEMS, H
from core.labs.backpropagation_lab import BackPropagation
from pages.components.frame import lens, session
from pages.components.labs import lab

KEY, ANSWER = f"lab-{BackPropagation.__name__}", "tape-answer"


def _answer_what_is_asked() -> None:
    """Lets TensorFlow's tape differentiate what the browser sent; its refusal is an answer as well.

    After the lab and not in its callback: a change of the lab meanwhile breaks that off, and nobody would ask again.
    """
    asked = getattr(session.sent(KEY), "tape", None)
    if not isinstance(asked, dict):
        return
    name = {"id": asked.get("id"), "turn": asked.get("turn")}
    if not name.items() <= (session.remember(ANSWER) or {}).items():
        session.keep(ANSWER, {**name, **_answer(asked)})
        st.rerun()


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    try:
        return lens.client().ask("tape", system=asked.get("system"), parameters=asked.get("parameters"))
    except UserError as error:
        return {"error": str(error)}


st.title("Back-propagation", anchor=False)  # its sign would not fit beside the title on a phone
st.write("Numbers flow forward to a loss; gradients flow back, each the one before times one factor of its own.")
lab.show(
    "backpropagation",
    BackPropagation,
    systems={name: system.to_json() for name, system in SYSTEMS.items()},
    guard={"epsilon": EPSILON, "h": H},
    tape=session.remember(ANSWER),
    on_tape_change=lambda: None,
)
_answer_what_is_asked()
