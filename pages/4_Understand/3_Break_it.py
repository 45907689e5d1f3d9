"""What makes a trained network fail: its accuracy along the strength of every operation of augmentation."""

import streamlit as st

from core.errors import UserError
from pages.components.frame.markdown import plain
from pages.components.runs import trained_run
from pages.components.understand import break_it, time_machine

INVITATION = (
    "Here you break a trained network: validation images are turned, shifted, blurred ever further, and you see where "
    "its accuracy falls."
)

st.title("Break it")
found = trained_run.ready(INVITATION)
if found:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run = trained_run.pick(found)
    epoch = time_machine.choose(run)
    trained_run.say_which(run)
    try:
        break_it.show(run, epoch)
    except UserError as error:
        st.error(plain(error))
    time_machine.drawn(run, epoch)
