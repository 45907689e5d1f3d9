"""Deleting uploaded pictures: who uses them is said before, and they go with all that was made of them."""

import contextlib

from core import holdings, stored, workspace
from core.datasets import views
from core.datasets.own_images import OwnImages, find_upload
from core.errors import UserError
from core.intake import contents
from core.runs.collection import Runs
from core.runs.run import Run
from core.workspace import using


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


def delete_upload(images_id: str, runs: Runs) -> None:
    """Deletes an upload and its prepared forms; runs that used it keep their curves and their networks.

    Args:
        images_id: which.
        runs: of the workspace that it lies in.

    Raises:
        UserError: it is not there, a run under way needs it, or the disk is to blame.
    """
    with using(runs.workspace):
        upload = find_upload(images_id)
        for run in runs_that_use(images_id, runs):
            if run.status().is_live:
                what = f"{run.title} is under way and needs these pictures."
                raise UserError(what, "Stop it first, then delete them.", "DATASET_IN_USE")
        try:
            workspace.discard(upload.folder)
            for view in views.views():
                if _is_of(view, images_id):
                    workspace.discard(view.path)
            contents.forget(upload.folder.parent)
            holdings.forget(runs.workspace, holdings.IMAGES, holdings.PREPARED)
        except OSError as error:
            raise workspace.disk_error(error) from error


def _is_of(view: views.View, images_id: str) -> bool:
    """Whether a prepared form was made of this upload."""
    told = stored.read_json(view.path / views.FACTS)
    dataset = told.get("dataset") if isinstance(told, dict) else None
    return isinstance(dataset, dict) and dataset.get("images_id") == images_id
