"""What every layer of a trained network makes of a picture, and the kernels it has learned."""

import streamlit as st

from core.errors import UserError
from pages.components.runs import trained_run
from pages.components.understand import feature_maps, image_source, kernels, lens
from pages.components.understand.image_source import CARRIED, UPLOAD, VALIDATION

SOURCES = (CARRIED, VALIDATION, UPLOAD)
INVITATION = "Here you see what every layer of a network makes of a picture: its feature maps, its kernels, its answer."

st.title("Look inside")
found = trained_run.ready(INVITATION)
if found:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run = trained_run.pick(found)
        epoch = trained_run.choose_epoch(run)
        source = image_source.choose_source("look-inside", SOURCES)
    trained_run.say_which(run)
    try:
        chosen = image_source.choose(run, source, many=False, wide=True)
        learned = lens.ask("kernels", run=run.id, epoch=epoch)
        if chosen is not None:
            maps = lens.ask("feature_maps", run=run.id, epoch=epoch, **chosen.fields())
            feature_maps.draw(run.experiment, chosen.names[0], chosen.truth[0], maps, learned)
        if learned["layers"]:
            st.subheader("Kernels")
            kernels.draw(learned, colours=run.experiment.dataset.facts().shape[2] == 3)
    except UserError as error:
        st.error(str(error))
