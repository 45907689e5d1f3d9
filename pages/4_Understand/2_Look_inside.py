"""What every layer of a trained network makes of a picture, and the kernels it has learned."""

import streamlit as st

from core.errors import UserError
from pages.components.frame.markdown import plain
from pages.components.runs import trained_run
from pages.components.understand import beside, image_source, look_with, time_machine
from pages.components.understand.image_source import CAMERA, CARRIED, DRAW, PASTE, UPLOAD, VALIDATION

SOURCES = (CARRIED, VALIDATION, UPLOAD, DRAW, PASTE, CAMERA)
INVITATION = "Here you see what every layer of a network makes of a picture: its feature maps, its kernels, its answer."

st.title("Look inside")
found = trained_run.ready(INVITATION)
if found:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run = trained_run.pick(found)
        question = look_with.choose(run)
        needed = look_with.needs_picture(question)
        source = image_source.choose_source("look-inside", SOURCES) if needed else ""
    epoch = time_machine.choose(run)
    trained_run.say_which(run)
    other = beside.choose(run, epoch, found)
    try:
        chosen = image_source.choose(run, source, epoch, many=False, wide=True) if needed else None
        both = beside.lookings(run, epoch, other, chosen)
        beside.draw(look_with.chosen_lenses(question, both[0].outline), both)
    except UserError as error:
        st.error(plain(error))
    time_machine.drawn(run, epoch)
