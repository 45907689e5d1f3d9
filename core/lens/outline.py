"""A network before anybody opens it: what can be said of it without Keras."""

from dataclasses import dataclass

from core.datasets import Facts
from core.experiment import Experiment
from core.experiment.network import Row, Trace


@dataclass(frozen=True)
class Outline:
    """What a lens is told about a network when it is asked whether it fits.

    Args:
        experiment: that was trained.
        facts: of its dataset.
        trace: of its layers, head included.
    """

    experiment: Experiment
    facts: Facts
    trace: Trace

    @classmethod
    def of(cls, experiment: Experiment) -> "Outline":
        """The outline of an experiment's network.

        Raises:
            UserError: the dataset is not there.
        """
        facts = experiment.dataset.facts()
        return cls(experiment, facts, experiment.trace(facts))

    @property
    def layers_with_maps(self) -> tuple[Row, ...]:
        """The layers that give maps rather than a flat list of values."""
        return tuple(row for row in self.trace.rows if row.output_shape is not None and len(row.output_shape) == 3)
