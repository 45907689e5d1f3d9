"""What another tab still asks of a run that was deleted: nothing makes its folder anew, and it can be brought back."""

import os
import shutil
import threading
from pathlib import Path

import pytest
from filelock import FileLock, Timeout
from streamlit.testing.v1 import AppTest

from core import stored
from core.errors import UserError
from core.export import produce
from core.runs import collection, doctor, layout, states, trash
from core.runs.recorder import Recorder
from core.training.launcher import Launcher
from core.uploads import deletion
from core.workspace import current
from pages.components.runs import run_table
from tests.saved import here

ROOT = Path(__file__).parent.parent
LIVE_PAGE = "pages/3_Train/1_Live_run.py"
WORDS = {"name": "x", "note": "y"}


def enter(run):
    with Recorder(run):
        pass


GESTURES = {
    "stop": lambda run: run.request_stop(),
    "pause": lambda run: run.request_pause(),
    "go on": lambda run: run.request_resume(),
    "a batch": lambda run: run.request_steps(batches=1),
    "an epoch": lambda run: run.request_steps(epochs=1),
    "another rate": lambda run: run.request_learning_rate(0.1),
    "a name": lambda run: run.annotate(**WORDS),
    "a verdict": lambda run: run.judge("it is gone"),
    "a worker": lambda run: run.launched(),
    "the queue": lambda run: run.enqueue(),
    "a recorder": enter,
    "delete again": lambda run: here().delete(run),
}
"""What is asked of a run, all of it refused once it is gone."""
LOOKS = {
    "status": lambda run: run.status(),
    "notes": lambda run: run.notes(),
    "metrics": lambda run: run.metrics(),
    "events": lambda run: run.events(),
    "checkpoints": lambda run: run.checkpoints(),
    "held": lambda run: (run.is_held(), run.is_taken(), run.can_resume()),
    "leave the queue": lambda run: run.leave_queue(),
    "doctor": lambda run: doctor.repair(current(), doctor.examine(current())),
    "uploads": lambda run: deletion.runs_that_use("0" * 32, here()),
}
"""What may be looked at in a tab that does not know yet."""


@pytest.fixture
def deleted(small):
    """A run in the trash, as a tab holds it that does not know."""
    run = here().create(small)
    here().delete(run)
    return run


def nothing_came_back(run):
    """Its folder is not there, nobody waits, and it can be restored."""
    assert not run.path.exists()
    queue = current().home / layout.QUEUE
    assert not [path.name for path in (queue.iterdir() if queue.exists() else []) if path.suffix != ".lock"]
    assert here().restore(run.id).experiment == run.experiment
    assert doctor.examine(current()) == []


@pytest.mark.parametrize("gesture", GESTURES.values(), ids=GESTURES)
def test_a_gesture_at_a_deleted_run_is_refused_and_leaves_nothing(deleted, gesture):
    with pytest.raises(UserError) as caught:
        gesture(deleted)

    assert (caught.value.code, bool(caught.value.remedy)) == ("RUN_NOT_FOUND", True)
    nothing_came_back(deleted)


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_looking_at_a_deleted_run_makes_nothing(deleted, look):
    look(deleted)

    nothing_came_back(deleted)


def test_an_export_of_a_deleted_run_makes_nothing(deleted):
    with pytest.raises(UserError):
        produce(deleted, "zip", 0, lambda done, total: None)

    nothing_came_back(deleted)


@pytest.mark.parametrize("action", ["annotate", "resume", "stop", "delete", "open", "clone"])
def test_a_gesture_in_the_table_at_a_deleted_run_says_one_sentence(deleted, monkeypatch, action):
    kept = {}
    monkeypatch.setattr("pages.components.runs.run_table.session.keep", kept.__setitem__)
    run_table.apply({"action": action, "ids": [deleted.id], **WORDS})

    assert "is not here" in kept[run_table.REFUSAL]
    nothing_came_back(deleted)


@pytest.mark.parametrize("button", ["pause", "batch", "epoch", "stop"])
def test_a_button_of_another_tab_says_that_the_run_is_gone(small, monkeypatch, button):
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    run = here().create(small)
    with Recorder(run) as record:
        record.status(state=states.RUNNING, epochs=2)
        at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run().switch_page(LIVE_PAGE).run()
        assert not at.exception
        pressed = next(one for one in at.button if one.key == f"{button}-{run.id}")
    here().delete(run)
    at = pressed.click().run()

    assert not at.exception
    assert any("This run is not here" in one.value for one in at.warning)
    nothing_came_back(run)


def test_a_run_is_not_restored_over_what_has_its_place(deleted):
    (current().home / layout.RUNS / deleted.id).mkdir()
    (current().home / layout.RUNS / deleted.id / "mine.txt").write_text("kept")
    with pytest.raises(UserError) as caught:
        here().restore(deleted.id)

    assert (caught.value.code, "doctor --repair" in caught.value.remedy) == ("RUN_EXISTS", True)
    assert [run.id for run in here().deleted()] == [deleted.id]
    assert (current().home / layout.RUNS / deleted.id / "mine.txt").read_text() == "kept"


