"""The bases by which pictures can be embedded, and the experiment that one of them becomes with a head."""

from collections.abc import Callable
from dataclasses import dataclass

from core.build.pretrained import place
from core.datasets import Dataset
from core.experiment import Experiment
from core.layers.mobilenet_v2 import MobileNetV2
from core.layers.pooling import GlobalAveragePooling2D
from core.layers.pretrained import Base
from core.layers.regularization import Dropout
from core.layers.small_base import SmallBase
from core.optimization.optimizers import Adam

EPOCHS = 20
"""Of a head: each takes a second where the features are kept, and a few hundred pictures need some."""


@dataclass(frozen=True)
class Offered:
    """A base, and how it is used here.

    Args:
        base: as it stands in a network.
        size: px: height and width of the images that it is given.
        name: of it, in a few words.
    """

    base: Base
    size: int
    name: str

    @property
    def is_here(self) -> bool:
        """Whether its weights are on this machine."""
        file = self.base.file((self.size, self.size, 3))
        return file is None or place(file).is_file()

    def embedding(self) -> Experiment:
        """The network whose last layer before the head gives the features."""
        return Experiment(layers=(self.base, GlobalAveragePooling2D()))

    def experiment(self, dataset: Callable[[int], Dataset], name: str) -> Experiment:
        """The base, frozen, and a head that learns from a dataset.

        Args:
            dataset: gives it for a side in px.
            name: of the experiment.
        """
        layers = (self.base, GlobalAveragePooling2D(), Dropout(rate=0.2))
        experiment = Experiment(name=name, dataset=dataset(self.size), layers=layers)
        training = experiment.training.edited(optimizer=Adam(), batch_size=32, epochs=EPOCHS, loss="from the data")
        return experiment.edited(training=training)


OFFERED = (Offered(MobileNetV2(alpha=0.35), 96, "MobileNetV2"), Offered(SmallBase(), 96, "Small base"))
"""The best first; the last one is always here."""


def here() -> tuple[Offered, ...]:
    """Those whose weights are on this machine."""
    return tuple(one for one in OFFERED if one.is_here)


def usual() -> Offered:
    """The best of those that are here."""
    return next(iter(here()), OFFERED[-1])
