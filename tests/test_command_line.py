"""The command line: every command in words and in JSON, and an exit status that means something."""

import hashlib
import json
import re
import sys

import numpy as np
import pytest
from model_files import keras_file, sequential
from PIL import Image

from core.__main__ import main
from core.build.model import build_model
from core.datasets.digits import Digits
from core.experiment.presets import load_preset, presets
from core.experiment.reading import read_experiment
from core.optimization.range_test import RangeTest
from core.runs import beginning, states
from core.runs.recorder import Recorder
from core.training import rate_searches
from core.training.loop import Trainer
from tests.saved import here


@pytest.fixture
def tell(capsys):
    """Runs a command: (exit status, standard output, standard error)."""

    def run(*arguments):
        status = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return run


@pytest.fixture
def quick(tmp_path):
    """A file with a digits experiment of one epoch."""
    experiment = load_preset("digits-cnn")
    path = tmp_path / "quick.json"
    path.write_text(experiment.edited(training=experiment.training.edited(epochs=1)).to_json())
    return path


def test_presets_are_listed(tell):
    status, out, _ = tell("presets", "--json")

    assert status == 0
    assert {"fashion-dense", "fashion-cnn", "digits-cnn", "shapes-cnn"} <= set(json.loads(out)["presets"])
    lines = tell("presets")[1].splitlines()
    assert [tuple(re.split(" {2,}", line)) for line in lines] == [(key, load_preset(key).name) for key in presets()]


def test_check_gives_the_published_figures_without_tensorflow(tell):
    loaded = "tensorflow" in sys.modules
    status, out, _ = tell("check", "digits-cnn", "--json")
    document = json.loads(out)

    assert status == 0
    assert document["totals"]["parameters"] == 21_386
    assert [row["parameters"] for row in document["layers"]] == [320, 0, 18_496, 0, 0, 2_570]
    assert document["layers"][0]["output_shape"] == [8, 8, 32]
    assert document["layers"][0]["receptive_field"] == 3
    assert document["problems"] == []
    assert ("tensorflow" in sys.modules) == loaded


def test_check_of_an_impossible_stack_fails_and_names_the_layer(tell, tmp_path):
    path = tmp_path / "broken.json"
    path.write_text('{"layers": [{"kind": "Conv2D", "kernel_size": 9}, {"kind": "Flatten"}]}')
    status, out, _ = tell("check", path, "--json")

    assert status == 1
    assert json.loads(out)["problems"][0]["layer"] == 0
    assert "9x9 kernel" in tell("check", path)[1]


def test_code_prints_the_script(tell):
    status, out, _ = tell("code", "digits-cnn")

    assert status == 0
    compile(out, "network.py", "exec")


def test_train_then_predict(tell, quick, tmp_path):
    status, out, _ = tell("train", quick, "--json")
    trained = json.loads(out)

    assert status == 0
    assert trained["state"] == "finished"
    assert trained["epochs"] == 1
    assert 0 <= trained["val_accuracy"] <= 1
    assert trained["images_per_second"] > 0

    picture, broken = tmp_path / "four.png", tmp_path / "broken.png"
    Image.fromarray(np.full((40, 30, 3), 200, np.uint8)).save(picture)
    broken.write_bytes(b"no picture")
    status, out, _ = tell("predict", trained["run"][:8], picture, "--json")
    (answer,) = json.loads(out)["images"]

    assert status == 0
    assert {c["class"] for c in answer["classes"]} == set("0123456789")
    assert sum(c["probability"] for c in answer["classes"]) == pytest.approx(1, abs=1e-4)
    status, out, _ = tell("predict", trained["run"], picture, broken, "--json")
    good, bad = json.loads(out)["images"]
    assert status == 1
    assert "classes" in good
    assert "not a picture" in bad["error"]


@pytest.fixture
def finished(small):
    """A run of one epoch, trained by nobody, with its networks."""
    experiment = small.edited(name="Small one", training=small.training.edited(epochs=1))
    run = here().create(experiment)
    with Recorder(run) as record:
        record.append("epoch", epoch=1, step=2, seconds=0.5, loss=0.25, accuracy=0.5, val_loss=1.0, val_accuracy=0.75)
        record.status(
            state=states.FINISHED, epoch=1, epochs=1, best_epoch=1, best_val_accuracy=0.75, seconds=1.5, parameters=650
        )
    weights = [np.full(weight.shape, 0.5, np.float32) for weight in build_model(experiment, Digits().facts()).weights]
    folder = run.path / "checkpoints" / "000001"
    folder.mkdir(parents=True)
    np.savez(folder / "weights.npz", *weights)
    digest = hashlib.sha256((folder / "weights.npz").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps({"epoch": 1, "files": {"weights.npz": digest}}))
    return run


