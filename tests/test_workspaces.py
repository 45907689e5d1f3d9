"""Two workspaces in one process know nothing of each other."""

import threading

import pytest

from core import datasets, export, workspace
from core.datasets.own_images import OwnImages
from core.errors import UserError
from core.experiment import Experiment
from core.intake.own_images import ingest_files
from core.layers.reshaping import Flatten
from core.lens.network import open_network
from core.runs import doctor, states, sweeps
from core.runs.collection import Runs
from core.runs.recorder import Recorder
from core.training.loop import Trainer
from core.workspace import Workspace, current, using
from tests.pets import picture


@pytest.fixture
def two(tmp_path):
    return Workspace(tmp_path / "hers"), Workspace(tmp_path / "his")


def train(run):
    with Recorder(run) as record:
        return Trainer(run.experiment, record).run()


def test_runs_and_datasets_of_two_workspaces_are_made_side_by_side(two, small):
    made = [Runs(home).create(small) for home in two]
    second, first = (train(run) for run in reversed(made))

    assert {first, second} == {states.FINISHED}
    for home, run, other in zip(two, made, reversed(made), strict=True):
        assert [found.id for found in Runs(home).newest()] == [run.id]
        assert {folder.name for folder in home.home.iterdir()} == {"runs", "datasets"}
        assert doctor.examine(home) == []
        with pytest.raises(UserError, match="not here"):
            Runs(home).find(other.id)
        with using(home):
            assert datasets.is_prepared(small.dataset)
        assert open_network(run).answer(datasets_of(home, small)[:1])[1].shape == (1, 10)
    assert not current().home.exists()


def datasets_of(home, experiment):
    """The images of a workspace."""
    with using(home):
        return datasets.load(experiment.dataset).images


@pytest.fixture
def own(tmp_path):
    """Makes pictures of one's own known to a workspace: the dataset."""

    def upload(home):
        names = [f"{folder}/{n}.png" for folder in ("cat", "dog") for n in range(3)]
        files = []
        for seed, name in enumerate(names):
            files.append((name, tmp_path / f"{seed}.png"))
            files[-1][1].write_bytes(picture(seed))
        return OwnImages(images_id=ingest_files(files, home.folder("images"), "pets").id, image_size=16)

    return upload


def test_a_script_is_written_for_the_pictures_of_the_runs_workspace(two, own):
    hers, his = two
    dataset = own(his)
    run = Runs(his).create(Experiment(dataset=dataset, layers=(Flatten(),)))
    with using(hers):
        exported = export.make(run, "script")

    assert repr(str(his.home / "images" / dataset.images_id)) in exported.read().decode()
    assert exported.path.is_relative_to(his.home)


def test_a_sweep_is_judged_by_the_pictures_of_the_workspace_that_it_is_made_in(two, own):
    hers, his = two
    experiment = Experiment(dataset=own(his), layers=(Flatten(),))
    seed = sweeps.find(experiment, "seed")
    with using(hers):
        made = sweeps.start(Runs(his), experiment, [(seed, (1, 2))])
        with pytest.raises(UserError, match="not on this machine"):
            sweeps.start(Runs(hers), experiment, [(seed, (1, 2))])

    assert {run.id for run in Runs(his).newest()} == {run.id for run in made}
    assert len(made) == 2 and Runs(hers).newest() == []


def test_queue_and_trash_are_those_of_the_workspace(two, small):
    hers, his = (Runs(home) for home in two)
    run, other = hers.create(small), his.create(small)
    run.enqueue()
    other.enqueue()

    assert [waiting.id for waiting in hers.queue()] == [run.id]
    assert run.status().position == other.status().position == 1
    hers.delete(run)
    assert (hers.newest(), [gone.id for gone in hers.deleted()]) == ([], [run.id])
    assert ([found.id for found in his.newest()], his.deleted()) == ([other.id], [])


def test_the_current_workspace_is_one_of_the_thread_alone(two):
    hers, his = two
    entered, seen = threading.Barrier(2), {}

    def look(home):
        with using(home):
            entered.wait(10)
            seen[home] = current()
            entered.wait(10)

    threads = [threading.Thread(target=look, args=(home,)) for home in two]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == {hers: hers, his: his}
    assert current() not in two


def test_a_child_process_works_in_the_workspace_of_who_started_it(two):
    from core import child

    with using(two[1]):
        assert child.environment()["KERNELSCOPE_HOME"] == str(two[1].home)
    assert child.environment()["KERNELSCOPE_HOME"] == str(workspace.current().home)
