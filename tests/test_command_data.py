"""The command line with images of one's own, and on consoles that lack most characters."""

import ast
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from core.__main__ import main
from core.build.codegen import script
from core.command import console
from core.datasets.own_images import OwnImages, uploads
from core.experiment import Experiment
from core.experiment.presets import load_preset
from core.layers.reshaping import Flatten
from core.runs.layout import STATUS
from tests.saved import here

ROOT = Path(__file__).resolve().parent.parent
CODE_PAGES = ["cp949", "cp932", "cp1252", "ascii"]


@pytest.fixture
def tell(capsys):
    """Runs a command: (exit status, standard output, standard error)."""

    def run(*arguments):
        status = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return run


def png(shade):
    file = io.BytesIO()
    Image.new("L", (20, 20), shade).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def folder(tmp_path):
    """A folder of two classes, with three files that are no images."""
    for shade, name in enumerate(["train/강아지/0.png", "train/강아지/1.png", "train/é cat/0.png", "test/é cat/9.png"]):
        path = tmp_path / "pets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(shade * 20))
    (tmp_path / "pets/train/강아지/notes.txt").write_text("no image")
    (tmp_path / "pets/train/é cat/gone.png").symlink_to(tmp_path / "nowhere.png")
    return tmp_path / "pets"


@pytest.fixture
def packed(folder, tmp_path):
    """The same as a ZIP."""
    path = tmp_path / "pets.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, f"pets/{file.relative_to(folder).as_posix()}")
    return path


CLASSES = {"é cat": {"train": 1, "validation": 0, "test": 1}, "강아지": {"train": 2, "validation": 0, "test": 0}}


def test_a_folder_and_its_zip_become_the_same_dataset(tell, folder, packed):
    status, out, _ = tell("data", "add", folder, "--json")
    document = json.loads(out)

    assert status == 0
    assert document["classes"] == CLASSES
    assert {one["name"] for one in document["left_out"]} == {"pets/train/강아지/notes.txt", "pets/train/é cat/gone.png"}
    assert all(one["reason"] for one in document["left_out"])
    assert any("강아지" in note for note in document["notes"])  # the test folder lacks it
    again = json.loads(tell("data", "add", packed, "--json")[1])
    assert (again["id"], again["classes"]) == (document["id"], CLASSES)


def test_add_tells_in_words_what_arrived_and_what_did_not(tell, folder):
    status, out, _ = tell("data", "add", folder)

    assert status == 0
    assert [line.split() for line in out.splitlines() if line.startswith("강아지")] == [["강아지", "2", "0", "0"]]
    assert "notes.txt" in out and "2 left out" in out


def test_a_question_ends_with_1_and_is_answered_by_an_option(tell, tmp_path):
    path = tmp_path / "unsure.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for shade, name in enumerate(
            ("day/cat/0", "day/dog/0", "night/cat/0", "night/cow/0", "night/dog/0", "day/dog/1")
        ):
            archive.writestr(f"{name}.png", png(shade * 20))
    status, out, _ = tell("data", "add", path, "--json")
    error = json.loads(out)["error"]

    assert (status, error["code"]) == (1, "DATASET_QUESTION")
    assert "--read outer" in error["remedy"] and "--read inner" in error["remedy"]
    outer, inner = (json.loads(tell("data", "add", path, "--read", way, "--json")[1]) for way in ("outer", "inner"))
    assert (list(outer["classes"]), list(inner["classes"])) == (["day", "night"], ["cat", "cow", "dog"])
    assert outer["id"] != inner["id"]
    assert tell("data", "add", path, "--read", "sideways")[0] == 1


def test_kinds_of_files_left_out_are_counted(tell, folder):
    for i in range(6):
        (folder / f"train/é cat/IMG_{i}.heic").write_bytes(b"heic")
    document = json.loads(tell("data", "add", folder, "--json")[1])

    assert "6 .heic files can't be read: save them as JPEG" in [one["words"] for one in document["left_out_kinds"]]
    assert "6 .heic files can't be read: save them as JPEG." in tell("data", "add", folder)[1]


@pytest.mark.parametrize("content", [None, b"", b"no zip", b"PK\x05\x06" + bytes(18)])
def test_what_can_not_be_added_ends_with_one_sentence_and_not_with_0(tell, tmp_path, content):
    path = tmp_path / "bad.zip"
    if content is not None:
        path.write_bytes(content)
    status, out, err = tell("data", "add", path, "--json")
    error = json.loads(out)["error"]

    assert status == 1
    assert error["what"] and error["remedy"] and error["code"]
    assert len(err.splitlines()) == 1
    assert uploads() == []


def test_list_and_remove_know_what_lies_here(tell, folder):
    assert "data add" in tell("data", "list")[1]
    added = json.loads(tell("data", "add", folder, "--json")[1])["id"]

    (listed,) = json.loads(tell("data", "list", "--json")[1])["datasets"]
    assert (listed["id"], listed["images"], listed["classes"]) == (added, 4, list(CLASSES))
    assert added[:8] in tell("data", "list")[1]
    assert tell("data", "remove", "ffff")[0] == 1
    assert tell("data", "remove", added[:8])[0] == 0
    assert uploads() == []


