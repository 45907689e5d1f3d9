"""A kernel slides over a picture: every product of every window, and the map that comes of it."""

from functools import partial

import streamlit as st

from core.labs.convolution_lab import Convolution
from core.labs.filters import KERNELS
from pages.components.frame import session
from pages.components.labs import lab, lab_image
from pages.components.network import into_network

st.title("Convolution")
st.write("A small window slides over a picture; pixels times weights, summed, make one pixel of the map at every stop.")
picture = lab_image.choose("convolution")
if picture is not None:
    gallery = [kernel.to_json() for kernel in KERNELS.values()]
    told = {"name": picture.name, "words": picture.words}
    bring = session.whole(partial(lab_image.show_colours, "convolution"))
    lab.show("convolution", Convolution, picture=picture.pixels, gallery=gallery, told=told, on_colours_change=bring)
    now = session.lab_now(Convolution)
    is_colour = now.slides_over == "picture" and picture.pixels.shape[2] == 3
    into_network.offer(now.layer_kernels(), now.layer_settings() | {"summed": is_colour}, now.left_behind())
