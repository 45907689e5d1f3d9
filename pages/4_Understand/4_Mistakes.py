"""What a trained network gets wrong, over all images that it is judged by."""

import streamlit as st

from core.errors import UserError
from pages.components.frame.markdown import plain
from pages.components.runs import trained_run
from pages.components.understand import beside, look_with, time_machine, which_images

INVITATION = (
    "Here you see which images a trained network gets wrong, which classes it takes for which, and how sure it is."
)

st.title("Mistakes")
found = trained_run.ready(INVITATION)
if found:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run = trained_run.pick(found)
    epoch = time_machine.choose(run)
    trained_run.say_which(run)
    other = beside.choose(run, epoch, found)
    try:
        both = beside.lookings(run, epoch, other, None)
        if lens := which_images.choose(look_with.of_set(run, both[0].outline), both[0]):
            beside.draw([lens], both)
        beside.disagreement(both)
    except UserError as error:
        st.error(plain(error))
    time_machine.drawn(run, epoch)
