"""Runs from another installation: of a ZIP only what is known is read, each part by its own reader.

It works in a process of its own. Nothing of the ZIP is kept as it came: settings, curves, notes and arrays are read,
judged and written anew; the run appears by one rename under a fresh id.
"""

from dataclasses import dataclass
from pathlib import Path

from core import child
from core.errors import UserError

MODULE = "core.runs.archive.process"
FORMAT = 3
"""Raised when the archive changes so that older versions can't read it."""
ABOUT, PICTURES = "archive.json", "pictures"

ANEW = "Export the run again where it was trained, and open that file as it is."


@dataclass(frozen=True)
class Opened:
    """A run that arrived.

    Args:
        run: its id here.
        notes: sentences about what could not come along.
        images_id: of the upload that came along; empty without one.
    """

    run: str
    notes: tuple[str, ...] = ()
    images_id: str = ""


def open_in_process(archive: Path, place: Path, on_progress: child.Progress | None = None) -> Opened:
    """Opens an archive in a short-lived process.

    Args:
        archive: the ZIP, inside the workspace.
        place: an empty folder of the workspace for whatever is half made; the caller removes it.
        on_progress: called with (done, total).

    Raises:
        UserError: the gate's refusal, or the process gave no answer.
    """
    try:
        told = child.ask(MODULE, {"archive": str(archive), "place": str(place)}, on_progress, 300.0)
    except UserError as error:
        if error.code in ("CRASHED", "TIMEOUT"):
            raise UserError("Opening the archive broke off; nothing of it was kept.", ANEW, "RUN_CRASHED") from error
        raise
    return Opened(told["run"], tuple(told["notes"]), told["images_id"])
