"""The first page: a ready experiment, one button, and a network that learns in place."""

import streamlit as st

from pages.components.frame import home, session
from pages.components.frame.markdown import plain
from pages.components.runs import launching, preset_shelf, run_view, which_run

st.title("See a network learn.")
experiment, run = session.experiment(), session.run()
which_run.of_curves(run)
own = run if run is not None and session.is_in_work(run) else None
home.picture(experiment)
with st.container(horizontal=True, vertical_alignment="center", key="train-row"):
    launching.start_button(experiment, label="Train it again" if own else "Train this now", stay=True)
    st.caption(plain(home.before_training(experiment)))
if own is None:
    run_view.empty(experiment.training.epochs, compact=True)
else:
    run_view.show(own, compact=True)
    run_view.next_steps(own)
preset_shelf.starting_points()
home.labs()
home.recent_runs()
