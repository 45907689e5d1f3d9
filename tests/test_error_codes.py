"""Every refusal says what happened and what to do, under a code that a test provokes."""

import copy
import json
import pickle
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from core import child, datasets, export
from core.__main__ import main
from core.build import weights
from core.build.model import build_model
from core.datasets import split
from core.datasets.imagenet import ImageNet
from core.errors import UserError
from core.experiment import Experiment, memory, stack
from core.experiment.presets import load_preset
from core.experiment.reading import read_link
from core.export import process as export_process
from core.intake import folders
from core.labs import images as lab_images
from core.labs.neuron import Neuron
from core.labs.picture_link import read_picture
from core.labs.pooling import pool_2d
from core.labs.reading import read_settings
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.reshaping import Flatten
from core.lens import client as lens_client
from core.lens import process as lens_process
from core.lens.asked_images import AskedImages
from core.lens.errands import Errands
from core.lens.outline import Outline
from core.lens.tape import tape
from core.problems import ALONE
from core.runs import archive, collection, states, sweeps
from core.runs.archive import process as archive_process
from core.runs.recorder import Recorder
from core.training import rate_searches
from core.training.steps import Steps
from core.workspace import Workspace
from tests.error_codes import PASSED_ON, asked_for, refusals
from tests.saved import here, save_weights

OWN_WORDS = {"core/__main__.py", "core/runs/sweeps.py"} | {
    f"core/command/{name}.py" for name in ("console", "data", "experiments", "networks")
}
"""Files that repeat a path to whoever typed it, and one that calls the place of a field its path."""
INSIDES = re.compile(r"\bpath\b(?!\.(name|stem))|\bfolder\b(?!\.name)|__name__|traceback|\b(error|exc)(!r)?$")
"""What must not be put into a sentence: paths, names of classes, the words of another exception."""


def test_every_refusal_has_what_happened_and_what_to_do():
    assert len(refusals()) > 140
    lacking = [one.where for one in refusals() if not one.what.strip() or not one.remedy.strip()]
    assert lacking == []


def test_every_refusal_has_a_code_in_capitals():
    wrong = [
        (one.where, code)
        for one in refusals()
        for code in one.codes or ("",)
        if code != PASSED_ON and not re.fullmatch(r"[A-Z{}][A-Z0-9_{}]*", code)
    ]
    assert wrong == []


def test_every_code_is_asked_for_by_a_test():
    codes = {code for one in refusals() for code in one.codes} - {PASSED_ON}
    assert len(codes) > 90
    untested = [code for code in sorted(codes) if not any(map(_shape(code).fullmatch, asked_for()))]
    assert untested == []


def _shape(code):
    """A code; what is put into it may be any word."""
    return re.compile(re.escape(code).replace(r"\{\}", "[A-Z]+"))


def test_no_sentence_shows_a_path_or_the_insides_of_the_program():
    shown = [
        (one.where, part)
        for one in refusals()
        for part in one.parts
        if INSIDES.search(part) and one.where.partition(":")[0] not in OWN_WORDS
    ]
    assert shown == []


def test_a_copy_of_a_refusal_has_its_three_parts():
    told = UserError("cat.png is empty.", "Choose another picture.", "IMG_EMPTY")
    for again in (pickle.loads(pickle.dumps(told)), copy.deepcopy(told)):  # noqa: S301  our own bytes
        assert (again.what, again.remedy, again.code, str(again)) == (told.what, told.remedy, told.code, str(told))


# ---------------------------------------------------------------------------------- provoked, one after the other


@pytest.fixture
def run(small):
    """A finished run with one saved network, of fresh weights."""
    run = here().create(small)
    with Recorder(run) as record:
        save_weights(record, 1, build_model(small, small.dataset.facts()))
        record.status(state=states.FINISHED, epoch=1, epochs=1, best_epoch=1)
    return run


def refused(code, work, *words):
    """Does the work and looks at its refusal."""
    with pytest.raises(UserError) as caught:
        work()
    told = caught.value
    assert told.code == code
    assert told.what.endswith(".")
    assert told.remedy.endswith((".", ")"))
    assert "Traceback" not in str(told)
    assert str(here().workspace.home) not in str(told)
    for word in words:
        assert word in str(told)


def test_a_helper_process_that_ends_or_takes_too_long():
    refused("CRASHED", lambda: child.ask("tests.no_such_module", {}))
    refused("TIMEOUT", lambda: child.ask("core.lens.process", {}, seconds=0.01))


