"""The queue: a run that waits for a free core has a ticket, an empty file whose name tells its turn.

Whoever asks for runs has one of them in a round, so that a sweep of thirty does not hold the queue against others. The
name of a ticket is its round, the run, its number and who asked; older tickets have no more than a number and the run.
"""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core import stored, workspace
from core.runs.layout import QUEUE
from core.stored import Lock
from core.workspace import Workspace

TICKET = re.compile(r"(?P<round>\d{12})-(?P<run>[0-9a-f]{32})(?:-(?P<number>\d{12})-(?P<asker>[0-9a-f]{0,32}))?")


@dataclass(frozen=True)
class Ticket:
    """One that waits.

    Args:
        path: the file.
        run_id: whose turn it tells.
        round: in each round everybody who asks has one run.
        number: in the order of asking.
        asker: 0 to 32 hexadecimal digits; empty for a terminal, or nobody in particular.
    """

    path: Path
    run_id: str
    round: int
    number: int
    asker: str = ""

    @classmethod
    def of(cls, path: Path) -> "Ticket | None":
        """What a name in the queue says; None for whatever else lies there."""
        if not (said := TICKET.fullmatch(path.name)):
            return None
        number = said["number"] or said["round"]  # before there were rounds, each run had one of its own
        return cls(path, said["run"], int(said["round"]), int(number), said["asker"] or "")


@dataclass(frozen=True)
class Queue:
    """The runs of a workspace that wait.

    Args:
        workspace: whose.
    """

    workspace: Workspace

    def waiting(self) -> list[str]:
        """Ids of the runs, the next first."""
        return [ticket.run_id for ticket in self._tickets()]

    def position(self, run_id: str) -> int:
        """Place of a run, 1 for the next; 0 outside."""
        places = [place for place, waiting in enumerate(self.waiting(), 1) if waiting == run_id]
        return places[0] if places else 0

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """One after the other: who waits is there, and who was deleted does not wait.

        Raises:
            UserError: the disk does not let us.
        """
        lock = Lock(self.workspace.folder(QUEUE) / "turn.lock")
        try:
            lock.acquire()
        except OSError as error:
            raise workspace.disk_error(error) from error
        try:
            yield
        finally:
            lock.release()

    def add(self, run_id: str, asker: str = "") -> None:
        """Puts a run behind all that its asker waits for, and among those of others in turns.

        Args:
            run_id: whose.
            asker: who wants it, 0 to 32 hexadecimal digits.

        Raises:
            UserError: the disk is full.
        """
        tickets = self._tickets()
        number = max((ticket.number for ticket in tickets), default=0) + 1  # a clock that jumps changes no order
        name = f"{_round(tickets, asker):012d}-{run_id}-{number:012d}-{asker}"
        workspace.write_bytes(self.workspace.folder(QUEUE) / name, b"")

    def remove(self, run_id: str) -> None:
        """Takes a run out; one that does not wait is fine.

        Raises:
            UserError: the disk does not let us.
        """
        for ticket in self._tickets():
            if ticket.run_id == run_id:
                try:
                    workspace.remove(ticket.path)
                except OSError as error:
                    raise workspace.disk_error(error) from error

    def _tickets(self) -> list[Ticket]:
        """In order; whatever else lies there is none."""
        found = [ticket for path in stored.names_in(self.workspace.home / QUEUE) if (ticket := Ticket.of(path))]
        return sorted(found, key=lambda ticket: (ticket.round, ticket.number, ticket.run_id))


def _round(tickets: list[Ticket], asker: str) -> int:
    """The round after the asker's last one; who waits for nothing joins the first runs of the others.

    Theirs may lie two rounds apart: in the earlier one, who asks again once served would come before whoever waits.
    """
    theirs = [ticket.round for ticket in tickets if ticket.asker == asker]
    if theirs:
        return theirs[-1] + 1
    firsts = {ticket.asker: ticket.round for ticket in reversed(tickets)}
    return min(max(firsts.values()), tickets[0].round + 1) if tickets else 1
