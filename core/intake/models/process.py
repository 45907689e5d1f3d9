"""Opens one `.keras` file in a process of its own: `python -m core.intake.models.process`, the job as a JSON line."""

import logging
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core import child
from core.errors import UserError
from core.intake.models import AGAIN, weights
from core.intake.models.files import open_keras
from core.intake.process import limit_memory

MODULE = "core.intake.models.process"
SECONDS = 120.0
"""A file of 2 GB is copied once."""


@dataclass(frozen=True)
class Opened:
    """What a `.keras` file holds, without its numbers.

    Args:
        config: the JSON value of its config.
        shapes: of its weights, by group.
        trouble: why these can't be taken over; empty when they can.
        ours: the experiment that our export wrote beside them, as JSON; empty without.
    """

    config: Any
    shapes: weights.Shapes = field(default_factory=dict)
    trouble: str = ""
    ours: str = ""


def open_in_process(file: Path, name: str) -> Opened:
    """Opens a file in a short-lived process, so that the server never parses it.

    Args:
        file: where its bytes lie, in a folder of its own.
        name: what it was called.

    Raises:
        UserError: the gate's refusal; MODEL_CRASHED when the process gave no answer.
    """
    try:
        told = child.ask(MODULE, {"file": str(file), "name": name}, None, SECONDS)
    except UserError as error:
        if error.code in ("CRASHED", "TIMEOUT"):
            raise UserError("Opening this file broke off; nothing of it was kept.", AGAIN, "MODEL_CRASHED") from error
        raise
    return Opened(**told)


def work(job: dict[str, Any], progress: child.Progress) -> dict[str, Any]:
    """The process's side; every failure is a UserError.

    Raises:
        UserError: whatever went wrong, in the user's words.
    """
    try:
        parts = open_keras(Path(job["file"]), str(job["name"]))
        told = {"config": parts.config, "ours": parts.ours}
        try:
            return told | {"shapes": weights.shapes(parts.weights)}
        except UserError as error:
            return told | {"trouble": error.what}
    except UserError:
        raise
    except Exception as error:
        # The one boundary where everything is caught: no defect in a reader may show its insides to a learner.
        logging.getLogger(__name__).exception("opening a network failed")
        raise UserError("The file could not be opened because of a fault of ours.", AGAIN, "MODEL_FAILED") from error


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr)
    limit_memory()
    child.answer(work)
