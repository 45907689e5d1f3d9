"""Show and train: hold things before the camera, or add files, and a classifier answers at once."""

import streamlit as st

from core.errors import UserError
from pages.components.frame.markdown import plain
from pages.components.showing import cards, current, live, outcome

st.title("Show and train")
st.caption("Show two things or more. A frozen network describes each picture once; what you see learns from that.")
current.warm()
showing, shown = current.showing()
left, right = st.columns([3, 2], gap="large")
with left:
    cards.draw(showing, shown)
with right:
    learnt = None
    try:
        learnt = current.learnt(showing, shown)
    except UserError as error:
        st.error(plain(error))
    live.draw(showing, shown, learnt, outcome.waiting(shown))
    outcome.draw(shown, learnt)
    outcome.ways_on(showing, shown, learnt)
    outcome.choose_base()
outcome.others(showing)
