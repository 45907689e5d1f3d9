"""Small and larger steps on one core and on all of them: where `core.training.threads` should draw the line."""

from unittest.mock import patch

from benchmarks import Row, Setting, in_turns, times_faster
from benchmarks.peers import alone


def measure(setting: Setting) -> list[Row]:
    """Each preset in processes of their own, as threads are settled once."""
    cut = (setting.size(4, 2), setting.size(3200, 64), setting.size(320, 64))
    return [_row(setting, ("digits-cnn", setting.size(12, 2), 0, 0)), _row(setting, ("fashion-cnn", *cut))]


def _row(setting: Setting, work: tuple[str, int, int, int]) -> Row:
    sides = {"one": "9" * 12, "all": "0"}
    costs = in_turns(setting.repeats, **{name: lambda v=value: _epoch(v, work) for name, value in sides.items()})
    note = ", ".join(f"{min(cost):.3g} s on {name}" for name, cost in costs.items())
    return Row(f"{work[0]}: one core against all", times_faster(costs, "one", "all"), note=note)


def _epoch(small_step: str, work: tuple[str, int, int, int]) -> float:
    """Seconds of an epoch where steps up to so many multiply-adds count as small."""
    with patch.dict("os.environ", KERNELSCOPE_SMALL_STEP=small_step):
        return alone("ours", *work)
