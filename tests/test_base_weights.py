"""The files that bases learnt from: fetched into Keras' folder whole or not at all, and asked for before a run."""

import dataclasses
import errno
import hashlib
import http.server
import json
import threading
from pathlib import Path

import h5py
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import child, workspace
from core.__main__ import main
from core.datasets import weights_files
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.experiment import Experiment, memory
from core.layers.mobilenet_v2 import MobileNetV2
from core.layers.pooling import GlobalAveragePooling2D
from core.layers.pretrained import WeightsFile

BASE = MobileNetV2(alpha=0.35)
NETWORK = "pages/2_Design/3_Network.py"


def published(path):
    """A file as Keras publishes them, of one small layer: its bytes."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"input", b"Conv1"]
        file.create_group("input").attrs["weight_names"] = np.array([], "S1")
        group = file.create_group("Conv1")
        group.attrs["weight_names"] = [b"Conv1/kernel:0"]
        group["Conv1/kernel:0"] = np.ones((3, 3, 3, 8), "float32")
    return path.read_bytes()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Keras' folder of models, which is not there yet."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path / "keras" / "models"


@pytest.fixture
def served():
    """A server that answers every question with `served.answer`, and says that it is `served.said` bytes long."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            server.asked.append(self.path)
            self.send_response(200 if server.answer else 404)
            self.send_header("Content-Length", str(server.said or len(server.answer)))
            self.end_headers()
            self.wfile.write(server.answer)

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.answer, server.said, server.asked = b"", 0, []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def file_at(server, md5=""):
    return WeightsFile("small.h5", f"http://127.0.0.1:{server.server_port}/models/small.h5", md5, 1_500_000)


def test_a_file_is_fetched_examined_and_stands_in_keras_folder(home, served, tmp_path):
    served.answer = published(tmp_path / "made.h5")
    file, told = file_at(served, hashlib.md5(served.answer).hexdigest()), []
    weights_files.fetch(file, lambda *now: told.append(now))
    weights_files.fetch(file, lambda *now: told.append(now))

    assert (home / "small.h5").read_bytes() == served.answer and [path.name for path in home.iterdir()] == ["small.h5"]
    assert served.asked == ["/models/small.h5"], "what is here is not fetched again"
    assert told[-1] == (0, 1)


@pytest.mark.parametrize(
    ("change", "code"),
    [("half", "BASE_OFFLINE"), ("nothing", "BASE_OFFLINE"), ("md5", "BASE_OTHER"), ("no HDF5", "BASE_OTHER"),
     ("full disk", "DISK_FULL"), ("too large", "BASE_OTHER")],
)  # fmt: skip
def test_what_did_not_arrive_whole_never_stands_under_its_name(home, served, tmp_path, monkeypatch, change, code):
    whole = published(tmp_path / "made.h5")
    served.answer = {"half": whole[:-9], "nothing": b"", "no HDF5": b"<html>"}.get(change, whole)
    served.said = len(whole) if change == "half" else 0
    monkeypatch.setattr(weights_files, "LARGEST", 10 if change == "too large" else len(whole))
    if change == "full disk":
        monkeypatch.setattr(workspace, "before_operation", _full)
    with pytest.raises(UserError) as caught:
        weights_files.fetch(file_at(served, "0" * 32 if change == "md5" else ""))

    assert caught.value.code == code
    assert [path for path in home.rglob("*") if path.is_file()] == []


def _full(operation, path, half):
    if operation == "write":
        half()
        raise OSError(errno.ENOSPC, "full")


def test_without_a_network_it_is_said_which_bases_are_here(home, served):
    told = []
    for side in (224, 96):  # one size alone may be another than that of the images in question
        place = weights_files.place(MobileNetV2().file((side, side, 3)))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
        with pytest.raises(UserError) as caught:
            weights_files.fetch_in_child(dataclasses.replace(file_at(served), url="http://127.0.0.1:9/models/small.h5"))
        told.append(caught.value.remedy.partition("; ")[2])

    assert caught.value.what == "small.h5 could not be fetched from 127.0.0.1."
    assert told == ["SmallBase is here.", "SmallBase and MobileNetV2 are here."]


def test_a_child_fetches_and_tells_how_far_it_is(home, served, tmp_path):
    served.answer, told = published(tmp_path / "made.h5"), []
    weights_files.fetch_in_child(file_at(served), lambda *now: told.append(now))

    assert (home / "small.h5").is_file() and told[-1][1] == 1


def experiment_with_a_base():
    return Experiment(dataset=Shapes(image_size=64), layers=(BASE, GlobalAveragePooling2D()))


def test_a_run_does_not_begin_without_the_weights_of_its_base(home):
    experiment = experiment_with_a_base()
    first = memory.obstacles(experiment)[0]
    with pytest.raises(UserError) as refused:
        memory.require(experiment)
    place = weights_files.place(BASE.file(experiment.dataset.facts().shape))
    place.parent.mkdir(parents=True)
    place.touch()

    assert first.message == "The weights of MobileNetV2 are not on this machine (2 MB)." and first.index == 0
    assert first.blocking and "python -m core fetch EXPERIMENT" in first.hint
    assert refused.value.code == "EXPERIMENT_PROBLEM"
    assert not [one for one in memory.obstacles(experiment) if one.blocking]


def test_the_command_line_lists_bases_and_fetches_what_an_experiment_needs(home, served, tmp_path, monkeypatch, capsys):
    served.answer = published(tmp_path / "made.h5")
    monkeypatch.setattr("core.layers.pretrained.SERVER", f"http://127.0.0.1:{served.server_port}")
    saved = tmp_path / "transfer.json"
    saved.write_text(experiment_with_a_base().to_json())
    assert main(["fetch", str(saved)]) == 0
    out, err = capsys.readouterr()
    assert main(["fetch", "--json"]) == 0
    listed = {one["base"]: one for one in json.loads(capsys.readouterr().out)["weights"]}

    name = BASE.file((64, 64, 3)).name
    assert served.asked == [f"/mobilenet_v2/{name}"] and str(home / name) in out and "2 MB" in err
    assert listed["VGG16"]["bytes"] == 58_889_256 and not listed["VGG16"]["is_here"]


def test_the_network_page_offers_to_fetch_and_says_why_it_could_not_be(home, monkeypatch):
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.is_warm", lambda: True)
    answers = [UserError("No network.", "Connect to one.", "BASE_OFFLINE"), None]

    def fetch(file, progress):
        progress(1, 2)
        if error := answers.pop(0):
            raise error
        weights_files.place(file).parent.mkdir(parents=True)
        weights_files.place(file).touch()

    monkeypatch.setattr(weights_files, "fetch_in_child", fetch)
    at = AppTest.from_file(str(child.ROOT / "streamlit_app.py"), default_timeout=60).run()
    at.session_state.tab.experiment = experiment_with_a_base().to_json()
    at = at.switch_page(NETWORK).run()
    assert any("Weights of MobileNetV2: 2 MB, not here yet." in one.value for one in at.markdown)
    at.button(key="fetch-0").click().run()
    assert any("No network." in one.value for one in at.error)
    at.button(key="fetch-0").click().run()

    assert not at.exception and not at.error
    assert any("Weights of MobileNetV2: 2 MB, here." in one.value for one in at.caption)


def test_readme_lists_the_bases():
    assert weights_files.table() in Path(child.ROOT / "README.md").read_text(encoding="utf-8")
