"""What one value of the selected layer sees of a picture of the dataset: a square that follows the pointer."""

import streamlit as st

from core.datasets import Facts, is_prepared, load
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.network import Row
from core.words import side_by_side
from pages.components.browser.component import component
from pages.components.browser.pixels import multiple, png_uri, reduced

LONGEST = 240
"""px of the picture's longer side on the page."""

_component = component(
    "field_view",
    "network/field_view",
    html="<figure><div class='image' role='img'><div class='field'></div></div><figcaption></figcaption></figure>",
)


def show(experiment: Experiment, facts: Facts, node: str) -> None:
    """The picture; nothing before the pictures are on this machine, or for a layer that can't be.

    Args:
        experiment: the one being edited.
        facts: of its dataset.
        node: id of the selected layer.
    """
    row = next((row for row in experiment.trace(facts).folded().rows if row.id == node), None)
    if row is None or row.field is None:
        return
    try:
        if not (experiment.dataset.instant or is_prepared(experiment.dataset)):
            return
        data = load(experiment.dataset, experiment.training.validation_split, experiment.seed)
    except UserError:
        return
    image = data.images[data.train[:1]]
    height, width = image.shape[1:3]
    st.markdown("**What one value sees**")
    _component(
        key="field-view",
        data={
            "image": png_uri(reduced(image, 2 * LONGEST)[0]),
            "height": height,
            "width": width,
            "scale": multiple(max(height, width), LONGEST),
            "spans": [[span.start, span.size, span.jump] for span in row.field],
            "places": [row.output_shape[0], row.output_shape[1]] if len(row.output_shape) == 3 else [1, 1],
            "words": words(row, height, width),
        },
    )


def words(row: Row, height: int, width: int) -> str:
    """The sentence under the picture: "sees 21 × 21 px of 28 × 28"."""
    if len(row.output_shape) == 1 or row.sees_all:
        return f"Each value sees all {side_by_side((height, width))} px."
    seen = tuple(min(span.size, side) for span, side in zip(row.field, (height, width), strict=True))
    return f"One value sees {side_by_side(seen)} px of {side_by_side((height, width))}."
