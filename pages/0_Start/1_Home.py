"""The first page: a ready experiment, one button, and a network that learns in place."""

import streamlit as st

from pages.components.frame import home, session
from pages.components.runs import launching, run_view

st.title("See a network learn.")
experiment = session.experiment()
run = session.run()
home.picture(experiment)
with st.container(horizontal=True, vertical_alignment="center"):
    launching.start_button(experiment, label="Train this now" if run is None else "Train it again", stay=True)
    st.caption("Don't worry, you can't break it. Everything runs on this machine; your pictures never leave it.")
if run is None:
    run_view.empty(experiment.training.epochs, compact=True)
else:
    run_view.show(run, compact=True)
    run_view.next_steps(run)
home.starting_points()
home.labs()
home.recent_runs()
