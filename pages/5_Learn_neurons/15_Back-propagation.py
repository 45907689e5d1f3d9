"""Back-propagation by hand, checked against automatic differentiation."""

from typing import Annotated, Any

import streamlit as st
from annotated_types import MaxLen

from core.errors import UserError
from core.labs.backpropagation import EPSILON, SYSTEMS, H, conventions
from core.labs.backpropagation_lab import BackPropagation
from pages.components.frame import lens, sent, session
from pages.components.frame.markdown import plain
from pages.components.labs import lab

KEY, ANSWER = f"lab-{BackPropagation.__name__}", "tape-answer"


class Asked(sent.Shape):
    """What TensorFlow is asked: the system, its convention, its parameters; `id` and `turn` tell questions apart."""

    id: Annotated[str, MaxLen(100_000)]
    turn: int
    system: sent.Name
    loss: sent.Name
    epsilon_in: sent.Name
    parameters: dict[sent.Name, Annotated[list[list[float | None]], MaxLen(100)]]


def _answer_what_is_asked() -> None:
    """Lets TensorFlow's tape differentiate what the browser sent; its refusal is an answer as well.

    After the lab and not in its callback: a change of the lab meanwhile breaks that off, and nobody would ask again.
    """
    came = getattr(session.sent(KEY), "tape", None)
    if came is None:
        return
    try:
        asked = sent.read(Asked, came)
    except UserError as error:
        st.warning(plain(error))
        return
    name = {"id": asked.id, "turn": asked.turn}
    if not name.items() <= (session.remember(ANSWER) or {}).items():
        session.keep(ANSWER, {**name, **_answer(asked)})
        st.rerun()


def _answer(asked: Asked) -> dict[str, Any]:
    try:
        return lens.client().ask(
            "tape", system=asked.system, loss=asked.loss, epsilon_in=asked.epsilon_in, parameters=asked.parameters
        )
    except UserError as error:
        return {"error": str(error)}


st.title("Back-propagation", anchor=False)  # its sign would not fit beside the title on a phone
st.write("Numbers flow forward to a loss; gradients flow back, each the one before times one factor of its own.")
lab.show(
    "backpropagation",
    BackPropagation,
    systems={name: system.to_json() | {"conventions": conventions(name)} for name, system in SYSTEMS.items()},
    guard={"epsilon": EPSILON, "h": H},
    tape=session.remember(ANSWER),
    on_tape_change=lambda: None,
)
_answer_what_is_asked()
