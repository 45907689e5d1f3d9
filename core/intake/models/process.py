"""Opens one `.keras` file in a process of its own: `python -m core.intake.models.process`, the job as a JSON line."""

import logging
import sys
from pathlib import Path
from typing import Any

from core import child
from core.errors import UserError
from core.intake.models import AGAIN, weights
from core.intake.models.files import open_keras
from core.intake.process import limit_memory

MODULE = "core.intake.models.process"
SECONDS = 30.0


def open_in_process(file: Path, name: str) -> tuple[Any, weights.Shapes, str]:
    """Opens a file in a short-lived process, so that the server never parses it.

    Args:
        file: where its bytes lie.
        name: what it was called.

    Returns:
        the JSON value of its config, the shapes of its weights by group, and why these can't be taken over.

    Raises:
        UserError: the gate's refusal; MODEL_CRASHED when the process gave no answer.
    """
    try:
        told = child.ask(MODULE, {"file": str(file), "name": name}, None, SECONDS)
    except UserError as error:
        if error.code in ("CRASHED", "TIMEOUT"):
            raise UserError("Opening this file broke off; nothing of it was kept.", AGAIN, "MODEL_CRASHED") from error
        raise
    return told["config"], told["shapes"], told["trouble"]


def work(job: dict[str, Any], progress: child.Progress) -> dict[str, Any]:
    """The process's side; every failure is a UserError.

    Raises:
        UserError: whatever went wrong, in the user's words.
    """
    try:
        config, data = open_keras(Path(job["file"]).read_bytes(), str(job["name"]))
        try:
            return {"config": config, "shapes": weights.shapes(data), "trouble": ""}
        except UserError as error:
            return {"config": config, "shapes": {}, "trouble": error.what}
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
