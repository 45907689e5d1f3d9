"""What it costs to watch: one run, with and without a page that shows it live, in turns, in seconds of the processor.

The processor's seconds of the server, all its threads, over those of the worker in the same time: what else the machine
does slows both alike. What the server takes with no page open is taken off. The browser's are not counted: it may be
another machine's.
"""

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

import psutil

from benchmarks import Row, Setting, in_turns
from core import child
from core.datasets.shapes import Shapes
from core.experiment.presets import load_preset
from core.runs import layout
from core.runs.collection import Runs
from core.runs.live import read_glimpse
from core.runs.run import Run
from core.training.glimpses import SHARE
from core.training.launcher import Launcher
from core.workspace import current

WINDOW_SECONDS = 12.0
SETTLE_SECONDS = 5.0
"""After the page was left, before anything is counted."""
OPEN_SECONDS = 60.0
"""After which a page counts as open for a minute."""
YOUNG_SECONDS = 35.0
"""A page draws a younger run more often; that is over before anything is counted."""
TICK_SECONDS = 0.3
PATIENCE = 120.0
LIMIT = 1.05

Watch = Callable[[bool], None]
"""Opens the page or leaves it."""


def measure(setting: Setting) -> list[Row]:
    """Processor time, watched over unwatched, just opened and open for a minute; and the share of the looks."""
    os.environ["KERNELSCOPE_STANDBY"] = "0"  # a process that warms up meanwhile would be taken for the cost of watching
    experiment = load_preset("shapes-cnn")
    experiment = experiment.edited(training=experiment.training.edited(epochs=1000))
    launcher, run = Launcher(current()), Runs(current()).create(experiment)
    try:
        launcher.ask(run)
        _wait(lambda: run.status().seconds > YOUNG_SECONDS)
        with _watcher(run) as (watch, how, server):
            windows = {"alone": (False, SETTLE_SECONDS), "opened": (True, 0.0), "minute": (True, OPEN_SECONDS)}
            costs = in_turns(
                setting.repeats, **{name: _window(run, server, watch, *state) for name, state in windows.items()}
            )
    finally:
        run.request_stop()
        launcher.close()
        _wait(lambda: not run.is_held())
    rows = []
    for name, words in (("opened", "just opened"), ("minute", "open for a minute")):
        ratios = tuple(1 + b - a for a, b in zip(costs["alone"], costs[name], strict=True))
        note = f"the server takes {max(costs[name]):.1%} of what the worker takes, {max(costs['alone']):.1%} unwatched"
        rows.append(Row(f"processor time, {how} {words}", ratios, None, LIMIT, note))
    return rows + _looks(setting)


def _looks(setting: Setting) -> list[Row]:
    """What the looks within long epochs take of the training, as the loop itself counts it."""
    experiment = load_preset("shapes-cnn").edited(dataset=Shapes(count=20_000))
    launcher, run = Launcher(current()), Runs(current()).create(experiment)
    shares: list[float] = []
    try:
        launcher.ask(run)
        path = run.path / layout.GLIMPSE
        for least in range(1, setting.repeats + 1):
            _wait(lambda least=least: (told := read_glimpse(path)) and told["of"][0] > 5.0 * least)
            told = read_glimpse(path)
            shares.append(max(taken / of for taken, of in zip(told["taken"], told["of"], strict=True)))
    finally:
        run.request_stop()
        launcher.close()
        _wait(lambda: not run.is_held())
    by_clock, by_processor = (taken / of for taken, of in zip(told["taken"], told["of"], strict=True))
    note = f"{by_clock:.1%} by the clock, {by_processor:.1%} of the processor, {told['of'][0]:.0f} s of training"
    return [Row("share of the looks within an epoch", tuple(shares), None, SHARE, note)]


def _window(run: Run, server: psutil.Process | None, watch: Watch, watched: bool, wait: float) -> Callable[[], float]:
    """Processor seconds of the server over those of the worker, over some seconds."""

    def timed() -> float:
        watch(watched)
        time.sleep(wait)
        first = _processor_seconds(run, server)
        time.sleep(WINDOW_SECONDS)
        worker, pages = (after - before for before, after in zip(first, _processor_seconds(run, server), strict=True))
        return pages / worker

    return timed


def _processor_seconds(run: Run, server: psutil.Process | None) -> tuple[float, float]:
    """Of the worker, and of the server with the processes that it holds."""
    held = [server, *server.children(recursive=True)] if server else []
    return _spent([run.process()]), _spent(held)


def _spent(processes: list[psutil.Process | None]) -> float:
    """Seconds of the processor that they took so far."""
    told = (process.cpu_times() for process in processes if process)
    return sum(times.user + times.system for times in told)


@contextlib.contextmanager
def _watcher(run: Run) -> Iterator[tuple[Watch, str, psutil.Process | None]]:
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
        port = address.rpartition(":")[2]
        ours = next(one for one in psutil.Process().children() if port in one.cmdline())
        yield watch, "a page in Chromium", ours
        browser.close()


def _reader(run: Run) -> Iterator[tuple[Watch, str, psutil.Process | None]]:
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
        yield (
            lambda wanted: opened.set() if wanted else opened.clear(),
            "a reader, for want of Chromium,",
            psutil.Process(),
        )
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
