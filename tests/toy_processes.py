"""Real processes that train toys: what the tests of faults and of races share."""

import contextlib

from core import datasets
from core.runs import doctor, states
from core.training import standby
from core.training.launcher import Launcher
from core.workspace import current
from tests.fault_child import spawn_toy, toy_experiment
from tests.saved import here
from tests.test_worker import wait_for


def train_toys(monkeypatch):
    """Workers train toys, in this process and in others, until the test ends."""
    monkeypatch.setattr(standby, "_spawn", spawn_toy)
    monkeypatch.setattr(doctor, "YOUNG_SECONDS", -1.0)
    monkeypatch.setenv("KERNELSCOPE_TOY_SECONDS", "0.05")
    monkeypatch.setenv("KERNELSCOPE_SLOTS", "3")
    datasets.prepare(toy_experiment().dataset)


@contextlib.contextmanager
def a_launcher():
    """A launcher whose workers end with the test."""
    launcher = Launcher(current())
    yield launcher
    sent = [process for process, _ in launcher.backend.sent.values()]
    launcher.close()
    for process in sent:
        process.kill()
        process.wait()


def long_run(epochs=1000):
    return here().create(toy_experiment(epochs=epochs))


def is_running(run):
    return run.status().state == states.RUNNING and run.status().epoch >= 1


def stop_all(*started):
    for run in started:
        if run.status().is_live:
            run.request_stop()
    for run in started:
        wait_for(lambda run=run: not run.status().is_live)
