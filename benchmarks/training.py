"""Epochs of two presets with live records: against `fit` and, where it is installed, eager PyTorch."""

from benchmarks import Row, Setting, in_turns, times_faster
from benchmarks.peers import HOW_TO_GET_TORCH, alone, has_torch


def measure(setting: Setting) -> list[Row]:
    """The second epoch and those after it, validation, checkpoint and status included; the first one compiles."""
    digits = _rows("digits CNN", setting, ("digits-cnn", setting.size(20, 2), 0, 0), 2.5, 1.3)
    cut = (setting.size(4, 2), setting.size(6400, 64), setting.size(640, 64))
    return digits + _rows("Fashion CNN", setting, ("fashion-cnn", *cut), 1.3, 1.2)


def _rows(
    what: str, setting: Setting, work: tuple[str, int, int, int], beside_fit: float, beside_torch: float
) -> list[Row]:
    """At least so many times as fast as `fit` and as PyTorch."""
    sides = ["ours", "fit", *(["torch"] if has_torch() else [])]
    costs = in_turns(setting.repeats, **{side: lambda s=side: alone(s, *work) for side in sides})
    note = ", ".join(f"{min(cost):.3g} s {name}" for name, cost in costs.items())
    rows = [Row(f"{what}: epoch, against fit", times_faster(costs, "ours", "fit"), beside_fit, None, note)]
    if "torch" not in costs:
        return [*rows, Row(f"{what}: epoch, against eager PyTorch", note=HOW_TO_GET_TORCH)]
    ratios = times_faster(costs, "ours", "torch")
    return [*rows, Row(f"{what}: epoch, against eager PyTorch", ratios, beside_torch)]
