"""Epochs of two presets with live records: against `fit` and, where it is installed, eager PyTorch."""

from benchmarks import Row, Setting, in_turns, times_faster
from benchmarks.peers import HOW_TO_GET_TORCH, cut_to, fit, ours, torch_or_none
from core.experiment import Experiment
from core.presets import load_preset


def measure(setting: Setting) -> list[Row]:
    """The second epoch and those after it, validation, checkpoint and status included; the first one compiles."""
    digits = _epochs(load_preset("digits-cnn"), setting.size(12, 2))
    rows = _rows(digits, setting, "digits CNN", 2.5, 1.3)
    fashion = _epochs(load_preset("fashion-cnn"), setting.size(3, 2))
    with cut_to(fashion, setting.size(3200, 64), setting.size(320, 64)):
        return rows + _rows(fashion, setting, "Fashion CNN", 1.3, 1.2)


def _epochs(experiment: Experiment, epochs: int) -> Experiment:
    return experiment.edited(training=experiment.training.edited(epochs=epochs))


def _rows(experiment: Experiment, setting: Setting, what: str, beside_fit: float, beside_torch: float) -> list[Row]:
    """At least so many times as fast as `fit` and as PyTorch."""
    sides = {"ours": ours, "fit": fit} | ({"torch": torch} if (torch := torch_or_none()) else {})
    costs = in_turns(setting.repeats, **{name: lambda s=side: s(experiment) for name, side in sides.items()})
    note = ", ".join(f"{min(cost):.3g} s {name}" for name, cost in costs.items())
    rows = [Row(f"{what}: epoch, against fit", times_faster(costs, "ours", "fit"), beside_fit, None, note)]
    if "torch" not in costs:
        return [*rows, Row(f"{what}: epoch, against eager PyTorch", note=HOW_TO_GET_TORCH)]
    ratios = times_faster(costs, "ours", "torch")
    return [*rows, Row(f"{what}: epoch, against eager PyTorch", ratios, beside_torch)]
