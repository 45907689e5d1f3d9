"""Small and larger steps on one core, on all, in two halves side by side: how `core.runs.work` should spread them."""

from unittest.mock import patch

from benchmarks import Row, Setting, in_turns, times_faster
from benchmarks.peers import alone

WAYS = {"halves": ("ours", ""), "one core": ("uncut", "9" * 12), "all cores": ("uncut", "0")}
"""A side of `benchmarks.peers`, and the multiply-adds up to which a step counts as small; as it is when left out."""


def measure(setting: Setting) -> list[Row]:
    """Each preset in processes of their own, as threads are settled once."""
    cut = (setting.size(4, 2), setting.size(3200, 64), setting.size(320, 64))
    works = ("digits-cnn", setting.size(12, 2), 0, 0), ("fashion-cnn", *cut)
    return [row for work in works for row in _rows(setting, work)]


def _rows(setting: Setting, work: tuple[str, int, int, int]) -> list[Row]:
    costs = in_turns(setting.repeats, **{name: lambda n=name: _epoch(n, work) for name in WAYS})
    note = ", ".join(f"{min(cost):.3g} s in {name}" for name, cost in costs.items())
    pairs = ("one core", "all cores"), ("halves", "one core"), ("halves", "all cores")
    return [
        Row(f"{work[0]}: {one} against {other}", times_faster(costs, one, other), note=note) for one, other in pairs
    ]


def _epoch(way: str, work: tuple[str, int, int, int]) -> float:
    """Seconds of an epoch whose steps are spread in one of WAYS."""
    side, small_step = WAYS[way]
    with patch.dict("os.environ", {"KERNELSCOPE_SMALL_STEP": small_step} if small_step else {}):
        return alone(side, *work)
