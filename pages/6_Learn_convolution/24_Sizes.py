"""How large a feature map is, and why."""

import streamlit as st

from core.labs.sizes import READY_CHAINS, Sizes
from pages.components.labs import lab

st.title("Sizes")
st.write("A window can stop only where it fits: that decides how large a feature map is.")
ready = {
    name: {"size": sizes.size, "channels": sizes.channels, "chain": [link.model_dump() for link in sizes.chain]}
    for name, sizes in READY_CHAINS.items()
}
lab.show("sizes", Sizes, ready=ready)
