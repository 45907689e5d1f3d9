"""The catalogue of exports: every kind of file that a run can be taken along as is one small class.

Kinds that need Keras are made in a short-lived process of their own, into `workspace/exports/`; a file appears there
under a name of ours by one rename, or not at all.
"""

from functools import cache
from pathlib import Path
from typing import ClassVar

from core import child, workspace
from core.errors import UserError
from core.runs.run import Run
from core.spec import Spec, kinds
from core.stores.ready import Exported, appear, slug

SECONDS = 300.0
"""A conversion takes about ten."""
BEST, LAST = "best", "last"


class Format(Spec):
    """One kind of file."""

    word: ClassVar[str] = ""
    """What the command line calls it."""

    suffix: ClassVar[str] = ""
    """How its names end."""

    mime: ClassVar[str] = "application/octet-stream"

    of_epoch: ClassVar[bool] = False
    """Whether it holds the network as it was after one epoch."""

    heavy: ClassVar[bool] = True
    """Whether making it needs Keras or many megabytes, and so a process of its own."""

    def why_not(self) -> str:
        """What keeps this machine from making it and what to do; empty when nothing does."""
        return ""

    def write(self, run: Run, epoch: int, path: Path, progress: child.Progress) -> None:
        """Makes the file.

        Args:
            run: which.
            epoch: a saved one; 0 for kinds that hold no network.
            path: of a file that is not there yet, named with the suffix, in a folder of its own.
            progress: called with (done, total).

        Raises:
            UserError: the run lacks what it needs.
        """
        raise NotImplementedError


@cache
def formats() -> dict[str, Format]:
    """Every kind by the word of the command line, in reading order."""
    return {kind.word: kind() for kind in kinds(Format).values()}


def saved_epoch(run: Run, wish: str | int = BEST) -> int:
    """The epoch that is meant, if its network is kept.

    Args:
        run: which.
        wish: "best" (the one used everywhere: `Run.chosen_epoch`), "last", or a number.

    Raises:
        UserError: no network is kept, or not this one.
    """
    saved = run.checkpoints()
    if not saved:
        raise UserError("This run has no saved network yet.", "Wait for its first epoch.", "NO_CHECKPOINT")
    if wish == BEST:
        return run.chosen_epoch
    if wish == LAST:
        return saved[-1]
    if not str(wish).isdecimal() or int(wish) not in saved:
        kept = ", ".join(map(str, saved[:12])) + (" ..." if len(saved) > 12 else "")
        raise UserError(f"The network of epoch {wish} is not kept.", f"Kept epochs: {kept}.", "EPOCH_NOT_KEPT")
    return int(wish)


def make(run: Run, word: str, epoch: str | int = BEST, progress: child.Progress | None = None) -> Exported:
    """Makes a file of a run.

    Args:
        run: which.
        word: one of `formats`.
        epoch: as in `saved_epoch`; of no account for kinds that hold no network.
        progress: called with (done, total).

    Raises:
        UserError: this machine or this run can't give it, or the disk is full.
    """
    format = formats().get(word)
    if format is None:
        raise UserError(f"{word[:40]!r} is no format.", f"Formats: {', '.join(formats())}.", "FORMAT_UNKNOWN")
    if reason := format.why_not():
        raise UserError(f"{format.title()} can't be made here.", reason, "FORMAT_UNAVAILABLE")
    number = saved_epoch(run, epoch) if format.of_epoch else 0
    with workspace.using(run.workspace):
        if format.heavy:
            job = {"run": run.id, "format": word, "epoch": number}
            path = Path(child.ask("core.export.process", job, progress, SECONDS))
        else:
            path = produce(run, word, number, progress or (lambda done, total: None))
    name = f"{slug(run.title, 'run')}{f'-epoch-{number}' if number else ''}{format.suffix}"
    return Exported(path, name, format.mime, number)


def produce(run: Run, word: str, epoch: int, progress: child.Progress) -> Path:
    """Writes the file in this process; it appears by one rename. Returns where.

    Raises:
        UserError: the run lacks what it needs, or the disk is full.
    """
    return appear(run.workspace, formats()[word].suffix, lambda path: formats()[word].write(run, epoch, path, progress))
