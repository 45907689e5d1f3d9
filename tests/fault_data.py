"""Jobs of `fault_child` that bring data in: a dataset is prepared, pictures and a run arrive."""

import hashlib
from pathlib import Path

from core import datasets, workspace
from core.datasets import Facts
from core.datasets.own_images import OwnImages, uploads
from core.datasets.shapes import Shapes
from core.experiment import Experiment
from core.experiment.stages import stages
from core.intake import contents, process
from core.runs import doctor
from core.runs.archive import gate
from core.runs.collection import Runs
from core.uploads import incoming
from tests.toy_network import ToyModel

SHAPES = Shapes(count=40, image_size=12, classes=3)


def _quiet(done: int, total: int) -> None:
    """Nobody watches."""


def _here() -> None:
    """Does in this process what has one of its own, as faults reach only this one; the toy has no Keras to ask."""
    incoming.ingest_in_process = lambda job, on_progress: process._from_json(process.work(job, _quiet))
    incoming.share_in_process = lambda root, id, on_progress: contents.share(root, id)
    incoming.open_in_process = lambda archive, place, on_progress: gate.open_archive(archive, place)
    gate.weight_shapes = _toy_shapes


def _toy_shapes(experiment: Experiment, facts: Facts) -> tuple[dict, dict]:
    """Shapes of the toy's weights by name, and of the frozen ones in each stage."""
    toy = ToyModel(experiment, facts)
    still = {toy.still.path: toy.still.shape}
    return {one.path: one.shape for one in toy.weights}, dict.fromkeys(stages(experiment), still)


def prepare() -> dict:
    """Prepares a dataset."""
    return {"images": _digest(SHAPES)}


def receive_zip(path: str) -> dict:
    """Makes a dataset of a ZIP."""
    _here()
    with Path(path).open("rb") as file:
        return {"id": incoming.receive_archive(file, "pets.zip").id}


def receive_folder(path: str) -> dict:
    """Makes a dataset of a folder."""
    _here()
    names = sorted(one for one in Path(path).rglob("*") if one.is_file())
    files = [(f"pets/{one.parent.name}/{one.name}", one.open("rb")) for one in names]
    return {"id": incoming.receive_folder(files).id}


def receive_run(path: str) -> dict:
    """Opens a run from elsewhere."""
    _here()
    with Path(path).open("rb") as file:
        return {"run": incoming.receive_run(file).run}


def arrived() -> dict:
    """What of all that counts, read to its last byte; and what is left lying about once crashes count as long ago."""
    doctor.YOUNG_SECONDS = workspace.STALE_SECONDS = -1.0
    home = workspace.current().home
    prepared = [datasets.is_prepared(SHAPES) and _digest(SHAPES)]
    found = {upload.images_id: len(upload.files) for upload in uploads()}
    for images_id in found:
        OwnImages(images_id=images_id, image_size=16).generate(_quiet)
    listed = [len(run.weights()) and len(run.metrics().epochs) for run in Runs(workspace.current()).newest()]
    for folder in home.iterdir():
        workspace.sweep(folder)
    left = [str(path.relative_to(home)) for path in home.rglob(".*") if path.name != ".contents"]
    return {"prepared": prepared, "uploads": found, "runs": listed, "left": left,
            "found": [(finding.what, finding.severity) for finding in doctor.examine(workspace.current())]}  # fmt: skip


def _digest(dataset: datasets.Dataset) -> str:
    data = datasets.load(dataset)
    return hashlib.sha256(data.images.tobytes() + data.labels.tobytes() + data.train.tobytes()).hexdigest()


JOBS = {job.__name__: job for job in (prepare, receive_zip, receive_folder, receive_run, arrived)}
