"""What a network said about pictures, as a table for a spreadsheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.export.records import table


@dataclass(frozen=True, eq=False)
class FileAnswer:
    """One file and what was said about it.

    Args:
        file: its name.
        probabilities: float32 (classes,) for the picture as it is; None for a file that was left out.
        adjusted: what was done to it for a second answer, "inverted and centred"; empty without one.
        adjusted_probabilities: float32 (classes,) of that; None without one.
        left_out: why there is no answer.
    """

    file: str
    probabilities: np.ndarray | None = None
    adjusted: str = ""
    adjusted_probabilities: np.ndarray | None = None
    left_out: str = ""


def answers_csv(title: str, class_names: Sequence[str], answers: Sequence[FileAnswer]) -> bytes:
    """A line for every file: its answer, that after adjusting where some have one, and all probabilities.

    Args:
        title: of the run whose network answered.
        class_names: one per probability.
        answers: in the order of the lines.
    """
    some = any(one.adjusted for one in answers)
    second = ("adjusted", "adjusted_answer", "adjusted_probability") if some else ()
    columns = ("file", "answer", "probability", *second, "left_out", *class_names)
    rows = []
    for one in answers:
        told = (one.adjusted, *_likeliest(one.adjusted_probabilities, class_names)) if some else ()
        shares = [None] * len(class_names) if one.probabilities is None else one.probabilities.tolist()
        rows.append([one.file, *_likeliest(one.probabilities, class_names), *told, one.left_out, *shares])
    return table(title, columns, rows)


def _likeliest(probabilities: np.ndarray | None, class_names: Sequence[str]) -> tuple[Any, Any]:
    """The first of the likeliest classes and its probability."""
    if probabilities is None:
        return "", None
    best = int(np.argmax(probabilities))
    return class_names[best], float(probabilities[best])
