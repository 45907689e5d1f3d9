"""What one click can record about images that a check found."""

from collections.abc import Iterable

from core.corrections import MOST_LETTERS, Correction, written
from core.corrections.images import Exclude, Move, Relabel
from core.inspection import Remedy


def leave_out(name: str, images: Iterable[int]) -> tuple[Remedy, ...]:
    """Leaves images out of the dataset; nothing where there are none."""
    return _remedy(name, [Exclude(images=text) for text in _texts(images)])


def relabel(name: str, labels: dict[int, int]) -> tuple[Remedy, ...]:
    """Gives images other classes.

    Args:
        name: what stands on the button.
        labels: the new class of each image, by its position.
    """
    steps = []
    for label in sorted(set(labels.values())):
        members = [position for position, new in labels.items() if new == label]
        steps += [Relabel(images=text, label=label) for text in _texts(members)]
    return _remedy(name, steps)


def move(name: str, images: Iterable[int], split: str) -> tuple[Remedy, ...]:
    """Moves images to another split."""
    return _remedy(name, [Move(images=text, split=split) for text in _texts(images)])


def _remedy(name: str, steps: list[Correction]) -> tuple[Remedy, ...]:
    return (Remedy(name=name, corrections=tuple(steps)),) if steps else ()


def _texts(images: Iterable[int]) -> list[str]:
    """Positions as corrections keep them, as many in each as it may hold."""
    ordered, most = sorted(set(images)), MOST_LETTERS // 9  # eight digits and a comma at most
    return [written(ordered[start : start + most]) for start in range(0, len(ordered), most)]
