"""Uploads on their way in: raw bytes are laid down unread, a process of its own reads them, and they are removed.

Where an upload ends with a question, or with something that can be taken back, its bytes are kept for an hour under a
name of ours, as many as a class has tabs and not many bytes: `answer` reads them again.
"""

import contextlib
import re
import secrets
import time
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from core import child, holdings, stored, workspace
from core.errors import UserError
from core.intake.additions import Onto
from core.intake.archives import MAX_TOTAL
from core.intake.manifest import Ingested
from core.intake.process import ingest_in_process, share_in_process
from core.intake.questions import UNDERSTOOD, Answer, Question
from core.runs.archive import Opened, open_in_process

KEPT = "kept-"
"""How the folders of uploads begin that wait for an answer."""
KEPT_SECONDS = 3600.0
KEPT_UPLOADS = 256
KEPT_BYTES = 2 << 30
_KEPT_NAME = re.compile(r"[0-9a-f]{32}")
JOB = "job.json"
PIECE = 1 << 20
"""Bytes that are copied at once."""


def receive_archive(
    file: BinaryIO,
    name: str,
    on_progress: child.Progress | None = None,
    given: Answer = UNDERSTOOD,
    *,
    may_ask: bool = False,
    onto: Onto | None = None,
) -> Ingested | Question:
    """Makes a dataset of an uploaded ZIP.

    Args:
        file: its bytes.
        name: what it was called; becomes the title, never a path.
        on_progress: called with (pictures done, pictures in all).
        given: how to read it, if it was said before: `Answer(read="inner", keep_apart=True, names="cp949")`.
        may_ask: whether somebody can answer a question. If so, it is returned, and the bytes are kept for `answer`,
            also while something can be taken back; if not, it is refused with DATASET_QUESTION, whose text names the
            values of `Answer.read`, and nothing is kept.
        onto: the dataset that it is added to; a new one then begins with the images of that.

    Raises:
        UserError: the ZIP is refused, or the disk is full.
    """
    with place_for_upload() as place:
        _lay_down(file, place / "upload.zip", _Laid())
        job = {"archive": "upload.zip", "title": PurePosixPath(name).stem} | _added(onto)
        return _ingested(job, place, on_progress, given, may_ask=may_ask)


def receive_folder(
    files: Iterable[tuple[str, BinaryIO]],
    on_progress: child.Progress | None = None,
    given: Answer = UNDERSTOOD,
    *,
    may_ask: bool = False,
    onto: Onto | None = None,
) -> Ingested | Question:
    """Makes a dataset of a folder that the browser sent file by file; else as `receive_archive`.

    Args:
        files: relative name ("pets/cat/1.jpg") and bytes of each.

    Raises:
        UserError: the folder is refused, or the disk is full.
    """
    names, laid = {}, _Laid()
    with place_for_upload() as place:
        for number, (name, file) in enumerate(files):
            _lay_down(file, place / str(number), laid)
            names[str(number)] = name
        title = next(iter(names.values()), "").partition("/")[0]
        job = {"names": names, "title": title} | _added(onto)
        return _ingested(job, place, on_progress, given, may_ask=may_ask)


def answer(kept: str, given: Answer, on_progress: child.Progress | None = None) -> Ingested | Question:
    """Reads an upload again that was kept, as the user says.

    Args:
        kept: as `Question.kept` or `Ingested.kept` says.
        given: the answer.
        on_progress: called with (pictures done, pictures in all).

    Raises:
        UserError: the upload is not kept any more, or is refused.
    """
    place = workspace.current().folder("incoming") / f"{KEPT}{kept}"
    job = stored.read_json(place / JOB) if _KEPT_NAME.fullmatch(kept) else None
    if not _is_job(job):
        raise _not_kept()
    with contextlib.suppress(OSError):
        workspace.touch(place)
    outcome = _read(job, place, on_progress, given)
    if _can_be_answered(outcome):
        return replace(outcome, kept=kept)
    forget(kept)
    return outcome


def forget(kept: str) -> None:
    """Lets go of an upload that was kept; one that is gone already is fine."""
    if _KEPT_NAME.fullmatch(kept):
        with contextlib.suppress(OSError):
            workspace.remove(workspace.current().folder("incoming") / f"{KEPT}{kept}")


def receive_run(file: BinaryIO, on_progress: child.Progress | None = None) -> Opened:
    """Makes a run of an uploaded archive that another installation exported.

    Args:
        file: its bytes.
        on_progress: called with (done, total).

    Raises:
        UserError: the archive is refused, or the disk is full, or runs take all the room that they may.
    """
    holdings.require_room_for_a_run(workspace.current())
    with place_for_upload() as place:
        _lay_down(file, place / "upload.zip")
        opened = open_in_process(place / "upload.zip", place, on_progress)
    if opened.images_id:
        share_in_process(_root(), opened.images_id, on_progress)
    return opened


