"""Prepared images: thrown away under a budget, the least recently used first, and made again the same."""

import os
import time

import numpy as np
import pytest

from core import workspace as disk
from core.datasets import is_prepared, load, prepare, views
from core.datasets.shapes import Shapes
from core.experiment import Experiment
from core.layers.reshaping import Flatten
from core.runs import room
from core.training import feed
from tests.saved import here

HOUR = 3600.0


def prepared(hours_ago, **settings):
    """A dataset whose view was last used so long ago."""
    dataset = Shapes(count=40, image_size=12, **settings)
    used_at(dataset, time.time() - hours_ago * HOUR)
    return dataset


def used_at(dataset, seconds):
    os.utime(prepare(dataset) / views.FACTS, (seconds, seconds))


def keep(count, monkeypatch):
    """A budget for so many of the views that are there; all are of one size."""
    size = max(view.size for view in views.views())
    monkeypatch.setenv("KERNELSCOPE_DISK_GB", repr((count + 0.5) * size / 1e9))


@pytest.fixture
def three():
    return [prepared(9, drawing_seed=1), prepared(7, drawing_seed=2), prepared(8, drawing_seed=3)]


def test_the_least_recently_used_go_first_and_no_more_than_must(three, monkeypatch):
    keep(1, monkeypatch)

    assert room.make_room(here()) == [three[0].key(), three[2].key()]
    assert [is_prepared(dataset) for dataset in three] == [False, True, False]
    assert room.make_room(here()) == []


def test_ten_gigabytes_are_kept_unless_a_number_says_otherwise(three, monkeypatch):
    for told in (None, "", "plenty", "nan", "1e999"):
        if told is not None:
            monkeypatch.setenv("KERNELSCOPE_DISK_GB", told)
        assert views.budget() == 10_000_000_000
    assert room.make_room(here()) == []
    monkeypatch.setenv("KERNELSCOPE_DISK_GB", "0")
    assert len(room.make_room(here())) == 3


def test_what_was_thrown_away_is_made_again_the_same(three, monkeypatch):
    before = {name: (prepare(three[0]) / name).read_bytes() for name in ("images.npy", "labels.npy", "split.npy")}
    keep(0, monkeypatch)
    room.make_room(here())
    data = load(three[0])

    assert {name: (prepare(three[0]) / name).read_bytes() for name in before} == before
    assert len(data.images) == 40


def test_a_map_that_is_open_can_be_read_to_its_end(three, monkeypatch):
    data = load(three[0])
    whole = np.array(data.images)
    used_at(three[0], time.time() - 9 * HOUR)
    keep(0, monkeypatch)
    room.make_room(here())

    assert np.array_equal(data.images, whole)


def test_a_use_is_noted_but_not_each_one(three):
    place = prepare(three[0]) / views.FACTS
    load(three[0])
    noted = place.stat().st_mtime
    assert time.time() - noted < 60
    os.utime(place, (noted - 5, noted - 5))
    load(three[0])

    assert place.stat().st_mtime == noted - 5


def test_what_was_used_this_hour_stays_whatever_the_budget_says(three, monkeypatch):
    load(three[0])
    keep(0, monkeypatch)

    assert room.make_room(here()) == [three[2].key(), three[1].key()]


def test_what_a_waiting_run_needs_stays_and_goes_once_it_has_stopped(three, monkeypatch):
    run = here().create(Experiment(dataset=three[0], layers=(Flatten(),)))
    run.enqueue()
    keep(1, monkeypatch)

    assert room.needed(here()) == {three[0].key()}
    assert room.make_room(here()) == [three[2].key(), three[1].key()]
    run.leave_queue()
    run.request_stop()
    assert room.needed(here()) == set()


def test_a_run_that_is_queued_while_room_is_made_keeps_its_view(three, monkeypatch):
    real = disk.discard

    def discard(path):
        real(path)
        here().create(Experiment(dataset=three[2], layers=(Flatten(),))).enqueue()

    monkeypatch.setattr(disk, "discard", discard)
    keep(0, monkeypatch)

    assert room.make_room(here()) == [three[0].key(), three[1].key()]
    assert is_prepared(three[2])


def test_a_view_that_somebody_opens_while_room_is_made_stays(three, monkeypatch):
    real = disk.discard

    def discard(path):
        real(path)
        load(three[2])

    monkeypatch.setattr(disk, "discard", discard)
    keep(0, monkeypatch)

    assert room.make_room(here()) == [three[0].key(), three[1].key()]
    assert is_prepared(three[2])


def test_a_view_that_goes_just_before_it_is_opened_is_made_again(three, monkeypatch):
    real, gone = views.used, []

    def used(path):
        if not gone:
            gone.append(path)
            disk.discard(path)
        real(path)

    monkeypatch.setattr(views, "used", used)

    assert len(load(three[0]).images) == 40 and gone


@pytest.mark.skipif(os.name == "nt", reason="Windows lets go of nothing that is open")
def test_a_training_reads_its_images_to_the_end_although_their_view_is_gone(three, monkeypatch):
    monkeypatch.setattr(feed, "HELD_BYTES", 0)
    data = load(three[0])
    images, order, whole = feed.ImageFeed(data.images), np.arange(40)[::-1], np.array(data.images)
    with feed.Feed(images, data.labels, order, batch_size=8) as pieces:
        found = [pieces.take(1)[0]]
        disk.discard(prepare(three[0]))
        while not pieces.is_done:
            found.append(pieces.take(1)[0])

    assert np.array_equal(np.concatenate(found), whole[order])


def test_a_view_that_windows_holds_open_stays_and_the_next_one_goes(three, monkeypatch):
    real, held = disk.rename, three[0].key()

    def rename(path, target):
        if path.name == held:
            raise PermissionError(13, "in use")
        real(path, target)

    monkeypatch.setattr(disk, "rename", rename)
    keep(2, monkeypatch)

    assert room.make_room(here()) == [three[2].key()]
    assert is_prepared(three[0])


def test_what_was_half_thrown_away_is_swept_when_something_is_prepared(three, workspace, monkeypatch):
    monkeypatch.setattr(disk, "remove", lambda path: None)
    disk.discard(prepare(three[0]))
    monkeypatch.undo()
    monkeypatch.setenv("KERNELSCOPE_HOME", str(workspace))
    (left,) = (workspace / "datasets").glob(".staging-*")
    os.utime(left, (0, 0))
    prepare(Shapes(count=40, image_size=12, drawing_seed=9))

    assert not list((workspace / "datasets").glob(".*"))
