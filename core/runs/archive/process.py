"""Opens one archive in a process of its own: `python -m core.runs.archive.process`, the job as a JSON line."""

import logging
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core import child
from core.errors import UserError
from core.intake.process import limit_memory
from core.runs.archive import ANEW
from core.runs.archive.gate import open_archive


def _work(job: dict[str, Any], progress: child.Progress) -> dict[str, Any]:
    """The process's side; every failure is a UserError."""
    try:
        return asdict(open_archive(Path(job["archive"]), Path(job["place"]), progress))
    except UserError:
        raise
    except Exception as error:
        # The one boundary where everything is caught: no defect in a reader may show its insides to a learner.
        logging.getLogger(__name__).exception("opening a run failed")
        raise UserError("The run could not be opened because of a fault of ours.", ANEW, "RUN_FAILED") from error


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr)
    limit_memory()
    child.answer(_work)