def place_for_upload() -> contextlib.AbstractContextManager[Path]:
    """A folder for one upload, gone when that is done; what a stopped server left is removed."""
    folder = workspace.current().folder("incoming")
    _let_go(folder)
    return workspace.staging(folder)


class _Laid:
    """Counts the bytes of an upload while they are laid down, and refuses those for which there is no room."""

    def __init__(self) -> None:
        self._size, self._most = 0, min(MAX_TOTAL, holdings.room(workspace.current(), holdings.IMAGES))

    def add(self, size: int) -> None:
        """Counts some more bytes.

        Raises:
            UserError: there is no room for them.
        """
        self._size += size
        if self._size > self._most:
            holdings.require_room_for_images(workspace.current(), self._size, is_all=False)
        if self._size > MAX_TOTAL:
            what = f"The upload has more than {MAX_TOTAL / 1e6:,.0f} MB."
            raise UserError(what, "Use fewer or smaller pictures.", "UPLOAD_TOO_LARGE")


def _lay_down(file: BinaryIO, path: Path, laid: _Laid | None = None) -> None:
    """Copies the bytes, a piece at a time, while there is room for them."""
    with workspace.new_file(path) as copy:
        while piece := file.read(PIECE):
            if laid:
                laid.add(len(piece))
            copy.write(piece)


def _added(onto: Onto | None) -> dict[str, Any]:
    return {"onto": asdict(onto)} if onto else {}


def _ingested(
    job: dict[str, Any], place: Path, on_progress: child.Progress | None, given: Answer, *, may_ask: bool
) -> Ingested | Question:
    outcome = _read(job, place, on_progress, given)
    if isinstance(outcome, Question) and not may_ask:
        raise outcome.refusal()
    return replace(outcome, kept=_keep(job, place)) if may_ask and _can_be_answered(outcome) else outcome


def _can_be_answered(outcome: Ingested | Question) -> bool:
    return isinstance(outcome, Question) or bool(outcome.offers)


def _read(job: dict[str, Any], place: Path, on_progress: child.Progress | None, given: Answer) -> Ingested | Question:
    """What became of an upload; it is stored before equal pictures are shared, so that this may take or fail."""
    try:
        size = sum(file.stat().st_size for file in place.iterdir())
    except OSError as error:
        raise _not_kept() from error  # another process let go of it just now
    holdings.require_room_for_images(workspace.current(), size)
    where = {"archive": str(place / job["archive"])} if "archive" in job else {"folder": str(place)}
    room = holdings.room(workspace.current(), holdings.IMAGES)
    told = job | where | {"root": str(_root()), "answer": asdict(given), "room": room}
    outcome = ingest_in_process(told, on_progress)
    if isinstance(outcome, Ingested):
        share_in_process(_root(), outcome.id, on_progress)
        holdings.forget(workspace.current(), holdings.IMAGES)
    return outcome


def _keep(job: dict[str, Any], place: Path) -> str:
    """Keeps an upload beyond the block that received it, and lets go of what was kept too long or is too much."""
    kept = secrets.token_hex(16)
    workspace.write_json(place / JOB, job)
    workspace.rename(place, place.with_name(f"{KEPT}{kept}"))
    _let_go(place.parent)
    return kept


def _let_go(folder: Path) -> None:
    """Removes kept uploads that are old, the oldest first of those that are too many or too large."""
    found = []
    for path in folder.glob(f"{KEPT}*"):
        with contextlib.suppress(OSError):  # another process removes them too
            found.append((path.stat().st_mtime, sum(file.stat().st_size for file in path.iterdir()), path))
    held = 0
    for place, (touched, size, path) in enumerate(sorted(found, reverse=True)):
        held += size
        too_much = place > 0 and (place >= KEPT_UPLOADS or held > KEPT_BYTES)
        if too_much or time.time() - touched > KEPT_SECONDS:
            with contextlib.suppress(OSError):
                workspace.remove(path)


def _is_job(value: Any) -> bool:
    """Whether what was kept beside an upload says how to read it; a file may hold anything."""
    if not isinstance(value, dict) or not isinstance(value.get("title"), str):
        return False
    return isinstance(value.get("archive"), str) or isinstance(value.get("names"), dict)


def _not_kept() -> UserError:
    return UserError("These files are not here any more.", "Upload them again.", "UPLOAD_NOT_KEPT")


def _root() -> Path:
    return workspace.current().folder("images")
