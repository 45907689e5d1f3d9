"""Epochs of two presets with live records: against `fit` and, where it is installed, eager PyTorch; and in bfloat16."""

from benchmarks import Row, Setting, in_turns, times_faster
from benchmarks.peers import HOW_TO_GET_TORCH, alone, has_torch
from core.training.precision import counts_in_bfloat16

Work = tuple[str, int, int, int]
"""A preset, epochs, pictures to train and to test on."""


def measure(setting: Setting) -> list[Row]:
    """The second epoch and those after it, validation, checkpoint and status included; the first one compiles."""
    digits = _rows("digits CNN", setting, ("digits-cnn", setting.size(20, 2), 0, 0), 6.0, 2.0)
    cut = (setting.size(4, 2), setting.size(6400, 64), setting.size(640, 64))
    scored = (setting.size(4, 2), setting.size(12_800, 64), setting.size(10_000, 64))
    fashion = _rows("Fashion CNN", setting, ("fashion-cnn", *cut), 1.5, 1.35, bfloat16=2.0)
    return [*digits, *fashion, _accuracy("Fashion CNN", ("fashion-cnn", *scored))]


def _rows(
    what: str, setting: Setting, work: Work, beside_fit: float, beside_torch: float, bfloat16: float = 0.0
) -> list[Row]:
    """At least so many times as fast as `fit` and as PyTorch; where asked for, in bfloat16 as `fit` in float32."""
    sides = ["ours", "fit", *(["torch"] if has_torch() else []), *(["bfloat16"] if bfloat16 else [])]
    costs = in_turns(setting.repeats, **{side: lambda s=side: alone(s, *work) for side in sides})
    note = ", ".join(f"{min(cost):.3g} s {name}" for name, cost in costs.items())
    rows = [_row(f"{what}: epoch, against fit", times_faster(costs, "ours", "fit"), beside_fit, note)]
    if "torch" in costs:
        ratios = times_faster(costs, "ours", "torch")
        rows.append(_row(f"{what}: epoch, against eager PyTorch", ratios, beside_torch))
    else:
        rows.append(Row(f"{what}: epoch, against eager PyTorch", note=HOW_TO_GET_TORCH))
    if bfloat16:
        has = counts_in_bfloat16()
        ratios = times_faster(costs, "bfloat16", "fit")
        note = "" if has else "a processor without bfloat16 has no aim"
        rows.append(_row(f"{what}: in mixed_bfloat16, against float32 fit", ratios, bfloat16 if has else None, note))
    return rows


def _row(what: str, ratios: tuple[float, ...], at_least: float | None, note: str = "") -> Row:
    """A row that says whether a single turn was lost."""
    lost = sum(ratio < 1 for ratio in ratios)
    told = f"{lost} of {len(ratios)} turns below 1" if lost else "no turn below 1"
    return Row(what, ratios, at_least, None, ", ".join(filter(None, [note, told])))


def _accuracy(what: str, work: Work) -> Row:
    """Half the bits may cost half a point; the same seed gives the same figure, so that one turn is enough."""
    full, half = (alone(side, *work) for side in ("scored", "scored_bfloat16"))
    note = f"{full:.3f} in float32, {half:.3f} in mixed_bfloat16"
    return Row(f"{what}: points of accuracy, mixed_bfloat16 less float32", (100 * (half - full),), -0.5, None, note)
