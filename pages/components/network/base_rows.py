"""What the layer list and its form say and do of a base: larger images for it, and what belongs to it."""

from typing import Any

import streamlit as st

from core.experiment import Experiment
from core.experiment.network import Row
from core.experiment.placing import SMALL
from core.experiment.wiring import gone
from core.layers import Layer, Shape
from core.layers.hand_made import HandMadeConv2D
from core.layers.pretrained import FIRST, Base
from core.layers.rescaling import Rescaling
from pages.components.frame.markdown import say

SIZE = "image_size"
"""The field of a dataset that says at which size its images are read."""


def larger_images(row: Row, experiment: Experiment) -> list[dict[str, Any]]:
    """A button that has the dataset read its images large enough for a base; none where it can't.

    Args:
        row: of the layer that can't be.
        experiment: in work.
    """
    wanted = max(SMALL, row.layer.least) if isinstance(row.layer, Base) else 0
    size = experiment.dataset.options().get(SIZE)
    if not size or not size.low <= wanted <= size.high or getattr(experiment.dataset, SIZE) >= wanted:
        return []
    gesture = {"action": "images", "value": wanted}
    return [{"label": f"Use images of {wanted}x{wanted} px", "gesture": gesture}]


def with_images(experiment: Experiment, side: object) -> Experiment:
    """The experiment with its images read at another size.

    Args:
        experiment: in work.
        side: px, as the browser sent it.

    Raises:
        UserError: its dataset has no such size.
    """
    size = experiment.dataset.options().get(SIZE)
    if not size or type(side) is not int or not size.low <= side <= size.high:
        raise gone()
    return experiment.edited(dataset=experiment.dataset.edited(**{SIZE: side}))


def tell(base: Base, shape: Shape) -> None:
    """What a base learnt from, and what it does with pixels: both belong to it.

    Args:
        base: the selected layer.
        shape: of what it is given.
    """
    st.caption(say("Learnt from {}", base.learnt_from))
    prepared = [part.layer for part in base.preparation(shape[-1]) if part.id.startswith(FIRST)]
    for layer in prepared:
        st.caption(say("{} That belongs to it.", _reads(layer)))


def _reads(layer: Layer) -> str:
    """What a layer in front of the first makes of pixels 0..1."""
    if isinstance(layer, Rescaling):
        return f"It reads pixels as {layer.offset:g}..{layer.scale + layer.offset:g}."
    if isinstance(layer, HandMadeConv2D):
        return "Grey images become three equal colours."
    return f"{layer.kind} {layer.words()}".strip() + " stands in front of its first layer."
