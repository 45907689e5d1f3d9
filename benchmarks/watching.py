"""What it costs to watch: one run, with and without a page that shows it live, in turns."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator

from benchmarks import Row, Setting, in_turns
from core import child
from core.experiment.presets import load_preset
from core.runs import layout
from core.runs.collection import Runs
from core.runs.run import Run
from core.training.launcher import Launcher
from core.workspace import current

WINDOW_SECONDS = 6.0
SETTLE_SECONDS = 5.0
"""After the page was opened or left, before anything is counted: loading the app costs once."""
YOUNG_SECONDS = 35.0
"""A page draws a younger run more often; that is over before anything is counted."""
TICK_SECONDS = 0.3
PATIENCE = 120.0

Watch = Callable[[bool], None]
"""Opens the page or leaves it."""


def measure(setting: Setting) -> list[Row]:
    """Steps per second on record, unwatched over watched."""
    os.environ["KERNELSCOPE_STANDBY"] = "0"  # a process that warms up meanwhile would be taken for the cost of watching
    experiment = load_preset("shapes-cnn")
    experiment = experiment.edited(training=experiment.training.edited(epochs=1000))
    launcher, run = Launcher(current()), Runs(current()).create(experiment)
    try:
        launcher.ask(run)
        _wait(lambda: run.status().seconds > YOUNG_SECONDS)
        with _watcher(run) as (watch, how):
            costs = in_turns(setting.repeats, alone=_window(run, watch, False), watched=_window(run, watch, True))
    finally:
        run.request_stop()
        launcher.close()
        _wait(lambda: not run.is_held())
    ratios = tuple(b / a for a, b in zip(costs["alone"], costs["watched"], strict=True))
    note = f"{1 / min(costs['alone']):,.0f} steps/s alone, {1 / min(costs['watched']):,.0f} watched"
    return [Row(f"seconds per step, watched by {how}", ratios, None, 1.03, note)]


def _window(run: Run, watch: Watch, watched: bool) -> Callable[[], float]:
    """Seconds per step over some seconds."""

    def timed() -> float:
        watch(watched)
        time.sleep(SETTLE_SECONDS)
        first, began = _place(run)
        time.sleep(WINDOW_SECONDS)
        last, ended = _place(run)
        return (ended - began) / (last - first)

    return timed


def _place(run: Run) -> tuple[int, float]:
    """The newest step on record, waited for so that the clock starts with it."""
    offset = (run.path / layout.METRICS).stat().st_size
    while True:
        records, _, _ = run.events(offset)
        steps = [record["step"][-1] for record in records if record["event"] == "batches"]
        if steps:
            return steps[-1], time.perf_counter()
        time.sleep(0.002)


@contextlib.contextmanager
def _watcher(run: Run) -> Iterator[tuple[Watch, str]]:
    """A real page in Chromium where there is one; else a reader that asks for as much as often."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if not chromium:
        yield from _reader(run)
        return
    with server() as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium)
        page = browser.new_page()

        def watch(opened: bool) -> None:
            page.goto(f"{address}/live-run?run={run.id}" if opened else "about:blank")
            if opened:
                page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop").wait_for(
                    timeout=PATIENCE * 1000
                )

        watch(True)  # the first opening imports the app's modules
        yield watch, "a page in Chromium"
        browser.close()


def _reader(run: Run) -> Iterator[tuple[Watch, str]]:
    """What a page reads, without drawing it."""
    opened, over = threading.Event(), threading.Event()

    def read() -> None:
        offset = 0
        while not over.wait(TICK_SECONDS):
            if opened.is_set():
                run.status()
                _, offset, _ = run.events(offset)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield lambda wanted: opened.set() if wanted else opened.clear(), "a reader, for want of Chromium"
    finally:
        over.set()
        reader.join()


@contextlib.contextmanager
def server(script: str = "streamlit_app.py") -> Iterator[str]:
    """The app, or another script of Streamlit's, on a free port of 127.0.0.1."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)]
    server = subprocess.Popen(
        command, cwd=child.ROOT, env=child.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(lambda: _answers(f"http://127.0.0.1:{port}/_stcore/health"))
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def _wait(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError("what was waited for does not happen")
        time.sleep(0.1)
