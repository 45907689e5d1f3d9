"""An upload is read in a process of its own: it answers as the function does, and may die at any moment."""

import os
import random
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from core import workspace
from core.intake import contents, process
from core.intake.manifest import read_manifest
from core.intake.own_images import ingest_archive
from tests.pets import PETS, picture, refusal


@pytest.fixture
def root(tmp_path):
    return tmp_path / "own"


@pytest.fixture
def upload(tmp_path):
    """Makes a ZIP of {name: bytes}."""

    def make(entries):
        path = tmp_path / "upload.zip"
        with zipfile.ZipFile(path, "w") as file:
            for name, data in entries.items():
                file.writestr(name, data)
        return path

    return make


def test_the_process_answers_as_the_function_does(upload, root):
    job, steps = {"archive": str(upload(PETS)), "root": str(root), "title": "Pets"}, []
    result = process.ingest_in_process(job, lambda done, total: steps.append((done, total)))
    assert result == ingest_archive(Path(job["archive"]), root, "Pets")
    assert steps[-1] == (6, 6)


def test_the_process_takes_a_folder_and_never_reaches_outside_of_it(tmp_path, root):
    folder = tmp_path / "staged"
    folder.mkdir()
    names = {}
    for n, (name, data) in enumerate(PETS.items()):
        (folder / f"{n}.bin").write_bytes(data)
        names[f"{n}.bin"] = name
    (tmp_path / "secret.png").write_bytes(picture(1234))
    job = {
        "folder": str(folder),
        "names": names | {"../secret.png": "cat/secret.png"},
        "root": str(root),
        "title": "Pets",
    }
    result = process.ingest_in_process(job)
    assert result.counts["train"] == {"cat": 3, "dog": 3}
    assert [item.name for item in result.skipped] == ["cat/secret.png"]


def test_a_refusal_crosses_the_border_as_it_is(upload, root):
    job = {"archive": str(upload({"1.png": picture()})), "root": str(root), "title": "x"}
    assert refusal(lambda: process.ingest_in_process(job)).code == "DATASET_NO_CLASSES"


def test_a_process_that_takes_too_long_is_ended(upload, root):
    job = {"archive": str(upload(PETS)), "root": str(root), "title": "x"}
    assert refusal(lambda: process.ingest_in_process(job, seconds=0.01)).code == "INTAKE_TIMEOUT"


@pytest.mark.parametrize("death", ["os._exit(3)", "input(); os.kill(os.getpid(), 9)", "print('half a li')"])
def test_a_crash_has_a_sentence(tmp_path, root, monkeypatch, death):
    (tmp_path / "dying_helper.py").write_text(f"import os\n{death}\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(process, "MODULE", "dying_helper")
    assert refusal(lambda: process.ingest_in_process({"root": str(root), "title": "x"})).code == "INTAKE_CRASHED"


def test_a_fault_of_ours_is_logged_and_told_without_its_insides(root, caplog):
    error = refusal(lambda: process.work({"root": str(root), "title": "x"}, lambda done, total: None))
    assert (error.code, "KeyError" in str(error)) == ("INTAKE_FAILED", False)
    assert "KeyError" in caplog.text


def test_the_process_imports_no_framework_and_no_screen():
    heavy = "{'keras', 'tensorflow', 'streamlit'}"
    code = f"import sys, core.intake.process as p; p.limit_memory(); print(*{heavy} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent
    )
    assert done.stdout.strip() == ""


def test_progress_goes_on_while_all_is_forced_to_the_disk(root, upload, monkeypatch):
    told = []
    monkeypatch.setattr(workspace, "before_operation", lambda name, path, half: told.append(name))
    ingest_archive(upload(PETS), root, "Pets", lambda done, total: told.append(done / total))
    first, last = told.index("sync"), len(told) - 1 - told[::-1].index("rename")
    begun = [one for one in told[first:last] if isinstance(one, float)]

    assert len(begun) >= len(PETS) and begun[-1] == 1.0 and begun == sorted(begun)


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is Unix")
def test_a_process_killed_at_any_moment_leaves_a_whole_dataset_or_none(upload, root):
    job = {
        "archive": str(upload({f"{'ab'[n % 2]}/{n}.png": picture(n) for n in range(60)})),
        "root": str(root),
        "title": "x",
    }
    chance = random.Random(3)
    for _ in range(6):
        with pytest.raises(KeyboardInterrupt):
            process.ingest_in_process(job, _kill_after(chance.randrange(1, 61)))
        for path in root.glob("[0-9a-f]*"):
            manifest = read_manifest(root, path.name)
            assert len(list((path / "images").iterdir())) == len(manifest.images) == 60
            shutil.rmtree(path)
    for path in root.glob(".staging-*"):
        os.utime(path, (0, 0))
    workspace.sweep(root)
    contents.forget(root)
    assert not [path for path in root.rglob("*") if path.suffix in (".webp", ".jpg", ".png")]


def _kill_after(count):
    """A progress function that leaves the conversation, upon which the process is killed."""

    def on_progress(done, total):
        if done >= count:
            raise KeyboardInterrupt

    return on_progress