def test_runs_are_listed_with_what_they_reached(tell, finished):
    status, out, _ = tell("runs")
    line = out.splitlines()[1]

    assert status == 0
    assert line.split()[:9] == [finished.id[:8], "Small", "one", "finished", "1/1", "0.750", "1", "–", "650"]
    (row,) = json.loads(tell("runs", "--json")[1])["runs"]
    assert (row["run"], row["seconds"], row["best_val_accuracy"]) == (finished.id, 1.5, 0.75)


def test_an_empty_list_says_how_to_begin(tell):
    assert "train digits-cnn" in tell("runs")[1]


def test_a_damaged_run_is_listed_as_such(tell, finished):
    (finished.path / "experiment.json").write_text("{")

    assert "(damaged)" in tell("runs")[1]


def test_a_stopped_run_goes_on_where_it_was(tell, small, monkeypatch):
    experiment = small.edited(training=small.training.edited(epochs=3))
    run = here().create(experiment)
    with Recorder(run) as record:

        def stop(status):
            if status.get("epoch") == 1:
                run.request_stop()

        Trainer(experiment, record, stop).run()
    assert (run.status().state, run.status().epoch) == (states.STOPPED, 1)
    status, out, _ = tell("resume", run.id[:10], "--json")

    assert (status, json.loads(out)["state"]) == (0, "finished")
    assert [epoch["epoch"] for epoch in run.metrics().epochs] == [1, 2, 3]


def test_a_run_that_is_finished_or_being_trained_is_not_resumed(tell, finished):
    status, _, err = tell("resume", finished.id)
    assert (status, "it has ended" in err) == (1, True)
    with Recorder(finished):
        status, _, err = tell("resume", finished.id)
    assert (status, "being trained already" in err) == (1, True)


