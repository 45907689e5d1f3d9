"""Preprocessing inside the model or outside: two models, one image, and what forgetting it does."""

import numpy as np
import streamlit as st

from core.lens.preprocessing import FORGOTTEN, INSIDE, OUTSIDE, TWICE, Preprocessed
from core.words import number
from pages.components.frame.markdown import plain, say
from pages.components.understand.looking import Looking

WAYS = {
    INSIDE: ("inside", "raw pixels"),
    OUTSIDE: ("outside", "pixels / 255"),
    FORGOTTEN: ("outside, forgotten", "raw pixels"),
    TWICE: ("inside, and again", "pixels / 255"),
}
"""Where the preprocessing is, and what the model is given."""
INSIDE_CODE = """model = keras.Sequential([
    keras.Input(shape=({shape})),
    layers.Rescaling(1 / 255),
    ...
])
model.save("model.keras")

model = keras.models.load_model("model.keras")
# pixels as they are, 0..255
model.predict(image)"""
OUTSIDE_CODE = """model = keras.Sequential([
    keras.Input(shape=({shape})),
    ...
])
model.save("model.keras")

model = keras.models.load_model("model.keras")
# in each program that uses it
model.predict(image / 255)"""
ALIKE = 1e-5


def draw(found: Preprocessed, looking: Looking) -> None:
    """Draws it.

    Args:
        found: as the lens found it.
        looking: at which network, and which image.
    """
    names = looking.run.experiment.dataset.facts().class_names
    st.markdown(say("**{}**", equal(found)))
    rows = [
        {
            "scaling": plain(where),
            "you give": plain(given),
            "largest number the layers get": f"{found.highest[way]:.3g}",
            "predicts": plain(_answer(found, way, names)),
            "right": say("{} of {}", number(int(found.right[way])), number(found.images)),
        }
        for way, (where, given) in WAYS.items()
    ]
    st.table(rows)
    st.markdown(say("{}", forgotten(found, names)))
    shape = ", ".join(map(str, looking.run.experiment.dataset.facts().shape))
    for column, title, code in zip(
        st.columns(2, gap="large"),
        ("Inside: raw pixels in, for ever", "Outside: faster to change, easy to forget"),
        (INSIDE_CODE, OUTSIDE_CODE),
        strict=True,
    ):
        with column:
            st.markdown(say("**{}**", title))
            st.code(code.format(shape=shape), language="python")
    st.caption(
        "Networks here keep their scaling inside, in every file that you export. Outside it can run once for all "
        "epochs, or while the network computes; then it belongs to every program that uses the model."
    )


def equal(found: Preprocessed) -> str:
    """Whether both ways say the same."""
    apart = float(np.abs(found.probabilities[INSIDE] - found.probabilities[OUTSIDE]).max())
    if apart == 0:
        return "Inside or outside, the predictions are the same, to the last digit."
    if apart < ALIKE:
        return f"Inside or outside, the predictions are the same: no probability differs by more than {apart:.0e}."
    return f"Inside and outside differ by up to {apart:.2g}."


def forgotten(found: Preprocessed, names: tuple[str, ...]) -> str:
    """What happens to an image, and to many, that nobody scaled."""
    answer, meant = (int(found.probabilities[way].argmax()) for way in (FORGOTTEN, INSIDE))
    sure = f"{100 * found.probabilities[FORGOTTEN, answer]:.1f} %"
    said = f"still says {names[answer]}" if answer == meant else f"says {names[answer]} instead of {names[meant]}"
    right = f"{number(int(found.right[FORGOTTEN]))} instead of {number(int(found.right[INSIDE]))}"
    return (
        f"Forget it, and the network is given numbers 255 times too large: it {said}, {sure} sure, and nothing "
        f"warns you. Of {number(found.images)} validation images {right} are answered rightly; scaled twice, "
        f"{number(int(found.right[TWICE]))}."
    )


def _answer(found: Preprocessed, way: int, names: tuple[str, ...]) -> str:
    """What it says one way, and how sure it is: "7, 99.9 %"."""
    answer = int(found.probabilities[way].argmax())
    return f"{names[answer]}, {100 * found.probabilities[way, answer]:.1f} %"
