"""What stands under the draws: the next batch, what comes in at the edges, and how fast each way of augmenting is."""

import streamlit as st

from core.datasets import is_prepared
from core.errors import UserError
from pages.components.data import augmentation_speed, beyond_the_edge, next_batch
from pages.components.frame import lens, session
from pages.components.frame.markdown import plain

PARTS = {
    "The next batch": next_batch.show,
    "Beyond the edge": beyond_the_edge.show,
    "Where it runs, and how fast": augmentation_speed.show,
}
PART = "augmentation-part"
"""What the tab remembers: which of them is open."""
BREAK_IT = "pages/4_Understand/3_Break_it.py"


def show() -> None:
    """Draws one of them, and the way to the bench."""
    st.page_link(BREAK_IT, label="Which of these break a trained network?", icon=":material/electric_bolt:")
    experiment = session.experiment()
    if not experiment.augmentations or not is_prepared(experiment.dataset):
        return  # what to do is said above
    start = session.remember(PART, next(iter(PARTS)))
    part = st.segmented_control(
        "What else",
        list(PARTS),
        default=start,
        required=True,
        format_func=plain,
        key=PART,
        label_visibility="collapsed",
    )
    session.keep(PART, part)
    if not lens.is_warm() and part != "Where it runs, and how fast":
        st.caption("It follows as soon as Keras is ready.")
    try:
        PARTS[part](experiment)
    except UserError as error:
        st.error(plain(error))
