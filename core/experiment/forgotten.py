"""How much of what was learnt first is left after the next was learnt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.experiment.stages import stages
from core.experiment.tested import all_tested

if TYPE_CHECKING:
    from core.experiment import Experiment

SAME = 0.005
"""Below it an accuracy counts as kept."""
Told = tuple[int, Sequence[float | None]]
"""An epoch, and the accuracy of all that is tested by itself then."""


@dataclass(frozen=True)
class Drop:
    """What became of one thing while another was learnt.

    Args:
        name: "Task 1".
        during: "Task 2".
        before, after: accuracy 0..1 on its validation images, at the border and in the end.
        reached: of the other, in the end.
        epoch: the border: epochs before it.
    """

    name: str
    during: str
    before: float
    after: float
    reached: float | None
    epoch: int

    @property
    def points(self) -> float:
        """By how many percent points it fell."""
        return 100 * (self.before - self.after)

    def sentence(self) -> str:
        """ "Task 1 fell from 0.98 to 0.21 while the run learnt task 2." """
        during = f"while the run learnt {self.during[:1].lower()}{self.during[1:]}."
        if abs(self.before - self.after) < SAME:
            return f"{self.name} stayed at {self.after:.2f} {during}"
        verb = "fell" if self.after < self.before else "rose"
        return f"{self.name} {verb} from {self.before:.2f} to {self.after:.2f} {during}"


def drops(experiment: "Experiment", classes: int, epochs: Sequence[Told]) -> list[Drop]:
    """What was known at each border, and what of it is left where the phase behind it ends, or has come to.

    Args:
        experiment: of the run.
        classes: of its dataset.
        epochs: in their order.
    """
    things, plan, known = all_tested(experiment, classes), stages(experiment), dict(epochs)
    found = []
    for later, new in enumerate(things[1:], 1):
        stage = plan[new.since]
        last = max((epoch for epoch in known if stage.first < epoch <= stage.last), default=0)
        if not last or stage.first not in known:
            continue
        start, end = known[stage.first], known[last]
        if len(start) != len(things) or len(end) != len(things):
            continue
        for place, old in enumerate(things[:later]):
            if start[place] is not None and end[place] is not None:
                found.append(Drop(old.name, new.name, start[place], end[place], end[later], stage.first))
    return found


def as_json(found: Sequence[Drop]) -> list[dict[str, Any]]:
    """As a document says it."""
    return [
        {"what": one.name, "during": one.during, "before": one.before, "after": one.after, "reached": one.reached}
        for one in found
    ]
