"""What each row of the list costs, in columns: memory beside what is there, and its share of the whole network."""

from collections.abc import Sequence
from math import prod
from typing import Any

from core.experiment import Training, memory
from core.experiment.network import Row, Trace
from core.words import counted, in_bytes, percent, side_by_side

SHARES = {"parameters": "parameters", "cost": "multiply-adds", "memory": "memory"}
"""Of what a bar may show the share: the column that it stands in, and its name."""


class Ladder:
    """The columns of a whole network, which is added up once.

    Args:
        traced: the network, unfolded.
        training: its batch, and the precision of what layers give.
    """

    def __init__(self, traced: Trace, training: Training) -> None:
        self._traced, self._training = traced, training
        self._whole = _amounts([row for row in traced.rows if row.output_shape], training)

    def columns(self, row: Row) -> dict[str, Any]:
        """The columns of one line of the list, a layer or a folded block; empty for a layer that can't be."""
        return self.together(self._traced.inside(row.id) if row.of is not None and row.layer is row.of else [row])

    def together(self, rows: Sequence[Row]) -> dict[str, Any]:
        """The columns of layers taken together; empty where one can't be."""
        if any(one.output_shape is None for one in rows):
            return {}
        own, whole = _amounts(rows, self._training), self._whole
        shares = {name: part / whole[name] if whole[name] else 0.0 for name, part in own.items()}
        return {
            "memory": in_bytes(own["memory"]),
            "memoryTitle": _memory_words(rows, self._training),
            "shares": shares,
            "shareTitles": {name: f"{percent(shares[name])} of all {words}" for name, words in SHARES.items()},
        }

    def total(self) -> dict[str, Any]:
        """The columns of the whole network."""
        return {
            "memory": in_bytes(self._whole["memory"]),
            "memoryTitle": f"What all layers give for a batch of {self._training.batch_size}, kept until the way back",
        }


def _amounts(rows: Sequence[Row], training: Training) -> dict[str, float]:
    """What the shares are counted in."""
    return {
        "parameters": sum(row.parameters for row in rows),
        "cost": sum(row.multiply_adds for row in rows),
        "memory": _bytes(rows, training),
    }


def _bytes(rows: Sequence[Row], training: Training) -> int:
    """What layers give for a batch."""
    of_one = sum(prod(row.output_shape) * memory.value_bytes(row, training.precision) for row in rows)
    return of_one * training.batch_size


def _memory_words(rows: Sequence[Row], training: Training) -> str:
    if len(rows) > 1:
        return (
            f"What its {counted(len(rows), 'layer')} give for a batch of {training.batch_size}, kept until the way back"
        )
    shape, each = side_by_side(rows[0].output_shape), memory.value_bytes(rows[0], training.precision)
    return f"{training.batch_size} × {shape} values of {each} bytes, kept until the way back"