def test_export_writes_a_file_under_its_own_name_or_the_one_asked_for(tell, finished, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert tell("export", finished.id[:8], "--format", "csv")[:2] == (0, "small-one-epochs.csv\n")
    status, out, _ = tell("export", finished.id, "--format", "script", "--out", tmp_path / "net.py", "--json")

    assert status == 0
    assert json.loads(out)["bytes"] == (tmp_path / "net.py").stat().st_size
    compile((tmp_path / "net.py").read_text(), "net.py", "exec")


def test_export_never_writes_over_a_file(tell, finished, tmp_path):
    (tmp_path / "mine.csv").write_text("mine")
    status, _, err = tell("export", finished.id, "--format", "csv", "--out", tmp_path / "mine.csv")

    assert (status, "is there already" in err) == (1, True)
    assert (tmp_path / "mine.csv").read_text() == "mine"
    status, _, err = tell("export", finished.id, "--format", "csv", "--out", tmp_path / "no" / "x.csv")
    assert (status, "can't be written" in err) == (1, True)


def test_export_then_import_makes_the_run_again(tell, finished, tmp_path):
    tell("export", finished.id, "--format", "zip", "--out", tmp_path)
    status, out, _ = tell("import", tmp_path / "small-one-run.zip", "--json")
    arrived = here().find(json.loads(out)["run"])

    assert (status, json.loads(out)["notes"]) == (0, [])
    assert arrived.metrics() == finished.metrics()
    for ours, theirs in zip(arrived.weights(1).values(), finished.weights(1).values(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert tell("doctor")[:2] == (0, "Every run is as it should be.\n")


def test_doctor_reports_and_mends(tell, finished):
    (finished.path / "notes.json").write_text("{")
    (finished.path / "checkpoints" / "000001" / "weights.npz").write_bytes(b"damaged")
    status, out, _ = tell("doctor")

    assert status == 1
    assert "Checkpoint 1" in out
    assert "--repair" in out
    assert json.loads(tell("doctor", "--json")[1])["found"]
    tell("doctor", "--repair")
    assert tell("doctor")[0] == 0


def test_rates_proposes_a_learning_rate_and_prints_the_curve(tell, quick, monkeypatch):
    status, out, _ = tell("rates", quick, "--json")
    told = json.loads(out)

    assert status == 0
    assert list(told["proposals"]) == ["valley", "steepest", "tenth_of_lowest"]
    assert told["in_use"] == read_experiment(quick.read_bytes()).training.optimizer.learning_rate
    assert len(told["rates"]) == len(told["losses"]) == len(told["smoothed"]) <= told["steps"] <= 100
    assert here().newest() == []  # it leaves no run behind

    found = RangeTest(tuple(told["losses"]), told["steps"], diverged=False)
    monkeypatch.setattr(rate_searches, "find", lambda *asked: found)
    words = tell("rates", quick)[1].splitlines()
    assert words[0] == f"{'valley':18}{told['proposals']['valley']:g}"
    assert len([line for line in words if line.lstrip()[:1].isdigit()]) == 25
    monkeypatch.setattr(rate_searches, "find", lambda *asked: RangeTest((2.0,) * 100, 100, diverged=False))
    status, out, _ = tell("rates", quick)
    assert status == 1
    assert "nothing to propose" in out


def test_a_sweep_trains_every_member_of_the_family(tell, quick):
    status, out, _ = tell("sweep", quick, "--field", "learning_rate=0.01, 0.001", "--json")
    rows = json.loads(out)["runs"]

    assert status == 0
    assert [row["varied"] for row in rows] == [
        {"training.optimizer.learning_rate": 0.01},
        {"training.optimizer.learning_rate": 0.001},
    ]
    assert {row["state"] for row in rows} == {"finished"}


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras, as it saves
def test_a_network_of_a_file_becomes_an_experiment_that_is_trained_and_begins_with_its_weights(tell, tmp_path):
    made = load_preset("digits-residual")
    data, model = keras_file(made, tmp_path)
    (tmp_path / "mine.keras").write_bytes(data)
    made = made.edited(training=made.training.edited(epochs=1))
    (tmp_path / "base.json").write_text(made.edited(nodes=()).to_json())
    out = tmp_path / "opened.json"
    words = ("open", tmp_path / "mine.keras", "--into", tmp_path / "base.json", "--out", out)
    status, told, _ = tell(*words, "--weights")
    opened = read_experiment(out.read_bytes())

    assert status == 0
    assert "answers as the one here" in told
    assert f"Train it: python -m core train {out}" in told
    assert opened.nodes == made.nodes
    kept = beginning.weights_of(here().workspace, opened.weights)
    for variable in model.weights:
        np.testing.assert_array_equal(kept[variable.path], variable.numpy())
    assert tell("train", out)[0] == 0
    assert tell(*words)[0] == 1  # never over another file


def test_what_can_not_be_taken_over_is_listed_and_an_experiment_is_opened_as_one(tell, tmp_path, quick, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = sequential({"class_name": "Flatten", "config": {"name": "f"}}, {"class_name": "Lambda", "config": {}})
    (tmp_path / "theirs.json").write_text(json.dumps(config))
    status, told, _ = tell("open", "theirs.json", "--out", "a.json", "--json")
    assert status == 0
    assert json.loads(told)["left_out"] == ["Lambda “Lambda” can't be taken over: there is no such layer here"]
    assert "What can't be taken over:" in tell("open", "theirs.json", "--out", "b.json")[1]
    assert tell("check", "a.json")[0] == 0

    assert tell("open", quick, "--out", "c.json")[0] == 0
    assert read_experiment((tmp_path / "c.json").read_bytes()) == read_experiment(quick.read_bytes())
    for words, code in (
        (["theirs.json", "--weights", "--out", "d.json"], "MODEL_WITHOUT_WEIGHTS"),
        (["nothing.keras"], "FILE_NOT_FOUND"),
    ):
        status, told, _ = tell("open", *words, "--json")
        assert (status, json.loads(told)["error"]["code"]) == (1, code)


def test_a_wrong_word_gets_a_sentence_and_a_failing_status(tell, tmp_path):
    for arguments in (
        ("check", "nothing"),
        ("train", tmp_path / "no.json"),
        ("predict", "ffff", "x.png"),
        ("predict", "", "x"),
        ("resume", "ffff"),
        ("export", "ffff"),
        ("import", tmp_path / "no.zip"),
        ("sweep", "digits-cnn", "--field", "filters=3"),
        ("sweep", "digits-cnn", "--field", "learning_rate=0.1", "--field", "epochs=0"),
        ("sweep", "digits-cnn", "--field", "learning_rate"),
    ):
        status, _, err = tell(*arguments)

        assert status == 1
        assert err.count("\n") == 1
        assert "Traceback" not in err
    status, out, _ = tell("check", "nothing", "--json")
    assert json.loads(out)["error"]["code"] == "EXPERIMENT_NOT_FOUND"
