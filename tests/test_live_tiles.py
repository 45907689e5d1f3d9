"""A run seen from inside while it is trained: what is on show is of the epoch that is named."""

import shutil
from pathlib import Path

import pytest

from core.runs import layout
from core.workspace import current
from pages.components.runs import live_tiles
from tests.saved import here

RUN = "2978a18de39819c86f4dff1eaf5cccf4"
GOLDEN = Path(__file__).parent / "golden" / "version_1" / "runs" / RUN


@pytest.fixture
def run():
    """A run with the checkpoints of three epochs."""
    shutil.copytree(GOLDEN, current().home / layout.RUNS / RUN)
    return here().find(RUN)


def saved(run, epoch):
    return run.path / layout.CHECKPOINTS / f"{epoch:06d}"


def test_the_kernels_on_show_are_those_of_the_epoch_as_soon_as_it_is_saved(run):
    right = {epoch: live_tiles._planes(run, run.weights(epoch)) for epoch in (2, 3)}
    saved(run, 3).rename(run.path / "later")  # its record is written, its checkpoint is not yet
    before = live_tiles._kernels(run, 3)
    (run.path / "later").rename(saved(run, 3))

    assert before == right[2] != right[3]
    assert live_tiles._kernels(run, 3) == right[3]


def test_the_kernels_on_show_are_those_of_the_file_that_lies_there_now(run):
    within, whole = (live_tiles._planes(run, run.weights(epoch)) for epoch in (2, 3))
    saved(run, 3).rename(run.path / "later")
    shutil.copytree(saved(run, 2), saved(run, 3))  # a stop within the epoch keeps its weights under that number
    before = live_tiles._kernels(run, 3)
    shutil.rmtree(saved(run, 3))
    (run.path / "later").rename(saved(run, 3))

    assert (before, live_tiles._kernels(run, 3)) == (within, whole)
