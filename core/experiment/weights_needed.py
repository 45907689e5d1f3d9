"""The files of weights that an experiment begins with, and which of them this machine lacks."""

from dataclasses import dataclass

from core.datasets import Facts, weights_files
from core.errors import UserError
from core.experiment import Experiment
from core.layers.pretrained import Base, WeightsFile
from core.problems import Problem


@dataclass(frozen=True)
class Needed:
    """A file that a base of a network begins with.

    Args:
        index: of the base among the learner's nodes.
        base: as it stands there.
        file: of Keras'.
    """

    index: int
    base: Base
    file: WeightsFile

    def key(self) -> str:
        """Names it among all that is waited for."""
        return self.file.name

    def called(self) -> str:
        """What people read of it."""
        return f"the weights of {self.base.kind}"


def needed(experiment: Experiment, facts: Facts) -> list[Needed]:
    """The files of its bases, here or not, in the order of the network."""
    found: dict[int, Needed] = {}
    for row in experiment.trace(facts).rows:
        if row.base and row.index not in found and row.input_shape and (file := row.base.file(row.input_shape)):
            found[row.index] = Needed(row.index, row.base, file)
    return list(found.values())


def problems(experiment: Experiment) -> list[Problem]:
    """What of it is not on this machine; a training can't begin without."""
    if not experiment.dataset.has_images:
        return []
    try:
        facts = experiment.dataset.facts()
    except UserError:
        return []
    return [
        Problem(
            "network",
            f"The weights of {one.base.kind} are not on this machine ({weights_files.megabytes(one.file)}).",
            "Fetch them on the Network page or with python -m core fetch EXPERIMENT"
            f"{weights_files.instead(facts.shape)}.",
            one.index,
        )
        for one in needed(experiment, facts)
        if not weights_files.is_here(one.file)
    ]
