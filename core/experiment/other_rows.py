"""Last layers and losses that are not made for each other, and what Keras makes of each pair of them."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["learns", "learns nothing", "is refused"]


@dataclass(frozen=True)
class OtherRow:
    """A pair for two classes that is no compile row.

    Args:
        units: of the last layer.
        activation: of it.
        loss: in Keras' words.
        labels: in which form.
        outcome: of training.
        why: the cause, in a sentence.
    """

    units: int
    activation: str
    loss: str
    labels: str
    outcome: Outcome
    why: str


OTHER_ROWS = (
    OtherRow(
        *(2, "softmax", "binary_crossentropy", "one-hot", "learns"),
        "Two units say the same thing twice; the loss of this last layer is categorical_crossentropy.",
    ),
    OtherRow(
        *(2, "sigmoid", "binary_crossentropy", "one-hot", "learns"),
        "Each unit answers for itself: the two answers need not sum to 1.",
    ),
    OtherRow(
        *(2, "sigmoid", "binary_crossentropy", "0 or 1", "is refused"),
        "Two answers and one label have different shapes.",
    ),
    OtherRow(
        *(1, "softmax", "binary_crossentropy", "0 or 1", "learns nothing"),
        "The share of one unit is always 1, so every answer is the second class. The loss falls all the same, as Keras "
        "counts it by the sum before softmax.",
    ),
    OtherRow(
        *(1, "sigmoid", "categorical_crossentropy", "0 or 1", "learns nothing"),
        "This loss is counted over shares, and the share of one unit is always 1: it is 0 from the first step on.",
    ),
    OtherRow(
        *(1, "sigmoid", "sparse_categorical_crossentropy", "integers", "is refused"),
        "Label 1 asks for a second unit.",
    ),
    OtherRow(
        *(1, "linear", "mean_squared_error", "0 or 1", "learns"),
        "It fits a number, as in regression: answers lie below 0 and above 1 and are no probabilities.",
    ),
)
"""Each is tried in Keras by a test."""
