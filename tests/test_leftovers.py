"""What a killed process leaves half made or in its temporary folder is swept, and what somebody works at is not."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile

import pytest

from core import child, claims, holdings, stored, workspace
from core.errors import UserError
from core.training.launcher import Launcher
from core.uploads import incoming
from core.workspace import current

MAKER = """
import sys, tempfile
from core import child, workspace
with child.scratch(), workspace.staging(workspace.current().folder("incoming")) as place:
    tempfile.NamedTemporaryFile(prefix="__autograph_generated_file", delete=False).write(b"x")
    (place / "upload.zip").write_bytes(b"x" * 1000)
    print(tempfile.gettempdir(), flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def maker():
    """A process in the middle of an upload, with a file of TensorFlow's."""
    process = subprocess.Popen(
        [sys.executable, "-c", MAKER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=child.ROOT,
        env=child.environment(),
    )
    process.told = process.stdout.readline().decode().strip()
    yield process
    process.kill()
    process.communicate()


def left():
    """Everything that lies half made or temporary in the workspace."""
    return sorted(path.name for place in ("incoming", child.SCRATCH) for path in (current().home / place).rglob("*"))


def swept():
    for folder in stored.names_in(current().home):
        workspace.sweep(folder)


def test_what_somebody_works_at_is_not_swept(maker):
    before = left()
    swept()

    assert left() == before
    assert "upload.zip" in before
    assert any(name.startswith("__autograph") for name in before)


def test_temporary_files_lie_in_the_workspace(maker):
    assert maker.told.startswith(str(current().home / child.SCRATCH))


def test_what_a_process_leaves_that_ends_is_gone_with_it(maker):
    maker.communicate(b"")

    assert maker.returncode == 0
    assert left() == []


@pytest.mark.skipif(os.name == "nt", reason="there an age must do, as no folder can be held")
def test_what_a_killed_process_leaves_is_swept_as_soon_as_a_server_starts(maker, monkeypatch):
    maker.send_signal(signal.SIGKILL)
    maker.wait()
    assert "upload.zip" in left()
    monkeypatch.setattr(Launcher, "_go_on", lambda self: None)
    launcher = Launcher(current())
    launcher._is_sender()
    launcher.close()

    assert left() == []


@pytest.mark.skipif(os.name == "nt", reason="there an age must do, as no folder can be held")
def test_a_folder_is_in_use_before_a_sweep_can_take_it_however_old_it_is(monkeypatch):
    """The sweep of another upload comes right after the folder was made, and again later."""
    home, made, make = current().folder("incoming"), [], workspace.make_folder

    def make_and_sweep(path):
        make(path)
        made.append(path)
        if len(made) == 1:
            workspace.sweep(home)

    monkeypatch.setattr(workspace, "make_folder", make_and_sweep)
    with workspace.staging(home) as place:
        (place / "upload.zip").write_bytes(b"x")
        os.utime(place, (0, 0))
        workspace.sweep(home)

        assert (place / "upload.zip").exists()
        assert [path.exists() for path in made] == [False, True]
    assert left() == []


@pytest.mark.skipif(os.name == "nt", reason="there an age must do, as no folder can be held")
def test_a_folder_that_a_sweep_looks_at_as_it_is_made_is_not_the_one_in_use(monkeypatch):
    home, make, sweeps = current().folder("incoming"), workspace.make_folder, contextlib.ExitStack()

    def make_and_look(path):
        make(path)
        monkeypatch.setattr(workspace, "make_folder", make)
        assert sweeps.enter_context(claims.held(path))

    monkeypatch.setattr(workspace, "make_folder", make_and_look)
    with workspace.staging(home) as place:
        sweeps.close()
        os.utime(place, (0, 0))
        workspace.sweep(home)

        assert place.exists()
    assert left() == []


def test_where_no_folder_can_be_held_the_age_tells(monkeypatch):
    monkeypatch.setattr(workspace.claims, "held", lambda folder: contextlib.nullcontext(None))
    folder = current().folder("incoming") / f"{workspace.STAGING}0"
    folder.mkdir()
    swept()
    assert folder.exists()
    os.utime(folder, (0, 0))
    swept()

    assert not folder.exists()


def test_a_refused_upload_leaves_nothing_anywhere(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with (child.ROOT / "README.md").open("rb") as file, pytest.raises(UserError):
        incoming.receive_archive(file, "no.zip")

    assert left() == []
    assert [path for path in tmp_path.iterdir() if path.name != "workspace"] == []


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="there are no such rights")
def test_a_dead_run_is_noticed_at_once_on_a_disk_that_cannot_be_written(small, monkeypatch):
    """Its lock is looked at without writing, so that nobody waits for a worker that is gone."""
    from core.runs import layout, states
    from core.runs.recorder import Recorder
    from tests.saved import here

    run = here().create(small)
    with Recorder(run) as record:
        record.status(state=states.RUNNING, epoch=1, epochs=2)
        assert run.is_held()
    opened = workspace.open_lock

    def refused(path):
        raise OSError(30, "Read-only file system", str(path))

    monkeypatch.setattr(workspace, "open_lock", refused)
    assert (run.path / layout.LOCK).exists()
    assert not run.is_held()
    assert run.status().state == states.INTERRUPTED
    monkeypatch.setattr(workspace, "open_lock", opened)
    with Recorder(run):
        monkeypatch.setattr(workspace, "open_lock", refused)
        assert run.is_held()
        assert run.status().state in states.LIVE
        monkeypatch.setattr(workspace, "open_lock", opened)


def test_a_thousand_folders_in_one_another_are_measured_and_removed():
    """A thousand of them were too many for the stack, and no run could be made any more."""
    run, beyond = current().folder("runs") / ("a" * 32), current().folder("images") / "kept"
    beyond.mkdir()
    (beyond / "file").write_bytes(b"x")
    run.mkdir()
    place = run
    for _ in range(1500):
        place = place / "d"
        place.mkdir()
    (place / "file").write_bytes(b"x" * 1000)
    (place / "link").symlink_to(beyond)
    assert holdings.held(current(), holdings.RUNS).parts[run.name] >= 1000
    workspace.discard(run)

    assert stored.names_in(run.parent) == []
    assert (beyond / "file").read_bytes() == b"x"
