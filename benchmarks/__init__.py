"""What is fast, against what: every figure is a ratio of two things measured in turns in one run.

One file per benchmark; its `measure` is found by name. An absolute time says more about the machine than the code.
"""

import math
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Setting:
    """How much to measure.

    Args:
        repeats: how often each pair is measured, in turns.
        tiny: only shows that everything works; the figures mean nothing.
    """

    repeats: int = 5
    tiny: bool = False

    def size(self, full: int, tiny: int) -> int:
        """A number of pictures, epochs ... for this setting."""
        return tiny if self.tiny else full


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Args:
        what: that which was measured.
        ratios: one per repeat; empty when it could not be measured.
        at_least, at_most: what the median should keep to; None for no aim.
        note: the figures behind it, or why there are none.
    """

    what: str
    ratios: tuple[float, ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""
    median: float | None = field(init=False, default=None)
    is_met: bool | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.ratios:
            object.__setattr__(self, "median", statistics.median(self.ratios))
            object.__setattr__(self, "is_met", self._judged(self.median))

    def _judged(self, median: float) -> bool | None:
        """Whether the aim is met; None without one."""
        if self.at_least is None and self.at_most is None:
            return None
        return (self.at_least or 0.0) <= median <= (math.inf if self.at_most is None else self.at_most)

    def to_json(self) -> dict[str, object]:
        """As plain values."""
        return asdict(self) | {"ratios": list(self.ratios)}


Timed = Callable[[], float]
"""Does its work once and returns seconds (or any cost: less is better)."""


def in_turns(repeats: int, **sides: Timed) -> dict[str, list[float]]:
    """Measures several things one after the other, again and again, so that a busy moment hits all alike."""
    costs: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(repeats):
        for name, side in sides.items():
            costs[name].append(side())
    return costs


def times_faster(costs: dict[str, list[float]], ours: str, theirs: str) -> tuple[float, ...]:
    """Their cost over ours, turn by turn."""
    return tuple(b / a for a, b in zip(costs[ours], costs[theirs], strict=True))
