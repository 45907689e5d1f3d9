"""The run, live: which one it is, its curves, what it answers by now, and what to do next."""

import streamlit as st

from pages.components.frame import session
from pages.components.runs import launching, run_view, which_run

st.title("Live run")
run = session.run() or next(iter(session.runs().newest(1)), None)
if run is None:
    st.write("Here you will see loss and accuracy move while the network learns.")
    launching.start_button(session.experiment(), label="Train this now")
    run_view.empty(session.experiment().training.epochs)
else:
    session.choose_run(run)
    which_run.head(run)
    run_view.show(run)
    run_view.next_steps(run)
