"""A crash, a full disk, a broken disk, at every operation while data arrives: it is there whole, or not at all."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image
from test_faults import Toys, places

from core.datasets.own_images import OwnImages
from core.experiment import Experiment
from core.export import produce
from core.intake.own_images import ingest_files
from core.layers.hand_made import HandMadeConv2D
from core.layers.reshaping import Flatten
from core.runs import states
from core.runs.collection import Runs
from core.workspace import Workspace, using

PICTURES = 4
REFUSALS = {
    "kill": {None},
    "full": {None, "DISK_FULL"},
    "EIO": {None, "DISK_ERROR", "DATASET_NOT_STORED"},
}
"""What a job says when the operation before its rename failed; None where what failed came after."""


def picture(seed):
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def toys(tmp_path_factory):
    toys = Toys(tmp_path_factory.mktemp("toys"))
    yield toys
    toys.close()


@pytest.fixture(scope="module")
def gifts(toys: Toys, tmp_path_factory):
    """What arrives: job -> its arguments."""
    place = tmp_path_factory.mktemp("gifts")
    files = []
    for n in range(PICTURES):
        path = place / "pets" / ("cat", "dog")[n % 2] / f"{n}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(n % 3))  # the last one is the first once more
        files.append((f"pets/{path.parent.name}/{path.name}", path))
    with zipfile.ZipFile(place / "pets.zip", "w") as file:
        for name, path in files:
            file.write(path, name)
    return {
        "prepare": {},
        "receive_zip": {"path": str(place / "pets.zip")},
        "receive_folder": {"path": str(place / "pets")},
        "receive_run": {"path": str(_exported(toys, place, files))},
    }


def _exported(toys, place, files):
    """The archive of a run that was trained on these pictures."""
    home = place / "theirs"
    with using(Workspace(home)):
        made = ingest_files(files, home / "images", "Pets")
        experiment = Experiment(
            dataset=OwnImages(images_id=made.id, image_size=16), layers=(HandMadeConv2D(), Flatten())
        )
        run = Runs(Workspace(home)).create(
            experiment.edited(training=experiment.training.edited(epochs=1, batch_size=2))
        )
        assert toys.ask(home, "train", run=run.id)["state"] == states.FINISHED
        return produce(run, "zip", 0, lambda done, total: None)


@pytest.mark.parametrize("how", ["kill", "full", "EIO"])
@pytest.mark.parametrize("job", ["prepare", "receive_zip", "receive_folder", "receive_run"])
def test_a_fault_at_any_operation_leaves_what_was_or_what_arrives_and_the_second_try_succeeds(
    toys, gifts, tmp_path, job, how
):
    template = tmp_path / job
    template.mkdir()
    whole = tmp_path / "whole"
    whole.mkdir()
    untroubled = toys.ask(whole, job, **gifts[job])
    new, count = toys.ask(whole, "arrived"), len(untroubled["done"])
    old = {"prepared": [False], "uploads": {}, "runs": []}

    def case(copy, n):
        broken = toys.ask(copy, job, at=n, how=how, **gifts[job])
        where = f"{how} at operation {n}: {broken['done'][n - 1]}"
        left = toys.ask(copy, "arrived")
        again = toys.ask(copy, job, **gifts[job])
        after = toys.ask(copy, "arrived")

        assert broken.get("code") in REFUSALS[how], (where, broken)
        for part in old:
            assert left[part] in (old[part], new[part]), (where, part, left)
        assert how == "kill" or ("code" in broken) or left["runs"] == new["runs"], where
        assert left["left"] == [] and left["found"] == [], (where, left)
        assert "refused" not in again, (where, again)
        assert (after["prepared"], after["uploads"]) == (new["prepared"], new["uploads"]), where
        assert set(after["runs"]) == set(new["runs"]), where
        assert after["left"] == [] and after["found"] == [], (where, after)

    assert "refused" not in untroubled, untroubled
    assert any(new[part] != old[part] for part in old)
    assert new["left"] == [] and new["found"] == [] and count > 10
    toys.each(template, places(how, count), case)
