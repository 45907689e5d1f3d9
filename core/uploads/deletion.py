"""Deleting uploaded images: who uses them is said before, and they go into the trash, from where they can come back."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from core import holdings, stored, workspace
from core.datasets import views
from core.datasets.own_images import AWAY, OwnImages, find_upload
from core.errors import UserError
from core.intake import contents, manifest
from core.intake.process import share_in_process
from core.runs import trash
from core.runs.collection import Runs
from core.runs.run import Run
from core.workspace import Workspace, using


@dataclass(frozen=True)
class DeletedImages:
    """An upload in the trash.

    Args:
        images_id: 32 hexadecimal digits.
        title: what it was called.
        path: where it lies now.
    """

    images_id: str
    title: str
    path: Path


def runs_that_use(images_id: str, runs: Runs) -> list[Run]:
    """Runs that learned, or will learn, from an upload, the latest first."""
    return _that_use(images_id, runs.newest())


def deleted_runs_that_use(images_id: str, runs: Runs) -> list[Run]:
    """Runs in the trash that learned from an upload, the latest first; each can still be restored."""
    return _that_use(images_id, runs.deleted())


def _that_use(images_id: str, runs: list[Run]) -> list[Run]:
    found = []
    for run in runs:
        with contextlib.suppress(UserError):  # a damaged one looks at nothing
            dataset = run.experiment.dataset
            if isinstance(dataset, OwnImages) and dataset.images_id == images_id:
                found.append(run)
    return found


def delete_upload(images_id: str, runs: Runs, *, with_runs: bool = False) -> list[str]:
    """Moves an upload into the trash, by one rename; what was made of it goes, as it can be made again.

    Args:
        images_id: which.
        runs: of the workspace that it lies in.
        with_runs: whether the runs that use it are deleted too; else they keep their curves and their networks.

    Returns:
        the ids of the runs that went with it.

    Raises:
        UserError: it is not there, a run under way needs it, or the disk is to blame.
    """
    with using(runs.workspace):
        upload = find_upload(images_id)
        _require_rest(images_id, runs)
        away = _away(runs.workspace, images_id)
        try:
            _move_away(upload.folder, away, upload.title)
            try:
                _require_rest(images_id, runs)  # one may have begun meanwhile; none can from now on
            except UserError:
                workspace.rename(away, upload.folder)
                raise
            for view in (*views.views(), *views.views(holdings.FEATURES)):
                if _is_of(view, images_id):
                    workspace.discard(view.path)
            contents.forget(upload.folder.parent, [one.path for one in deleted_uploads(runs.workspace)])
        except OSError as error:
            raise workspace.disk_error(error) from error
        finally:
            holdings.forget(runs.workspace, holdings.IMAGES, holdings.PREPARED, holdings.FEATURES, holdings.TRASH)
    gone = runs_that_use(images_id, runs) if with_runs else []
    for run in gone:
        runs.delete(run)
    return [run.id for run in gone]


def _require_rest(images_id: str, runs: Runs) -> None:
    """Refuses while a run that is under way needs them.

    Raises:
        UserError: one is.
    """
    for run in runs_that_use(images_id, runs):
        if run.status().is_live:
            what = f"{run.title} is under way and needs these pictures."
            raise UserError(what, "Stop it first, then delete them.", "DATASET_IN_USE")


def _move_away(folder: Path, away: Path, title: str) -> None:
    """Puts an upload into the trash with its name and the time; the same images that lie there already make room."""
    if away.exists():
        workspace.discard(away)
    workspace.write_json(folder / manifest.NAME, {"title": title})
    workspace.touch(folder)
    workspace.rename(folder, away)


def _away(home: Workspace, images_id: str) -> Path:
    return home.folder(holdings.TRASH.folder) / f"{AWAY}{images_id}"


def deleted_uploads(home: Workspace) -> list[DeletedImages]:
    """What lies in the trash of uploads, the latest first."""
    found = []
    for path in (home.home / holdings.TRASH.folder).glob(f"{AWAY}*"):
        images_id = path.name.removeprefix(AWAY)
        if manifest.ID.fullmatch(images_id):
            with contextlib.suppress(OSError):
                title = manifest.given_name(path) or "Own images"
                found.append((trash.deleted_at(path), DeletedImages(images_id, title, path)))
    return [one for _, one in sorted(found, key=lambda pair: pair[0], reverse=True)]


def restore_upload(images_id: str, home: Workspace) -> None:
    """Brings an upload back from the trash, under the name that it had; runs that use it show what they see again.

    Args:
        images_id: which.
        home: of the trash.

    Raises:
        UserError: it is not in the trash, or the disk is to blame.
    """
    away = _in_trash(images_id, home)
    root = home.folder(holdings.IMAGES.folder)
    try:
        if (root / images_id).exists():  # the same images were brought again meanwhile
            workspace.discard(away)
        else:
            workspace.rename(away, root / images_id)
    except OSError as error:
        raise workspace.disk_error(error) from error
    finally:
        holdings.forget(home, holdings.IMAGES, holdings.TRASH)
    with using(home):
        share_in_process(root, images_id)


def delete_upload_for_ever(images_id: str, home: Workspace) -> None:
    """Removes an upload from the trash; only the same files bring it back.

    Raises:
        UserError: it is not in the trash, or the disk is to blame.
    """
    away = _in_trash(images_id, home)
    try:
        workspace.discard(away)
    except OSError as error:
        raise workspace.disk_error(error) from error
    finally:
        holdings.forget(home, holdings.TRASH)


def _in_trash(images_id: str, home: Workspace) -> Path:
    """Where an upload lies that was deleted.

    Raises:
        UserError: it does not.
    """
    away = home.home / holdings.TRASH.folder / f"{AWAY}{images_id}"
    if not manifest.ID.fullmatch(images_id) or not away.is_dir():
        what = "These pictures are not among the deleted ones any more."
        raise UserError(what, "Upload them again on the Data page.", "DATASET_NOT_DELETED")
    return away


def _is_of(view: views.View, images_id: str) -> bool:
    """Whether a prepared form was made of this upload."""
    told = stored.read_json(view.path / views.FACTS)
    dataset = told.get("dataset") if isinstance(told, dict) else None
    return isinstance(dataset, dict) and dataset.get("images_id") == images_id
