"""What one value of the selected layer sees of a picture of the dataset: a square that follows the pointer."""

import streamlit as st

from core.datasets import Facts, is_prepared, load
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.field import Seen
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
            "seen": [_parts(seen if len(row.output_shape) == 3 else seen.all()) for seen in row.field],
            "words": words(row, height, width),
        },
    )


def words(row: Row, height: int, width: int) -> str:
    """The sentence under the picture: "sees 21 × 21 px of 28 × 28"."""
    if len(row.output_shape) == 1 or row.sees_all:
        return f"Each value sees all {side_by_side((height, width))} px."
    return f"One value sees {side_by_side(row.sees)} px of {side_by_side((height, width))}."


def _parts(seen: Seen) -> list[tuple[int, int]]:
    """For each place the first px that it sees and the first one after it."""
    return [seen.at(place) for place in range(len(seen.starts))]
