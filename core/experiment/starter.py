"""A network to begin with: small, and fit for pictures of any size."""

from core.datasets import Facts
from core.experiment import Experiment
from core.layers import Layer
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.pooling import MaxPooling2D
from core.layers.regularization import Dropout
from core.layers.reshaping import Flatten
from core.optimization.optimizers import Adam

BLOCKS = 3
"""Convolutions, each followed by a pooling, where the picture is large enough."""
SMALL, LARGE = 8, 12
"""px: maps below the first are not pooled; maps above the second are, as Flatten would make millions of weights."""
FILTERS = (16, 32, 64)
EPOCHS = 15


def fitting(experiment: Experiment) -> Experiment:
    """The experiment with a small convolutional network that its pictures fit, and Adam to train it.

    Raises:
        UserError: the dataset is not there.
    """
    training = experiment.training.edited(optimizer=Adam(), batch_size=32, epochs=EPOCHS, loss="from the data")
    return experiment.edited(layers=fitting_layers(experiment.dataset.facts()), training=training)


def fitting_layers(facts: Facts) -> tuple[Layer, ...]:
    """Convolutions and poolings until the maps are small, then Dropout against learning by heart, and one Dense layer.

    Args:
        facts: of the dataset; its pictures may have any size from 1 px on.
    """
    layers, side = [], min(facts.shape[:2])
    while side >= SMALL and (len(layers) < 2 * BLOCKS or side > LARGE):
        filters = FILTERS[min(len(layers) // 2, len(FILTERS) - 1)]
        layers += [Conv2D(filters=filters, kernel_size=3, padding="same"), MaxPooling2D()]
        side //= 2
    if not layers:
        layers.append(Conv2D(filters=FILTERS[0], kernel_size=3, padding="same"))
    return (*layers, Flatten(), Dropout(rate=0.5), Dense(units=64, activation="relu"))
