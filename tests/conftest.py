"""What all tests share: a workspace of their own, and the real data where it lies."""

import functools
import gc
import importlib
import json
import os
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

# Before anything imports TensorFlow: its greetings go to standard error and can't be silenced later.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import pytest
from browser import PATIENCE, Server, chromium, note_errors

from core import child
from core.experiment import Experiment
from core.layers.convolution import Conv2D
from core.layers.pooling import MaxPooling2D
from core.layers.reshaping import Flatten
from core.lens.client import LensClient
from core.training.measuring import Measuring
from core.training.standby import Standby


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Who asks for the tests with a browser alone waits for no file that has none: thirty of two hundred have any."""
    if config.getoption("markexpr") != "browser" or collection_path.suffix != ".py":
        return None
    return "mark.browser" not in collection_path.read_text(encoding="utf-8") or None


@pytest.fixture(autouse=True)
def workspace(tmp_path, monkeypatch):
    """Every test has an empty workspace."""
    monkeypatch.setenv("KERNELSCOPE_HOME", str(tmp_path / "workspace"))
    return tmp_path / "workspace"


@pytest.fixture(autouse=True)
def nobody_stands_by(monkeypatch):
    """Nothing warms up or is measured in the background of a test that opens pages; who needs it starts it cold."""
    monkeypatch.setattr(Standby, "_warm_one", lambda self: None)
    monkeypatch.setattr(LensClient, "warm", lambda self, delay=0.0, first=None: None)
    monkeypatch.setattr(Measuring, "when_idle", lambda self: None)


@pytest.fixture(scope="session", autouse=True)
def pages_open_quickly():
    """A page is drawn as soon as its script ends, and what is installed is looked through once, not for every page."""
    from streamlit.components.v2 import manifest_scanner
    from streamlit.testing.v1 import local_script_runner

    def drawn(runner, timeout):
        runner._script_thread.join(timeout)  # asking every millisecond takes turns from the script
        ask(runner, 1)

    ask = local_script_runner.require_widgets_deltas
    with pytest.MonkeyPatch.context() as patch:
        once = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", once)
        patch.setattr(local_script_runner, "require_widgets_deltas", drawn)
        yield


@pytest.fixture(scope="session")
def looked_through():
    """How many modules were imported when memory was last looked through."""
    return {"modules": 0}


@pytest.fixture(autouse=True)
def what_is_imported_is_no_garbage(looked_through):
    """After each run of a page Streamlit looks through all of memory; modules and tests, which stay, are left out."""
    if len(sys.modules) > looked_through["modules"] + 100:
        looked_through["modules"] = len(sys.modules)
        gc.collect()
        gc.freeze()


@pytest.fixture
def network_leads_to(monkeypatch) -> Callable[[str], None]:
    """Sends all that this process asks of other machines to one address; without one, to a port that nobody answers."""

    def lead(address: str = "http://127.0.0.1:9") -> None:
        # Python looks for its way out once, and keeps to it for as long as the process lives.
        monkeypatch.setattr(urllib.request, "_opener", None)
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, address)

    return lead


@pytest.fixture
def work_is_done_here(monkeypatch) -> None:
    """What a short-lived process of its own does, this one does: a start costs a second, and many tests ask for more.

    Jobs and answers are JSON all the same; `test_intake_process` and the command line's tests have the processes.
    """

    def ask(module: str, job: dict, on_progress=None, seconds=600.0, on_start=None) -> object:
        place = importlib.import_module(module)
        work = getattr(place, "work", None) or place._work
        told = work(json.loads(json.dumps(job)), on_progress or (lambda done, total: None))
        return json.loads(json.dumps(told))

    monkeypatch.setattr(child, "ask", ask)


@pytest.fixture
def test_data() -> Path:
    """The folder of real images; a test that needs it skips where it is missing."""
    place = os.environ.get("KERNELSCOPE_TEST_DATA")
    if not place:
        pytest.skip("KERNELSCOPE_TEST_DATA is not set: no real images here")
    return Path(place)


@pytest.fixture
def fashion() -> None:
    """Skips where Keras' own Fashion-MNIST files are missing."""
    home = os.environ.get("KERAS_HOME")
    if not home or not (Path(home) / "datasets" / "fashion-mnist").exists():
        pytest.skip("KERAS_HOME holds no Fashion-MNIST")


@pytest.fixture
def small() -> Experiment:
    """A network that trains in a second."""
    stack = (Conv2D(filters=4), MaxPooling2D(), Flatten())
    experiment = Experiment(layers=stack)
    return experiment.edited(training=experiment.training.edited(epochs=2, batch_size=64))


@pytest.fixture(scope="session")
def browser():
    """One headless Chromium for all tests that drive the app."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        note_errors(browser)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def labs(tmp_path_factory):
    """One app for the tests of all labs; no process stands by, as labs need none."""
    server = Server(tmp_path_factory.mktemp("labs") / "workspace", stands_by=False)
    server.start()
    yield server
    server.stop()
