"""A trained network answers: for validation pictures, files, a drawing, a photo."""

import streamlit as st

from core.errors import UserError
from pages.components.frame.markdown import plain
from pages.components.runs import own_network, trained_run
from pages.components.understand import changed_copies, image_source, predictions
from pages.components.understand.image_source import CAMERA, DRAW, UPLOAD, VALIDATION
from pages.components.understand.looking import Looking

SOURCES = (VALIDATION, UPLOAD, DRAW, CAMERA)
INVITATION = "Here a trained network says what it sees: in pictures it never learned from, in yours, in what you draw."

st.title("Predict")
found = trained_run.ready(INVITATION)
if found:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run = trained_run.pick(found)
        epoch = trained_run.choose_epoch(run)
        source = image_source.choose_source("predict", SOURCES)
        if not run.status().is_live:
            own_network.buttons(run, leads_on=True)
    trained_run.say_which(run)
    controls, answered = st.columns([1, 2], gap="large")
    try:
        with controls:
            chosen = image_source.choose(run, source, epoch, many=True)
        with answered:
            if chosen is None:
                st.caption("The five likeliest classes will stand here.")
            else:
                why = predictions.draw(run, epoch, chosen)
                if why is not None:
                    image_source.carry(chosen, *why, "look-inside")
                    st.switch_page("pages/4_Understand/2_Look_inside.py")
                if len(chosen.names) == 1:
                    changed_copies.offer(Looking.at(run, epoch, chosen))
    except UserError as error:
        st.error(plain(error))
