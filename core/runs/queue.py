"""The queue: a run that waits for a free core has a ticket, an empty file whose name tells its turn."""

import re
from dataclasses import dataclass
from pathlib import Path

from core import workspace
from core.runs.layout import QUEUE
from core.workspace import Workspace


@dataclass(frozen=True)
class Queue:
    """The runs of a workspace that wait.

    Args:
        workspace: whose.
    """

    workspace: Workspace

    def waiting(self) -> list[str]:
        """Ids of the runs, the next first."""
        return [path.name.partition("-")[2] for path in self._tickets()]

    def position(self, run_id: str) -> int:
        """Place of a run, 1 for the next; 0 outside."""
        places = [place for place, waiting in enumerate(self.waiting(), 1) if waiting == run_id]
        return places[0] if places else 0

    def add(self, run_id: str) -> None:
        """Puts a run at the end.

        Raises:
            UserError: the disk is full.
        """
        workspace.write_bytes(self.workspace.folder(QUEUE) / f"{self._next():012d}-{run_id}", b"")

    def remove(self, run_id: str) -> None:
        """Takes a run out; one that does not wait is fine.

        Raises:
            UserError: the disk does not let us.
        """
        for ticket in self._tickets():
            if ticket.name.endswith(run_id):
                try:
                    workspace.remove(ticket)
                except OSError as error:
                    raise workspace.disk_error(error) from error

    def _tickets(self) -> list[Path]:
        """In order; whatever else lies there is none."""
        home = self.workspace.home / QUEUE
        if not home.exists():
            return []
        return sorted(path for path in home.iterdir() if re.fullmatch(r"\d{12}-[0-9a-f]{32}", path.name))

    def _next(self) -> int:
        """One more than the last, so that a clock that jumps changes no order."""
        return max((int(path.name[:12]) for path in self._tickets()), default=0) + 1