def test_a_run_that_is_in_the_trash_already_is_deleted_when_that_one_is_gone_for_ever(small):
    run = here().create(small)
    shutil.copytree(run.path, current().home / "backup")
    here().delete(run)
    shutil.copytree(current().home / "backup", run.path)
    with pytest.raises(UserError) as caught:
        here().delete(run)

    assert (caught.value.code, "Storage" in caught.value.remedy) == ("RUN_EXISTS", True)
    assert here().find(run.id).experiment == run.experiment
    trash.delete_for_ever(current(), run.id)
    here().delete(run)
    assert [one.id for one in here().deleted()] == [run.id]


def test_of_several_those_that_went_before_one_refused_can_be_had_back(small, monkeypatch):
    kept = {}
    monkeypatch.setattr(run_table.session, "keep", kept.__setitem__)
    monkeypatch.setattr(run_table.session, "remember", kept.get)
    monkeypatch.setattr(run_table.session, "run", lambda: None)
    monkeypatch.setattr(collection, "STOP_SECONDS", 0.0)
    went, stays = here().create(small), here().create(small)
    run_table.choose([went.id, stays.id])
    with stored.Lock(stays.path / layout.LOCK):
        run_table.apply({"action": "delete", "ids": [went.id, stays.id], "sure": True})

    assert "does not stop" in kept[run_table.REFUSAL]
    assert kept[run_table.NOTICE] == {"text": "1 run deleted.", "undo": [went.id]}
    assert kept[run_table.CHOSEN] == [stays.id]
    assert [run.id for run in here().deleted()] == [went.id]


def test_a_run_that_is_not_in_the_trash_is_not_restored(small):
    run = here().create(small)
    with pytest.raises(UserError) as caught:
        here().restore(run.id)

    assert caught.value.code == "RUN_NOT_FOUND"


def together(*jobs):
    """Does them at once, and returns what they raised."""
    raised, barrier = [], threading.Barrier(len(jobs))

    def guarded(job):
        barrier.wait()
        try:
            job()
        except BaseException as error:  # told below, in the test's own thread
            raised.append(error)

    threads = [threading.Thread(target=guarded, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.mark.parametrize("gesture", GESTURES.values(), ids=GESTURES)
def test_a_gesture_beside_a_deletion_never_brings_the_folder_back(small, gesture):
    for _ in range(12):
        run = here().create(small)
        raised = together(lambda run=run: here().delete(run), lambda run=run: gesture(run), run.status, run.is_held)

        assert [error for error in raised if not isinstance(error, UserError | Timeout)] == []
        if run.path.exists():  # a worker came first, and the deletion was refused
            here().delete(run)
        nothing_came_back(run)


def test_a_worker_is_not_sent_to_a_run_that_was_deleted_as_its_turn_came(small, monkeypatch):
    """The worker that was taken for it leaves, and the next run gets one."""
    monkeypatch.setattr(Launcher, "_go_on", lambda self: None)
    launcher = Launcher(current())
    sent = []
    monkeypatch.setattr(launcher.backend.standby, "start", lambda run: sent.append(run.launched()))
    first, second = here().create(small), here().create(small)
    first.enqueue(), second.enqueue()
    waiting = launcher.runs.queue()
    monkeypatch.setattr(launcher.runs.__class__, "queue", lambda self: waiting)
    here().delete(first)
    launcher.tick()
    launcher.close()
    monkeypatch.undo()

    assert not first.path.exists()
    assert second.intent().launched == 1


def test_our_lock_and_that_of_filelock_keep_each_other_out(tmp_path):
    path = tmp_path / "a.lock"
    with stored.Lock(path):
        assert stored.is_held(path)
        with pytest.raises(Timeout):
            FileLock(path).acquire(timeout=0)
        with pytest.raises(Timeout):
            stored.Lock(path).acquire(0)
    with FileLock(path):
        assert stored.is_held(path)
        with pytest.raises(Timeout):
            stored.Lock(path).acquire(0)
    assert not stored.is_held(path)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no locks to share")
def test_those_who_look_whether_a_lock_is_held_are_not_taken_for_its_holder(tmp_path, monkeypatch):
    """Of two who looked at once, one told of a run that had ended long ago that it is at work."""
    path, flock, looks = tmp_path / "a.lock", stored.fcntl.flock, []

    def flock_and_look(file, kind):
        flock(file, kind)
        if not looks:
            looks.append("")
            looks.append(stored.is_held(path))  # while the first one still has it

    path.touch()
    monkeypatch.setattr(stored.fcntl, "flock", flock_and_look)

    assert (stored.is_held(path), looks) == (False, ["", False])


def test_a_lock_never_makes_its_folder(tmp_path):
    path = tmp_path / "gone" / "a.lock"
    with pytest.raises(FileNotFoundError):
        stored.Lock(path).acquire(0)

    assert not stored.is_held(path)
    assert not path.parent.exists()


def test_one_run_that_cannot_be_started_costs_the_others_nothing(small, monkeypatch):
    monkeypatch.setattr(Launcher, "_go_on", lambda self: None)
    launcher, sent = Launcher(current()), []
    bad, good = here().create(small), here().create(small)

    def start(run):
        if run.id == bad.id:
            raise RuntimeError("nobody foresaw this")
        sent.append(run.id)
        run.launched()

    monkeypatch.setattr(launcher.backend.standby, "start", start)
    bad.enqueue(), good.enqueue()
    for _ in range(3):
        with launcher._surviving("a look at the queue"):
            launcher.tick()
    launcher.close()

    assert sent == [good.id]
    assert here().queue() == []
    assert (bad.status().state, "could not be started" in bad.status().error) == (states.INTERRUPTED, True)
