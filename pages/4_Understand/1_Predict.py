"""A trained network answers: for validation pictures, files, a drawing, a photo."""

import streamlit as st

from core.errors import UserError
from pages.components import answers, lens, look_inside, picture_source, trained_run
from pages.components.picture_source import CAMERA, DRAW, UPLOAD, VALIDATION

LOOK_INSIDE = "pages/4_Understand/2_Look_inside.py"
EMPTY = {
    UPLOAD: "Choose one picture or many.",
    DRAW: "Draw something: the answer appears when you lift the pen.",
}

st.title("Predict")
run = trained_run.choose("Here a trained network says what it sees: in pictures it never learned from, in yours, in what you draw.")
if run is not None:
    controls, answered = st.columns([1, 2], gap="large")
    try:
        with controls:
            chosen = picture_source.choose(run, (VALIDATION, UPLOAD, DRAW, CAMERA), many=True)
        with answered:
            if chosen is not None:
                answer = lens.ask("predict", run=run.id, **chosen.fields())
                row = answers.draw(chosen, run.experiment.dataset.facts(), answer)
                if row is not None:
                    look_inside.hand_on(chosen, answer, row)
                    st.switch_page(LOOK_INSIDE)
            else:
                st.caption("The five likeliest classes appear here.")
    except UserError as error:
        st.error(str(error))
