"""Makes one file in a process of its own: `python -m core.export.process`, the job as a JSON line."""

import logging
import sys
from typing import Any

from core import child
from core.errors import UserError
from core.export import formats, produce
from core.quick_keras import import_keras
from core.runs.collection import Runs
from core.workspace import current


def _work(job: dict[str, Any], progress: child.Progress) -> str:
    """Returns the path of the file.

    Raises:
        UserError: whatever went wrong, in the user's words.
    """
    import_keras()
    try:
        return str(produce(Runs(current()).find(job["run"]), job["format"], job["epoch"], progress))
    except UserError:
        raise
    except Exception as error:
        # The border of the process: a converter may fail in ways of its own, and its insides are for the log.
        logging.getLogger(__name__).exception("export failed")
        title = formats()[job["format"]].title()
        raise UserError(
            f"{title} could not be made of this network.",
            "Take another format; the server's log says more.",
            "EXPORT_FAILED",
        ) from error


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr)
    child.answer(_work)