def test_a_search_for_a_rate_without_room_or_that_takes_too_long(small, monkeypatch):
    monkeypatch.setattr(rate_searches, "SECONDS", 0.01)
    refused("RATE_TIMEOUT", lambda: rate_searches.find(small))
    monkeypatch.setattr(rate_searches.psutil, "virtual_memory", lambda: SimpleNamespace(available=10**8, total=2**34))
    refused("RATE_MEMORY", lambda: rate_searches.find(small), "100\u202fMB are free")


def test_a_lens_process_that_ends_before_it_answers(tmp_path):
    with (tmp_path / "log").open("wb") as log:
        process = child.start("tests.no_such_module", log)
        refused("LENS_CRASHED", lambda: lens_client._converse(process, 30))
        child.end(process)


def test_a_long_look_that_goes_wrong_in_a_way_that_nobody_foresaw():
    errands = Errands(Workspace(Path("nowhere")), lambda question, **fields: 1 / 0)
    errand = errands.begin("one", "look")
    assert errand.over.wait(30)
    errands.close()

    def told():
        raise errand.trouble

    refused("LENS_FAULT", told)


def test_a_lens_that_does_not_fit_a_network_without_maps():
    flat = Experiment(layers=(Flatten(), Dense(units=3)))
    run = here().create(flat)
    with Recorder(run) as record:
        save_weights(record, 1, build_model(flat, flat.dataset.facts()))
        record.status(state=states.FINISHED, epoch=1, epochs=1, best_epoch=1)
    refused("LENS_DOES_NOT_FIT", lambda: lens_process.ask({"question": "mean_activation", "run": run.id}, b""))


def test_a_lens_without_a_good_picture_gives_the_reason_of_the_first_and_its_remedy(small):
    outline = Outline.of(small)
    refused("NO_PICTURE", AskedImages(outline, {}, b"").need_one, "no picture")
    far = AskedImages(outline, {"positions": [10**9]}, b"")
    refused("NO_PICTURE", far.need_one, "not in the dataset", "Choose another one.")
    told = {"what": "a.png is empty.", "remedy": "Choose another.", "code": "IMG_EMPTY"}
    refused("IMG_EMPTY", AskedImages(outline, {"uploads": [{"name": "a.png", "error": told}]}, b"").need_one)


def test_a_tape_of_an_unknown_system_or_of_no_numbers():
    for asked in ({}, {"system": "\ud800"}, {"system": "one", "parameters": {"w": [[float("nan")]]}}):
        refused("TAPE", lambda asked=asked: tape(asked, b""))


def test_labels_without_a_class():
    refused("DATASET_LABELS", lambda: split.check_labels(np.array([0, 1, 7]), ("cat", "dog")), "label 7")


def test_images_of_a_dataset_that_is_there_to_look_at():
    refused("DATASET_TO_LOOK_AT", lambda: datasets.load(ImageNet()), "ImageNet's photos")
    (problem,) = ImageNet().problems(ALONE)
    assert problem.blocking and "ImageNet's photos" in problem.message


def test_files_of_a_run_that_can_not_be_made(run, small, monkeypatch):
    refused("FORMAT_UNKNOWN", lambda: export.make(run, "docx"), "docx")
    refused("EPOCH_NOT_KEPT", lambda: export.make(run, "keras", 99), "epoch 99", "Kept epochs: 1.")
    refused("NO_CHECKPOINT", lambda: export.make(here().create(small), "keras"))
    refused("NO_CHECKPOINT", here().create(small).weights)
    monkeypatch.setattr(type(export.formats()["csv"]), "why_not", lambda self: "Install it.")
    refused("FORMAT_UNAVAILABLE", lambda: export.make(run, "csv"))


def test_a_file_that_was_cleared_away_or_whose_converter_fails(run, monkeypatch):
    made = export.make(run, "csv")
    made.path.unlink()
    refused("EXPORT_GONE", made.read)

    def fail(*_):
        raise RuntimeError(f"in {run.path}")

    monkeypatch.setattr(export_process, "produce", fail)
    job = {"run": run.id, "format": "keras", "epoch": 1}
    refused("EXPORT_FAILED", lambda: export_process._work(job, lambda done, total: None))


