"""The command line: every command in words and in JSON, and an exit status that means something."""

import json
import sys

import numpy as np
import pytest
from PIL import Image

from core.__main__ import main
from core.presets import load_preset


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
    assert "digits-cnn" in tell("presets")[1]


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


def test_a_wrong_word_gets_a_sentence_and_a_failing_status(tell, tmp_path):
    for arguments in (
        ("check", "nothing"),
        ("train", tmp_path / "no.json"),
        ("predict", "ffff", "x.png"),
        ("predict", "", "x"),
    ):
        status, _, err = tell(*arguments)

        assert status == 1
        assert err.count("\n") == 1
        assert "Traceback" not in err
    status, out, _ = tell("check", "nothing", "--json")
    assert json.loads(out)["error"]["code"] == "EXPERIMENT_NOT_FOUND"
