"""Small pictures under the wall: what values the pictures hold, what a label becomes, how large the pictures were."""

import numpy as np
import streamlit as st

from core.datasets import Dataset, ImageData
from core.datasets.statistics import in_use
from core.figures import data as figures_data
from core.words import counted, number
from pages.components.browser.component import component
from pages.components.data import shape_view
from pages.components.frame import cached, session

CHART = {"displayModeBar": False}

_labels = component(
    "labels",
    "data/labels",
    html="""<div class='labels'><label class='pick'>class <select></select></label>
        <dl><dt>integer</dt><dd class='integer'></dd>
        <dt>one-hot</dt><dd class='cells' role='img'></dd></dl><p></p></div>""",
)


def draw(dataset: Dataset, data: ImageData) -> None:
    """Draws them in two columns, as the wall is wide enough for."""
    values, labels = st.columns(2, gap="large")
    with values:
        st.subheader("Scaling", anchor=False)
        _values(dataset, data)
    with labels:
        st.subheader("Labels", anchor=False)
        _labels(
            key=session.key("labels"),
            data={"names": list(data.class_names), "words": _label_words(len(data.class_names))},
        )
    with labels:
        st.subheader("Sizes", anchor=False)
        _sizes(dataset)
        shape_view.aspect(dataset)
    with values:
        st.subheader("Flatten and reshape", anchor=False)
        shape_view.flat(data)


def _values(dataset: Dataset, data: ImageData) -> None:
    """The values as stored and as the network sees them."""
    values = cached.values(dataset.key(), data.images)
    figure = figures_data.value_histogram(values.counts)
    st.plotly_chart(
        figure, key="data-values", config=CHART, alt="Histogram of the values, before and after scaling to 0..1"
    )
    too = ", those that are left out, too" if len(in_use(data)) < values.total else ""
    sample = "all" if values.sampled == values.total else f"a sample of {number(values.sampled)} of"
    st.caption(
        "Divided by 255, the shape stays and only the axis changes: "
        f"mean {values.mean:.3g} becomes {values.mean / 255:.3g}, "
        f"standard deviation {values.deviation:.3g} becomes {values.deviation / 255:.3g}. "
        f"Measured on {sample} {counted(values.total, 'picture')}{too}."
    )


def _label_words(classes: int) -> str:
    """What the network does with the label."""
    if classes == 2:
        return (
            "With two classes the integer 0 or 1 is enough: the network answers with one number between them (sigmoid)."
        )
    return (
        f"The network answers with {classes} numbers, one per class (softmax); one-hot is the perfect answer. "
        "Hover a picture above to see its label."
    )


def _sizes(dataset: Dataset) -> None:
    """How large the pictures were before they were made alike."""
    height, width, channels = dataset.facts().shape
    sizes = dataset.original_sizes()
    values = f"{width:d} x {height:d} x {channels:d} = {counted(width * height * channels, 'value')}"
    if len(np.unique(sizes, axis=0)) > 1:
        figure = figures_data.size_scatter(sizes, (width, height))
        st.plotly_chart(figure, key="data-sizes", config=CHART, alt="Original widths and heights of the pictures")
        st.caption(f"All are brought to {width:d} x {height:d} px, {_colours(channels)}: {values} each.")
        return
    original = tuple(sizes[0].tolist())
    before = (
        f"All pictures had **{original[0]:d} x {original[1]:d} px** and are brought to"
        if original != (width, height)
        else "All pictures have"
    )
    st.markdown(f"{before} **{width:d} x {height:d} px**, {_colours(channels)}: {values} each.")


def _colours(channels: int) -> str:
    return "one grey value per pixel" if channels == 1 else "red, green and blue per pixel"
