"""The experiment as a Keras script: what you read is what runs."""

import streamlit as st

from core.build.codegen import script
from core.errors import UserError
from core.experiment import memory
from pages.components.frame import session
from pages.components.frame.markdown import plain, say

st.title("Code")
experiment = session.experiment()
blocking = [problem for problem in memory.obstacles(experiment) if problem.blocking]
if blocking:
    st.warning(say("There is no script yet: {} {}", blocking[0].message, blocking[0].hint))
else:
    try:
        text = script(experiment)
        st.write("Save it, run it with Python: it builds and trains this very network, without Kernelscope.")
        st.download_button("Download the script", text, "network.py", "text/x-python", icon=":material/download:")
        st.code(text, language="python", line_numbers=True)
    except UserError as error:
        st.error(plain(error))
