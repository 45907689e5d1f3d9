"""A trained network answers: for validation pictures, files, a drawing, a photo."""

import streamlit as st

from core.errors import UserError
from pages.components.frame.markdown import plain
from pages.components.runs import own_network, trained_run
from pages.components.understand import answer_with_ways, beside, image_source, live_camera, time_machine
from pages.components.understand.image_source import CAMERA, DRAW, LIVE, PASTE, UPLOAD, VALIDATION

SOURCES = (VALIDATION, UPLOAD, DRAW, PASTE, CAMERA, LIVE)
INVITATION = "Here a trained network says what it sees: in pictures it never learned from, in yours, in what you draw."

st.title("Predict")
found = trained_run.ready(INVITATION)
if found:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run = trained_run.pick(found)
        source = image_source.choose_source("predict", SOURCES)
        if not run.status().is_live:
            own_network.buttons(run, leads_on=True)
    epoch = time_machine.choose(run)
    trained_run.say_which(run)
    other = None if source == LIVE else beside.choose(run, epoch, found)  # two answers would halve its frames
    try:
        if source == LIVE:
            live_camera.draw(run, epoch)
        else:
            controls, answered = st.columns([1, 2], gap="large")
            with controls:
                chosen = image_source.choose(run, source, epoch, many=True)
            with answered:
                beside.each(beside.lookings(run, epoch, other, chosen), answer_with_ways.draw)
    except UserError as error:
        st.error(plain(error))
    time_machine.drawn(run, epoch)
