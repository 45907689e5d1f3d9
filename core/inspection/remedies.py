"""What one click can record about images that a check found."""

from collections.abc import Iterable
from typing import Any

from core.inspection import Remedy


def leave_out(name: str, images: Iterable[int]) -> Remedy:
    """Leaves images out of the dataset."""
    return Remedy(name=name, corrections=(_correction("Exclude", images),))


def relabel(name: str, images: Iterable[int], label: int) -> Remedy:
    """Gives images another class."""
    return Remedy(name=name, corrections=(_correction("Relabel", images, label=label),))


def _correction(kind: str, images: Iterable[int], **more: Any) -> dict[str, Any]:
    return {"kind": kind, "images": ranges(images), **more}


def ranges(positions: Iterable[int]) -> str:
    """Positions as text: [3, 7, 8, 9] -> "3,7-9"."""
    runs: list[list[int]] = []
    for position in sorted(set(positions)):
        if runs and runs[-1][1] == position - 1:
            runs[-1][1] = position
        else:
            runs.append([position, position])
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in runs)
