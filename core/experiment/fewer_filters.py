"""A network with fewer filters and units, where that can be."""

from collections.abc import Mapping

from core.experiment import Experiment, stack
from core.experiment.network import Row

COUNTS = ("filters", "units")
"""The fields that say how many maps or values a layer gives."""


def count_field(row: Row) -> str:
    """The field that says how many filters or units a layer of the learner's own list has; empty where none does."""
    is_own = row.index is not None and not row.block and row.base is None
    return next((name for name in COUNTS if name in type(row.layer).model_fields), "") if is_own else ""


def with_fewer(experiment: Experiment, spare: Mapping[str, int]) -> tuple[Experiment, dict[str, tuple[int, int]]]:
    """The experiment with fewer filters in some layers; a layer whose others would no longer fit (a join adds maps to
    as many maps) stays as it is, and each keeps one at least.

    Args:
        experiment: which.
        spare: how many filters of a layer can go, by its id.

    Returns:
        the changed experiment, and for each layer that changed how many it had and has, by its name.

    Raises:
        UserError: its dataset is not there.
    """
    facts, changed = experiment.dataset.facts(), {}
    for row in experiment.trace(facts).rows:
        name, less = count_field(row), spare.get(row.id, 0)
        if not name or not less:
            continue
        had = getattr(row.layer, name)
        left = max(1, had - less)
        smaller = experiment.edited(nodes=stack.replaced(experiment.nodes, row.id, row.layer.edited(**{name: left})))
        if left < had and smaller.trace(facts).broken is None:
            experiment, changed[row.name] = smaller, (had, left)
    return experiment, changed
