"""From pressing Train to the first point: a worker that stands by against one that must start."""

import time
from collections.abc import Callable

import psutil

from benchmarks import Row, Setting, in_turns, times_faster
from core.experiment.presets import load_preset
from core.runs.collection import Runs
from core.training.launcher import Launcher
from core.workspace import current

PATIENCE = 120.0
IDLE_SECONDS = 1.0
"""A worker whose processor time stands still for so long is warm."""


def measure(setting: Setting) -> list[Row]:
    """The digits preset; the first record of a batch in its metrics is the first point."""
    sides = {"warm": lambda: _first_point(_let_warm_up), "cold": lambda: _first_point(lambda: None)}
    costs = in_turns(min(setting.repeats, setting.size(5, 1)), **sides)
    note = ", ".join(f"{sorted(cost)[len(cost) // 2]:.2f} s {name}" for name, cost in costs.items())
    return [Row("first point: standing by against cold", times_faster(costs, "warm", "cold"), None, None, note)]


def _first_point(prepare: Callable[[], None]) -> float:
    """Seconds from the question to the first batch on record."""
    launcher = Launcher(current())
    try:
        prepare()
        run = Runs(current()).create(load_preset("digits-cnn"))
        began = time.perf_counter()
        launcher.ask(run)
        _wait(lambda: run.metrics().step)
        spent = time.perf_counter() - began
        run.request_stop()
        _wait(lambda: not run.is_held())
        return spent
    finally:
        launcher.close()


def _let_warm_up() -> None:
    """Waits until the worker that stands by has nothing more to do."""
    _wait(_workers)
    # The last turn's worker may still be on its way out.
    worker, last, since = max(_workers(), key=lambda one: one.create_time()), -1.0, time.monotonic()
    while time.monotonic() - since < IDLE_SECONDS:
        now = sum(worker.cpu_times()[:2])
        if now > last:
            last, since = now, time.monotonic()
        time.sleep(0.1)


def _workers() -> list[psutil.Process]:
    alive = [one for one in psutil.Process().children() if one.status() != psutil.STATUS_ZOMBIE]
    return [one for one in alive if "core.training.worker" in " ".join(one.cmdline())]


def _wait(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError("the worker does not answer")
        time.sleep(0.005)