def test_an_experiment_that_no_training_gets_past():
    broken = Experiment(layers=(Conv2D(kernel_size=11),))
    refused("EXPERIMENT_PROBLEM", lambda: memory.require(broken))
    refused("EXPERIMENT_PROBLEM", lambda: here().create(broken))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("FILE_NOT_FOUND", ["import", "nothing.zip"]),
        ("FILE_EXISTS", ["export", "RUN", "--format", "csv", "--out", "here.csv"]),
        ("FILE_NOT_WRITABLE", ["export", "RUN", "--format", "csv", "--out", "nowhere/x.csv"]),
        ("RUN_FINISHED", ["resume", "RUN"]),
        ("EXPERIMENT_NOT_FOUND", ["check", "nothing"]),
        ("SWEEP_FIELD", ["sweep", "digits-cnn", "--field", "nothing=1"]),
    ],
)
def test_a_command_that_can_not_be_done(code, words, run, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.csv").write_text("mine")
    assert main([run.id if word == "RUN" else word for word in words] + ["--json"]) == 1
    told = json.loads(capsys.readouterr().out)["error"]
    assert told["code"] == code
    assert told["what"]
    assert told["remedy"]


def test_a_folder_beyond_the_limit(tmp_path, monkeypatch):
    (tmp_path / "a.png").write_bytes(b"x" * 100)
    monkeypatch.setattr(folders, "MAX_TOTAL", 50)
    refused("FOLDER_TOO_LARGE", lambda: folders.Folder([("cat/a.png", tmp_path / "a.png")]))


def test_settings_of_another_lab_and_windows_and_photos_that_are_not_there(monkeypatch):
    refused("LAB_LINK", lambda: read_settings(Neuron, {"kind": "Playground"}))
    refused("LAB_PICTURE", lambda: read_picture("Photos.Nobody.64"))
    refused("POOL_WINDOW", lambda: pool_2d(np.zeros((3, 3, 1)), 9))
    monkeypatch.setattr(lab_images, "photo_path", lambda name: None)
    refused("NO_PHOTO", lambda: lab_images.photo(next(iter(lab_images.PHOTOS))))


def test_layers_that_are_not_there(small):
    refused("LAYER_CHANGED", lambda: stack.gesture(small.nodes, None, {"action": "select", "at": "gone"}))
    refused("LAYER_CHANGED", lambda: stack.gesture(small.nodes, None, {"action": "dance"}))
    refused("LAYER_NOT_FOUND", lambda: stack.new_layer("Conv9D"), "Conv9D")


def test_links_and_presets_that_are_not_there():
    refused("LINK_BROKEN", lambda: read_link(Experiment().to_link()[:-9]))
    refused("PRESET_NOT_FOUND", lambda: load_preset("nothing"), "nothing")


def test_an_archive_whose_reader_ends_or_fails(tmp_path, monkeypatch):
    def end(*_):
        raise UserError("The helper process ended.", "Try again.", "CRASHED")

    monkeypatch.setattr(child, "ask", end)
    refused("RUN_CRASHED", lambda: archive.open_in_process(tmp_path, tmp_path))

    def fail(*_):
        raise RuntimeError(f"in {tmp_path}")

    monkeypatch.setattr(archive_process, "open_archive", fail)
    job = {"archive": "x", "place": "y"}
    refused("RUN_FAILED", lambda: archive_process._work(job, lambda done, total: None))


def test_runs_that_can_not_wait_for_a_worker(run, small, monkeypatch):
    refused("RUN_FINISHED", run.enqueue)
    refused("RATE", lambda: run.request_learning_rate(float("nan")))
    with Recorder(here().create(small)) as record:
        record.status(state=states.STOPPED, epoch=2, epochs=2)
    refused("RUN_ENDED", record.run.enqueue)
    monkeypatch.setattr(collection, "STOP_SECONDS", 0.0)
    busy = here().create(small)
    with Recorder(busy) as record:
        record.status(state=states.RUNNING, epoch=0, epochs=2)
        refused("RUN_LIVE", lambda: here().delete(busy))


def test_a_run_from_a_newer_kernelscope(run):
    (run.path / "format.json").write_text(json.dumps({"format": 999}))
    refused("RUN_NEWER", run.weights, "999", "Update")


def test_weights_and_states_of_another_network(small):
    model = build_model(small, small.dataset.facts())
    refused("RUN_WEIGHTS", lambda: weights.put(model, {"conv/kernel": np.zeros(3, np.float32)}))
    steps = Steps(model, None, small.training.optimizer.build(), "sparse_categorical_crossentropy", 10)
    refused("RUN_STATE", lambda: steps.restore({"nothing": np.zeros(3)}))


def test_sweeps_that_can_not_be():
    experiment = Experiment()
    rate = sweeps.find(experiment, "learning_rate")
    refused("SWEEP_VALUES", lambda: sweeps.parse("many", rate), "'many'")
    refused("SWEEP_VALUES", lambda: sweeps.parse("", rate))
    refused("SWEEP_FIELD", lambda: sweeps.find(experiment, "nothing"), "nothing")
    refused("SWEEP_RUNS", lambda: sweeps.grid(experiment, [(rate, [0.001 * n for n in range(1, 60)])]))


def test_a_workspace_that_can_not_be_written(tmp_path):
    (tmp_path / "file").write_text("no folder")
    refused("WORKSPACE_NOT_WRITABLE", lambda: Workspace(tmp_path / "file").folder("runs"))