def test_a_dataset_that_a_run_learned_from_is_removed_only_when_told_again(tell, folder):
    added = json.loads(tell("data", "add", folder, "--json")[1])["id"]
    dataset = OwnImages(images_id=added, image_size=16)
    training = load_preset("digits-cnn").training.edited(batch_size=1)
    run = here().create(Experiment(name="Hunde", dataset=dataset, layers=(Flatten(),), training=training))
    (run.path / STATUS).write_text(json.dumps({"state": "finished"}))
    status, out, _ = tell("data", "remove", added, "--json")

    assert status == 1
    assert json.loads(out)["error"]["code"] == "DATASET_IN_USE" and "Hunde" in out
    assert [upload.images_id for upload in uploads()] == [added]
    assert tell("data", "remove", added, "--anyway")[0] == 0
    assert uploads() == [] and len(here().newest()) == 1
    assert tell("data", "restore", added[:8])[0] == 0
    assert tell("data", "rename", added[:8], "Haustiere")[0] == 0
    assert [upload.title for upload in uploads()] == ["Haustiere"] and "Haustiere" in tell("data", "list")[1]
    assert json.loads(tell("data", "remove", added, "--with-runs", "--json")[1])["runs"] == [run.id]
    assert uploads() == [] and here().newest() == []
    assert tell("data", "restore", "ffff")[0] == 1


def command(*arguments, encoding="utf-8", cwd=ROOT, **environment):
    """A command in a process of its own, on a console of that code page."""
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT)} | environment
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    told = [sys.executable, "-m", "core", *map(str, arguments)]
    return subprocess.run(told, cwd=cwd, env=environment, capture_output=True, timeout=240, check=False)


def test_a_relative_workspace_is_that_of_the_folder_one_stands_in(folder, tmp_path):
    stand = tmp_path / "elsewhere"
    stand.mkdir()
    done = command("data", "add", folder, "--json", cwd=stand, KERNELSCOPE_HOME="mine")

    assert done.returncode == 0, done.stderr
    assert (stand / "mine/images" / json.loads(done.stdout)["id"]).is_dir()
    assert not (ROOT / "mine").exists()


def lacking(encoding, monkeypatch):
    """This process stands on a console of that code page, as Python opens it: what it shows, by name of the stream."""
    shown = {}
    for name in ("stdout", "stderr"):
        shown[name] = io.BytesIO()
        monkeypatch.setattr(sys, name, io.TextIOWrapper(shown[name], encoding=encoding, write_through=True))
    return shown


@pytest.mark.parametrize("encoding", CODE_PAGES)
def test_no_character_ends_a_command(folder, encoding, monkeypatch):
    run = here().create(load_preset("digits-cnn").edited(name="강아지 😀 – ẞ é"))
    shown = lacking(encoding, monkeypatch)
    for arguments, status in (
        (("data", "add", folder), 0),
        (("data", "list"), 0),
        (("data", "add", folder / "없다 😀.zip"), 1),
        (("check", "없다 😀"), 1),
    ):
        assert main([*map(str, arguments)]) == status, shown["stderr"].getvalue()
    listed = command("runs", encoding=encoding).stdout.decode(encoding)
    assert run.id[:8] in listed
    assert ("강아지" in listed) == (encoding == "cp949")


@pytest.mark.parametrize("encoding", CODE_PAGES)
def test_a_script_printed_on_any_console_is_the_same_python(tell, folder, encoding, tmp_path):
    added = json.loads(tell("data", "add", folder, "--json")[1])["id"]
    experiment = Experiment(name="강아지 😀", dataset=OwnImages(images_id=added, image_size=16), layers=(Flatten(),))
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
    console.write_code(script(experiment), out)
    out.flush()

    # Python reads a file as UTF-8, whatever console it came from.
    assert ast.dump(ast.parse(out.buffer.getvalue())) == ast.dump(ast.parse(script(experiment)))


def test_nothing_of_tensorflows_own_log_reaches_the_console(tmp_path):
    experiment = load_preset("digits-cnn")
    path = tmp_path / "quick.json"
    path.write_text(experiment.edited(training=experiment.training.edited(epochs=1)).to_json())
    done = command("train", path, "--json")

    assert done.returncode == 0
    assert done.stderr == b""
    assert json.loads(done.stdout)["state"] == "finished"


def test_an_error_still_reaches_a_silenced_console():
    done = command("predict", "ffff", "x.png")

    assert done.returncode == 1
    assert b"No run begins with 'ffff'" in done.stderr


def test_a_reader_who_leaves_early_ends_the_command_without_a_traceback():
    told = [sys.executable, "-m", "core", "presets"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(told, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        said = process.stderr.read()

    assert process.returncode == 141
    assert said == ""
