"""One upload in a process of its own (`python -m core.intake.process`): a hostile file costs one answer, no server."""

import contextlib
import json
import logging
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core import child
from core.errors import UserError
from core.intake import contents
from core.intake.additions import Onto, add
from core.intake.left_out import Skipped
from core.intake.manifest import Ingested, offers_from
from core.intake.own_images import ingest_archive, ingest_files
from core.intake.questions import Answer, Question, Reading

MODULE = "core.intake.process"

SECONDS = 900.0
"""60 000 small pictures take some minutes to be decoded, and to be forced to a slow disk."""
SHARE_SECONDS = 60.0
"""What is not shared by then stays as it is: that costs room and nothing else."""
MEMORY = 4 << 30
"""Bytes of address space: one 25-megapixel picture takes under 512 MB, the libraries another 1 GB of addresses."""


def ingest_in_process(
    job: dict[str, Any], on_progress: child.Progress | None = None, seconds: float = SECONDS
) -> Ingested | Question:
    """Runs one ingest in a short-lived process, so that the server never parses an upload.

    Args:
        job: {"archive": path of a ZIP, "root": folder of the datasets, "title": text}, or instead of "archive"
            {"folder": path, "names": {file name in that folder: relative name it was uploaded with}}; and perhaps
            "answer", the fields of an `Answer`, "room", the bytes that its pictures may take, and with a folder
            "places": {folder: [split, class]}, where nothing need be read in the names; and "onto", the fields of an
            `Onto`, where they are added to a dataset.
        on_progress: called with (pictures done, pictures in all).
        seconds: the process is ended when it takes longer.

    Returns:
        what became of it, or what it asks.

    Raises:
        UserError: the ingest's own refusal; INTAKE_CRASHED or INTAKE_TIMEOUT when the process gave no answer.
    """
    try:
        told = child.ask(MODULE, job, on_progress, seconds)
        return _question(told["question"]) if "question" in told else _from_json(told)
    except UserError as error:
        raise _in_our_words(error) from error
    except (OSError, json.JSONDecodeError) as error:
        # The process could not start, ended before it read the job, or in the middle of a line.
        raise _crashed() from error


def share_in_process(root: Path, id: str, on_progress: child.Progress | None = None) -> None:
    """`contents.share` in a process of its own, after the upload is known to be stored; harmless where that fails.

    Args:
        root: folder of all uploads.
        id: of one that is complete.
        on_progress: called with (pictures done, pictures in all).
    """
    with contextlib.suppress(UserError, OSError, json.JSONDecodeError):
        child.ask(MODULE, {"share": id, "root": str(root)}, on_progress, SHARE_SECONDS)


def work(job: dict[str, Any], on_progress: child.Progress) -> dict[str, Any] | None:
    """The process's side: does the job and returns what became of it as JSON; every failure is a UserError.

    Raises:
        UserError: whatever went wrong, in the user's words.
    """
    try:
        if "share" in job:
            return contents.share(Path(job["root"]), job["share"], on_progress)
        root = Path(job["root"])
        if "onto" in job:
            outcome = add(root, Onto(**job["onto"]), lambda place, known: _ingested(job, place, known, on_progress))
        else:
            outcome = _ingested(job, root, frozenset(), on_progress)
        return {"question": asdict(outcome)} if isinstance(outcome, Question) else asdict(outcome)
    except UserError:
        raise
    except Exception as error:
        # The one boundary where everything is caught: no defect in a parser may show its insides to a learner.
        logging.getLogger(__name__).exception("ingest failed")
        raise UserError(
            "The upload could not be read because of a fault of ours.",
            "Try it without unusual files; if it happens again, please report it.",
            "INTAKE_FAILED",
        ) from error


def _ingested(
    job: dict[str, Any], root: Path, known: frozenset[str], on_progress: child.Progress
) -> Ingested | Question:
    """What becomes of the files of a job in a folder of datasets."""
    title, answer, room = str(job["title"]), Answer(**job.get("answer", {})), job.get("room")
    if "archive" in job:
        return ingest_archive(Path(job["archive"]), root, title, on_progress, answer, room=room, known=known)
    told = job.get("places")
    places = None if told is None else {folder: (split, name) for folder, (split, name) in told.items()}
    return ingest_files(_files(job), root, title, on_progress, answer, room=room, places=places, known=known)


def limit_memory() -> None:
    """Caps the address space of this process where the system can (Windows cannot, macOS often will not)."""
    try:
        import resource  # Unix only
    except ImportError:
        return
    try:
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        limit = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    except (OSError, ValueError):
        logging.getLogger(__name__).warning("no memory limit on this system")


def _files(job: dict[str, Any]) -> list[tuple[str, Path]]:
    """Relative names and paths; only files that lie directly in the folder."""
    folder = Path(job["folder"])
    # `name` drops every folder from what the caller says, so a job can't reach outside.
    return [(relative, folder / Path(stored).name) for stored, relative in job["names"].items()]


def _from_json(value: dict[str, Any]) -> Ingested:
    return Ingested(
        value["id"],
        value["title"],
        tuple(value["class_names"]),
        value["counts"],
        tuple(Skipped(**item) for item in value["skipped"]),
        tuple(value["notes"]),
        offers_from(value["offers"]),
    )


def _question(told: dict[str, Any]) -> Question:
    readings = tuple(Reading(**reading) for reading in told["readings"])
    return Question(told["title"], told["what"], readings, Answer(**told["given"]))


def _in_our_words(error: UserError) -> UserError:
    if error.code == "CRASHED":
        return _crashed()
    if error.code == "TIMEOUT":
        what = "Reading the upload took too long and was stopped."
        return UserError(what, "Upload fewer or smaller pictures.", "INTAKE_TIMEOUT")
    return error


def _crashed() -> UserError:
    what = "Reading the upload stopped unexpectedly; nothing of it was stored."
    return UserError(what, "Try again; if it happens again, leave out unusual pictures.", "INTAKE_CRASHED")


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr)
    limit_memory()
    child.answer(work)
