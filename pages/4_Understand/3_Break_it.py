"""What makes a trained network fail: over many images, operation by operation, and on one image of one's own choice."""

import streamlit as st

from core.errors import UserError
from pages.components.frame.markdown import plain
from pages.components.runs import trained_run
from pages.components.understand import beside, break_it, break_one, image_source, time_machine

INVITATION = (
    "Here you break a trained network: images are turned, shifted, blurred ever further, covered or nudged, and you "
    "see where its answer falls."
)

st.title("Break it")
found = trained_run.ready(INVITATION)
if found:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run = trained_run.pick(found)
        about = break_one.choose_about()
        source = image_source.choose_source("break-it", break_one.SOURCES) if about == break_one.ONE else ""
    epoch = time_machine.choose(run)
    trained_run.say_which(run)
    other = beside.choose(run, epoch, found)
    try:
        if source:
            break_one.show(run, epoch, source, other)
        else:
            break_it.show(run, epoch, other)
    except UserError as error:
        st.error(plain(error))
    time_machine.drawn(run, epoch)
