"""A network before anybody opens it: what can be said of it without Keras."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from core.datasets import Facts
from core.experiment import Experiment
from core.experiment.network import Row, Trace
from core.layers.cuts import stages


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

    @cached_property
    def stages(self) -> dict[str, str]:
        """The stage of a base in which each layer stands, by its name; empty outside."""
        inside = [row for row in self.trace.rows if row.base]
        found = stages([row.part or row.name for row in inside], [len(row.inputs) for row in inside])
        return dict(zip((row.name for row in inside), found, strict=True))

    def telling(self, names: Sequence[str]) -> str:
        """The layer to look at first: the last one of a base, whose maps a head reads, else the first.

        Args:
            names: of layers, one or more; other words are no layer of a base.
        """
        of_base = {row.name for row in self.trace.rows if row.base}
        return next((name for name in reversed(names) if name in of_base), names[0])
